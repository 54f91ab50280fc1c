"""Reads FHIR's data types into values that R4 and R5 share.

In: objects inside a resource. Out: frozen values; what is absent or malformed comes as None or
empty, since `validate` states it. Refuses to know: which resource they stand in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from suture.core.money import Money
from suture.core.refusal import RefusalError
from suture.formats.fhir.primitive import Moment, moment
from suture.formats.fhir.resource import Resource, node, veiled

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of one system."""

    __repr__ = veiled

    system: str = ""
    code: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True)
class Concept:
    """CodeableConcept: the same meaning in one or more systems, and as text."""

    __repr__ = veiled

    codings: tuple[Coding, ...] = ()
    text: str = ""

    def code(self, system: str = "") -> str:
        """Return the first code of a system, or the first one at all; empty when there is none."""
        found = (c.code for c in self.codings if not system or c.system == system)
        return next(found, "")


@dataclass(frozen=True, slots=True)
class Identifier:
    """A business identifier."""

    __repr__ = veiled

    system: str = ""
    value: str = ""
    use: str = ""
    type: Concept = Concept()


@dataclass(frozen=True, slots=True)
class Reference:
    """A link to another resource, by address or by business identifier."""

    __repr__ = veiled

    reference: str = ""
    """`Location/or-1`, an absolute URL, `urn:uuid:...`, or `#id` for a contained one."""
    type: str = ""
    """resourceType of the target, as declared or as the address shows."""
    identifier: Identifier | None = None
    display: str = ""

    @property
    def id(self) -> str:
        """Logical id of the target; empty for a urn."""
        if self.reference.startswith("urn:"):
            return ""
        address = self.reference.partition("/_history/")[0].partition("?")[0]
        return address.rpartition("/")[2].removeprefix("#")


@dataclass(frozen=True, slots=True)
class ConceptOrReference:
    """What a thing is: named by code, by reference, or both (R5 CodeableReference, R4 choices)."""

    __repr__ = veiled

    concept: Concept | None = None
    reference: Reference | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """Quantity: a decimal number as written, with its unit."""

    __repr__ = veiled

    value: Decimal | None = None
    unit: str = ""
    """For people."""
    system: str = ""
    code: str = ""
    """For machines, e.g. UCUM's `{each}` or `mL`."""
    comparator: str = ""
    """`<`, `>=`...: the value is then a bound."""

    @property
    def exact(self) -> Fraction | None:
        """The value as a rational; None when it is absent or only a bound."""
        return None if self.value is None or self.comparator else Fraction(self.value)


@dataclass(frozen=True, slots=True)
class Period:
    """From a time to a time; an open end is None."""

    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """When something happens or happened: a time, a period, or a schedule that is not read."""

    at: Moment | None = None
    period: Period | None = None
    is_schedule: bool = False
    """A Timing: repeats; only its first event is given in `at`, when it has one."""


def kind_of(source: Resource | Node, expected: str) -> Node:
    """Return the values of a resource of one type; raises RefusalError `fhir.kind`."""
    data = node(source)
    if data.get("resourceType") not in expected.split("|"):
        raise RefusalError("fhir.kind", f"a {expected.replace('|', ' or ')} is expected")
    return data


def nodes(data: Node, key: str) -> list[Node]:
    """Return the objects of an element, whether it repeats in this version or not."""
    value = data.get(key)
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def first(data: Node, key: str) -> Node:
    """Return the first object of an element, an empty one when it is absent."""
    return next(iter(nodes(data, key)), {})


def text(data: Node, key: str) -> str:
    """Return a text; empty when absent."""
    value = data.get(key)
    return value if isinstance(value, str) else ""


def texts(data: Node, key: str) -> tuple[str, ...]:
    """Return the texts of an element that repeats."""
    value = data.get(key)
    return tuple(v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str))


def flag(data: Node, key: str) -> bool | None:
    """Return a boolean; None when absent."""
    value = data.get(key)
    return value if isinstance(value, bool) else None


def whole(data: Node, key: str) -> int | None:
    """Return an integer, also one in a text (integer64 of R5)."""
    value = data.get(key)
    if isinstance(value, str) and value.lstrip("-").isdecimal() and len(value) < 20:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(data: Node, key: str) -> Decimal | None:
    """Return a decimal as written; None when absent."""
    value = data.get(key)
    if isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def time(data: Node, key: str) -> Moment | None:
    """Return a date, dateTime or instant."""
    return moment(data.get(key))


def coding(value: Node) -> Coding:
    """Return one Coding."""
    return Coding(text(value, "system"), text(value, "code"), text(value, "display"))


def concept(data: Node, key: str) -> Concept | None:
    """Return the first concept of an element."""
    return next(iter(concepts(data, key)), None)


def concepts(data: Node, key: str) -> tuple[Concept, ...]:
    """Return the concepts of an element; a bare Coding is a concept of one."""
    return tuple(_concept(value) for value in nodes(data, key))


def _concept(value: Node) -> Concept:
    if "code" in value and "coding" not in value:
        return Concept((coding(value),))
    return Concept(tuple(coding(c) for c in nodes(value, "coding")), text(value, "text"))


def identifiers(data: Node, key: str = "identifier") -> tuple[Identifier, ...]:
    """Return the business identifiers of an element."""
    return tuple(_identifier(value) for value in nodes(data, key))


def _identifier(value: Node) -> Identifier:
    kind = concept(value, "type") or Concept()
    return Identifier(text(value, "system"), text(value, "value"), text(value, "use"), kind)


def reference(data: Node, key: str) -> Reference | None:
    """Return the first reference of an element."""
    return next(iter(references(data, key)), None)


def references(data: Node, key: str) -> tuple[Reference, ...]:
    """Return the references of an element, and those inside its CodeableReferences."""
    found: list[Node] = []
    for value in nodes(data, key):
        inner = value.get("reference")
        found += [inner] if isinstance(inner, dict) else [] if "concept" in value else [value]
    return tuple(_reference(value) for value in found)


def _reference(value: Node) -> Reference:
    address = text(value, "reference")
    path = address.partition("/_history/")[0].partition("?")[0].split("/")
    shown = path[-2] if len(path) > 1 else path[0] if "?" in address else ""
    kind = text(value, "type") or (shown if shown.isalpha() and shown[:1].isupper() else "")
    owned = next(iter(identifiers(value)), None)
    return Reference(address, kind, owned, text(value, "display"))


def either(data: Node, key: str) -> ConceptOrReference | None:
    """Return `item`, `itemCodeableConcept` or `itemReference`, whichever the version has."""
    return next(iter(eithers(data, key)), None)


def eithers(data: Node, key: str) -> tuple[ConceptOrReference, ...]:
    """Return CodeableReferences, or R4's `keyCode`, `keyReference`, `keyCodeableConcept`."""
    found = []
    for value in nodes(data, key):
        if "concept" in value or isinstance(value.get("reference"), dict):
            inner = ConceptOrReference(concept(value, "concept"), reference(value, "reference"))
            found.append(inner)
        elif "coding" in value or "text" in value or "code" in value:
            found.append(ConceptOrReference(_concept(value)))
        else:
            found.append(ConceptOrReference(None, _reference(value)))
    for suffix in ("CodeableConcept", "Code"):
        found += [ConceptOrReference(one) for one in concepts(data, f"{key}{suffix}")]
    found += [ConceptOrReference(None, one) for one in references(data, f"{key}Reference")]
    return tuple(found)


def amount(data: Node, key: str) -> Amount | None:
    """Return a Quantity, Duration or Count."""
    value = first(data, key)
    if not value:
        return None
    rest = (text(value, name) for name in ("unit", "system", "code", "comparator"))
    return Amount(number(value, "value"), *rest)


def money(data: Node, key: str) -> Money | None:
    """Return an amount of Money; None when value or currency is absent."""
    value = first(data, key)
    exact, currency = number(value, "value"), text(value, "currency")
    return Money(exact, currency) if exact is not None and currency else None


def period(data: Node, key: str) -> Period | None:
    """Return a Period."""
    value = first(data, key)
    return Period(time(value, "start"), time(value, "end")) if value else None


def occurrence(data: Node, key: str = "occurrence") -> Occurrence | None:
    """Return a choice of dateTime, Period and Timing, e.g. `occurrenceDateTime`."""
    at, span = time(data, f"{key}DateTime"), period(data, f"{key}Period")
    schedule = first(data, f"{key}Timing")
    if schedule:
        events = [moment(event) for event in texts(schedule, "event")]
        return Occurrence(next(iter(events), None), None, True)
    return Occurrence(at, span) if at or span else None
