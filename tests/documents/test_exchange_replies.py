"""Answers to a change of an order: what comes back, what is named, and what is no such answer."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import msgspec
import pytest
from generated_orders import NUMBERS
from hypothesis import given
from hypothesis import strategies as st
from test_exchange_answers import ANSWER, ANSWERS, CAREFUL, MORE, TO, answers

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.changed import reply_of
from suture.documents.exchange import (
    Kind,
    Standard,
    convert,
    kind_of,
    read_document,
    write_document,
)
from suture.documents.supply import AcknowledgedLine, ChangeReply, ReplyLine
from suture.formats import cxml

ALL = pytest.mark.parametrize("standard", [Standard.X12, Standard.EDIFACT, Standard.CXML])


@st.composite
def replies(
    draw: st.DrawFn, results: tuple[str, ...], numbers: st.SearchStrategy[str]
) -> ChangeReply:
    """Draw an answer to a change; what is asked of a line may be unsaid."""
    reply = reply_of(draw(answers(results)), draw(numbers))
    asked = st.sampled_from(("", "add", "change", "cancel"))
    lines = tuple(msgspec.structs.replace(line, asked=draw(asked)) for line in reply.lines)
    return msgspec.structs.replace(reply, lines=lines)


def _holds(reply: ChangeReply, standard: Standard) -> set[str]:
    data, problems = write_document(Kind.CHANGE_ANSWER, reply, standard, TO)
    assert kind_of(data, standard) is Kind.CHANGE_ANSWER
    (found,), _ = read_document(data, Kind.CHANGE_ANSWER, standard)
    named = {one.path for one in problems}
    assert {one.path for one in differences(reply, found)} == named
    assert found.change_seq.lstrip("0") == reply.change_seq.lstrip("0")
    for was, became in zip(reply.lines, found.lines, strict=True):
        assert (was.line, was.result, was.quantity) == (became.line, became.result, became.quantity)
    return {path.rpartition(".")[2] for path in named}


def _is_plain(reply: ChangeReply) -> bool:
    """Return whether no answer is an ID of its own, which says yes to a cancel."""
    return all(line.code != "ID" for line in reply.lines)


@CAREFUL
@given(reply=replies(MORE, NUMBERS).filter(_is_plain))
def test_a_reply_comes_back_from_x12(reply: ChangeReply) -> None:
    """An 865 gives the answer back, but for codes, reasons and what was not said to be asked."""
    assert _holds(reply, Standard.X12) <= {"code", "reason", "header", "asked"}


@CAREFUL
@given(reply=replies(ANSWERS, NUMBERS))
def test_a_reply_comes_back_from_edifact(reply: ChangeReply) -> None:
    """An ORDRSP that names the change gives the answer back, but for what was asked."""
    assert _holds(reply, Standard.EDIFACT) <= {"code", "reason", "header", "asked", "issued"}


@CAREFUL
@given(reply=replies(ANSWERS, st.integers(1, 999999999).map(str)))
def test_a_reply_comes_back_from_cxml(reply: ChangeReply) -> None:
    """A ConfirmationRequest on the change's document gives the answer back, but for prices."""
    named = _holds(reply, Standard.CXML)
    assert named <= {"code", "reason", "asked", "issued", "unit_price"}
    data, _ = write_document(Kind.CHANGE_ANSWER, reply, "cxml", TO)
    found, _ = cxml.parse(data)
    assert found is not None
    assert [one for one in cxml.validate(found) if one.severity is Severity.ERROR] == []


REPLY = ChangeReply(
    po_number="PO7",
    supplier="SYNTHO",
    change_seq="1001",
    header="all_detail",
    lines=(
        ReplyLine(
            po_number="PO7",
            line="1",
            asked="change",
            result="accepted",
            code="IA",
            quantity=Fraction(3),
            uom="EA",
            promised_delivery=date(2027, 1, 12),
        ),
        ReplyLine(
            po_number="PO7",
            line="2",
            asked="cancel",
            result="accepted",
            code="ID",
            quantity=Fraction(5, 2),
            uom="BX",
        ),
    ),
    supplier_order="SO-1",
    issued=date(2027, 1, 7),
)


def test_a_reply_by_hand() -> None:
    """865 names the change in BCA05, ORDRSP in RFF PP, cXML by the change's document."""
    data, problems = write_document(Kind.CHANGE_ANSWER, REPLY, "x12", TO)
    body = data.decode("ascii")
    assert problems == []
    assert "BCA*00*AC*PO7**1001*20270107***SO-1*20270107~N1*VN**92*SYNTHO~" in body
    assert "POC*1*CA~ACK*IA*3*EA*069*20270112~POC*2*DI~ACK*ID*2.5*BX~CTT*2~" in body
    made = convert(data, None, "edifact", TO)
    assert {one.path.rpartition(".")[2] for one in made.problems} == {"asked", "code"}
    body = made.data.decode("latin-1")
    assert "BGM+231+SO-1+4'DTM+137:20270107:102'RFF+ON:PO7'RFF+PP:1001'" in body
    assert "LIN+1+5'QTY+21:3:EA'DTM+69:20270112:102'LIN+2+5'" in body
    made = convert(data, None, "cxml", TO)
    assert b'orderID="PO7">\n        <DocumentReference payloadID="PO7.1001@suture"/>' in made.data
    assert kind_of(made.data, "cxml") is Kind.CHANGE_ANSWER
    (found,), _ = read_document(made.data, Kind.CHANGE_ANSWER, "cxml")
    assert [line.result for line in found.lines] == ["accepted", "accepted"]


def test_a_cancel_that_is_refused_is_no_yes() -> None:
    """ID of a line that was to be deleted says yes; IR says no, as ID does of a changed line."""
    refused = tuple(msgspec.structs.replace(x, result="rejected", code="IR") for x in REPLY.lines)
    no = msgspec.structs.replace(REPLY, lines=refused)
    data, problems = write_document(Kind.CHANGE_ANSWER, no, "x12", TO)
    (found,), _ = read_document(data, Kind.CHANGE_ANSWER, "x12")
    assert {one.path.rpartition(".")[2] for one in problems} <= {"reason"}
    assert [line.result for line in found.lines] == ["rejected", "rejected"]
    twisted = data.replace(b"ACK*IR*3*", b"ACK*ID*3*")
    (found,), _ = read_document(twisted, Kind.CHANGE_ANSWER, "x12")
    assert found.lines[0].result == "rejected"
    own = msgspec.structs.replace(refused[1], code="ID")
    with pytest.raises(RefusalError):
        write_document(Kind.CHANGE_ANSWER, msgspec.structs.replace(REPLY, lines=(own,)), "x12", TO)


@ALL
def test_an_answer_to_an_order_is_no_reply(standard: Standard) -> None:
    """The two are told apart by what they name, and neither is read as the other."""
    line = msgspec.structs.replace(ANSWER.lines[0], unit_price=None)
    answer = msgspec.structs.replace(ANSWER, lines=(line,))
    data, _ = write_document(Kind.ACKNOWLEDGEMENT, answer, standard, TO)
    assert kind_of(data, standard) is Kind.ACKNOWLEDGEMENT
    found, problems = read_document(data, Kind.CHANGE_ANSWER, standard)
    assert found == [] and "supply.not-read" in [one.code for one in problems]
    data, _ = write_document(Kind.CHANGE_ANSWER, REPLY, standard, TO)
    found, problems = read_document(data, Kind.ACKNOWLEDGEMENT, standard)
    assert found == [] and "supply.not-read" in [one.code for one in problems]


@pytest.mark.parametrize(
    ("standard", "change", "code"),
    [
        (Standard.EDIFACT, "", "supply.missing"),
        (Standard.CXML, "", "supply.changed"),
        (Standard.CXML, "C-1", "supply.changed"),
        (Standard.CXML, "0", "supply.changed"),
    ],
)
def test_a_reply_that_cannot_name_its_change_is_refused(
    standard: Standard, change: str, code: str
) -> None:
    """Without the change it would read as an answer to the order."""
    reply = msgspec.structs.replace(REPLY, change_seq=change)
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.CHANGE_ANSWER, reply, standard, TO)
    assert (refused.value.code, refused.value.path) == (code, "change_seq")


@pytest.mark.parametrize(
    ("standard", "was", "becomes", "code"),
    [
        (Standard.X12, b"*AC*PO7*", b"*AC**", "supply.unreadable"),
        (Standard.X12, b"*SO-1*20270107~", b"*SO-1*20279907~", "supply.unreadable"),
        (Standard.X12, b"CTT*2~", b"MSG*SYNTH~CTT*2~", "supply.not-read"),
        (Standard.EDIFACT, b"RFF+ON:PO7'", b"RFF+VN:PO7'", "supply.unreadable"),
        (Standard.EDIFACT, b"LIN+1+5'", b"LIN+1+99'", "supply.not-read"),
        (Standard.CXML, b'operation="new"', b'operation="delete"', "supply.not-read"),
        (
            Standard.CXML,
            b"</ConfirmationHeader>",
            b"<Comments>x</Comments></ConfirmationHeader>",
            "",
        ),
    ],
)
def test_what_a_reply_does_not_say_plainly_is_stated(
    standard: Standard, was: bytes, becomes: bytes, code: str
) -> None:
    """A value that cannot be read leaves the answer out; a text is stated."""
    data, _ = write_document(Kind.CHANGE_ANSWER, REPLY, standard, TO)
    twisted = data.replace(was, becomes, 1)
    assert twisted != data
    found, problems = read_document(twisted, Kind.CHANGE_ANSWER, standard)
    assert (code or "supply.not-read") in [one.code for one in problems]
    if code == "supply.unreadable":
        assert found == []


def test_a_line_without_what_was_asked_is_written_as_changed() -> None:
    """POC02 must say something; that it was not known is named."""
    line = AcknowledgedLine(po_number="PO7", line="1", result="accepted", quantity=Fraction(1))
    reply = msgspec.structs.replace(REPLY, lines=(ReplyLine(**msgspec.structs.asdict(line)),))
    data, problems = write_document(Kind.CHANGE_ANSWER, reply, "x12", TO)
    assert b"POC*1*CA~" in data
    assert {one.path for one in problems} == {"lines[0].asked", "lines[0].code"}
