"""CASE: the surgical case as the operations zone sees it (spec 2.1).

In: the snapshot's differences, coverage told by demand lines, procedure and usage events, timers.
Out: demand lines to W2, risk on the desk, the state the board shows. Refuses to know: the patient,
the case number, how a line gets covered, what lies on the cart. W12 and W10 are not built:
where a rule opens one of them, an owned exception is opened instead.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from suture.core.ids import key_id
from suture.documents.cart import (
    CardAttached,
    CartChange,
    CartCompleted,
    CartUsage,
    CaseSettled,
    PickReleased,
    PlannedLine,
    UsageReconciled,
)
from suture.documents.case import CaseSnapshot, ProcedureEvent
from suture.documents.events import (
    CaseChange,
    CaseExploded,
    CoverageChanged,
    DemandCancelled,
    DemandLine,
    ExceptionRaised,
)
from suture.governance.policy import Policies
from suture.orchestration.decisions.explosion import explode, lacks_side
from suture.orchestration.decisions.readiness import readiness
from suture.orchestration.decisions.snapshot import is_supply_relevant
from suture.orchestration.decisions.usage import line_for_correction, line_for_usage
from suture.orchestration.definition import (
    SAME,
    START,
    Alarm,
    Because,
    Effects,
    Emit,
    Keep,
    Moment,
    Name,
    Place,
    Process,
    Raise,
    Resolve,
    rule,
    stays,
)
from suture.orchestration.processes.cart import CartData


class CaseLine(msgspec.Struct, frozen=True, kw_only=True):
    """What the case knows of one demand line."""

    criticality: str
    demand: DemandLine
    is_covered: bool = False
    item: str = ""
    description: str = ""
    reason: str = ""
    source: str = ""
    promised: date | None = None


class CaseData(msgspec.Struct, frozen=True, kw_only=True):
    """The case as planned and as last reported."""

    snapshot: CaseSnapshot | None = None
    planned: CaseSnapshot | None = None
    """The snapshot demand was last exploded from; small moves do not touch it (R1)."""
    version: int = 0
    timezone: str = "UTC"
    card: str = ""
    card_version: int = 0
    lines: dict[str, CaseLine] = {}
    aliases: dict[str, str] = {}
    started_at: datetime | None = None
    completed_at: datetime | None = None
    used: int = 0
    usages: tuple[str, ...] = ()
    """Usage tokens taken so far: the same transaction sent twice is used once (spec 2.0.2)."""
    risk_accepted_by: str = ""
    attached_card: str = ""
    """A card a person named; used while the EHR names none we know."""
    has_cart: bool = False
    reconciled_by: str = ""
    costed_at: datetime | None = None
    note: str = ""


USAGES_MAX = 2_000
"""Usage tokens remembered per case: a long cardiac case uses about 300 items."""

M = Moment[CaseData]
NEEDED = frozenset({"CRITICAL", "REQUIRED"})


# ---- guards


def in_scope(m: M) -> bool:
    """Return whether the facility is one we serve."""
    return m.facts.facility(m.payload.snapshot.facility) is not None


def card_found(m: M) -> bool:
    """Return whether the explosion found a preference card."""
    return bool(m.payload.card)


def card_missing(m: M) -> bool:
    """Return whether the explosion found no preference card."""
    return not m.payload.card


def _after(m: M) -> dict[str, CaseLine]:
    """Return the lines as they stand once the coverage event is applied."""
    lines = dict(m.data.lines)
    if isinstance(m.payload, CoverageChanged) and m.payload.line in lines:
        told = m.payload
        lines[told.line] = msgspec.structs.replace(
            lines[told.line],
            is_covered=told.is_covered,
            item=told.item,
            description=told.description,
            reason=told.reason,
            source=told.source,
            promised=told.promised,
        )
    return lines


def _open(lines: dict[str, CaseLine], *classes: str) -> list[CaseLine]:
    return [x for x in lines.values() if x.criticality in classes and not x.is_covered]


def all_covered(m: M) -> bool:
    """Return whether every CRITICAL and REQUIRED line has a confirmed source (R6)."""
    return not _open(_after(m), *NEEDED)


def lines_open(m: M) -> bool:
    """Return whether a CRITICAL or REQUIRED line is still open."""
    return not all_covered(m)


def critical_open(m: M) -> bool:
    """Return whether a CRITICAL line is still open."""
    return bool(_open(_after(m), "CRITICAL"))


def required_open(m: M) -> bool:
    """Return whether CRITICAL is covered and a REQUIRED line is open."""
    after = _after(m)
    return not _open(after, "CRITICAL") and bool(_open(after, "REQUIRED"))


def critical_gap_open(m: M) -> bool:
    """Return whether a CRITICAL line is uncovered."""
    return bool(_open(m.data.lines, "CRITICAL"))


def no_critical_gap(m: M) -> bool:
    """Return whether no CRITICAL line is uncovered."""
    return not critical_gap_open(m)


def critical_gap_in_horizon(m: M) -> bool:
    """Return whether a CRITICAL line fell away inside the risk horizon."""
    assert m.data.snapshot is not None, "a live case has a snapshot"
    horizon = m.data.snapshot.start - m.policies.time.hours("risk_horizon_h")
    return m.payload.criticality == "CRITICAL" and m.now >= horizon


def outside_horizon_or_not_critical(m: M) -> bool:
    """Return whether the loss can still be dealt with by re-sourcing alone."""
    return not critical_gap_in_horizon(m)


def supply_relevant(m: M) -> bool:
    """Return whether the change matters for supply (R1)."""
    assert m.data.planned is not None, "a live case has been planned"
    return is_supply_relevant(
        m.data.planned,
        m.payload.snapshot,
        timezone=m.data.timezone,
        small_move=m.policies.time.hours("small_move_h"),
    )


def not_supply_relevant(m: M) -> bool:
    """Return whether the change leaves supply alone (R1)."""
    return not supply_relevant(m)


def risk_accepted(m: M) -> bool:
    """Return whether a named owner signed the supply risk."""
    return bool(m.data.risk_accepted_by)


def risk_not_accepted(m: M) -> bool:
    """Return whether nobody signed the supply risk."""
    return not risk_accepted(m)


def freeze_passed(m: M) -> bool:
    """Return whether the plan would be frozen by now."""
    return m.now >= _noon_before(m.data, m.policies)


def before_freeze(m: M) -> bool:
    """Return whether the freeze is still to come."""
    return not freeze_passed(m)


def no_supply_opened(m: M) -> bool:
    """Return whether nothing was opened or used."""
    return m.data.used == 0


def supply_opened(m: M) -> bool:
    """Return whether something was opened or used."""
    return m.data.used > 0


def no_usage_recorded(m: M) -> bool:
    """Return whether no usage was reported."""
    return no_supply_opened(m)


def usage_recorded(m: M) -> bool:
    """Return whether usage was reported."""
    return supply_opened(m)


# ---- actions


def _located(m: M, snapshot: CaseSnapshot) -> Place:
    return Place(facility=snapshot.facility, due_at=snapshot.start)


def _cards(m: M, snapshot: CaseSnapshot) -> tuple[str, ...]:
    """Return the cards of the EHR and after them the one a person attached."""
    return (*snapshot.cards, m.data.attached_card) if m.data.attached_card else snapshot.cards


def _exploded(m: M, snapshot: CaseSnapshot, version: int) -> Emit:
    card = m.facts.card(_cards(m, snapshot))
    told = CaseExploded(version=version)
    if card is not None:
        told = CaseExploded(
            version=version, card=card.card, card_version=card.version, lines=len(card.lines)
        )
    return Emit("demand.exploded", "CASE", m.key, told)


def schedule(m: M) -> Effects:
    """Take the case in and explode its card (CASE.001)."""
    change: CaseChange = m.payload
    facility = m.facts.facility(change.snapshot.facility)
    assert facility is not None, "guard in_scope"
    yield Keep(
        {
            "snapshot": change.snapshot,
            "planned": change.snapshot,
            "version": change.version,
            "timezone": facility.timezone,
            "aliases": change.aliases,
        }
    )
    yield _located(m, change.snapshot)
    yield Name("case", m.key)
    yield _exploded(m, change.snapshot, change.version)


def create_lines(m: M) -> Effects:
    """Create one demand line per card line (CASE.002); one a change already created stays."""
    snapshot = m.data.planned
    card = m.facts.card(_cards(m, snapshot)) if snapshot else None
    if snapshot is None or card is None:
        raise AssertionError("guard card_found")
    lines = explode(m.key, m.data.version, snapshot, card, m.data.aliases)
    held = {
        key: m.data.lines[key]
        for key, line in lines.items()
        if key in m.data.lines and _same_need(m.data.lines[key].demand, line)
    }
    made = {key: CaseLine(criticality=x.criticality, demand=x) for key, x in lines.items()}
    yield Keep({"card": card.card, "card_version": card.version, "lines": {**made, **held}})
    yield Because(f"card {card.card} v{card.version}: {len(lines)} lines with a quantity")
    if lacks_side(snapshot, card):
        yield _gap(m, "IMPLANT", "case.side-missing", "a lateral item and no side code (R7)")
    yield Resolve(f"card|{m.key}", "a card was found")
    for key, line in lines.items():
        if key not in held:
            yield Emit("demand.exploded", "W2", key, line)


def ask_for_card(m: M) -> Effects:
    """Put the missing card on the desk of its owner (CASE.003)."""
    snapshot = m.data.planned
    cards = ", ".join(snapshot.cards) if snapshot and snapshot.cards else "none named"
    yield Raise(
        ExceptionRaised(
            family="CROSSWALK",
            code="card.missing",
            summary=f"no preference card for the case (message names: {cards})",
            dedupe=f"card|{m.key}",
            owner="periop card owner",
            suggestion="Load the card, correct the card id in the EHR, or name a card for this "
            "case (suture case attach-card).",
            **_of_case(m),
        )
    )


def _of_case(m: M) -> dict[str, Any]:
    snapshot = m.data.snapshot
    return {
        "machine": "CASE",
        "key": m.key,
        "facility": snapshot.facility if snapshot else m.facility,
        "case_tokens": (m.key,),
        "need_at": snapshot.start if snapshot else None,
        "severity": _severity(m),
    }


def _severity(m: M) -> str:
    snapshot = m.data.snapshot
    return "urgent" if snapshot and snapshot.start - m.now < timedelta(hours=48) else "normal"


def _gap(m: M, family: str, code: str, text: str) -> Raise:
    return Raise(
        ExceptionRaised(
            family=family, code=code, summary=text, dedupe=f"{code}|{m.key}", **_of_case(m)
        )
    )


def apply_coverage(m: M) -> Effects:
    """Take over what a line said of its coverage."""
    after = _after(m)
    yield Keep({"lines": after})
    gaps = _open(after, *NEEDED)
    yield Because(f"{len(after) - len(gaps)} of {len(after)} lines covered or optional")


def become_covered(m: M) -> Effects:
    """Close the alerts: every CRITICAL and REQUIRED line has a confirmed source."""
    yield Keep({"lines": _after(m), "note": ""})
    yield Because("every CRITICAL and REQUIRED line has a confirmed source")
    yield Resolve(f"case.at-risk|{m.key}", "the case is covered")


GAPS_NAMED_MAX = 3
"""Gaps named on the board; the lineage shows every one."""


def _why(m: M, key: str, line: CaseLine) -> str:
    """Return item and reason of a gap; a line that told nothing yet is looked up."""
    if line.reason:
        return f"{line.description or line.demand.ehr_supply_id}: {line.reason}"
    found = m.facts.other("W2", key, dict)
    told: dict[str, Any] = found[1] if found else {}
    name = told.get("description") or line.demand.ehr_supply_id
    return f"{name}: {told.get('reason') or 'no confirmed source yet'}"


def put_at_risk(m: M) -> Effects:
    """Tell the OR buyer which critical gap there is (W12 is not built)."""
    after = _after(m)
    worst = ("CRITICAL",) if _open(after, "CRITICAL") else tuple(NEEDED)
    gaps = [k for k, x in after.items() if x.criticality in worst and not x.is_covered]
    text = "; ".join(_why(m, key, after[key]) for key in gaps[:GAPS_NAMED_MAX])
    text = text or "no confirmed source yet"
    yield Keep({"lines": after, "note": text})
    yield Because(text)
    yield Raise(
        ExceptionRaised(
            family="COVERAGE",
            code="case.at-risk",
            summary=f"case at risk: {text}",
            dedupe=f"case.at-risk|{m.key}",
            suggestion="Find another source or a substitute, or advise a new date "
            "(disruption workflow W12 is not built yet).",
            **_of_case(m),
        )
    )


def note_required(m: M) -> Effects:
    """Leave REQUIRED gaps with the buyer at the risk horizon (CASE.013)."""
    gaps = _open(m.data.lines, *NEEDED)
    yield Because(f"no CRITICAL gap; {len(gaps)} REQUIRED gap(s) stay with the buyer")


def freeze(m: M) -> Effects:
    """Freeze the plan and release the pick, gaps listed (CASE.015, .017, .024)."""
    gaps = _open(m.data.lines, *NEEDED)
    yield Because(f"freeze time reached with {len(gaps)} open line(s)")
    yield from _release_pick(m)


def freeze_at_risk(m: M) -> Effects:
    """Release the pick of covered lines and keep the risk open (CASE.014, .025)."""
    if not m.data.has_cart or _open(m.data.lines, *NEEDED):
        yield from put_at_risk(m)
    yield from _release_pick(m)


def _release_pick(m: M) -> Effects:
    """Release the pick list of the plan as it stands; gaps are listed on it (W14)."""
    snapshot = m.data.snapshot
    assert snapshot is not None, "a live case has a snapshot"
    yield Keep({"has_cart": True})
    told = PickReleased(
        case_token=m.key,
        version=m.data.version,
        facility=snapshot.facility,
        room=snapshot.room,
        start=snapshot.start,
        timezone=m.data.timezone,
        lines=_pick_lines(m, m.data.lines),
    )
    yield Emit("cart.pick_released", "W14", m.key, told)


def _pick_lines(m: M, lines: dict[str, CaseLine]) -> tuple[PlannedLine, ...]:
    """Return the pick list of lines: what they are called comes from the demand lines."""
    return tuple(_pick_line(m, key, line) for key, line in lines.items())


def _pick_line(m: M, key: str, line: CaseLine) -> PlannedLine:
    found = m.facts.other("W2", key, dict)
    state, told = found if found else ("", {})
    is_sourced = state in ("RESERVED", "PICKED")
    return PlannedLine(
        line=key,
        criticality=line.criticality,
        quantity=line.demand.quantity,
        item=told.get("item", "") or line.item,
        description=told.get("description", "") or line.description or line.demand.ehr_supply_id,
        item_class=told.get("item_class", ""),
        reason="" if is_sourced else told.get("reason", "") or "no confirmed source yet",
    )


def _to_cart(m: M, event_type: str, change: CaseChange, **more: Any) -> Effects:
    """Tell the cart of a change of its case, when there is one."""
    if m.data.has_cart:
        snapshot = change.snapshot
        told = CartChange(
            version=change.version,
            start=snapshot.start,
            facility=snapshot.facility,
            room=snapshot.room,
            timezone=m.data.timezone,
            **more,
        )
        yield Emit(event_type, "W14", m.key, told)


def _by_hand(m: M, workflow: str, text: str) -> Raise:
    snapshot = m.data.snapshot
    assert snapshot is not None, "a live case has a snapshot"
    day = snapshot.start.astimezone(ZoneInfo(m.data.timezone)).date()
    return Raise(
        ExceptionRaised(
            family="COVERAGE",
            code="workflow.not-built",
            summary=f"{snapshot.facility} {day.isoformat()}: {text}",
            dedupe=f"not-built|{workflow}|{snapshot.facility}|{day.isoformat()}",
            facility=snapshot.facility,
            case_tokens=(m.key,),
            need_at=snapshot.start,
            owner="perioperative manager",
            severity="info",
        )
    )


def replan(m: M) -> Effects:
    """Explode the new version and send each line its difference (CASE.055 and following)."""
    change: CaseChange = m.payload
    snapshot = change.snapshot
    aliases = {**m.data.aliases, **change.aliases}
    base = {"snapshot": snapshot, "version": change.version, "aliases": aliases}
    yield _located(m, snapshot)
    yield Because(f"supply-relevant: {', '.join(change.differences) or 'moved since planning'}")
    card = m.facts.card(_cards(m, snapshot))
    if card is None:
        yield Keep(base)
        yield from ask_for_card(m)
        return
    fresh = explode(m.key, change.version, snapshot, card, aliases)
    lines: dict[str, CaseLine] = {}
    for key, demand in fresh.items():
        held = m.data.lines.get(key)
        if held is not None and _same_need(held.demand, demand):
            lines[key] = held
            continue
        lines[key] = CaseLine(criticality=demand.criticality, demand=demand)
        yield Emit("demand.changed" if held else "demand.exploded", "W2", key, demand)
        if held is not None:
            yield from _extra(m, key, held.demand, demand, lines)
    gone = DemandCancelled(reason="no longer on the card of this version", version=change.version)
    for key in m.data.lines.keys() - fresh.keys():
        yield Emit("demand.cancelled", "W2", key, gone)
    yield Keep(
        {
            **base,
            "planned": snapshot,
            "card": card.card,
            "card_version": card.version,
            "lines": lines,
            "risk_accepted_by": "",
        }
    )
    is_moved = m.event_type == "case.rescheduled"
    more = {} if is_moved else {"lines": _pick_lines(m, lines), "is_supply_relevant": True}
    yield from _to_cart(m, m.event_type, change, **more)
    if lines and not _open(lines, *NEEDED):
        yield Emit("coverage.gained", "CASE", m.key, _nothing_new())


def _extra(
    m: M, key: str, held: DemandLine, fresh: DemandLine, lines: dict[str, CaseLine]
) -> Effects:
    """Give what a picked line needs more a line of its own: the picked part stays (W2.055)."""
    more = fresh.quantity - held.quantity
    if more <= 0 or m.facts.state_of("W2", key) != "PICKED" or not _is_same_day(m, fresh, held):
        return
    kept = msgspec.structs.replace(fresh, quantity=held.quantity)
    lines[key] = CaseLine(criticality=fresh.criticality, demand=kept, is_covered=True)
    extra = msgspec.structs.replace(fresh, quantity=more)
    child = key_id("extra", key, str(fresh.version))
    lines[child] = CaseLine(criticality=fresh.criticality, demand=extra)
    yield Because(f"{more} more of a picked line: sourced as a line of its own")
    yield Emit("demand.exploded", "W2", child, extra)


def _is_same_day(m: M, fresh: DemandLine, held: DemandLine) -> bool:
    zone = ZoneInfo(m.data.timezone)
    days = {x.need_at.astimezone(zone).date() for x in (fresh, held)}
    return len(days) == 1 and fresh.facility == held.facility


def _same_need(held: DemandLine, fresh: DemandLine) -> bool:
    return (held.need_at, held.quantity, held.facility, held.room, held.laterality) == (
        fresh.need_at,
        fresh.quantity,
        fresh.facility,
        fresh.room,
        fresh.laterality,
    )


def _nothing_new() -> CoverageChanged:
    return CoverageChanged(
        line="", item="", description="", criticality="", is_covered=True, reason="unchanged"
    )


def plan_again(m: M) -> Effects:
    """Explode from the beginning (CASE.057, .058, .071)."""
    change: CaseChange = m.payload
    yield Keep(
        {
            "snapshot": change.snapshot,
            "planned": change.snapshot,
            "version": change.version,
            "aliases": {**m.data.aliases, **change.aliases},
            "lines": {},
            "note": "",
        }
    )
    yield _located(m, change.snapshot)
    yield Because("planned again from the beginning")
    yield _exploded(m, change.snapshot, change.version)


def store_version(m: M) -> Effects:
    """Store the version and the times; nothing is recalled (CASE.065, .066)."""
    change: CaseChange = m.payload
    yield Keep({"snapshot": change.snapshot, "version": change.version})
    yield _located(m, change.snapshot)
    yield Because("no supply-relevant difference: times and timers only")
    if m.state in BEFORE_THE_CASE:
        yield from _to_cart(m, m.event_type, change)


def cancel(m: M) -> Effects:
    """Cancel every line; each compensates by its own state (CASE.068 and following)."""
    change: CaseChange = m.payload
    yield Keep(
        {
            "snapshot": change.snapshot,
            "version": change.version,
            "note": change.reason,
            "lines": {},
        }
    )
    yield Because(f"case {change.reason}: every line compensates by its own state")
    yield from _to_cart(m, "case.cancelled", change, reason=f"case {change.reason}")
    for dedupe in ("case.at-risk", "card", "case.side-missing"):
        yield Resolve(f"{dedupe}|{m.key}", "the case was cancelled")
    gone = DemandCancelled(reason=f"case {change.reason}", version=change.version)
    for key in m.data.lines:
        yield Emit("demand.cancelled", "W2", key, gone)


def usage_stands(m: M) -> Effects:
    """Keep what was used on a cancelled case and tell the OR lead (CASE.039, .047, .048)."""
    change: CaseChange = m.payload
    yield Keep({"snapshot": change.snapshot, "version": change.version})
    yield from _to_cart(m, "case.cancelled", change, reason=f"case {change.reason}")
    yield Raise(
        ExceptionRaised(
            family="COVERAGE",
            code="case.cancelled-after-use",
            summary="the case was cancelled after supply was opened or used; usage stands",
            dedupe=f"case.cancelled-after-use|{m.key}",
            owner="OR lead",
            **_of_case(m),
        )
    )


def start(m: M) -> Effects:
    """Note the room event; re-planning ends (CASE.031)."""
    yield Keep({"started_at": m.payload.at})
    yield Because("patient in room" + ("" if m.state == "CART_READY" else ", started not ready"))
    yield Resolve(f"case.at-risk|{m.key}", "the procedure has started")
    if m.data.has_cart:
        yield Emit("procedure.started", "W14", m.key, m.payload)


def complete(m: M) -> Effects:
    """Note the end of the procedure; the usage clock starts (CASE.037)."""
    yield Keep({"completed_at": m.payload.at})
    yield Because("procedure complete")
    if m.data.has_cart:
        yield Emit("procedure.completed", "W14", m.key, m.payload)


def use(m: M) -> Effects:
    """Pass the usage to the demand line it belongs to, once (CASE.032, .035, .042)."""
    if m.payload.usage in m.data.usages:
        yield Because("the same usage again")
        return
    key, reason = line_for_usage(m.key, m.payload, m.facts)
    usages = (*m.data.usages, m.payload.usage)[-USAGES_MAX:]
    yield Keep({"used": m.data.used + 1, "usages": usages})
    yield Because(reason)
    yield Emit("usage.recorded", "W2", key, m.payload)
    yield from _use_to_cart(m, "usage.recorded", key)


def _use_to_cart(m: M, event_type: str, line: str) -> Effects:
    if m.data.has_cart:
        told = CartUsage(usage=m.payload.usage, line=line, quantity=m.payload.quantity)
        yield Emit(event_type, "W14", m.key, told)


def correct(m: M) -> Effects:
    """Pass a correction to the line that was used, once (CASE.036, .043, .050, .054)."""
    name = f"{m.payload.usage}/{m.payload.control_id}"
    if name in m.data.usages:
        yield Because("the same correction again")
        return
    usages = (*m.data.usages, name)[-USAGES_MAX:]
    key, reason = line_for_correction(m.key, m.payload, m.facts)
    yield Keep({"usages": usages, "used": max(0, m.data.used - (1 if key else 0))})
    yield Because(reason)
    if not key:
        yield _gap(m, "RECON", "usage.correction-unmatched", f"usage corrected: {reason}")
        return
    yield Emit("usage.corrected", "W2", key, m.payload)
    yield from _use_to_cart(m, "usage.corrected", key)


def use_after_cancel(m: M) -> Effects:
    """Let usage on a cancelled case stand (CASE.073)."""
    yield from use(m)
    yield _gap(m, "COVERAGE", "case.used-after-cancel", "usage on a cancelled case; usage stands")


def chase_usage(m: M) -> Effects:
    """Chase the usage that is not final a day after the case (CASE.045)."""
    if m.data.has_cart:
        how = "Scan the returns of the cart (suture cart returns) and record missing usage."
    else:
        how = "The case had no cart: check its usage and close it (suture case reconcile)."
    yield Because("usage is not final")
    yield Raise(
        ExceptionRaised(
            family="IMPLANT",
            code="case.usage-open",
            summary="usage of the case is not final",
            dedupe=f"case.usage-open|{m.key}",
            owner="OR lead",
            suggestion=how,
            **_of_case(m),
        )
    )


def end_presumed(m: M) -> Effects:
    """No completion event six hours after the scheduled end: the case is taken as ended (.040)."""
    yield from ask_ehr(m)
    if m.data.has_cart:
        ended = ProcedureEvent(case_token=m.key, at=m.now)
        yield Emit("procedure.completed", "W14", m.key, ended)


# ---- readiness, risk, cards


def attach_card(m: M) -> Effects:
    """Plan the case with the card a person named (CASE.005, .021)."""
    told: CardAttached = m.payload
    yield Keep({"attached_card": told.card})
    yield Because(f"card {told.card} named by {told.by}")
    held = msgspec.structs.replace(m.data, attached_card=told.card)
    yield from create_lines(dataclasses.replace(m, data=held))


def accept_risk(m: M) -> Effects:
    """Keep who signed the supply risk; before the freeze it counts at the freeze (CASE.023)."""
    yield from _signed(m)


def accept_and_freeze(m: M) -> Effects:
    """The risk is signed and the freeze has passed: go on with the gaps (CASE.022)."""
    yield from _signed(m)
    yield Resolve(f"case.at-risk|{m.key}", f"risk accepted by {m.payload.by}")
    yield from _release_pick(m)


def _signed(m: M) -> Effects:
    yield Keep({"risk_accepted_by": m.payload.by})
    yield Because(f"supply risk accepted by {m.payload.by}: {m.payload.reason}")


def become_ready(m: M) -> Effects:
    """The cart is complete: alerts are over (CASE.026, .027)."""
    told: CartCompleted = m.payload
    yield Keep({"note": ""})
    yield Because(f"cart complete, {told.score} % ready")
    yield Resolve(f"case.at-risk|{m.key}", "the cart is complete")


def not_ready_in_time(m: M) -> Effects:
    """The cart is not complete shortly before the case (CASE.029; W15 opens here)."""
    found = m.facts.other("W14", m.key, CartData)
    gaps = readiness(found[1].lines.values()).gaps if found else ()
    text = "; ".join(gaps[:GAPS_NAMED_MAX]) or "the cart is not complete"
    yield Keep({"note": text})
    yield Because(text)
    yield Raise(
        ExceptionRaised(
            family="COVERAGE",
            code="case.at-risk",
            summary=f"case at risk, cart incomplete: {text}",
            dedupe=f"case.at-risk|{m.key}",
            suggestion="Bring what is missing to the cart and scan it, or accept the risk "
            "(suture case accept-risk).",
            **{**_of_case(m), "severity": "urgent"},
        )
    )


# ---- after the case


def reconcile_usage(m: M) -> Effects:
    """Usage is final: what was held and not used goes free (CASE.044)."""
    told: UsageReconciled = m.payload
    yield Keep({"reconciled_by": told.by})
    yield Because(f"usage final: {told.reason or told.by}")
    for code in ("case.usage-open", "case.end-presumed"):
        yield Resolve(f"{code}|{m.key}", "the usage of the case is final")
    settled = True
    for key, state, line in m.facts.siblings("W2", m.key, dict):
        if state in ("RESERVED", "PICKED"):
            yield Emit("case.usage_reconciled", "W2", key, told)
        order = f"{line.get('po_number', '')}/{line.get('po_line', '')}"
        if line.get("po_number") and m.facts.state_of("W3", order) not in ("CLOSED", "CANCELLED"):
            settled = False
    if settled:
        yield Because("no order of the case is open: its cost is known")
        yield Emit(
            "settlement.completed",
            "CASE",
            m.key,
            CaseSettled(reason="no order of the case is open"),
        )


def cost(m: M) -> Effects:
    """Freeze the case's supply cost (CASE.051)."""
    yield Keep({"costed_at": m.now})
    yield Because(m.payload.reason)


def cost_with_accruals(m: M) -> Effects:
    """Freeze the cost with open accruals; it is stated again when they clear (CASE.052)."""
    yield Keep({"costed_at": m.now})
    yield Because("settlement window closed; open accruals are kept")


def reconsider(m: M) -> Effects:
    """The case was corrected after its close: reconcile again (CASE.064)."""
    yield from store_version(m)
    yield Keep({"reconciled_by": "", "costed_at": None})


def use_late(m: M) -> Effects:
    """Late usage reopens the case (CASE.049, .053)."""
    yield Keep({"reconciled_by": "", "costed_at": None})
    yield Because("late usage: reconciled again")
    yield from use(m)


def correct_late(m: M) -> Effects:
    """A late correction reopens the case (CASE.050, .054)."""
    yield Keep({"reconciled_by": "", "costed_at": None})
    yield Because("late correction: reconciled again")
    yield from correct(m)


def ask_ehr(m: M) -> Effects:
    """Ask the EHR desk what became of a case without room, usage or cancel event (CASE.034)."""
    yield _gap(m, "RECON", "case.end-presumed", "no room, usage or cancel event by end + 6 h")


# ---- alarms


def _grace(entered: datetime, due: datetime, policies: Policies) -> datetime:
    """Give a late booking the evaluation grace before a passed time fires."""
    return max(due, entered + timedelta(minutes=policies.time.evaluation_grace_min))


def _risk_due(data: CaseData, entered: datetime, policies: Policies) -> datetime | None:
    if data.snapshot is None:
        return None
    due = data.snapshot.start - policies.time.hours("risk_horizon_h")
    return _grace(entered, due, policies)


def _noon_before(data: CaseData, policies: Policies) -> datetime:
    """Return the freeze of a case: local noon some days before it, by policy."""
    assert data.snapshot is not None, "a live case has a snapshot"
    zone = ZoneInfo(data.timezone)
    day = data.snapshot.start.astimezone(zone).date()
    day -= timedelta(days=policies.time.freeze_days_before)
    return datetime(day.year, day.month, day.day, policies.time.freeze_local_hour, tzinfo=zone)


def _freeze_due(data: CaseData, entered: datetime, policies: Policies) -> datetime | None:
    if data.snapshot is None:
        return None
    return _grace(entered, _noon_before(data, policies), policies)


def _cart_due(data: CaseData, entered: datetime, policies: Policies) -> datetime | None:
    if data.snapshot is None or data.risk_accepted_by:
        return None
    return data.snapshot.start - policies.time.hours("cart_complete_h")


def _settlement_due(data: CaseData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + policies.time.hours("cost_frozen_h")


def _end_due(data: CaseData, entered: datetime, policies: Policies) -> datetime | None:
    if data.snapshot is None:
        return None
    end = data.snapshot.start + timedelta(minutes=data.snapshot.duration_min)
    return end + policies.time.hours("case_end_presumed_h")


def _usage_due(data: CaseData, entered: datetime, policies: Policies) -> datetime | None:
    return entered + policies.time.hours("usage_due_h")


BEFORE_THE_CASE = (
    "SCHEDULED",
    "CARD_MISSING",
    "DEMAND_OPEN",
    "COVERED",
    "AT_RISK",
    "FROZEN",
    "CART_READY",
)

BEFORE_FREEZE = ("SCHEDULED", "CARD_MISSING", "DEMAND_OPEN", "COVERED")
CLOSED = ("USAGE_RECONCILED", "COSTED")
ENDED = ("USAGE_OPEN", "CANCELLED", *CLOSED)
NOT_RECONCILED = (*BEFORE_THE_CASE, "IN_PROCEDURE", "USAGE_OPEN", "CANCELLED", "COSTED")
"""States in which a paid order settles nothing yet, or nothing any more."""
PAST_EXPLOSION = (
    "CARD_MISSING",
    "DEMAND_OPEN",
    "COVERED",
    "AT_RISK",
    "FROZEN",
    "CART_READY",
    "IN_PROCEDURE",
    "USAGE_OPEN",
    "CANCELLED",
)
"""States in which the explosion of an older version comes too late."""


CASE = Process(
    machine="CASE",
    title="Surgical case",
    states=(
        "SCHEDULED",
        "DEMAND_OPEN",
        "CARD_MISSING",
        "AT_RISK",
        "COVERED",
        "FROZEN",
        "CART_READY",
        "IN_PROCEDURE",
        "USAGE_OPEN",
        "CANCELLED",
        "USAGE_RECONCILED",
        "COSTED",
    ),
    terminal=("COSTED", "CANCELLED"),
    data_type=CaseData,
    alarms=(
        Alarm("risk_horizon", ("DEMAND_OPEN",), "timer.risk_horizon_reached", _risk_due),
        Alarm(
            "freeze",
            ("SCHEDULED", "CARD_MISSING", "DEMAND_OPEN", "COVERED", "AT_RISK"),
            "timer.freeze_reached",
            _freeze_due,
        ),
        Alarm(
            "case_end",
            ("AT_RISK", "FROZEN", "CART_READY", "IN_PROCEDURE"),
            "timer.case_end_presumed",
            _end_due,
        ),
        Alarm("cart", ("FROZEN",), "timer.sla_breached", _cart_due),
        Alarm("usage", ("USAGE_OPEN",), "timer.sla_breached", _usage_due),
        Alarm(
            "settlement",
            ("USAGE_RECONCILED",),
            "timer.settlement_window_closed",
            _settlement_due,
        ),
    ),
    rules=(
        rule("CASE.001", START, "case.scheduled", "SCHEDULED", when=in_scope, do=schedule),
        rule(
            "CASE.002",
            "SCHEDULED",
            "demand.exploded",
            "DEMAND_OPEN",
            when=card_found,
            do=create_lines,
        ),
        rule(
            "CASE.003",
            "SCHEDULED",
            "demand.exploded",
            "CARD_MISSING",
            when=card_missing,
            do=ask_for_card,
        ),
        rule("CASE.004", "SCHEDULED", "timer.freeze_reached", SAME, do=stays),
        rule("CASE.005", "CARD_MISSING", "preference_card.attached", "DEMAND_OPEN", do=attach_card),
        rule("CASE.006", "CARD_MISSING", "timer.freeze_reached", "AT_RISK", do=freeze_at_risk),
        rule("CASE.007", "AT_RISK", "coverage.gained", SAME, when=critical_open, do=apply_coverage),
        rule(
            "CASE.008", "DEMAND_OPEN", "coverage.gained", SAME, when=lines_open, do=apply_coverage
        ),
        rule(
            "CASE.009",
            "DEMAND_OPEN",
            "coverage.gained",
            "COVERED",
            when=all_covered,
            do=become_covered,
        ),
        rule(
            "CASE.010",
            "DEMAND_OPEN",
            "coverage.lost",
            "AT_RISK",
            when=critical_gap_in_horizon,
            do=put_at_risk,
        ),
        rule(
            "CASE.011",
            "DEMAND_OPEN",
            "coverage.lost",
            SAME,
            when=outside_horizon_or_not_critical,
            do=apply_coverage,
        ),
        rule(
            "CASE.012",
            "DEMAND_OPEN",
            "timer.risk_horizon_reached",
            "AT_RISK",
            when=critical_gap_open,
            do=put_at_risk,
        ),
        rule(
            "CASE.013",
            "DEMAND_OPEN",
            "timer.risk_horizon_reached",
            SAME,
            when=no_critical_gap,
            do=note_required,
        ),
        rule(
            "CASE.014",
            "DEMAND_OPEN",
            "timer.freeze_reached",
            "AT_RISK",
            when=critical_gap_open,
            do=freeze_at_risk,
        ),
        rule(
            "CASE.015",
            "DEMAND_OPEN",
            "timer.freeze_reached",
            "FROZEN",
            when=no_critical_gap,
            do=freeze,
        ),
        rule("CASE.016", "COVERED", "coverage.lost", "AT_RISK", do=put_at_risk),
        rule("CASE.017", "COVERED", "timer.freeze_reached", "FROZEN", do=freeze),
        rule(
            "CASE.018", "AT_RISK", "coverage.gained", "COVERED", when=all_covered, do=become_covered
        ),
        rule(
            "CASE.019",
            "AT_RISK",
            "coverage.gained",
            "DEMAND_OPEN",
            when=required_open,
            do=apply_coverage,
        ),
        rule("CASE.020", "AT_RISK", "coverage.lost", SAME, do=put_at_risk),
        rule("CASE.021", "AT_RISK", "preference_card.attached", "DEMAND_OPEN", do=attach_card),
        rule(
            "CASE.022",
            "AT_RISK",
            "case.risk_accepted",
            "FROZEN",
            when=freeze_passed,
            do=accept_and_freeze,
        ),
        rule("CASE.023", "AT_RISK", "case.risk_accepted", SAME, when=before_freeze, do=accept_risk),
        rule(
            "CASE.024", "AT_RISK", "timer.freeze_reached", "FROZEN", when=risk_accepted, do=freeze
        ),
        rule(
            "CASE.025",
            "AT_RISK",
            "timer.freeze_reached",
            SAME,
            when=risk_not_accepted,
            do=freeze_at_risk,
        ),
        rule("CASE.026", ("AT_RISK", "FROZEN"), "cart.completed", "CART_READY", do=become_ready),
        rule("CASE.027", "CART_READY", "cart.completed", SAME, do=become_ready),
        rule("CASE.028", "FROZEN", "coverage.lost", "AT_RISK", do=put_at_risk),
        rule("CASE.029", "FROZEN", "timer.sla_breached", "AT_RISK", do=not_ready_in_time),
        rule("CASE.030", "CART_READY", "coverage.lost", "AT_RISK", do=put_at_risk),
        rule("CASE.031", BEFORE_THE_CASE, "procedure.started", "IN_PROCEDURE", do=start),
        rule("CASE.032", BEFORE_THE_CASE, "usage.recorded", "IN_PROCEDURE", do=use),
        rule("CASE.033", BEFORE_THE_CASE, "procedure.completed", "USAGE_OPEN", do=complete),
        rule(
            "CASE.034",
            ("AT_RISK", "FROZEN", "CART_READY"),
            "timer.case_end_presumed",
            SAME,
            do=ask_ehr,
        ),
        rule("CASE.035", "IN_PROCEDURE", "usage.recorded", SAME, do=use),
        rule("CASE.036", "IN_PROCEDURE", "usage.corrected", SAME, do=correct),
        rule("CASE.037", "IN_PROCEDURE", "procedure.completed", "USAGE_OPEN", do=complete),
        rule(
            "CASE.038",
            "IN_PROCEDURE",
            "case.cancelled",
            "CANCELLED",
            when=no_supply_opened,
            do=cancel,
        ),
        rule(
            "CASE.039",
            "IN_PROCEDURE",
            "case.cancelled",
            "USAGE_OPEN",
            when=supply_opened,
            do=usage_stands,
        ),
        rule("CASE.040", "IN_PROCEDURE", "timer.case_end_presumed", "USAGE_OPEN", do=end_presumed),
        rule("CASE.041", "IN_PROCEDURE", "coverage.lost", SAME, do=apply_coverage),
        rule("CASE.042", "USAGE_OPEN", "usage.recorded", SAME, do=use),
        rule("CASE.043", "USAGE_OPEN", "usage.corrected", SAME, do=correct),
        rule(
            "CASE.044",
            "USAGE_OPEN",
            "case.usage_reconciled",
            "USAGE_RECONCILED",
            do=reconcile_usage,
        ),
        rule("CASE.045", "USAGE_OPEN", "timer.sla_breached", SAME, do=chase_usage),
        rule(
            "CASE.046",
            "USAGE_OPEN",
            "case.cancelled",
            "CANCELLED",
            when=no_usage_recorded,
            do=cancel,
        ),
        rule(
            "CASE.047", "USAGE_OPEN", "case.cancelled", SAME, when=usage_recorded, do=usage_stands
        ),
        rule("CASE.048", ("USAGE_RECONCILED", "COSTED"), "case.cancelled", SAME, do=usage_stands),
        rule("CASE.049", "USAGE_RECONCILED", "usage.recorded", "USAGE_OPEN", do=use_late),
        rule("CASE.050", "USAGE_RECONCILED", "usage.corrected", "USAGE_OPEN", do=correct_late),
        rule("CASE.051", "USAGE_RECONCILED", "settlement.completed", "COSTED", do=cost),
        rule(
            "CASE.052",
            "USAGE_RECONCILED",
            "timer.settlement_window_closed",
            "COSTED",
            do=cost_with_accruals,
        ),
        rule("CASE.053", "COSTED", "usage.recorded", "USAGE_OPEN", do=use_late),
        rule("CASE.054", "COSTED", "usage.corrected", "USAGE_OPEN", do=correct_late),
        rule(
            "CASE.055",
            ("SCHEDULED", "DEMAND_OPEN"),
            "case.rescheduled",
            SAME,
            when=supply_relevant,
            do=replan,
        ),
        rule(
            "CASE.056",
            ("SCHEDULED", "DEMAND_OPEN"),
            "case.changed",
            SAME,
            when=supply_relevant,
            do=replan,
        ),
        rule(
            "CASE.057",
            "CARD_MISSING",
            "case.rescheduled",
            "SCHEDULED",
            when=supply_relevant,
            do=plan_again,
        ),
        rule(
            "CASE.058",
            "CARD_MISSING",
            "case.changed",
            "SCHEDULED",
            when=supply_relevant,
            do=plan_again,
        ),
        rule(
            "CASE.059",
            ("COVERED", "AT_RISK"),
            "case.rescheduled",
            "DEMAND_OPEN",
            when=supply_relevant,
            do=replan,
        ),
        rule(
            "CASE.060",
            ("COVERED", "AT_RISK"),
            "case.changed",
            "DEMAND_OPEN",
            when=supply_relevant,
            do=replan,
        ),
        rule(
            "CASE.061",
            ("FROZEN", "CART_READY"),
            "case.rescheduled",
            "DEMAND_OPEN",
            when=supply_relevant,
            do=replan,
        ),
        rule(
            "CASE.062",
            ("FROZEN", "CART_READY"),
            "case.changed",
            "DEMAND_OPEN",
            when=supply_relevant,
            do=replan,
        ),
        rule(
            "CASE.063",
            ("IN_PROCEDURE", "USAGE_OPEN"),
            "case.changed",
            SAME,
            when=supply_relevant,
            do=store_version,
        ),
        rule(
            "CASE.064",
            ("USAGE_RECONCILED", "COSTED"),
            "case.changed",
            "USAGE_OPEN",
            when=supply_relevant,
            do=reconsider,
        ),
        rule(
            "CASE.065",
            (
                "SCHEDULED",
                "CARD_MISSING",
                "DEMAND_OPEN",
                "COVERED",
                "AT_RISK",
                "FROZEN",
                "CART_READY",
                "IN_PROCEDURE",
                "USAGE_OPEN",
                "USAGE_RECONCILED",
                "COSTED",
            ),
            "case.changed",
            SAME,
            when=not_supply_relevant,
            do=store_version,
        ),
        rule(
            "CASE.066",
            BEFORE_THE_CASE,
            "case.rescheduled",
            SAME,
            when=not_supply_relevant,
            do=store_version,
        ),
        rule(
            "CASE.067",
            ("IN_PROCEDURE", "USAGE_OPEN", "USAGE_RECONCILED", "COSTED"),
            "case.rescheduled",
            SAME,
            do=store_version,
        ),
        rule("CASE.068", ("SCHEDULED", "CARD_MISSING"), "case.cancelled", "CANCELLED", do=cancel),
        rule(
            "CASE.069",
            ("DEMAND_OPEN", "COVERED", "AT_RISK"),
            "case.cancelled",
            "CANCELLED",
            do=cancel,
        ),
        rule("CASE.070", ("FROZEN", "CART_READY"), "case.cancelled", "CANCELLED", do=cancel),
        rule("CASE.071", "CANCELLED", "case.reinstated", "SCHEDULED", do=plan_again),
        rule("CASE.072", "CANCELLED", "procedure.started", "IN_PROCEDURE", do=start),
        rule("CASE.073", "CANCELLED", "usage.recorded", "USAGE_OPEN", do=use_after_cancel),
        # House rules, appended (ADR 0011): gains and losses the table does not name.
        rule(
            "CASE.074",
            ("COVERED", "FROZEN", "CART_READY", "IN_PROCEDURE", "USAGE_OPEN"),
            "coverage.gained",
            SAME,
            do=apply_coverage,
        ),
        rule("CASE.075", ("CANCELLED", "USAGE_OPEN"), "coverage.lost", SAME, do=stays),
        rule("CASE.076", "CANCELLED", "coverage.gained", SAME, do=stays),
        rule("CASE.077", PAST_EXPLOSION, "demand.exploded", SAME, do=stays),
        rule("CASE.078", BEFORE_FREEZE, "cart.completed", SAME, do=stays),
        rule("CASE.079", ("IN_PROCEDURE", *ENDED), "cart.completed", SAME, do=stays),
        rule("CASE.080", CLOSED, "coverage.gained", SAME, do=stays),
        rule("CASE.081", CLOSED, "coverage.lost", SAME, do=stays),
        rule("CASE.082", ("CANCELLED", *CLOSED), "case.usage_reconciled", SAME, do=stays),
        rule("CASE.083", NOT_RECONCILED, "settlement.completed", SAME, do=stays),
    ),
)
