"""TRANSLATE, clinical side: from sealed clinical arrivals to business events in operations.

In: arrivals of the clinical journal after the crossing cursor. Out: minimised events in the
operations journal, with the cursor in the same transaction, so the crossing is effectively once
(plan D7). Refuses to know: any field the minimiser does not let through. The vault commits its
tokens first; a crash in between mints nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from suture.core.clock import Clock
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.events import ExceptionRaised
from suture.documents.from_hl7v2 import SiteProfile
from suture.formats.hl7v2 import parse
from suture.governance.privacy.minimise import Events, Failed, Filtered, Minimised, minimise
from suture.governance.privacy.vault import Vault
from suture.governance.triggers import Triggers
from suture.journal.contract import Journal, Reader, Tx
from suture.journal.record import Arrival, ArrivalState, NewEvent
from suture.orchestration.effects import raise_exception
from suture.orchestration.path.receive import Door

CROSSING_CURSOR = "crossing"
BATCH_ARRIVALS = 128
"""Arrivals per crossing: one vault commit and one operations commit for all of them."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """Carries clinical arrivals over the boundary."""

    clinical: Door
    operations: Journal
    sites: Mapping[str, SiteProfile]
    """`endpoint` or `endpoint/sending facility` (MSH-4) -> site profile; arrivals of other
    endpoints are relays and stay clinical."""
    recipients: tuple[str, ...]
    """Supplier keys that get an alias of each case."""
    clock: Clock
    triggers: Triggers
    """Which clinical events may start something, per facility."""

    async def cross_some(self, limit: int = BATCH_ARRIVALS) -> int:
        """Translate the next arrivals; return how many were taken."""
        with self.operations.read() as reader:
            position = reader.cursor(CROSSING_CURSOR)
        with self.clinical.journal.read() as reader:
            arrivals = reader.arrivals_after(position, limit)
        if not arrivals:
            return 0
        if not any(self._site(a) for a in arrivals):
            last = arrivals[-1].seq
            await self.operations.submit(lambda tx: _pass(tx, last))
            return len(arrivals)
        minimised = await self.clinical.journal.submit(lambda tx: self._minimise(tx, arrivals))
        with self.operations.read() as reader:
            pairs = zip(arrivals, minimised, strict=True)
            results = [self._switched(reader, arrival, one) for arrival, one in pairs]
        await self.operations.submit(lambda tx: self._append(tx, arrivals, results))
        await self.clinical.journal.submit(lambda tx: _settle(tx, arrivals, results))
        return len(arrivals)

    def _minimise(self, tx: Tx, arrivals: list[Arrival]) -> list[Minimised | None]:
        vault = Vault(tx, self.clinical.sealer, self.clinical.entropy)
        return [self._one(vault, arrival) for arrival in arrivals]

    def _site(self, arrival: Arrival) -> SiteProfile | None:
        """Return the site by the sender's facility (the second part of the transport key)."""
        sender = arrival.transport_key.split("\x1f")
        facility = sender[1].partition("^")[0] if len(sender) > 1 else ""
        return self.sites.get(f"{arrival.endpoint}/{facility}") or self.sites.get(arrival.endpoint)

    def _one(self, vault: Vault, arrival: Arrival) -> Minimised | None:
        site = self._site(arrival)
        if site is None or arrival.state is ArrivalState.PARKED:
            return None
        try:
            content = self.clinical.open_arrival(arrival.exchange, arrival.content, arrival.key_id)
        except RefusalError as refusal:
            return Failed(refusal.code)
        message, _ = parse(content)
        return minimise(message, site, vault, recipients=self.recipients)

    def _switched(
        self, reader: Reader, arrival: Arrival, result: Minimised | None
    ) -> Minimised | None:
        """Return the result without the events that start nothing at their facility (S173)."""
        site = self._site(arrival)
        if site is None or not isinstance(result, Events) or not result.events:
            return result
        passed = tuple(
            (kind, token, payload)
            for kind, token, payload in result.events
            if self.triggers.starts(
                kind, site.facility, is_known=reader.instance("SNAP", token) is not None
            )
        )
        if not passed:
            return Filtered("trigger.off")
        return replace(result, events=passed)

    def _append(self, tx: Tx, arrivals: list[Arrival], results: list[Minimised | None]) -> None:
        if tx.cursor(CROSSING_CURSOR) >= arrivals[-1].seq:
            return
        now = self.clock.now()
        for arrival, result in zip(arrivals, results, strict=True):
            site = self._site(arrival)
            facility = site.facility if site else ""
            if isinstance(result, Events):
                for number, (kind, token, payload) in enumerate(result.events):
                    machine = "SNAP" if kind == "case.reported" else "CASE"
                    tx.append(
                        NewEvent(
                            id=f"{arrival.exchange}/{number}",
                            type=kind,
                            machine=machine,
                            key=token,
                            time=now,
                            payload=codec.encode(payload),
                            facility=facility,
                            exchange=arrival.exchange,
                        ),
                        now,
                    )
            elif isinstance(result, Failed):
                raise_exception(tx, _failed(arrival, result, facility), causation=0, now=now)
            elif arrival.state is ArrivalState.PARKED:
                raise_exception(tx, key_reuse(arrival, facility), causation=0, now=now)
        tx.set_cursor(CROSSING_CURSOR, arrivals[-1].seq)


def key_reuse(arrival: Arrival, facility: str) -> ExceptionRaised:
    """Return the exception of a reused transport key: parked, never processed (spec 2.0.2)."""
    return ExceptionRaised(
        family="TRANSPORT",
        code="KEY_REUSE",
        summary=f"{arrival.endpoint}: a message key was used again for another content; "
        "the message is kept, not processed",
        dedupe=f"KEY_REUSE|{arrival.exchange}",
        facility=facility,
        exchange=arrival.exchange,
        suggestion="Ask the sender to send it again under a new control id.",
    )


def _pass(tx: Tx, last: int) -> None:
    if tx.cursor(CROSSING_CURSOR) < last:
        tx.set_cursor(CROSSING_CURSOR, last)


def _failed(arrival: Arrival, result: Failed, facility: str) -> ExceptionRaised:
    where = "; ".join(f"{p.code} at {p.path}" for p in result.problems[:3])
    return ExceptionRaised(
        family="SCHEMA",
        code=result.code,
        summary=f"{arrival.endpoint}: message kept, not understood: {result.code} {where}".rstrip(),
        dedupe=f"{result.code}|{arrival.exchange}",
        facility=facility,
        exchange=arrival.exchange,
        suggestion="Correct the message at the source and send it again under a new control id.",
    )


def _settle(tx: Tx, arrivals: list[Arrival], results: list[Minimised | None]) -> None:
    for arrival, result in zip(arrivals, results, strict=True):
        if arrival.state is ArrivalState.PARKED:
            continue
        match result:
            case Events(problems=problems):
                state, code = ArrivalState.TRANSLATED, ""
                found = [p.describe() for p in problems]
            case Filtered(code=code):
                state, found = ArrivalState.FILTERED, []
            case Failed(code=code, problems=bad):
                state, found = ArrivalState.FAILED, [p.describe() for p in bad]
            case None:
                continue
        tx.settle_arrival(arrival.seq, state, code, codec.encode(found))
