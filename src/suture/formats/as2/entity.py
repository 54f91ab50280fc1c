"""MIME entities as AS2 wraps them: headers, parts, transfer encodings (RFC 2045, RFC 2046).

In: bytes. Out: entities whose bytes stay as they were, since signatures are over them. Refuses to
know: cryptography. Only what AS2 needs: a multipart has few parts, a header is short.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from suture.core.refusal import RefusalError

HEAD_BYTES_MAX = 64 * 1024
HEADERS_MAX = 200
PARTS_MAX = 8
"""multipart/signed has two, a report three."""
VALUE_CHARS_MAX = 4096
_FOLD = re.compile(r"\r?\n[ \t]+")
_PARAMETER = re.compile(
    r';\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))'
)
_ENCODINGS = frozenset({"", "7bit", "8bit", "binary"})

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """Headers and body; `head` is the headers as they were, with the empty line behind them."""

    head: bytes = field(repr=False)
    body: bytes = field(repr=False)
    headers: Headers = field(repr=False)

    def __bytes__(self) -> bytes:
        """Return the bytes it was read from, or is sent as."""
        return self.head + self.body

    def get(self, name: str) -> str:
        """Return the first value of a header, unfolded; empty when it is not there."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")

    @property
    def type(self) -> str:
        """The media type in small letters, without parameters; text/plain when left out."""
        return self.get("content-type").partition(";")[0].strip().lower() or "text/plain"

    def parameter(self, name: str) -> str:
        """Return a parameter of the media type, empty when it is not there."""
        return parameters(self.get("content-type")).get(name, "")

    @property
    def content(self) -> bytes:
        """The body without its transfer encoding; raises RefusalError `as2.transfer-encoding`."""
        encoding = self.get("content-transfer-encoding").strip().lower()
        if encoding in _ENCODINGS:
            return self.body
        try:
            if encoding == "base64":
                return base64.b64decode(b"".join(self.body.split()), validate=True)
            if encoding == "quoted-printable":
                return quopri.decodestring(self.body)
        except (binascii.Error, ValueError):
            pass
        raise RefusalError("as2.transfer-encoding", "the body is not encoded as its header says")


def parameters(value: str) -> Mapping[str, str]:
    """Return the parameters of a header's value; the first of a name counts."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(value[:VALUE_CHARS_MAX]):
        quoted, plain = match.group(2), match.group(3)
        text = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        found.setdefault(match.group(1).lower(), text)
    return found


def of(headers: Sequence[tuple[str, str]], body: bytes) -> Entity:
    """Return an entity with these headers."""
    head = "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
    lowered = tuple((name.lower(), value) for name, value in headers)
    return Entity(head.encode("ascii", "replace"), body, lowered)


def read(data: bytes, offset: int = 0) -> Entity:
    """Return the entity that bytes are; `offset` is where they stand in what was received.

    Raises RefusalError `as2.headers` for headers that are none, too long or too many.
    """
    if data[:2] == b"\r\n" or data[:1] == b"\n":
        end = 2 if data[:1] == b"\r" else 1
        return Entity(data[:end], data[end:], ())
    found = re.compile(rb"\r?\n\r?\n").search(data, 0, HEAD_BYTES_MAX)
    if found is None:
        raise RefusalError("as2.headers", "no end of the headers within 64 kB", offset=offset)
    head = data[: found.end()]
    return Entity(head, data[found.end() :], fields(head[: found.start()], offset))


def fields(text: bytes, offset: int = 0) -> Headers:
    """Return header lines, names in small letters, folded ones in one; raises as `read`."""
    if text.count(b"\n") > HEADERS_MAX:
        raise RefusalError("as2.headers", "too many header lines", offset=offset)
    found = []
    for line in _FOLD.sub(" ", text.decode("utf-8", "replace")).replace("\r", "").split("\n"):
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise RefusalError("as2.headers", "a line is no header", offset=offset)
        found.append((name.lower(), value.strip()))
    return tuple(found)


def parts(entity: Entity, offset: int = 0) -> list[bytes]:
    """Return the parts of a multipart as they stand between the boundaries.

    Raises RefusalError `as2.multipart` when a boundary is missing or there are too many parts.
    """
    boundary = entity.parameter("boundary").encode("utf-8")
    where = len(entity.head) + offset
    if not boundary or len(boundary) > 200:
        raise RefusalError("as2.multipart", "no boundary is named", offset=where)
    line = re.compile(rb"(?:^|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r?\n|$)")
    found: list[bytes] = []
    begin = -1
    at = 0
    while (match := line.search(entity.body, at)) is not None:
        if begin >= 0:
            found.append(entity.body[begin : match.start()])
        if match.group(1):
            return found
        if len(found) >= PARTS_MAX:
            raise RefusalError("as2.multipart", "too many parts", offset=where + match.start())
        begin = match.end()
        # The line end behind a boundary may be the one before the next.
        at = begin - 1 if entity.body[begin - 1 : begin] == b"\n" else begin
    raise RefusalError("as2.multipart", "the last boundary is missing", offset=where)


def multipart(kind: str, boundary: str, every: Sequence[Entity]) -> Entity:
    """Return a multipart; `kind` is its media type with parameters but the boundary."""
    mark = b"--" + boundary.encode("ascii")
    body = b"".join(mark + b"\r\n" + bytes(each) + b"\r\n" for each in every) + mark + b"--\r\n"
    return of([("Content-Type", f'{kind}; boundary="{boundary}"')], body)


def canonical(data: bytes) -> bytes:
    """Return text with every line ended by CRLF (RFC 2049 section 4)."""
    return re.sub(rb"(?<!\r)\n", b"\r\n", data)
