"""Changes of an order through the standards: what comes back, what is named or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import msgspec
import pytest
from generated_orders import DAYS, MAYBE, ORDERS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from order_samples import CXML_PROFILE, GLOVES, KNEE, ORDER, X12_PROFILE, change, changed

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.exchange import (
    Kind,
    Standard,
    convert,
    kind_of,
    read_document,
    write_document,
)
from suture.documents.partner import Addressing
from suture.documents.supply import ChangedLine, ChangedOrder, OrderChangeLine, PurchaseOrder
from suture.documents.to_cxml import change_document
from suture.documents.to_x12 import change_set, order_interchange
from suture.formats import cxml

AT = datetime(2027, 1, 6, 14, 5, tzinfo=UTC)
TO = Addressing(sender="SYNTHHOSP", receiver="SYNTHSUP", control=7, at=AT)
WIDE = msgspec.structs.replace(TO, charset="UNOY")
ALL = (Standard.X12, Standard.EDIFACT, Standard.CXML)
SLOW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def of_order(
    order: PurchaseOrder, lines: tuple[ChangedLine, ...], **values: object
) -> ChangedOrder:
    """Return a change with the heading of an order."""
    fields = [
        "po_number",
        "supplier",
        "facility",
        "order_date",
        "need_by",
        "currency",
        "contract",
        "vendor_no",
    ]
    more = ("bill_to_gln", "bill_to_name", "ship_to_gln", "ship_to_name", "urgency")
    heading = {name: getattr(order, name) for name in (*fields, *more)}
    return ChangedOrder(lines=lines, **(heading | values))


@st.composite
def changes(draw: st.DrawFn, kinds: tuple[str, ...]) -> ChangedOrder:
    """Draw a change that says what changes, restates the order or cancels it."""
    order, kind = draw(ORDERS), draw(st.sampled_from(kinds))
    actions = {"cancel": ("cancel",), "whole": ("stands",)}.get(kind, ("add", "change", "cancel"))
    lines = tuple(
        ChangedLine(
            action=draw(st.sampled_from(actions)),
            order_line=line,
            need_by=draw(st.one_of(st.none(), DAYS)),
        )
        for line in order.lines
    )
    return of_order(
        order,
        lines,
        need_by=draw(st.one_of(st.none(), DAYS)),
        change_seq=draw(MAYBE),
        is_cancel_of_order=kind == "cancel",
        is_whole=kind == "whole",
    )


def _holds(given_: ChangedOrder, standard: Standard) -> set[str]:
    data, problems = write_document(Kind.ORDER_CHANGE, given_, standard, WIDE)
    assert kind_of(data, standard) is Kind.ORDER_CHANGE
    (found,), _ = read_document(data, Kind.ORDER_CHANGE, standard)
    named = {one.path for one in problems}
    assert {one.path for one in differences(given_, found)} == named
    for was, became in zip(given_.lines, found.lines, strict=True):
        assert was.action == became.action
        assert was.order_line.quantity == became.order_line.quantity
        assert was.order_line.unit_price == became.order_line.unit_price
    assert (given_.is_whole, given_.is_cancel_of_order) == (
        found.is_whole,
        found.is_cancel_of_order,
    )
    return {path.rpartition(".")[2] for path in named}


@SLOW
@given(given_=changes(("lines", "whole", "cancel")))
def test_a_change_comes_back_from_x12(given_: ChangedOrder) -> None:
    """An 860 gives the change back, but for texts that it shortens and one urgency."""
    assert _holds(given_, Standard.X12) <= {
        *("description", "deliver_to", "bill_to_name", "ship_to_name", "urgency"),
    }


@SLOW
@given(given_=changes(("lines", "whole", "cancel")))
def test_a_change_comes_back_from_edifact(given_: ChangedOrder) -> None:
    """An ORDCHG gives the change back, but for urgency, cost centre, texts and unit names."""
    assert _holds(given_, Standard.EDIFACT) <= {
        *("description", "deliver_to", "bill_to_name", "ship_to_name", "urgency"),
        *("cost_center", "uom"),
    }


@SLOW
@given(given_=changes(("whole", "cancel")))
def test_a_change_comes_back_from_cxml(given_: ChangedOrder) -> None:
    """An update or delete gives the change back; each line has its date, so whose is not said."""
    _holds(given_, Standard.CXML)
    data, _ = write_document(Kind.ORDER_CHANGE, given_, "cxml", TO)
    (found,), _ = read_document(data, Kind.ORDER_CHANGE, "cxml")
    for was, became in zip(given_.lines, found.lines, strict=True):
        assert (was.need_by or given_.need_by) == (became.need_by or found.need_by)


MORE = changed(KNEE, quantity=Fraction(3))
LINES = of_order(
    ORDER,
    (
        ChangedLine(action="change", order_line=MORE, need_by=date(2027, 1, 12)),
        ChangedLine(action="cancel", order_line=GLOVES),
        ChangedLine(action="add", order_line=changed(GLOVES, line="3")),
    ),
    change_seq="1001",
)
WHOLE = of_order(
    ORDER,
    (
        ChangedLine(action="stands", order_line=MORE, need_by=date(2027, 1, 12)),
        ChangedLine(action="stands", order_line=GLOVES),
        ChangedLine(action="stands", order_line=changed(GLOVES, line="3")),
    ),
    change_seq="1001",
    is_whole=True,
)
CANCEL = of_order(
    ORDER,
    (ChangedLine(action="cancel", order_line=KNEE),),
    change_seq="1002",
    is_cancel_of_order=True,
)


def test_a_change_in_x12_by_hand() -> None:
    """BCH01 04 changes lines; what is left to receive of a cancelled line is nothing."""
    data, problems = write_document(Kind.ORDER_CHANGE, LINES, "x12", TO)
    body = data.decode("ascii")
    assert problems == []
    assert "BCH*04*SA*PO4500012345**1001*20270104~CUR*BY*USD~REF*CT*CT-88~" in body
    knee = "UK*09520000000017*VC*SYN-TKA-3*IN*ITM-100200"
    assert f"POC*1*CA*3*3*EA*1450.00*CT*{knee}~" in body
    assert "REF*CO*D7K2M9~DTM*002*20270112~" in body
    assert "POC*2*DI*2.5*0*BX*12.5*CT*VC*GLV-75*IN*ITM-100300~" in body
    assert "POC*3*AI*2.5*2.5*BX*12.5*CT*" in body and "CTT*3~" in body
    whole, _ = write_document(Kind.ORDER_CHANGE, WHOLE, "x12", TO)
    assert b"BCH*05*" in whole and b"POC*2*RZ*" in whole
    cancel, _ = write_document(Kind.ORDER_CHANGE, CANCEL, "x12", TO)
    assert b"BCH*01*" in cancel and b"POC*1*DI*2*0*" in cancel


def test_a_change_in_edifact_by_hand() -> None:
    """The function is 4 change, 5 replace, 1 cancel; the action stands in LIN."""
    data, _ = write_document(Kind.ORDER_CHANGE, LINES, "x12", TO)
    made = convert(data, None, "edifact", TO)
    body = made.data.decode("latin-1")
    assert made.kind is Kind.ORDER_CHANGE
    assert [one.path for one in made.problems] == ["lines[0].order_line.cost_center"]
    assert (
        "BGM+230+1001+4'DTM+137:20270106:102'DTM+2:20270110:102'RFF+ON:PO4500012345'"
        "DTM+171:20270104:102'RFF+CT:CT-88'"
    ) in body
    assert "LIN+1+3+09520000000017:SRV'" in body and "QTY+21:3:EA'DTM+2:20270112:102'" in body
    assert "LIN+2+2'" in body and "LIN+3+1'" in body
    whole, _ = write_document(Kind.ORDER_CHANGE, WHOLE, "edifact", TO)
    assert b"BGM+230+1001+5'" in whole and b"LIN+2'" in whole
    cancel, _ = write_document(Kind.ORDER_CHANGE, CANCEL, "edifact", TO)
    assert b"BGM+230+1002+1'" in cancel and b"LIN+1+2+" in cancel


def test_a_change_in_cxml_by_hand() -> None:
    """An update restates the order with each line's date, and names the order's document."""
    data, problems = write_document(Kind.ORDER_CHANGE, WHOLE, "cxml", TO)
    assert problems == []
    body = data.decode()
    assert 'type="update" orderVersion="1001"' in body
    assert '<DocumentReference payloadID="PO4500012345.0@suture"/>' in body
    assert 'payloadID="PO4500012345.1001@suture"' in body
    assert '<ItemOut quantity="3" lineNumber="1" requestedDeliveryDate="2027-01-12">' in body
    assert '<ItemOut quantity="2.5" lineNumber="2" requestedDeliveryDate="2027-01-10">' in body
    found, _ = cxml.parse(data)
    assert found is not None
    assert [one for one in cxml.validate(found) if one.severity is Severity.ERROR] == []
    cancel, _ = write_document(Kind.ORDER_CHANGE, CANCEL, "cxml", TO)
    assert b'type="delete" orderVersion="1002"' in cancel
    for target in (Standard.X12, Standard.EDIFACT):
        assert convert(data, None, target, TO).kind is Kind.ORDER_CHANGE


def test_a_change_of_some_lines_is_not_written_as_an_update() -> None:
    """An update that leaves lines out would cancel them."""
    data, _ = write_document(Kind.ORDER_CHANGE, LINES, "x12", TO)
    with pytest.raises(RefusalError) as refused:
        convert(data, None, "cxml", TO)
    assert (refused.value.code, refused.value.path) == ("supply.missing", "lines")


@pytest.mark.parametrize("standard", ALL)
@pytest.mark.parametrize(
    ("base", "values", "path"),
    [
        (LINES, {"is_cancel_of_order": True}, "lines[0].action"),
        (LINES, {"is_whole": True}, "lines[0].action"),
        (WHOLE, {"is_whole": False}, "lines[0].action"),
        (CANCEL, {"is_whole": True}, "is_whole"),
    ],
    ids=["cancelled and changed", "whole and changed", "stands in a part", "both"],
)
def test_a_change_that_denies_itself_is_refused(
    standard: Standard, base: ChangedOrder, values: dict[str, bool], path: str
) -> None:
    """A supplier could follow either half of it."""
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.ORDER_CHANGE, msgspec.structs.replace(base, **values), standard, TO)
    assert (refused.value.code, refused.value.path) == ("supply.changed", path)


@pytest.mark.parametrize("standard", [Standard.X12, Standard.CXML])
def test_a_change_without_the_orders_date_is_refused(standard: Standard) -> None:
    """860 and OrderRequest have it; no date is made up."""
    with pytest.raises(RefusalError) as refused:
        write_document(
            Kind.ORDER_CHANGE, msgspec.structs.replace(WHOLE, order_date=None), standard, TO
        )
    assert (refused.value.code, refused.value.path) == ("supply.missing", "order_date")


def test_the_changes_we_send_are_read() -> None:
    """What the product sends to suppliers reads as a change, and an order stays an order."""
    rows = (
        OrderChangeLine(action="change", order_line=MORE, need_by=date(2027, 1, 12)),
        OrderChangeLine(action="cancel", order_line=GLOVES),
    )
    ours = change(*rows)
    sent = order_interchange("860", change_set(ours), X12_PROFILE, 7, AT)
    assert kind_of(sent, "x12") is Kind.ORDER_CHANGE
    (found,), problems = read_document(sent, Kind.ORDER_CHANGE, "x12")
    assert problems == [] and found.change_seq == "1001"
    told = [(x.action, x.order_line.quantity, x.need_by) for x in found.lines]
    assert told == [("change", 3, date(2027, 1, 12)), ("cancel", Fraction(5, 2), None)]
    sent = change_document(ours, CXML_PROFILE, "", AT)
    assert kind_of(sent, "cxml") is Kind.ORDER_CHANGE
    (found,), _ = read_document(sent, Kind.ORDER_CHANGE, "cxml")
    assert found.is_whole and [x.order_line.quantity for x in found.lines] == [3]
    assert read_document(sent, Kind.PURCHASE_ORDER, "cxml")[0] == []
    order, _ = write_document(Kind.PURCHASE_ORDER, ORDER, "cxml", TO)
    assert kind_of(order, "cxml") is Kind.PURCHASE_ORDER
    found, problems = read_document(order, Kind.ORDER_CHANGE, "cxml")
    assert found == [] and [one.code for one in problems] == ["supply.not-read"]


@pytest.mark.parametrize(
    ("standard", "was", "becomes", "code", "count"),
    [
        (Standard.X12, b"BCH*04*", b"BCH*06*", "supply.unreadable", 0),
        (Standard.X12, b"BCH*04*SA*PO4500012345*", b"BCH*04*SA**", "supply.unreadable", 0),
        (Standard.X12, b"POC*1*CA*", b"POC*1*OC*", "supply.unreadable", 2),
        (Standard.X12, b"POC*1*CA*3*3*", b"POC*1*CA**3*", "supply.unreadable", 2),
        (Standard.X12, b"POC*1*CA*3*3*", b"POC*1*CA*3*1*", "supply.not-read", 3),
        (Standard.X12, b"POC*1*CA*3*3*", b"POC*1*CA*3*x*", "supply.unreadable", 2),
        (Standard.X12, b"*1001*20270104~", b"*1001*20270104*R7~", "supply.not-read", 3),
        (Standard.EDIFACT, b"BGM+230+1001+4'", b"BGM+230+1001+9'", "supply.unreadable", 0),
        (Standard.EDIFACT, b"RFF+ON:", b"RFF+VN:", "supply.unreadable", 0),
        (Standard.EDIFACT, b"LIN+1+3+", b"LIN+1+99+", "supply.unreadable", 2),
        (Standard.EDIFACT, b"BGM+230+", b"BGM+231+", "supply.not-read", 3),
        (Standard.CXML, b'"PO4500012345.0@suture"', b'"x"', "supply.not-read", 3),
        (Standard.CXML, b"<Name xml", b"<Email/><Name xml", "supply.not-read", 3),
    ],
)
def test_what_a_change_does_not_say_plainly_is_stated(
    standard: Standard, was: bytes, becomes: bytes, code: str, count: int
) -> None:
    """A purpose or an action that is not known is never taken for a change."""
    base = WHOLE if standard is Standard.CXML else LINES
    data, _ = write_document(Kind.ORDER_CHANGE, base, standard, TO)
    twisted = data.replace(was, becomes, 1)
    assert twisted != data
    found, problems = read_document(twisted, Kind.ORDER_CHANGE, standard)
    assert code in [one.code for one in problems]
    assert sum(len(one.lines) for one in found) == count


def test_a_change_that_restates_is_whole_whatever_it_calls_its_lines() -> None:
    """In a replacement an added line stands; a cancelled one makes no sense and is refused."""
    data, _ = write_document(Kind.ORDER_CHANGE, WHOLE, "x12", TO)
    (found,), _ = read_document(data.replace(b"*3*RZ*", b"*3*AI*"), Kind.ORDER_CHANGE, "x12")
    assert found == WHOLE
    with pytest.raises(RefusalError):
        convert(data.replace(b"*3*RZ*", b"*3*DI*"), None, "edifact", TO)
