"""Messages leave when their time has come, and legal holds keep them: the hub's part.

In: the journals, the terms, the business clock. Out: what was removed and what was kept. Refuses to
know: what may go (`governance.retention`), SQL. Each step is one small unit, judged and done in the
same transaction; between steps the store is left to the messages most of the time.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog

from suture.assembly.flows.store import retention_declared
from suture.assembly.settings import HubSettings
from suture.core.clock import Clock
from suture.core.ids import Entropy
from suture.core.refusal import RefusalError
from suture.governance.audit import HOLD_ADDED, HOLD_RELEASED, RETENTION_RAN, Deed, deed
from suture.governance.retention import (
    DAYS_MIN,
    HOLD,
    HOLDS_MAX,
    Hold,
    Terms,
    Verdict,
    hold_as_fact,
    hold_of,
)
from suture.intelligence.retention import (
    Judged,
    Result,
    all_holds,
    endpoints,
    first_page,
    judge_messages,
    judge_refusals,
    result,
)
from suture.journal.contract import Journal, JournalUnreachableError, Tx

log = structlog.get_logger("suture.retention")

PAGES = 256
"""Pages given back to the disk in one unit: a megabyte."""
REST = 3.0
"""After a step the pass rests so many times as long as the step took."""
LOOK_S = 600.0
"""How often a hub looks whether a pass is due."""
EVERY = timedelta(hours=24)
RAN = "retention.ran_at"


def terms_of(settings: HubSettings, zone: str) -> Terms:
    """Return how long a zone keeps what, by the settings and by what its flows declare."""
    table = settings.retention
    if zone == "operations":
        return Terms(table.operations_days, table.refusals_days, table.unfinished_days)
    declared = retention_declared(settings.data)
    return Terms(table.clinical_days, table.refusals_days, table.unfinished_days, declared)


@dataclass
class Retention:
    """The passes and holds of one hub."""

    journals: Sequence[Journal]
    clock: Clock
    entropy: Entropy
    terms: Callable[[str], Terms]
    """Zone -> its terms as they are now."""
    results: tuple[Result, ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    _task: asyncio.Task[None] | None = field(default=None, repr=False)

    # ---- passes

    async def tend(self, stop: asyncio.Event, is_ours: Callable[[str], Awaitable[bool]]) -> None:
        """Run a pass each day of business time until the hub stops.

        `is_ours` says whether this process does what only one of several does.
        """
        while not stop.is_set():
            try:
                if await is_ours("retention") and await asyncio.to_thread(self._is_due):
                    self.start("the hub", "daily")
            except (OSError, RuntimeError) as error:
                log.error("retention.failed", error=type(error).__name__)
            try:
                await asyncio.wait_for(stop.wait(), LOOK_S)
            except TimeoutError:
                pass
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def start(self, by: str, reason: str) -> bool:
        """Begin a pass; False when one is under way."""
        if self._task is not None and not self._task.done():
            return False
        self._task = asyncio.create_task(self._pass(by, reason), name="retention")
        return True

    def status(self) -> dict[str, Any]:
        """Return what the pass that runs, or the last one, has done."""
        return {
            "is_running": self._task is not None and not self._task.done(),
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "results": [
                {"zone": one.zone, "endpoint": one.endpoint, **one.counts} for one in self.results
            ],
        }

    def _is_due(self) -> bool:
        with self.journals[0].read() as reader:
            ran = reader.meta(RAN)
        return not ran or self.clock.now() - datetime.fromisoformat(ran) >= EVERY

    async def _pass(self, by: str, reason: str) -> None:
        self.results, self.ended_at, self.started_at = (), None, self.clock.now()
        now = self.started_at
        try:
            for journal in self.journals:
                await self._zone(journal, now)
        except (OSError, RuntimeError, RefusalError, JournalUnreachableError) as error:
            log.error("retention.failed", error=type(error).__name__)
            return
        removed = self._removed()
        done = deed(RETENTION_RAN, Deed(by=by, reason=reason, subject=f"{removed} removed"), now)

        def unit(tx: Tx) -> None:
            tx.set_meta(RAN, now.isoformat())
            if removed:
                tx.append(done, now)

        await self.journals[0].submit(unit)
        self.ended_at = self.clock.now()
        if removed:
            log.info("retention.ran", removed=removed)

    def _removed(self) -> int:
        return sum(one.counts.get(Verdict.GO.value, 0) for one in self.results)

    async def _zone(self, journal: Journal, now: datetime) -> None:
        """Remove what may go of a zone, then give its room back to the disk."""
        keys_before = now - timedelta(days=DAYS_MIN)
        while await self._step(journal, lambda tx: tx.forget_keys(keys_before)):
            pass
        terms = await asyncio.to_thread(self.terms, journal.zone)
        for endpoint in await asyncio.to_thread(_endpoints, journal):
            await self._endpoint(journal, terms, endpoint, now)
        await self._refusals(journal, terms, now)
        while await self._step(journal, lambda tx: tx.give_back(PAGES)):
            pass

    async def _endpoint(self, journal: Journal, terms: Terms, endpoint: str, now: datetime) -> None:
        with journal.read() as reader:
            place = first_page(reader, terms, endpoint, now)
        counts: Counter[Verdict] = Counter()

        def unit(tx: Tx) -> Judged:
            judged = judge_messages(tx, terms, endpoint, now, place)
            return replace(judged, each=tuple(_gone(tx.remove_message, *x) for x in judged.each))

        while place:
            judged: Judged = await self._step(journal, unit)
            counts += judged.counts()
            place = judged.next
        self._note(journal.zone, endpoint, counts)

    async def _refusals(self, journal: Journal, terms: Terms, now: datetime) -> None:
        counts: Counter[Verdict] = Counter()
        place, is_first = 0, True

        def unit(tx: Tx) -> Judged:
            judged = judge_refusals(tx, terms, now, place)
            return replace(judged, each=tuple(_gone(tx.remove_refusal, *x) for x in judged.each))

        while place or is_first:
            judged: Judged = await self._step(journal, unit)
            counts += judged.counts()
            place, is_first = judged.next, False
        self._note(journal.zone, "", counts)

    def _note(self, zone: str, endpoint: str, counts: Counter[Verdict]) -> None:
        if counts:
            self.results += (result(zone, endpoint, counts),)

    async def _step(self, journal: Journal, unit: Callable[[Tx], Any]) -> Any:
        """Run one unit, then leave the store to the messages for a while."""
        began = time.perf_counter()
        done = await journal.submit(unit)
        await asyncio.sleep(REST * (time.perf_counter() - began))
        return done

    # ---- holds

    def add_hold(self, asked: Hold) -> Hold:
        """Keep everything that matches, in both zones, until the hold is released.

        Raises RefusalError: `hold.everything`, `hold.too-many`.
        """
        if not asked.names_something:
            raise RefusalError("hold.everything", "name an endpoint, a message or a time span")
        now = self.clock.now()
        hold = _changed(asked, id=f"H-{self.entropy.token_bytes(6).hex()}", added_at=now)
        done = deed(HOLD_ADDED, Deed(by=hold.by, reason=hold.reason, subject=hold.id), now)

        def unit(tx: Tx) -> None:
            if len(all_holds(tx)) >= HOLDS_MAX:
                raise RefusalError("hold.too-many", f"a zone keeps {HOLDS_MAX} holds")
            tx.put_fact(hold_as_fact(hold, 1))
            tx.append(done, now)

        for journal in self.journals:
            journal.write(unit)
        return hold

    def release_hold(self, name: str, *, by: str, reason: str) -> Hold:
        """End a hold; what it kept goes with the next pass. One released before stays as it was.

        Raises RefusalError `hold.unknown`.
        """
        now = self.clock.now()
        done = deed(HOLD_RELEASED, Deed(by=by, reason=reason, subject=name), now)

        def unit(tx: Tx) -> Hold:
            fact = tx.fact(HOLD, name)
            if fact is None:
                raise RefusalError("hold.unknown", "no such hold")
            hold = hold_of(fact)
            if hold.is_active:
                hold = _changed(hold, released_at=now, released_by=by, release_reason=reason)
                tx.put_fact(hold_as_fact(hold, fact.version + 1))
                tx.append(done, now)
            return hold

        released = [journal.write(unit) for journal in self.journals]
        return released[0]

    def holds(self) -> list[Hold]:
        """Return the holds, those released too, the oldest first."""
        with self.journals[0].read() as reader:
            return all_holds(reader)


def _changed(hold: Hold, **changes: Any) -> Hold:
    """Return a hold with other values."""
    return msgspec.structs.replace(hold, **changes)


def _endpoints(journal: Journal) -> list[str]:
    with journal.read() as reader:
        return list(endpoints(reader))


def _gone(remove: Callable[[int], bool], seq: int, found: Verdict) -> tuple[int, Verdict]:
    """Remove what may go; what the journal itself still needs is unfinished."""
    if found is Verdict.GO and not remove(seq):
        found = Verdict.UNFINISHED
    return seq, found
