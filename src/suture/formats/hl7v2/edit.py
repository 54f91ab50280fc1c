"""Cuts one segment into pieces and puts a changed piece back, leaving its neighbours' bytes alone.

In: the fields of one segment as bytes, delimiters, a `Path`. Out: bytes. Refuses to know: the rest
of the message, character sets, escapes.
"""

from __future__ import annotations

from suture.formats.hl7v2.delimiters import Delimiters
from suture.formats.hl7v2.path import Path


def piece(fields: list[bytes], path: Path, octets: tuple[bytes, ...]) -> bytes | None:
    """Return the bytes `path` addresses in the split segment `fields`, or None when absent.

    `octets` are the separators of `Delimiters.octets`. Runs for every read: positions, not names.
    """
    place = path[6]
    if place < 1:
        return _uncut(fields, path, octets)
    if place >= len(fields):
        return None
    found: bytes | None = fields[place]
    if not found:
        return found
    mark = octets[2]
    if path[3] > 1:
        found = _nth(found, mark, path[3])
    elif mark and mark in found:
        found = found.partition(mark)[0]
    if found and path[4]:
        found = _nth(found, octets[1], path[4])
        if found and path[5]:
            found = _nth(found, octets[4], path[5])
    return found


def _uncut(fields: list[bytes], path: Path, octets: tuple[bytes, ...]) -> bytes | None:
    """Return the whole segment, MSH-1 or MSH-2; the last two have no inner structure."""
    if not fields:
        return None
    if path.place == 0:
        return octets[0].join(fields)
    if path.repetition > 1 or path.component > 1 or path.subcomponent > 1:
        return None
    if path.field == 1:
        return octets[0]
    return fields[1] if len(fields) > 1 else None


def _nth(text: bytes, separator: bytes, number: int) -> bytes | None:
    """Return the `number`-th part of `text`, or None when it has fewer."""
    if not separator:
        return text if number == 1 else None
    if number == 1:
        return text.partition(separator)[0]
    parts = text.split(separator, number)
    return parts[number - 1] if len(parts) >= number else None


def replaced(fields: list[bytes], path: Path, value: bytes, delimiters: Delimiters) -> bytes:
    """Return the segment with `value` (already escaped and encoded) at `path`.

    Missing fields, repetitions and components before it are added empty. Raises ValueError for
    MSH-1 and MSH-2, and when the path needs a separator the message does not declare.
    """
    if path.place < 1:
        raise ValueError("the delimiters of a message cannot be changed in place")
    separator, component, repetition, _, subcomponent = delimiters.octets
    place = path.place
    parts = fields + [b""] * (place + 1 - len(fields))
    held = parts[place]
    if repetition in held or path.repetition > 1 or path.component:
        levels = (
            (repetition, max(path.repetition, 1)),
            (component, path.component),
            (subcomponent, path.subcomponent),
        )
        value = _put(held, levels, value)
    parts[place] = value
    return separator.join(parts)


def _put(text: bytes, levels: tuple[tuple[bytes, int], ...], value: bytes) -> bytes:
    """Return `text` with `value` at the nested positions; 0 ends the descent."""
    if not levels or levels[0][1] == 0:
        return value
    separator, number = levels[0]
    if not separator:
        if number > 1:
            raise ValueError("the message declares no separator for this level")
        return _put(text, levels[1:], value)
    parts = text.split(separator)
    parts.extend([b""] * (number - len(parts)))
    parts[number - 1] = _put(parts[number - 1], levels[1:], value)
    return separator.join(parts)
