"""Reads large catalogues item by item, in memory that does not grow with the document.

In: the pieces of a document's bytes. Out: one item after another, with its problems. Refuses to
know: the whole. The same rules hold as for `parse`: no declarations, no entities, no network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from suture.core.problem import Problem, Severity
from suture.formats.cxml.document import Element, veiled
from suture.formats.cxml.parse import has_declarations
from suture.formats.cxml.read import Reading
from suture.formats.cxml.shape import read_view
from suture.formats.cxml.trade import IndexItem

_TAGS: Final = ("IndexItemAdd", "IndexItemDelete", "IndexItemPunchout")
_ITEM_ELEMENTS_MAX: Final = 5_000
"""Most elements of one item: a catalogue item has some 60."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Bounds what a streamed document may cost."""

    bytes_max: int = 2 * 1024 * 1024 * 1024
    items_max: int = 2_000_000
    depth_max: int = 200


@dataclass(frozen=True, slots=True)
class StreamedItem:
    """One item of a catalogue, in the order of the document."""

    __repr__ = veiled

    operation: str
    """`add`, `delete` or `punchout`; empty with the last problem, when reading had to stop."""
    item: IndexItem | None
    problems: list[Problem]


DEFAULT_STREAM: Final = StreamLimits()


def stream_items(
    pieces: Iterable[bytes], *, limits: StreamLimits = DEFAULT_STREAM
) -> Iterator[StreamedItem]:
    """Yield the items of an Index from the pieces of its bytes, however it is wrapped.

    An item that cannot be read is yielded with problems and without value. When reading has to stop
    (no XML, a declaration, a limit) the last one yielded says why and has no operation.
    """
    parser: Any = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    state = _Walk(limits)
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > limits.bytes_max:
                yield _stopped("cxml.too-large", f"at most {limits.bytes_max} bytes are read")
                return
            # Small feeds, so that one piece with many items does not fill the memory either.
            for place in range(0, len(piece), 65_536):
                parser.feed(piece[place : place + 65_536])
                yield from state.items(parser.read_events())
                if state.is_stopped:
                    return
        parser.close()
        yield from state.items(parser.read_events())
    except (etree.XMLSyntaxError, ValueError) as error:
        # What was complete before the fault is given however the pieces were cut.
        yield from state.items(parser.read_events())
        if state.is_stopped:
            return
        line = getattr(error, "lineno", None) or 0
        yield _stopped("cxml.not-xml", "the content is not XML", f"line {line}")


class _Walk:
    """Follows the start and end of elements, and forgets what is behind."""

    def __init__(self, limits: StreamLimits) -> None:
        self.is_stopped = False
        self._limits = limits
        self._depth = 0
        self._inside = 0
        self._elements = 0
        self._count = 0

    def items(self, events: Iterable[tuple[str, Element]]) -> Iterator[StreamedItem]:
        for event, element in events:
            if event == "start":
                why = self._start(element)
                if why:
                    self.is_stopped = True
                    yield _stopped(*why)
                    return
                continue
            self._depth -= 1
            if element.tag in _TAGS:
                self._inside -= 1
                if not self._inside:
                    yield _item(element)
            if not self._inside:
                _forget(element)

    def _start(self, element: Element) -> tuple[str, str] | None:
        if not self._depth and has_declarations(element):
            return "cxml.entity-declaration", "a DOCTYPE may name the public DTD and nothing else"
        self._depth += 1
        if self._depth > self._limits.depth_max:
            return "cxml.too-large", f"at most {self._limits.depth_max} elements are nested"
        if element.tag in _TAGS:
            self._inside += 1
            self._elements = 0
            self._count += 1
            if self._count > self._limits.items_max:
                return "cxml.too-large", f"at most {self._limits.items_max} items are read"
        self._elements += 1
        if self._inside and self._elements > _ITEM_ELEMENTS_MAX:
            return "cxml.too-large", f"an item has at most {_ITEM_ELEMENTS_MAX} elements"
        return None


def _item(element: Element) -> StreamedItem:
    """Return the view of one item; its problems are placed below the item."""
    operation = str(element.tag).removeprefix("IndexItem").lower()
    if any(True for _ in element.iter(etree.Entity)):
        note = "an entity is used; send none"
        problem = Problem("cxml.entity-declaration", Severity.ERROR, note, f"//{element.tag}")
        return StreamedItem(operation, None, [problem])
    read = Reading(element)
    return StreamedItem(operation, read_view(read, element, IndexItem), read.problems)


def _forget(element: Element) -> None:
    """Let go of an element that has been read, and of what stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _stopped(code: str, text: str, path: str = "") -> StreamedItem:
    return StreamedItem("", None, [Problem(code, Severity.ERROR, text, path)])
