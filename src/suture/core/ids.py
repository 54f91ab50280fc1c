"""Identity and chance come in by the door (plan D9).

In: an `Entropy` and a clock, or the parts of a business key. Out: UUIDv7 for records, UUIDv5 for
business keys (a replay mints the same id, spec 2.0.2), typed ids. Refuses to know: what is named.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import datetime
from typing import NewType, Protocol

ExchangeId = NewType("ExchangeId", str)
"""Names one arrival and all that came of it."""
EventId = NewType("EventId", str)
"""Names one journal event."""
DeliveryId = NewType("DeliveryId", str)
"""Names one message to one destination."""
CaseToken = NewType("CaseToken", str)
"""Random name of a surgical case outside the clinical zone (spec 4.3)."""

NAMESPACE = uuid.UUID("6f1d5b64-3a0e-5d0b-9a0d-7a5b0c5f2e11")
"""Namespace of every derived id of the house."""


class Entropy(Protocol):
    """Gives random bytes."""

    def token_bytes(self, count: int) -> bytes:
        """Return `count` random bytes."""


class SystemEntropy:
    """The operating system's random source."""

    def token_bytes(self, count: int) -> bytes:
        """Return `count` bytes fit for keys and tokens."""
        return secrets.token_bytes(count)


def key_id(*parts: str) -> str:
    """Return the deterministic id `uuid5(NAMESPACE, "|".join(parts))` (spec 2.0.2).

    Made by hand (RFC 9562 section 5.5): the library's object costs twenty times the digest.
    """
    name = "|".join(parts).encode("utf-8")
    digest = hashlib.sha1(NAMESPACE.bytes + name, usedforsecurity=False).hexdigest()
    variant = f"{int(digest[16], 16) & 0x3 | 0x8:x}"
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def uuid7(at: datetime, entropy: Entropy) -> str:
    """Return a UUIDv7 (RFC 9562 section 5.7) for the instant `at`, written by hand as `key_id`."""
    millis = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    rand = int.from_bytes(entropy.token_bytes(10), "big")
    value = millis << 80 | 0x7 << 76 | (rand >> 68) << 64 | 0b10 << 62 | (rand & ((1 << 62) - 1))
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
