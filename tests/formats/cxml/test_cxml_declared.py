"""The declared views: what is written is read, whatever it holds, and every fault is stated."""

from __future__ import annotations

import types
import typing
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.formats import cxml
from suture.formats.cxml import shape
from suture.formats.cxml.shape import Kind, Place

PARTY = cxml.Credential("NetworkId", "SYNTH")
ENVELOPE = cxml.CxmlEnvelope(
    payload_id="1@synth",
    at=datetime(2027, 1, 8, 14, 15, tzinfo=UTC),
    from_party=PARTY,
    to_party=PARTY,
    sender=PARTY,
)

TEXT = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=("Cc", "Zs", "Cn")),
    min_size=1,
    max_size=12,
)
NUMBER = st.decimals(-(10**6), 10**6, places=4)
QUANTITY = st.integers(-(10**6), 10**6).map(lambda n: Fraction(n, 1000))
MOMENT = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(
    lambda at: at.replace(microsecond=0, tzinfo=UTC)
)
SIMPLE: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: TEXT,
    Kind.WHOLE: TEXT,
    Kind.NUMBER: NUMBER,
    Kind.QUANTITY: QUANTITY,
    Kind.LINE: st.integers(1, 99_999).map(str),
    Kind.DAY: st.dates(date(1971, 1, 1), date(2100, 1, 1)),
    Kind.MOMENT: MOMENT,
    Kind.FLAG: st.booleans(),
    Kind.TEXTS: st.lists(TEXT, max_size=3).map(tuple),
    Kind.PAIRS: st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
}


def values(place: Place) -> st.SearchStrategy[Any]:
    """Return a strategy for the value at a place, empty values included where they may be."""
    if place.kind is Kind.ONE:
        assert place.of is not None
        found = views(place.of)
    elif place.kind is Kind.MANY:
        assert place.of is not None
        found = st.lists(views(place.of), min_size=place.is_required, max_size=2).map(tuple)
    elif place.kind is Kind.TEXTS:
        return st.lists(TEXT, min_size=place.is_required, max_size=3).map(tuple)
    elif place.allowed and place.kind is Kind.TEXT:
        found = st.sampled_from(sorted(place.allowed))
    else:
        found = SIMPLE[place.kind]
    if place.is_required or place.kind in (Kind.FLAG, Kind.TEXTS, Kind.PAIRS, Kind.MANY):
        return found
    empty = "" if place.kind in (Kind.TEXT, Kind.WHOLE, Kind.LINE) else None
    return st.just(empty) | found


def views(view: type) -> st.SearchStrategy[Any]:
    """Return a strategy for a view."""
    return st.builds(view, **{name: values(place) for name, place in shape.places(view).items()})


@pytest.mark.parametrize("name", sorted(cxml.DECLARED))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_is_written_is_read(name: str, data: st.DataObject) -> None:
    """Every declared document comes back as the same value, with exact numbers (S52)."""
    value = data.draw(views(cxml.DECLARED[name]))
    content = cxml.document_of(value, ENVELOPE)
    assert content == cxml.document_of(value, ENVELOPE)
    found, problems = cxml.parse(content)
    assert problems == []
    assert found is not None and bytes(found) == content
    view, problems = cxml.read_as(found, cxml.DECLARED[name])
    assert problems == []
    assert view == value


def test_a_view_shows_nothing() -> None:
    """No value of a document is in a repr."""
    for module in (cxml.supply, cxml.trade):
        for view in vars(module).values():
            is_view = isinstance(view, type) and view.__module__ == module.__name__
            if is_view and hasattr(view, "__dataclass_fields__"):
                assert "veiled" in repr(view.__repr__)


def declared(view: type) -> list[tuple[str, Place, Any]]:
    """Return (field, place, type) of a view."""
    hints = typing.get_type_hints(view)
    return [(name, place, hints[name]) for name, place in shape.places(view).items()]


EVERY = [
    view
    for module in (cxml.supply, cxml.trade)
    for view in vars(module).values()
    if isinstance(view, type)
    and view.__module__ == module.__name__
    and hasattr(view, "__dataclass_fields__")
]
TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.WHOLE: str,
    Kind.LINE: str,
    Kind.NUMBER: Decimal,
    Kind.QUANTITY: Fraction,
    Kind.DAY: date,
    Kind.MOMENT: datetime,
    Kind.FLAG: bool,
}


@pytest.mark.parametrize("view", EVERY, ids=lambda view: view.__name__)
def test_a_declaration_says_the_type_of_its_field(view: type) -> None:
    """The kind of a place and the annotation of its field agree, so the types are true."""
    assert [one.name for one in fields(view)] == list(shape.places(view))
    for name, place, hint in declared(view):
        if place.kind in (Kind.TEXTS, Kind.PAIRS, Kind.MANY):
            assert typing.get_origin(hint) is tuple, name
            continue
        wanted = place.of if place.kind is Kind.ONE else TYPES[place.kind]
        optional = place.kind in (Kind.NUMBER, Kind.QUANTITY, Kind.DAY, Kind.MOMENT, Kind.ONE)
        if optional and not place.is_required:
            assert isinstance(hint, types.UnionType) and wanted in typing.get_args(hint), name
        else:
            assert hint is wanted, name


RECEIPT = cxml.ReceiptRequest(
    receipt_id="R1",
    receipt_date=datetime(2027, 1, 10, 9, 0, tzinfo=UTC),
    operation="new",
    orders=(
        cxml.ReceiptPortion(
            order_id="PO7",
            order_payload_id="PO7.0@suture",
            is_closed=True,
            items=(
                cxml.ReceiptItem(
                    receipt_line_number="1",
                    quantity=Fraction(2),
                    type="received",
                    order_line_number="1",
                    item=cxml.ItemIdentity(supplier_part_id="KF-1", gtin="09521001001014"),
                    unit_price=Decimal("14.50"),
                    currency="USD",
                    unit="EA",
                    amount=Decimal("29.00"),
                    amount_currency="USD",
                    lot="L7F21",
                    expiry=date(2029, 6, 30),
                    serial="S1",
                ),
            ),
        ),
    ),
)


def test_a_receipt_is_written_in_the_order_of_the_dtd() -> None:
    """Header, orders, and within a line: reference, rate, amount, batch, asset."""
    content = cxml.document_of(RECEIPT, ENVELOPE)
    marks = [
        b"<ReceiptRequestHeader",
        b"<ReceiptOrder closeForReceiving",
        b"<ReceiptOrderInfo",
        b"<ReceiptItem ",
        b"<ReceiptItemReference",
        b"<UnitRate",
        b"<ReceivedAmount",
        b"<Batch",
        b"<AssetInfo",
    ]
    found = [content.index(mark) for mark in marks]
    assert found == sorted(found)
    assert b'receiptDate="2027-01-10T09:00:00+00:00"' in content


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"receipt_id": ""}, "cxml.value-missing"),
        ({"orders": ()}, "cxml.value-missing"),
        ({"operation": "perhaps"}, "cxml.value-unknown"),
        ({"receipt_id": "SYN\x00CANARY"}, "cxml.character"),
        ({"comments": "SYN\ud800CANARY"}, "cxml.character"),
    ],
)
def test_what_cannot_be_written_is_refused(change: dict[str, Any], code: str) -> None:
    """The refusal names the place and never the value."""
    with pytest.raises(RefusalError) as caught:
        cxml.document_of(replace(RECEIPT, **change), ENVELOPE)
    assert caught.value.code == code
    assert "SYN" not in str(caught.value)


def test_a_third_is_no_decimal_number() -> None:
    """A quantity that decimals cannot hold is refused, not rounded."""
    item = replace(RECEIPT.orders[0].items[0], quantity=Fraction(1, 3))
    order = replace(RECEIPT.orders[0], items=(item,))
    with pytest.raises(RefusalError) as caught:
        cxml.document_of(replace(RECEIPT, orders=(order,)), ENVELOPE)
    assert caught.value.code == "cxml.value-number"


def test_a_part_of_a_document_is_no_document() -> None:
    """Only the views of whole documents are written alone."""
    with pytest.raises(RefusalError) as caught:
        cxml.document_of(RECEIPT.orders[0], ENVELOPE)
    assert caught.value.code == "cxml.kind"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'receiptID="R1"', b"", "cxml.value-missing"),
        (b'quantity="2"', b'quantity="two"', "cxml.value-number"),
        (b'type="received"', b'type="eaten"', "cxml.value-unknown"),
        (b'"2029-06-30"', b'"2029-06-31"', "cxml.value-date"),
        (b"2027-01-10T09:00:00+00:00", b"2027-01-10T09:00:00", "cxml.no-zone"),
        (b"2027-01-10T09:00:00+00:00", b"soon", "cxml.timestamp"),
    ],
)
def test_a_fault_is_stated_with_its_path(old: bytes, new: bytes, code: str) -> None:
    """What is missing or wrong is never guessed."""
    content = cxml.document_of(RECEIPT, ENVELOPE)
    assert content.count(old) == 1
    found, _ = cxml.parse(content.replace(old, new))
    assert found is not None
    _, problems = cxml.read_as(found, cxml.ReceiptRequest)
    assert code in [problem.code for problem in problems]
    assert all(p.path.startswith("/cXML/Request/ReceiptRequest") for p in problems)


def test_another_kind_is_stated() -> None:
    """A reader reads its own kind; a Response is looked into."""
    found, _ = cxml.parse(cxml.document_of(RECEIPT, ENVELOPE))
    assert found is not None
    for view in (cxml.ProfileRequest, cxml.ProfileResponse):
        value, problems = cxml.read_as(found, view)
        assert value is None
        assert [problem.code for problem in problems] == ["cxml.kind"]
    answer, _ = cxml.parse(cxml.response(200, "", "2@synth", ENVELOPE.at))
    assert answer is not None
    assert cxml.read_as(answer, cxml.ProfileResponse)[1][0].code == "cxml.kind"


def test_many_faults_are_counted_and_not_listed() -> None:
    """A document of faults costs as much as its size, and gives two hundred problems."""
    lines = "<ReceiptItem/>" * 30_000
    text = f"<ReceiptRequest><ReceiptOrder>{lines}</ReceiptOrder></ReceiptRequest>"
    content = cxml.document_of(cxml.ProfileRequest(), ENVELOPE).decode()
    found, _ = cxml.parse(content.replace("<ProfileRequest/>", text).encode())
    assert found is not None
    _, problems = cxml.read_as(found, cxml.ReceiptRequest)
    assert len(problems) == 201
    assert (problems[-1].code, problems[-1].severity) == ("cxml.more-problems", Severity.ERROR)


def test_a_status_update_is_written_and_read() -> None:
    """What we say of a supplier's invoice comes back."""
    update = cxml.StatusUpdate(
        "INV1@synth", cxml.ResponseStatus(200, "OK"), invoice_status="rejected"
    )
    found, problems = cxml.parse(cxml.status_update_document(update, ENVELOPE))
    assert problems == []
    assert found is not None
    assert cxml.status_update_request(found) == (update, [])


def test_a_copy_is_read_as_strictly_as_an_original() -> None:
    """The inner document has an envelope of its own; a copy of a copy is not read."""
    inner = cxml.document_of(RECEIPT, replace(ENVELOPE, payload_id="inner@synth"))
    body = inner[inner.index(b"<cXML") :].decode()
    outer = cxml.document_of(cxml.ProfileRequest(), ENVELOPE).decode()
    once = outer.replace("<ProfileRequest/>", f"<CopyRequest>{body}</CopyRequest>")
    found, _ = cxml.parse(once.encode())
    assert found is not None
    copy, problems = cxml.copied(found)
    assert problems == []
    assert copy is not None and copy.payload_id == "inner@synth"
    assert cxml.read_as(copy, cxml.ReceiptRequest) == (RECEIPT, [])
    bare = once[once.index("<cXML") :]
    twice, _ = cxml.parse(
        outer.replace("<ProfileRequest/>", f"<CopyRequest>{bare}</CopyRequest>").encode()
    )
    assert twice is not None
    assert [p.code for p in cxml.copied(twice)[1]] == ["cxml.not-read"]
    empty, _ = cxml.parse(outer.replace("<ProfileRequest/>", "<CopyRequest/>").encode())
    assert empty is not None
    assert [p.code for p in cxml.copied(empty)[1]] == ["cxml.value-missing"]
    assert [p.code for p in cxml.copied(copy)[1]] == ["cxml.kind"]


def test_a_copy_may_be_an_attachment() -> None:
    """Then its address is given."""
    text = "<cXMLAttachment><Attachment><URL>cid:1@synth</URL></Attachment></cXMLAttachment>"
    content = cxml.document_of(cxml.ProfileRequest(), ENVELOPE).decode()
    found, _ = cxml.parse(
        content.replace("<ProfileRequest/>", f"<CopyRequest>{text}</CopyRequest>").encode()
    )
    assert found is not None
    assert cxml.attachment_of(found) == "cid:1@synth"


@pytest.mark.parametrize("code", sorted(cxml.STATUSES))
def test_only_five_hundreds_are_repeated(code: int) -> None:
    """A 5xx may be sent again, a 4xx not (spec 2.0.7)."""
    assert cxml.is_retryable(code) is (code >= 500)
    assert cxml.STATUS_TEXTS[code] == cxml.STATUSES[code].text


@pytest.mark.parametrize(
    ("code", "expected"), [(599, True), (499, False), (299, False), (0, False)]
)
def test_a_code_outside_the_table_is_read_by_its_first_digit(code: int, expected: bool) -> None:
    """Networks add codes."""
    assert cxml.is_retryable(code) is expected


def test_what_we_write_passes_our_own_check() -> None:
    """A document of ours breaks no rule that we hold others to."""
    for content in (
        cxml.document_of(RECEIPT, ENVELOPE),
        cxml.document_of(cxml.ProfileRequest(), ENVELOPE),
        cxml.response(450, "", "2@synth", ENVELOPE.at),
    ):
        found, _ = cxml.parse(content)
        assert found is not None
        assert cxml.validate(found) == []
