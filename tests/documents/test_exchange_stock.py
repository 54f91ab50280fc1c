"""Stock reports through the standards: what comes back, what is named or refused."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from generated_orders import DAYS, GLNS, GTINS, MAYBE, NUMBERS, QUANTITIES
from hypothesis import given, settings
from hypothesis import strategies as st

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
from suture.documents.supply import Lot, StockLine, StockReport, StockStatus

AT = datetime(2027, 1, 4, 14, 5, tzinfo=UTC)
TO = Addressing(sender="SYNTHSUP", receiver="SYNTHHOSP", control=7, at=AT)
EVERY = [Standard.X12, Standard.EDIFACT, Standard.FHIR]
ALL = pytest.mark.parametrize("standard", EVERY)

STOCK = StockReport(
    number="ST1",
    as_of=datetime(2027, 1, 4, 6, 30, tzinfo=UTC),
    supplier="SYNTHO",
    location_gln="9520000000208",
    lines=(
        StockLine(
            line="1",
            quantity=Fraction(12),
            uom="EA",
            status=StockStatus.ON_HAND,
            item="ITM-100200",
            gtin="09520000000017",
            catalog_no="KF-1",
            lots=(
                Lot(quantity=Fraction(7), lot="L7", expiry=date(2028, 1, 31)),
                Lot(quantity=Fraction(1), serial="SN9"),
            ),
        ),
        StockLine(
            line="1",
            quantity=Fraction(0),
            uom="EA",
            status=StockStatus.AVAILABLE,
            catalog_no="KF-1",
        ),
    ),
)

_LOTS = st.builds(
    Lot, quantity=QUANTITIES, lot=NUMBERS, serial=MAYBE, expiry=st.one_of(st.none(), DAYS)
)


def _line(number: int) -> st.SearchStrategy[StockLine]:
    return st.builds(
        lambda extra, lots, **more: StockLine(
            line=str(number),
            quantity=sum((lot.quantity for lot in lots), Fraction(0)) + extra,
            lots=tuple(lots),
            **more,
        ),
        extra=st.one_of(st.just(Fraction(0)), QUANTITIES),
        lots=st.lists(_LOTS, max_size=3),
        uom=st.sampled_from(("EA", "BX", "CA", "ML")),
        status=st.sampled_from(StockStatus),
        item=NUMBERS,
        gtin=st.one_of(st.just(""), GTINS),
        catalog_no=MAYBE,
    )


_INSTANTS = st.datetimes(
    datetime(2020, 1, 1),
    datetime(2039, 12, 31),
    timezones=st.just(UTC),
).map(lambda at: at.replace(microsecond=0))
REPORTS = st.builds(
    StockReport,
    number=NUMBERS,
    as_of=_INSTANTS,
    supplier=NUMBERS,
    facility=MAYBE,
    location_gln=GLNS,
    lines=st.integers(1, 4).flatmap(
        lambda count: st.tuples(*(_line(n) for n in range(1, count + 1)))
    ),
)


@pytest.mark.parametrize("standard", [Standard.X12, Standard.EDIFACT])
@settings(max_examples=40, deadline=None)
@given(report=REPORTS)
def test_a_stock_report_comes_back_whole(standard: Standard, report: StockReport) -> None:
    """846 and INVRPT carry every field, each lot with its expiry."""
    data, problems = write_document(Kind.STOCK_REPORT, report, standard, TO)
    (found,), stated = read_document(data, Kind.STOCK_REPORT, standard)
    assert differences(report, found) == [] and problems == [] and stated == []


@settings(max_examples=40, deadline=None)
@given(report=REPORTS)
def test_a_fhir_report_loses_the_facility_of_a_supplier_alone(report: StockReport) -> None:
    """InventoryReport has one reporter and one place; all else comes back."""
    data, problems = write_document(Kind.STOCK_REPORT, report, "fhir", TO)
    (found,), stated = read_document(data, Kind.STOCK_REPORT, "fhir")
    lost = [one.path for one in differences(report, found)]
    assert lost == [one.path for one in problems] and stated == []
    assert lost == (["facility"] if report.facility and report.location_gln else [])


@ALL
def test_the_stock_of_a_facility_needs_no_supplier(standard: Standard) -> None:
    """A hospital reports its own stock."""
    report = msgspec.structs.replace(STOCK, supplier="", facility="NCH")
    data, problems = write_document(Kind.STOCK_REPORT, report, standard, TO)
    assert problems == []
    assert read_document(data, Kind.STOCK_REPORT, standard) == ([report], [])


def test_a_stock_report_in_x12_by_hand() -> None:
    """The time is in UTC; a lot is a QTY of its own with LS; what is in none comes last."""
    data, problems = write_document(Kind.STOCK_REPORT, STOCK, "x12", TO)
    body = data.decode("ascii")
    assert problems == [] and kind_of(data, "x12") is Kind.STOCK_REPORT
    assert "BIA*00*SI*ST1*20270104*1405~DTM*184*20270104*063000*UT~" in body
    assert "N1*VN**92*SYNTHO~N1*WH**UL*9520000000208~" in body
    assert (
        "LIN*1*IN*ITM-100200*UK*09520000000017*VC*KF-1~"
        "QTY*17*7*EA~DTM*036*20280131~LS*REF~REF*LT*L7~LE*REF~"
        "QTY*17*1*EA~LS*REF~REF*SE*SN9~LE*REF~QTY*17*4*EA~"
        "LIN*1*VC*KF-1~QTY*33*0*EA~CTT*2~"
    ) in body


def test_a_stock_report_in_edifact_by_hand() -> None:
    """The whole stands before its lots, as GS1 has it; what is available has a status."""
    data, problems = write_document(Kind.STOCK_REPORT, STOCK, "edifact", TO)
    body = data.decode("latin-1")
    assert problems == [] and kind_of(data, "edifact") is Kind.STOCK_REPORT
    assert "BGM+35+ST1+9'DTM+137:20270104:102'DTM+366:20270104063000UTC:304'" in body
    assert "NAD+SU+SYNTHO::92'NAD+WH+9520000000208::9'" in body
    assert (
        "LIN+1++09520000000017:SRV'PIA+5+KF-1:SA'PIA+1+ITM-100200:IN'"
        "INV++1'QTY+145:12:EA'INV++1'QTY+145:7:EA'GIN+BX+L7'DTM+361:20280131:102'"
        "INV++1'QTY+145:1:EA'GIN+BN+SN9'"
        "LIN+1'PIA+5+KF-1:SA'INV++1'QTY+145:0:EA'STS++AVL::ZZZ'"
    ) in body


def test_a_stock_report_in_fhir_by_hand() -> None:
    """A status is a listing; a lot is a contained item."""
    data, problems = write_document(Kind.STOCK_REPORT, STOCK, "fhir", TO)
    assert problems == [] and kind_of(data, "fhir") is Kind.STOCK_REPORT
    made = json.loads(data)
    assert (made["status"], made["countType"]) == ("active", "snapshot")
    assert made["reportedDateTime"] == "2027-01-04T06:30:00Z"
    assert made["reporter"]["identifier"]["value"] == "SYNTHO"
    first, second = made["inventoryListing"]
    assert first["location"]["identifier"] == {
        "system": "https://www.gs1.org/gln",
        "value": "9520000000208",
    }
    assert [one["quantity"]["value"] for one in first["item"]] == [7, 1, 4]
    assert first["item"][0]["item"]["reference"] == {"reference": "#lot1"}
    assert made["contained"][0]["instance"] == {"lotNumber": "L7", "expiry": "2028-01-31"}
    assert second["itemStatus"]["coding"][0]["code"] == "available"
    assert second["item"][0]["extension"][0]["valueString"] == "1"


@ALL
@pytest.mark.parametrize("target", EVERY)
def test_every_pair_converts_stock(standard: Standard, target: Standard) -> None:
    """From any of the three to any other, without loss."""
    data, _ = write_document(Kind.STOCK_REPORT, STOCK, standard, TO)
    made = convert(data, None, target, TO)
    assert made.problems == () and made.kind is Kind.STOCK_REPORT
    assert read_document(made.data, Kind.STOCK_REPORT, target) == ([STOCK], [])


@ALL
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"supplier": ""}, "supply.missing"),
        ({"as_of": datetime(2027, 1, 4)}, "supply.changed"),
        ({"lines": ({"item": "", "gtin": "", "catalog_no": ""},)}, "supply.missing"),
        ({"lines": ({"quantity": Fraction(7)},)}, "supply.changed"),
        ({"lines": ({"lots": (Lot(quantity=Fraction(1)),)},)}, "supply.missing"),
    ],
    ids=["of nobody", "no zone", "no item", "too many lots", "a lot without name"],
)
def test_a_report_that_says_too_little_is_refused(
    standard: Standard, change: dict[str, Any], code: str
) -> None:
    """Nothing is written that would be read as something else."""
    changes = dict(change)
    if "lines" in changes:
        changes["lines"] = (msgspec.structs.replace(STOCK.lines[0], **changes["lines"][0]),)
    with pytest.raises(RefusalError) as refused:
        write_document(Kind.STOCK_REPORT, msgspec.structs.replace(STOCK, **changes), standard, TO)
    assert refused.value.code == code


@ALL
def test_another_offset_and_a_fraction_of_a_second(standard: Standard) -> None:
    """The instant is kept; X12 and EDIFACT name the fraction they do not have."""
    there = timezone(timedelta(hours=2))
    report = msgspec.structs.replace(STOCK, as_of=datetime(2027, 1, 4, 8, 30, tzinfo=there))
    assert write_document(Kind.STOCK_REPORT, report, standard, TO)[1] == []
    fine = msgspec.structs.replace(STOCK, as_of=STOCK.as_of + timedelta(microseconds=500_000))
    _, problems = write_document(Kind.STOCK_REPORT, fine, standard, TO)
    assert [one.path for one in problems] == ([] if standard is Standard.FHIR else ["as_of"])


def _changed(standard: Standard, was: str, becomes: str) -> bytes:
    data, _ = write_document(Kind.STOCK_REPORT, STOCK, standard, TO)
    changed = data.replace(was.encode(), becomes.encode())
    assert changed != data
    return changed


@pytest.mark.parametrize(
    ("standard", "was", "becomes", "path"),
    [
        (Standard.X12, "QTY*33*0*EA", "QTY*37*0*EA", "QTY[18]-1"),
        (Standard.X12, "*063000*UT", "*063000*ET", "DTM[3]-2"),
        (Standard.X12, "N1*WH**UL", "N1*WH**91", "N1[5]"),
        (Standard.X12, "LIN*1*VC*KF-1", "LIN*1*VC*KF-1*ZZ*1", "LIN[17]-2"),
        (Standard.EDIFACT, "STS++AVL::ZZZ", "STS++XXX::ZZZ", "STS[1]"),
        (Standard.EDIFACT, "QTY+145:0:EA", "QTY+156:0:EA", "QTY[4]-1"),
        (Standard.EDIFACT, "INV++1'QTY+145:0", "INV+1'QTY+145:0", "QTY[4]-1"),
        (Standard.EDIFACT, "20270104063000UTC:304", "20270104:102", "DTM[2]-1.2"),
        (Standard.EDIFACT, "20270104063000UTC:304", "202701040630:203", "DTM[2]-1.2"),
        (Standard.EDIFACT, "GIN+BX+L7'", "GIN+BX+L7+L8'", "GIN[1]-3"),
        (Standard.EDIFACT, "LIN+1'", "LIN+1++X:ZZZ'", "LIN[2]-3"),
        (Standard.FHIR, '"code":"available"', '"code":"lost"', "inventoryListing[1]"),
        (Standard.FHIR, "T06:30:00Z", "", "reportedDateTime"),
        (Standard.FHIR, '"extension":[', '"extension":[{"url":"urn:x:y"},', "item[0].extension"),
        (Standard.FHIR, '"id":"lot1"', '"description":{},"id":"lot1"', "[0].description"),
    ],
)
def test_what_a_report_says_besides_is_stated(
    standard: Standard, was: str, becomes: str, path: str
) -> None:
    """A movement, an unknown status or a local time is named and never read as something else."""
    (found,), problems = read_document(
        _changed(standard, was, becomes), Kind.STOCK_REPORT, standard
    )
    stated = [one.path for one in problems if one.code == "supply.not-read"]
    assert any(one.endswith(path) for one in stated), stated
    assert found.number == "ST1" and found.lines[0] == STOCK.lines[0]


@pytest.mark.parametrize(
    ("standard", "was", "becomes", "code"),
    [
        (Standard.X12, "BIA*00", "BIA*04", "supply.not-read"),
        (Standard.X12, "*ST1*", "**", "supply.unreadable"),
        (Standard.EDIFACT, "+ST1+", "++", "supply.unreadable"),
        (Standard.EDIFACT, "+ST1+9", "+ST1+1", "supply.not-read"),
        (
            Standard.FHIR,
            '"status":"active","countType"',
            '"status":"draft","countType"',
            "supply.not-read",
        ),
        (Standard.FHIR, '"snapshot"', '"difference"', "supply.not-read"),
        (Standard.FHIR, "2027-01-04T06:30:00Z", "yesterday", "supply.unreadable"),
    ],
)
def test_what_is_no_stock_report_is_not_read(
    standard: Standard, was: str, becomes: str, code: str
) -> None:
    """A change of stock is not the stock."""
    found, problems = read_document(_changed(standard, was, becomes), Kind.STOCK_REPORT, standard)
    assert found == [] and code in [one.code for one in problems]


@pytest.mark.parametrize(
    ("standard", "was", "becomes"),
    [
        (Standard.X12, "REF*LT*L7", "REF*ZZ*L7"),
        (Standard.EDIFACT, "GIN+BX+L7", "GIN+AW+L7"),
        (Standard.EDIFACT, "QTY+145:12", "QTY+145:7"),
    ],
)
def test_quantities_that_do_not_add_up_leave_their_line_out(
    standard: Standard, was: str, becomes: str
) -> None:
    """Stock is not counted twice: whether a quantity is the whole or a part has to be clear."""
    data = _changed(standard, was, becomes).replace(b"DTM*036*20280131~", b"")
    data = data.replace(b"DTM+361:20280131:102'", b"")
    (found,), problems = read_document(data, Kind.STOCK_REPORT, standard)
    assert found.lines == STOCK.lines[1:]
    assert "supply.unreadable" in [one.code for one in problems]


def test_stock_of_d96a_is_read() -> None:
    """There a quantity opens its figure."""
    data = (
        b"UNB+UNOC:3+SYNTHSUP:14+SYNTHHOSP:14+270108:0900+R1'"
        b"UNH+1+INVRPT:D:96A:UN'BGM+35+IR1+9'DTM+137:202701080730:203'"
        b"LIN+1++09521001001014:EN'QTY+17:12:PCE'GIN+BX+L7F21'DTM+361:20290630:102'"
        b"UNT+7+1'UNZ+1+R1'"
    )
    (found,), _ = read_document(data, Kind.STOCK_REPORT, "edifact")
    (line,) = found.lines
    assert found.supplier == "SYNTHSUP" and found.as_of == datetime(2027, 1, 8, 7, 30, tzinfo=UTC)
    assert (line.quantity, line.status) == (12, StockStatus.ON_HAND)
    assert line.lots == (Lot(quantity=Fraction(12), lot="L7F21", expiry=date(2029, 6, 30)),)


def test_what_stock_cannot_be_written_as_is_refused_by_name() -> None:
    """cXML has no stock report."""
    with pytest.raises(RefusalError, match="X12 846, EDIFACT INVRPT, FHIR InventoryReport"):
        write_document(Kind.STOCK_REPORT, STOCK, "cxml", TO)
