"""The privacy traps of spec 2.0.11 are found wherever they stand, and never repeated.

In: own samples with planted patients. Out: a verdict on the places stated.
"""

from __future__ import annotations

from typing import Any

import fhir_samples as samples
import pytest

from suture.formats.fhir import Resource, privacy_traps

PATIENT = {"resourceType": "Patient", "id": "p", "name": [{"family": "SYNTH"}]}


def traps(resource: Resource) -> set[str]:
    """Return the places of the traps."""
    problems = privacy_traps(resource)
    assert {problem.code for problem in problems} <= {"fhir.privacy-trap"}
    assert not any("SYNTH" in problem.describe() for problem in problems)
    return {problem.path for problem in problems}


@pytest.mark.parametrize(
    "resource",
    [
        samples.supply_request("R4"),
        samples.supply_request("R5"),
        samples.supply_delivery("R4"),
        samples.supply_delivery("R5"),
        samples.inventory_item(),
        samples.inventory_report(),
        samples.location("R5"),
        samples.practitioner_role("R4"),
        samples.device("R5"),
        samples.device_definition("R4"),
        samples.subscription("R5"),
        samples.subscription_status(),
        samples.transaction(),
    ],
)
def test_operational_resources_have_no_trap(resource: Resource) -> None:
    """What the operational side needs passes."""
    assert traps(resource) == set()


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        (samples.supply_request("R5").set("deliverFor", {"display": "SYNTH"}), "deliverFor"),
        (samples.supply_delivery("R5").set("patient", {"identifier": {}}), "patient"),
        (samples.supply_delivery("R5").set("_patient", {"id": "x"}), "_patient"),
        (samples.inventory_item().set("instance.subject", {"display": "x"}), "instance.subject"),
        (samples.inventory_report().set("note", [{"text": "x"}]), "note"),
        (samples.appointment("R5"), "subject"),
        (samples.appointment("R4"), "comment"),
        (samples.appointment("R5").set("note", [{"text": "x"}]), "note"),
        (samples.appointment("R5").set("reason", [{"concept": {}}]), "reason[0]"),
        (samples.appointment("R4").set("reasonCode", [{"text": "x"}]), "reasonCode[0]"),
        (samples.appointment("R4").set("description", "x"), "description"),
        (
            samples.appointment("R4").set("participant[0].actor.reference", "Patient/1"),
            "participant[0].actor",
        ),
        (
            samples.appointment("R4").set("participant[0].actor", {"display": "x"}),
            "participant[0].actor",
        ),
        (
            samples.appointment("R4").set("participant[0].actor.reference", "urn:uuid:1"),
            "participant[0].actor",
        ),
        (samples.made("Transport", **{"for": samples.ref("Device/1")}), "for"),
        (samples.made("Task", **{"for": samples.ref("Patient/1")}), "for"),
        (samples.made("CarePlan", subject={"identifier": {"value": "x"}}), "subject"),
        (samples.made("Flag", patient={"display": "x"}), "patient"),
        (samples.device("R4"), "patient"),
        (samples.device_usage("R5"), "patient"),
        (samples.device_usage("R4"), "subject"),
        (samples.procedure("R4"), "subject"),
        (samples.service_request("R5"), "subject"),
        (samples.location("R4").set("text", {"status": "generated", "div": "<div/>"}), "text"),
        (
            samples.location("R4").set(
                "extension",
                [{"url": "https://synth.example/x", "valueReference": samples.ref("Patient/1")}],
            ),
            "extension[0].valueReference",
        ),
        (
            samples.supply_request("R4").set("requester.reference", "https://x.example/Patient/1"),
            "requester",
        ),
        (
            samples.supply_request("R4").set("requester.reference", "Patient?identifier=SYN"),
            "requester",
        ),
        (
            samples.supply_request("R4").set(
                "requester", {"type": "Patient", "identifier": {"value": "SYN"}}
            ),
            "requester",
        ),
    ],
)
def test_each_trap_is_found(resource: Resource, path: str) -> None:
    """Each element of the specification's list, and every link to a person, is stated."""
    assert f"{resource.type}.{path}" in traps(resource)


def test_traps_inside_bundles_and_contained() -> None:
    """A Bundle's entries and contained resources are searched, and links to them followed."""
    urn = "urn:uuid:99999999-2222-4333-8444-555555555555"
    inner: dict[str, Any] = {
        **samples.supply_request("R5").data,
        "requester": {"reference": "#p"},
        "contained": [PATIENT],
        "supplier": [{"reference": urn}],
    }
    entries = [{"fullUrl": urn, "resource": PATIENT}, {"resource": inner}]
    found = traps(samples.made("Bundle", type="collection", entry=entries))
    assert found == {
        "Bundle.entry[0].resource",
        "Bundle.entry[1].resource.requester",
        "Bundle.entry[1].resource.contained[0]",
        "Bundle.entry[1].resource.supplier[0]",
    }


@pytest.mark.parametrize("kind", ["Patient", "RelatedPerson", "Observation", "Encounter"])
def test_a_clinical_resource_is_a_trap_itself(kind: str) -> None:
    """A person or a clinical resource never leaves as a whole."""
    assert kind in traps(samples.made(kind))


def test_a_subscription_filter_is_no_resource() -> None:
    """`filterBy.resourceType` names a type and holds nobody."""
    narrowed = samples.subscription("R5").set("filterBy[0].resourceType", "Patient")
    assert traps(narrowed) == set()
