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
from suture.documents.partner import PartnerProfile
from suture.documents.supply import OrderChange, OrderLine, PurchaseOrder
from suture.formats import x12

DESCRIPTION_CHARACTERS_MAX = 80
"""PID05 has at most 80 characters."""
_MARKS = str.maketrans({"*": " ", "~": " ", ":": " ", "^": " ", "\n": " ", "\r": " "})

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
    found: Segments = []
    if order.bill_to_gln:
        found.append(["N1", "BY", _clean(order.bill_to_name) or "BUYER", "UL", order.bill_to_gln])
    if order.ship_to_gln:
        found.append(["N1", "ST", _clean(order.ship_to_name) or "SHIP TO", "UL", order.ship_to_gln])
    return found


def _identifiers(line: OrderLine) -> list[str]:
    pairs = (("UK", line.gtin), ("VC", line.catalog_no), ("IN", line.item))
    return [part for code, value in pairs if value for part in (code, value)]


def _line(line: OrderLine) -> Segments:
    segments = [
        [
            "PO1",
            line.line,
            quantity_text(line.quantity),
            line.uom,
            f"{line.unit_price:f}",
            "CT",
            *_identifiers(line),
        ]
    ]
    if line.description:
        segments.append(["PID", "F", "", "", "", _clean(line.description)])
    if line.demand_token:
        segments.append(["REF", "CO", line.demand_token])
    return segments


def change_set(change: OrderChange) -> Segments:
    """Return the segments of an 860: BCH01 01 cancels the order, 04 changes lines.

    BCH04 (release number) carries the change sequence, so that the 865 can name it.
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
        kind = "DI" if row.action == "cancel" else _change_code(ordered.get(line.line), line)
        left = Fraction(0) if row.action == "cancel" else line.quantity
        segments.append(
            [
                "POC",
                line.line,
                kind,
                quantity_text(line.quantity),
                quantity_text(left),
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


def _change_code(before: OrderLine | None, after: OrderLine) -> str:
    if before is None:
        return "AI"
    if after.quantity > before.quantity:
        return "QI"
    return "QD" if after.quantity < before.quantity else "RS"


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


def _clean(text: str) -> str:
    """Return descriptive text without delimiters, within PID05's length."""
    return " ".join(text.translate(_MARKS).split())[:DESCRIPTION_CHARACTERS_MAX]
