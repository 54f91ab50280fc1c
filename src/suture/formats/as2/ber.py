"""The little of ASN.1 that CMS needs: BER is read with bounds, DER is written.

In: bytes. Out: nodes that know where they stand, and bytes. Refuses to know: what a node means.
Partners write indefinite lengths and octet strings in pieces (X.690 8.1.3.6, 8.7.3), which strict
DER readers refuse; certificates and keys are read by the library, never here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from suture.core.refusal import RefusalError

DEPTH_MAX = 24
"""A CMS message is some ten deep; pieces of octet strings add one."""
NODES_MAX = 300_000
"""256 MiB in pieces of 1,000 bytes, the smallest that is usual."""

INTEGER, OCTETS, NULL, OID, SEQUENCE, SET = 0x02, 0x04, 0x05, 0x06, 0x30, 0x31
_CONSTRUCTED = 0x20


@dataclass(frozen=True, slots=True)
class Node:
    """One element: `tag` is its first byte, its content stands between `first` and `last`."""

    tag: int
    source: bytes = field(repr=False)
    start: int
    first: int
    last: int
    end: int
    children: tuple[Node, ...] = field(default=(), repr=False)

    @property
    def content(self) -> bytes:
        """The content as it was received."""
        return self.source[self.first : self.last]

    @property
    def octets(self) -> bytes:
        """The content of an octet string, whole or in pieces."""
        if not self.tag & _CONSTRUCTED:
            return self.content
        return b"".join(child.octets for child in self.children)

    @property
    def integer(self) -> int:
        """The value of an INTEGER."""
        return int.from_bytes(self.content, "big", signed=True)

    def child(self, number: int, tag: int) -> Node:
        """Return a child; raises RefusalError `as2.cms-syntax` unless it is there, of this tag."""
        if number >= len(self.children) or self.children[number].tag != tag:
            raise bad(self.first)
        return self.children[number]


def bad(offset: int) -> RefusalError:
    """Return what is raised for a structure that is not what it must be."""
    return RefusalError("as2.cms-syntax", "this is no CMS message", offset=offset)


class _Reader:
    def __init__(self, source: bytes) -> None:
        self.source = source
        self.nodes = 0

    def read(self, at: int, limit: int, depth: int) -> Node:
        self.nodes += 1
        if depth > DEPTH_MAX or self.nodes > NODES_MAX:
            raise RefusalError("as2.cms-bounds", "too deep or too many elements", offset=at)
        if at + 2 > limit:
            raise bad(at)
        tag, size, first = self.source[at], self.source[at + 1], at + 2
        if tag & 0x1F == 0x1F:
            raise bad(at)
        if size == 0x80:
            return self._indefinite(tag, at, limit, depth)
        if size > 0x80:
            count = size & 0x7F
            if count > 5 or first + count > limit:
                raise bad(at)
            size = int.from_bytes(self.source[first : first + count], "big")
            first += count
        last = first + size
        if last > limit:
            raise RefusalError("as2.cms-truncated", "the message ends too early", offset=at)
        children: list[Node] = []
        if tag & _CONSTRUCTED:
            place = first
            while place < last:
                children.append(self.read(place, last, depth + 1))
                place = children[-1].end
        return Node(tag, self.source, at, first, last, last, tuple(children))

    def _indefinite(self, tag: int, at: int, limit: int, depth: int) -> Node:
        if not tag & _CONSTRUCTED:
            raise bad(at)
        children: list[Node] = []
        place = at + 2
        while self.source[place : place + 2] != b"\0\0":
            children.append(self.read(place, limit, depth + 1))
            place = children[-1].end
        if place + 2 > limit:
            raise RefusalError("as2.cms-truncated", "the message ends too early", offset=at)
        return Node(tag, self.source, at, at + 2, place, place + 2, tuple(children))


def read(source: bytes) -> Node:
    """Return the element that bytes begin with.

    Raises RefusalError `as2.cms-syntax`, `as2.cms-truncated`, `as2.cms-bounds` with the offset.
    """
    return _Reader(source).read(0, len(source), 0)


def der_of(node: Node, tag: int | None = None) -> bytes:
    """Return an element in DER, under another tag if one is given; a SET OF is sorted."""
    own = node.tag if tag is None else tag
    if not node.tag & _CONSTRUCTED:
        return der(own, node.content)
    parts = [der_of(child) for child in node.children]
    return der(own, *(sorted(parts) if own == SET else parts))


# ---- writing


def der(tag: int, *parts: bytes) -> bytes:
    """Return an element with a definite, shortest length."""
    size = sum(len(part) for part in parts)
    if size < 0x80:
        head = bytes((tag, size))
    else:
        count = (size.bit_length() + 7) // 8
        head = bytes((tag, 0x80 | count)) + size.to_bytes(count, "big")
    return b"".join((head, *parts))


def sequence(*parts: bytes) -> bytes:
    """Return a SEQUENCE."""
    return der(SEQUENCE, *parts)


def set_of(*parts: bytes) -> bytes:
    """Return a SET OF, sorted as DER wants it."""
    return der(SET, *sorted(parts))


def integer(value: int) -> bytes:
    """Return an INTEGER."""
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value: bytes) -> bytes:
    """Return an OCTET STRING."""
    return der(OCTETS, value)


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    content = bytearray()
    for number in (first * 40 + second, *rest):
        group = [number & 0x7F]
        while number := number >> 7:
            group.append(0x80 | number & 0x7F)
        content += bytes(reversed(group))
    return der(OID, bytes(content))


NULL_VALUE = der(NULL)
