"""The IHE SUPPLY messages that are built fit their profile; what misses a part does not.

In: values of orders, shipments and counts. Out: a verdict on the resources made.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import fhir_samples as samples
import pytest

from suture.core.refusal import RefusalError
from suture.formats import fhir
from suture.formats.fhir import (
    SUPPLY_PROFILES,
    Amount,
    Coding,
    Identifier,
    Reference,
    StockPosition,
    SupplyLine,
    SupplyNotice,
    SupplyOrder,
)

NOW = datetime(2026, 3, 1, 9, 30, 0, 120_000, UTC)
LINE = SupplyLine(
    product=Coding(samples.GTIN, "09520000000013"),
    quantity=Amount(Decimal("2.0"), "each", "http://unitsofmeasure.org", "1"),
)
ORDER = SupplyOrder(
    identifier=Identifier(samples.SYNTH, "SYN-PO-1"),
    line=LINE,
    authored_on=NOW,
    requester=Reference("Organization/o1"),
    deliver_to=Reference("Location/dock"),
    supplier=Reference(identifier=Identifier(samples.SYNTH, "9520000000037")),
    priority="urgent",
    need_by=NOW.replace(microsecond=0),
)
NOTICE = SupplyNotice(
    identifier=Identifier(samples.SYNTH, "SYN-SHIP-1"),
    lines=(LINE, LINE),
    at=NOW.replace(microsecond=123_456),
    destination=Reference("Location/dock"),
    supplier=Reference("Organization/s1"),
    receiver=Reference("Organization/o1"),
    request=Reference("SupplyRequest/r1"),
)


def test_a_supply_request() -> None:
    """PHARM-S1: the request reads back as it was meant, milliseconds and `2.0` included."""
    made = fhir.supply_request_message(ORDER)
    assert b'"value":2.0,' in bytes(made)
    assert b'"authoredOn":"2026-03-01T09:30:00.120Z"' in bytes(made)
    seen = fhir.supply_request(made)
    assert seen.priority == "urgent"
    assert seen.item is not None and seen.item.concept is not None
    assert seen.item.concept.code() == "09520000000013"
    assert seen.occurrence is not None and seen.occurrence.at is not None
    assert seen.occurrence.at.text == "2026-03-01T09:30:00Z"
    assert seen.suppliers[0].identifier == Identifier(samples.SYNTH, "9520000000037")
    assert fhir.privacy_traps(made) == []
    assert fhir.detect_version(made) == "R5"


def test_notices_of_shipment_and_receipt() -> None:
    """PHARM-S3 and S4: same content, other stage; each fits its own profile only."""
    sent = fhir.shipment_notice_message(NOTICE)
    came = fhir.receipt_notice_message(replace(NOTICE, shipment=Reference("SupplyDelivery/s1")))
    assert fhir.supply_delivery(sent).items[1].quantity == LINE.quantity
    assert fhir.supply_delivery(came).part_of[0].id == "s1"
    assert b"09:30:00.123456Z" in bytes(sent)
    shipped, received = SUPPLY_PROFILES["PHARM-S3"], SUPPLY_PROFILES["PHARM-S4"]
    assert fhir.validate(sent, shipped) == []
    assert fhir.validate(came, received) == []
    assert [problem.code for problem in fhir.validate(sent, received)] == ["fhir.constraint"]
    assert [problem.code for problem in fhir.validate(came, shipped)] == ["fhir.constraint"]
    assert fhir.privacy_traps(sent) == fhir.privacy_traps(came) == []


def test_an_inventory_status() -> None:
    """PHARM-S5: a count of two places."""
    positions = [
        StockPosition(location=Reference("Location/a"), lines=(LINE,), counted_at=NOW),
        StockPosition(location=Reference("Location/b"), lines=()),
    ]
    made = fhir.inventory_status_message(
        Identifier(samples.SYNTH, "SYN-C"), Reference("Device/cabinet"), NOW, positions
    )
    seen = fhir.inventory_report(made)
    assert [len(listing.items) for listing in seen.listings] == [1, 0]
    assert seen.listings[0].items[0].quantity == LINE.quantity
    assert fhir.privacy_traps(made) == []


@pytest.mark.parametrize(
    ("order", "code"),
    [
        (replace(ORDER, status="completed"), "fhir.profile-code"),
        (replace(ORDER, status="sent"), "fhir.code"),
        (replace(ORDER, identifier=Identifier()), "fhir.empty"),
        (replace(ORDER, requester=Reference("nowhere at all")), "fhir.reference"),
        (replace(ORDER, authored_on=datetime(2026, 3, 1)), "fhir.value"),
        (replace(ORDER, line=replace(LINE, quantity=Amount())), "fhir.value"),
    ],
)
def test_what_does_not_fit_is_not_built(order: SupplyOrder, code: str) -> None:
    """A builder refuses with the code of the first problem."""
    with pytest.raises(RefusalError) as refusal:
        fhir.supply_request_message(order)
    assert refusal.value.code == code


def test_a_status_answer() -> None:
    """PHARM-S2: a searchset of SupplyRequests, without a patient."""
    request = fhir.supply_request_message(ORDER)
    page = samples.made(
        "Bundle",
        type="searchset",
        link=[{"relation": "self", "url": "https://erp.example/SupplyRequest?identifier=SYN-PO-1"}],
        entry=[{"resource": {**request.data, "status": "completed"}}],
    )
    profile = SUPPLY_PROFILES["PHARM-S2"]
    assert fhir.validate(page, profile) == []
    trapped = page.set("entry[0].resource.deliverFor", samples.ref("Patient/SYNTH-1"))
    other = page.set("entry[1]", {"resource": samples.location("R5").data})
    assert [p.code for p in fhir.validate(trapped, profile)] == ["fhir.profile-forbidden"]
    assert [p.code for p in fhir.validate(other, profile)] == ["fhir.profile-code"]


def test_update_and_query() -> None:
    """PHARM-S6 is a difference with a reason, S7 a requested report without counts."""
    count = samples.inventory_report().set("identifier", samples.ident("SYN-C"))
    update = count.set("countType", "difference").set("operationType", samples.concept("used"))
    assert fhir.validate(update, SUPPLY_PROFILES["PHARM-S6"]) == []
    assert fhir.validate(count, SUPPLY_PROFILES["PHARM-S5"]) == []
    query = count.set("status", "requested").set("inventoryListing[0].item", None)
    assert fhir.validate(query, SUPPLY_PROFILES["PHARM-S7"]) == []
    wrong = {p.code for p in fhir.validate(count, SUPPLY_PROFILES["PHARM-S7"])}
    assert wrong == {"fhir.profile-code", "fhir.profile-forbidden"}
    assert {p.code for p in fhir.validate(count, SUPPLY_PROFILES["PHARM-S6"])} == {
        "fhir.profile-code",
        "fhir.profile-required",
    }


@pytest.mark.parametrize("name", sorted(SUPPLY_PROFILES))
def test_every_profile_forbids_what_leads_to_a_patient(name: str) -> None:
    """The elements of spec 2.0.11 are forbidden by each profile that could have them."""
    profile = SUPPLY_PROFILES[name]
    assert profile.version == "R5"
    trap = {
        "SupplyRequest": "deliverFor",
        "SupplyDelivery": "patient",
        "InventoryReport": "note",
        "Bundle": "entry.resource.deliverFor",
    }
    assert trap[profile.resource] in profile.forbidden
