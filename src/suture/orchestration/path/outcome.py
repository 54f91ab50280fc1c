"""What an outcome of a delivery means to the instance that asked for it.

In: a delivery and its outcome. Out: event types and payloads, per instance. Refuses to know: the
journal. An order document speaks for several order lines; each hears the same outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from suture.core.outcome import Accepted, Outcome, Refused, Uncertain, outcome_code
from suture.documents import codec
from suture.documents.events import (
    Dispatched,
    LookedUp,
    ReplyOverdue,
    TargetAnswered,
    TransportAnswered,
)
from suture.journal.record import Delivery, DeliveryState

Told = tuple[str, str, str, Any]
"""(event type, machine, key, payload)."""


def outcome_events(delivery: Delivery, outcome: Outcome, state: DeliveryState) -> list[Told]:
    """Return the events of one settled delivery, in the order they are to be decided."""
    if not delivery.machine:
        return []
    told: list[Told] = []
    for key in _keys(delivery):
        told += [
            (kind, delivery.machine, key, payload)
            for kind, payload in _told(delivery, outcome, state)
        ]
    return told


def _keys(delivery: Delivery) -> list[str]:
    """Return the instances that hear of it: the order's lines for an order document."""
    if delivery.kind != "order.dispatch":
        return [delivery.key]
    order = codec.decode(delivery.payload, dict[str, Any])
    return [f"{order['po_number']}/{line['line']}" for line in order["lines"]]


def _told(delivery: Delivery, outcome: Outcome, state: DeliveryState) -> Iterator[tuple[str, Any]]:
    kind = delivery.kind
    dispatched = Dispatched(
        delivery=delivery.id,
        kind=kind,
        control_id=delivery.control_id,
        code=outcome_code(outcome),
    )
    overdue = ReplyOverdue(cause=outcome_code(outcome), kind=kind, delivery=delivery.id)
    if kind.endswith((".find", ".lookup")):
        yield from _looked_up(delivery, outcome)
    elif kind in ("order.dispatch", "order.change"):
        yield from _order(delivery, outcome, state, dispatched, overdue)
    elif isinstance(outcome, Accepted):
        number = outcome.facts.get("number", "")
        yield "outbox.dispatched", dispatched
        yield "target.confirmed", TargetAnswered(delivery=delivery.id, kind=kind, number=number)
    elif isinstance(outcome, Refused):
        yield "outbox.dispatched", dispatched
        yield (
            "target.rejected",
            TargetAnswered(delivery=delivery.id, kind=kind, code=outcome.code),
        )
    elif isinstance(outcome, Uncertain):
        yield "outbox.dispatched", dispatched
        yield "timer.reply_overdue", overdue


def _looked_up(delivery: Delivery, outcome: Outcome) -> Iterator[tuple[str, Any]]:
    if not isinstance(outcome, Accepted):
        return
    is_found = outcome.facts.get("found") == "true"
    yield (
        "lookup.found" if is_found else "lookup.absent",
        LookedUp(delivery=delivery.id, kind=delivery.kind, number=outcome.facts.get("number", "")),
    )


def _order(
    delivery: Delivery,
    outcome: Outcome,
    state: DeliveryState,
    dispatched: Dispatched,
    overdue: ReplyOverdue,
) -> Iterator[tuple[str, Any]]:
    """Yield what the channel said of an order document; HTTP alone proves transfer only."""
    is_order = delivery.kind == "order.dispatch"
    answered = TransportAnswered(code=outcome_code(outcome), control_id=delivery.control_id)
    if isinstance(outcome, Accepted):
        if is_order:
            yield "outbox.dispatched", dispatched
        functional = outcome.facts.get("evidence") == "functional"
        yield (
            (
                "purchase_order.transport_acknowledged"
                if functional
                else "purchase_order.transfer_confirmed"
            ),
            answered,
        )
    elif isinstance(outcome, Refused):
        if is_order:
            yield "outbox.dispatched", dispatched
        yield "purchase_order.transport_rejected", answered
    elif isinstance(outcome, Uncertain):
        if is_order:
            yield "outbox.dispatched", dispatched
        yield "timer.reply_overdue", overdue
    elif state is DeliveryState.DEAD and is_order:
        yield "outbox.dispatch_failed", dispatched
