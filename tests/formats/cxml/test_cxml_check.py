"""The check of a document: each rule is provoked, placed by path and byte, and may be permitted."""

from __future__ import annotations

import time

import pytest

from suture.core.problem import Problem, Severity
from suture.core.refusal import MisconfiguredError
from suture.formats.cxml import (
    PROBLEM_CODES,
    CxmlProfile,
    Document,
    offsets_of,
    parse,
    read_cxml_profile,
    validate,
)

PARTY = '<Credential domain="NetworkId"><Identity>SYNTH</Identity></Credential>'
HEADER = (
    f"<Header><From>{PARTY}</From><To>{PARTY}</To>"
    f"<Sender>{PARTY}<UserAgent>SYNTH</UserAgent></Sender></Header>"
)
USD = '<Money currency="USD">{}</Money>'


def money(amount: str) -> str:
    """Return an amount in dollars."""
    return USD.format(amount)


def text(body: str, outer: str = "Request") -> str:
    """Return a document around a request."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!-- é < -->'
        f'<cXML payloadID="1@synth" timestamp="2027-01-08T09:15:00Z">{HEADER}'
        f"<{outer}>{body}</{outer}></cXML>"
    )


def read(body: str, outer: str = "Request") -> Document:
    """Return the parsed document around a request."""
    found, _ = parse(text(body, outer).encode())
    assert found is not None
    return found


def codes(problems: list[Problem]) -> list[str]:
    """Return the codes in order."""
    return [problem.code for problem in problems]


def item(line: str, quantity: str, price: str) -> str:
    """Return a line of an order."""
    return (
        f'<ItemOut quantity="{quantity}" lineNumber="{line}"><ItemID>'
        f"<SupplierPartID>KF-{line}</SupplierPartID></ItemID><ItemDetail><UnitPrice>{money(price)}"
        "</UnitPrice><Description>SYNTH</Description><UnitOfMeasure>EA</UnitOfMeasure>"
        '<Classification domain="UNSPSC">42320000</Classification></ItemDetail></ItemOut>'
    )


ORDER = (
    '<OrderRequest><OrderRequestHeader orderID="PO7" orderDate="2027-01-08" type="new"><Total>'
    f"{money('29.10')}</Total><BillTo><Address><Name>SYNTH</Name></Address></BillTo>"
    f'<Comments>SYNCANARY</Comments><Extrinsic name="DemandToken">DMD</Extrinsic>'
    f"</OrderRequestHeader>{item('1', '1', '14.55')}{item('2', '1', '14.55')}</OrderRequest>"
)
BILLED = (
    '<InvoiceDetailItem invoiceLineNumber="{}" quantity="2"><UnitOfMeasure>EA</UnitOfMeasure>'
    f"<UnitPrice>{money('10')}</UnitPrice><InvoiceDetailItemReference lineNumber='1'/>"
    f"<SubtotalAmount>{money('20')}</SubtotalAmount></InvoiceDetailItem>"
)
INVOICE = (
    '<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="I1" invoiceDate="2027-01-08"'
    ' purpose="standard" operation="new"><InvoiceDetailHeaderIndicator/>'
    "<InvoiceDetailLineIndicator/></InvoiceDetailRequestHeader><InvoiceDetailOrder>"
    f"{BILLED.format(1)}{BILLED.format(2)}</InvoiceDetailOrder>"
    f"<InvoiceDetailSummary><SubtotalAmount>{money('40')}</SubtotalAmount><Tax>{money('2')}</Tax>"
    f"<ShippingAmount>{money('1')}</ShippingAmount><GrossAmount>{money('43')}</GrossAmount>"
    f"<InvoiceDetailDiscount>{money('3')}</InvoiceDetailDiscount>"
    f"<NetAmount>{money('40.00')}</NetAmount><DepositAmount>{money('5')}</DepositAmount>"
    f"<DueAmount>{money('35')}</DueAmount></InvoiceDetailSummary></InvoiceDetailRequest>"
)
CONFIRMATION = (
    '<ConfirmationRequest><ConfirmationHeader type="detail" noticeDate="2027-01-08T00:00:00Z"/>'
    '<OrderReference orderID="PO7"><DocumentReference payloadID="0@synth"/></OrderReference>'
    '<ConfirmationItem lineNumber="1" quantity="5"><UnitOfMeasure>EA</UnitOfMeasure>'
    '<ConfirmationStatus type="accept" quantity="3"><UnitOfMeasure>EA</UnitOfMeasure>'
    '</ConfirmationStatus><ConfirmationStatus type="backordered" quantity="2"><UnitOfMeasure>EA'
    "</UnitOfMeasure></ConfirmationStatus></ConfirmationItem></ConfirmationRequest>"
)
REMITTANCE = (
    '<PaymentRemittanceRequest><PaymentRemittanceRequestHeader paymentRemittanceID="P1"'
    ' paymentDate="2027-01-08T00:00:00Z"><PaymentMethod type="ach"/>'
    "</PaymentRemittanceRequestHeader><PaymentRemittanceSummary>"
    f"<NetAmount>{money('30')}</NetAmount></PaymentRemittanceSummary>"
    + "".join(
        f'<RemittanceDetail lineNumber="{n}"><PayableInfo><PayableInvoiceInfo>'
        f'<InvoiceReference invoiceID="I{n}"/></PayableInvoiceInfo></PayableInfo>'
        f"<NetAmount>{money('15')}</NetAmount></RemittanceDetail>"
        for n in (1, 2)
    )
    + "</PaymentRemittanceRequest>"
)
RECEIPT = (
    '<ReceiptRequest><ReceiptRequestHeader receiptID="R1" receiptDate="2027-01-08T00:00:00Z"'
    ' operation="new"/><ReceiptOrder><ReceiptOrderInfo><OrderReference orderID="PO7"/>'
    '</ReceiptOrderInfo><ReceiptItem receiptLineNumber="1" quantity="2" type="received">'
    f"<ReceiptItemReference lineNumber='1'/><UnitRate>{money('10')}"
    f"<UnitOfMeasure>EA</UnitOfMeasure></UnitRate><ReceivedAmount>{money('20')}</ReceivedAmount>"
    f"</ReceiptItem></ReceiptOrder><Total>{money('20')}</Total></ReceiptRequest>"
)
CART = (
    "<PunchOutOrderMessage><BuyerCookie>c</BuyerCookie>"
    f'<PunchOutOrderMessageHeader operationAllowed="edit"><Total>{money("29.10")}</Total>'
    "</PunchOutOrderMessageHeader>"
    + item("1", "2", "14.55").replace("ItemOut", "ItemIn")
    + "</PunchOutOrderMessage>"
)


@pytest.mark.parametrize(
    "body", [ORDER, INVOICE, CONFIRMATION, REMITTANCE, RECEIPT], ids=lambda body: body[1:12]
)
def test_a_sound_document_has_no_problem(body: str) -> None:
    """Nothing is stated of a document that is right."""
    assert validate(read(body)) == []


def test_a_sound_cart_has_no_problem() -> None:
    """Messages are checked as requests are."""
    assert validate(read(CART, "Message")) == []


@pytest.mark.parametrize(
    ("body", "old", "new", "code", "below", "severity"),
    [
        (ORDER, 'lineNumber="2"', 'lineNumber="01"', "cxml.line-repeated", "ItemOut[2]/@lineNumber",
         "error"),
        (ORDER, 'type="new"', 'type="odd"', "cxml.value-unknown", "OrderRequestHeader/@type",
         "error"),
        (ORDER, money("29.10"), money("30"), "cxml.sum", "OrderRequestHeader/Total/Money",
         "warning"),
        (ORDER, money("29.10"), money("29.10").replace("USD", "USX"), "cxml.currency",
         "OrderRequestHeader/Total/Money/@currency", "error"),
        (ORDER, money("29.10"), money("29.10").replace("USD", "EUR"), "cxml.currency-mixed",
         "ItemOut[1]/ItemDetail/UnitPrice/Money/@currency", "warning"),
        (ORDER, "<Description>SYNTH</Description>", "", "cxml.value-missing",
         "ItemOut[1]/ItemDetail/Description", "error"),
        (ORDER, 'orderDate="2027-01-08"', 'orderDate="2027-01-32"', "cxml.value-date",
         "OrderRequestHeader/@orderDate", "error"),
        (ORDER, 'quantity="1"', 'quantity="one"', "cxml.value-number", "ItemOut[1]/@quantity",
         "error"),
        (ORDER, 'name="DemandToken"', "", "cxml.value-missing",
         "OrderRequestHeader/Extrinsic/@name", "error"),
        (INVOICE, money("20"), money("21"), "cxml.sum",
         "InvoiceDetailOrder/InvoiceDetailItem[1]/SubtotalAmount/Money", "error"),
        (INVOICE, money("40"), money("41"), "cxml.sum",
         "InvoiceDetailSummary/SubtotalAmount/Money", "error"),
        (INVOICE, money("43"), money("44"), "cxml.sum", "InvoiceDetailSummary/GrossAmount/Money",
         "warning"),
        (INVOICE, money("40.00"), money("41.00"), "cxml.sum",
         "InvoiceDetailSummary/NetAmount/Money", "warning"),
        (INVOICE, money("35"), money("36"), "cxml.sum", "InvoiceDetailSummary/DueAmount/Money",
         "warning"),
        (INVOICE, 'invoiceLineNumber="2"', 'invoiceLineNumber="1"', "cxml.line-repeated",
         "InvoiceDetailOrder/InvoiceDetailItem[2]/@invoiceLineNumber", "error"),
        (INVOICE, "<InvoiceDetailLineIndicator/>", "", "cxml.value-missing",
         "InvoiceDetailRequestHeader/InvoiceDetailLineIndicator", "error"),
        (CONFIRMATION, 'quantity="2"', 'quantity="4"', "cxml.sum", "ConfirmationItem/@quantity",
         "warning"),
        (CONFIRMATION, 'noticeDate="2027-01-08T00:00:00Z"', "", "cxml.value-missing",
         "ConfirmationHeader/@noticeDate", "error"),
        (REMITTANCE, money("30"), money("31"), "cxml.sum",
         "PaymentRemittanceSummary/NetAmount/Money", "warning"),
        (REMITTANCE, 'type="ach"', 'type="barter"', "cxml.value-unknown",
         "PaymentRemittanceRequestHeader/PaymentMethod/@type", "error"),
        (RECEIPT, f"<Total>{money('20')}", f"<Total>{money('22')}", "cxml.sum", "Total/Money",
         "warning"),
    ],
)  # fmt: skip
def test_each_rule_is_provoked(
    body: str, old: str, new: str, code: str, below: str, severity: str
) -> None:
    """A rule states its code, where, and how bad; never the value."""
    assert old in body
    content = read(body.replace(old, new, 1))
    found = {problem.path: problem for problem in validate(content) if problem.code == code}
    problem = found[f"/cXML/Request/{content.kind}/{below}"]
    assert problem.severity == severity
    assert problem.clause.startswith("cXML 1.2 ")
    assert problem.offset is not None
    assert bytes(content)[problem.offset :].startswith(b"<")
    assert "SYN" not in problem.text


def test_a_problem_is_placed_at_its_element() -> None:
    """The offset is that of the start tag, behind comments and beside letters of two bytes."""
    content = text(ORDER.replace('lineNumber="2"', 'lineNumber="1"')).encode()
    found, _ = parse(content)
    assert found is not None
    (problem,) = validate(found)
    assert problem.offset == content.rindex(b"<ItemOut")
    assert problem.clause == "cXML 1.2 ItemOut"


def test_offsets_are_those_of_start_tags() -> None:
    """Comments, CDATA, processing instructions and quoted brackets do not lead astray."""
    body = "<A a='>'><!-- <B> --><![CDATA[<B>]]><?b <B> ?><B c=\"'&lt;\"/></A>"
    found = read(body)
    (element,) = found.root.iter("B")
    assert offsets_of(found, [element]) == {element: bytes(found).index(b"<B c=")}


def test_without_ascii_markup_there_is_no_offset() -> None:
    """In UTF-16 the path alone says where."""
    wide = text(ORDER.replace('type="new"', 'type="odd"')).replace("UTF-8", "UTF-16")
    found, _ = parse(wide.encode("utf-16"))
    assert found is not None
    (problem,) = validate(found)
    assert (problem.offset, problem.path.rpartition("/")[2]) == (None, "@type")


def test_a_kind_without_reader_is_said() -> None:
    """Other kinds are kept; the rules over single elements still hold."""
    found = validate(read("<SubscriptionListRequest/>"))
    assert [(p.code, p.severity) for p in found] == [("cxml.kind-unread", Severity.INFO)]


def test_the_envelope_is_part_of_the_check() -> None:
    """What parsing states is stated again, so that one call says everything."""
    bare = text(ORDER).replace('payloadID="1@synth"', "").encode()
    found, _ = parse(bare)
    assert found is not None
    assert "cxml.no-payload-id" in codes(validate(found))


def test_a_response_is_checked() -> None:
    """Status and what stands beside it."""
    body = '<Status code="200" text="OK"/><PunchOutSetupResponse/>'
    found = validate(read(body, "Response"))
    assert codes(found) == ["cxml.value-missing"]
    assert found[0].path.endswith("PunchOutSetupResponse/StartPage/URL")


# ---- profiles


def profile(toml: str) -> CxmlProfile:
    """Return a profile with a name."""
    return read_cxml_profile(f'name = "synth"\n{toml}'.encode())


@pytest.mark.parametrize(
    ("toml", "expected"),
    [
        ('kinds = ["OrderRequest"]', []),
        ('kinds = ["InvoiceDetailRequest"]', ["cxml.kind-not-agreed"]),
        ('from_domains = ["DUNS", "NetworkId"]', []),
        ('from_domains = ["DUNS"]', ["cxml.credential-domain"]),
        ('to_domains = ["DUNS"]', ["cxml.credential-domain"]),
        ('sender_domains = ["DUNS"]', ["cxml.credential-domain"]),
        ('required = ["//OrderRequestHeader/@orderID"]', []),
        ('required = ["//@orderVersion"]', ["cxml.profile-required"]),
        ('forbidden = ["//ItemOut[@quantity > 10]"]', []),
        ('forbidden = ["//ItemOut[@quantity = 1]/@quantity"]', ["cxml.profile-forbidden"] * 2),
        ('forbidden = ["count(//ItemOut) > 1"]', ["cxml.profile-forbidden"]),
        ("forbids_free_text = true", ["cxml.free-text"] * 2),
        ('forbids_free_text = true\nfree_text_allowed = ["DemandToken"]', ["cxml.free-text"]),
    ],
)
def test_a_profile_is_held(toml: str, expected: list[str]) -> None:
    """Kinds, credentials, XPaths and free text are as agreed."""
    found = validate(read(ORDER), profile(toml))
    assert codes(found) == expected
    assert "SYNCANARY" not in "".join(problem.describe() for problem in found)


def test_a_deviation_is_permitted_by_name() -> None:
    """What a partner is known to do wrong is information."""
    toml = '[[deviations]]\nname = "own-types"\ncode = "cxml.value-unknown"\nat = "*/@type"\n'
    found = validate(read(ORDER.replace('type="new"', 'type="odd"')), profile(toml))
    assert [(p.severity, p.permitted_by) for p in found] == [(Severity.INFO, "own-types")]


@pytest.mark.parametrize("toml", ['required = ["//["]', "surprise = 1", "kinds = 1"])
def test_a_profile_that_cannot_be_used_is_refused(toml: str) -> None:
    """An XPath is read when the profile is."""
    with pytest.raises(MisconfiguredError) as caught:
        profile(toml)
    assert caught.value.code == "profile.invalid"


# ---- DTDs, of our own making

DTD = b"""<!ENTITY % text "#PCDATA">
<!ELEMENT cXML (Header, Request)><!ATTLIST cXML payloadID CDATA #REQUIRED timestamp CDATA #REQUIRED>
<!ELEMENT Header (From, To, Sender)><!ELEMENT From (Credential)><!ELEMENT To (Credential)>
<!ELEMENT Sender (Credential, UserAgent)><!ELEMENT Credential (Identity)>
<!ATTLIST Credential domain CDATA #REQUIRED><!ELEMENT Identity (%text;)>
<!ELEMENT UserAgent (%text;)><!ELEMENT Request (A)><!ELEMENT A EMPTY>
<!ATTLIST A b (c | d) #IMPLIED>"""


def test_a_document_is_held_against_a_dtd_that_is_given() -> None:
    """What follows the DTD has no problem; what does not is stated without its value."""
    assert "cxml.dtd" not in codes(validate(read('<A b="c"/>'), dtd=DTD))
    for body in ('<A b="SYNCANARY"/>', "<A>SYNCANARY</A>", "<B/>", '<A e="SYNCANARY"/>'):
        found = [p for p in validate(read(body), dtd=DTD) if p.code == "cxml.dtd"]
        assert found
        assert "SYNCANARY" not in "".join(problem.describe() for problem in found)


def test_a_dtd_of_ours_is_not_loaded_by_parsing() -> None:
    """Without a DTD given, no rule of one is applied."""
    assert codes(validate(read("<B/>"))) == ["cxml.kind-unread"]


BOMB = '<!ENTITY % a0 "<!-- xxxxxxxxxxxxxxxx -->">' + "".join(
    f'<!ENTITY % a{n} "{f"%a{n - 1};" * 10}">' for n in range(1, 9)
)


@pytest.mark.parametrize(
    "dtd",
    [
        b"<!ELEMENT",
        b'<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;',
        b'<!ENTITY a PUBLIC "x" "http://127.0.0.1:9/a">',
        b'<!-- <!ENTITY % b "--> <!ENTITY % a SYSTEM "http://127.0.0.1:9/a"> %a; <!-- ">',
        f"{BOMB} %a8;".encode(),
        b'<!ENTITY % a "%b;"><!ENTITY % b "%a;"> %a;',
        "<!ENTITY % a SYSTEM 'http://127.0.0.1:9/a'>".encode("utf-16"),
        b" " * (5 * 1024 * 1024),
    ],
    ids=["broken", "file", "address", "in comments", "bomb", "loop", "utf-16", "large"],
)
def test_a_dtd_that_reaches_out_or_grows_is_refused(dtd: bytes) -> None:
    """A DTD opens nothing, and its entities are bounded before they are put in."""
    start = time.process_time()
    with pytest.raises(MisconfiguredError) as caught:
        validate(read("<A/>"), dtd=dtd)
    assert caught.value.code == "cxml.dtd-unusable"
    assert time.process_time() - start < 2


def test_a_document_full_of_faults_is_checked_in_bounds() -> None:
    """Time and list are bounded; an error is not lost behind warnings."""
    lines = '<ItemOut lineNumber="1"/>' * 20_000
    found = read(f"<OrderRequest>{lines}</OrderRequest>")
    start = time.process_time()
    problems = validate(found)
    assert time.process_time() - start < 20
    assert len(problems) <= 202
    assert "cxml.more-problems" in codes(problems)


def test_every_code_of_a_check_is_listed() -> None:
    """The codes in these tests are those of the codec."""
    bodies = [ORDER, INVOICE, CONFIRMATION, REMITTANCE, RECEIPT]
    for body in bodies:
        for cut in range(0, len(body), 97):
            damaged = body[:cut] + body[cut + 1 :]
            found, _ = parse(text(damaged).encode())
            if found is not None:
                assert set(codes(validate(found))) <= set(PROBLEM_CODES)
