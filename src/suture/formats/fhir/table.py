"""Reads the tables of R4 and R5 into element definitions, once per version.

In: the lines of `table_r4` and `table_r5`. Out: `Definition` by type name. Refuses to know:
resources other than the typed ones, beyond their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from suture.formats.fhir import table_r4, table_r5

VERSIONS: Final = ("R4", "R5")


@dataclass(frozen=True, slots=True)
class ElementRule:
    """What a version says of one element."""

    name: str
    """Without the type, for a choice: `occurrence`."""
    type: str
    """Empty for a choice; its types stand in `types`."""
    is_list: bool
    is_required: bool
    types: tuple[str, ...] = ()
    """Types of a choice with a capital, as the element's name ends; empty with any type."""
    is_choice: bool = False
    codes: frozenset[str] = frozenset()
    """Codes of the required binding; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Definition:
    """What a version says of one type."""

    name: str
    kind: str
    """D domain resource, R resource, B backbone element, E data type."""
    elements: dict[str, ElementRule]
    """By name as written in JSON; a choice stands under each of its names and under `name[x]`."""
    required: tuple[ElementRule, ...]

    @property
    def is_resource(self) -> bool:
        """The type is a resource."""
        return self.kind in "DR"


_BASE: Final = {
    "E": "id:string extension:Extension*",
    "B": "id:string extension:Extension* modifierExtension:Extension*",
    "R": "id:id meta:Meta implicitRules:uri language:code resourceType:code",
    "D": "id:id meta:Meta implicitRules:uri language:code resourceType:code text:Narrative"
    " contained:Resource* extension:Extension* modifierExtension:Extension*",
}

PRIMITIVES: Final = frozenset(
    {"base64Binary", "boolean", "canonical", "code", "date", "dateTime", "decimal", "id"}
    | {"instant", "integer", "integer64", "markdown", "oid", "positiveInt", "string", "time"}
    | {"unsignedInt", "uri", "url", "uuid", "xhtml"}
)
_CAPITAL: Final = {name[0].upper() + name[1:]: name for name in PRIMITIVES}


def type_of_suffix(suffix: str) -> str:
    """Return the type that a choice's name ends with: `DateTime` is dateTime, `Period` itself."""
    return _CAPITAL.get(suffix, suffix)


@cache
def definitions(version: str) -> dict[str, Definition]:
    """Return every definition of a version by type name, e.g. `SupplyRequestParameter`."""
    source = table_r5 if version == "R5" else table_r4
    codes = {
        line[0]: frozenset(line[1:]) for line in (text.split() for text in _unfolded(source.CODES))
    }
    made = {}
    for text in _unfolded(source.ELEMENTS):
        name, kind, *elements = text.split()
        rules = [_rule(name, element, codes) for element in [*_BASE[kind].split(), *elements]]
        by_name = {key: rule for rule in rules for key in _names(rule)}
        required = tuple(rule for rule in rules if rule.is_required)
        made[name] = Definition(name, kind, by_name, required)
    return made


@cache
def resources(version: str) -> frozenset[str]:
    """Return the names of every resource of a version."""
    return frozenset((table_r5 if version == "R5" else table_r4).RESOURCES.split())


def _unfolded(text: str) -> list[str]:
    return text.replace("\n  ", " ").splitlines()


def _rule(owner: str, written: str, codes: dict[str, frozenset[str]]) -> ElementRule:
    name, _, kind = written.partition(":")
    is_required, kind = kind.endswith("!"), kind.removesuffix("!")
    is_list, kind = kind.endswith("*"), kind.removesuffix("*")
    if name.endswith("[x]"):
        types = () if kind == "any" else tuple(kind.split("|"))
        return ElementRule(name[:-3], "", is_list, is_required, types, True)
    bound = codes.get(f"{owner}.{name}", frozenset())
    return ElementRule(name, kind, is_list, is_required, codes=bound)


def _names(rule: ElementRule) -> list[str]:
    if not rule.is_choice:
        return [rule.name]
    return [f"{rule.name}[x]", *(rule.name + suffix for suffix in rule.types)]
