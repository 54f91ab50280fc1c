"""855, 865, 856, 810, 997 and 999 as they come in (S51, spec 2.0.6): values by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from known_orders import KnownOrder, announced, told
from order_samples import AT, X12_PROFILE

from suture.core.problem import Severity
from suture.documents import codec
from suture.documents.from_x12 import DOOR_CODES, documents
from suture.documents.partner import PartnerProfile
from suture.documents.supply import (
    AcknowledgedLine,
    Acknowledgement,
    ChangeAnswer,
    FunctionalAck,
    Invoice,
    InvoiceLine,
    Lot,
    ShipNotice,
    ShippedLine,
)
from suture.formats import x12
from suture.simulation.model.trade import (
    Confirmation,
    ConfirmedLine,
    IncomingOrder,
    OrderedLine,
    Pack,
    Shipment,
)
from suture.simulation.wire import x12 as peer

SCHEDULED = msgspec.structs.replace(X12_PROFILE, promise_from_schedule=True)
BY = date(2027, 1, 8)
LATER = date(2027, 1, 15)


def received(*sets: str, group: str = "PR") -> x12.Interchange:
    """Return an interchange with transaction sets written as `855~BAK*...~...`."""
    bodies = [
        [row.split("*") for row in text.replace("\n", "").strip("~").split("~")] for text in sets
    ]
    them, us = peer.Party("SUP9001DEMO"), peer.Party("HSCIPDEMO")
    content = peer.interchange(them, us, group=group, sets=bodies, control=9, at=AT)
    return x12.parse(content)[0]


def read(*sets: str, profile: PartnerProfile = X12_PROFILE) -> list[object]:
    """Return the documents of sets that have no problem."""
    found, problems = documents(received(*sets), profile)
    assert problems == []
    return list(found)


def answer(*segments: str, bak: str = "AC", po1: str = "PO1*1*10*EA*5.00*CT*IN*ITM-1") -> str:
    """Return an 855 for one line."""
    return "~".join(["855", f"BAK*00*{bak}*PO1*20270104****SO-7*20270105", po1, *segments, "CTT*1"])


def line_of(
    *segments: str, profile: PartnerProfile = X12_PROFILE, **parts: str
) -> AcknowledgedLine:
    """Return the one line of an 855."""
    (found,) = read(answer(*segments, **parts), profile=profile)
    assert isinstance(found, Acknowledgement)
    (line,) = found.lines
    return line


# ---- 855


def test_an_855_by_hand() -> None:
    """Header, line, quantity, promise and price; BAK09 is the day of the answer."""
    assert read(answer("ACK*IA*10*EA*069*20270108", bak="AD")) == [
        Acknowledgement(
            po_number="PO1",
            supplier="SYNTHO",
            header="all_detail",
            lines=(
                AcknowledgedLine(
                    po_number="PO1",
                    line="1",
                    result="accepted",
                    code="IA",
                    quantity=Fraction(10),
                    uom="EA",
                    promised_delivery=BY,
                    unit_price=Decimal("5.00"),
                ),
            ),
            supplier_order="SO-7",
            issued=date(2027, 1, 5),
        )
    ]


UNLISTED = {
    "AK": "accepted",
    "AT": "accepted",
    "RJ": "rejected",
    "RD": "rejected",
    "AD": "line_missing",
    "AC": "line_missing",
    "AE": "accepted",
    "ZZ": "",
}
"""BAK02 -> what becomes of a line that the 855 does not list (spec 2.0.6)."""

CODES = {
    **dict.fromkeys(["IA", "AC", "AR", "AA"], "accepted"),
    **dict.fromkeys(["IQ", "IP", "IC", "DR", "SP"], "changed"),
    "BP": "partially_backordered",
    "IB": "backordered",
    "IS": "substituted",
    **dict.fromkeys(["IH", "IF", "IW"], "held"),
    **dict.fromkeys(["IR", "ID", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8"], "rejected"),
}
"""ACK01 with a date -> result; IE and codes of newer releases have a test of their own."""


@pytest.mark.parametrize("header", UNLISTED)
@pytest.mark.parametrize("code", CODES)
def test_every_code_under_every_header(code: str, header: str) -> None:
    """A listed line follows its ACK01; an unlisted one the header's BAK02, never a guess (S30)."""
    (found,) = read(answer(f"ACK*{code}*10*EA*069*20270108", bak=header))
    assert isinstance(found, Acknowledgement)
    results = told(found, KnownOrder("1", "2"))
    assert results.pop("1")[0] == CODES[code]
    assert results.pop("2", ("", True))[0] == UNLISTED[header]
    assert results == {}


@pytest.mark.parametrize("header", UNLISTED)
def test_a_header_alone_speaks_for_all_lines(header: str) -> None:
    """Without PO1 every line is read by BAK02."""
    (found,) = read(f"855~BAK*00*{header}*PO1*20270104")
    assert isinstance(found, Acknowledgement)
    expected = {"1": UNLISTED[header], "2": UNLISTED[header]} if UNLISTED[header] else {}
    assert {k: v[0] for k, v in told(found, KnownOrder("1", "2")).items()} == expected


def test_a_listed_line_without_an_answer_is_not_listed() -> None:
    """PO1 without ACK under AD is a missing line; under AE it is accepted."""
    for header, result in (("AD", "line_missing"), ("AE", "accepted")):
        (found,) = read(answer(bak=header))
        assert isinstance(found, Acknowledgement)
        assert found.lines == ()
        assert told(found, KnownOrder("1")) == {"1": (result, True)}


def test_an_answer_from_another_supplier_touches_no_line_of_ours() -> None:
    """Lines are those of the order at the supplier that answers."""
    (found,) = read("855~BAK*00*AT*PO1*20270104")
    assert isinstance(found, Acknowledgement)
    assert told(found, KnownOrder("1", supplier="OTHER")) == {}


@pytest.mark.parametrize("code", ["IE", "ZZ", "A1", "QQ"])
def test_what_only_a_person_can_judge_carries_no_promise(code: str) -> None:
    """IE and a code that is not in the table never become an acceptance, date or not."""
    line = line_of(f"ACK*{code}*10*EA*069*20270108", "DTM*079*20270107")
    assert (line.result, line.code) == ("changed", code)
    assert (line.promised_delivery, line.promised_ship) == (None, None)
    (found,) = read(answer(f"ACK*{code}*10*EA*069*20270108"))
    assert isinstance(found, Acknowledgement)
    assert told(found, KnownOrder("1")) == {"1": ("changed", False)}


def test_a_split_without_a_date_needs_a_person() -> None:
    """SP without a date is reviewed; with one the tolerance decides."""
    for segment, is_taken in (("ACK*SP*10*EA", False), ("ACK*SP*10*EA*069*20270108", True)):
        (found,) = read(answer(segment))
        assert isinstance(found, Acknowledgement)
        assert told(found, KnownOrder("1")) == {"1": ("changed", is_taken)}


@pytest.mark.parametrize(
    ("segments", "delivery", "ship"),
    [
        (["ACK*IA*10*EA*069*20270108"], BY, None),
        (["ACK*IA*10*EA*079*20270108"], None, BY),
        (["ACK*IA*10*EA", "DTM*069*20270108"], BY, None),
        (["ACK*IA*10*EA*069*20270108", "DTM*079*20270115"], BY, LATER),
        (["ACK*IA*10*EA*067*20270108"], None, None),
        (["ACK*IA*10*EA*068*20270108"], None, None),
        (["ACK*IA*10*EA*002*20270108"], None, None),
        (["ACK*IA*10*EA*069"], None, None),
        (["ACK*IA*10*EA"], None, None),
    ],
)
def test_which_dates_are_promises(
    segments: list[str], delivery: date | None, ship: date | None
) -> None:
    """069 and 079 promise delivery and shipment; 067 and 068 are the schedule only."""
    line = line_of(*segments)
    assert (line.promised_delivery, line.promised_ship) == (delivery, ship)


@pytest.mark.parametrize(
    ("segments", "delivery", "ship"),
    [
        (["ACK*IA*10*EA*067*20270108"], BY, None),
        (["ACK*IA*10*EA*068*20270108"], None, BY),
        (["ACK*IA*10*EA*067*20270108", "DTM*069*20270115"], LATER, None),
    ],
)
def test_a_profile_may_promise_by_schedule(
    segments: list[str], delivery: date | None, ship: date | None
) -> None:
    """The schedule counts where the profile says so, after a true promise."""
    line = line_of(*segments, profile=SCHEDULED)
    assert (line.promised_delivery, line.promised_ship) == (delivery, ship)


@pytest.mark.parametrize(
    ("acks", "result", "quantity", "delivery"),
    [
        (["IA*6*EA*069*20270108", "IA*4*EA*069*20270115"], "accepted", 10, LATER),
        (["IA*6*EA*069*20270108", "IB*4*EA*069*20270115"], "partially_backordered", 4, LATER),
        (["IB*4*EA", "IA*6*EA*069*20270108"], "partially_backordered", 4, None),
        (["IA*6*EA*069*20270108", "IR*4*EA"], "changed", 6, None),
        (["IA*6*EA*069*20270108"], "changed", 6, None),
        (["IA*0*EA*069*20270108"], "changed", 0, None),
        (["IB*6*EA*069*20270108"], "partially_backordered", 6, BY),
        (["IB*10*EA*069*20270115"], "backordered", 10, LATER),
        (["IB*0*EA"], "backordered", 0, None),
        (["IR*4*EA"], "changed", 4, None),
        (["IR*10*EA"], "rejected", 10, None),
        (["IR*0*EA"], "rejected", 0, None),
        (["IQ*6*EA*069*20270108"], "changed", 6, BY),
        (["IA*5*EA*069*20270108", "IQ*5*EA*069*20270115"], "changed", 10, LATER),
        (["IA*6*EA*069*20270108", "IS*4*EA"], "substituted", 10, BY),
        (["IR*6*EA", "IS*4*EA"], "substituted", 10, None),
        (["IA*6*EA*069*20270108", "IH*4*EA"], "held", 10, BY),
        (["IA*0*EA", "IA*10*EA*069*20270108"], "accepted", 10, BY),
        (["IA**EA*069*20270108"], "accepted", None, BY),
        (["IA"], "accepted", None, None),
        (["IA*1*BX*069*20270108"], "changed", 1, None),
        (["IA*6*EA*069*20270108", "IA*4*BX*069*20270108"], "changed", None, None),
        (["IB*1*BX*069*20270115"], "backordered", 1, LATER),
        (["IR*1*BX"], "rejected", 1, None),
        (["IA*10*EA*069*20270108", "ZZ*1*EA"], "changed", 10, None),
    ],
)
def test_parts_of_a_line_are_read_together(
    acks: list[str], result: str, quantity: int | None, delivery: date | None
) -> None:
    """Less than all is never all; the latest part's date is the line's promise."""
    line = line_of(*(f"ACK*{x}" for x in acks))
    assert (line.result, line.promised_delivery) == (result, delivery)
    assert line.quantity == (None if quantity is None else Fraction(quantity))


def test_a_rejection_has_its_typed_cause() -> None:
    """R1 goes to the contract analyst, R2 and R3 to the item steward; never free text."""
    causes = {code: line_of(f"ACK*{code}").reason for code in ("IR", "R1", "R2", "R3", "IA")}
    assert causes == {
        "IR": "rejected",
        "R1": "not_contract_item",
        "R2": "item_number",
        "R3": "unit_of_issue",
        "IA": "",
    }


@pytest.mark.parametrize(
    ("segment", "is_taken"),
    [
        ("ACK*IC*10*EA*069*20270108", True),
        ("ACK*IC*12*EA*069*20270108", True),
        ("ACK*IC*9*EA*069*20270108", False),
        ("ACK*IC*10*EA", False),
    ],
)
def test_a_change_within_tolerance_needs_no_person(segment: str, is_taken: bool) -> None:
    """Enough of it, with a date, at our price (spec 2.4 rule 3)."""
    (found,) = read(answer(segment))
    assert isinstance(found, Acknowledgement)
    assert told(found, KnownOrder("1")) == {"1": ("changed", is_taken)}


# ---- 865


def change_answer(head: str, *rows: str) -> str:
    """Return an 865."""
    return "~".join(["865", f"BCA*00*{head}*PO1**2001*20270104", *rows, "CTT*1"])


@pytest.mark.parametrize(
    ("code", "is_accepted"),
    [
        *((x, True) for x in ("AT", "AK", "AD", "AE")),
        *((x, False) for x in ("RJ", "RD", "AC", "ZZ")),
    ],
)
def test_an_865_without_lines(code: str, is_accepted: bool) -> None:
    """The header answers the change that its sequence names; AC without detail is no yes."""
    assert read(change_answer(code)) == [
        ChangeAnswer(
            po_number="PO1",
            supplier="SYNTHO",
            change_seq=2001,
            is_accepted=is_accepted,
            code=code,
        )
    ]


@pytest.mark.parametrize(
    ("poc", "ack", "is_accepted"),
    [
        ("RS*10*10", "ACK*IA*10*EA*069*20270115", True),
        ("RS*10*10", "ACK*IR*10*EA", False),
        ("RS*10*10", "ACK*DR*10*EA*069*20270120", False),
        ("RS*10*10", "ACK*IB*10*EA", False),
        ("QI*12*12", "ACK*IA*10*EA", False),
        ("QI*12*12", "ACK*ZZ*12*EA", False),
        ("DI*10*0", "ACK*IA*10*EA", True),
        ("DI*10*0", "ACK*IA*0*EA", True),
        ("DI*10*0", "ACK*ID*10*EA", True),
        ("DI*10*0", "ACK*IR*10*EA", False),
        ("RS*10*10", "ACK*ID*10*EA", False),
    ],
)
@pytest.mark.parametrize("header", ["AC", "AE"])
def test_an_865_with_details_is_read_line_by_line(
    header: str, poc: str, ack: str, is_accepted: bool
) -> None:
    """A line is changed when its own ACK says so; ID answers a deletion with yes."""
    (found,) = read(change_answer(header, f"POC*1*{poc}*EA*5.00*CT*IN*ITM-1", ack))
    assert isinstance(found, ChangeAnswer)
    assert (found.line, found.is_accepted, found.change_seq) == ("1", is_accepted, 2001)


@pytest.mark.parametrize(("header", "is_accepted"), [("AT", True), ("RJ", False)])
def test_a_header_for_all_outweighs_the_details(header: str, is_accepted: bool) -> None:
    """AT and RJ answer the document as a whole."""
    (found,) = read(change_answer(header, "POC*1*RS*1*1*EA*5*CT*IN*I", "ACK*IA*1*EA"))
    assert isinstance(found, ChangeAnswer)
    assert (found.line, found.is_accepted, found.code) == ("", is_accepted, header)


def test_a_refused_line_is_not_cancelled() -> None:
    """Among the lines of one answer, ours is refused: that is what the order line hears."""
    rows = ["POC*1*DI*1*0*EA*5*CT*IN*I", "ACK*IR*1*EA", "POC*2*DI*1*0*EA*5*CT*IN*I", "ACK*IA*1*EA"]
    found = read(change_answer("AC", *rows))
    known = KnownOrder("1", "2", state="CANCEL_PENDING")
    events = [e for x in found if isinstance(x, ChangeAnswer) for e in announced(x, known)]
    assert [(e.type, e.key) for e in events] == [("purchase_order.cancel_refused", "PO1/1")]


@pytest.mark.parametrize("sequence", ["", "x", "1234567890", "-1"])
def test_a_sequence_that_is_not_ours_is_none(sequence: str) -> None:
    """Then the state of the line says which change is answered."""
    (found,) = read(f"865~BCA*00*AT*PO1**{sequence}*20270104")
    assert isinstance(found, ChangeAnswer)
    assert found.change_seq is None


# ---- 856

ASN = """856~BSN*00*SHP1*20270107*0930*0001~HL*1**S~TD5**2*CARR~REF*CN*1ZSYN1~DTM*011*20270107~
DTM*017*20270108~HL*2*1*O~PRF*PO1~HL*3*2*P~MAN*GM*095200000000000014~
HL*4*3*I~LIN*1*UK*09520000000017*VC*SYN-TKA-3*LT*L1*SN*S1~SN1*1*1*EA~DTM*036*20280131~
HL*5*3*I~LIN*1*UK*09520000000017*VC*SYN-TKA-3*LT*L2*SN*S2~SN1*1*1*EA~DTM*036*20280229~
HL*6*2*P~MAN*GM*095200000000000021~HL*7*6*I~LIN*2*VC*GLV-75*LT*G9~SN1*2*2.5*BX~
HL*8*6*I~LIN*2*VC*GLV-75~SN1*2*1.5*BX~
HL*9*1*O~PRF*PO2~HL*10*9*I~LIN**VC*X~SN1**4*EA~HL*11*9*I~LIN**VC*Y*PL*7~SN1**5*EA~CTT*11"""


def test_an_856_with_lots_serials_and_packs() -> None:
    """One line per order line with every lot; the second pack's rows belong to their own line."""
    (found,) = read(ASN)
    assert found == ShipNotice(
        shipment="SHP1",
        supplier="SYNTHO",
        lines=(
            ShippedLine(
                po_number="PO1",
                line="1",
                quantity=Fraction(2),
                uom="EA",
                lots=(
                    Lot(quantity=Fraction(1), lot="L1", serial="S1", expiry=date(2028, 1, 31)),
                    Lot(quantity=Fraction(1), lot="L2", serial="S2", expiry=date(2028, 2, 29)),
                ),
                gtin="09520000000017",
                catalog_no="SYN-TKA-3",
            ),
            ShippedLine(
                po_number="PO1",
                line="2",
                quantity=Fraction(4),
                uom="BX",
                lots=(Lot(quantity=Fraction(5, 2), lot="G9"),),
                catalog_no="GLV-75",
            ),
            ShippedLine(po_number="PO2", line="1", quantity=Fraction(4), uom="EA", catalog_no="X"),
            ShippedLine(po_number="PO2", line="7", quantity=Fraction(5), uom="EA", catalog_no="Y"),
        ),
        shipped=date(2027, 1, 7),
        expected=date(2027, 1, 8),
        sscc=("095200000000000014", "095200000000000021"),
        tracking="1ZSYN1",
    )
    assert isinstance(found, ShipNotice)
    keys = [e.key for e in announced(found, KnownOrder()) if e.machine == "W4"]
    assert keys == ["SHP1/PO1/1", "SHP1/PO1/2", "SHP1/PO2/1", "SHP1/PO2/7"]


def test_rows_in_other_units_are_not_added() -> None:
    """Two boxes and three pieces are two rows: only the packaging tree knows their sum."""
    (found,) = read(
        "856~BSN*00*S1*20270107*0930~HL*1**S~HL*2*1*O~PRF*PO1~HL*3*2*I~LIN*1*VC*A~SN1*1*2*BX~"
        "HL*4*2*I~LIN*1*VC*A~SN1*1*3*EA~CTT*4"
    )
    assert isinstance(found, ShipNotice)
    assert [(x.line, x.quantity, x.uom) for x in found.lines] == [("1", 2, "BX"), ("1", 3, "EA")]


def test_a_carton_named_twice_is_one_carton() -> None:
    """The same SSCC on two packs."""
    (found,) = read(ASN.replace("095200000000000021", "095200000000000014"))
    assert isinstance(found, ShipNotice)
    assert found.sscc == ("095200000000000014",)


def test_a_cancelled_notice() -> None:
    """BSN01 01 withdraws the shipment."""
    (found,) = read(ASN.replace("BSN*00", "BSN*01"))
    assert isinstance(found, ShipNotice)
    assert found.is_cancel


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("HL*4*3*I", "HL*4*99*I", "x12.hierarchy"),
        ("HL*5*3*I", "HL*4*3*I", "x12.hierarchy"),
        ("PRF*PO1~", "", "x12.value"),
        ("SN1*2*2.5*BX~", "", "x12.value"),
        ("LIN*2*VC*GLV-75*LT*G9~", "", "x12.value"),
        ("SN1*2*2.5*BX", "SN1*2*SYNCANARY*BX", "x12.value"),
        ("SN1*2*2.5*BX", "SN1*2*-2*BX", "x12.value"),
        ("DTM*036*20280131", "DTM*036*20281331", "x12.value"),
        ("DTM*017*20270108", "DTM*017*SYNCANARY", "x12.value"),
    ],
)
def test_an_856_that_does_not_hold_together_is_no_notice(old: str, new: str, code: str) -> None:
    """Whose goods they are is never guessed; the problem has a place and no value."""
    assert old in ASN.replace("\n", "")
    found, problems = documents(received(ASN.replace("\n", "").replace(old, new)), X12_PROFILE)
    assert found == []
    assert {p.code for p in problems} == {code}
    assert all(p.offset is not None and p.severity is Severity.ERROR for p in problems)
    assert "SYNCANARY" not in "".join(p.describe() for p in problems)


def test_what_the_simulated_supplier_ships_is_read() -> None:
    """The peer's own 856 of two serials of one line is one line with two lots."""
    line = OrderedLine("1", Fraction(2), "EA", Decimal("5.00"), catalog_no="CAT")
    order = IncomingOrder("PO1", date(2027, 1, 4), date(2027, 1, 10), (line,))
    packs = tuple(Pack(line, Fraction(1), f"L{n}", f"S{n}", BY) for n in (1, 2))
    told_by_peer = peer.transaction_set(
        Shipment(order, "SHP1", "095200000000000014", packs, AT, AT), peer.Party("SUP9001DEMO")
    )
    text = "~".join("*".join(row) for row in told_by_peer)
    (found,) = read(text)
    assert isinstance(found, ShipNotice)
    (shipped,) = found.lines
    assert shipped.quantity == 2
    assert [(x.lot, x.serial, x.expiry) for x in shipped.lots] == [
        ("L1", "S1", BY),
        ("L2", "S2", BY),
    ]


def test_what_the_simulated_supplier_confirms_is_read() -> None:
    """The peer's own 855: accepted, backordered and rejected lines."""
    lines = [
        OrderedLine(str(n), Fraction(10), "EA", Decimal("5.00"), catalog_no="CAT")
        for n in (1, 2, 3)
    ]
    order = IncomingOrder("PO1", date(2027, 1, 4), date(2027, 1, 10), tuple(lines))
    results = (("accepted", BY), ("backordered", LATER), ("rejected", None))
    confirmed = tuple(
        ConfirmedLine(line, result, day) for line, (result, day) in zip(lines, results, strict=True)
    )
    body = peer.transaction_set(Confirmation(order, "SO1", confirmed, AT), peer.Party("SUP"))
    (found,) = read("~".join("*".join(row) for row in body))
    assert isinstance(found, Acknowledgement)
    assert [(x.result, x.promised_delivery) for x in found.lines] == list(results)


# ---- 810

BILL = """810~BIG*20270109*INV-9*20270104*PO1***DI~CUR*SE*EUR~REF*CT*CT-88~REF*ZZ*SYNCANARY~
N1*RE*SYNTHO INC*UL*9520000000307~ITD*01*3*****30~
IT1*1*2*EA*1450.00*CT*UK*09520000000017*VC*SYN-TKA-3*IN*ITM-100200~
IT1*2*2.5*BX*12.505*CT*VC*GLV-75*PL*7~
TDS*293126~CTT*2"""


def bill(*changes: tuple[str, str]) -> Invoice:
    """Return the invoice of an 810 with other parts."""
    text = BILL.replace("\n", "")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (found,) = read(text)
    assert isinstance(found, Invoice)
    return found


def test_an_810_by_hand() -> None:
    """TDS01 has two implied decimals; unit prices have their point; REF of other kinds is out."""
    assert bill() == Invoice(
        invoice_no="INV-9",
        supplier="SYNTHO",
        invoice_date=date(2027, 1, 9),
        po_number="PO1",
        lines=(
            InvoiceLine(
                line="1",
                po_line="1",
                quantity=Fraction(2),
                uom="EA",
                unit_price=Decimal("1450.00"),
                item="ITM-100200",
                gtin="09520000000017",
                catalog_no="SYN-TKA-3",
            ),
            InvoiceLine(
                line="2",
                po_line="7",
                quantity=Fraction(5, 2),
                uom="BX",
                unit_price=Decimal("12.505"),
                catalog_no="GLV-75",
            ),
        ),
        total=Decimal("2931.26"),
        currency="EUR",
        contract="CT-88",
        remit_to_gln="9520000000307",
    )


@pytest.mark.parametrize(
    ("tds", "total"),
    [("145000", "1450.00"), ("5", "0.05"), ("0", "0.00"), ("-1999", "-19.99"), ("100", "1.00")],
)
def test_tds_has_implied_decimals(tds: str, total: str) -> None:
    """Nobody pays a hundred times the amount."""
    assert str(bill(("TDS*293126", f"TDS*{tds}")).total) == total


def test_a_total_with_a_point_is_not_guessed() -> None:
    """TDS01 `1450.00` is no N2: the invoice is not read."""
    text = BILL.replace("\n", "").replace("TDS*293126", "TDS*2931.26")
    found, problems = documents(received(text), X12_PROFILE)
    assert found == []
    assert [p.code for p in problems] == ["x12.value"]


@pytest.mark.parametrize(
    ("after", "charges", "tax"),
    [
        ("SAC*C*D240***1500", "15.00", "0"),
        ("SAC*C*D240***1500~SAC*C*D500***250", "17.50", "0"),
        ("SAC*C*D240***1500~SAC*A*C310***500", "10.00", "0"),
        ("SAC*N*D240***1500", "0", "0"),
        ("SAC*C*D240", "0", "0"),
        ("TXI*ST*7.25", "0", "7.25"),
        ("TXI*ST*7.25~TXI*LS*0.50~SAC*C*D240***1500", "15.00", "7.75"),
    ],
)
def test_charges_and_tax(after: str, charges: str, tax: str) -> None:
    """Charges less allowances (N2), taxes (R); both beside the lines."""
    found = bill(("TDS*293126", f"TDS*293126~{after}"))
    assert (found.charges, found.tax) == (Decimal(charges), Decimal(tax))


def test_charges_and_tax_of_a_line() -> None:
    """A line's charge counts; its tax counts once, also when the summary repeats it."""
    at_line = ("IT1*2*", "TXI*ST*2.00~SAC*C*D240***300~IT1*2*")
    found = bill(at_line)
    assert (found.charges, found.tax) == (Decimal("3.00"), Decimal("2.00"))
    assert bill(at_line, ("TDS*293126", "TDS*293126~TXI*ST*2.00")).tax == Decimal("2.00")


@pytest.mark.parametrize(
    ("big07", "kind", "event"),
    [
        ("DI", "standard", "invoice.received"),
        ("", "standard", "invoice.received"),
        ("CR", "credit", "invoice.credited"),
    ],
)
def test_a_credit_is_a_kind_of_its_own(big07: str, kind: str, event: str) -> None:
    """BIG07 CR is a credit memo and never paid as an invoice."""
    found = bill(("***DI", f"***{big07}"))
    assert found.kind == kind
    assert [e.type for e in announced(found, KnownOrder())] == [event]


def test_what_is_not_given_is_empty() -> None:
    """No currency, contract or remit-to; a line without number is counted."""
    (found,) = read(
        "810~BIG*20270109*INV-9*20270104*PO1~N1*RE*SYNTHO*92*V1~IT1**1*EA*5*CT*VC*A~TDS*500~CTT*1"
    )
    assert isinstance(found, Invoice)
    assert (found.currency, found.contract, found.remit_to_gln) == ("USD", "", "")
    assert (found.lines[0].line, found.lines[0].po_line) == ("1", "1")


# ---- 997, 999


@pytest.mark.parametrize("set_id", ["997", "999"])
@pytest.mark.parametrize(
    ("code", "is_accepted", "has_errors"),
    [("A", True, False), ("E", True, True), *((x, False, False) for x in "RMWX")],
)
def test_the_answer_to_a_set_of_ours(
    set_id: str, code: str, is_accepted: bool, has_errors: bool
) -> None:
    """A and E were delivered, R, M, W and X not; the control id is what we sent under."""
    kind = "AK5" if set_id == "997" else "IK5"
    text = f"{set_id}~AK1*PO*000042~AK2*850*0001~{kind}*{code}~AK9*{code}*1*1*1"
    (found,) = read(text)
    assert found == FunctionalAck(
        supplier="SYNTHO",
        control_id="42/0001",
        code=code,
        is_accepted=is_accepted,
        has_errors=has_errors,
    )
    assert isinstance(found, FunctionalAck)
    (event,) = announced(found, KnownOrder())
    verdict = "acknowledged" if is_accepted else "rejected"
    assert (event.type, event.key) == (
        f"purchase_order.transport_{verdict}",
        "SYNTHO/42/0001",
    )


def test_a_partly_accepted_group_is_read_set_by_set() -> None:
    """AK9 P decides nothing; each AK5 does; a set without AK5 is not acknowledged."""
    found = read(
        "997~AK1*PO*42~AK2*850*0001~AK5*A~AK2*850*0002~AK3*PO1*4**8~AK5*R*5~AK2*850*0003~AK9*P*3*3*1"
    )
    assert [(x.control_id, x.code) for x in found if isinstance(x, FunctionalAck)] == [
        ("42/0001", "A"),
        ("42/0002", "R"),
    ]


@pytest.mark.parametrize(
    ("code", "expected"), [("A", []), ("E", []), ("P", []), ("R", ["42/0001"]), ("X", ["42/0001"])]
)
def test_a_group_without_sets(code: str, expected: list[str]) -> None:
    """A rejected group rejects what was in it; a group that is taken does not name our set."""
    found = read(f"997~AK1*PO*42~AK9*{code}*1*1*0")
    assert [x.control_id for x in found if isinstance(x, FunctionalAck)] == expected


def test_zeros_that_a_translator_dropped_are_put_back() -> None:
    """AK202 `1` is our set 0001."""
    (found,) = read("997~AK1*PO*42~AK2*850*1~AK5*A~AK9*A*1*1*1")
    assert isinstance(found, FunctionalAck)
    assert found.control_id == "42/0001"


# ---- all sets


@pytest.mark.parametrize(
    "broken",
    [
        "855~CTT*1",
        "865~CTT*1",
        "856~CTT*1",
        "810~CTT*1",
        "855~BAK*00*AD*PO1*20270104~PO1*1*SYNCANARY*EA~ACK*IA*1*EA",
        "855~BAK*00*AD*PO1*20270104~PO1*1*1*EA~ACK*IA*1*EA*069*SYNCANARY",
        "810~BIG*SYNCANARY*INV~IT1*1*1*EA*5~TDS*500",
        "810~BIG*20270109*INV~IT1*1*1*EA*SYNCANARY~TDS*500",
    ],
)
def test_a_set_that_cannot_be_read_does_not_stop_the_others(broken: str) -> None:
    """Its problem has the set's offset, and nothing of its content."""
    interchange = received("855~BAK*00*AT*PO1*20270104", broken, "855~BAK*00*AT*PO2*20270104")
    found, problems = documents(interchange, X12_PROFILE)
    numbers = [x.po_number for x in found if isinstance(x, Acknowledgement)]
    assert numbers == ["PO1", "PO2"]
    (problem,) = problems
    assert (problem.code, problem.severity) == ("x12.value", Severity.ERROR)
    assert problem.offset == interchange.groups[0].sets[1].offset
    assert "SYNCANARY" not in problem.describe()


def test_other_sets_are_kept_not_read() -> None:
    """An 832 gives an INFO and no document; its id is not repeated."""
    found, problems = documents(received("SYNCANARY~BCT*PC"), X12_PROFILE)
    assert found == []
    assert [(p.code, p.severity) for p in problems] == [("x12.set-unread", Severity.INFO)]
    assert "SYNCANARY" not in problems[0].describe()


def test_free_text_and_unknown_references_are_dropped() -> None:
    """NTE, MSG, PID05, N9 and unlisted REF never reach a document (S99, spec 4.4)."""
    texts = "REF*PI*SYNCANARY~REF*ZZ*SYNCANARY"
    ack = (
        f"855~BAK*00*AC*PO1*20270104~{texts}~N9*L1*SYNCANARY~MSG*SYNCANARY~"
        "PO1*1*10*EA*5.00*CT*IN*ITM-1~PID*F****SYNCANARY~ACK*IR*10*EA~N9*L1*X~MSG*SYNCANARY"
    )
    asn = (
        "856~BSN*00*SHP1*20270107*0930~HL*1**S~REF*ZZ*SYNCANARY~N1*ST*SYNCANARY~HL*2*1*O~PRF*PO1~"
        f"{texts}~HL*3*2*I~LIN*1*VC*A*ZZ*SYNCANARY~SN1*1*1*EA~PID*F****SYNCANARY~REF*ZZ*SYNCANARY"
    )
    invoice = (
        f"810~BIG*20270109*INV*20270104*PO1~NTE*GEN*SYNCANARY~{texts}~PER*IC*SYNCANARY~"
        "N1*RE*SYNCANARY*92*SYNCANARY~IT1*1*1*EA*5*CT*VC*A*ZZ*SYNCANARY~PID*F****SYNCANARY~TDS*500~"
        "SAC*C*D240***100**********SYNCANARY"
    )
    change = "865~BCA*00*AC*PO1**1001~MSG*SYNCANARY~POC*1*RS*1*1*EA~ACK*IA*1*EA~MSG*SYNCANARY"
    functional = "997~AK1*PO*42~AK2*850*0001~AK3*PO1*4**8~AK4*2**6*SYNCANARY~AK5*R*5~AK9*R*1*1*0"
    interchange = received(ack, asn, invoice, change, functional)
    assert b"SYNCANARY" in bytes(interchange)
    found, problems = documents(interchange, X12_PROFILE)
    assert len(found) == 5
    assert b"SYNCANARY" not in codec.encode(found)
    assert "SYNCANARY" not in "".join(p.describe() for p in problems)


def test_the_doors_codes_are_codes_of_the_format() -> None:
    """What is refused at the door is a problem the codec can state."""
    assert set(x12.PROBLEM_CODES) >= DOOR_CODES
