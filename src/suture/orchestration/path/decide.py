"""DECIDE: let events meet their instances, a batch per transaction.

In: a journal, an engine. Out: how many events were decided. Refuses to know: any workflow. An event
whose decision raises is tried alone; if it raises again it is set aside with an owned exception and
the next event goes on.
"""

from __future__ import annotations

from suture.documents.events import ExceptionRaised
from suture.journal.contract import Journal, JournalConflictError, Tx
from suture.orchestration.effects import raise_exception
from suture.orchestration.engine import DECIDE_CURSOR, Engine

DEFECTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    JournalConflictError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a defect in a decision looks like; a store that fails is none of these."""

BATCH_EVENTS = 256
"""Events per transaction: one commit each, and a bound on what a poison event makes repeat."""


async def decide_some(journal: Journal, engine: Engine, limit: int = BATCH_EVENTS) -> int:
    """Decide up to `limit` events in one transaction; return how many."""
    try:
        return await journal.submit(lambda tx: engine.step(tx, limit))
    except DEFECTS as error:
        return await _one_by_one(journal, engine, type(error).__name__)


async def _one_by_one(journal: Journal, engine: Engine, name: str) -> int:
    try:
        return await journal.submit(lambda tx: engine.step(tx, 1))
    except DEFECTS:
        return await journal.submit(lambda tx: set_aside(tx, engine, name))


def set_aside(tx: Tx, engine: Engine, error_name: str) -> int:
    """Step over the next event and raise an owned exception for it; return 1 or 0."""
    position = tx.cursor(DECIDE_CURSOR)
    for event in tx.events_after(position, 1):
        tx.set_cursor(DECIDE_CURSOR, event.seq)
        raise_exception(
            tx,
            ExceptionRaised(
                family="RECON",
                code="decision.failed",
                summary=f"{event.machine} {event.type}: the decision failed ({error_name})",
                dedupe=f"decision.failed|{event.seq}",
                machine=event.machine,
                key=event.key,
                facility=event.facility,
                exchange=event.exchange,
                severity="urgent",
                suggestion="The event is kept; report the defect, then settle the object by hand.",
            ),
            causation=event.seq,
            now=engine.clock.now(),
        )
        return 1
    return 0
