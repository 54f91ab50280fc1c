"""The tables agree with an independent model of R4 and R5: every element, with its type.

In: our tables and the model that comes with the FHIRPath library. Out: a verdict. Cardinalities and
codes are not in that model; `test_fhir_oracle` holds them against another library.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from suture.formats.fhir.table import VERSIONS, definitions, resources, type_of_suffix

models = pytest.importorskip("fhirpathpy.models").models

TYPED = sorted(name for name, one in definitions("R5").items() if one.is_resource)
SAME = {"System.String": "string", "SimpleQuantity": "Quantity"}


def elements(version: str, owner: str, prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    """Yield (path, type) of our elements, parts of a resource entered."""
    table = definitions(version)
    for name, rule in table[owner].elements.items():
        kind = type_of_suffix(name[len(rule.name) :]) if rule.is_choice else rule.type
        yield f"{prefix}.{name}", kind
        if kind in table and table[kind].kind == "B" and depth < 5:
            yield from elements(version, kind, f"{prefix}.{name}", depth + 1)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", TYPED)
def test_no_element_is_missing_or_of_another_type(version: str, name: str) -> None:
    """Each element of the model is in our table, with the same type."""
    if name not in definitions(version):
        pytest.skip(f"{version} has no {name}")
    ours = dict(elements(version, name, name))
    model = {
        p: t for p, t in models[version.lower()]["path2Type"].items() if p.startswith(f"{name}.")
    }
    wrong = {
        path: (kind, ours.get(path))
        for path, kind in model.items()
        if kind not in ("BackboneElement", "Element")
        and ours.get(path) not in (kind, SAME.get(kind), "id" if path.endswith(".id") else kind)
    }
    assert {p: w for p, w in wrong.items() if w != ("Duration", "Quantity")} == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_of_the_model_is_known(version: str) -> None:
    """No name of a resource is missing; R4 has one more, of R4B and the backport."""
    paths = models[version.lower()]["path2Type"]
    abstract = {"Resource", "DomainResource", "CanonicalResource", "MetadataResource"}
    named = {path.split(".")[0] for path in paths if path.endswith(".implicitRules")} - abstract
    extra = {"SubscriptionStatus"} if version == "R4" else set()
    assert resources(version) - extra == {name for name in named if "." not in name}
