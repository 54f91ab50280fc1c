"""Orders of a synthetic hospital, as the mappings take them (GS1 prefix 952, SYNTH names)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import msgspec

from suture.documents.partner import PartnerProfile
from suture.documents.supply import OrderChange, OrderChangeLine, OrderLine, PurchaseOrder

AT = datetime(2027, 1, 4, 14, 5, tzinfo=UTC)

X12_PROFILE = PartnerProfile(
    supplier="SYNTHO", name="Syntho", dialect="x12", our_id="HSCIPDEMO", their_id="SUP9001DEMO"
)
CXML_PROFILE = PartnerProfile(
    supplier="SYNTHC", name="Synthetic Continental", dialect="cxml", our_id="AN01", their_id="AN02"
)

KNEE = OrderLine(
    line="1",
    item="ITM-100200",
    quantity=Fraction(2),
    uom="EA",
    unit_price=Decimal("1450.00"),
    gtin="09520000000017",
    catalog_no="SYN-TKA-3",
    description="Synthetic knee, size 3",
    cost_center="CC-6010",
    demand_token="D7K2M9",
)
GLOVES = OrderLine(
    line="2",
    item="ITM-100300",
    quantity=Fraction(5, 2),
    uom="BX",
    unit_price=Decimal("12.5"),
    catalog_no="GLV-75",
    description="Gloves 7.5",
)
ORDER = PurchaseOrder(
    po_number="PO4500012345",
    supplier="SYNTHO",
    facility="NCH",
    order_date=date(2027, 1, 4),
    need_by=date(2027, 1, 10),
    lines=(KNEE, GLOVES),
    contract="CT-88",
    bill_to_gln="9520000000109",
    bill_to_name="Synthetic Health",
    ship_to_gln="9520000000208",
    ship_to_name="NCH receiving dock",
    vendor_no="V-77",
)


def changed(line: OrderLine, /, **values: object) -> OrderLine:
    """Return a line with other values."""
    return msgspec.structs.replace(line, **values)


def change(
    *lines: OrderChangeLine, seq: int = 1001, need_by: date = ORDER.need_by, cancel: bool = False
) -> OrderChange:
    """Return a change of `ORDER`."""
    cancelled = {x.order_line.line for x in lines if x.action == "cancel"}
    restated = {x.order_line.line: x.order_line for x in lines}
    return OrderChange(
        po_number=ORDER.po_number,
        change_seq=seq,
        supplier=ORDER.supplier,
        facility=ORDER.facility,
        order_date=ORDER.order_date,
        need_by=need_by,
        lines=lines,
        is_cancel_of_order=cancel,
        original=ORDER,
        remaining=tuple(restated.get(x.line, x) for x in ORDER.lines if x.line not in cancelled),
    )
