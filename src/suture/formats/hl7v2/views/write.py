"""Writes a view as a message by the same bindings that read it.

In: a view, and who may open what is wrapped. Out: a `Message`. Refuses to know: which fields a
version wants, and how a label is opened: `reveal` comes in by the door (plan D7).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from suture.core.phi import Phi, PhiLeak
from suture.formats.hl7v2.build import Field, Repeats, Repetition, build, fields
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.views.bind import Cell, plan
from suture.formats.hl7v2.views.kind import Kind

Reveal = Callable[[Phi[Any]], Any]
"""Opens a wrapped value for this one writing."""


def _closed(value: Phi[Any]) -> Any:
    raise PhiLeak("a view with wrapped values is written with `reveal`")


def write_view(view: Any, reveal: Reveal = _closed, *, charset: str = "UNICODE UTF-8") -> Message:
    """Return the message a view describes; each class writes its segment, then those under it.

    Raises `PhiLeak` when the view holds wrapped values and no `reveal` is given, and as `build`
    does.
    """
    rows: list[list[Field]] = []
    _group(view, reveal, rows)
    return build(rows, charset=charset)


def _group(view: Any, reveal: Reveal, rows: list[list[Field]]) -> None:
    bound = plan(type(view))
    if bound.segment == "Z*":
        own: dict[int, Field] = {
            number: Repeats([_whole(one) for one in held])
            for number, held in enumerate(view.fields, start=1)
            if held
        }
        rows.append(fields(view.name, own))
    else:
        rows.append(fields(bound.segment, _values(view, reveal)))
    for attribute, what in bound.under:
        held = getattr(view, attribute)
        below = held if what.is_many else [held] if held is not None else []
        for one in below:
            _group(one, reveal, rows)


def _values(view: Any, reveal: Reveal) -> dict[int, Field]:
    """Return the fields of a class by number."""
    bound = plan(type(view))
    written: dict[int, Field] = {}
    for attribute, kind in bound.same:
        part = getattr(view, attribute)
        written |= _values(part, reveal) if isinstance(part, kind) else {}
    for attribute, cell in bound.cells:
        value = getattr(view, attribute)
        value = reveal(value) if isinstance(value, Phi) else value
        text = _field(cell, value)
        if text is not None:
            written[cell.number] = text
    return written


def _field(cell: Cell, value: Any) -> Field | None:
    if cell.is_many:
        return Repeats([_repetition(cell.kind, one) for one in value]) if value else None
    return None if value == cell.kind.empty else _repetition(cell.kind, value)


def _repetition(kind: Kind, value: Any) -> Repetition:
    return "" if value == kind.empty else _whole(kind.write(value))


def _whole(parts: Any) -> Repetition:
    """Return components without the empty ones at their end."""
    kept = [part if isinstance(part, str) else list(part) for part in parts]
    while len(kept) > 1 and not any(kept[-1]):
        kept.pop()
    return kept
