"""Scans and counts of a dock: the label goes before what was typed (spec 2.5)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.documents.supply import CountedLine, DockScan, Lot
from suture.simulation.model.dock import gs1_element_string
from suture.systems.dock_rest import LINES_MAX, read_scan

ROW: dict[str, Any] = {"po_line": "1", "quantity": "2", "uom": "EA"}
SCAN: dict[str, Any] = {
    "scan_id": "SCN-1",
    "kind": "counted",
    "shipment_id": "SHP1",
    "po_number": "PO1",
    "lines": [ROW],
    "at": "2027-01-08T09:00:00-06:00",
}
GTIN, OTHER_GTIN = "09520000000017", "09520000000024"
LABEL = f"01{GTIN}1728013110L1\x1d21S1"


def scanned(*rows: dict[str, Any], **parts: Any) -> DockScan:
    """Return a scan read from its JSON."""
    return read_scan(json.dumps(SCAN | {"lines": list(rows or [ROW])} | parts).encode())


def refusal(body: Any) -> RefusalError:
    """Return why a body is refused."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(RefusalError) as refused:
        read_scan(raw)
    assert "SYNCANARY" not in str(refused.value)
    assert "SYNCANARY" not in refused.value.path
    return refused.value


def test_a_count_by_hand() -> None:
    """Times are UTC; lot, serial, expiry and device come from the label."""
    found = scanned(ROW | {"udi": LABEL, "lot": "typed", "serial": "typed"}, sscc="0952" * 4 + "00")
    assert found == DockScan(
        scan="SCN-1",
        kind="counted",
        shipment="SHP1",
        po_number="PO1",
        lines=(
            CountedLine(
                po_number="PO1",
                line="1",
                quantity=Fraction(2),
                uom="EA",
                lots=(Lot(quantity=Fraction(2), lot="L1", serial="S1", expiry=date(2028, 1, 31)),),
                device_identifier=GTIN,
            ),
        ),
        at=datetime(2027, 1, 8, 15, 0, tzinfo=UTC),
        sscc="095209520952095200",
    )
    assert found.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("values", "lot", "serial", "expiry"),
    [
        ({"udi": LABEL, "lot": "X", "expiry": "2030-01-01"}, "L1", "S1", date(2028, 1, 31)),
        ({"udi": f"01{GTIN}", "lot": "X", "serial": "Y"}, "X", "Y", None),
        ({"lot": "X", "expiry": "2030-01-01"}, "X", "", date(2030, 1, 1)),
        ({"lot": None, "serial": "Y", "expiry": None}, "", "Y", None),
        ({"udi": "not a label", "lot": "X"}, "X", "", None),
    ],
)
def test_the_label_goes_before_what_was_typed(
    values: dict[str, Any], lot: str, serial: str, expiry: date | None
) -> None:
    """What the label does not say may be typed."""
    ((found,),) = (x.lots for x in scanned(ROW | values).lines)
    assert (found.lot, found.serial, found.expiry) == (lot, serial, expiry)


def test_a_line_without_trace_has_no_lot() -> None:
    """Nothing to trace; the device may still be known."""
    assert scanned().lines[0].lots == ()
    found = scanned(ROW | {"udi": f"01{GTIN}"}).lines[0]
    assert (found.lots, found.device_identifier) == ((), GTIN)


def test_a_row_may_name_its_order() -> None:
    """A truck with goods of two orders; the others are the scan's."""
    found = scanned(ROW, ROW | {"po_number": "PO2"})
    assert [(x.po_number, x.line) for x in found.lines] == [("PO1", "1"), ("PO2", "1")]


def test_rows_of_one_line_are_one_count() -> None:
    """Two serials of a line are a count of two; a second row is no second count."""
    rows = [
        ROW | {"quantity": "1", "udi": f"01{GTIN}10L1\x1d21S{n}", "po_line": line}
        for n, line in ((1, "1"), (2, "2"), (3, "1"))
    ]
    one, two = scanned(*rows).lines
    assert (one.line, one.quantity, one.condition) == ("1", 2, "ok")
    assert [(x.lot, x.serial, x.quantity) for x in one.lots] == [("L1", "S1", 1), ("L1", "S3", 1)]
    assert (two.line, two.quantity) == ("2", 1)
    assert one.device_identifier == GTIN


def test_what_is_wrong_with_one_row_is_wrong_with_the_line() -> None:
    """Damaged, or with another device's label: a person looks at the line."""
    damaged = scanned(ROW, ROW | {"condition": "damaged"}, ROW).lines
    assert [(x.quantity, x.condition) for x in damaged] == [(6, "damaged")]
    mixed = scanned(ROW | {"udi": f"01{GTIN}"}, ROW | {"udi": f"01{OTHER_GTIN}"}).lines
    assert [(x.quantity, x.condition) for x in mixed] == [(4, "mixed device identifiers")]


def test_rows_in_other_units_are_not_added() -> None:
    """Only the packaging tree knows what a box holds."""
    found = scanned(ROW, ROW | {"uom": "BX"})
    assert [(x.quantity, x.uom) for x in found.lines] == [(2, "EA"), (2, "BX")]


def test_what_the_simulated_dock_scans_is_read() -> None:
    """The peer's own element string."""
    line = {"gtin": GTIN, "expiry": "2028-01-31", "lot": "L1", "serial": "S1"}
    assert gs1_element_string(line) == LABEL
    assert scanned(ROW | {"udi": gs1_element_string(line)}).lines[0].device_identifier == GTIN


@pytest.mark.parametrize("quantity", ["0", "2.5", "1/3", "1000000"])
def test_counts_are_exact(quantity: str) -> None:
    """Nothing counted is a count too."""
    assert scanned(ROW | {"quantity": quantity}).lines[0].quantity == Fraction(quantity)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"quantity": "SYNCANARY"}, "$.lines[1].quantity"),
        ({"quantity": ""}, "$.lines[1].quantity"),
        ({"quantity": "-1"}, "$.lines[1].quantity"),
        ({"quantity": "1/0"}, "$.lines[1].quantity"),
        ({"quantity": "1e3"}, "$.lines[1].quantity"),
        ({"quantity": 2}, "$.lines[1].quantity"),
        ({"quantity": None}, "$.lines[1].quantity"),
        ({"po_line": 1}, "$.lines[1].po_line"),
        ({"expiry": "SYNCANARY"}, "$.lines[1].expiry"),
        ({"udi": 7}, "$.lines[1].udi"),
        ({"condition": None}, "$.lines[1].condition"),
    ],
)
def test_a_bad_row_is_refused_with_its_place(values: dict[str, Any], path: str) -> None:
    """Whoever scans sees at once which field of which line."""
    found = refusal(SCAN | {"lines": [ROW, ROW | values]})
    assert (found.code, found.path) == ("dock.scan-invalid", path)


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ({"kind": "SYNCANARY"}, "$.kind"),
        ({"kind": None}, "$.kind"),
        ({"at": "2027-01-08T09:00:00"}, "$.at"),
        ({"at": "SYNCANARY"}, "$.at"),
        ({"at": "0001-01-01T00:00:00+05:00"}, "$.at"),
        ({"lines": {}}, "$.lines"),
        ({"lines": [3]}, "$.lines[0]"),
        ({"scan_id": 1}, "$.scan_id"),
        ({"po_number": None}, "$.po_number"),
    ],
)
def test_a_bad_head_is_refused_with_its_place(parts: dict[str, Any], path: str) -> None:
    """The same for the fields of the scan."""
    found = refusal(SCAN | parts)
    assert (found.code, found.path) == ("dock.scan-invalid", path)


@pytest.mark.parametrize("name", ["scan_id", "kind", "shipment_id", "po_number", "lines", "at"])
def test_a_missing_field_is_refused(name: str) -> None:
    """Every field of the head is needed."""
    body = {k: v for k, v in SCAN.items() if k != name}
    assert refusal(body).code == "dock.scan-invalid"


@pytest.mark.parametrize(
    "body", [b"", b"SYNCANARY", b"[]", b"null", b"\xff\xfe", b'{"scan_id":', b"[" * 100_000]
)
def test_what_is_no_scan_is_refused(body: bytes) -> None:
    """Whatever it is, the answer is the same."""
    found = refusal(body)
    assert (found.code, found.text) == ("dock.scan-invalid", "not a dock scan")


def test_a_scan_has_a_limit() -> None:
    """A truck has some hundred lines."""
    assert len(scanned(*[ROW | {"po_line": str(n)} for n in range(LINES_MAX)]).lines) == LINES_MAX
    found = refusal(SCAN | {"lines": [ROW] * (LINES_MAX + 1)})
    assert (found.code, found.path) == ("dock.scan-too-large", "$.lines")


@given(st.text(max_size=30), st.text(max_size=12), st.text(max_size=12))
def test_a_label_never_stops_a_count(label: str, quantity: str, typed: str) -> None:
    """Any text under the scanner gives a count or a refusal with a place."""
    row = ROW | {"udi": label, "quantity": quantity, "lot": typed}
    try:
        lowest = min(x.quantity for x in scanned(row).lines)
        place = ""
    except RefusalError as refused:
        lowest, place = Fraction(0), refused.path
    assert lowest >= 0
    assert place in ("", "$.lines[0].quantity")
