"""A purchase order through four standards: what comes back, and what is named as lost."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from generated_orders import ORDERS
from hypothesis import HealthCheck, given, settings
from order_samples import CXML_PROFILE, GLOVES, KNEE, ORDER, X12_PROFILE, changed

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.exchange import (
    CARRIERS,
    Carrier,
    Kind,
    Standard,
    convert,
    convert_all,
    kind_of,
    read_order,
    standard_of,
    write_order,
)
from suture.documents.partner import Addressing
from suture.documents.supply import PurchaseOrder
from suture.documents.to_cxml import order_document
from suture.documents.to_x12 import order_interchange, order_set
from suture.formats import x12

AT = datetime(2027, 1, 4, 14, 5, tzinfo=UTC)
TO = Addressing(sender="SYNTHHOSP", receiver="SYNTHSUP", control=7, at=AT)
WIDE = Addressing(sender="SYNTHHOSP", receiver="SYNTHSUP", control=7, at=AT, charset="UNOY")
SLOW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

FULL = changed(
    KNEE, contract="CT-L1", deliver_to="OR 3", currency="EUR", description="Müller (SYNTH) Knie"
)
WHOLE = PurchaseOrder(
    po_number="PO7",
    supplier="SYNTHO",
    facility="NCH",
    order_date=date(2027, 1, 4),
    need_by=date(2027, 1, 10),
    lines=(FULL, GLOVES),
    contract="CT-88",
    bill_to_gln="9520000000109",
    bill_to_name="Synthetic Health",
    ship_to_gln="9520000000208",
    ship_to_name="NCH receiving dock",
    vendor_no="V-77",
    urgency="EMERGENCY",
)


def lost(order: PurchaseOrder, standard: Standard, to: Addressing = TO) -> dict[str, str]:
    """Return path -> text of what a standard does not carry of an order."""
    _, problems = write_order(order, standard, to)
    assert {problem.code for problem in problems} <= {"supply.not-carried"}
    return {problem.path: problem.text for problem in problems}


def test_x12_carries_every_field_of_an_order() -> None:
    """An 850 has a place for each field."""
    assert lost(WHOLE, Standard.X12) == {}


def test_cxml_carries_every_field_of_an_order() -> None:
    """An OrderRequest has a place, or an Extrinsic, for each field."""
    assert lost(WHOLE, Standard.CXML) == {}


def test_edifact_names_the_cost_center() -> None:
    """ORDERS carries all but the cost centre of a line."""
    assert lost(WHOLE, Standard.EDIFACT) == {
        "lines[0].cost_center": "EDIFACT ORDERS has no place for it"
    }


def test_fhir_names_prices_contracts_and_accounts() -> None:
    """A SupplyRequest carries what is wanted, when and where, and nothing of money."""
    assert set(lost(WHOLE, Standard.FHIR)) == {
        "lines[0].unit_price",
        "lines[0].currency",
        "lines[0].contract",
        "lines[0].cost_center",
        "lines[0].deliver_to",
        "lines[1].unit_price",
        "contract",
        "bill_to_gln",
        "bill_to_name",
    }


@pytest.mark.parametrize("standard", list(CARRIERS[Kind.PURCHASE_ORDER]))
@SLOW
@given(order=ORDERS)
def test_an_order_comes_back_but_for_what_is_named(
    standard: Standard, order: PurchaseOrder
) -> None:
    """Reading what was written gives the order, except at the paths of the problems."""
    data, problems = write_order(order, standard, WIDE)
    (found,), _ = read_order(data, standard)
    assert {one.path for one in differences(order, found)} == {one.path for one in problems}
    for was, became in zip(order.lines, found.lines, strict=True):
        assert (was.line, was.item, was.gtin) == (became.line, became.item, became.gtin)
        assert was.quantity == became.quantity
        assert standard is Standard.FHIR or was.unit_price == became.unit_price


@SLOW
@given(order=ORDERS)
def test_a_chain_through_all_standards_loses_only_what_it_names(order: PurchaseOrder) -> None:
    """X12, EDIFACT, cXML, FHIR in turn: the last order is the first but for the named fields."""
    data, problems = write_order(order, Standard.X12, WIDE)
    named = {one.path for one in problems}
    for target in (Standard.EDIFACT, Standard.CXML, Standard.FHIR):
        made = convert(data, None, target, WIDE)
        named |= {one.path for one in made.problems}
        data = made.data
    (last,), _ = read_order(data, Standard.FHIR)
    assert {one.path for one in differences(order, last)} <= named


def test_a_character_set_without_a_letter_is_named() -> None:
    """ISO 8859-1 has no Greek: the description comes otherwise, and is named."""
    order = changed(ORDER, lines=(changed(KNEE, cost_center="", description="Knie β"),))
    assert set(lost(order, Standard.EDIFACT)) == {"lines[0].description"}
    assert lost(order, Standard.EDIFACT, WIDE) == {}


def test_a_description_that_is_too_long_is_named() -> None:
    """PID05 has 80 characters; the rest is cut and the field is named."""
    order = changed(ORDER, lines=(changed(KNEE, description="x" * 81),))
    assert set(lost(order, Standard.X12)) == {"lines[0].description"}
    assert lost(order, Standard.CXML) == {}


@pytest.mark.parametrize("standard", list(CARRIERS[Kind.PURCHASE_ORDER]))
@pytest.mark.parametrize(
    "quantity", [Fraction(1, 3), Fraction(1, 2**60)], ids=["a third", "too fine"]
)
def test_a_quantity_that_is_no_decimal_is_refused(standard: Standard, quantity: Fraction) -> None:
    """No quantity is rounded in silence, or at all."""
    order = changed(ORDER, lines=(changed(KNEE, quantity=quantity),))
    with pytest.raises(RefusalError):
        write_order(order, standard, TO)


def test_a_number_that_holds_a_delimiter_is_refused() -> None:
    """X12 has no escape: a number that identifies is refused, not cleaned."""
    order = changed(ORDER, lines=(changed(KNEE, catalog_no="A*7"),))
    with pytest.raises(RefusalError) as refused:
        write_order(order, Standard.X12, TO)
    assert refused.value.code == "x12.delimiter-in-value"
    assert lost(order, Standard.CXML) == {}


@pytest.mark.parametrize("standard", list(CARRIERS[Kind.PURCHASE_ORDER]))
def test_an_order_without_lines_is_refused(standard: Standard) -> None:
    """No standard carries an order of nothing."""
    with pytest.raises(RefusalError):
        write_order(changed(ORDER, lines=()), standard, TO)


def test_the_orders_we_send_are_read() -> None:
    """What the product writes to suppliers reads as the order, less what they are not told."""
    sent = order_interchange("850", order_set(ORDER), X12_PROFILE, 7, AT)
    (found,), problems = read_order(sent, Standard.X12)
    assert problems == []
    assert {one.path for one in differences(ORDER, found)} == {
        "supplier",
        "facility",
        "lines[0].cost_center",
    }
    sent = order_document(ORDER, CXML_PROFILE, "", AT)
    (found,), problems = read_order(sent, Standard.CXML)
    assert {one.code for one in problems} == {"supply.not-read"}
    assert found.lines[0].cost_center == "CC-6010"


def test_what_a_reader_has_no_place_for_is_stated_with_its_byte() -> None:
    """Free text and a foreign number of an 850 are left out, each at its place."""
    data, _ = write_order(ORDER, Standard.X12, TO)
    more = data.replace(b"CTT*2~SE*18*", b"MSG*SYNTH text~CTT*2~SE*19*")
    more = more.replace(b"*VC*GLV-75", b"*VC*GLV-75*EC*7")
    assert len(more) > len(data) + 15
    _, problems = read_order(more, Standard.X12)
    places = {one.path: one.offset for one in problems if one.code == "supply.not-read"}
    assert places["MSG[17]"] == more.index(b"MSG*")
    assert "PO1[15]-8" in places


def test_a_line_that_cannot_be_read_is_an_error_with_its_place() -> None:
    """A line without a quantity is left out, and stated."""
    data, _ = write_order(ORDER, Standard.X12, TO)
    (found,), problems = read_order(data.replace(b"PO1*2*2.5*", b"PO1*2**"), Standard.X12)
    assert [line.line for line in found.lines] == ["1"]
    (problem,) = [one for one in problems if one.code == "supply.unreadable"]
    assert problem.severity is Severity.ERROR and problem.path == "PO1[15]"


def test_a_request_without_a_price_says_so() -> None:
    """An order read from FHIR has no price: an error, so that nobody sends it on unseen."""
    data, _ = write_order(ORDER, Standard.FHIR, TO)
    made = convert(data, None, "x12", TO)
    missing = [one for one in made.problems if one.code == "supply.missing"]
    assert [one.path for one in missing] == [
        "Bundle.entry[0].resource.item",
        "Bundle.entry[1].resource.item",
    ]
    assert all(one.severity is Severity.ERROR for one in missing)


@pytest.mark.parametrize("source", list(CARRIERS[Kind.PURCHASE_ORDER]))
@pytest.mark.parametrize("target", list(CARRIERS[Kind.PURCHASE_ORDER]))
def test_every_pair_converts(source: Standard, target: Standard) -> None:
    """The standard is seen in the content; what is common to both is the same order."""
    data, _ = write_order(ORDER, source, TO)
    assert standard_of(data) is source
    assert kind_of(data, source) is Kind.PURCHASE_ORDER
    made = convert(data, None, target, TO)
    assert (made.source, made.target, made.kind) == (source, target, Kind.PURCHASE_ORDER)
    (found,), _ = read_order(made.data, target)
    assert found.po_number == ORDER.po_number and found.lines[1].quantity == Fraction(5, 2)
    assert ORDER.po_number not in repr(made)
    if Standard.FHIR not in (source, target):
        assert found.lines[0].unit_price == Decimal("1450.00")


def test_an_unsupported_pair_lists_what_is_possible() -> None:
    """A standard or a kind that is not carried is refused, with the list."""
    data, _ = write_order(ORDER, Standard.X12, TO)
    with pytest.raises(RefusalError, match="X12 850, EDIFACT ORDERS, cXML OrderRequest") as one:
        convert(data, None, "hl7v2", TO)
    assert one.value.code == "convert.unsupported"
    with pytest.raises(RefusalError, match="850") as one:
        convert(data.replace(b"ST*850", b"ST*867"), None, "cxml", TO)
    assert one.value.code == "convert.unsupported"
    with pytest.raises(RefusalError) as one:
        convert(b"MSH|^~\\&|", None, "cxml", TO)
    assert one.value.code == "convert.unknown"


def test_several_orders_become_several_documents() -> None:
    """A file of two orders is two documents, or a refusal: never the first alone."""
    one = order_set(ORDER)
    two = order_set(changed(ORDER, po_number="PO2"))
    envelope = x12.Envelope(
        set_id="850",
        sender="A",
        receiver="B",
        interchange_control=1,
        group_control=1,
        at=AT,
    )
    data = x12.compose(envelope, [one, two])
    made = convert_all(data, None, "edifact", TO)
    assert [b"UNZ+1+7'" in made[0].data, b"UNZ+1+8'" in made[1].data] == [True, True]
    with pytest.raises(RefusalError) as refused:
        convert(data, None, "edifact", TO)
    assert refused.value.code == "convert.count"


def test_every_carrier_has_a_name_of_its_own() -> None:
    """No two kinds of one standard are told apart by the same name."""
    for standard in Standard:
        names = [ways[standard].name for ways in CARRIERS.values() if standard in ways]
        assert len(names) == len(set(names))


def test_the_page_lists_every_carrier() -> None:
    """The table of the page on supply documents is the registry."""
    page = Path(__file__).resolve().parents[2] / "docs" / "formats" / "supply.md"
    text = page.read_text(encoding="utf-8").partition("<!-- carriers: begin -->")[2]
    rows = re.findall(r"^\| ([a-z-]+) \|(.*)\|$", text.partition("<!-- carriers: end")[0], re.M)
    listed = {kind: [cell.strip() for cell in cells.split("|")] for kind, cells in rows}

    def shown(way: Carrier) -> str:
        return way.name if way.write is not None else f"{way.name} (read)"

    assert listed == {
        kind.value: [shown(ways[one]) if one in ways else "" for one in Standard]
        for kind, ways in CARRIERS.items()
    }
