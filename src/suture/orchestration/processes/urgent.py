"""W15: something critical is missing now, and several sources are asked at once (spec 2.16).

In: requests of the room and of demand lines, answers of sources, the clock. Out: one source that
brings it, the desk of who must act, the goods on the cart. Refuses to know: how a source is asked;
people answer for shelves and suppliers. An electronic order is the demand line's matter (W2).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import msgspec

from suture.documents.cart import CartScan
from suture.documents.events import ExceptionRaised
from suture.documents.urgent import (
    CourierUnderWay,
    HandedOver,
    NeedChanged,
    SourceCommitted,
    SourceLost,
    UrgentRequested,
    UrgentTriaged,
)
from suture.orchestration.decisions.race import (
    ORDERED,
    Commitment,
    commit,
    end,
    lose,
    ordered,
    overdue,
)
from suture.orchestration.decisions.urgency import Source, higher, urgency_class
from suture.orchestration.definition import (
    Because,
    Bind,
    Effects,
    Emit,
    Keep,
    Moment,
    Place,
    Raise,
    Resolve,
)
from suture.orchestration.processes.urgent_sources import Asked, sources_of

BREAK_GLASS_LIMIT = Decimal(50_000)
"""Above it, or outside the contract, the on-call approver decides (spec 2.0.12, X4)."""
COMMAND_CENTER = "supply command center"


class UrgentData(msgspec.Struct, frozen=True, kw_only=True):
    """One need, who could meet it and who does."""

    request: UrgentRequested | None = None
    urgency: str = ""
    criticality: str = ""
    quantity: Fraction = Fraction(0)
    need_at: datetime | None = None
    raised_at: datetime | None = None
    lines: tuple[str, ...] = ()
    """Demand lines it stands for; more than one after a merge."""
    sources: tuple[Source, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    merged_into: str = ""
    cause: str = ""
    cost: Decimal = Decimal(0)
    late_cost: Decimal = Decimal(0)
    """Cost of deliveries that came after the end."""
    done_at: datetime | None = None
    reason: str = ""


M = Moment[UrgentData]

LIVE = ("RAISED", "SEARCHING", "COMMITTED", "IN_TRANSIT", "ESCALATED")
LINES_MAX = 100
"""Demand lines of one request; a recall of one item touches about that many cases a day."""


def request_of(m: M) -> UrgentRequested:
    """Return what was asked for."""
    assert m.data.request is not None, "a request that exists has its need"
    return m.data.request


def shelf_key(told: UrgentRequested) -> str:
    """Return what only one open request may exist for: an item at a location."""
    return f"{told.item}@{told.location or told.facility}"


# ---- raising and judging


def raise_request(m: M) -> Effects:
    """The clock starts; what needs no person is judged at once (W15.001)."""
    told: UrgentRequested = m.payload
    urgency = urgency_class(told.need_at, m.now, told.is_in_room, told.is_or_call)
    yield Keep(
        {
            "request": told,
            "urgency": urgency,
            "criticality": told.criticality,
            "quantity": told.quantity,
            "need_at": told.need_at,
            "raised_at": m.now,
            "lines": (told.line,) if told.line else (),
            "cause": told.cause,
            "reason": "raised; not judged yet",
        }
    )
    yield Place(parent=shelf_key(told), facility=told.facility, due_at=told.need_at)
    if told.line:
        yield Bind("W2", told.line)
    if told.case_token:
        yield Bind("CASE", told.case_token)
    yield Because(f"{urgency}: asked for by {told.by}")
    text = f"{told.description} for {told.room or told.facility}: {urgency} request"
    yield _desk(m, told, "urgent.request", text, _TAKE, owner="OR buyer")
    if told.criticality or _older(m, shelf_key(told), m.now):
        judged = UrgentTriaged(criticality=told.criticality or "CRITICAL", by="system")
        yield Emit("urgent_request.triaged", "W15", m.key, judged)


_TAKE = "Name the source that brings it (suture urgent take), or ask the next one."


def _desk(
    m: M, told: UrgentRequested, code: str, text: str, suggestion: str, *, owner: str
) -> Raise:
    return Raise(
        ExceptionRaised(
            family="APPROVAL" if code.startswith("urgent.approv") else "COVERAGE",
            code=code,
            summary=text,
            dedupe=f"{code}|{m.key}",
            machine="W15",
            key=m.key,
            facility=told.facility,
            case_tokens=(told.case_token,) if told.case_token else (),
            need_at=m.data.need_at or told.need_at,
            severity="urgent",
            owner=owner,
            suggestion=suggestion,
        )
    )


def _older(m: M, shelf: str, raised_at: datetime) -> str:
    """Return the open request for the same item and place that was there first."""
    for key, state, data in m.facts.siblings("W15", shelf, UrgentData):
        since = data.raised_at or raised_at
        if key != m.key and state in LIVE and (since, key) < (raised_at, m.key):
            return key
    return ""


def _twin(m: M) -> str:
    assert m.data.raised_at is not None, "raised before it is judged"
    return _older(m, shelf_key(request_of(m)), m.data.raised_at)


def duplicate(m: M) -> bool:
    """Return whether an older open request wants the same item at the same place."""
    return bool(_twin(m))


def new(m: M) -> bool:
    """Return whether no other open request wants it."""
    return not duplicate(m)


def merge(m: M) -> Effects:
    """Hand quantity and the higher class to the open request (W15.002)."""
    twin, told = _twin(m), request_of(m)
    yield Keep({"merged_into": twin, "reason": "merged with the request that was open"})
    yield Because(f"an open request for {told.item} at {told.location} takes it over")
    yield Emit("demand.changed", "W15", twin, _added(m, m.data.quantity))
    yield Resolve(f"urgent.request|{m.key}", "merged with the open request")


def _added(m: M, quantity: Fraction) -> NeedChanged:
    told = request_of(m)
    judged = getattr(m.payload, "urgency", "")
    return NeedChanged(
        by=told.by,
        add=quantity,
        need_at=m.data.need_at,
        is_in_room=told.is_in_room,
        urgency=higher(m.data.urgency, judged),
        line=told.line,
        reason="merged",
    )


def search(m: M) -> Effects:
    """Ask every source at once (W15.003)."""
    told: UrgentTriaged = m.payload
    urgency = higher(m.data.urgency, told.urgency)
    yield Keep({"urgency": urgency, "criticality": told.criticality})
    yield Because(f"judged {told.criticality}, {urgency} by {told.by}")
    yield from _ask(m)


def search_unjudged(m: M) -> Effects:
    """Nobody judged it in time: the class by the need time stands (W15.004)."""
    yield Keep({"criticality": "CRITICAL"})
    yield Because(f"not judged in time: CRITICAL, {m.data.urgency}")
    yield from _ask(m)


def _ask(m: M) -> Effects:
    told = request_of(m)
    assert m.data.need_at is not None, "a request has its need time"
    asked = Asked(told.item, told.facility, m.data.quantity, m.data.need_at, m.now)
    found = sources_of(m.facts, asked, m.policies.time)
    names = ", ".join(x.source for x in found) or "none known"
    yield Keep({"sources": found, "reason": f"asking at once: {names}"})
    yield Because(f"sources asked at once: {names}")


# ---- sources answer


def take(m: M) -> Effects:
    """The first source that commits brings it; a later one never orders (W15.005, .007, .013)."""
    for code in ("urgent.escalated", "urgent.in-room"):
        yield Resolve(f"{code}|{m.key}", "a source has committed")
    told: SourceCommitted = m.payload
    offer = Commitment(
        source=told.source, by=told.by, at=m.now, arrives_at=told.arrives_at, cost=told.cost
    )
    held = commit(m.data.commitments, offer, keeps_standby=m.data.urgency == "IN_ROOM")
    winner = ordered(held)
    assert winner is not None, "after a commitment one source brings it"
    yield Keep({"commitments": held, "reason": f"{winner.source} brings it ({winner.by})"})
    if held == m.data.commitments:
        yield Because(f"{told.source} had committed before; it is taken once")
        return
    yield Because(f"{told.source} committed: {held[-1].standing}; {winner.source} brings it")
    if held[-1].standing == ORDERED and told.cost:
        yield _approval(m, told)


def _approval(m: M, told: SourceCommitted) -> Raise:
    """Return the approval: afterwards inside the break-glass cap, else by the on-call approver."""
    is_known = any(x.source == told.source for x in m.data.sources)
    named = f"{told.source} at {told.cost}, committed by {told.by}"
    if is_known and told.cost <= BREAK_GLASS_LIMIT:
        return _desk(
            m,
            request_of(m),
            "urgent.approved-review",
            f"break-glass purchase: {named}",
            "Review it within one business day.",
            owner="requisition desk",
        )
    return _desk(
        m,
        request_of(m),
        "urgent.approval",
        f"outside break-glass: {named}",
        "Approve it or name another source within five minutes.",
        owner="on-call approver",
    )


def depart(m: M) -> Effects:
    """Courier or picker is in motion (W15.011)."""
    told: CourierUnderWay = m.payload
    yield Keep({"reason": "on its way"})
    yield Because(f"on its way, told by {told.by}")


def search_again(m: M) -> Effects:
    """Who committed falls away: a stand-by takes over, else all are asked again (W15.012)."""
    yield from _lose(m)
    yield from _ask(m)


def lost_on_the_way(m: M) -> Effects:
    """Lost or late on its way: the command center acts (W15.016)."""
    yield from _lose(m)
    yield from _escalated(m, "what was on its way is lost or late")


def _lose(m: M) -> Effects:
    told: SourceLost = m.payload
    brings = ordered(m.data.commitments)
    source = told.source or (brings.source if brings else "")
    held = lose(m.data.commitments, source)
    heir = ordered(held)
    if heir is None:
        yield Keep({"commitments": held})
        yield Because(f"{source} fell away: {told.reason}")
        return
    # the heir answers as anybody else would: its commitment is told again and taken once
    rest = tuple(x for x in held if x.source != heir.source)
    yield Keep({"commitments": rest})
    yield Because(f"{source} fell away: {told.reason}; {heir.source} stands by and takes over")
    again = SourceCommitted(
        source=heir.source, by=heir.by, arrives_at=heir.arrives_at, cost=heir.cost
    )
    yield Emit("supply.source_committed", "W15", m.key, again)


# ---- time


def none_found(m: M) -> Effects:
    """No source in the budget of its class (W15.006)."""
    yield from _escalated(m, "no source has committed in time")


def need_passed_searching(m: M) -> Effects:
    """The need time came while searching (W15.009)."""
    yield from _escalated(m, "the need time has passed and no source has committed")


def need_passed_waiting(m: M) -> Effects:
    """The need time came before the delivery: a second source in parallel (W15.010)."""
    yield Keep({"commitments": overdue(m.data.commitments)})
    yield from _escalated(m, "the need time has passed; a second source is sought beside the first")
    yield from _ask(m)


def _escalated(m: M, text: str) -> Effects:
    told = request_of(m)
    yield Keep({"reason": text})
    yield Because(text)
    summary = f"{told.description} for {told.room or told.facility}: {text}"
    yield _desk(m, told, "urgent.escalated", summary, _TAKE, owner=COMMAND_CENTER)
    if m.data.urgency == "IN_ROOM":
        yield _desk(
            m,
            told,
            "urgent.in-room",
            f"patient in room: {summary}",
            "Tell the surgeon; decide with the supply command center how the case goes on.",
            owner="charge nurse",
        )


def unfilled(m: M) -> Effects:
    """Nobody brought it by the need time: find the cause (W15.008)."""
    told = request_of(m)
    text = "not filled by the need time"
    yield Keep({"commitments": end(m.data.commitments), "done_at": m.now, "reason": text})
    yield Because(text)
    yield from _over(m, text)
    yield _desk(
        m,
        told,
        "urgent.unfilled",
        f"{told.description}: {text}",
        "Find the cause (RCA): card, count, supplier, add-on, damage or usage.",
        owner=COMMAND_CENTER,
    )


def _over(m: M, text: str) -> Effects:
    for code in ("urgent.request", "urgent.escalated", "urgent.in-room"):
        yield Resolve(f"{code}|{m.key}", text)


# ---- the end


def fulfil(m: M) -> Effects:
    """It is at the point of use: the clock stops, the others are withdrawn (W15.014, .015)."""
    told: HandedOver = m.payload
    brings = ordered(m.data.commitments)
    cost = m.data.cost + told.cost + (brings.cost if brings else Decimal(0))
    text = f"handed over by {told.by}"
    yield Keep(
        {
            "commitments": end(m.data.commitments),
            "cost": cost,
            "cause": told.cause or m.data.cause,
            "done_at": m.now,
            "reason": text,
        }
    )
    minutes = int((m.now - (m.data.raised_at or m.now)).total_seconds() // 60)
    yield Because(f"{text} after {minutes} min; cause {told.cause or m.data.cause}")
    yield from _over(m, text)
    for line in m.data.lines:
        yield from _to_the_case(m, line, told)


def _to_the_case(m: M, line: str, told: HandedOver) -> Effects:
    """Put it on the cart of its line, or on the line itself while there is no cart."""
    found = m.facts.other("W2", line, dict)
    if found is None or found[0] in _PAST:
        return
    scan = CartScan(line=line, by=told.by, lot=told.lot, reason="urgent request")
    case = (found[1].get("demand") or {}).get("case_token", "")
    cart = m.facts.state_of("W14", case) if case else None
    if cart in _CART_TAKES:
        yield Emit("cart.line_picked", "W14", case, scan)
    else:
        yield Emit("cart.line_picked", "W2", line, scan)


_PAST = ("SIGNALLED", "PICKED", "CONSUMED", "RETURNED", "WASTED", "RELEASED", "UNFILLED")
_CART_TAKES = ("PICK_RELEASED", "PICKING", "INCOMPLETE", "DELIVERED_WITH_GAPS")


def cancel(m: M) -> Effects:
    """The need is withdrawn before anybody committed (W15.017)."""
    yield from _cancelled(m, "nothing is under way")


def cancel_committed(m: M) -> Effects:
    """The need is withdrawn: the source is told, the goods go back (W15.018)."""
    yield from _cancelled(m, "the source is withdrawn; what it set aside goes back")
    yield _return(m)


def cancel_in_transit(m: M) -> Effects:
    """The need is withdrawn on the way: receive to stock or return (W15.019)."""
    yield from _cancelled(m, "on its way: receive it to stock or send it back")
    yield _return(m)


def _cancelled(m: M, text: str) -> Effects:
    yield Keep(
        {
            "commitments": end(m.data.commitments),
            "done_at": m.now,
            "reason": f"withdrawn by {m.payload.by}: {m.payload.reason}",
        }
    )
    yield Because(f"need withdrawn ({m.payload.reason}); {text}")
    yield from _over(m, "the need is withdrawn")


def _return(m: M) -> Raise:
    brings = ordered(m.data.commitments)
    told = request_of(m)
    name = brings.source if brings else "a source"
    return _desk(
        m,
        told,
        "urgent.return",
        f"{told.description}: no longer needed, {name} brings it",
        "Call the source off; receive what comes to stock or send it back.",
        owner="receiving lead",
    )


def change(m: M) -> Effects:
    """Quantity, class or need time changed; a patient in the room is never slower (W15.020)."""
    told: NeedChanged = m.payload
    held = m.data.need_at
    need_at = told.need_at or held
    is_in_room = told.is_in_room or m.data.urgency == "IN_ROOM"
    if told.reason == "merged" and held is not None and need_at is not None:
        need_at = min(held, need_at)
    if m.data.urgency == "IN_ROOM" and held is not None and need_at is not None:
        need_at = min(held, need_at)
    urgency = "IN_ROOM" if is_in_room else higher(m.data.urgency, told.urgency)
    quantity = m.data.quantity + told.add
    yield Keep(
        {
            "quantity": max(quantity, Fraction(0)),
            "need_at": need_at,
            "urgency": urgency,
            "lines": tuple(dict.fromkeys((*m.data.lines, told.line)))[:LINES_MAX]
            if told.line
            else m.data.lines,
        }
    )
    yield Place(due_at=need_at)
    yield Because(f"changed by {told.by}: {urgency}, {quantity} needed")


def late_delivery(m: M) -> Effects:
    """It came after the end: to stock or back, its cost is kept (W15.021)."""
    told: HandedOver = m.payload
    yield Keep({"late_cost": m.data.late_cost + told.cost})
    yield Because(f"a late or second delivery, cost {told.cost}")
    yield _desk(
        m,
        request_of(m),
        "urgent.late-delivery",
        f"{request_of(m).description}: a delivery came after the request had ended",
        "Receive it to stock or send it back.",
        owner="receiving lead",
    )


def take_back(m: M) -> Effects:
    """A merged need is withdrawn: the open request needs less (W15.022)."""
    yield Because("the request it was merged into needs less")
    less = NeedChanged(by=m.payload.by, add=-m.data.quantity, reason=m.payload.reason)
    yield Emit("demand.changed", "W15", m.data.merged_into, less)
