"""Ship notices and receipts as FHIR SupplyDeliveries: what comes back, what is named or refused."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given
from test_exchange_goods_and_bills import (
    ADVICES,
    CAREFUL,
    FIRST,
    NOTICE,
    NOTICES,
    SECOND,
    TO,
    received,
)

from suture.core.refusal import RefusalError
from suture.documents.carried import differences
from suture.documents.exchange import Kind, convert, kind_of, read_document, write_document
from suture.documents.supply import ReceiptAdvice, ShipNotice
from suture.formats import fhir


@CAREFUL
@given(notice=NOTICES.filter(lambda notice: bool(notice.lines)))
def test_a_ship_notice_comes_back_from_fhir(notice: ShipNotice) -> None:
    """PHARM-S3 carries every field but an arrival before the departure."""
    data, problems = write_document(Kind.SHIP_NOTICE, notice, "fhir", TO)
    assert kind_of(data, "fhir") is Kind.SHIP_NOTICE
    (found,), stated = read_document(data, Kind.SHIP_NOTICE, "fhir")
    is_odd = notice.shipped and notice.expected and notice.expected < notice.shipped
    named = ["expected"] if is_odd else []
    assert [one.path for one in differences(notice, found)] == named
    assert [one.path for one in problems] == named and stated == []


@CAREFUL
@given(advice=ADVICES)
def test_a_receipt_comes_back_whole_from_fhir(advice: ReceiptAdvice) -> None:
    """PHARM-S4 carries every field."""
    data, problems = write_document(Kind.RECEIPT_ADVICE, advice, "fhir", TO)
    assert problems == [] and kind_of(data, "fhir") is Kind.RECEIPT_ADVICE
    (found,), stated = read_document(data, Kind.RECEIPT_ADVICE, "fhir")
    assert differences(advice, found) == [] and stated == []


def entries(data: bytes) -> list[dict[str, Any]]:
    """Return the resources of a Bundle."""
    return [one["resource"] for one in json.loads(data)["entry"]]


def test_a_ship_notice_in_fhir_by_hand() -> None:
    """A lot is a Device that the delivery contains; what is in none has the product's codes."""
    data, problems = write_document(Kind.SHIP_NOTICE, NOTICE, "fhir", TO)
    (delivery,) = entries(data)
    assert problems == []
    assert delivery == {
        "resourceType": "SupplyDelivery",
        "contained": [
            {
                "resourceType": "Device",
                "id": "lot1",
                "expirationDate": "2028-01-31",
                "lotNumber": "L7",
                "udiCarrier": [
                    {"deviceIdentifier": "09520000000017", "issuer": "https://www.gs1.org"}
                ],
            }
        ],
        "extension": [
            {
                "url": fhir.STAGE_URL,
                "valueCodeableConcept": {
                    "coding": [{"system": fhir.STAGE_SYSTEM, "code": "shipment"}]
                },
            }
        ],
        "identifier": [
            {"system": "urn:suture:shipment", "value": "S1"},
            {"system": "https://www.gs1.org/sscc", "value": "009520000000000017"},
            {"system": "urn:suture:purchase-order-line", "value": "1"},
        ],
        "basedOn": [{"identifier": {"system": "urn:suture:purchase-order", "value": "PO7"}}],
        "status": "in-progress",
        "suppliedItem": [
            {
                "quantity": {
                    "value": 2,
                    "unit": "EA",
                    "system": "http://unitsofmeasure.org",
                    "code": "{each}",
                },
                "itemReference": {"reference": "#lot1"},
            },
            {
                "quantity": {
                    "value": 1,
                    "unit": "EA",
                    "system": "http://unitsofmeasure.org",
                    "code": "{each}",
                },
                "itemCodeableConcept": {
                    "coding": [{"system": "https://www.gs1.org/gtin", "code": "09520000000017"}]
                },
            },
        ],
        "occurrencePeriod": {"start": "2027-01-05"},
        "supplier": {"identifier": {"system": "urn:suture:supplier", "value": "SYNTHO"}},
        "destination": {"identifier": {"system": "urn:suture:facility", "value": "SYNTHHOSP"}},
    }


def test_a_receipt_goes_from_x12_to_fhir_and_back() -> None:
    """An 861, a Bundle of PHARM-S4 and an 861 again say the same."""
    first, _ = write_document(Kind.RECEIPT_ADVICE, received(FIRST, SECOND), "x12", TO)
    made = convert(first, None, "fhir", TO)
    assert made.problems == ()
    for resource in entries(made.data):
        assert resource["status"] == "completed" and resource["occurrenceDateTime"] == "2027-01-09"
        assert resource["partOf"][0]["identifier"]["value"] == "S1"
        one, problems = fhir.parse(json.dumps(resource).encode())
        assert one is not None and problems == []
        assert fhir.validate(one, fhir.SUPPLY_PROFILES["PHARM-S4"]) == []
    assert convert(made.data, None, "x12", TO).data == first


def test_a_cancelled_shipment_is_abandoned() -> None:
    """A notice that is withdrawn says so; a receipt that is withdrawn is none."""
    notice = msgspec.structs.replace(NOTICE, is_cancel=True)
    data, _ = write_document(Kind.SHIP_NOTICE, notice, "fhir", TO)
    assert b'"abandoned"' in data
    assert read_document(data, Kind.SHIP_NOTICE, "fhir")[0] == [notice]
    data, _ = write_document(Kind.RECEIPT_ADVICE, received(FIRST), "fhir", TO)
    withdrawn = data.replace(b'"completed"', b'"abandoned"')
    found, problems = read_document(withdrawn, Kind.RECEIPT_ADVICE, "fhir")
    assert found == [] and "supply.not-read" in {one.code for one in problems}


def test_a_lone_delivery_is_a_notice_of_one_line() -> None:
    """It need not stand in a Bundle; what its profile misses is stated with its path."""
    data, _ = write_document(Kind.SHIP_NOTICE, NOTICE, "fhir", TO)
    (delivery,) = entries(data)
    delivery.pop("destination")
    delivery["note"] = [{"text": "x"}]
    lone = json.dumps(delivery).encode()
    assert kind_of(lone, "fhir") is Kind.SHIP_NOTICE
    (found,), problems = read_document(lone, Kind.SHIP_NOTICE, "fhir")
    assert found == NOTICE
    stated = {(one.code, one.path) for one in problems}
    assert ("fhir.profile-required", "SupplyDelivery.destination") in stated
    assert ("supply.not-read", "SupplyDelivery.note") in stated


@pytest.mark.parametrize(
    ("was", "becomes", "path"),
    [
        (b'"#lot1"', b'"Device/7"', "Bundle.entry[0].resource.suppliedItem[0].itemReference"),
        (b'"SYNTHHOSP"', b'"NCH"', ""),
        (b"urn:suture:facility", b"urn:other", "Bundle.entry[0].resource.destination"),
        (
            b'https://www.gs1.org/gtin"',
            b'https://other/gtin"',
            "Bundle.entry[0].resource.suppliedItem[1].itemCodeableConcept",
        ),
        (
            b"https://www.gs1.org/sscc",
            b"https://other/sscc",
            "Bundle.entry[0].resource.identifier",
        ),
        (b'"code":"shipment"', b'"code":"reception"', "Bundle.entry[0].resource"),
    ],
    ids=["other device", "addressee", "other place", "other code", "other number", "other stage"],
)
def test_what_a_delivery_says_besides_is_stated(was: bytes, becomes: bytes, path: str) -> None:
    """A number of another system is not ours, a device elsewhere is not fetched."""
    data, _ = write_document(Kind.SHIP_NOTICE, NOTICE, "fhir", TO)
    changed = data.replace(was, becomes)
    assert changed != data
    _, problems = read_document(changed, Kind.SHIP_NOTICE, "fhir")
    stated = [one.path for one in problems if one.code == "supply.not-read"]
    assert stated == ([path] if path else [])


def test_deliveries_that_differ_are_stated() -> None:
    """The first delivery of a shipment speaks for all; the others are named."""
    lines = tuple(msgspec.structs.replace(NOTICE.lines[0], line=n) for n in ("1", "2"))
    notice = msgspec.structs.replace(NOTICE, lines=lines)
    data, _ = write_document(Kind.SHIP_NOTICE, notice, "fhir", TO)
    head, middle, tail = data.rpartition(b"2027-01-05")
    (found,), problems = read_document(
        head + middle.replace(b"05", b"06") + tail, Kind.SHIP_NOTICE, "fhir"
    )
    assert found.shipped == date(2027, 1, 5) and len(found.lines) == 2
    assert [one.path for one in problems] == ["Bundle.entry[1].resource"]


def test_a_delivery_of_nothing_is_refused() -> None:
    """A Bundle holds a delivery for each line."""
    for kind, document in (
        (Kind.SHIP_NOTICE, msgspec.structs.replace(NOTICE, lines=())),
        (Kind.RECEIPT_ADVICE, msgspec.structs.replace(received(FIRST), lines=())),
    ):
        with pytest.raises(RefusalError) as refused:
            write_document(kind, document, "fhir", TO)
        assert refused.value.code == "supply.missing"
