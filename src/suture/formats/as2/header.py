"""The headers of AS2 over HTTP: who to whom, and what receipt is wished (RFC 4130 sections 6, 7.3).

In: header values. Out: names, wishes, and the values to send. Refuses to know: HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from suture.core.refusal import RefusalError

NAME_CHARS_MAX = 128
MESSAGE_ID_CHARS_MAX = 998
_NAME = re.compile(r"[\x20-\x7e]{1,128}")
_PLAIN = re.compile(r"[!#-\[\]-~]{1,128}")


def quoted(name: str) -> str:
    """Return an AS2 name as it is sent (RFC 4130 section 6.2)."""
    if _PLAIN.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def unquoted(value: str) -> str:
    """Return an AS2 name as it is compared; empty for what is none."""
    text = value.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = re.sub(r"\\(.)", r"\1", text[1:-1])
    return text if _NAME.fullmatch(text) else ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What receipt a sender wishes."""

    is_wanted: bool = False
    is_signed: bool = False
    digests: tuple[str, ...] = ()
    """Digests for the MIC that we know, the wished for first."""
    url: str = ""
    """Where it goes when not into the answer (asynchronous)."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Who sent what to whom."""

    sender: str
    receiver: str
    message_id: str
    wish: Wish


def parties(headers: Mapping[str, str]) -> Parties:
    """Return what the headers of an AS2 message say.

    Raises RefusalError `as2.headers` when a name or the Message-ID is missing or no such thing.
    """
    sender, receiver = (unquoted(headers.get(name, "")) for name in ("as2-from", "as2-to"))
    message_id = headers.get("message-id", "").strip()
    is_bad = not message_id or len(message_id) > MESSAGE_ID_CHARS_MAX or not message_id.isascii()
    if not sender or not receiver or is_bad or not message_id.isprintable():
        raise RefusalError("as2.headers", "AS2-From, AS2-To and Message-ID are needed")
    return Parties(sender, receiver, message_id, _wish(headers))


def _wish(headers: Mapping[str, str]) -> Wish:
    if not headers.get("disposition-notification-to"):
        return Wish()
    options = _options(headers.get("disposition-notification-options", ""))
    protocol = options.get("signed-receipt-protocol", [])
    digests = tuple(
        known for each in options.get("signed-receipt-micalg", []) if (known := digest_name(each))
    )
    url = headers.get("receipt-delivery-option", "").strip()
    if url and not url.lower().startswith(("http://", "https://")):
        raise RefusalError("as2.receipt-address", "a receipt goes to an http or https address")
    return Wish(True, "pkcs7-signature" in protocol, digests, url)


def _options(value: str) -> dict[str, list[str]]:
    """Return attribute -> values, without their importance (RFC 4130 section 7.3)."""
    found: dict[str, list[str]] = {}
    for part in value[:4096].split(";"):
        name, _, rest = part.partition("=")
        values = [each.strip().strip('"').lower() for each in rest.split(",")]
        if values and values[0] in ("required", "optional"):
            del values[0]
        found.setdefault(name.strip().lower(), values)
    return found


def digest_name(text: str) -> str:
    """Return a digest's name without hyphen (`sha-256`, `SHA256`, `rsa-sha256`), empty if unknown.

    RFC 5751 writes `sha-256`; older software writes `sha256`.
    """
    name = text.strip().strip('"').lower().replace("-", "").removeprefix("rsa")
    return name if name in ("sha1", "sha256", "sha384", "sha512") else ""


def wished(digest: str, *, is_signed: bool) -> str:
    """Return Disposition-Notification-Options for a receipt with a MIC of this digest."""
    if not is_signed:
        return f"signed-receipt-micalg=optional, {hyphened(digest)}"
    return (
        "signed-receipt-protocol=required, pkcs7-signature; "
        f"signed-receipt-micalg=required, {hyphened(digest)}"
    )


def hyphened(digest: str) -> str:
    """Return a digest's name as it is written today (RFC 5751 section 3.4.3.2)."""
    return f"sha-{digest.removeprefix('sha')}"
