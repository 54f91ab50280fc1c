"""What a supplier answers, through the standards: what comes back, what is named or refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from generated_orders import DAYS, MAYBE, NUMBERS, PRICES, QUANTITIES
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.exchange import (
    Kind,
    Standard,
    convert,
    read_document,
    write_document,
)
from suture.documents.partner import Addressing
from suture.documents.supply import AcknowledgedLine, Acknowledgement

AT = datetime(2027, 1, 4, 14, 5, tzinfo=UTC)
TO = Addressing(sender="SYNTHSUP", receiver="SYNTHHOSP", control=7, at=AT)
CAREFUL = settings(max_examples=40, deadline=None)

ANSWERS = ("accepted", "changed", "backordered", "rejected")
MORE = (*ANSWERS, "held", "substituted", "partially_backordered")


def _line(number: int, results: tuple[str, ...]) -> st.SearchStrategy[AcknowledgedLine]:
    return st.builds(
        AcknowledgedLine,
        po_number=st.just("PO7"),
        line=st.just(str(number)),
        result=st.sampled_from(results),
        code=st.sampled_from(("", "IA", "AR", "DR", "IB", "R1", "5", "accept")),
        quantity=QUANTITIES,
        uom=st.sampled_from(("EA", "BX")),
        promised_delivery=st.one_of(st.none(), DAYS),
        promised_ship=st.one_of(st.none(), DAYS),
        unit_price=st.one_of(st.none(), PRICES.map(lambda price: abs(Decimal(price)))),
    )


def answers(results: tuple[str, ...]) -> st.SearchStrategy[Acknowledgement]:
    """Return a strategy for acknowledgements whose lines have these results."""
    return st.builds(
        Acknowledgement,
        po_number=st.just("PO7"),
        supplier=NUMBERS,
        header=st.sampled_from(
            ("accepts_all", "rejects_all", "exceptions_only", "all_detail", "detail_only")
        ),
        lines=st.integers(0, 5).flatmap(
            lambda count: st.tuples(*(_line(n, results) for n in range(1, count + 1)))
        ),
        supplier_order=MAYBE,
        issued=st.one_of(st.none(), DAYS),
    )


def _holds(answer: Acknowledgement, standard: Standard) -> None:
    data, problems = write_document(Kind.ACKNOWLEDGEMENT, answer, standard, TO)
    (found,), _ = read_document(data, Kind.ACKNOWLEDGEMENT, standard)
    assert {one.path for one in differences(answer, found)} == {one.path for one in problems}
    for was, became in zip(answer.lines, found.lines, strict=True):
        assert (was.line, was.result, was.quantity) == (became.line, became.result, became.quantity)
        assert was.promised_delivery == became.promised_delivery


@CAREFUL
@given(answer=answers(MORE))
def test_an_answer_comes_back_from_x12(answer: Acknowledgement) -> None:
    """An 855 gives the answer back, but for what is named."""
    _holds(answer, Standard.X12)


@CAREFUL
@given(answer=answers(ANSWERS))
def test_an_answer_comes_back_from_edifact(answer: Acknowledgement) -> None:
    """An ORDRSP gives the answer back, but for what is named."""
    _holds(answer, Standard.EDIFACT)


LATE = AcknowledgedLine(
    po_number="PO7",
    line="2",
    result="backordered",
    code="IB",
    quantity=Fraction(5, 2),
    uom="BX",
    promised_delivery=date(2027, 2, 1),
)
ANSWER = Acknowledgement(
    po_number="PO7",
    supplier="SYNTHO",
    header="all_detail",
    lines=(
        AcknowledgedLine(
            po_number="PO7",
            line="1",
            result="accepted",
            code="IA",
            quantity=Fraction(2),
            uom="EA",
            promised_delivery=date(2027, 1, 10),
            promised_ship=date(2027, 1, 8),
            unit_price=Decimal("1450.00"),
        ),
        LATE,
    ),
    supplier_order="SO-1",
    issued=date(2027, 1, 5),
)


def test_x12_carries_a_whole_answer_and_edifact_all_but_the_code() -> None:
    """The code on the wire is each standard's own; what it means is the same."""
    data, problems = write_document(Kind.ACKNOWLEDGEMENT, ANSWER, "x12", TO)
    assert problems == []
    made = convert(data, None, "edifact", TO)
    assert [one.path for one in made.problems] == ["lines[0].code", "lines[1].code"]
    assert b"QTY+83:2.5:XBX'" in made.data and b"DTM+69:20270201:102'" in made.data


@pytest.mark.parametrize("result", ["held", "substituted", "partially_backordered"])
def test_an_answer_that_ordrsp_has_no_word_for_is_refused(result: str) -> None:
    """A hold or a part is never told as a yes."""
    line = AcknowledgedLine(po_number="PO7", line="1", result=result, quantity=Fraction(1))
    answer = Acknowledgement(po_number="PO7", supplier="S", header="all_detail", lines=(line,))
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.ACKNOWLEDGEMENT, answer, "edifact", TO)
    assert refused.value.code == "supply.changed"


def test_an_unknown_action_of_ordrsp_carries_no_promise() -> None:
    """A line action that is not known is read for a person, and stated."""
    data, _ = write_document(Kind.ACKNOWLEDGEMENT, ANSWER, "edifact", TO)
    (found,), problems = read_document(
        data.replace(b"LIN+1+5'", b"LIN+1+99'"), Kind.ACKNOWLEDGEMENT, "edifact"
    )
    assert found.lines[0].result == "changed" and found.lines[0].promised_delivery is None
    assert [one.path for one in problems] == ["LIN[1]-2"]


CONFIRMATION = b"""<cXML payloadID="c1" timestamp="2027-01-05T09:00:00+00:00">
<Header><From><Credential domain="NetworkId"><Identity>SYNTHC</Identity></Credential></From>
<To><Credential domain="NetworkId"><Identity>SYNTHHOSP</Identity></Credential></To>
<Sender><Credential domain="NetworkId"><Identity>SYNTHC</Identity></Credential>
<UserAgent>SYNTH</UserAgent></Sender></Header>
<Request deploymentMode="test"><ConfirmationRequest>
<ConfirmationHeader type="detail" noticeDate="2027-01-05T09:00:00+00:00" confirmID="SO-2"/>
<OrderReference orderID="PO7"><DocumentReference payloadID="PO7.0@suture"/></OrderReference>
<ConfirmationItem lineNumber="1" quantity="2"><UnitOfMeasure>EA</UnitOfMeasure>
<ConfirmationStatus type="accept" quantity="2" deliveryDate="2027-01-10">
<UnitOfMeasure>EA</UnitOfMeasure></ConfirmationStatus></ConfirmationItem>
</ConfirmationRequest></Request></cXML>"""


def test_a_confirmation_in_cxml_becomes_an_855() -> None:
    """The answer is the same; that it lists details only has no code, and is named."""
    made = convert(CONFIRMATION, None, "x12", TO)
    assert made.kind is Kind.ACKNOWLEDGEMENT
    assert {one.path for one in made.problems} == {"header", "lines[0].code"}
    (found,), _ = read_document(made.data, made.kind, "x12")
    assert (found.supplier, found.header) == ("SYNTHC", "all_detail")
    assert found.lines[0].promised_delivery == date(2027, 1, 10)
