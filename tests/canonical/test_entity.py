"""The canonical model is five entities and a few control records, nothing more."""

from __future__ import annotations

import inspect
import pkgutil
from importlib import import_module

import msgspec

import suture.canonical
from suture.canonical.entity import ENTITIES, Item, Supplier
from suture.canonical.packaging import PackagingLevel
from suture.canonical.record import Identifier, decode_record, encode_record

CONTROL_RECORDS = {
    "ContractPrice",
    "ContractLines",
    "PackagingLevel",
    "PreferenceCard",
    "CardLine",
    "CrosswalkEntry",
    "Crosswalk",
    "Identifier",
}
"""Spec 3.6 and 3.7, and the parts of the five."""


def test_there_are_exactly_five_canonical_entities() -> None:
    """S62: supplier, item, location, department and cost center."""
    assert sorted(ENTITIES) == ["cost_center", "department", "item", "location", "supplier"]


def test_no_struct_outside_the_registry() -> None:
    """S109: shared entities only; a payload type here fails the build (spec 3.9)."""
    known = {kind.__name__ for kind in ENTITIES.values()} | CONTROL_RECORDS
    found = set()
    for module in pkgutil.iter_modules(suture.canonical.__path__, "suture.canonical."):
        if module.name == "suture.canonical.master_row":
            continue  # the files' own shape, private to the loader
        for name, kind in inspect.getmembers(import_module(module.name), inspect.isclass):
            if issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct:
                found.add(name)
    assert found == known


def test_no_canonical_attribute_is_about_a_patient() -> None:
    """Patient and encounter are deliberately not canonical (spec 3.9)."""
    words = ("patient", "mrn", "birth", "encounter", "diagnos", "visit", "npi")
    for kind in ENTITIES.values():
        for field in kind.__struct_fields__:
            assert not any(word in field for word in words)


def test_identifiers_read_by_name() -> None:
    """A supplier's numbers live in `identifiers` and have one reader each."""
    supplier = Supplier(
        key="SUP-1",
        legal_name="Syntho",
        channel="x12",
        identifiers=(
            Identifier(system="GS1", type="gln", value="9521009000019"),
            Identifier(system="ERP", type="supplier", value="V100"),
            Identifier(system="X12", type="interchange_id", value="SYNTHO"),
        ),
    )
    assert (supplier.gln, supplier.erp_vendor_no, supplier.x12_id) == (
        "9521009000019",
        "V100",
        "SYNTHO",
    )
    assert (supplier.duns, supplier.cxml_identity) == ("", "")


def test_records_survive_their_json_and_have_one_form() -> None:
    """Bytes decide the version hash, so the same item always has the same bytes."""
    item = Item(
        key="ITM-1",
        description="Femoral component",
        item_class="IMPLANT",
        packaging=(PackagingLevel(uom="EA", gtin="09521001001014"),),
        is_lateral=True,
    )
    data = encode_record(item)
    assert decode_record(data, Item) == item
    assert encode_record(decode_record(data, Item)) == data
    assert item.gtin("EA") == "09521001001014"
    assert item.gtin("BX") == ""
    assert item.tree().base == "EA"
