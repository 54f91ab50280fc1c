"""Validation finds what does not fit R4, R5 or a profile, and nothing in what fits.

In: own samples and small changes of them. Out: a verdict on codes, positions and clauses.
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

import fhir_samples as samples
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.fhir import (
    PROBLEM_CODES,
    Binding,
    Constraint,
    FhirProfile,
    Limits,
    Resource,
    appointment,
    detect_version,
    evaluate,
    parse,
    privacy_traps,
    read_ndjson,
    validate,
)
from suture.formats.profile import read_profile

R4 = FhirProfile(name="r4", version="R4")
R5 = FhirProfile(name="r5", version="R5")
BY_VERSION = {"R4": R4, "R5": R5}


def found(resource: Resource, profile: FhirProfile = R4) -> list[tuple[str, str]]:
    """Return (code, path) of each problem."""
    return [(problem.code, problem.path) for problem in validate(resource, profile)]


@pytest.mark.parametrize(("name", "version", "resource"), samples.EVERY)
def test_a_valid_sample_has_no_problem(name: str, version: str, resource: Resource) -> None:
    """Every sample fits the version it is written for."""
    assert validate(resource, BY_VERSION[version]) == []


@pytest.mark.parametrize(("name", "version", "resource"), samples.EVERY)
def test_the_version_is_told_or_left_open(name: str, version: str, resource: Resource) -> None:
    """A sample is never taken for the other version."""
    assert detect_version(resource) in ("", version)


@pytest.mark.parametrize(
    ("resource", "version"),
    [
        (samples.appointment("R4"), "R4"),
        (samples.appointment("R5"), "R5"),
        (samples.supply_request("R4"), "R4"),
        (samples.supply_request("R5"), "R5"),
        (samples.supply_delivery("R4"), "R4"),
        (samples.supply_delivery("R5"), "R5"),
        (samples.encounter("R4"), "R4"),
        (samples.encounter("R5"), "R5"),
        (samples.device_usage("R4"), "R4"),
        (samples.inventory_item(), "R5"),
        (samples.searchset(), "R4"),
        (samples.made("Location", name="SYNTH"), ""),
        (samples.made("Encounter", status="discharged"), "R5"),
        (samples.made("Nothing"), ""),
        (samples.made("Bundle", entry=[{"resource": {"resourceType": {}}}, 3]), ""),
    ],
)
def test_detection(resource: Resource, version: str) -> None:
    """Resource names, elements, arrays and codes tell the version; a Bundle by its entries."""
    assert detect_version(resource) == version


def changed(resource: Resource, path: str, value: Any) -> Resource:
    """Return the resource with one change."""
    return resource.set(path, value)


A4, S4, S5 = samples.appointment("R4"), samples.supply_request("R4"), samples.supply_request("R5")
D5 = samples.supply_delivery("R5")


@pytest.mark.parametrize(
    ("resource", "profile", "code", "path", "clause"),
    [
        (samples.made("Nonsense"), R4, "fhir.resource-type", "Nonsense", "FHIR R4 Resource"),
        (samples.inventory_item(), R4, "fhir.resource-type", "InventoryItem", "FHIR R4 Resource"),
        (
            S4.set("quantity", None),
            R4,
            "fhir.required",
            "SupplyRequest.quantity",
            "FHIR R4 SupplyRequest.quantity",
        ),
        (
            S4.set("itemCodeableConcept", None),
            R4,
            "fhir.required",
            "SupplyRequest.item[x]",
            "FHIR R4 SupplyRequest.item[x]",
        ),
        (
            S5.set("item", None),
            R5,
            "fhir.required",
            "SupplyRequest.item",
            "FHIR R5 SupplyRequest.item",
        ),
        (
            S4.set("itemReference", samples.ref("Device/1")),
            R4,
            "fhir.choice",
            "SupplyRequest.item[x]",
            "FHIR R4 SupplyRequest.item[x]",
        ),
        (
            S4.set("status", "sent-SYNTH"),
            R4,
            "fhir.code",
            "SupplyRequest.status",
            "FHIR R4 SupplyRequest.status",
        ),
        (
            samples.encounter("R5").set("status", "finished"),
            R5,
            "fhir.code",
            "Encounter.status",
            "FHIR R5 Encounter.status",
        ),
        (
            A4.set("participant[1].required", "maybe"),
            R4,
            "fhir.code",
            "Appointment.participant[1].required",
            "FHIR R4 Appointment.participant.required",
        ),
        (
            S4.set("identifier[0].use", "never"),
            R4,
            "fhir.code",
            "SupplyRequest.identifier[0].use",
            "FHIR R4 Identifier.use",
        ),
        (
            S4.set("occurrenceTiming.repeat", {"durationUnit": "year"}),
            R4,
            "fhir.code",
            "SupplyRequest.occurrenceTiming.repeat.durationUnit",
            "FHIR R4 Timing.repeat.durationUnit",
        ),
        (
            S4.set("basedOn", [samples.ref("ServiceRequest/1")]),
            R4,
            "fhir.unknown-element",
            "SupplyRequest.basedOn",
            "FHIR R4 SupplyRequest",
        ),
        (
            S4.set("_quantity", {"id": "x"}),
            R4,
            "fhir.unknown-element",
            "SupplyRequest._quantity",
            "FHIR R4 SupplyRequest",
        ),
        (
            S4.set("identifier", {"value": "SYN"}),
            R4,
            "fhir.shape",
            "SupplyRequest.identifier",
            "FHIR R4 SupplyRequest.identifier",
        ),
        (
            S4.set("status", ["active"]),
            R4,
            "fhir.shape",
            "SupplyRequest.status",
            "FHIR R4 SupplyRequest.status",
        ),
        (S4.set("quantity", "two"), R4, "fhir.shape", "SupplyRequest.quantity", None),
        (S4.set("status", {"value": "active"}), R4, "fhir.shape", "SupplyRequest.status", None),
        (S4.set("_status", 3), R4, "fhir.shape", "SupplyRequest._status", None),
        (S4.set("supplier", [[]]), R4, "fhir.shape", "SupplyRequest.supplier[0]", None),
        (
            S5.set("item.reference", "Device/1"),
            R5,
            "fhir.shape",
            "SupplyRequest.item.reference",
            None,
        ),
        (S4.set("quantity", {}), R4, "fhir.empty", "SupplyRequest.quantity", None),
        (S4.set("identifier", []), R4, "fhir.empty", "SupplyRequest.identifier", None),
        (
            S4.set("supplier[1]", {"display": ""}),
            R4,
            "fhir.empty",
            "SupplyRequest.supplier[1].display",
            None,
        ),
        (S4.set("supplier", [None]), R4, "fhir.empty", "SupplyRequest.supplier[0]", None),
        (
            S4.set("authoredOn", "2026-02-30"),
            R4,
            "fhir.primitive",
            "SupplyRequest.authoredOn",
            "FHIR R4 SupplyRequest.authoredOn",
        ),
        (
            S4.set("quantity.value", "2"),
            R4,
            "fhir.primitive",
            "SupplyRequest.quantity.value",
            "FHIR R4 Quantity.value",
        ),
        (A4.set("minutesDuration", 0), R4, "fhir.primitive", "Appointment.minutesDuration", None),
        (
            A4.set("minutesDuration", Decimal("1.0")),
            R4,
            "fhir.primitive",
            "Appointment.minutesDuration",
            None,
        ),
        (A4.set("start", "2026-03-02"), R4, "fhir.primitive", "Appointment.start", None),
        (A4.set("id", "not an id"), R4, "fhir.primitive", "Appointment.id", None),
        (
            S4.set("supplier[0].reference", "Nonsense/1"),
            R4,
            "fhir.reference",
            "SupplyRequest.supplier[0]",
            "FHIR R4 Reference",
        ),
        (
            S4.set("supplier[0].reference", "not a reference"),
            R4,
            "fhir.reference",
            "SupplyRequest.supplier[0].reference",
            "FHIR R4 Reference.reference",
        ),
        (
            S4.set("supplier[0].reference", "#absent"),
            R4,
            "fhir.reference",
            "SupplyRequest.supplier[0].reference",
            "FHIR R4 ref-1",
        ),
        (
            S4.set("extension", [{"valueString": "x"}]),
            R4,
            "fhir.required",
            "SupplyRequest.extension[0].url",
            "FHIR R4 Extension.url",
        ),
        (
            S4.set("extension", [{"url": "relative", "valueString": "x"}]),
            R4,
            "fhir.extension",
            "SupplyRequest.extension[0].url",
            "FHIR R4 Extension.url",
        ),
        (
            S4.set("_status", {"extension": [{"url": "https://synth.example/x"}]}),
            R4,
            "fhir.extension",
            "SupplyRequest._status.extension[0]",
            "FHIR R4 ext-1",
        ),
        (
            S4.set("contained", [{"resourceType": "Device"}]),
            R4,
            "fhir.contained",
            "SupplyRequest.contained[0].id",
            "FHIR R4 dom-3",
        ),
        (
            S4.set(
                "contained",
                [
                    {
                        "resourceType": "Device",
                        "id": "a",
                        "contained": [{"resourceType": "Device", "id": "b"}],
                    }
                ],
            ),
            R4,
            "fhir.contained",
            "SupplyRequest.contained[0]",
            "FHIR R4 dom-2",
        ),
        (
            S4.set("quantity.system", None),
            R4,
            "fhir.invariant",
            "SupplyRequest.quantity",
            "FHIR R4 qty-3",
        ),
        (
            samples.inventory_report().set("reportingPeriod.start", "2026-04-01"),
            R5,
            "fhir.invariant",
            "InventoryReport.reportingPeriod",
            "FHIR R5 per-1",
        ),
        (A4.set("end", None), R4, "fhir.invariant", "Appointment", "FHIR R4 app-2"),
        (
            A4.set("end", None).set("start", None),
            R4,
            "fhir.invariant",
            "Appointment",
            "FHIR R4 app-3",
        ),
        (
            A4.set("cancelationReason", samples.concept("x")),
            R4,
            "fhir.invariant",
            "Appointment",
            "FHIR R4 app-4",
        ),
        (
            A4.set("participant[0].actor", None),
            R4,
            "fhir.invariant",
            "Appointment.participant[0]",
            "FHIR R4 app-1",
        ),
        (
            samples.practitioner_role("R4").set("telecom[0].system", None),
            R4,
            "fhir.invariant",
            "PractitionerRole.telecom[0]",
            "FHIR R4 cpt-2",
        ),
        (
            samples.practitioner("R4").set("photo", [{"data": "U1lO"}]),
            R4,
            "fhir.invariant",
            "Practitioner.photo[0]",
            "FHIR R4 att-1",
        ),
        (samples.transaction().set("total", 1), R4, "fhir.bundle", "Bundle", "FHIR R4 bdl-1"),
        (
            samples.transaction().set("entry[0].search", {"mode": "match"}),
            R4,
            "fhir.bundle",
            "Bundle.entry[0]",
            "FHIR R4 bdl-2",
        ),
        (
            samples.transaction().set("entry[0].request", None),
            R4,
            "fhir.bundle",
            "Bundle.entry[0]",
            "FHIR R4 bdl-3",
        ),
        (
            samples.transaction_response().set("entry[0].response", None),
            R4,
            "fhir.bundle",
            "Bundle.entry[0]",
            "FHIR R4 bdl-4",
        ),
        (
            samples.searchset().set(
                "entry[1].fullUrl", "https://ehr.example/fhir/Appointment/synth-1"
            ),
            R4,
            "fhir.bundle",
            "Bundle.entry[1]",
            "FHIR R4 bdl-7",
        ),
        (
            samples.searchset().set("entry[0].resource.status", "gone"),
            R4,
            "fhir.code",
            "Bundle.entry[0].resource.status",
            "FHIR R4 Appointment.status",
        ),
        (
            D5.set("contained", [{"resourceType": "Device", "id": "a", "status": "gone"}]),
            R5,
            "fhir.code",
            "SupplyDelivery.contained[0].status",
            "FHIR R5 Device.status",
        ),
    ],
)
def test_each_fault_is_found_at_its_place(
    resource: Resource, profile: FhirProfile, code: str, path: str, clause: str | None
) -> None:
    """A change that breaks a rule is stated with code, FHIRPath position and clause."""
    problems = [p for p in validate(resource, profile) if (p.code, p.path) == (code, path)]
    assert problems, [p.describe() for p in validate(resource, profile)]
    assert clause is None or problems[0].clause == clause


@pytest.mark.parametrize(
    "change",
    [
        ("_status", {"extension": [{"url": "https://synth.example/x", "valueCode": "y"}]}),
        ("extension", [{"url": "https://synth.example/x", "valueMoney": {"value": 1}}]),
        (
            "extension",
            [
                {
                    "url": "https://synth.example/x",
                    "extension": [{"url": "inner", "valueBoolean": True}],
                }
            ],
        ),
        ("supplier[0].reference", "urn:uuid:11111111-2222-4333-8444-555555555555"),
        ("supplier[0].reference", "Organization?identifier=SYN-1"),
        ("supplier[0].reference", "Organization/1/_history/2"),
        ("supplier[0].reference", "#"),
        ("supplier[0]", {"identifier": {"value": "SYN"}, "type": "Organization"}),
        ("authoredOn", "2026"),
        ("authoredOn", "2016-12-31T23:59:60Z"),
        ("quantity.value", Decimal("1E+2")),
        (
            "text",
            {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">x</div>'},
        ),
        ("meta", {"lastUpdated": "2026-01-01T00:00:00.123456789Z", "versionId": "1"}),
    ],
)
def test_what_is_allowed_is_not_stated(change: tuple[str, Any]) -> None:
    """Extensions, kinds of reference, precisions and narratives that FHIR has pass."""
    assert found(S4.set(*change)) == []


def test_a_required_element_may_be_absent_with_a_reason() -> None:
    """An extension beside the primitive stands for a mandatory code."""
    absent = {"extension": [{"url": "https://synth.example/absent", "valueCode": "unknown"}]}
    assert found(A4.set("status", None).set("_status", absent).set("start", samples.START)) == []


def test_nulls_beside_extensions_are_in_step() -> None:
    """A null in an array of primitives is filled by the object beside it."""
    beside = [None, {"extension": [{"url": "https://synth.example/x", "valueCode": "y"}]}]
    given_names = samples.practitioner("R4").set("name[1].given[1]", "B")
    fits = given_names.set("name[1]", {"given": ["A", None], "_given": beside})
    assert found(fits) == []
    alone = given_names.set("name[1]", {"given": ["A", None]})
    assert found(alone) == [("fhir.empty", "Practitioner.name[1].given[1]")]


def test_a_resource_without_a_table_is_checked_as_far_as_names_tell() -> None:
    """Unknown territory gives no false alarm; empty values and extensions are still found."""
    resource = samples.made("Observation", status="SYNTH", component=[{"x": {"y": ""}}])
    assert found(resource) == [("fhir.empty", "Observation.component[0].x.y")]
    bare = samples.made("Observation", component=[{"extension": [{"valueString": "x"}]}])
    assert found(bare) == [("fhir.required", "Observation.component[0].extension[0].url")]


def test_too_many_problems_are_cut_off() -> None:
    """A hostile resource states a bounded number of problems."""
    resource = samples.made("SupplyRequest", **{f"x{n}": "" for n in range(900)})
    problems = validate(resource, R4, Limits(problems_max=50))
    assert len(problems) == 51
    assert problems[-1].code == "fhir.too-many-problems"


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                sorted(
                    {"resourceType", "status", "identifier", "extension", "reference", "code"}
                    | {"entry", "resource", "participant", "start", "end", "url", "type", "note"}
                    | {"coding", "quantity", "value", "item", "_status", "system", "actor"}
                    | {"contained"}
                )
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)


@given(
    st.sampled_from(sorted(samples.BOTH)),
    st.dictionaries(
        st.sampled_from(
            [
                "status",
                "identifier",
                "extension",
                "contained",
                "entry",
                "participant",
                "item",
                "quantity",
                "note",
                "subject",
                "channel",
                "agent",
                "udiCarrier",
                "type",
                "code",
                "start",
                "end",
            ]
        ),
        JSON,
        max_size=5,
    ),
)
def test_no_shape_of_content_raises(name: str, values: dict[str, Any]) -> None:
    """Whatever stands where, checks and detection answer."""
    resource = samples.made(name, **values)
    for profile in (R4, R5, FhirProfile(name="any")):
        assert isinstance(validate(resource, profile), list)
    assert isinstance(privacy_traps(resource), list)


def test_problems_repeat_no_value() -> None:
    """No text of a problem has a value of the resource in it."""
    for _, _, resource in samples.EVERY:
        for path in ("status", "id", "language"):
            for problem in validate(resource.set(path, "bad SECRET-SYNTH "), R4):
                assert "SECRET" not in problem.describe()


PARTNER = b"""
name = "synth-ehr"
version = "R4"
resource = "SupplyRequest"
required = ["deliverTo", "quantity.code", "identifier.system"]
forbidden = ["deliverFor", "reasonCode.text"]

[[bindings]]
path = "priority"
values = ["routine", "stat"]

[[constraints]]
name = "some"
expression = "quantity.value > 0 and quantity.value <= 100.00"
text = "the quantity is above 0 and at most 100"

[[constraints]]
name = "advice"
expression = "supplier.count() <= 1"
text = "name one supplier"
severity = "warning"
clause = "SYNTH guide 3.1"

[[deviations]]
name = "old-stat"
code = "fhir.code"
at = "SupplyRequest.stat*"
reason = "their system is of 2009"
"""


def test_a_profile_in_toml_adds_rules() -> None:
    """Required, forbidden and bound paths and constraints are checked; deviations permitted."""
    profile = read_profile(PARTNER, FhirProfile)
    assert validate(S4, profile) == []
    broken = (
        S4.set("priority", "urgent")
        .set("deliverFor", samples.ref("Patient/SYNTH-1"))
        .set("deliverTo", None)
        .set("quantity.value", 101)
        .set("identifier[1]", {"value": "SYN"})
        .set("supplier[1]", samples.ref("Organization/2"))
        .set("status", "sent")
    )
    problems = validate(broken, profile)
    assert {(p.code, p.path, p.severity) for p in problems} == {
        ("fhir.code", "SupplyRequest.status", Severity.INFO),
        ("fhir.unknown-element", "SupplyRequest.deliverFor", Severity.WARNING),
        ("fhir.profile-required", "SupplyRequest.deliverTo", Severity.ERROR),
        ("fhir.profile-required", "SupplyRequest.identifier[1].system", Severity.ERROR),
        ("fhir.profile-forbidden", "SupplyRequest.deliverFor", Severity.ERROR),
        ("fhir.profile-code", "SupplyRequest.priority", Severity.ERROR),
        ("fhir.constraint", "SupplyRequest", Severity.ERROR),
        ("fhir.constraint", "SupplyRequest", Severity.WARNING),
    }
    assert next(p for p in problems if p.severity is Severity.INFO).permitted_by == "old-stat"
    assert found(A4, profile) == [("fhir.profile-resource", "Appointment")]


def test_a_wrong_version_or_constraint_is_a_problem() -> None:
    """A profile that cannot be used is stated, not raised."""
    assert found(S4, FhirProfile(name="x", version="R3")) == [("fhir.version", "")]
    rule = Constraint(name="x", expression="((", text="x")
    profile = FhirProfile(name="x", version="R4", constraints=(rule,))
    assert found(S4, profile) == [("fhir.expression", "SupplyRequest")]


def test_evaluate_is_exact() -> None:
    """FHIRPath reads decimals as written, reckons exactly, and takes variables."""
    assert [str(x) for x in evaluate(S4, "quantity.value + 0.10")] == ["2.10"]
    assert [str(x) for x in evaluate(S4, "parameter.value.value", version="R4")] == ["4.50"]
    assert evaluate(S4, "identifier.value") == ["SYN-PO-1"]
    assert evaluate(S4, "quantity.value > %least", variables={"least": 1}) == [True]
    assert evaluate(S4, "nothing") == []
    assert evaluate(S4, "quantity.where(%resource.status = 'active').unit") == ["each"]
    assert evaluate(S4, "1 'mg'") == ["1 'mg'"]
    assert bytes(S4) == bytes(samples.supply_request("R4"))


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("((", "fhir.expression"),
        ("", "fhir.expression"),
        ("identifier.unheard()", "fhir.expression"),
        ("authoredOn < now()", "fhir.expression-clock"),
        ("today()", "fhir.expression-clock"),
        ("iif(true, `timeOfDay`(), 1)", "fhir.expression-clock"),
        ("repeat(item)", "fhir.expression-limit"),
        ("(" * 101 + "1" + ")" * 101, "fhir.expression-limit"),
        ("1 + " * 900 + "1", "fhir.expression-limit"),
        ("'" + "x" * 2_001 + "'", "fhir.expression-limit"),
    ],
)
def test_an_expression_is_refused_by_code(expression: str, code: str) -> None:
    """What cannot be read, asks for the time, or is too large is refused without a value."""
    with pytest.raises(RefusalError) as refusal:
        evaluate(S4, expression)
    assert refusal.value.code == code


def test_a_large_resource_or_result_is_not_evaluated() -> None:
    """Input and result are bounded."""
    big = samples.made("Bundle", type="collection", x=[{"a": n} for n in range(15_000)])
    with pytest.raises(RefusalError, match="expression-limit"):
        evaluate(big, "x")
    many = samples.made("Bundle", type="collection", x=list(range(12_000)))
    with pytest.raises(RefusalError, match="expression-limit"):
        evaluate(many, "x")


def test_every_code_is_provoked() -> None:
    """Each problem code of the list is stated by some content of this suite."""
    stated: set[str] = set()

    def take(problems: list[Problem]) -> None:
        stated.update(problem.code for problem in problems)

    for data in (
        b"\xef\xbb\xbf[]",
        b"\xff",
        b"{",
        b'{"a":NaN}',
        b'{"resourceType":"X","a":1e999}',
        b"[" * 200 + b"]" * 200,
        b'{"resourceType":"X","a":1,"a":2}',
        b'{"resourceType":"X","a":"\\ud800"}',
    ):
        take(parse(data)[1])
    take(parse(b"123456", Limits(bytes_max=3))[1])
    take([p for line in read_ndjson([b"12345"], Limits(bytes_max=3)) for p in line.problems])
    take(validate(S4, FhirProfile(name="x", version="R3")))
    take(validate(samples.made("Nonsense"), R4))
    take(validate(A4.set("end", None), R4))
    take(validate(samples.transaction().set("total", 1), R4))
    wrong = {"x": "", "item": 3, "itemReference": samples.ref("Nonsense/1"), "status": "x"}
    wrong |= {"itemCodeableConcept": {"coding": {}}, "authoredOn": "x", "identifier": [None]}
    wrong |= {"extension": [{}], "contained": [{"resourceType": "Device"}]}
    take(validate(samples.made("SupplyRequest", **wrong), R4))
    take(validate(samples.made("SupplyRequest", x="", y=""), R4, Limits(problems_max=1)))
    never = Constraint(name="never", expression="false", text="never")
    rules = FhirProfile(
        name="x",
        version="R4",
        required=("note",),
        forbidden=("status",),
        bindings=(Binding(path="priority", values=()),),
        constraints=(never, Constraint(name="x", expression="now()", text="x")),
    )
    take(validate(S4, rules))
    take(validate(S4, FhirProfile(name="x", resource="Device")))
    take(privacy_traps(A4))
    for act in (
        lambda: evaluate(S4, "(("),
        lambda: evaluate(S4, "(" * 200),
        lambda: S4.get("a..b"),
        lambda: S4.set("status", 0.1),
        lambda: appointment(S4),
    ):
        with pytest.raises(RefusalError) as refusal:
            act()
        stated.add(refusal.value.code)
    assert set(PROBLEM_CODES) - stated == set()
    assert stated - set(PROBLEM_CODES) == set()


def test_a_name_that_may_be_content_is_not_shown() -> None:
    """Names of elements and types that no standard has are not repeated in a position."""
    typed = samples.made("SupplyRequest", **{"MRN SYN-1": {"x": ""}, "MRN SYN-4": None})
    assert not any("SYN" in problem.describe() for problem in validate(typed, R4))
    planted = {"MRN SYN-1": {"resourceType": "MRN SYN-2", "note": "x", "y": ""}}
    resource = samples.made("Basic SYN-3", **planted)
    stated = [*validate(resource, R4), *privacy_traps(resource)]
    stated += validate(resource, FhirProfile(name="x", required=("absent",)))
    assert {p.path for p in privacy_traps(resource)} == {"?.?.note"}
    assert len(stated) > 4
    assert not any("SYN" in problem.describe() for problem in stated)


@pytest.mark.parametrize(
    ("kind", "version", "parts", "expected"),
    [
        ("history", "R4", {"request"}, []),
        ("history", "R4", {"response"}, ["fhir.bundle"]),
        ("history", "R5", {"response"}, []),
        ("history", "R5", set(), ["fhir.bundle"]),
        ("subscription-notification", "R5", {"request", "response"}, []),
        ("subscription-notification", "R5", set(), []),
        ("searchset", "R4", {"request"}, ["fhir.bundle"]),
        ("batch-response", "R4", {"response"}, []),
        ("batch-response", "R4", {"request", "response"}, ["fhir.bundle"]),
    ],
)
def test_requests_and_responses_by_type_of_bundle(
    kind: str, version: str, parts: set[str], expected: list[str]
) -> None:
    """Which of request and response an entry has follows from the Bundle's type and version."""
    both = {
        "request": {"method": "GET", "url": "Location/1"},
        "response": {"status": "200"},
    }
    entry = {"fullUrl": "https://ehr.example/fhir/Location/synth-1"}
    entry |= {"resource": samples.location(version).data}
    entry |= {part: both[part] for part in parts}
    resource = samples.made("Bundle", type=kind, entry=[entry])
    assert [p.code for p in validate(resource, BY_VERSION[version])] == expected


def test_many_local_references_are_checked_in_bounded_time() -> None:
    """The cost grows with the resource, not with its square."""
    inner = [{"resourceType": "Basic", "id": "a", "x": {"reference": "#a"}}]
    one = {"resourceType": "Basic", "contained": inner, "y": {"reference": "#gone"}}
    resource = samples.made("Bundle", type="collection", entry=[{"resource": one}] * 5_000)
    before = time.perf_counter()
    problems = validate(resource, R4, Limits(problems_max=10_000))
    assert time.perf_counter() - before < 10
    assert [p.code for p in problems] == ["fhir.reference"] * 5_000
