"""Takes a multipart content apart: the document and its attachments.

In: bytes and their Content-Type. Out: `Package` and problems. Refuses to know: HTTP, and what an
attachment is. Bounded in parts, bytes and header lines; parts within parts are not opened.
"""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from dataclasses import dataclass, field
from typing import Final

from suture.core.problem import Problem, Severity
from suture.formats.cxml.document import veiled

_PARAMETER: Final = re.compile(r";\s*([\w-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;\"]+))")
_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
"""RFC 2046 5.1.1: 1 to 70 characters, the last no space."""
_HEADERS_BYTES_MAX: Final = 8_192
_XML_TYPES: Final = ("text/xml", "application/xml", "application/cxml+xml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLimits:
    """Bounds what one multipart content may hold."""

    bytes_max: int = 64 * 1024 * 1024
    parts_max: int = 100
    """Most parts: an invoice with its scans has under ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """One part beside the document."""

    __repr__ = veiled

    content_id: str
    """Without angle brackets: what `cid:` addresses name."""
    content_type: str
    content: bytes
    file_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A document's bytes and what came with them."""

    __repr__ = veiled

    document: bytes
    attachments: tuple[Attachment, ...] = field(default=())

    def find(self, address: str) -> Attachment | None:
        """Return the attachment a `cid:` address names, or None."""
        wanted = address.strip().removeprefix("cid:").strip("<>")
        return next((one for one in self.attachments if one.content_id == wanted), None)


DEFAULT_PACKAGE: Final = PackageLimits()


def unpack(
    data: bytes, content_type: str, *, limits: PackageLimits = DEFAULT_PACKAGE
) -> tuple[Package | None, list[Problem]]:
    """Return the document and attachments in `data`; what is not multipart is the document alone.

    The document is the part that `start` names, or the first one of an XML type. None with a
    problem `cxml.multipart` or `cxml.too-large` when there is no such part or no way to tell parts
    apart. Attachments that cannot be decoded are left out and stated (`cxml.attachment`).
    """
    if len(data) > limits.bytes_max:
        return None, [_error("cxml.too-large", f"at most {limits.bytes_max} bytes are read")]
    kind, named = _content_type(content_type)
    if not kind.startswith("multipart/"):
        return Package(document=data), []
    boundary = named.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        return None, [_error("cxml.multipart", "the content type names no usable boundary")]
    pieces = _pieces(data, boundary.encode("ascii"))
    if pieces is None:
        return None, [_error("cxml.multipart", "the last boundary is missing: content is cut off")]
    if len(pieces) > limits.parts_max:
        return None, [_error("cxml.too-large", f"at most {limits.parts_max} parts are read")]
    problems: list[Problem] = []
    parts = [_part(number, piece, problems) for number, piece in enumerate(pieces, start=1)]
    whole = [part for part in parts if part is not None]
    root = _root(whole, named.get("start", "").strip("<>"))
    if root is None:
        return None, [*problems, _error("cxml.multipart", "no part is an XML document")]
    others = tuple(part for part in whole if part is not root)
    ids = [part.content_id for part in others if part.content_id]
    if len(set(ids)) != len(ids):
        problems.append(_error("cxml.attachment", "a Content-ID stands twice"))
    return Package(document=root.content, attachments=others), problems


def _content_type(text: str) -> tuple[str, dict[str, str]]:
    head, _, rest = text[:_HEADERS_BYTES_MAX].partition(";")
    found = _PARAMETER.findall(f";{rest}")
    return head.strip().lower(), {name.lower(): quoted or bare for name, quoted, bare in found}


def _pieces(data: bytes, boundary: bytes) -> list[bytes] | None:
    """Return the parts between boundaries; None without the one that ends the content."""
    # The line end behind a boundary is looked at only: an empty part shares it with the next one.
    mark = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    pieces: list[bytes] = []
    start: int | None = None
    for found in mark.finditer(data):
        if start is not None:
            pieces.append(data[start : found.start()])
        if found[1]:
            return pieces
        end = data.find(b"\n", found.end())
        start = len(data) if end < 0 else end + 1
    return None


def _part(number: int, piece: bytes, problems: list[Problem]) -> Attachment | None:
    """Return one part, its transfer encoding undone."""
    if not piece or piece.startswith((b"\r\n", b"\n")):
        head, body = b"", piece[piece.find(b"\n") + 1 :]
    else:
        found = re.search(rb"\r?\n\r?\n", piece[:_HEADERS_BYTES_MAX])
        if found is None:
            note = "a part has no end of its headers"
            problems.append(_error("cxml.attachment", note, f"part {number}"))
            return None
        head, body = piece[: found.start()], piece[found.end() :]
    headers = _headers(head)
    content = _decoded(body, headers.get("content-transfer-encoding", "").strip().lower())
    if content is None:
        note = "a part cannot be decoded, or has a transfer encoding that is not known"
        problems.append(_error("cxml.attachment", note, f"part {number}"))
        return None
    kind, named = _content_type(headers.get("content-type", "text/plain"))
    _, shown = _content_type(headers.get("content-disposition", ""))
    return Attachment(
        content_id=headers.get("content-id", "").strip().strip("<>"),
        content_type=kind,
        content=content,
        file_name=shown.get("filename") or named.get("name", ""),
    )


def _headers(head: bytes) -> dict[str, str]:
    """Return header fields by lower-case name; folded lines are joined (RFC 5322 2.2.3)."""
    lines = re.sub(r"\r?\n[ \t]+", " ", head.decode("latin-1")).splitlines()
    found = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, mark, value in found if mark}


def _decoded(body: bytes, encoding: str) -> bytes | None:
    if encoding in ("", "7bit", "8bit", "binary"):
        return body
    if encoding == "quoted-printable":
        return quopri.decodestring(body)
    if encoding != "base64":
        return None
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        return None


def _root(parts: list[Attachment], start: str) -> Attachment | None:
    if start:
        return next((part for part in parts if part.content_id == start), None)
    return next((part for part in parts if part.content_type in _XML_TYPES), None)


def _error(code: str, text: str, path: str = "") -> Problem:
    return Problem(code, Severity.ERROR, text, path)
