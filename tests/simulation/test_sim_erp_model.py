"""The simulated ERP without sockets: documents, stock arithmetic, change rows, duplicates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from suture.simulation.model.erp import ErpModel, ErpSettings

NOW = datetime(2027, 1, 4, 15, 0, tzinfo=UTC)
ITEM = {
    "key": "ITM-1",
    "packaging": [
        {"uom": "BX", "gtin": "59521001001019", "contains": "10", "of": "EA"},
        {"uom": "EA", "gtin": "09521001001014", "contains": "1", "of": None},
    ],
}
OPENING = [
    {
        "item": "ITM-1",
        "location": "NCH-OR-IMPL",
        "lots": [
            {"lot": "LB", "expiry": "2029-01-01", "quantity": "3"},
            {"lot": "LA", "expiry": "2028-01-01", "quantity": "2"},
        ],
    }
]


def erp() -> ErpModel:
    model = ErpModel([ITEM], ErpSettings(dock_gln={"NCH": "9521000001022"}))
    model.open_stock(OPENING, NOW)
    return model


def requisition(ref: str = "ref-1") -> dict[str, Any]:
    line = {"line": "1", "item": "ITM-1", "quantity": "2", "uom": "BX", "unit_price": "31.20"}
    return {
        "external_ref": ref,
        "facility": "NCH",
        "need_by": "2027-01-07",
        "requester": "hub",
        "supplier": "SUP-9002",
        "approval": {"policy": "p", "by": "auto"},
        "lines": [line | {"contract": "CTR-1", "deliver_to": "NCH-OR-IMPL"}],
    }


def ordered(model: ErpModel) -> dict[str, Any]:
    model.create_requisition(requisition(), NOW)
    model.tick(NOW + timedelta(minutes=20))
    return next(iter(model.documents["purchase_order"].values()))


def receipt(po: str, **line: Any) -> dict[str, Any]:
    full = {"po_line": "1", "item": "ITM-1", "quantity": "2", "uom": "BX"}
    return {
        "external_ref": "rc-1",
        "po_number": po,
        "received_at": "2027-01-06T14:00:00Z",
        "lines": [full | {"location": "NCH-OR-IMPL"} | line],
    }


def on_hand(model: ErpModel) -> str:
    return str(model.shelves.shelf("ITM-1", "NCH-OR-IMPL").view()["on_hand"])


def test_a_storm_of_one_reference_makes_many_documents() -> None:
    """The ERP never deduplicates: a blind resend is a second requisition, and is counted."""
    model = erp()
    for _ in range(5):
        assert model.create_requisition(requisition(), NOW)[0] == 201
    assert len(model.documents["requisition"]) == 5
    assert model.duplicates()["requisition"] == 4
    assert len(model.find("requisition", "ref-1")[1]["items"]) == 5
    assert model.find("requisition", "other")[1] == {"items": []}


def test_an_order_is_minted_5_to_20_business_minutes_later() -> None:
    """A requisition becomes a purchase order, in business time, with its references."""
    model = erp()
    model.create_requisition(requisition(), NOW)
    model.tick(NOW + timedelta(minutes=4, seconds=59))
    assert not model.documents["purchase_order"]
    due = model.next_due()
    assert due is not None
    assert timedelta(minutes=5) <= due - NOW <= timedelta(minutes=20)
    model.tick(due)
    order = model.changes[-1]["data"]
    assert model.changes[-1]["kind"] == "purchase_order"
    assert order["po_number"] == "PO4500010001"
    assert (order["external_ref"], order["ship_to_gln"]) == ("ref-1", "9521000001022")
    assert order["order_date"] == "2027-01-04"
    assert order["lines"][0]["requisition_line"] == "1"
    assert (order["lines"][0]["quantity"], order["lines"][0]["unit_price"]) == ("2", "31.20")


def test_a_requisition_can_be_cancelled_until_it_is_ordered() -> None:
    """Before the order 200 and no order comes; after it 409 already_ordered."""
    model = erp()
    number = model.create_requisition(requisition(), NOW)[1]["requisition_no"]
    assert model.cancel_requisition(number, NOW)[0] == 200
    model.tick(NOW + timedelta(hours=1))
    assert not model.documents["purchase_order"]
    second = model.create_requisition(requisition("ref-2"), NOW)[1]["requisition_no"]
    model.tick(NOW + timedelta(hours=2))
    assert model.cancel_requisition(second, NOW) == (409, {"code": "already_ordered"})
    assert model.cancel_requisition("RQ999999", NOW)[0] == 404


def test_a_receipt_raises_stock_in_base_units() -> None:
    """Two boxes of ten are twenty each; the position's version rises by one."""
    model = erp()
    order = ordered(model)
    assert on_hand(model) == "5"
    lots = [{"lot": "LN", "serial": "", "expiry": "2029-06-30", "quantity": "2"}]
    status, body = model.post_receipt(receipt(order["po_number"], lots=lots), NOW)
    assert (status, body) == (201, {"receipt_no": "RC000001"})
    assert on_hand(model) == "25"
    row = model.changes[-1]
    assert row["kind"] == "stock"
    assert row["data"]["version"] == 2
    assert row["data"]["cause"] == {"kind": "receipt", "external_ref": "rc-1"}
    assert [change["kind"] for change in model.changes[-2:]] == ["receipt", "stock"]


def test_a_receipt_for_an_unknown_order_is_refused() -> None:
    """Nothing is booked without a purchase order."""
    model = erp()
    assert model.post_receipt(receipt("PO4500099999"), NOW)[0] == 422
    assert on_hand(model) == "5"


def test_an_issue_takes_the_named_lot_then_first_expiry() -> None:
    """Three of lot LB wanted: LB's three go; then the rest by expiry."""
    model = erp()
    issue = {"external_ref": "is-1", "reference": "DMD-1", "location": "NCH-OR-IMPL"}
    line = {"item": "ITM-1", "quantity": "1", "uom": "EA"}
    assert model.post_issue(issue | {"lines": [line | {"lot": "LB"}]}, NOW)[0] == 201
    lots = {x["lot"]: x["quantity"] for x in model.changes[-1]["data"]["lots"]}
    assert lots == {"LA": "2", "LB": "2"}
    assert model.post_issue(issue | {"lines": [line | {"quantity": "3"}]}, NOW)[0] == 201
    lots = {x["lot"]: x["quantity"] for x in model.changes[-1]["data"]["lots"]}
    assert lots == {"LB": "1"}
    assert model.duplicates()["issue"] == 1


def test_an_issue_beyond_the_shelf_is_refused_whole() -> None:
    """Nothing moves when one line of the issue cannot be filled."""
    model = erp()
    line = {"item": "ITM-1", "quantity": "3", "uom": "EA"}
    body = {"external_ref": "is-1", "location": "NCH-OR-IMPL", "lines": [line, line]}
    assert model.post_issue(body, NOW) == (422, {"code": "insufficient_stock"})
    assert on_hand(model) == "5"


def test_a_voucher_is_paid_after_the_payment_days() -> None:
    """The payment row names voucher, invoice and amount, at the business instant it fell due."""
    model = erp()
    body = {
        "external_ref": "vo-1",
        "supplier": "SUP-9002",
        "invoice_no": "INV-1",
        "po_number": "PO4500010001",
        "amount": "62.40",
        "currency": "USD",
        "lines": [],
    }
    assert model.post_voucher(body, NOW) == (201, {"voucher_no": "VO000001"})
    model.tick(NOW + timedelta(hours=23, minutes=59))
    assert model.changes[-1]["kind"] != "payment"
    model.tick(NOW + timedelta(days=3))
    assert model.changes[-1]["data"] == {
        "payment_no": "PY000001",
        "voucher_no": "VO000001",
        "external_ref": "vo-1",
        "invoice_no": "INV-1",
        "amount": "62.40",
        "paid_at": "2027-01-05T15:00:00.000Z",
    }


def test_the_change_cursor_pages_without_gaps() -> None:
    """`after` and `limit` walk every row once; opening stock is the first."""
    model = erp()
    ordered(model)
    seen: list[int] = []
    while page := model.changes_after(len(seen), 1)[1]["changes"]:
        seen += [row["seq"] for row in page]
    assert seen == list(range(1, len(model.changes) + 1))
    assert model.changes[0]["data"]["cause"]["kind"] == "opening"
    assert model.changes_after(0, 2)[1]["last"] == 2
    assert model.changes_after(99, 2)[1] == {"changes": [], "last": 99}


def test_order_lines_can_be_cancelled_and_changed() -> None:
    """The ERP's copy of the order follows what was agreed with the supplier."""
    model = erp()
    number = ordered(model)["po_number"]
    change = {
        "external_ref": "c",
        "lines": [{"line": "1", "quantity": "3", "need_by": "2027-01-09"}],
    }
    assert model.change_order(number, change, NOW)[0] == 200
    assert model.changes[-1]["data"]["lines"][0]["quantity"] == "3"
    assert model.changes[-1]["data"]["need_by"] == "2027-01-09"
    assert model.cancel_order(number, {"external_ref": "c", "lines": ["1"]}, NOW)[0] == 200
    assert model.changes[-1]["data"]["status"] == "cancelled"
    assert model.cancel_order("PO0", {}, NOW)[0] == 404


@pytest.mark.parametrize(
    "line",
    [
        {"item": "ITM-1", "quantity": "0", "uom": "EA"},
        {"item": "ITM-1", "quantity": "1", "uom": "CA"},
        {"item": "", "quantity": "1", "uom": "EA"},
        {"item": "ITM-9", "quantity": "1", "uom": "EA"},
        {"item": "ITM-1", "quantity": "1e9", "uom": "EA"},
    ],
)
def test_wrong_lines_are_refused_before_anything_is_booked(line: dict[str, str]) -> None:
    """Zero, unknown units, items and odd numbers raise ValueError; no document is made."""
    model = erp()
    with pytest.raises(ValueError):
        model.post_issue({"external_ref": "x", "location": "NCH-OR-IMPL", "lines": [line]}, NOW)
    assert not model.documents["issue"]


def test_a_truck_is_scanned_on_arrival_and_counted_half_an_hour_later() -> None:
    """The dock tells the hub twice, with the UDI it reads, and takes a truck once."""
    model = erp()
    truck = {
        "shipment_id": "SHP1",
        "po_number": "PO4500010001",
        "sscc": "095210090000000019",
        "arrives_at": "2027-01-06T14:00:00+00:00",
        "lines": [
            {
                "po_line": "1",
                "item": "ITM-1",
                "gtin": "09521001001014",
                "quantity": "1",
                "uom": "EA",
                "lot": "L7F21",
                "serial": "S000123",
                "expiry": "2029-06-30",
            }
        ],
    }
    assert model.take_truck(truck, NOW)[0] == 201
    assert model.take_truck(truck, NOW)[0] == 200
    arrival = datetime(2027, 1, 6, 14, 0, tzinfo=UTC)
    model.tick(arrival)
    model.tick(arrival + timedelta(minutes=29))
    assert [scan.body["kind"] for scan in model.scans] == ["arrived"]
    model.tick(arrival + timedelta(minutes=30))
    counted = model.scans[-1].body
    assert counted["kind"] == "counted"
    assert counted["scan_id"] != model.scans[0].body["scan_id"]
    assert counted["lines"][0]["udi"] == "01095210010010141729063010L7F21\x1d21S000123"
    assert counted["lines"][0]["condition"] == "ok"


def test_a_physical_count_replaces_the_lots() -> None:
    """A count sets the position and says so in the change row."""
    model = erp()
    body = {"item": "ITM-1", "location": "NCH-OR-IMPL", "lots": [{"lot": "LC", "quantity": "1"}]}
    model.count_stock(body, NOW)
    assert model.changes[-1]["data"]["on_hand"] == "1"
    assert model.changes[-1]["data"]["cause"]["kind"] == "count"
