"""The views give one shape for R4 and R5, exact numbers, and times with their precision.

In: own samples. Out: a verdict on what each view reads. Expected values are written by hand.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import fhir_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.money import Money
from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats import fhir
from suture.formats.fhir import Amount, Precision, Resource, moment, view
from suture.formats.fhir.datatype import money
from suture.formats.fhir.primitive import has_form
from suture.formats.fhir.view import VIEWS

VERSIONS = pytest.mark.parametrize("version", ["R4", "R5"])
NEW_YORK = timezone(timedelta(hours=-5))
START = datetime(2026, 3, 2, 7, 30, 0, 250_000, NEW_YORK)


@VERSIONS
def test_appointment(version: str) -> None:
    """Room, surgeon, times and service are read alike."""
    seen = fhir.appointment(samples.appointment(version))
    assert (seen.id, seen.status, seen.minutes) == ("synth-1", "booked", 150)
    assert seen.identifiers[0].value == "SYN-100"
    assert seen.start is not None and seen.start.at == START
    assert seen.start.precision is Precision.FRACTION
    assert seen.start.text.endswith(".250-05:00")
    assert seen.end is not None and seen.end.at == datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert [room.id for room in seen.of_kind("Location")] == ["or-1"]
    assert seen.participants[1].is_required is True
    assert seen.participants[0].is_required is None
    what = seen.service_types[0].concept
    assert what is not None and what.code() == "knee"
    assert (seen.subject is not None) == (version == "R5")


@VERSIONS
def test_service_request(version: str) -> None:
    """Code, place, requester and period are read alike."""
    seen = fhir.service_request(samples.service_request(version))
    assert (seen.intent, seen.priority, seen.do_not_perform) == ("order", "urgent", False)
    assert seen.code is not None and seen.code.concept is not None
    assert seen.code.concept.code() == "knee"
    place = seen.locations[0].reference
    assert place is not None and place.id == "or-1"
    assert seen.requester is not None
    assert (seen.requester.type, seen.requester.id) == ("PractitionerRole", "SYNTH-7")
    assert seen.occurrence is not None and seen.occurrence.period is not None
    end = seen.occurrence.period.end
    assert end is not None and end.precision is Precision.MONTH and not end.is_exact


@VERSIONS
def test_procedure(version: str) -> None:
    """Implants, used products and times are read alike."""
    seen = fhir.procedure(samples.procedure(version))
    assert [one.id for one in seen.devices] == ["d2"]
    assert {one.reference.id for one in seen.used if one.reference} == {"d1"}
    assert {one.concept.code() for one in seen.used if one.concept} == {"drape"}
    assert seen.occurrence is not None and seen.occurrence.period is not None
    assert seen.occurrence.period.start is not None
    assert seen.occurrence.period.start.at == START
    assert seen.performers[0].types[0].code() == "surgeon"


@VERSIONS
def test_encounter(version: str) -> None:
    """Class, period and places are read alike; the status stays as written."""
    seen = fhir.encounter(samples.encounter(version))
    assert seen.classes[0].code() == "IMP"
    assert seen.period is not None and seen.period.end is None
    assert seen.locations[0].location is not None
    assert seen.locations[0].location.id == "or-1"
    assert seen.participants[0].actor is not None
    assert seen.length is not None and seen.length.exact == 90
    assert seen.status == ("in-progress" if version == "R4" else "discharged")


@VERSIONS
def test_directory(version: str) -> None:
    """Rooms, surgeons, roles and services are read alike."""
    room = fhir.location(samples.location(version))
    assert (room.name, room.mode) == ("SYNTH OR 1", "instance")
    assert room.form is not None and room.form.code() == "ro"
    assert room.part_of is not None and room.part_of.id == "b"
    surgeon = fhir.practitioner(samples.practitioner(version))
    assert (surgeon.family, surgeon.given) == ("SYNTH", ("ANNA", "B"))
    assert surgeon.npi == "9876543213"
    assert surgeon.qualifications[0].code() == "MD"
    role = fhir.practitioner_role(samples.practitioner_role(version))
    assert role.is_active is True
    assert role.practitioner is not None and role.practitioner.type == "Practitioner"
    assert role.period is not None and role.period.start is not None
    assert role.period.start.precision is Precision.YEAR
    service = fhir.healthcare_service(samples.healthcare_service(version))
    assert service.provided_by is not None and service.types[0].code() == "ortho"


@VERSIONS
def test_devices(version: str) -> None:
    """Implants, kinds of implants and their use are read alike."""
    implant = fhir.device(samples.device(version))
    assert implant.udi[0].human_readable == "(01)09520000000013(10)SYN-LOT"
    assert (implant.lot_number, implant.serial_number) == ("SYN-LOT", "SYN-SER")
    assert implant.distinct_identifier == "SYN-D"
    assert implant.names == ("SYNTH knee",)
    assert implant.types[0].code() == "knee"
    assert implant.expires is not None and implant.expires.precision is Precision.MONTH
    assert implant.expires.day == date(2027, 5, 1)
    assert implant.definition is not None and implant.definition.reference is not None
    assert implant.definition.reference.id == "dd"
    kind = fhir.device_definition(samples.device_definition(version))
    assert kind.udi[0].device_identifier == "09520000000013"
    assert kind.manufacturer_name == "SYNTH Maker"
    assert kind.types[0].code() == "knee"
    use = fhir.device_usage(samples.device_usage(version))
    assert use.patient is not None and use.patient.type == "Patient"
    assert use.device is not None and use.device.reference is not None
    assert use.timing is not None and use.timing.at is not None and use.timing.at.at == START
    assert use.recorded is not None and use.recorded.day == date(2026, 3, 2)
    assert use.body_site is not None and use.body_site.concept is not None
    assert use.reasons[0].concept is not None


@VERSIONS
def test_supply(version: str) -> None:
    """What is asked for and what has come is read alike, with exact quantities."""
    asked = fhir.supply_request(samples.supply_request(version))
    assert asked.item is not None and asked.item.concept is not None
    assert asked.item.concept.code(samples.GTIN) == "09520000000013"
    assert asked.item.concept.code("https://other.example") == ""
    assert asked.quantity is not None
    assert str(asked.quantity.value) == "2.0"
    assert asked.quantity.exact == Fraction(2)
    assert asked.parameters[0].quantity == Amount(Decimal("4.50"))
    assert asked.occurrence is not None and asked.occurrence.is_schedule
    assert asked.occurrence.at is not None
    assert asked.authored_on is not None and asked.authored_on.at.microsecond == 123_000
    assert asked.suppliers[0].id == "s1"
    assert asked.deliver_to is not None and asked.deliver_to.id == "dock"
    assert asked.reasons[0].concept is not None
    assert len(asked.based_on) == (version == "R5")
    came = fhir.supply_delivery(samples.supply_delivery(version))
    assert len(came.items) == (1 if version == "R4" else 2)
    assert came.items[0].item is not None and came.items[0].item.concept is not None
    assert came.based_on[0].type == "SupplyRequest"
    assert came.receivers[0].type == "Practitioner"
    assert not hasattr(asked, "deliver_for") and not hasattr(came, "patient")


def test_inventory() -> None:
    """Items and counts of R5."""
    item = fhir.inventory_item(samples.inventory_item())
    assert (item.lot_number, item.description) == ("SYN-LOT", "SYNTH size 4")
    assert item.names[0].kind == "trade-name"
    assert item.expires is not None and item.expires.precision is Precision.DAY
    assert item.net_content is not None and item.net_content.value == Decimal(1)
    assert [owner.id for owner in item.organizations] == ["o"]
    report = fhir.inventory_report(samples.inventory_report())
    assert (report.count_type, report.status) == ("snapshot", "active")
    line = report.listings[0].items[0]
    assert line.quantity is not None and line.quantity.exact == 2
    assert line.item is not None and line.item.concept is not None
    assert report.listings[0].counted_at is not None


def test_bundle_pages() -> None:
    """Entries, links, scores and the way from a reference to its resource."""
    page = fhir.bundle(samples.searchset())
    assert (page.type, page.total) == ("searchset", 7)
    assert page.next_url.endswith("page=2")
    assert page.link("previous") == ""
    assert [one.type for one in page.resources()] == ["Appointment", "Location"]
    assert [one.type for one in page.resources("Location")] == ["Location"]
    assert str(page.entries[0].score) == "0.50"
    room = page.find("Location/synth-1")
    assert room is not None and fhir.location(room).name == "SYNTH OR 1"
    assert page.find("https://ehr.example/fhir/Location/synth-1/_history/3") is room
    assert page.find("Location/other") is None
    assert page.find("") is None


def test_bundle_transactions() -> None:
    """What a transaction asks for, and what became of each entry."""
    asked = fhir.bundle(samples.transaction()).entries[0].request
    assert asked is not None
    assert (asked.method, asked.if_none_exist) == ("POST", "identifier=SYN-PO-1")
    made, refused = fhir.bundle(samples.transaction_response()).entries
    assert made.response is not None and refused.response is not None
    assert (made.response.code, made.response.is_success) == (201, True)
    assert made.response.location == "SupplyRequest/9/_history/1"
    assert made.response.last_modified is not None
    assert (refused.response.code, refused.response.is_success) == (409, False)
    assert refused.response.outcome is not None
    assert fhir.operation_outcome(refused.response.outcome).is_error
    assert fhir.EntryResponse(status="later").code == 0


def test_outcome_of_problems() -> None:
    """Problems become an OperationOutcome of both versions, without a value."""
    problems = [
        Problem("fhir.required", Severity.ERROR, "missing", "SupplyRequest.item", None, "FHIR R4"),
        Problem("fhir.not-finite", Severity.ERROR, "no number", "", 17),
        Problem("fhir.unknown-element", Severity.WARNING, "kept", "SupplyRequest.x"),
        Problem("x12.segment-count", Severity.INFO, "permitted"),
    ]
    made = fhir.outcome_of(problems)
    for version in ("R4", "R5"):
        assert fhir.validate(made, fhir.FhirProfile(name=version, version=version)) == []
    seen = fhir.operation_outcome(made)
    assert [(issue.severity, issue.code) for issue in seen.issues] == [
        ("error", "required"),
        ("error", "structure"),
        ("warning", "structure"),
        ("information", "invalid"),
    ]
    assert seen.issues[0].expressions == ("SupplyRequest.item",)
    assert seen.issues[1].diagnostics == "byte 17"
    assert seen.issues[0].details is not None
    assert seen.issues[0].details.code("urn:suture:problem") == "fhir.required"
    assert seen.is_error and not seen.is_transient
    well = fhir.operation_outcome(fhir.outcome_of([]))
    assert not well.is_error and not well.is_transient


def test_a_transient_outcome() -> None:
    """Only when every error may pass is the outcome transient."""
    issues = [{"severity": "error", "code": "throttled"}, {"severity": "warning", "code": "value"}]
    assert fhir.operation_outcome(samples.made("OperationOutcome", issue=issues)).is_transient
    issues.append({"severity": "fatal", "code": "exception"})
    assert not fhir.operation_outcome(samples.made("OperationOutcome", issue=issues)).is_transient


@VERSIONS
def test_audit_event(version: str) -> None:
    """Who, what, when and why are read alike."""
    seen = fhir.audit_event(samples.audit_event(version))
    assert seen.action == "R"
    assert seen.category[0].code() == "rest" and seen.code[0].code() == "read"
    assert seen.outcome is not None and seen.outcome.code == "0"
    assert seen.agents[0].is_requestor and seen.agents[0].network_address == "10.0.0.1"
    assert seen.agents[0].purposes[0].code() == "TREAT"
    assert seen.purposes[0].code() == "HOPERAT"
    assert seen.observer is not None and seen.observer.id == "hub"
    assert seen.entities[0].what is not None and seen.entities[0].what.type == "Appointment"
    assert seen.entities[0].role is not None and seen.entities[0].role.code() == "4"


@VERSIONS
def test_subscription(version: str) -> None:
    """Topic, channel and endpoint are read alike; nothing shows the header."""
    seen = fhir.subscription(samples.subscription(version))
    assert seen.channel.code == "rest-hook"
    assert seen.endpoint == "https://hub.example/in"
    assert seen.content_type == "application/fhir+json"
    assert "ppointment" in seen.topic
    assert "SECRET" not in repr(seen)
    if version == "R5":
        assert (seen.heartbeat_s, seen.filters[0].parameter) == (60, "status")
    else:
        assert seen.headers == ("Authorization: SYNTH-SECRET",)


@pytest.mark.parametrize("resource", [samples.subscription_status(), samples.backport_status()])
def test_subscription_status(resource: Resource) -> None:
    """SubscriptionStatus and the backport's Parameters say the same."""
    seen = fhir.subscription_status(resource)
    assert (seen.status, seen.type) == ("active", "event-notification")
    assert seen.events_since_start == 12
    assert seen.events[0].number == 12
    assert seen.events[0].at is not None and seen.events[0].at.at == START
    assert seen.events[0].focus is not None and seen.events[0].focus.id == "a1"
    assert seen.topic.endswith("appointment")
    assert seen.subscription is not None and seen.subscription.id == "s1"


@pytest.mark.parametrize(("name", "version", "resource"), samples.EVERY)
def test_every_view_shows_nothing(name: str, version: str, resource: Resource) -> None:
    """A view is chosen by type, and its repr has no content."""
    seen = view(resource)
    assert (seen is None) == (resource.type == "Parameters")
    assert "SYN" not in repr(seen) and "09520000000013" not in repr(seen)


@pytest.mark.parametrize("kind", sorted(VIEWS))
def test_a_view_refuses_another_type(kind: str) -> None:
    """A reader that expects one type is not given another."""
    with pytest.raises(RefusalError) as refusal:
        VIEWS[kind](samples.made("Basic"))
    assert refusal.value.code == "fhir.kind"


@given(
    st.sampled_from(sorted(VIEWS)),
    st.dictionaries(
        st.sampled_from(
            sorted(
                {"status", "identifier", "participant", "item", "quantity", "entry", "link"}
                | {"code", "start", "occurrencePeriod", "used", "class", "udiCarrier", "name"}
                | {"suppliedItem", "inventoryListing", "instance", "channel", "filterBy", "source"}
                | {"agent", "issue"}
            )
        ),
        st.recursive(
            st.one_of(st.none(), st.integers(), st.text(max_size=4), st.booleans()),
            lambda inner: st.one_of(
                st.lists(inner, max_size=3),
                st.dictionaries(
                    st.sampled_from(["coding", "code", "value", "reference", "item", "response"]),
                    inner,
                    max_size=3,
                ),
            ),
            max_leaves=12,
        ),
        max_size=5,
    ),
)
def test_no_content_makes_a_view_raise(kind: str, values: dict[str, object]) -> None:
    """Malformed content gives a poorer view, not an exception."""
    assert view(samples.made(kind, **values)) is not None


@pytest.mark.parametrize(
    ("text", "at", "precision"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC), Precision.YEAR),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC), Precision.MONTH),
        ("2026-03-02", datetime(2026, 3, 2, tzinfo=UTC), Precision.DAY),
        ("2026-03-02T10:00:00Z", datetime(2026, 3, 2, 10, tzinfo=UTC), Precision.SECOND),
        (
            "2026-03-02T10:00:00.1234567+01:00",
            datetime(2026, 3, 2, 9, 0, 0, 123_456, tzinfo=UTC),
            Precision.FRACTION,
        ),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC), Precision.SECOND),
    ],
)
def test_a_moment_keeps_text_and_precision(text: str, at: datetime, precision: Precision) -> None:
    """A time is aware, says how exact it is, and keeps what was written."""
    seen = moment(text)
    assert seen is not None
    assert (seen.at, seen.precision, seen.text) == (at, precision, text)
    assert seen.at.tzinfo is not None
    assert text not in repr(seen)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "26",
        "0000",
        "2026-13",
        "2026-02-30",
        "2026-03-02 ",
        "2026-03-02T10:00",
        "2026-03-02T10:00:00",
        "2026-03-02T24:00:00Z",
        "2026-03-02T10:00:00+15:00",
        "9999-12-31T23:59:60Z",
        3,
        None,
    ],
)
def test_no_time_is_made_of_less(text: object) -> None:
    """What is not FHIR's form, or not in the calendar, is no time."""
    assert moment(text) is None
    assert not has_form("dateTime", text)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("boolean", [True, False], ["true", 1, None]),
        ("integer", [0, -(2**31), 2**31 - 1], [2**31, "1", True, Decimal("1.0")]),
        ("unsignedInt", [0, 1], [-1]),
        ("positiveInt", [1], [0]),
        ("integer64", ["0", "-9", "9223372036854775807"], [1, "01", "x"]),
        ("decimal", [1, Decimal("1.10")], ["1.1", True]),
        ("code", ["a", "a b"], ["", " a", "a  b", "a "]),
        ("id", ["A-1.b"], ["", "a_b", "x" * 65]),
        ("uri", ["urn:x", "https://x.example"], ["", "a b"]),
        ("url", ["https://x.example"], ["a b"]),
        ("canonical", ["https://x.example|1"], [" "]),
        ("oid", ["urn:oid:2.16.840"], ["2.16.840", "urn:oid:2.016"]),
        ("uuid", ["urn:uuid:11111111-2222-4333-8444-555555555555"], ["urn:uuid:1"]),
        ("date", ["2026", "2026-03", "2024-02-29"], ["2026-02-29", "2026-3"]),
        ("time", ["10:00:00", "10:00:00.5"], ["10:00", "24:00:00"]),
        ("instant", ["2026-03-02T10:00:00Z"], ["2026-03-02"]),
        ("base64Binary", ["U1lO", "U1lOVEg=", "U1lO\nU1lO"], ["", "U1l", "U1lO!", "===="]),
        ("string", ["x", "a\tb\n"], ["", "  ", "a\x00b", "x" * (1024 * 1024 + 1)]),
        ("markdown", ["# x"], [""]),
        ("xhtml", ['<div xmlns="x">a</div>'], ["<p>a</p>", ""]),
    ],
)
def test_primitive_forms(kind: str, good: list[object], bad: list[object]) -> None:
    """Each primitive type takes its own forms only."""
    assert [value for value in good if not has_form(kind, value)] == []
    assert [value for value in bad if has_form(kind, value)] == []


def test_money_has_its_currency() -> None:
    """Money needs both value and currency, and keeps its cents."""
    price = {"net": {"value": Decimal("10.10"), "currency": "USD"}, "half": {"value": 1}}
    assert money(price, "net") == Money(Decimal("10.10"), "USD")
    assert money(price, "half") is None
    assert money(price, "none") is None


def test_a_bound_is_no_quantity() -> None:
    """A Quantity with a comparator has no exact value."""
    assert Amount(Decimal("5"), comparator=">").exact is None
    assert Amount().exact is None
