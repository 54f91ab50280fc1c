"""Standard Webhooks: signed messages over HTTP, in both directions.

In: a secret, a body, its id and instant. Out: the three headers, or a refusal. Refuses to know:
sockets and clocks: the instant is given. Bodies are bytes of any kind. Source: the specification at
standardwebhooks.com, symmetric signatures `v1` (HMAC-SHA256 over `id.timestamp.body`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from suture.core.refusal import MisconfiguredError, RefusalError

TOLERANCE_S = 300
"""How far a timestamp may be from now, either way: five minutes, as the specification advises."""
SIGNATURES_MAX = 16
_PREFIX = "whsec_"


def secrets_of(text: str) -> list[bytes]:
    """Return the secrets of a file, one a line; the first signs, any of them verifies.

    Raises MisconfiguredError `webhook.secret` for one that is not base64 of 24 to 64 bytes.
    """
    found = []
    for line in text.split():
        try:
            secret = base64.b64decode(line.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            secret = b""
        if not 24 <= len(secret) <= 64:
            raise MisconfiguredError(
                "webhook.secret", "a secret is whsec_ and base64 of 24 to 64 bytes"
            )
        found.append(secret)
    if not found:
        raise MisconfiguredError("webhook.secret", "the file holds no secret")
    return found


def signed(secret: bytes, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the headers of a signed message."""
    timestamp = str(int(at.timestamp()))
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{_signature(secret, message_id, timestamp, body)}",
    }


def verified(
    secrets: Sequence[bytes], headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    """Return the id of a message whose signature holds; the id is the same in a repetition.

    Raises RefusalError: `webhook.headers`, `webhook.timestamp`, `webhook.signature`.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "")
    is_plain = timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12
    if not message_id or len(message_id) > 200 or not is_plain or not given:
        raise RefusalError("webhook.headers", "webhook-id, -timestamp or -signature is missing")
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
        raise RefusalError("webhook.timestamp", "it was signed too long ago, or is yet to come")
    wanted = [_signature(secret, message_id, timestamp, body).encode() for secret in secrets]
    for each in given.split(" ", SIGNATURES_MAX)[:SIGNATURES_MAX]:
        version, _, signature = each.partition(",")
        offered = signature.encode("utf-8", "replace")
        if version == "v1" and any(hmac.compare_digest(one, offered) for one in wanted):
            return message_id
    raise RefusalError("webhook.signature", "no signature holds")


def _signature(secret: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    return base64.b64encode(hmac.digest(secret, content, "sha256")).decode("ascii")
