"""Urgent requests as the command center needs them: what, for when, who brings it (spec 2.16).

In: a snapshot of the operations journal. Out: open requests by need time, one request. Refuses to
know: the patient, how a source answers. Every list is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from suture.documents import codec
from suture.intelligence.coverage import room_name
from suture.journal.contract import Reader
from suture.journal.record import Instance
from suture.orchestration.decisions.race import ordered
from suture.orchestration.processes.urgent import LIVE, UrgentData

URGENT_MAX = 200
"""Requests of one list; a large site has about 30 a day."""


@dataclass(frozen=True, slots=True)
class SourceView:
    """One source that was asked, and what it answered."""

    source: str
    kind: str
    detail: str
    arrives_at: datetime | None
    cost: str
    standing: str
    """`asked`, `ordered`, `stand-by`, `late`, `withdrawn` or `lost`."""
    by: str


@dataclass(frozen=True, slots=True)
class UrgentView:
    """One urgent request; quantities and money are decimal text."""

    key: str
    state: str
    urgency: str
    item: str
    description: str
    quantity: str
    facility: str
    room: str
    need_at: datetime | None
    raised_at: datetime | None
    by: str
    case_token: str
    brings: str
    reason: str
    cause: str
    cost: str
    merged_into: str
    sources: tuple[SourceView, ...]


def urgent_requests(
    reader: Reader, *, facility: str = "", is_open: bool = True, limit: int = URGENT_MAX
) -> tuple[UrgentView, ...]:
    """Return the requests by need time, the open ones unless all are wanted."""
    found = reader.instances(
        "W15",
        limit=min(limit, URGENT_MAX),
        states=LIVE if is_open else (),
        facility=facility or None,
    )
    made = [_view(stored) for stored in found]
    return tuple(sorted(made, key=lambda x: (x.need_at is None, x.need_at, x.key)))


def urgent_request(reader: Reader, key: str) -> UrgentView | None:
    """Return one request, None when there is none of this key."""
    stored = reader.instance("W15", key)
    return _view(stored) if stored is not None else None


def _view(stored: Instance) -> UrgentView:
    data = codec.decode(stored.data, UrgentData)
    told, brings = data.request, ordered(data.commitments)
    return UrgentView(
        key=stored.key,
        state=stored.state,
        urgency=data.urgency,
        item=told.item if told else "",
        description=told.description if told else "",
        quantity=f"{float(data.quantity):g}",
        facility=stored.facility,
        room=room_name(told.room) if told else "",
        need_at=data.need_at,
        raised_at=data.raised_at,
        by=told.by if told else "",
        case_token=told.case_token if told else "",
        brings=brings.source if brings else "",
        reason=data.reason,
        cause=data.cause,
        cost=str(data.cost),
        merged_into=data.merged_into,
        sources=_sources(data),
    )


def _sources(data: UrgentData) -> tuple[SourceView, ...]:
    answered = {x.source: x for x in data.commitments}
    asked = [
        SourceView(x.source, x.kind, x.detail, x.arrives_at, str(x.cost), "asked", "")
        for x in data.sources
        if x.source not in answered
    ]
    known = {x.source: x for x in data.sources}
    told = [
        SourceView(
            x.source,
            known[x.source].kind if x.source in known else "other",
            known[x.source].detail if x.source in known else "",
            x.arrives_at or (known[x.source].arrives_at if x.source in known else None),
            str(x.cost),
            x.standing,
            x.by,
        )
        for x in answered.values()
    ]
    return (*told, *asked)
