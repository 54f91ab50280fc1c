"""Changes one element of an interchange; counts are made right, all other bytes stay.

In: an interchange, a set of it, a path (`PO1[6]-2`), a value. Out: a new interchange. Refuses to
know: what the value means; the original is never changed. ISA keeps its widths; its delimiters
cannot be changed, for every byte would be.
"""

from __future__ import annotations

import re
from typing import Final

from suture.core.refusal import RefusalError
from suture.formats.x12.ack_code import PLACE
from suture.formats.x12.delimiters import ISA_WIDTHS
from suture.formats.x12.interchange import Interchange, TransactionSet
from suture.formats.x12.parse import parse
from suture.formats.x12.segment import Segment
from suture.formats.x12.structure import HOUSE, Structure

_FIXED: Final = frozenset({11, 16})
"""ISA11 and ISA16 are delimiters."""
_BREAKS: Final = re.compile(rb"[\r\n]")


def set_element(
    interchange: Interchange,
    found: TransactionSet | None,
    path: str,
    value: str,
    structure: Structure = HOUSE,
) -> Interchange:
    """Return an interchange with the element or component at `path` of a set changed.

    Without a set the path is of the interchange: `ISA[1]-15`, `GS[2]-3`. Elements in front that are
    missing are written empty. SE01, GE01 and IEA01 say afterwards what is there. Raises
    RefusalError `x12.edit` with the path, never the value.
    """
    match = PLACE.fullmatch(path)
    if match is None or not match[3]:
        raise _refusal("the path is segment, place and element: PO1[6]-2", path)
    segment = _segment(interchange, found, match[1], int(match[2]))
    if segment is None:
        raise _refusal("no such segment stands there", path)
    _check(interchange, segment, int(match[3]), value, path)
    text = _written(segment, (int(match[3]), int(match[4] or 0)), value)
    content = _replaced(interchange, bytes(interchange), segment, text)
    return _recounted(_read(content, interchange, structure), structure)


def _segment(
    interchange: Interchange, found: TransactionSet | None, name: str, index: int
) -> Segment | None:
    if found is not None:
        number = found.start + index - 1
        if not found.start <= number < found.end or found.table.ids[number] != name:
            return None
        return found.table.segment(number, found.start)
    trailers = [interchange.trailer, *(group.trailer for group in interchange.groups)]
    outer = [interchange.header, *(group.header for group in interchange.groups), *trailers]
    return next((s for s in outer if s and s.id == name and s.index == index), None)


def _check(interchange: Interchange, segment: Segment, number: int, value: str, path: str) -> None:
    """Raise RefusalError when a value cannot stand there."""
    if not interchange.delimiters.special.isdisjoint(value) or not value.isprintable():
        raise _refusal("a value holds a delimiter or a control character", path)
    if segment.id == "ISA" and (number in _FIXED or not 1 <= number <= 16):
        raise _refusal("the delimiters of ISA cannot be changed", path)
    if segment.id == "ISA" and (len(value) > ISA_WIDTHS[number - 1] or not value.isascii()):
        raise _refusal("an element of ISA keeps its width", path)
    if number < 1:
        raise _refusal("elements count from 1", path)


def _written(segment: Segment, place: tuple[int, int], value: str) -> bytes:
    """Return the segment with one element or component changed, without its terminator."""
    number, part = place
    marks = segment.delimiters
    elements = [*segment.elements, *[""] * (number + 1 - len(segment.elements))]
    new = value.encode().decode("latin-1")
    if segment.id == "ISA":
        new = new.ljust(ISA_WIDTHS[number - 1])
    if part:
        parts = elements[number].split(marks.component)
        parts += [""] * (part - len(parts))
        parts[part - 1] = new
        new = marks.component.join(parts)
    elements[number] = new
    return marks.element.join(elements).encode("latin-1")


def _replaced(interchange: Interchange, content: bytes, segment: Segment, text: bytes) -> bytes:
    """Return the content with the bytes of one segment replaced; raises RefusalError."""
    start = segment.offset - interchange.offset + _lead(interchange)
    end = content.find(interchange.delimiters.segment.encode("latin-1"), start)
    end = len(content) if end < 0 else end
    if _BREAKS.search(content, start, end):
        raise _refusal("the file is wrapped: line breaks stand inside the segment", segment.path())
    return content[:start] + text + content[end:]


def _lead(interchange: Interchange) -> int:
    """Return how many bytes stand before ISA in the interchange's own bytes."""
    return max(interchange.content.find(b"ISA"), 0)


def _read(content: bytes, origin: Interchange, structure: Structure) -> Interchange:
    found, _ = parse(content, structure=structure)
    if found.delimiters != origin.delimiters or len(bytes(found)) != len(content):
        raise _refusal("the change would end the interchange", "")
    return found


def _recounted(interchange: Interchange, structure: Structure) -> Interchange:
    """Return the interchange with SE01, GE01 and IEA01 saying what is there; last ones first."""
    content = bytes(interchange)
    trailers: list[tuple[Segment, int]] = []
    for group in interchange.groups:
        for found in group.sets:
            if found.table.ids[found.end - 1] == "SE":
                trailers.append((found.segments[-1], found.end - found.start))
        if group.trailer:
            trailers.append((group.trailer, len(group.sets)))
    if interchange.trailer:
        trailers.append((interchange.trailer, len(interchange.groups)))
    for trailer, count in reversed(trailers):
        stated = trailer.element(1).strip()
        if not (stated.isascii() and stated.isdecimal() and int(stated[:12]) == count):
            text = _written(trailer, (1, 0), str(count))
            content = _replaced(interchange, content, trailer, text)
    if content == bytes(interchange):
        return interchange
    return _read(content, interchange, structure)


def _refusal(text: str, path: str) -> RefusalError:
    return RefusalError("x12.edit", text, path=path)
