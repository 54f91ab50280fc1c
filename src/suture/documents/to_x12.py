"""Supply documents as X12: 850, 860 and the 997 that answers what we receive.

In: documents, a partner profile, control numbers. Out: bytes of one interchange. Refuses to know:
transports. Structure by X12 005010; which elements are used is spec 2.0.6. A value that holds a
delimiter is cleaned where it is descriptive and refused where it identifies.
"""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from suture.core.money import quantity_text
from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.documents.partner import PartnerProfile
from suture.documents.supply import OrderChange, OrderLine, PurchaseOrder
from suture.formats import x12

DESCRIPTION_CHARACTERS_MAX = 80
"""PID05 has at most 80 characters."""
NAME_CHARACTERS_MAX = 60
"""N102 has at most 60 characters."""

Segments = list[list[str]]


def order_set(order: PurchaseOrder) -> Segments:
    """Return the segments of an 850 between ST and SE."""
    purpose = "EO" if order.urgency == "EMERGENCY" else "NE"
    segments = [
        ["BEG", "00", purpose, order.po_number, "", _day(order.order_date)],
        ["CUR", "BY", order.currency],
    ]
    if order.contract:
        segments.append(["REF", "CT", order.contract])
    if order.vendor_no:
        segments.append(["REF", "VR", order.vendor_no])
    segments.append(["DTM", "002", _day(order.need_by)])
    segments += _parties(order)
    for line in order.lines:
        segments += _line(line)
    segments.append(["CTT", str(len(order.lines))])
    return segments


def _parties(order: PurchaseOrder) -> Segments:
    parties = (
        ("BY", order.bill_to_name, "BUYER", order.bill_to_gln),
        ("ST", order.ship_to_name, "SHIP TO", order.ship_to_gln),
    )
    return [
        ["N1", code, _clean(name, NAME_CHARACTERS_MAX) or role, "UL", gln]
        for code, name, role, gln in parties
        if gln
    ]


def _identifiers(line: OrderLine) -> list[str]:
    pairs = (("UK", line.gtin), ("VC", line.catalog_no), ("IN", line.item))
    return [part for code, value in pairs if value for part in (code, value)]


def _line(line: OrderLine) -> Segments:
    segments = [
        [
            "PO1",
            line.line,
            _quantity(line.quantity),
            line.uom,
            f"{line.unit_price:f}",
            "CT",
            *_identifiers(line),
        ]
    ]
    description = _clean(line.description, DESCRIPTION_CHARACTERS_MAX)
    if description:
        segments.append(["PID", "F", "", "", "", description])
    if line.demand_token:
        segments.append(["REF", "CO", line.demand_token])
    return segments


def change_set(change: OrderChange) -> Segments:
    """Return the segments of an 860: BCH01 01 cancels the order, 04 changes lines.

    BCH05 carries the change sequence, so that the 865 can name it (BCA05).
    """
    code = "01" if change.is_cancel_of_order else "04"
    segments = [
        [
            "BCH",
            code,
            "SA",
            change.po_number,
            "",
            str(change.change_seq),
            _day(change.order_date),
        ]
    ]
    if change.original.contract:
        segments.append(["REF", "CT", change.original.contract])
    segments.append(["DTM", "002", _day(change.need_by)])
    ordered = {x.line: x for x in change.original.lines}
    for row in change.lines:
        line = row.order_line
        is_cancel = row.action == "cancel"
        is_moved = row.need_by not in (None, change.original.need_by)
        kind = "DI" if is_cancel else _change_code(ordered.get(line.line), line, is_moved)
        left = Fraction(0) if is_cancel else line.quantity
        segments.append(
            [
                "POC",
                line.line,
                kind,
                _quantity(line.quantity),
                _quantity(left),
                line.uom,
                f"{line.unit_price:f}",
                "CT",
                *_identifiers(line),
            ]
        )
        if row.need_by is not None:
            segments.append(["DTM", "002", _day(row.need_by)])
    segments.append(["CTT", str(len(change.lines))])
    return segments


def _change_code(before: OrderLine | None, after: OrderLine, is_moved: bool) -> str:
    """Return POC02: what one thing is changed, or CA for several at once (spec 2.0.6)."""
    if before is None:
        return "AI"
    changes = ["RS"] if is_moved else []
    if after.quantity != before.quantity:
        changes.append("QI" if after.quantity > before.quantity else "QD")
    if after.unit_price != before.unit_price:
        changes.append("PC")
    return changes[0] if len(changes) == 1 else "CA" if changes else "RS"


def _quantity(value: Fraction) -> str:
    text = quantity_text(value)
    if "/" in text:
        raise RefusalError("x12.element-number", "the quantity is no decimal number", path="PO1-2")
    return text


def order_interchange(
    set_id: str, segments: Segments, profile: PartnerProfile, control: int, at: datetime
) -> bytes:
    """Return one interchange with one set; interchange and group share the control number."""
    return x12.compose(_envelope(set_id, profile, control, at), [segments])


def control_id(control: int) -> str:
    """Return the control id of what we send: `group/set`, as AK102 and AK202 give it back."""
    return f"{control}/{x12.set_control(1)}"


def functional_ack(
    interchange: x12.Interchange,
    problems: list[Problem],
    profile: PartnerProfile,
    control: int,
    at: datetime,
) -> bytes:
    """Return the 997 for a received interchange; empty when there is nothing to answer."""
    return x12.functional_ack(interchange, problems, _envelope("997", profile, control, at))


def _envelope(set_id: str, profile: PartnerProfile, control: int, at: datetime) -> x12.Envelope:
    return x12.Envelope(
        set_id=set_id,
        sender=profile.our_id,
        receiver=profile.their_id,
        interchange_control=control,
        group_control=control,
        at=at,
        sender_qualifier=profile.our_qualifier,
        receiver_qualifier=profile.their_qualifier,
        version=profile.group_version,
        is_test=profile.is_test,
    )


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")


def _clean(text: str, characters_max: int) -> str:
    """Return descriptive text without delimiters and control characters, within its length."""
    special = x12.STANDARD.special
    kept = (c if c.isprintable() and c not in special else " " for c in text)
    return " ".join("".join(kept).split())[:characters_max].rstrip()
