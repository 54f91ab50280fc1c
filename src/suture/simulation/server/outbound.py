"""Messages a peer owes somebody over HTTP: in order, again and again until a 2xx.

In: a target, a subject, content. Out: the accepted answers, faults acted out on the way. Refuses to
know: what the content says; only the status, and an optional check of the body, decide.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import httpx

from suture.simulation.faults import FaultBoard
from suture.simulation.server.listen import watched

BACKOFF_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Real seconds between attempts; the last is repeated."""
TIMEOUT_S = 20.0
"""The hub commits in milliseconds; a longer wait means the connection is dead."""
QUEUE_MAX = 10_000
"""Messages waiting for a hub that is down; a story has a few hundred."""

Verdict = Literal["accepted", "again", "refused"]
Accept = Callable[[httpx.Response], Verdict]


def any_2xx(response: httpx.Response) -> Verdict:
    """Return `accepted` for a 2xx, `again` for all else."""
    return "accepted" if response.is_success else "again"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to send."""

    subject: str
    """For faults and counters, e.g. `855`."""
    url: str
    content: bytes = field(repr=False)
    content_type: str
    token: str = field(default="", repr=False)
    reference: str = ""


@dataclass(slots=True)
class Sent:
    """What became of a parcel."""

    subject: str
    reference: str
    attempts: int = 0
    last_status: int | None = None
    verdict: Verdict = "again"


class Outbound:
    """One lane: a parcel is sent when the one before it was accepted."""

    def __init__(self, board: FaultBoard, accept: Accept = any_2xx) -> None:
        self.sent: list[Sent] = []
        self._board = board
        self._accept = accept
        self._queue: asyncio.Queue[Parcel] = asyncio.Queue(QUEUE_MAX)
        self._held: list[Parcel] = []
        self._delayed = 0
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to send."""
        self._task = watched(asyncio.create_task(self._run()))

    def put(self, parcel: Parcel) -> None:
        """Queue a parcel; raises asyncio.QueueFull beyond the bound."""
        self._queue.put_nowait(parcel)

    @property
    def waiting(self) -> int:
        """Parcels not accepted yet."""
        return self._queue.qsize() + len(self._held) + self._delayed

    async def close(self) -> None:
        """Stop sending; what waits is dropped."""
        if self._task is not None:
            self._task.cancel()
            try:
                await self._task
            except asyncio.CancelledError:
                pass
        await self._client.aclose()

    async def _run(self) -> None:
        while True:
            parcel = await self._queue.get()
            fault = self._board.take(f"SEND {parcel.subject}")
            if fault is not None and fault.kind == "reorder":
                self._held.append(parcel)
                continue
            if fault is not None and fault.kind == "late":
                self._delay(parcel, fault.delay_s)
                continue
            await self._deliver(parcel)
            if fault is not None and fault.kind == "duplicate":
                await self._deliver(parcel)
            while self._held:
                await self._deliver(self._held.pop(0))

    def _delay(self, parcel: Parcel, delay_s: float) -> None:
        """Queue the parcel again later; what comes behind it overtakes it."""
        self._delayed += 1

        def again() -> None:
            self._delayed -= 1
            self._queue.put_nowait(parcel)

        asyncio.get_running_loop().call_later(delay_s, again)

    async def _deliver(self, parcel: Parcel) -> None:
        entry = Sent(parcel.subject, parcel.reference)
        self.sent.append(entry)
        while entry.verdict == "again":
            wait = BACKOFF_S[min(entry.attempts, len(BACKOFF_S) - 1)]
            entry.attempts += 1
            try:
                response = await self._client.post(
                    parcel.url, content=parcel.content, headers=_headers(parcel)
                )
            except httpx.HTTPError:
                entry.last_status = None
            else:
                entry.last_status = response.status_code
                entry.verdict = self._accept(response)
            if entry.verdict == "again":
                await asyncio.sleep(wait)

    def view(self) -> list[dict[str, object]]:
        """Return what was sent as JSON."""
        return [
            {
                "subject": entry.subject,
                "reference": entry.reference,
                "attempts": entry.attempts,
                "status": entry.last_status,
                "accepted": entry.verdict == "accepted",
                "verdict": entry.verdict,
            }
            for entry in self.sent
        ]


def _headers(parcel: Parcel) -> dict[str, str]:
    headers = {"content-type": parcel.content_type}
    if parcel.token:
        headers["authorization"] = f"Bearer {parcel.token}"
    return headers
