"""Case-to-cash lineage: from the booked case to the paid invoice, each hop explained (S90, U1).

In: a case token, a purchase order, invoice or requisition number, or a control id. Out: `Lineage`:
every decision with time, message, inputs and reasons. Refuses to know: message content. The graph
of links is walked breadth first within bounds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from suture.documents import codec
from suture.documents.events import EvaluationCompleted
from suture.intelligence.coverage import case_card, case_lines
from suture.intelligence.exceptions import exception_view
from suture.intelligence.view import CaseCard, Hop, Lineage, LineView, MessageView, ObjectView
from suture.journal.contract import Reader
from suture.journal.record import Arrival, Delivery, Event, Transition

OBJECTS_MAX = 400
"""Instances of one lineage; a large case has about a hundred."""
HOPS_MAX = 2_000
TRANSITIONS_MAX = 200

STAGES = (
    "booked",
    "demand",
    "availability",
    "requisition",
    "order",
    "acknowledgement",
    "shipment",
    "receipt",
    "invoice",
    "match",
    "payment",
)
"""Left to right, as the case page shows them."""

NAMED = ("CASE", "W2", "W3", "W4", "W5", "W7", "W14", "W15", "ERPW", "EXC")
"""Workflows whose instances may be asked for by their own key, as the desk's links do."""

Node = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Readers:
    """The operations snapshot, and the clinical one for the envelopes of EHR messages."""

    operations: Reader
    clinical: Reader


def find(readers: Readers, asked: str) -> list[Node]:
    """Return the instances a token, business number or control id names; empty when none."""
    found = [(machine, key) for _, machine, key in readers.operations.alias_kinds(asked)]
    found += [(m, asked) for m in NAMED if readers.operations.instance(m, asked) is not None]
    for reader in (readers.operations, readers.clinical):
        for arrival in reader.arrivals_of_control_id(asked, 20):
            found += _touched_by(readers.operations, arrival.exchange)
    return list(dict.fromkeys(found))


def _touched_by(reader: Reader, exchange: str) -> list[Node]:
    return [(e.machine, e.key) for e in reader.events_of_exchange(exchange, 200) if e.machine]


def trace(readers: Readers, asked: str, *, now: datetime) -> Lineage | None:
    """Return the lineage of whatever `asked` names, or None when nothing is found."""
    start = find(readers, asked)
    if not start:
        return None
    nodes, is_truncated = _connected(readers.operations, start)
    tokens = [key for machine, key in nodes if machine == "CASE"]
    hops = _hops(readers, nodes)
    return Lineage(
        as_of=now,
        asked=asked,
        cases=tuple(_cards(readers.operations, tokens)),
        lines=tuple(line for token in tokens for line in case_lines(readers.operations, token)),
        hops=tuple(hops[:HOPS_MAX]),
        stages=_stages(hops, _lines(readers.operations, tokens)),
        exceptions=tuple(
            exception_view(stored)
            for machine, key in nodes
            if machine == "EXC" and (stored := readers.operations.instance("EXC", key))
        ),
        objects=tuple(_objects(readers.operations, nodes)),
        is_truncated=is_truncated or len(hops) > HOPS_MAX,
    )


def _objects(reader: Reader, nodes: list[Node]) -> Iterator[ObjectView]:
    for machine, key in nodes:
        stored = reader.instance(machine, key)
        if stored is not None and machine not in ("SNAP", "EXC"):
            title = _object_title(machine, codec.decode(stored.data, dict[str, Any]))
            yield ObjectView(machine, key, stored.state, title, stored.entered_at)


def _object_title(machine: str, data: dict[str, Any]) -> str:
    """Return the business name of an instance."""
    approved = data.get("approved") or {}
    invoice = data.get("invoice") or {}
    named = {
        "CASE": lambda: f"card {data.get('card', '')}",
        "W2": lambda: f"{data.get('item', '')} {data.get('description', '')}",
        "W7": lambda: f"{data.get('requisition_no', '')} {data.get('supplier', '')}",
        "W3": lambda: f"{approved.get('line', {}).get('item', '')} {approved.get('supplier', '')}",
        "W4": lambda: f"{data.get('item', '')} {data.get('receipt_no', '')}",
        "W5": lambda: f"{invoice.get('invoice_no', '')} {data.get('voucher_no', '')}",
        "ERPW": lambda: f"{data.get('kind', '')} {data.get('number', '')}",
        "W15": lambda: f"{data.get('urgency', '')} {data.get('reason', '')}",
        "W14": lambda: f"cart of {len(data.get('lines') or {})} lines",
    }
    make = named.get(machine)
    return make().strip() if make else ""


def _cards(reader: Reader, tokens: list[str]) -> list[CaseCard]:
    found = [reader.instance("CASE", token) for token in tokens]
    return [case_card(reader, stored) for stored in found if stored is not None]


def _lines(reader: Reader, tokens: list[str]) -> list[LineView]:
    return [line for token in tokens for line in case_lines(reader, token)]


def _connected(reader: Reader, start: list[Node]) -> tuple[list[Node], bool]:
    """Return everything the start is linked to: up to its cases, then down from them.

    W9 is not walked: it would join every case that ever used the shelf.
    """
    tops: list[Node] = []
    seen: set[Node] = set()
    queue = deque(start)
    while queue and len(seen) < OBJECTS_MAX:
        node = queue.popleft()
        if node in seen or node[0] == "W9":
            continue
        seen.add(node)
        parents = reader.parents_of(*node)
        if not parents:
            tops.append(node)
        queue.extend((x.parent_machine, x.parent_key) for x in parents)
    down: set[Node] = set()
    order: list[Node] = []
    queue = deque(tops)
    while queue and len(down) < OBJECTS_MAX:
        node = queue.popleft()
        if node in down:
            continue
        down.add(node)
        order.append(node)
        queue.extend((x.child_machine, x.child_key) for x in reader.children_of(*node))
    snapshots = [("SNAP", key) for machine, key in order if machine == "CASE"]
    return snapshots + order, len(seen) >= OBJECTS_MAX or len(down) >= OBJECTS_MAX


def _hops(readers: Readers, nodes: list[Node]) -> list[Hop]:
    hops: list[Hop] = []
    for machine, key in nodes:
        sent = [_out(d) for d in readers.operations.deliveries_of(machine, key, TRANSITIONS_MAX)]
        found = readers.operations.transitions_of(machine, key, TRANSITIONS_MAX)
        for position, transition in enumerate(found):
            until = found[position + 1].at if position + 1 < len(found) else None
            mine = tuple(
                d for d in sent if d.at >= transition.at and (until is None or d.at < until)
            )
            hops.append(_hop(readers, transition, mine))
    hops.sort(key=lambda h: (h.at, _order(h.stage)))
    return hops


def _order(stage: str) -> int:
    return STAGES.index(stage) if stage in STAGES else len(STAGES)


def _hop(readers: Readers, transition: Transition, sent: tuple[MessageView, ...]) -> Hop:
    decision = codec.decode(transition.decision, dict[str, Any])
    event = readers.operations.event(transition.event_seq)
    message = _message(readers, event.exchange) if event and event.exchange else None
    return Hop(
        at=transition.at,
        stage=stage_of(transition),
        machine=transition.machine,
        key=transition.key,
        rule=transition.rule,
        event_type=transition.event_type,
        from_state=transition.from_state,
        to_state=transition.to_state,
        title=_title(transition),
        reasons=tuple(decision.get("reasons", ())),
        inputs=(*decision.get("inputs", ()), *_position(readers.operations, event)),
        message=message,
        sent=sent,
    )


def _position(reader: Reader, event: Event | None) -> Iterator[dict[str, Any]]:
    """Yield the ERP position an availability answer rests on: version, and age when answered.

    The answer does not name the position; the event W9 decided on is under its key.
    """
    if event is None or event.type != "evaluation.completed":
        return
    told = codec.decode(event.payload, EvaluationCompleted)
    if told.stock_as_of is None:
        return
    asked = reader.event(event.causation)
    yield {
        "kind": "stock position",
        "key": asked.key if asked else "",
        "version": told.stock_version,
        "age_s": max(0, int((event.time - told.stock_as_of).total_seconds())),
    }


_STAGE_OF_EVENT = {
    "evaluation.completed": "availability",
    "sourcing.step_chosen": "availability",
    "invoice.matched": "match",
    "payment.made": "payment",
    "usage.recorded": "usage",
    "policy.decided": "approval",
    "review.approved": "approval",
}
_STAGE_OF_MACHINE = {
    "SNAP": "booked",
    "CASE": "case",
    "W2": "demand",
    "W7": "requisition",
    "W3": "order",
    "W4": "receipt",
    "W5": "invoice",
    "EXC": "exception",
    "ERPW": "usage",
}


def stage_of(transition: Transition) -> str:
    """Return the stage of the chain a decision belongs to."""
    if transition.machine == "EXC":
        return "exception"
    event = transition.event_type
    if event.startswith(("purchase_order.acknowledged", "purchase_order.transport")):
        return "acknowledgement"
    if event == "shipment.notified":
        return "shipment"
    if event == "case.scheduled":
        return "booked"
    return _STAGE_OF_EVENT.get(event) or _STAGE_OF_MACHINE.get(transition.machine, "case")


def _title(transition: Transition) -> str:
    if transition.from_state == transition.to_state:
        return f"{transition.event_type} ({transition.to_state})"
    return f"{transition.from_state} → {transition.to_state}"


def _message(readers: Readers, exchange: str) -> MessageView | None:
    for reader in (readers.operations, readers.clinical):
        arrival = reader.arrival_of_exchange(exchange)
        if arrival is not None:
            return message_in(arrival)
    return None


def message_in(arrival: Arrival) -> MessageView:
    """Return an arrival without its content."""
    return MessageView(
        direction="in",
        exchange=arrival.exchange,
        control_id=arrival.control_id,
        endpoint=arrival.endpoint,
        format=arrival.format,
        at=arrival.received_at,
        ack=arrival.ack_code,
        state=str(arrival.state),
        code=arrival.code,
        seq=arrival.seq,
    )


def _out(delivery: Delivery) -> MessageView:
    return MessageView(
        direction="out",
        exchange=delivery.id,
        control_id=delivery.control_id,
        endpoint=delivery.destination,
        format="",
        at=delivery.created_at,
        ack="",
        state=str(delivery.state),
        code=delivery.code,
        attempts=delivery.attempts,
        kind=delivery.kind,
        seq=delivery.seq,
    )


def _stages(hops: list[Hop], lines: list[LineView]) -> tuple[tuple[str, str, datetime | None], ...]:
    """Return each stage with whether it was reached and when it was reached first."""
    first: dict[str, datetime] = {}
    for hop in hops:
        stage = "requisition" if hop.stage == "approval" else hop.stage
        first[stage] = min(first.get(stage, hop.at), hop.at)
    at_risk = any(x.state in ("AT_RISK", "UNFILLED") for x in lines)
    found: list[tuple[str, str, datetime | None]] = []
    for stage in STAGES:
        state = "done" if stage in first else "none"
        if at_risk and stage == "acknowledgement" and stage in first:
            state = "at risk"
        found.append((stage, state, first.get(stage)))
    return tuple(found)
