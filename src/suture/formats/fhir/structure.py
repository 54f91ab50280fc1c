"""Walks a resource beside the tables of its version and states what does not fit.

In: a resource and a version. Out: problems with FHIRPath positions and clauses. Refuses to know:
partners' profiles, and rules over more than one element (`invariant`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Final

from suture.core.problem import Problem, Severity
from suture.formats.fhir.path import shown
from suture.formats.fhir.primitive import has_form
from suture.formats.fhir.table import (
    PRIMITIVES,
    Definition,
    ElementRule,
    definitions,
    resources,
    type_of_suffix,
)

Json = Any


@dataclass(frozen=True, slots=True)
class Place:
    """One object on the walk."""

    value: dict[str, Json]
    type: str
    """Type name, or an empty text where the tables do not reach."""
    path: str
    clause: str
    """The element as the standard names it, e.g. `SupplyRequest.parameter`."""


@dataclass(slots=True)
class Walk:
    """One walk over one resource; gathers problems and the objects it passed."""

    version: str
    problems_max: int
    problems: list[Problem] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    """Every object passed, for the rules over more than one element."""

    @property
    def is_full(self) -> bool:
        """So many problems are stated that the walk may end."""
        return len(self.problems) >= self.problems_max

    def say(self, code: str, text: str, path: str, clause: str = "") -> None:
        """State a problem of severity error."""
        named = f"FHIR {self.version} {clause}" if clause else ""
        self.problems.append(Problem(code, Severity.ERROR, text, path, clause=named))

    def warn(self, code: str, text: str, path: str, clause: str = "") -> None:
        """State a problem of severity warning."""
        named = f"FHIR {self.version} {clause}" if clause else ""
        self.problems.append(Problem(code, Severity.WARNING, text, path, clause=named))


def walk(data: dict[str, Json], version: str, problems_max: int) -> Walk:
    """Return the finished walk over a resource."""
    made = Walk(version, problems_max)
    kind = str(data.get("resourceType", ""))
    waiting = [Place(data, "Resource", shown(kind), "Resource")]
    while waiting and not made.is_full:
        place = _resolved(made, waiting.pop())
        made.places.append(place)
        inner = list(_objects(made, place))
        waiting += reversed(inner)
    return made


def _resolved(made: Walk, place: Place) -> Place:
    """Return the place with the type its resourceType names; others as they are."""
    if place.type != "Resource":
        return place
    kind = place.value.get("resourceType")
    if not isinstance(kind, str) or kind not in resources(made.version):
        note = f"FHIR {made.version} has no such resource"
        made.say("fhir.resource-type", note, place.path, "Resource")
        return Place(place.value, "", place.path, "")
    return Place(place.value, kind if kind in definitions(made.version) else "", place.path, kind)


def _objects(made: Walk, place: Place) -> Iterator[Place]:
    """State the problems of one object's elements and yield the objects inside."""
    definition = definitions(made.version).get(place.type)
    if not [key for key in place.value if key != "resourceType"] and place.clause:
        made.say("fhir.empty", "an object must have an element", place.path, place.clause)
    if definition is not None:
        _required(made, place, definition)
        _choices(made, place, definition)
    for key, value in place.value.items():
        at = f"{place.path}.{shown(key)}"
        rule = _rule(definition, key)
        if definition is not None and rule is None:
            note = "there is no such element; it is kept and not read"
            made.warn("fhir.unknown-element", note, at, place.clause)
        if key.startswith("_"):
            yield from _shadows(made, place, key, at)
        else:
            yield from _values(made, place, (key, value, at), rule)


def _rule(definition: Definition | None, key: str) -> ElementRule | None:
    """Return what is known of an element; a choice comes back with the type it was written in."""
    if definition is None:
        return None
    name = key.removeprefix("_")
    rule = definition.elements.get(name)
    if rule is None and "value[x]" in definition.elements and name.startswith("value"):
        rule = definition.elements["value[x]"]
        rule = rule if not rule.types and name[5:6].isupper() else None
    if rule is not None and rule.is_choice:
        kind = type_of_suffix(name[len(rule.name) :])
        return ElementRule(name, kind, rule.is_list, False)
    if rule is not None and key.startswith("_") and rule.type not in PRIMITIVES:
        return None
    return rule


def _required(made: Walk, place: Place, definition: Definition) -> None:
    for rule in definition.required:
        names = [rule.name]
        if rule.is_choice:
            names = [key.removeprefix("_") for key in place.value if key != rule.name]
            names = [n for n in names if definition.elements.get(n) is rule or not rule.types]
        if not any(name in place.value or f"_{name}" in place.value for name in names):
            name = f"{rule.name}[x]" if rule.is_choice else rule.name
            clause = f"{place.clause}.{name}"
            made.say("fhir.required", "this element is mandatory", f"{place.path}.{name}", clause)


def _choices(made: Walk, place: Place, definition: Definition) -> None:
    present: dict[str, set[str]] = {}
    for key in place.value:
        name = key.removeprefix("_")
        rule = definition.elements.get(name) or definition.elements.get("value[x]")
        if rule is not None and rule.is_choice and name.startswith(rule.name):
            present.setdefault(rule.name, set()).add(name)
    for choice, names in present.items():
        if len(names) > 1:
            note = "only one type of a choice may be present"
            clause = f"{place.clause}.{choice}[x]"
            made.say("fhir.choice", note, f"{place.path}.{choice}[x]", clause)


def _shadows(made: Walk, place: Place, key: str, at: str) -> Iterator[Place]:
    """Yield the objects that stand beside primitives (`_status`)."""
    value = place.value[key]
    items = value if isinstance(value, list) else [value]
    for number, item in enumerate(items):
        path = f"{at}[{number}]" if isinstance(value, list) else at
        if isinstance(item, dict):
            yield Place(item, "_Shadow" if not place.type else "Shadow", path, "Element")
        elif item is not None or not isinstance(value, list):
            made.say("fhir.shape", "beside a primitive stands an object", path, "Element")


def _values(
    made: Walk, place: Place, element: tuple[str, Json, str], rule: ElementRule | None
) -> Iterator[Place]:
    """Check one element's value or values; yield the objects among them."""
    key, value, at = element
    clause = f"{place.clause}.{shown(key)}" if place.clause else ""
    if value is None or value == [] or value == "":
        made.say("fhir.empty", "leave an element out rather than empty", at, clause)
        return
    if rule is not None and rule.is_list != isinstance(value, list):
        note = "this element is an array" if rule.is_list else "this element does not repeat"
        made.say("fhir.shape", note, at, clause)
    if not isinstance(value, list):
        yield from _value(made, value, rule, (at, clause, place.type))
        return
    beside = place.value.get(f"_{key}")
    for number, (item, other) in enumerate(
        zip_longest(value, beside[: len(value)] if isinstance(beside, list) else [])
    ):
        path = f"{at}[{number}]"
        if item is None and not isinstance(other, dict):
            made.say("fhir.empty", "a null stands for nothing here", path, clause)
        elif isinstance(item, list):
            made.say("fhir.shape", "FHIR has no arrays in arrays", path, clause)
        elif item is not None:
            yield from _value(made, item, rule, (path, clause, place.type))


def _value(
    made: Walk, value: Json, rule: ElementRule | None, where: tuple[str, str, str]
) -> Iterator[Place]:
    """Check one value; `where` is its path, its clause and the type of the object around it."""
    path, clause, owner = where
    kind = rule.type if rule is not None else ""
    if kind in PRIMITIVES:
        _primitive(made, value, rule, path, clause)
    elif isinstance(value, dict):
        if kind == "" and isinstance(value.get("resourceType"), str):
            kind = "Resource"
        yield Place(value, kind or _by_name(path), path, _clause(made, kind, (clause, owner)))
    elif kind:
        made.say("fhir.shape", "this element is an object", path, clause)


def _by_name(path: str) -> str:
    """Return the type that is known by the element's name where no table reaches."""
    name = path.rpartition(".")[2].partition("[")[0]
    return "Extension" if name in ("extension", "modifierExtension") else ""


_BACKBONE_TYPES: Final = frozenset(
    {"Dosage", "Population", "ProdCharacteristic", "ProductShelfLife", "Timing"}
)
"""Data types that are built like parts of a resource."""


def _clause(made: Walk, kind: str, inside: tuple[str, str]) -> str:
    """Return the clause of an object's elements: the data type's, or the element's own."""
    clause, owner = inside
    definition = definitions(made.version).get(kind)
    is_part = definition is None or (owner != "" and kind.startswith(owner))
    is_backbone = definition is not None and definition.kind == "B"
    return clause if is_part or (is_backbone and kind not in _BACKBONE_TYPES) else kind


def _primitive(made: Walk, value: Json, rule: ElementRule | None, path: str, clause: str) -> None:
    if rule is None:
        return
    if isinstance(value, dict | list):
        made.say("fhir.shape", "this element is a single value", path, clause)
    elif not has_form(rule.type, value):
        made.say("fhir.primitive", f"this is no {rule.type}", path, clause)
    elif rule.codes and value not in rule.codes:
        made.say("fhir.code", "the code is not in the list of this element", path, clause)
