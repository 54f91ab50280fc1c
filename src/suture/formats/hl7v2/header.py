"""Reads the MSH alone: what the door needs to store, route and answer a message.

In: bytes. Out: a `Header`, or `RefusalError` with the position the acknowledgement will name.
Refuses to know: any other segment; it finds the first segment end and splits that one line, because
this runs before the commit for every message (budget 3 us; HL7 2.9 2.13.9 MSH).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from suture.core.refusal import RefusalError
from suture.formats.hl7v2.charset import codec_of
from suture.formats.hl7v2.codes import DEFAULT, Limits
from suture.formats.hl7v2.delimiters import STANDARD, Delimiters, delimiters
from suture.formats.hl7v2.escape import unescape

_LEADING: Final = b"\x0b \t\r\n\x00"
"""Bytes tolerated before MSH: a frame start left behind, white space, padding."""


@dataclass(frozen=True, slots=True, repr=False)
class Header:
    """Holds the fields of one MSH; `field(n)` is MSH-n as sent."""

    delimiters: Delimiters
    fields: tuple[str, ...]
    """MSH split at MSH-1: `fields[n - 1]` is MSH-n for n >= 2."""
    codec: str = "ascii"
    """Python codec that writes these fields back to the same bytes."""

    def field(self, number: int) -> str:
        """Return MSH-`number` as sent (all repetitions, escapes unread); empty when absent."""
        if number == 1:
            return self.delimiters.field
        return self.fields[number - 1] if number <= len(self.fields) else ""

    def _first(self, number: int) -> str:
        """Return the first component of the first repetition of MSH-`number`, as sent."""
        text = self.field(number)
        for separator in (self.delimiters.repetition, self.delimiters.component):
            if separator:
                text = text.partition(separator)[0]
        return text

    @property
    def sending_application(self) -> str:
        """MSH-3 as sent."""
        return self.field(3)

    @property
    def sending_facility(self) -> str:
        """MSH-4 as sent."""
        return self.field(4)

    @property
    def receiving_application(self) -> str:
        """MSH-5 as sent."""
        return self.field(5)

    @property
    def receiving_facility(self) -> str:
        """MSH-6 as sent."""
        return self.field(6)

    @property
    def sent(self) -> str:
        """MSH-7.1 as sent; `timestamp` reads it."""
        return self._first(7)

    @property
    def message_type(self) -> str:
        """MSH-9.1, e.g. `SIU`."""
        return self._first(9)

    @property
    def trigger(self) -> str:
        """MSH-9.1 and MSH-9.2 as `SIU^S12` whatever the delimiters; MSH-9.1 when no event."""
        parts = self._type_parts()
        return "^".join(parts[:2]) if len(parts) > 1 and parts[1] else parts[0]

    @property
    def structure(self) -> str:
        """MSH-9.3, e.g. `SIU_S12`; empty before version 2.3.1."""
        parts = self._type_parts()
        return parts[2] if len(parts) > 2 else ""

    def _type_parts(self) -> list[str]:
        """Return the components of MSH-9."""
        return self.field(9).split(self.delimiters.component)

    @property
    def control_id(self) -> str:
        """MSH-10, escapes read."""
        return unescape(self.field(10), self.delimiters)

    @property
    def processing_id(self) -> str:
        """MSH-11.1: P production, T training, D debugging."""
        return self._first(11)

    @property
    def version(self) -> str:
        """MSH-12.1, e.g. `2.5.1`."""
        return self._first(12)

    @property
    def accept_acknowledgement(self) -> str:
        """MSH-15: AL, NE, ER, SU or empty (table 0155)."""
        return self.field(15)

    @property
    def application_acknowledgement(self) -> str:
        """MSH-16: AL, NE, ER, SU or empty (table 0155)."""
        return self.field(16)

    @property
    def charset(self) -> str:
        """First repetition of MSH-18."""
        return self._first(18)

    @property
    def transport_key(self) -> str:
        """MSH-3, MSH-4, MSH-7 and MSH-10 as sent, joined by U+001F (spec 2.0.2)."""
        fields = self.fields
        return f"{fields[2]}\x1f{fields[3]}\x1f{fields[6]}\x1f{fields[9]}"

    def __repr__(self) -> str:
        return f"<hl7v2.Header {len(self.fields)} fields>"


def header(data: bytes, *, limits: Limits = DEFAULT) -> Header:
    """Return the MSH of the message in `data`.

    Raises `RefusalError`: `hl7v2.too-large`, `hl7v2.no-msh`, `hl7v2.delimiters`,
    `hl7v2.no-message-type` (path MSH-9), `hl7v2.no-control-id` (path MSH-10); offsets count from
    the start of `data`.
    """
    if len(data) > limits.bytes_max:
        raise RefusalError("hl7v2.too-large", f"a message has at most {limits.bytes_max} bytes")
    skipped = 0
    wire: str | None = None
    if data[:3] != b"MSH":
        skipped, data, wire = unwrap(data)
    line = _line(data, limits, skipped)
    text, codec = _text(line)
    fields = text.split(text[3:4])
    try:
        declared = delimiters(text[3:4], fields[1])
    except RefusalError as error:
        offset = skipped + (error.offset or 0)
        raise RefusalError(error.code, error.text, path=error.path, offset=offset) from None
    if len(fields) < 10 or not fields[8] or not fields[9]:
        raise _missing(text, fields, skipped)
    return Header(declared, tuple(fields), wire or codec)


def unwrap(data: bytes) -> tuple[int, bytes, str | None]:
    """Return the bytes to skip before MSH, the rest, and the codec of the rest when it is wide.

    A UTF-8 mark, a left-over frame start and white space are skipped; UTF-16 (with or without its
    mark) is rewritten as UTF-8 so that MSH can be read; what is no message comes back as it is.
    """
    for mark, codec in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return 2, data[2:].decode(codec, "replace").encode(), codec
    for start, codec in ((b"M\0S\0H\0", "utf-16-le"), (b"\0M\0S\0H", "utf-16-be")):
        if data.startswith(start):
            return 0, data.decode(codec, "replace").encode(), codec
    rest = data.removeprefix(b"\xef\xbb\xbf").lstrip(_LEADING).removeprefix(b"\xef\xbb\xbf")
    if rest.startswith(b"MSH"):
        return len(data) - len(rest), rest, None
    return 0, data, None


def _line(data: bytes, limits: Limits, skipped: int) -> bytes:
    """Return the MSH line without its end; raises `RefusalError` when there is none."""
    if data[:3] != b"MSH" or data[3:4] in (b"", b"\r", b"\n"):
        raise RefusalError(
            "hl7v2.no-msh",
            "a message starts with MSH and its separator",
            path="MSH",
            offset=skipped,
        )
    end = data.find(b"\r", 0, limits.header_bytes_max)
    line = data[: end if end >= 0 else limits.header_bytes_max + 1]
    end = line.find(b"\n")
    if end >= 0:
        line = line[:end]
    if len(line) > limits.header_bytes_max:
        text = f"MSH has at most {limits.header_bytes_max} bytes"
        raise RefusalError("hl7v2.too-large", text, path="MSH", offset=skipped)
    return line


def _text(line: bytes) -> tuple[str, str]:
    """Return the MSH as text and the codec that gives the same bytes back."""
    if line.isascii():
        return line.decode("ascii"), "ascii"
    text = line.decode("latin-1")
    fields = text.split(text[3])
    label = fields[17].split(fields[1][1:2] or "~")[0] if len(fields) > 17 else ""
    for codec in (codec_of(label) if label else "utf-8", "utf-8"):
        try:
            if codec is not None:
                return line.decode(codec), codec
        except UnicodeDecodeError:
            continue
    return text, "latin-1"


def _missing(text: str, fields: list[str], skipped: int) -> RefusalError:
    """Return the refusal for an empty MSH-9 or MSH-10, with the byte where it should stand."""
    number = 9 if len(fields) < 9 or not fields[8] else 10
    before = fields[: number - 1]
    offset = skipped + min(len(text), sum(len(one) + 1 for one in before))
    if number == 9:
        text = "MSH-9 must name the message type and event"
        return RefusalError("hl7v2.no-message-type", text, path="MSH-9", offset=offset)
    text = "MSH-10 must carry the message's control id"
    return RefusalError("hl7v2.no-control-id", text, path="MSH-10", offset=offset)


def lenient(data: bytes, limits: Limits = DEFAULT) -> Header:
    """Return whatever MSH fields can be read, under the standard delimiters when need be.

    Never raises: it serves the negative acknowledgement of a message that `header` refused.
    """
    _, rest, _ = unwrap(data[: limits.header_bytes_max * 4])
    try:
        text, codec = _text(_line(rest, limits, 0))
    except (RefusalError, IndexError):
        return Header(STANDARD, ("MSH", STANDARD.encoding_characters))
    fields = text.split(text[3:4])
    try:
        return Header(delimiters(text[3:4], fields[1]), tuple(fields), codec)
    except RefusalError:
        return Header(STANDARD, ("MSH", STANDARD.encoding_characters))
