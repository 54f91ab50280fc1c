"""Preference-card explosion (spec 2.0.12): from a case snapshot and a card to demand lines.

In: a snapshot, a card, the case token. Out: demand lines keyed as spec 2.3 `Idempotency` says.
Refuses to know: stock, suppliers. Sizes are resolved on the card; size runs are not built.
"""

from __future__ import annotations

from suture.canonical.preference_card import PreferenceCard, lines_for_side, required_quantity
from suture.core.ids import key_id
from suture.documents.case import CaseSnapshot
from suture.documents.events import DemandLine


def line_key(case_token: str, card_line: str, supply: str) -> str:
    """Return `uuid5(case_token, card_line_id, item_key)` (spec 2.3)."""
    return key_id("demand-line", case_token, card_line, supply)


def side_of(snapshot: CaseSnapshot) -> str | None:
    """Return the laterality code of the case, or None when no procedure names one."""
    return next((p.laterality for p in snapshot.procedures if p.laterality), None)


def explode(
    case_token: str,
    version: int,
    snapshot: CaseSnapshot,
    card: PreferenceCard,
    aliases: dict[str, str],
) -> dict[str, DemandLine]:
    """Return line key -> demand line for every card line with a quantity, in card order.

    A lateral line of the other side is left out; without a side code no lateral line is guessed
    (spec 2.1 R7).
    """
    side = side_of(snapshot)
    lines: dict[str, DemandLine] = {}
    for row in lines_for_side(card, side):
        quantity = required_quantity(row)
        if quantity <= 0:
            continue
        key = line_key(case_token, row.line, row.ehr_supply_id)
        lines[key] = DemandLine(
            case_token=case_token,
            version=version,
            card=card.card,
            line=row.line,
            ehr_supply_id=row.ehr_supply_id,
            quantity=quantity,
            criticality=row.criticality,
            need_at=snapshot.start,
            facility=snapshot.facility,
            room=snapshot.room,
            demand_token=aliases,
            is_held=row.is_held,
            laterality=row.laterality,
        )
    return lines


def lacks_side(snapshot: CaseSnapshot, card: PreferenceCard) -> bool:
    """Return whether a lateral line meets a case without a side code (spec 2.1 R7)."""
    return side_of(snapshot) is None and any(row.laterality for row in card.lines)
