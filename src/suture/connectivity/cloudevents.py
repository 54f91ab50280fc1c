"""CloudEvents 1.0 over HTTP: an envelope around a message, in headers or as JSON.

In: an event; or headers and a body. Out: headers and a body; or an event, or a refusal that names
the attribute and never its value. Refuses to know: sockets, clocks, flows. Source: CloudEvents
1.0.2, its HTTP binding (binary and structured mode) and its JSON format. Batches are not read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

import msgspec

from suture.core.refusal import RefusalError

VERSION = "1.0"
STRUCTURED = "application/cloudevents+json"
"""Media type of an event that is JSON as a whole."""
ATTRIBUTES_MAX = 50
"""The specification has nine; the rest are extensions, of which a dozen is many."""
VALUE_CHARS_MAX = 1024
"""An id, a source or a subject is an address; the specification lets 64 KiB pass in all."""
_NAME = re.compile(r"[a-z0-9]{1,64}")
_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"%')
"""What stands in a header as it is (HTTP binding 3.1.3.2)."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""What no attribute may hold (CloudEvents 1.0.2, type system, String)."""
_NUMBER_BITS = 31
"""An Integer is a signed number of 32 bits."""
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,30})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
"""RFC 3339 section 5.6."""
_JSON = re.compile(r"(application|text)/json|[a-z0-9.+/-]+\+json")
_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([A-Za-z0-9_-]+)")


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """One event; `repr` shows no content."""

    id: str
    source: str
    type: str
    content: bytes = field(repr=False)
    """What the specification calls data."""
    content_type: str = ""
    """Its media type (`datacontenttype`); empty when nobody says."""
    subject: str = ""
    time: datetime | None = None

    @property
    def key(self) -> str:
        """What tells a repetition: source and id together, as a digest of fixed length."""
        return "event/" + hashlib.sha256(f"{self.source}\x1f{self.id}".encode()).hexdigest()


# ---- writing


def binary_headers(event: CloudEvent) -> dict[str, str]:
    """Return the headers of binary mode; the body is the content as it is."""
    headers = {f"ce-{name}": quote(value, safe=_SAFE) for name, value in _attributes(event)}
    if event.content_type:
        headers["content-type"] = event.content_type
    return headers


def structured(event: CloudEvent) -> bytes:
    """Return the body of structured mode, whose media type is `STRUCTURED`.

    Content that says it is JSON, and is, stands in it as JSON; any other as base64, byte for byte.
    """
    members: dict[str, Any] = dict(_attributes(event))
    if event.content_type:
        members["datacontenttype"] = event.content_type
    if is_json(event.content_type) and _reads_as_json(event.content):
        members["data"] = msgspec.Raw(event.content.strip())
    else:
        members["data_base64"] = base64.b64encode(event.content).decode("ascii")
    return msgspec.json.encode(members)


def _attributes(event: CloudEvent) -> Iterable[tuple[str, str]]:
    yield "specversion", VERSION
    yield "id", event.id
    yield "source", event.source
    yield "type", event.type
    if event.subject:
        yield "subject", event.subject
    if event.time is not None:
        yield "time", event.time.astimezone(UTC).isoformat().replace("+00:00", "Z")


# ---- reading


def read_binary(headers: Iterable[tuple[str, str]], body: bytes) -> CloudEvent:
    """Return the event that headers and body are in binary mode.

    Raises RefusalError: `cloudevents.mode`, `.version`, `.missing`, `.attribute`.
    """
    found: dict[str, str] = {}
    content_type = ""
    for header, value in headers:
        name = header.lower()
        if name == "content-type":
            content_type = value
        elif name.startswith("ce-"):
            name = name.removeprefix("ce-")
            if name in found or len(found) >= ATTRIBUTES_MAX:
                raise _bad(name, "an attribute stands there twice, or there are too many")
            found[name] = _from_header(name, value)
    if _media(content_type).startswith("application/cloudevents"):
        raise RefusalError("cloudevents.mode", "this door takes events in binary mode")
    return _event(found, body, content_type)


def read_structured(content_type: str, body: bytes) -> CloudEvent:
    """Return the event that a body is in structured mode, as JSON.

    Raises RefusalError: `cloudevents.mode`, `.json`, `.version`, `.missing`, `.attribute`, `.data`.
    """
    charset = _CHARSET.search(content_type)
    is_other = charset is not None and charset[1].lower() not in ("utf-8", "us-ascii")
    if _media(content_type) != STRUCTURED or is_other:
        raise RefusalError("cloudevents.mode", f"this door takes {STRUCTURED} in UTF-8")
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise RefusalError("cloudevents.json", "the body is no JSON object") from None
    if len(members) > ATTRIBUTES_MAX:
        raise RefusalError("cloudevents.attribute", "there are too many attributes")
    plain, encoded = (_set(members.pop(name, None)) for name in ("data", "data_base64"))
    found = {
        name: value
        for name, raw in members.items()
        if (value := _from_json(name, _decoded(raw))) is not None
    }
    said = found.pop("datacontenttype", "")
    return _event(found, _content(plain, encoded, said), said)


def _event(found: Mapping[str, str], content: bytes, content_type: str) -> CloudEvent:
    for name in ("specversion", "id", "source", "type"):
        if not found.get(name):
            raise RefusalError("cloudevents.missing", "a needed attribute is missing", path=name)
    if found["specversion"] != VERSION:
        raise RefusalError("cloudevents.version", "only version 1.0 is read", path="specversion")
    for name, value in found.items():
        if _NAME.fullmatch(name) is None:
            raise RefusalError("cloudevents.attribute", "names have small letters and digits only")
        if len(value) > VALUE_CHARS_MAX or _CONTROL.search(value):
            raise _bad(name, "it is too long, or holds a control character")
    time = _time(found["time"]) if "time" in found else None
    return CloudEvent(
        found["id"],
        found["source"],
        found["type"],
        content,
        content_type,
        found.get("subject", ""),
        time,
    )


def _from_header(name: str, value: str) -> str:
    """Undo quotes, then percent signs, once each (HTTP binding 3.1.3.2)."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    if not value.isascii():
        raise _bad(name, "what is not ASCII is written with percent signs")
    try:
        return unquote(value, errors="strict")
    except UnicodeDecodeError:
        raise _bad(name, "behind the percent signs is no UTF-8") from None


def _from_json(name: str, value: Any) -> str | None:
    """Return an attribute as text; null is as if it were not there (JSON format 2.2)."""
    if value is None or isinstance(value, str):
        return value
    is_own = name in ("specversion", "id", "source", "type", "subject", "time", "datacontenttype")
    if not is_own and isinstance(value, bool):
        return "true" if value else "false"
    if not is_own and isinstance(value, int) and value.bit_length() <= _NUMBER_BITS:
        return str(value)
    raise _bad(name, "it is neither text nor, for an extension, a number or true or false")


def _content(plain: msgspec.Raw | None, encoded: msgspec.Raw | None, content_type: str) -> bytes:
    """Return the content of structured mode (JSON format 3.1)."""
    if plain is not None and encoded is not None:
        raise RefusalError("cloudevents.data", "there is data and data_base64: one of the two")
    if encoded is not None:
        text = _decoded(encoded)
        try:
            return base64.b64decode(text if isinstance(text, str) else "?", validate=True)
        except (binascii.Error, ValueError):
            raise RefusalError("cloudevents.data", "data_base64 is no base64") from None
    if plain is None:
        raise RefusalError("cloudevents.data", "there is neither data nor data_base64")
    value = _decoded(plain)
    if isinstance(value, str) and content_type and not is_json(content_type):
        return value.encode()
    return bytes(plain)


def _set(raw: msgspec.Raw | None) -> msgspec.Raw | None:
    """Return a member, None for null: as if it were not there."""
    return None if raw is not None and bytes(raw) == b"null" else raw


def _decoded(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise RefusalError("cloudevents.json", "a member cannot be read") from None


def _time(text: str) -> datetime:
    try:
        if _TIME.fullmatch(text) is None:
            raise ValueError
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise _bad("time", "it is no instant of RFC 3339") from None


def is_json(content_type: str) -> bool:
    """Return whether a media type says JSON; without one it is (JSON format 3.1)."""
    return not content_type or _JSON.fullmatch(_media(content_type)) is not None


def _reads_as_json(content: bytes) -> bool:
    try:
        msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True


def _media(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _bad(name: str, text: str) -> RefusalError:
    path = name if _NAME.fullmatch(name) else ""
    return RefusalError("cloudevents.attribute", text, path=path)
