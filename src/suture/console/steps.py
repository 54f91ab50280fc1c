"""Groups the hops of a lineage by stage, so that a hundred steps read as one chain.

In: a lineage. Out: one group per stage of the chain, left to right, then what happened beside it.
Refuses to know: HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from suture.intelligence.lineage import STAGES
from suture.intelligence.view import Hop, Lineage, LineView, ObjectView

BESIDE = ("usage", "case", "exception")
"""Groups that are no stage of the chain; shown after it."""
_WITHIN = {"approval": "requisition"}
"""Stages told inside another one."""
_CHAIN = ("W14", "W7", "W3", "W4", "W5", "ERPW")
"""Requisition, order line, receipt, invoice, other postings."""
_NOTHING = "recorded; nothing else follows from it"
_BLOCKED = frozenset({"AT_RISK", "UNFILLED", "UNRESOLVED"})


@dataclass(frozen=True, slots=True)
class StageSteps:
    """One stage of the chain with its steps."""

    name: str
    state: str
    """`done` | `open` | `at risk` | `none`; empty beside the chain."""
    at: datetime | None
    gist: str
    """The latest reason of the stage, in words; empty when it has none."""
    hops: tuple[Hop, ...]


def stage_steps(lineage: Lineage) -> tuple[StageSteps, ...]:
    """Return the stages of the chain, from booked to paid."""
    groups = _grouped(lineage.hops)
    return tuple(
        StageSteps(name, state, at, _gist(groups.get(name, ())), tuple(groups.get(name, ())))
        for name, state, at in lineage.stages
    )


def beside_steps(lineage: Lineage) -> tuple[StageSteps, ...]:
    """Return what happened beside the chain; groups without a step are left out."""
    groups = _grouped(lineage.hops)
    return tuple(
        StageSteps(name, "", groups[name][0].at, _gist(groups[name]), tuple(groups[name]))
        for name in BESIDE
        if name in groups
    )


def _grouped(hops: Sequence[Hop]) -> dict[str, list[Hop]]:
    groups: dict[str, list[Hop]] = {}
    for hop in hops:
        name = _WITHIN.get(hop.stage, hop.stage)
        known = name if name in STAGES or name in BESIDE else "case"
        groups.setdefault(known, []).append(hop)
    return groups


def _gist(hops: Sequence[Hop]) -> str:
    """Return the first reason of the latest step that has one; an approval goes before."""
    approvals = [h for h in hops if h.stage == "approval" and h.reasons]
    for hop in reversed(approvals or hops):
        told = [r for r in hop.reasons if r != _NOTHING]
        if told:
            return told[0]
    return ""


def line_readiness(line: LineView) -> str:
    """Return which of the four board states a demand line is in."""
    if line.is_covered or line.state in ("CONSUMED", "RELEASED"):
        return "ready"
    return "blocked" if line.state in _BLOCKED else "partial"


def titles_of(lineage: Lineage) -> dict[str, str]:
    """Return key -> name of every object, so that a step can say which line it is about."""
    named = {x.key: x.description or x.item for x in lineage.lines}
    return {**{o.key: o.title for o in lineage.objects}, **named}


def documents_of(lineage: Lineage) -> tuple[ObjectView, ...]:
    """Return all but case and demand lines, in the order of the chain, then by key."""
    found = [o for o in lineage.objects if o.machine not in ("CASE", "W2")]
    last = len(_CHAIN)
    rank = {machine: place for place, machine in enumerate(_CHAIN)}
    return tuple(sorted(found, key=lambda o: (rank.get(o.machine, last), o.key)))
