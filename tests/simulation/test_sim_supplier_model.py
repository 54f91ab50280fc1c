"""The simulated supplier without sockets: promise, ship, bill; changes; violations."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from suture.simulation.model.supplier import SupplierModel, behaviour_of, truck_of
from suture.simulation.model.trade import (
    Bill,
    ChangedLine,
    Confirmation,
    IncomingChange,
    IncomingOrder,
    OrderedLine,
    Shipment,
    TradeDocument,
)

NOW = datetime(2027, 1, 4, 16, 0, tzinfo=UTC)
GTIN = "09521001001014"
ITEMS: list[dict[str, Any]] = [
    {
        "key": "ITM-1",
        "catalog_no": "KF-1",
        "serial_controlled": True,
        "packaging": [{"uom": "EA", "gtin": GTIN, "contains": "1", "of": None}],
    },
    {
        "key": "ITM-2",
        "catalog_no": "CM-2",
        "serial_controlled": False,
        "packaging": [{"uom": "BX", "gtin": "59521002000012", "contains": "10", "of": "EA"}],
    },
]


def order(*lines: OrderedLine, po: str = "PO1") -> IncomingOrder:
    return IncomingOrder(
        po_number=po,
        order_date=date(2027, 1, 4),
        need_by=date(2027, 1, 9),
        lines=lines or (line(),),
    )


def line(number: str = "1", item: str = "ITM-1", price: str = "1450.00") -> OrderedLine:
    uom = "EA" if item == "ITM-1" else "BX"
    return OrderedLine(number, Fraction(2), uom, Decimal(price), item=item)


def play(model: SupplierModel, hours: int) -> list[TradeDocument]:
    documents: list[TradeDocument] = []
    for hour in range(hours + 1):
        documents += model.tick(NOW + timedelta(hours=hour))
    return documents


def test_an_accepted_line_is_promised_shipped_and_billed() -> None:
    """855 after the lag, 856 at shipment, 810 after it; a serial per unit of an implant."""
    model = SupplierModel(ITEMS, [])
    assert model.take_order(order(), NOW)
    confirmed, shipped, billed = play(model, 72)
    assert isinstance(confirmed, Confirmation)
    assert isinstance(shipped, Shipment)
    assert isinstance(billed, Bill)
    assert confirmed.at == NOW + timedelta(minutes=90)
    assert [(x.result, x.promised) for x in confirmed.lines] == [("accepted", date(2027, 1, 6))]
    assert shipped.at == NOW + timedelta(hours=20)
    assert shipped.arrives == datetime(2027, 1, 6, 13, 0, tzinfo=UTC)
    assert [pack.quantity for pack in shipped.packs] == [1, 1]
    assert len({pack.serial for pack in shipped.packs}) == 2
    assert (billed.total, billed.lines[0].unit_price) == (Decimal("2900.00"), Decimal("1450.00"))
    assert model.status("PO1") == "billed"
    assert model.next_due() is None


def test_the_truck_carries_what_was_shipped() -> None:
    """The dock's truck names the order line, the GTIN of the level, lot, serial and expiry."""
    model = SupplierModel(ITEMS, [])
    model.take_order(order(line("1", "ITM-2", "31.20")), NOW)
    shipped = next(d for d in play(model, 30) if isinstance(d, Shipment))
    truck = truck_of(model, shipped)
    assert truck["lines"][0]["gtin"] == "59521002000012"
    assert (truck["lines"][0]["quantity"], truck["lines"][0]["uom"]) == ("2", "BX")
    assert truck["lines"][0]["serial"] == ""
    assert truck["sscc"].startswith("0952") and len(truck["sscc"]) == 18


def test_a_backorder_is_promised_for_its_date() -> None:
    """The 855 says IB with the date of the rule, and nothing ships before."""
    rule = {"match": {"item": "ITM-1"}, "behaviour": "backorder", "date": "2027-01-25"}
    model = SupplierModel(ITEMS, [rule])
    model.take_order(order(), NOW)
    documents = play(model, 120)
    assert len(documents) == 1
    assert isinstance(documents[0], Confirmation)
    told = documents[0].lines[0]
    assert (told.result, told.promised) == ("backordered", date(2027, 1, 25))
    assert model.status("PO1") == "backordered"


def test_an_invoice_can_carry_a_price_variance() -> None:
    """Three per cent on 890.00 are 916.70, exactly."""
    rule = {"match": {"item": "ITM-1"}, "price_variance_percent": "3"}
    model = SupplierModel(ITEMS, [rule])
    model.take_order(order(line(price="890.00")), NOW)
    bill = next(d for d in play(model, 72) if isinstance(d, Bill))
    assert (bill.lines[0].unit_price, bill.total) == (Decimal("916.70"), Decimal("1833.40"))


def test_a_second_order_of_one_number_is_counted_and_not_shipped() -> None:
    """A duplicate purchase order is a violation; one shipment goes out."""
    model = SupplierModel(ITEMS, [])
    model.take_order(order(), NOW)
    assert not model.take_order(order(), NOW)
    assert len([d for d in play(model, 72) if isinstance(d, Shipment)]) == 1
    assert model.view()["duplicates"] == 1


def test_a_cancel_is_accepted_until_shipment() -> None:
    """Before shipment the line is cancelled and nothing follows; after it, refused."""
    early, late = SupplierModel(ITEMS, []), SupplierModel(ITEMS, [])
    cancel = IncomingChange("PO1", "1", (ChangedLine("1", is_cancelled=True),), is_cancel=True)
    for model in (early, late):
        model.take_order(order(), NOW)
        play(model, 2)
    assert early.take_change(cancel, NOW + timedelta(hours=3)).is_accepted
    assert play(early, 72) == []
    assert early.status("PO1") == "cancelled"
    play(late, 24)
    assert not late.take_change(cancel, NOW + timedelta(hours=25)).is_accepted
    assert late.status("PO1") == "shipped"


def test_a_cancel_without_lines_cancels_all() -> None:
    """A whole-document cancel names no line."""
    model = SupplierModel(ITEMS, [])
    model.take_order(order(line("1"), line("2", "ITM-2", "9.00")), NOW)
    reply = model.take_change(IncomingChange("PO1", "1", (), is_cancel=True), NOW)
    assert reply.is_accepted and len(reply.accepted) == 2
    assert model.status("PO1") == "cancelled"


def test_a_later_need_moves_shipment_and_promise_of_every_line() -> None:
    """Two days later need, two days later promise, for both lines of the order."""
    model = SupplierModel(ITEMS, [])
    model.take_order(order(line("1"), line("2", "ITM-2", "9.00")), NOW)
    moved = tuple(ChangedLine(n, need_by=date(2027, 1, 11)) for n in ("1", "2"))
    reply = model.take_change(IncomingChange("PO1", "1", moved, is_cancel=False), NOW)
    assert reply.is_accepted
    assert [promised for _, _, promised in reply.accepted] == [date(2027, 1, 8)] * 2
    assert not any(isinstance(d, Shipment) for d in play(model, 60))
    assert any(isinstance(d, Shipment) for d in play(model, 72))


def test_an_impossible_date_is_refused() -> None:
    """Needed tomorrow morning: the change is refused and the old terms stand."""
    model = SupplierModel(ITEMS, [])
    model.take_order(order(), NOW)
    hurry = (ChangedLine("1", need_by=date(2027, 1, 4)),)
    assert not model.take_change(
        IncomingChange("PO1", "1", hurry, is_cancel=False), NOW
    ).is_accepted
    assert len([d for d in play(model, 72) if isinstance(d, Shipment)]) == 1


def test_a_repeated_change_gets_the_same_answer() -> None:
    """The same change sequence is answered once more, and counted."""
    model = SupplierModel(ITEMS, [])
    model.take_order(order(), NOW)
    cancel = IncomingChange("PO1", "1", (), is_cancel=True)
    first = model.take_change(cancel, NOW)
    assert model.take_change(cancel, NOW + timedelta(hours=1)) == first
    assert model.violations == [{"kind": "duplicate_change", "po_number": "PO1"}]


def test_a_change_of_an_unknown_order_is_refused() -> None:
    """There is nothing to change."""
    model = SupplierModel(ITEMS, [])
    assert not model.take_change(IncomingChange("PO9", "1", (), is_cancel=True), NOW).is_accepted


def test_a_silent_supplier_says_nothing() -> None:
    """No confirmation, no shipment: the hub must notice by itself."""
    model = SupplierModel(ITEMS, [{"match": {}, "behaviour": "silent"}])
    model.take_order(order(), NOW)
    assert play(model, 100) == []
    assert model.status("PO1") == "open"


def test_a_rejected_line_never_ships() -> None:
    """The confirmation says rejected, without a date."""
    model = SupplierModel(ITEMS, [{"match": {"item": "ITM-1"}, "behaviour": "reject"}])
    model.take_order(order(), NOW)
    documents = play(model, 72)
    assert len(documents) == 1 and isinstance(documents[0], Confirmation)
    assert (documents[0].lines[0].result, documents[0].lines[0].promised) == ("rejected", None)
    assert model.status("PO1") == "rejected"


@pytest.mark.parametrize("rule", [{"behaviour": "odd"}, {"behaviour": "backorder"}])
def test_a_wrong_rule_is_refused(rule: dict[str, str]) -> None:
    """Unknown behaviours and backorders without a date are found at the start."""
    with pytest.raises(ValueError):
        behaviour_of(rule)


def test_a_restated_line_without_change_is_no_change() -> None:
    """An update that repeats a shipped line as it is accepts it; new terms for it are refused."""
    model = SupplierModel(ITEMS, [])
    model.take_order(order(), NOW)
    play(model, 30)
    same = (ChangedLine("1", quantity=Fraction(2), need_by=date(2027, 1, 9)),)
    more = (ChangedLine("1", quantity=Fraction(3), need_by=date(2027, 1, 9)),)
    later = NOW + timedelta(hours=30)
    assert model.take_change(IncomingChange("PO1", "1", same, is_cancel=False), later).is_accepted
    refused = model.take_change(IncomingChange("PO1", "2", more, is_cancel=False), later)
    assert not refused.is_accepted


def test_a_new_quantity_is_shipped_and_billed() -> None:
    """Three instead of two: three serials, and the bill says three."""
    model = SupplierModel(ITEMS, [])
    model.take_order(order(), NOW)
    more = IncomingChange("PO1", "1", (ChangedLine("1", quantity=Fraction(3)),), is_cancel=False)
    assert model.take_change(more, NOW).is_accepted
    documents = play(model, 72)
    shipped = next(d for d in documents if isinstance(d, Shipment))
    billed = next(d for d in documents if isinstance(d, Bill))
    assert (len(shipped.packs), billed.total) == (3, Decimal("4350.00"))
