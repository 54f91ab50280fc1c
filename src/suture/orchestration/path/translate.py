"""TRANSLATE, operations side: supplier documents, dock scans and ERP changes become events.

In: arrivals of the operations journal after the translate cursor. Out: events, the arrival's state,
the cursor, in one transaction. Refuses to know: transports. A document that seems to carry patient
data is held, not processed (spec 4.1): parked, with an exception to the privacy officer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from suture.core.clock import Clock
from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.documents import codec
from suture.documents.events import ExceptionRaised
from suture.documents.from_cxml import documents as cxml_documents
from suture.documents.from_x12 import documents as x12_documents
from suture.documents.partner import PartnerProfile
from suture.formats import cxml, x12
from suture.governance.privacy.scan import Finding, scan
from suture.journal.contract import Tx
from suture.journal.record import Arrival, ArrivalState, NewEvent
from suture.orchestration.effects import raise_exception
from suture.orchestration.facts import Facts
from suture.orchestration.path.announce import Announced, announce, announce_change
from suture.orchestration.path.cross import key_reuse
from suture.orchestration.path.receive import Door
from suture.systems.dock_rest import read_scan
from suture.systems.erp_rest import read_changes

TRANSLATE_CURSOR = "translate"
BATCH_ARRIVALS = 64


@dataclass(frozen=True, slots=True)
class Translator:
    """Translates what partners, the dock and the ERP sent."""

    door: Door
    partners: Mapping[str, PartnerProfile]
    """Endpoint -> the partner that speaks there."""
    clock: Clock

    async def translate_some(self, limit: int = BATCH_ARRIVALS) -> int:
        """Translate the next arrivals in one transaction; return how many."""
        return await self.door.journal.submit(lambda tx: self._some(tx, limit))

    def _some(self, tx: Tx, limit: int) -> int:
        arrivals = tx.arrivals_after(tx.cursor(TRANSLATE_CURSOR), limit)
        for arrival in arrivals:
            self._one(tx, arrival)
        if arrivals:
            tx.set_cursor(TRANSLATE_CURSOR, arrivals[-1].seq)
        return len(arrivals)

    def _one(self, tx: Tx, arrival: Arrival) -> None:
        if arrival.state is ArrivalState.PARKED:
            self._raise(tx, key_reuse(arrival, ""))
            return
        try:
            content = self.door.open_arrival(arrival.exchange, arrival.content, arrival.key_id)
            findings = self._scan(arrival, content)
            if findings:
                self._hold(tx, arrival, findings)
                return
            announced, problems = self._read(tx, arrival, content)
        except RefusalError as refusal:
            problem = Problem(refusal.code, Severity.ERROR, refusal.text, path=refusal.path)
            listed = codec.encode([problem.describe()])
            tx.settle_arrival(arrival.seq, ArrivalState.FAILED, problem.code, listed)
            self._tell(tx, arrival, [problem], "not understood")
            return
        found = [p for p in problems if p.severity is Severity.ERROR]
        if found:
            self._tell(tx, arrival, found, "partly understood" if announced else "not understood")
        if found and not announced:
            listed = codec.encode([p.describe() for p in found])
            tx.settle_arrival(arrival.seq, ArrivalState.FAILED, found[0].code, listed)
            return
        for number, event in enumerate(announced):
            self._append(tx, arrival, number, event)
        state = ArrivalState.TRANSLATED if announced else ArrivalState.FILTERED
        code = "" if announced else "translate.nothing-to-do"
        listed = codec.encode([p.describe() for p in problems])
        tx.settle_arrival(arrival.seq, state, code, listed)

    def _scan(self, arrival: Arrival, content: bytes) -> list[Finding]:
        """Look for patient data in what a partner sent; the ERP and the dock are our own."""
        if arrival.format not in ("x12", "cxml"):
            return []
        return scan(content, arrival.format, key=self.door.sealer.blind)

    def _read(
        self, tx: Tx, arrival: Arrival, content: bytes
    ) -> tuple[list[Announced], list[Problem]]:
        facts = Facts(tx, self.clock.now())
        match arrival.format:
            case "x12":
                return self._x12(arrival, content, facts)
            case "cxml":
                return self._cxml(arrival, content, facts)
            case "erp":
                changes, _, problems = read_changes(content)
                return [a for c in changes for a in announce_change(c, facts)], problems
            case "dock":
                return announce(read_scan(content), facts, arrival.control_id), []
            case _:
                raise RefusalError("translate.unknown-format", "no translator for this format")

    def _x12(
        self, arrival: Arrival, content: bytes, facts: Facts
    ) -> tuple[list[Announced], list[Problem]]:
        interchange, problems = x12.parse(content)
        found, more = x12_documents(interchange, self._partner(arrival))
        events = [a for d in found for a in announce(d, facts, arrival.control_id)]
        return events, [*problems, *more]

    def _cxml(
        self, arrival: Arrival, content: bytes, facts: Facts
    ) -> tuple[list[Announced], list[Problem]]:
        document, problems = cxml.parse(content)
        if document is None:
            return [], problems
        found, more = cxml_documents(document, self._partner(arrival))
        events = [a for d in found for a in announce(d, facts, arrival.control_id)]
        return events, [*problems, *more]

    def _partner(self, arrival: Arrival) -> PartnerProfile:
        profile = self.partners.get(arrival.endpoint)
        if profile is None:
            raise RefusalError("partner.unknown", "no partner profile for this endpoint")
        return profile

    def _append(self, tx: Tx, arrival: Arrival, number: int, event: Announced) -> None:
        now = self.clock.now()
        tx.append(
            NewEvent(
                id=f"{arrival.exchange}/{number}",
                type=event.type,
                machine=event.machine,
                key=event.key,
                time=now,
                payload=codec.encode(event.payload),
                exchange=arrival.exchange,
            ),
            now,
        )

    def _tell(self, tx: Tx, arrival: Arrival, problems: list[Problem], how: str) -> None:
        first = problems[0]
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        self._raise(
            tx,
            ExceptionRaised(
                family="SCHEMA",
                code=first.code,
                summary=f"{arrival.endpoint}: document kept, {how}: {first.describe()}{more}",
                dedupe=f"{first.code}|{arrival.exchange}",
                exchange=arrival.exchange,
                suggestion="Ask the sender to correct it; the document is kept as received.",
            ),
        )

    def _hold(self, tx: Tx, arrival: Arrival, findings: list[Finding]) -> None:
        kinds = sorted({f.kind for f in findings})
        tx.settle_arrival(arrival.seq, ArrivalState.PARKED, "phi.suspected", codec.encode(kinds))
        self._raise(
            tx,
            ExceptionRaised(
                family="PRIVACY",
                code="phi.suspected",
                summary=f"{arrival.endpoint}: a partner's document seems to carry patient data "
                f"({', '.join(kinds)}); it is held, not processed",
                dedupe=f"phi.suspected|{arrival.exchange}",
                exchange=arrival.exchange,
                severity="urgent",
                suggestion="Ask the supplier to stop sending it and to send the document again.",
            ),
        )

    def _raise(self, tx: Tx, exception: ExceptionRaised) -> None:
        raise_exception(tx, exception, causation=0, now=self.clock.now())
