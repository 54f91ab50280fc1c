"""Asking the ERP what changed.

In: the ERP's change cursor. Out: each page stored as an arrival together with the cursor, so that a
page is taken once and kept as received; a page that cannot be read is kept too, once, and the
cursor stays; and what stock positions are told of the ERP's silence. Refuses to know: what a change
means (TRANSLATE's).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from suture.assembly.executor import ERP, Executor
from suture.governance.policy import TimePolicy
from suture.journal.contract import Tx
from suture.journal.record import NewArrival
from suture.orchestration.path.freshness import (
    KEPT_EVERY,
    Silence,
    last_word,
    note_answer,
    tell_answer,
    tell_silence,
)
from suture.orchestration.path.receive import Door
from suture.systems.adapter import WireResponse
from suture.systems.erp_rest import poll_request, read_changes

PAGE_CHANGES = 200
POLL_CURSOR = "erp.changes"


@dataclass(slots=True)
class ErpPoller:
    """Polls one ERP."""

    door: Door
    executor: Executor
    interval_s: float
    time: TimePolicy
    _looked: datetime | None = field(default=None, init=False)
    """Real time of the last look at what the ERP's answers and silence mean."""
    _is_heard: bool = field(default=False, init=False)
    """It answered at the last look; False too in a process that has just started."""

    async def poll(self) -> int:
        """Take one page; return how many changes it held."""
        with self.door.journal.read() as reader:
            after = reader.cursor(POLL_CURSOR)
        answer = await self.executor.call(ERP, poll_request(after, PAGE_CHANGES))
        is_answer = isinstance(answer, WireResponse) and answer.status == 200
        await self._judge(is_answer=is_answer)
        if not isinstance(answer, WireResponse) or not is_answer:
            return 0
        changes, last, problems = read_changes(answer.body)
        if problems and last <= after:
            digest = hashlib.sha256(answer.body).hexdigest()[:16]
            unread = self._arrival(answer.body, f"changes/{after}/{digest}", f"changes/{after}")
            await self.door.journal.submit(lambda tx: tx.admit(unread))
            return 0
        if last <= after:
            return 0
        arrival = self._arrival(answer.body, f"changes/{after}", f"changes/{after}-{last}")

        def unit(tx: Tx) -> None:
            if tx.cursor(POLL_CURSOR) == after:
                tx.admit(arrival)
                tx.set_cursor(POLL_CURSOR, last)

        await self.door.journal.submit(unit)
        return len(changes)

    async def _judge(self, *, is_answer: bool) -> None:
        """Keep that the ERP answered, or tell what rests on it that it does not."""
        wall = self.door.clock.wall()
        is_news = is_answer and not self._is_heard
        if self._looked is not None and wall - self._looked < KEPT_EVERY and not is_news:
            return
        now = self.door.clock.now()

        def unit(tx: Tx) -> None:
            since = last_word(tx)
            silence = Silence(since, wall - since) if since is not None else None
            if is_answer:
                note_answer(tx, wall)
            if silence is None:
                return
            if not is_answer:
                tell_silence(tx, silence, self.time, now)
            elif is_news and silence.length > timedelta(0):
                tell_answer(tx, silence, now)

        await self.door.journal.submit(unit)
        self._looked, self._is_heard = wall, is_answer

    def _arrival(self, body: bytes, transport_key: str, control_id: str) -> NewArrival:
        exchange = self.door.new_exchange()
        sealed, key_id = self.door.seal_arrival(exchange, body)
        return NewArrival(
            exchange=exchange,
            endpoint=ERP,
            peer=ERP,
            format="erp",
            transport_key=transport_key,
            control_id=control_id,
            digest=hashlib.sha256(body).digest(),
            size_bytes=len(body),
            content=sealed,
            key_id=key_id,
            ack=b"",
            ack_code="polled",
            received_at=self.door.clock.now(),
        )
