"""850, 860 and 997 as they go out (S51): bytes by hand, and what others read in them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from order_samples import AT, GLOVES, KNEE, ORDER, X12_PROFILE, change, changed

from suture.core.refusal import RefusalError
from suture.documents.supply import OrderChange, OrderChangeLine, OrderLine, PurchaseOrder
from suture.documents.to_x12 import (
    change_set,
    control_id,
    functional_ack,
    order_interchange,
    order_set,
)
from suture.formats import x12
from suture.simulation.wire import x12 as peer

ORDER_850 = (
    "ISA*00*          *00*          *ZZ*HSCIPDEMO      *ZZ*SUP9001DEMO    "
    "*270104*1405*^*00501*000000042*0*T*:~"
    "GS*PO*HSCIPDEMO*SUP9001DEMO*20270104*1405*42*X*005010~"
    "ST*850*0001~"
    "BEG*00*NE*PO4500012345**20270104~"
    "CUR*BY*USD~"
    "REF*CT*CT-88~"
    "REF*VR*V-77~"
    "DTM*002*20270110~"
    "N1*BY*Synthetic Health*UL*9520000000109~"
    "N1*ST*NCH receiving dock*UL*9520000000208~"
    "PO1*1*2*EA*1450.00*CT*UK*09520000000017*VC*SYN-TKA-3*IN*ITM-100200~"
    "PID*F****Synthetic knee, size 3~"
    "REF*CO*D7K2M9~"
    "PO1*2*2.5*BX*12.5*CT*VC*GLV-75*IN*ITM-100300~"
    "PID*F****Gloves 7.5~"
    "CTT*2~"
    "SE*15*0001~"
    "GE*1*42~"
    "IEA*1*000000042~"
)


def sent(order: PurchaseOrder) -> bytes:
    """Return the 850 of an order."""
    return order_interchange("850", order_set(order), X12_PROFILE, 42, AT)


def sent_change(asked: OrderChange) -> bytes:
    """Return the 860 of a change."""
    return order_interchange("860", change_set(asked), X12_PROFILE, 43, AT)


def test_an_850_by_hand() -> None:
    """Every segment of spec 2.0.6 in its place; the supplier gets a day, no procedure time."""
    assert sent(ORDER).decode() == ORDER_850
    assert x12.parse(sent(ORDER))[1] == []


def test_what_is_not_known_is_left_out() -> None:
    """No contract, vendor number, GLN, GTIN, description or token: no empty segment."""
    line = OrderLine(
        line="1", item="ITM-1", quantity=Fraction(1), uom="EA", unit_price=Decimal("0.10")
    )
    order = PurchaseOrder(
        po_number="PO1",
        supplier="SYNTHO",
        facility="NCH",
        order_date=date(2027, 1, 4),
        need_by=date(2027, 1, 5),
        lines=(line,),
    )
    assert order_set(order) == [
        ["BEG", "00", "NE", "PO1", "", "20270104"],
        ["CUR", "BY", "USD"],
        ["DTM", "002", "20270105"],
        ["PO1", "1", "1", "EA", "0.10", "CT", "IN", "ITM-1"],
        ["CTT", "1"],
    ]
    assert x12.parse(sent(order))[1] == []


def test_an_urgent_order_says_so() -> None:
    """BEG02 EO is an emergency order."""
    urgent = msgspec.structs.replace(ORDER, urgency="EMERGENCY")
    assert order_set(urgent)[0] == ["BEG", "00", "EO", "PO4500012345", "", "20270104"]


def test_nothing_of_the_case_goes_out() -> None:
    """Facility, cost center and delivery place stay inside; the token is the only trace (4.3)."""
    order = msgspec.structs.replace(
        ORDER, facility="SYNCANARY-F", lines=(changed(KNEE, deliver_to="SYNCANARY-OR04"),)
    )
    content = sent(order)
    assert b"SYNCANARY" not in content
    assert b"CC-6010" not in content
    assert content.count(b"D7K2M9") == 1


printable = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF).filter(
        lambda c: c.isprintable() and c not in "*~:^" and not c.isspace()
    ),
    min_size=1,
    max_size=20,
)
order_lines = st.builds(
    OrderLine,
    line=st.just("1"),
    item=printable,
    quantity=st.decimals(Decimal("0.01"), 9999, places=2).map(Fraction),
    uom=st.sampled_from(["EA", "BX", "CA"]),
    unit_price=st.decimals(0, 99999, places=4),
    gtin=st.sampled_from(["", "09520000000017"]),
    catalog_no=st.one_of(st.just(""), printable),
    demand_token=st.one_of(st.just(""), printable),
)


@given(st.lists(order_lines, min_size=1, max_size=5), printable, printable)
def test_an_850_is_read_back_with_the_same_values(
    rows: list[OrderLine], number: str, contract: str
) -> None:
    """What our reader and the supplier's own reader find is what was ordered."""
    lines = tuple(changed(row, line=str(n)) for n, row in enumerate(rows, start=1))
    order = msgspec.structs.replace(ORDER, po_number=number, contract=contract, lines=lines)
    interchange, problems = x12.parse(sent(order))
    assert [p for p in problems if p.code != "x12.element-length"] == []
    tree = interchange.groups[0].sets[0].tree
    begin, terms = tree.first("BEG"), tree.first("REF", "CT")
    assert begin is not None
    assert terms is not None
    assert (begin.element(3), terms.element(2)) == (number, contract)
    for loop, line in zip(tree.within("PO1"), lines, strict=True):
        found, token = loop.opening, loop.first("REF", "CO")
        names = found.pairs(6)
        assert found.element(1) == line.line
        assert x12.quantity(found.element(2)) == line.quantity
        assert found.element(3) == line.uom
        assert x12.real(found.element(4)) == line.unit_price
        assert names.get("IN") == line.item
        assert names.get("UK", "") == line.gtin
        assert names.get("VC", "") == line.catalog_no
        assert (token.element(2) if token else "") == line.demand_token
    read = peer.read_order(peer.read(sent(order))[0])
    assert (read.po_number, read.contract, read.need_by) == (number, contract, ORDER.need_by)
    assert [(x.line, x.quantity, x.uom, x.unit_price, x.item, x.gtin) for x in read.lines] == [
        (x.line, x.quantity, x.uom, x.unit_price, x.item, x.gtin) for x in lines
    ]


@pytest.mark.parametrize(
    ("description", "written"),
    [
        ("Knee * left ~ size:3 ^", "Knee left size 3"),
        ("two\r\nlines\tand a tab", "two lines and a tab"),
        ("bell\x07and\x00null", "bell and null"),
        ("x" * 100, "x" * 80),
        ("x" * 79 + " y", "x" * 79),
        ("Kniegelenk groß", "Kniegelenk groß"),
    ],
)
def test_descriptions_are_cleaned(description: str, written: str) -> None:
    """A delimiter or control character in a description does not stop an order."""
    segments = order_set(
        msgspec.structs.replace(ORDER, lines=(changed(KNEE, description=description),))
    )
    assert ["PID", "F", "", "", "", written] in segments
    order_interchange("850", segments, X12_PROFILE, 1, AT)


@pytest.mark.parametrize("description", ["", "*~:^", " \n "])
def test_an_empty_description_has_no_segment(description: str) -> None:
    """PID without text says nothing."""
    segments = order_set(
        msgspec.structs.replace(ORDER, lines=(changed(KNEE, description=description),))
    )
    assert "PID" not in {segment[0] for segment in segments}


def test_names_are_cleaned_to_their_length() -> None:
    """N102 has 60 characters; a name of marks only falls back to the role."""
    order = msgspec.structs.replace(ORDER, bill_to_name="A*" * 60, ship_to_name="~")
    segments = order_set(order)
    assert ["N1", "BY", ("A " * 30).strip(), "UL", "9520000000109"] in segments
    assert ["N1", "ST", "SHIP TO", "UL", "9520000000208"] in segments


@pytest.mark.parametrize("mark", ["*", "~", ":", "^"])
@pytest.mark.parametrize(
    ("field", "path"), [("item", "PO1[9]-11"), ("catalog_no", "PO1[9]-9"), ("gtin", "PO1[9]-7")]
)
def test_a_delimiter_in_an_identifier_is_refused(field: str, path: str, mark: str) -> None:
    """X12 has no escape: an identifier is never changed, and never quoted in the refusal."""
    order = msgspec.structs.replace(
        ORDER, lines=(changed(KNEE, **{field: f"SYNCANARY{mark}1"}),), po_number="PO1"
    )
    with pytest.raises(RefusalError) as refused:
        sent(order)
    assert refused.value.code == "x12.delimiter-in-value"
    assert refused.value.path == path
    assert "SYNCANARY" not in str(refused.value)


def test_a_delimiter_in_the_order_number_is_refused() -> None:
    """So is one in a header value."""
    with pytest.raises(RefusalError, match=r"x12\.delimiter-in-value"):
        sent(msgspec.structs.replace(ORDER, po_number="PO*1"))
    with pytest.raises(RefusalError, match=r"x12\.character"):
        sent(msgspec.structs.replace(ORDER, contract="CT\x1f1"))


def test_a_quantity_that_is_no_decimal_is_refused() -> None:
    """A third of a box cannot be written in X12 and is not rounded."""
    with pytest.raises(RefusalError, match=r"x12\.element-number"):
        sent(msgspec.structs.replace(ORDER, lines=(changed(KNEE, quantity=Fraction(1, 3)),)))


# ---- 860

MOVED = date(2027, 1, 12)


@pytest.mark.parametrize(
    ("values", "need_by", "code"),
    [
        ({}, MOVED, "RS"),
        ({}, None, "RS"),
        ({"quantity": Fraction(3)}, None, "QI"),
        ({"quantity": Fraction(1)}, None, "QD"),
        ({"quantity": Fraction(1)}, date(2027, 1, 10), "QD"),
        ({"unit_price": Decimal("1400.00")}, None, "PC"),
        ({"quantity": Fraction(3)}, MOVED, "CA"),
        ({"quantity": Fraction(1), "unit_price": Decimal(1)}, None, "CA"),
        ({"line": "3"}, None, "AI"),
    ],
)
def test_an_860_says_what_changes(
    values: dict[str, object], need_by: date | None, code: str
) -> None:
    """POC02: one thing has its own code, several are CA, a new line is AI."""
    row = OrderChangeLine(action="change", order_line=changed(KNEE, **values), need_by=need_by)
    segments = change_set(change(row))
    line = next(s for s in segments if s[0] == "POC")
    assert line[2] == code
    assert line[3] == line[4]


def test_an_860_by_hand() -> None:
    """BCH05 carries the sequence the 865 gives back; POC04 is what is left to receive."""
    moved = OrderChangeLine(action="change", order_line=KNEE, need_by=MOVED)
    gone = OrderChangeLine(action="cancel", order_line=GLOVES)
    asked = change(moved, gone, seq=2001, need_by=MOVED)
    assert change_set(asked) == [
        ["BCH", "04", "SA", "PO4500012345", "", "2001", "20270104"],
        ["REF", "CT", "CT-88"],
        ["DTM", "002", "20270112"],
        [
            *("POC", "1", "RS", "2", "2", "EA", "1450.00", "CT"),
            *("UK", "09520000000017", "VC", "SYN-TKA-3", "IN", "ITM-100200"),
        ],
        ["DTM", "002", "20270112"],
        [*("POC", "2", "DI", "2.5", "0", "BX", "12.5", "CT"), "VC", "GLV-75", "IN", "ITM-100300"],
        ["CTT", "2"],
    ]
    assert x12.parse(sent_change(asked))[1] == []


def test_the_supplier_reads_the_860() -> None:
    """The peer's own reader finds the same lines, days and sequence."""
    moved = OrderChangeLine(
        action="change", order_line=changed(KNEE, quantity=Fraction(3)), need_by=MOVED
    )
    gone = OrderChangeLine(action="cancel", order_line=GLOVES)
    read = peer.read_change(peer.read(sent_change(change(moved, gone, seq=3002)))[0])
    assert (read.po_number, read.sequence, read.is_cancel) == ("PO4500012345", "3002", False)
    assert [(x.line, x.is_cancelled, x.quantity, x.need_by) for x in read.lines] == [
        ("1", False, Fraction(3), MOVED),
        ("2", True, None, None),
    ]


def test_the_cancel_of_an_order_is_a_code_of_its_own() -> None:
    """BCH01 01: every line is deleted."""
    rows = [OrderChangeLine(action="cancel", order_line=x) for x in ORDER.lines]
    asked = change(*rows, cancel=True)
    assert change_set(asked)[0][:2] == ["BCH", "01"]
    read = peer.read_change(peer.read(sent_change(asked))[0])
    assert read.is_cancel
    assert all(x.is_cancelled for x in read.lines)


# ---- control ids, 997


def test_the_control_id_is_what_a_997_names() -> None:
    """Group and set control number, as AK102 and AK202 give them back."""
    assert control_id(42) == "42/0001"


@pytest.mark.parametrize("control", [0, 1_000_000_000])
def test_a_control_number_out_of_range_is_refused(control: int) -> None:
    """Nine digits, and not zero."""
    with pytest.raises(RefusalError, match=r"x12\.envelope-value"):
        order_interchange("850", order_set(ORDER), X12_PROFILE, control, AT)


def test_the_version_follows_the_profile() -> None:
    """A 004010 partner gets 00401 and no repetition separator."""
    old = msgspec.structs.replace(X12_PROFILE, version="00401", is_test=False)
    content = order_interchange("850", order_set(ORDER), old, 7, AT).decode()
    assert "*U*00401*000000007*0*P*:~" in content
    assert "*7*X*004010~" in content


def test_the_997_for_what_we_receive_by_hand() -> None:
    """Our answer names the group and set; acknowledgements are not answered."""
    body = peer.interchange(
        peer.Party("SUP9001DEMO"),
        peer.Party("HSCIPDEMO"),
        group="PR",
        sets=[[["855"], ["BAK", "00", "AT", "PO1", "20270104"]]],
        control=9,
        at=AT,
    )
    answer = functional_ack(*x12.parse(body), X12_PROFILE, 50, AT).decode()
    assert "ST*997*0001~AK1*PR*9*005010~AK2*855*0001~AK5*A~AK9*A*1*1*1~SE*6*0001~GE*1*50~" in answer
    interchange, problems = x12.parse(answer.encode())
    assert functional_ack(interchange, problems, X12_PROFILE, 51, AT) == b""
