"""Gives a segment's elements, components and place.

In: the texts of segments. Out: `Segment`, and `SegmentTable` which makes them. Refuses to know:
what an element means; the repr shows the tag and the place, never a value.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from suture.formats.edifact.charset import CODECS, decoded
from suture.formats.edifact.delimiters import STANDARD, Delimiters, plain, split


@dataclass(frozen=True, slots=True)
class Syntax:
    """How the interchange is written: S001 of UNB and the delimiters."""

    delimiters: Delimiters = STANDARD
    identifier: str = "UNOA"
    version: int = 3
    has_una: bool = False

    @property
    def codec(self) -> str:
        """The codec of the character set."""
        return CODECS.get(self.identifier, "latin-1")


class SegmentTable:
    """The segments of one message as text; a `Segment` is made when it is read."""

    __slots__ = ("_occurrences", "ids", "offsets", "syntax", "texts")

    texts: list[str]
    """Each segment without its terminator and the white space before it; characters are bytes."""
    ids: list[str]
    """Segment tags."""
    offsets: list[int]
    """Byte offsets in the file."""
    syntax: Syntax

    def __init__(self, texts: list[str], offsets: list[int], syntax: Syntax) -> None:
        self.texts = texts
        self.offsets = offsets
        self.syntax = syntax
        self.ids = tags(texts, syntax.delimiters)
        self._occurrences: list[int] | None = None

    def __len__(self) -> int:
        return len(self.texts)

    def segment(self, number: int, base: int = 0) -> Segment:
        """Return segment `number` (from 0); its index counts from segment `base`, which is 1."""
        return Segment(self, number, number - base + 1)

    def occurrence(self, number: int) -> int:
        """Return which of the segments with its tag segment `number` is, from 1."""
        if self._occurrences is None:
            counts: Counter[str] = Counter()
            found = []
            for tag in self.ids:
                counts[tag] += 1
                found.append(counts[tag])
            self._occurrences = found
        return self._occurrences[number]

    def __repr__(self) -> str:
        return f"<table of {len(self.texts)} segments>"


def tags(texts: list[str], marks: Delimiters) -> list[str]:
    """Return the tag of each segment; tags have three characters, others are cut the slow way."""
    ends = ("", marks.element, marks.component)
    element, component = marks.element, marks.component
    return [
        text[:3] if text[3:4] in ends else text.partition(element)[0].partition(component)[0]
        for text in texts
    ]


class Segment:
    """One segment as received; elements and components are counted from 1."""

    __slots__ = ("_elements", "_number", "_table", "index", "offset")

    offset: int
    """Byte offset of the tag in the file."""
    index: int
    """Place in the message, UNH being 1 (UCS counts so); 1 for segments outside a message."""

    def __init__(self, table: SegmentTable, number: int, index: int) -> None:
        self._table = table
        self._number = number
        self._elements: list[str] | None = None
        self.index = index
        self.offset = table.offsets[number]

    @property
    def id(self) -> str:
        """The segment tag, e.g. `LIN`."""
        return self._table.ids[self._number]

    @property
    def text(self) -> str:
        """The segment as received, a character a byte, without its terminator."""
        return self._table.texts[self._number]

    @property
    def syntax(self) -> Syntax:
        """How the segment is written."""
        return self._table.syntax

    @property
    def elements(self) -> list[str]:
        """The tag and the elements as received, release characters included."""
        if self._elements is None:
            marks = self.syntax.delimiters
            self._elements = split(self.text, marks.element, marks.release)
        return self._elements

    @property
    def qualifier(self) -> str:
        """The first component of the first element, by which segments of one tag are told apart."""
        return self.value(1)

    def raw_components(self, number: int, repetition: int = 1) -> list[str]:
        """Return the components of element `number` as received; empty when it is not there."""
        elements = self.elements
        if not 0 < number < len(elements) or not elements[number]:
            return []
        marks = self.syntax.delimiters
        text = elements[number]
        if marks.repetition:
            every = split(text, marks.repetition, marks.release)
            if repetition > len(every):
                return []
            text = every[repetition - 1]
        elif repetition > 1:
            return []
        return split(text, marks.component, marks.release)

    def components(self, number: int, repetition: int = 1) -> list[str]:
        """Return the components of element `number`, released and decoded."""
        return [self._read(part) for part in self.raw_components(number, repetition)]

    def value(self, number: int, component: int = 1, repetition: int = 1) -> str:
        """Return a component of element `number`, all from 1; empty when it is not there."""
        elements = self._elements or self.elements
        if not 0 < number < len(elements) or component < 1:
            return ""
        text = elements[number]
        if repetition == 1 and (not text or text.isalnum()):
            # Most elements: one component, nothing released. Letters above ASCII are decoded.
            return self._read(text) if text and component == 1 else ""
        syntax = self._table.syntax
        marks = syntax.delimiters
        if repetition == 1 and not marks.repetition and marks.release not in text:
            parts = text.split(marks.component)
            if component > len(parts):
                return ""
            part = parts[component - 1]
            is_read = part.isascii() and syntax.identifier != "UNOX"
            return part if is_read else self._read(part)
        parts = self.raw_components(number, repetition)
        return self._read(parts[component - 1]) if component <= len(parts) else ""

    def repetitions(self, number: int) -> int:
        """Return how often element `number` stands; above 1 in syntax version 4 only."""
        elements, marks = self.elements, self.syntax.delimiters
        if not 0 < number < len(elements) or not elements[number]:
            return 0
        if not marks.repetition:
            return 1
        return len(split(elements[number], marks.repetition, marks.release))

    def _read(self, text: str) -> str:
        syntax = self._table.syntax
        release = syntax.delimiters.release
        if release and release in text:
            text = plain(text, release)
        if text.isascii() and syntax.identifier != "UNOX":
            return text
        return decoded(text, syntax.codec)

    def path(self, number: int = 0, component: int = 0) -> str:
        """Return where this segment or a value in it is: `DTM[2]-1.2` of the second DTM."""
        name = self.id if self.id.isalnum() and len(self.id) <= 3 else "?"
        found = f"{name}[{self._table.occurrence(self._number)}]"
        if number:
            found += f"-{number}" + (f".{component}" if component else "")
        return found

    def __repr__(self) -> str:
        return f"<segment {self.path()} of {len(self.elements) - 1} elements>"
