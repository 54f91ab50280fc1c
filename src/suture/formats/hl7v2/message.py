"""Holds one HL7 v2 message: original lines, read on demand, written back unchanged.

In: the lines `parse` cut and how to read them. Out: text and bytes of any piece; a new message
for a change. Refuses to know: what a segment means, which are required, any profile. Nothing is
split or decoded until asked for (HL7 2.9 2.5); ADD lines are read with their segment (2.10.2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, tzinfo
from itertools import accumulate
from typing import Final

from suture.core.refusal import RefusalError
from suture.formats.hl7v2.charset import Charset
from suture.formats.hl7v2.delimiters import Delimiters
from suture.formats.hl7v2.edit import piece, replaced
from suture.formats.hl7v2.escape import escape, unescape
from suture.formats.hl7v2.lines import Lines, end_of, index, name_of, plain_index
from suture.formats.hl7v2.path import HEADERS, Path, parse_path, parse_relative
from suture.formats.hl7v2.switch import may_switch, switched
from suture.formats.hl7v2.timestamp import timestamp

_END: Final = b"\r\n"
_SEGMENT_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)


class Message:
    """Reads pieces of one message by path; compares and converts to bytes as received.

    A path without a component gives the whole repetition with its delimiters (for display; copy
    with `raw`). A path without a repetition reads the first. Paths count from 1; a malformed path
    raises ValueError. An HL7 null reads as two quotation marks.
    """

    __slots__ = (
        "_charset",
        "_codec",
        "_data",
        "_delimiters",
        "_escape",
        "_first",
        "_indexed",
        "_octets",
        "_offsets",
        "_split",
        "_starts",
    )

    def __init__(
        self,
        delimiters: Delimiters,
        charset: Charset,
        *,
        lines: Lines | None = None,
        data: bytes | None = None,
        first: dict[bytes, list[bytes]] | None = None,
    ) -> None:
        """Keep what `parse` found; without `lines` the `data` must be plain (see `plain`).

        `first` may bring the cut fields of the first segment of a name.
        """
        self._indexed = lines
        self._first: dict[bytes, list[bytes]] = {} if first is None else first
        self._delimiters = delimiters
        self._charset = charset
        self._codec = "utf-8" if charset.wide else charset.codec
        self._octets = delimiters.octets
        self._escape = delimiters.octets[3]
        self._data = data
        self._split: dict[int, list[bytes]] = {}
        self._offsets: list[int] | None = None
        self._starts: dict[bytes, bytes] | None = None

    @property
    def _lines(self) -> Lines:
        """The lines, cut and indexed at the first need."""
        if self._indexed is None:
            wire = (self._data or b"").splitlines(True)
            self._indexed = Lines(b"", wire, wire, *plain_index(wire))
        return self._indexed

    def __bytes__(self) -> bytes:
        if self._data is None:
            self._data = self._lines.prefix + b"".join(self._lines.wire)
        return self._data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and bytes(self) == bytes(other)

    def __hash__(self) -> int:
        return hash(bytes(self))

    def __repr__(self) -> str:
        return f"<hl7v2.Message {len(self._lines.heads)} segments, {len(bytes(self))} bytes>"

    # What the message says about itself

    @property
    def delimiters(self) -> Delimiters:
        """The separators of MSH-1 and MSH-2; the standard ones when MSH is missing or unfit."""
        return self._delimiters

    @property
    def charset(self) -> Charset:
        """How the bytes are read (MSH-18)."""
        return self._charset

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.get("MSH-10")

    @property
    def trigger(self) -> str:
        """MSH-9.1 and MSH-9.2 as `SIU^S12` whatever the delimiters; MSH-9.1 alone without event."""
        event = self.get("MSH-9.2")
        return f"{self.get('MSH-9.1')}^{event}" if event else self.get("MSH-9.1")

    @property
    def structure(self) -> str:
        """MSH-9.3, e.g. `SIU_S12`; empty before version 2.3.1."""
        return self.get("MSH-9.3")

    @property
    def version(self) -> str:
        """MSH-12.1, e.g. `2.5.1`."""
        return self.get("MSH-12.1")

    def sent_at(self, default_tz: tzinfo = UTC) -> datetime | None:
        """Return MSH-7 as an aware UTC instant; `default_tz` holds where it has no offset."""
        return timestamp(self.get("MSH-7.1"), default_tz)

    # Reading

    def get(self, path: str, default: str = "") -> str:
        """Return the text at `path`, decoded and unescaped; `default` when absent or empty."""
        address = parse_path(path)
        if address[1] == 1:
            fields = self._first.get(address[0])
            if fields is None:
                fields = self._fields_of_first(address[0])
            # As `_text`, without its call: this is the hot path of every translation.
            found = piece(fields, address, self._octets)
            if not found:
                return default
            if self._escape in found and self._escape and address.place >= 0:
                return self.read(found) or default
            return found.decode(self._codec, "replace") or default
        positions = self._lines.names.get(address.name, [])
        if len(positions) < address.segment:
            return default
        return self.text_at(positions[address.segment - 1], address) or default

    def raw(self, path: str) -> bytes:
        """Return the bytes at `path` as they stand, escapes unread; empty when absent."""
        address = parse_path(path)
        positions = self._lines.names.get(address.name)
        if positions is None or len(positions) < address.segment:
            return b""
        return self.octets_at(positions[address.segment - 1], address)

    def count(self, path: str) -> int:
        """Return how many repetitions the field at `path` has, or how many segments `PID` has.

        An absent or empty field has none.
        """
        address = parse_path(path)
        positions = self._lines.names.get(address.name, [])
        if not address.field:
            return len(positions)
        if len(positions) < address.segment:
            return 0
        return self.repetitions(positions[address.segment - 1], address)

    def segments(self, name: str | None = None) -> Sequence[Segment]:
        """Return the segments in order, all or those of one name; ADD lines belong to theirs."""
        if name is None:
            return [Segment(self, position) for position in range(len(self._lines.heads))]
        found = self._lines.names.get(name.encode("ascii", "replace"), [])
        return [Segment(self, position) for position in found]

    def following(self, segment: Segment, names: AbstractSet[str]) -> list[Segment]:
        """Return the segments right after `segment` whose name is in `names`.

        They end before the next segment of the same name and before any name not in `names`: the
        AIS group is `following(ais, {"NTE"})`.
        """
        found: list[Segment] = []
        own = segment.name
        for position in range(segment.index + 1, len(self._lines.heads)):
            candidate = Segment(self, position)
            name = candidate.name
            if name == own or name not in names:
                break
            found.append(candidate)
        return found

    # Changing: each returns a new message; lines not touched keep their bytes

    def set(self, path: str, value: str) -> Message:
        """Return the message with the text `value` at `path`, escaped and encoded.

        A path without a repetition changes the first; one without a component replaces the whole
        repetition. Missing fields before it are added empty. Raises `RefusalError`
        `hl7v2.no-segment`, `-charset-unencodable`, `-no-escape`; ValueError for a path without
        field, MSH-1, MSH-2 and MSH-18 (a new label needs new bytes: build the message anew).
        """
        address = parse_path(path)
        if not address.field:
            raise ValueError("set needs a field in its path")
        if address.name == b"MSH" and address.field == 18:
            raise ValueError("the character set of a message cannot be changed in place")
        positions = self._lines.names.get(address.name, [])
        if len(positions) < address.segment:
            raise RefusalError("hl7v2.no-segment", "the segment is not in the message", path=path)
        position = positions[address.segment - 1]
        text = self._encoded(escape(value, self._delimiters), path)
        changed = replaced(self.fields(position), address, text, self._delimiters)
        if self._charset.wide or position in self._lines.tails:
            return self._with_lines(self._lines.heads[position], self._after(position), changed)
        return self._with_one(position, changed)

    def append(self, *fields: str) -> Message:
        """Return the message with one more segment at its end: name, then text per field.

        Each field is one leaf, escaped. Raises as `set` does.
        """
        name = fields[0]
        if _SEGMENT_NAME.fullmatch(name) is None or name.encode() in HEADERS:
            raise ValueError("a segment name is three upper-case letters or digits, no header")
        escaped = (escape(field, self._delimiters) for field in fields[1:])
        line = self._encoded(self._delimiters.field.join([name, *escaped]), name)
        heads = self._lines.heads
        last = self._after(len(heads) - 1) if heads else len(self._lines.wire)
        return self._with_lines(last, last, line)

    def without(self, name: str) -> Message:
        """Return the message without any segment of `name` (its ADD lines go too)."""
        if name.encode("ascii") in HEADERS:
            raise ValueError("a message cannot be without its header")
        gone: set[int] = set()
        for position in self._lines.names.get(name.encode("ascii"), []):
            gone.update(range(self._lines.heads[position], self._after(position)))
        wire = [line for number, line in enumerate(self._lines.wire) if number not in gone]
        return self._rebuilt(wire)

    # For Segment and the modules of this package

    def fields(self, position: int) -> list[bytes]:
        """Return the segment at `position` cut at MSH-1, ADD lines joined, without its end."""
        fields = self._split.get(position)
        if fields is None:
            lines = self._lines
            line = lines.work[lines.heads[position]].rstrip(_END)
            if position in lines.tails:
                addenda = lines.work[lines.heads[position] + 1 : lines.tails[position]]
                line += b"".join(addendum.rstrip(_END)[4:] for addendum in addenda)
            fields = line.split(self._octets[0])
            self._split[position] = fields
        return fields

    def text_at(self, position: int, address: Path) -> str:
        """Return the text of a piece of the segment at `position`; empty when absent."""
        return self._text(self.fields(position), address)

    def _text(self, fields: list[bytes], address: Path) -> str:
        """Return the text of a piece of a cut segment; empty when absent."""
        found = piece(fields, address, self._octets)
        if not found:
            return ""
        if self._escape in found and self._escape and address.place >= 0:
            return self.read(found)
        return found.decode(self._codec, "replace")

    def read(self, found: bytes) -> str:
        """Return working bytes as text, character-set switches and escapes read."""
        if may_switch(found, self._escape) and not self._charset.wide:
            text = switched(found, self._escape, self._codec)
        else:
            text = found.decode(self._codec, "replace")
        return unescape(text, self._delimiters, self._codec)

    def _fields_of_first(self, name: bytes) -> list[bytes]:
        """Return the cut first segment of `name`, empty when there is none, and remember it."""
        fields: list[bytes] = []
        if self._indexed is None and self._data is not None:
            # Plain data needs no index of its lines: their first three bytes are their names.
            if self._starts is None:
                lines = self._data.split(b"\r")
                self._starts = {line[:3]: line for line in reversed(lines)}
            if name in self._starts:
                fields = self._starts[name].split(self._octets[0])
        else:
            positions = self._lines.names.get(name)
            fields = self.fields(positions[0]) if positions else []
        self._first[name] = fields
        return fields

    def octets_at(self, position: int, address: Path) -> bytes:
        """Return the bytes of a piece of the segment at `position`, in the message's coding."""
        found = piece(self.fields(position), address, self._octets) or b""
        if self._charset.wide:
            return found.decode("utf-8").encode(self._charset.codec, "replace")
        return found

    def repetitions(self, position: int, address: Path) -> int:
        """Return how many repetitions a field of the segment at `position` has."""
        fields = self.fields(position)
        place = address.place
        if place < 1:
            return 1
        if place >= len(fields) or not fields[place]:
            return 0
        separator = self._octets[2]
        return fields[place].count(separator) + 1 if separator else 1

    def offset_of(self, position: int) -> int:
        """Return the byte offset of the segment at `position` in `bytes(self)`."""
        if self._offsets is None:
            lengths = (len(line) for line in self._lines.wire)
            self._offsets = list(accumulate(lengths, initial=len(self._lines.prefix)))
        return self._offsets[self._lines.heads[position]]

    def _after(self, position: int) -> int:
        """Return the line number after the segment at `position` and its ADD lines."""
        return self._lines.tails.get(position, self._lines.heads[position] + 1)

    def _encoded(self, text: str, path: str) -> bytes:
        """Return `text` as working bytes; refuses what the message's character set cannot hold."""
        try:
            encoded = text.encode(self._charset.codec)
            return text.encode("utf-8") if self._charset.wide else encoded
        except UnicodeEncodeError:
            pass
        wanted = "the value does not fit the character set of MSH-18"
        raise RefusalError("hl7v2.charset-unencodable", wanted, path=path)

    def _with_lines(self, start: int, stop: int, line: bytes) -> Message:
        """Return the message with the lines `start` to `stop` replaced by one working line."""
        wire = list(self._lines.wire)
        codec = self._charset.codec
        if self._charset.wide:
            line = line.decode("utf-8").encode(codec)
        neighbour = wire[stop - 1] if stop else b""
        end = end_of(neighbour, codec)
        if start == stop:
            end = end or end_of(wire[0] if wire else b"", codec) or "\r".encode(codec)
            if neighbour and not end_of(neighbour, codec):
                wire[stop - 1] = neighbour + end
        wire[start:stop] = [line + end]
        return self._rebuilt(wire)

    def _with_one(self, position: int, line: bytes) -> Message:
        """Return the message with one segment's only line replaced: no segment comes or goes."""
        lines, number = self._lines, self._lines.heads[position]
        wire = lines.wire.copy()
        before = wire[number]
        is_plain = before.endswith(b"\r")
        wire[number] = line + (b"\r" if is_plain else end_of(before, self._charset.codec))
        changed = Lines(lines.prefix, wire, wire, lines.heads, lines.names, lines.tails)
        made = Message(self._delimiters, self._charset, lines=changed)
        # What was cut for reading stays cut, but for the segment that changed.
        made._split.update(self._split)
        del made._split[position]
        return made

    def _rebuilt(self, wire: list[bytes]) -> Message:
        """Return a message of changed lines, read as this one is."""
        work = wire
        if self._charset.wide:
            work = [line.decode(self._charset.codec, "replace").encode() for line in wire]
        heads, names, tails, _ = index(work, self._octets[0])
        lines = Lines(self._lines.prefix, wire, work, heads, names, tails)
        return Message(self._delimiters, self._charset, lines=lines)


class Segment:
    """Addresses one segment of a message; paths inside it start at the field: `5.1`, `3[2].4`."""

    __slots__ = ("_message", "index")

    def __init__(self, message: Message, index: int) -> None:
        self._message = message
        self.index = index
        """Position among the segments of the message, from 0."""

    @property
    def name(self) -> str:
        """The segment name; empty for a line that starts with none."""
        return name_of(self._message.fields(self.index)[0])

    @property
    def raw(self) -> bytes:
        """The bytes of the segment without its end, ADD lines joined."""
        return self._message.octets_at(self.index, _WHOLE)

    @property
    def offset(self) -> int:
        """Byte offset of the segment in the message as received."""
        return self._message.offset_of(self.index)

    def get(self, path: str, default: str = "") -> str:
        """Return the text at a path inside the segment; `default` when absent or empty."""
        return self._message.text_at(self.index, self._address(path)) or default

    def raw_at(self, path: str) -> bytes:
        """Return the bytes at a path inside the segment; empty when absent."""
        return self._message.octets_at(self.index, self._address(path))

    def count(self, path: str) -> int:
        """Return how many repetitions the field at `path` has; none when absent or empty."""
        return self._message.repetitions(self.index, self._address(path))

    def _address(self, path: str) -> Path:
        """Return a path inside this segment, which may count its fields as a header does."""
        return parse_relative(path, self._message.fields(self.index)[0] in HEADERS)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Segment):
            return False
        return self.index == other.index and self._message == other._message

    def __hash__(self) -> int:
        return hash((self._message, self.index))

    def __repr__(self) -> str:
        return f"<hl7v2.Segment {self.index}, {len(self.raw)} bytes>"


_WHOLE = Path(b"", 1, 0, 0, 0, 0, 0)
