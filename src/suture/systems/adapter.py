"""The shape of every adapter: sans-IO, one exchange as a generator (plan, `systems/`).

In: a command's kind and payload. Out: encoded content, then requests; back come responses; at the
end an Outcome. Refuses to know: addresses, credentials, time-outs (the endpoint's), retries.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from suture.core.outcome import Misconfigured, Outcome, Refused, Unavailable, Uncertain

NextNumber = Callable[[str], int]
"""Gives the next value of a durable counter, e.g. the interchange control number."""


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request relative to the endpoint's base address."""

    method: str
    path: str
    """Path and query under the endpoint's base; never holds patient data."""
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class WireResponse:
    """One full answer; `body` is bounded by the transport."""

    status: int
    content_type: str = ""
    body: bytes = field(default=b"", repr=False)
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Encoded:
    """Content ready for the wire, made inside the claiming transaction and kept for a resend."""

    content: bytes = field(repr=False)
    control_id: str


Exchange = Generator[WireRequest, WireResponse, Outcome]
"""Yields requests, receives responses, returns the outcome."""


class Adapter(Protocol):
    """Speaks to one kind of system."""

    def encode(self, kind: str, payload: bytes, number: NextNumber, at: datetime) -> Encoded:
        """Return the content for a command; raises RefusalError when it cannot be expressed."""

    def exchange(self, kind: str, content: bytes, control_id: str) -> Exchange:
        """Carry the content out, step by step."""


def outcome_of_status(response: WireResponse, code_prefix: str) -> Outcome | None:
    """Sort an HTTP status that is not 2xx by what may be done next (plan D5); None for 2xx.

    3xx, 401, 403, 404, 405: an operator must act. 408, 429, 502, 503: not taken, retry. Other 4xx:
    the content must change. Other 5xx, and what is no status: it may have been taken, so ask before
    repeating.
    """
    status, code = response.status, f"{code_prefix}.http-{response.status}"
    if 200 <= status < 300:
        return None
    if 300 <= status < 400 or status in (401, 403, 404, 405):
        return Misconfigured(code, "check the endpoint's address and credentials")
    if status in (408, 429, 502, 503):
        return Unavailable(code, "the peer is not taking requests", response.retry_after_s)
    if 400 <= status < 500:
        return Refused(code, "the peer refuses the content", response.body[:2000])
    return Uncertain(code, "the peer failed while handling the request")
