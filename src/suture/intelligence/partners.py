"""What is outstanding with each trading partner.

In: a snapshot of the operations journal, the partners. Out: views, who is owed an answer longest
first. Refuses to know: contents of documents, and what to do about it. Reads by indexes only: order
lines by state, received interchanges by endpoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from suture.documents import codec
from suture.intelligence.view import GapView, OutstandingView, PartnerView
from suture.journal.contract import Reader
from suture.journal.record import Instance
from suture.orchestration.processes.supplier_order import OrderLineData

LINES_MAX = 1000
"""Order lines of one state that are looked at; more are told to be more."""
RECEIVED_MAX = 1000
"""Received interchanges of one partner in which gaps are looked for."""
OUTSTANDING_MAX = 100
GAPS_MAX = 20
JUMP_MAX = 1000
"""A control number that jumps further began anew: partners number from one again."""

WAITS: dict[str, tuple[str, str, bool]] = {
    "SENT": ("delivery", "997 or 999", False),
    "DELIVERY_UNKNOWN": ("delivery", "997 or 999", True),
    "TRANSPORT_ACKED": ("order", "855", False),
    "ACK_OVERDUE": ("order", "855", True),
    "CHANGE_PENDING": ("change", "865 or 855", False),
    "CANCEL_PENDING": ("change", "865 or 855", False),
    "CANCEL_UNKNOWN": ("change", "865 or 855", True),
    "TRANSPORT_REJECTED": ("repair", "our correction", True),
}
"""State of an order line -> what it waits for, by which X12 document, whether it is too late."""
CXML = {"delivery": "Response", "order": "ConfirmationRequest", "change": "ConfirmationRequest"}


@dataclass(frozen=True, slots=True)
class Partner:
    """One trading partner of the settings."""

    key: str
    name: str
    dialect: str
    """`x12` or `cxml`."""


def partners(reader: Reader, known: Sequence[Partner]) -> list[PartnerView]:
    """Return each partner with what is outstanding, the longest waiting first."""
    by_partner: dict[str, list[OutstandingView]] = {one.key: [] for one in known}
    dialects = {one.key: one.dialect for one in known}
    is_truncated = False
    for state in WAITS:
        lines = reader.instances("W3", limit=LINES_MAX, states=(state,))
        is_truncated |= len(lines) == LINES_MAX
        for partner, found in _orders(state, lines, dialects):
            by_partner.setdefault(partner, []).append(found)
    counts = reader.count_deliveries()
    views = [_view(reader, one, by_partner[one.key], counts, is_truncated) for one in known]
    far = datetime.max.replace(tzinfo=UTC)
    return sorted(views, key=lambda view: (view.oldest_at or far, view.partner))


def _orders(
    state: str, lines: Iterable[Instance], dialects: dict[str, str]
) -> list[tuple[str, OutstandingView]]:
    """Return one entry an order: its lines wait together."""
    what, answer, is_late = WAITS[state]
    since: dict[tuple[str, str], datetime] = {}
    for line in lines:
        approved = codec.decode(line.data, OrderLineData).approved
        if approved is not None:
            key = (approved.supplier, approved.po_number)
            since[key] = min(since.get(key, line.entered_at), line.entered_at)
    return [
        (
            partner,
            OutstandingView(
                what=what,
                document=order,
                answer=CXML.get(what, answer) if dialects.get(partner) == "cxml" else answer,
                since=at,
                is_late=is_late,
            ),
        )
        for (partner, order), at in since.items()
    ]


def _view(
    reader: Reader,
    one: Partner,
    found: list[OutstandingView],
    counts: dict[tuple[str, str], int],
    is_truncated: bool,
) -> PartnerView:
    found.sort(key=lambda each: (each.since, each.document))
    received = reader.find_arrivals(RECEIVED_MAX, endpoint=one.key)
    numbers = [int(each.control_id) for each in received if each.control_id.isdecimal()]
    holes = gaps(reversed(numbers)) if one.dialect == "x12" else []
    return PartnerView(
        partner=one.key,
        name=one.name,
        dialect=one.dialect,
        unproven=sum(each.what == "delivery" for each in found),
        unanswered=sum(each.what == "order" for each in found),
        changes=sum(each.what == "change" for each in found),
        repairs=sum(each.what == "repair" for each in found),
        late=sum(each.is_late for each in found),
        missing=sum(hole.last - hole.first + 1 for hole in holes),
        gaps=tuple(holes[-GAPS_MAX:]),
        waiting=counts.get((one.key, "waiting"), 0) + counts.get((one.key, "sending"), 0),
        given_up=counts.get((one.key, "dead"), 0),
        received_at=received[0].received_at if received else None,
        oldest_at=found[0].since if found else None,
        outstanding=tuple(found[:OUTSTANDING_MAX]),
        is_truncated=is_truncated or len(found) > OUTSTANDING_MAX,
    )


def gaps(numbers: Iterable[int]) -> list[GapView]:
    """Return the control numbers that are missing between those received, in ascending runs.

    `numbers` in the order they came. One that comes late fills its gap; one that is far from all
    before it begins a new count.
    """
    missing: set[int] = set()
    high: int | None = None
    for number in numbers:
        if high is None or abs(number - high) > JUMP_MAX:
            high = number
        elif number > high:
            missing.update(range(high + 1, number))
            high = number
        missing.discard(number)
    runs: list[GapView] = []
    for number in sorted(missing):
        if runs and runs[-1].last == number - 1:
            runs[-1] = GapView(runs[-1].first, number)
        else:
            runs.append(GapView(number, number))
    return runs
