"""Splits the text of a catalogue into rows and fields, and writes rows.

In: lines of text. Out: fields, one row after another; text of a row. Refuses to know: what a field
is called. Fields are separated by commas; one in quotation marks may hold commas, line ends and
doubled quotation marks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_SPECIAL: Final = ('"', ",", "\n", "\r")


@dataclass(frozen=True, slots=True, repr=False)
class RawRow:
    """The fields of one row and the line on which it starts, counted from 1."""

    line: int
    fields: tuple[str, ...]
    is_quoted_well: bool = True


class TooLongError(Exception):
    """A row that does not end within its bounds."""


def split_rows(
    lines: Iterable[tuple[int, str]], *, characters_max: int, fields_max: int
) -> Iterator[RawRow]:
    """Yield the rows of numbered lines without their ends; raises TooLongError.

    A row goes on to the next line while a quotation mark is open. Empty lines are no rows.
    """
    start, size, is_open = 0, 0, False
    held: list[str] = []
    for number, line in lines:
        if not held and not line.strip():
            continue
        start = start if held else number
        held.append(line)
        size += len(line) + 1
        if size > characters_max:
            raise TooLongError
        # Marks come in pairs, doubled ones too: an odd number leaves one open.
        is_open ^= line.count('"') % 2 == 1
        if not is_open:
            yield _row(start, "\n".join(held), fields_max)
            held, size = [], 0
    if held:
        yield RawRow(start, (), is_quoted_well=False)


def _row(line: int, text: str, fields_max: int) -> RawRow:
    fields: list[str] = []
    is_well = True
    place = 0
    while True:
        end, value, is_sound = _field(text, place)
        is_well = is_well and is_sound
        fields.append(value)
        if len(fields) > fields_max:
            raise TooLongError
        if end >= len(text):
            return RawRow(line, tuple(fields), is_well)
        place = end + 1


def _field(text: str, place: int) -> tuple[int, str, bool]:
    """Return (where it ends, value, whether its quotes are right) of the field at `place`."""
    start = place
    while start < len(text) and text[start] in " \t":
        start += 1
    if text[start : start + 1] != '"':
        end = text.find(",", place)
        end = len(text) if end < 0 else end
        value = text[place:end]
        return end, value.strip(), '"' not in value
    parts: list[str] = []
    place = start + 1
    while True:
        mark = text.find('"', place)
        if mark < 0:
            return len(text), "".join(parts) + text[place:], False
        parts.append(text[place:mark])
        if text[mark + 1 : mark + 2] != '"':
            break
        parts.append('"')
        place = mark + 2
    end = text.find(",", mark + 1)
    end = len(text) if end < 0 else end
    behind = text[mark + 1 : end].strip()
    return end, "".join(parts) + behind, not behind


def row_text(fields: Iterable[str]) -> str:
    """Return a row as text, with quotation marks where they are needed."""
    return ",".join(_written(field) for field in fields)


def _written(field: str) -> str:
    is_bare = not any(mark in field for mark in _SPECIAL) and field == field.strip()
    # A row that reads ENDOFDATA would end the data; in quotes it does not.
    if is_bare and field.upper() not in ("ENDOFDATA", "DATA"):
        return field
    doubled = field.replace('"', '""')
    return f'"{doubled}"'
