"""Where a well-known model library accepts a resource, so do we; where it does not, we say why.

In: own samples and the corpora. Out: a verdict on the differences, each of them explained here.
Skipped visibly where the library is not installed; the product never imports it.
"""

from __future__ import annotations

import importlib
from typing import Any

import fhir_samples as samples
import pytest
from test_fhir_corpora import FILES, read

from suture.core.problem import Severity
from suture.formats.fhir import FhirProfile, Resource, to_json, validate

pytest.importorskip("fhir.resources")


def accepted(resource: Resource, version: str) -> bool:
    """Return whether the library makes a model of a resource; its R4B stands for R4."""
    package = "fhir.resources.R4B" if version == "R4" else "fhir.resources"
    try:
        module = importlib.import_module(f"{package}.{resource.type.lower()}")
    except ImportError:
        pytest.skip(f"the library has no {resource.type} in {version}")
    model: Any = getattr(module, resource.type)
    try:
        model.model_validate_json(bytes(resource))
    except (ValueError, TypeError):
        return False
    return True


def fits(resource: Resource, version: str) -> bool:
    """Return whether we state no error."""
    problems = validate(resource, FhirProfile(name=version, version=version))
    return all(problem.severity is not Severity.ERROR for problem in problems)


@pytest.mark.parametrize(("name", "version", "resource"), samples.EVERY)
def test_own_samples_are_accepted_by_both(name: str, version: str, resource: Resource) -> None:
    """Our samples are no private dialect."""
    assert fits(resource, version)
    assert accepted(resource, version)


BROKEN: list[tuple[str, Resource]] = [
    ("R4", samples.supply_request("R4").set("quantity", None)),
    ("R4", samples.supply_request("R4").set("itemCodeableConcept", None)),
    ("R4", samples.supply_request("R4").set("itemReference", samples.ref("Device/1"))),
    ("R4", samples.supply_request("R4").set("authoredOn", "yesterday")),
    ("R4", samples.supply_request("R4").set("identifier", {"value": "SYN"})),
    ("R5", samples.supply_request("R5").set("item", None)),
    ("R5", samples.inventory_report().set("countType", None)),
    ("R5", samples.inventory_report().set("inventoryListing[0].item[0].quantity", None)),
    ("R4", samples.appointment("R4").set("participant", None)),
    ("R4", samples.appointment("R4").set("id", "not an id")),
    ("R5", samples.encounter("R5").set("status", None)),
    ("R4", samples.audit_event("R4").set("recorded", "2026")),
]


@pytest.mark.parametrize(("version", "resource"), BROKEN)
def test_what_the_library_refuses_we_state(version: str, resource: Resource) -> None:
    """Missing, doubled and malformed elements are found by both."""
    assert not accepted(resource, version)
    assert not fits(resource, version)


STRICTER: list[tuple[str, Resource]] = [
    ("a code outside its required binding", samples.supply_request("R4").set("status", "sent")),
    (
        "a reference of no known form",
        samples.supply_request("R4").set("supplier[0].reference", "a b"),
    ),
    ("`#id` without its resource", samples.supply_request("R4").set("supplier[0].reference", "#x")),
    ("no base64", samples.device("R4").set("udiCarrier[0].carrierAIDC", "!")),
    ("start without end", samples.appointment("R4").set("end", None)),
    ("a coded unit without a system", samples.supply_request("R4").set("quantity.system", None)),
]
"""What we state and the library accepts: rules of the standard that it leaves out."""


@pytest.mark.parametrize(("why", "resource"), STRICTER)
def test_where_we_are_stricter(why: str, resource: Resource) -> None:
    """Each difference in this direction is a rule of the standard."""
    assert accepted(resource, "R4"), why
    assert not fits(resource, "R4"), why


def test_the_library_loses_what_we_keep() -> None:
    """The reason why nothing is ever written through it."""
    from fhir.resources.R4B.supplyrequest import SupplyRequest

    resource = samples.supply_request("R4").set("quantity.value", samples.Number("1.10"))
    model: Any = SupplyRequest.model_validate_json(bytes(resource))
    assert b"1.10" in to_json(resource.data)
    assert "1.10" not in model.model_dump_json() or ".123" not in model.model_dump_json()


def test_the_corpora_are_accepted_by_us() -> None:
    """Of the corpora's typed resources the library accepts none that we refuse."""
    if not FILES:
        pytest.skip("no corpora: set SUTURE_CORPORA or place ../shared/corpora by the repo")
    small = [path for path in FILES if path.stat().st_size < 100_000]
    refused = [path for path in small if not fits(read(path), "R4")]
    assert [path.name for path in refused if accepted(read(path), "R4")] == []
