"""Binds the attributes of a view to fields and segments; one binding serves reading and writing.

In: dataclasses whose attributes are made with `at`, `same` and `under`. Out: a `Plan` per class.
Refuses to know: messages. A class says in SEGMENT which segment it stands for (`Z*` is any own
one), and in STARTS, where present, which further names may open its group when SEGMENT is left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from suture.core.phi import Label, Phi
from suture.formats.hl7v2.views.kind import Kind


@dataclass(frozen=True, slots=True)
class Cell:
    """One attribute that stands in a field."""

    number: int
    kind: Kind
    label: Label | None
    """Not None: the value is wrapped in `Phi`."""
    is_many: bool


@dataclass(frozen=True, slots=True)
class Under:
    """One attribute that stands in segments below."""

    kind: type[Any]
    is_many: bool


@dataclass(frozen=True, slots=True)
class Same:
    """One attribute whose class reads the same segment."""

    kind: type[Any]


def at(number: int, kind: Kind, label: Label | None = None) -> Any:
    """Return an attribute for the first repetition of a field."""
    bound = {"bound": Cell(number, kind, label, False)}
    if label is None:
        return field(default=kind.empty, metadata=bound)
    return field(default_factory=lambda: Phi(kind.empty, label), metadata=bound)


def many(number: int, kind: Kind, label: Label | None = None) -> Any:
    """Return an attribute for all repetitions of a field, as a tuple."""
    bound = {"bound": Cell(number, kind, label, True)}
    if label is None:
        return field(default=(), metadata=bound)
    return field(default_factory=lambda: Phi((), label), metadata=bound)


def under(kind: type[Any]) -> Any:
    """Return an attribute for the segments or groups of a class below this one, as a tuple."""
    return field(default=(), metadata={"bound": Under(kind, True)})


def one(kind: type[Any]) -> Any:
    """Return an attribute for at most one segment or group of a class; None when there is none."""
    return field(default=None, metadata={"bound": Under(kind, False)})


def same(kind: type[Any]) -> Any:
    """Return an attribute whose class reads further fields of the same segment."""
    return field(default_factory=kind, metadata={"bound": Same(kind)})


@dataclass(frozen=True, slots=True)
class Plan:
    """What a class is bound to."""

    segment: str
    cells: tuple[tuple[str, Cell], ...]
    same: tuple[tuple[str, type[Any]], ...]
    under: tuple[tuple[str, Under], ...]
    starts: frozenset[str]
    """Names that open a group of this class."""
    claims: frozenset[str]
    """Every name the class or one below it takes."""


def plan(kind: Any) -> Plan:
    """Return what a view class is bound to."""
    return _plan(kind)


@lru_cache(maxsize=256)
def _plan(kind: Any) -> Plan:
    bound = [(one.name, one.metadata.get("bound")) for one in fields(kind)]
    below = tuple((name, what) for name, what in bound if isinstance(what, Under))
    claims = {kind.SEGMENT}.union(*(plan(what.kind).claims for _, what in below))
    return Plan(
        kind.SEGMENT,
        tuple((name, what) for name, what in bound if isinstance(what, Cell)),
        tuple((name, what.kind) for name, what in bound if isinstance(what, Same)),
        below,
        frozenset({kind.SEGMENT, *getattr(kind, "STARTS", ())}),
        frozenset(claims),
    )
