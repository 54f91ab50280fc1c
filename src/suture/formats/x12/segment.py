"""Gives a segment's elements, components and place.

In: the texts of segments. Out: `Segment`, and `SegmentTable` which makes them. Refuses to know:
what an element means; the repr shows the id and the place, never a value.
"""

from __future__ import annotations

from suture.formats.x12.delimiters import STANDARD, Delimiters


class Segment:
    """One segment as received; elements are counted from 1, as the standard does."""

    __slots__ = ("delimiters", "elements", "index", "offset")

    elements: list[str]
    """The id and the elements, as received (bytes as ISO 8859-1 characters)."""
    offset: int
    """Byte offset of the id in the file."""
    index: int
    """Place in the transaction set, ST being 1 (AK301 counts so); in the interchange, ISA being 1,
    for segments outside a set."""
    delimiters: Delimiters

    def __init__(
        self,
        elements: list[str],
        offset: int = 0,
        index: int = 0,
        delimiters: Delimiters = STANDARD,
    ) -> None:
        self.elements = elements
        self.offset = offset
        self.index = index
        self.delimiters = delimiters

    @property
    def id(self) -> str:
        """The segment id, e.g. `PO1`."""
        return self.elements[0]

    @property
    def qualifier(self) -> str:
        """Element 1, by which loops and segments of one id are told apart."""
        return self.element(1)

    def element(self, number: int) -> str:
        """Return element `number` (1 is the first), empty when it is not there.

        Bytes above ASCII read as UTF-8 when they are, otherwise as ISO 8859-1.
        """
        if not 0 <= number < len(self.elements):
            return ""
        return as_text(self.elements[number])

    def component(self, number: int, part: int) -> str:
        """Return component `part` of element `number`, both from 1, empty when it is not there."""
        parts = self.element(number).split(self.delimiters.component)
        return parts[part - 1] if 1 <= part <= len(parts) else ""

    def repetitions(self, number: int) -> list[str]:
        """Return the repetitions of element `number`; one when the version has no separator."""
        separator = self.delimiters.repetition
        value = self.element(number)
        return value.split(separator) if separator else [value]

    def pairs(self, first: int) -> dict[str, str]:
        """Return qualifier -> value of the element pairs from `first` on (PO106/07, LIN02/03...).

        A repeated qualifier keeps its first value; empty pairs are left out.
        """
        found: dict[str, str] = {}
        for number in range(first, len(self.elements) - 1, 2):
            qualifier, value = self.element(number), self.element(number + 1)
            if qualifier and value:
                found.setdefault(qualifier, value)
        return found

    def path(self, number: int = 0) -> str:
        """Return where this segment or its element is: `PO1[14]-4`."""
        name = self.id if self.id.isalnum() and len(self.id) <= 3 else "?"
        return f"{name}[{self.index}]" + (f"-{number}" if number else "")

    def __repr__(self) -> str:
        return f"<segment {self.path()} of {len(self.elements) - 1} elements>"


class SegmentTable:
    """The segments of one interchange as text; a `Segment` is made when it is read.

    Most segments of a large file are read once or not at all, so none is cut in advance.
    """

    __slots__ = ("delimiters", "ids", "offsets", "texts")

    texts: list[str]
    """Each segment without its terminator and the white space before it."""
    ids: list[str]
    offsets: list[int]
    """Byte offsets in the file."""
    delimiters: Delimiters

    def __init__(self, texts: list[str], offsets: list[int], delimiters: Delimiters) -> None:
        self.texts = texts
        self.offsets = offsets
        self.delimiters = delimiters
        separator = delimiters.element
        # Ids have two or three characters; whatever has not is cut the slow way.
        self.ids = [
            text[:3]
            if text[3:4] == separator
            else text[:2]
            if text[2:3] == separator
            else text.partition(separator)[0]
            for text in texts
        ]

    def __len__(self) -> int:
        return len(self.texts)

    def segment(self, number: int, base: int = 0) -> Segment:
        """Return segment `number` (from 0); its index counts from segment `base`, which is 1."""
        elements = self.texts[number].split(self.delimiters.element)
        return Segment(elements, self.offsets[number], number - base + 1, self.delimiters)

    def __repr__(self) -> str:
        return f"<table of {len(self.texts)} segments>"


def as_text(value: str) -> str:
    """Return the characters of an element kept as ISO 8859-1, read as UTF-8 where it is that."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
