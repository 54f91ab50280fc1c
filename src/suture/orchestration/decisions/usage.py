"""Which demand line a usage belongs to (spec 2.3: use without a card line mints a consumed line).

In: a usage and the case's lines as facts. Out: the line's key and the reason. Refuses to know: what
the line then does.
"""

from __future__ import annotations

from suture.core.ids import key_id
from suture.documents.case import Usage
from suture.orchestration.facts import Facts

_ORDER = (
    "PICKED",
    "RESERVED",
    "ON_ORDER",
    "AT_RISK",
    "REQUISITIONED",
    "SHORT",
    "ENRICHED",
    "UNRESOLVED",
    "SIGNALLED",
    "UNFILLED",
    "RELEASED",
    "RETURNED",
    "WASTED",
)
"""Lines nearest to the patient are used first."""


def line_for_usage(case_token: str, usage: Usage, facts: Facts) -> tuple[str, str]:
    """Return (line key, reason); an item without an open line gets a key of its own."""
    item = facts.item_key(usage.item_system, usage.item_id) or usage.item_id
    lines = [x for x in facts.demand_lines(case_token) if x.item == item and x.state in _ORDER]
    lines.sort(key=lambda x: (_ORDER.index(x.state), x.key))
    if lines:
        return lines[0].key, f"item {item} used: line in {lines[0].state}"
    key = key_id("usage-line", case_token, usage.usage)
    return key, f"item {item} used without an open card line"


def line_for_correction(case_token: str, usage: Usage, facts: Facts) -> tuple[str, str]:
    """Return (line key, reason) of what a correction takes back; no key when nothing was used."""
    item = facts.item_key(usage.item_system, usage.item_id) or usage.item_id
    lines = [x for x in facts.demand_lines(case_token) if x.item == item]
    lines.sort(key=lambda x: (x.state != "CONSUMED", x.state not in _ORDER, x.key))
    if lines and (lines[0].state == "CONSUMED" or lines[0].state in _ORDER):
        return lines[0].key, f"item {item} corrected: line in {lines[0].state}"
    return "", f"no line of item {item} was used"
