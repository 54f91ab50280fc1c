"""Master files load what is good, name what is not, and always give the same bytes."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from suture.canonical.crosswalk import Candidates, Resolved
from suture.canonical.master import (
    MasterRecord,
    decode_card,
    decode_contract_lines,
    decode_cost_center,
    decode_crosswalk,
    decode_department,
    decode_item,
    decode_location,
    decode_supplier,
    load_master,
)
from suture.core.problem import Problem, Severity

Files = dict[str, list[dict[str, Any]]]

GOOD: Files = {
    "suppliers": [
        {
            "key": "SUP-9001",
            "name": "Syntho Orthopedics",
            "gln": "9521009000019",
            "erp_vendor_no": "V9001",
            "duns": "000000001",
            "status": "ACTIVE",
            "channel": "x12",
            "x12_id": "SYNTHO",
            "cxml_identity": None,
        }
    ],
    "items": [
        {
            "key": "ITM-100200",
            "description": "Femoral component",
            "item_class": "IMPLANT",
            "manufacturer": "Syntho",
            "catalog_no": "F-5R",
            "lateral": True,
            "packaging": [
                {"uom": "EA", "gtin": "09521001001014", "contains": "1", "of": None},
                {"uom": "BX", "gtin": "59521001001019", "contains": "10", "of": "EA"},
            ],
            "ehr_ids": ["SUP100200"],
            "lot_controlled": True,
            "serial_controlled": False,
            "safety_stock": "1/2",
        },
        {
            "key": "ITM-100300",
            "description": "Glove",
            "item_class": "CONSUMABLE",
            "manufacturer": "",
            "catalog_no": "",
            "lateral": False,
            "packaging": [{"uom": "EA", "gtin": None, "contains": "1", "of": None}],
            "ehr_ids": ["SUP100300"],
            "lot_controlled": False,
            "serial_controlled": False,
            "safety_stock": "0",
        },
    ],
    "cost_centers": [
        {
            "key": "CC-6010",
            "company": "100",
            "segments": ["100", "6010"],
            "approver_chain": ["or_manager"],
            "open": True,
        }
    ],
    "departments": [
        {
            "key": "DEP-OR",
            "name": "OR",
            "facility": "NCH",
            "cost_center": "CC-6010",
            "manager": "W1",
        }
    ],
    "locations": [
        {
            "key": "LOC-OR04",
            "type": "OR",
            "parent": "LOC-NCH",
            "name": "OR 4",
            "facility": "NCH",
            "gln": None,
            "timezone": "America/Chicago",
            "hl7": "MAIN^OR04^^NCH",
            "inventory_location": "NCH-OR-IMPL",
            "department": "DEP-OR",
            "cost_center": None,
        },
        {
            "key": "LOC-NCH",
            "type": "FACILITY",
            "parent": None,
            "name": "North Central",
            "facility": "NCH",
            "gln": "9521000000001",
            "timezone": "America/Chicago",
            "hl7": None,
            "inventory_location": None,
            "department": None,
            "cost_center": None,
        },
    ],
    "contracts": [
        {
            "contract": "CTR-1",
            "line": number,
            "supplier": "SUP-9001",
            "item": "ITM-100200",
            "uom": uom,
            "price": price,
            "currency": "USD",
            "valid_from": "2027-01-01",
            "valid_to": "2027-12-31",
            "facilities": ["NCH"],
            "lead_time_days_p90": "2",
        }
        for number, uom, price in (("2", "BX", "14000.00"), ("1", "EA", "1450.00"))
    ],
    "cards": [
        {
            "card": "PC-4471",
            "version": 3,
            "procedure": "TKA-PRIM",
            "surgeon": "9000000015",
            "facility": "NCH",
            "lines": [
                {
                    "line": 1,
                    "ehr_supply_id": "SUP100200",
                    "quantity_open": "1",
                    "quantity_hold": "0",
                    "criticality": "CRITICAL",
                    "hold": False,
                    "lateral": "RT",
                }
            ],
        }
    ],
    "crosswalk": [
        {
            "entity": "item",
            "key": "ITM-100300",
            "system": "RVB-EHR",
            "id_type": "item",
            "value": "g-17",
            "facility": "RVB",
        }
    ],
}


def write(directory: Path, files: Files) -> Path:
    for name, rows in files.items():
        (directory / f"{name}.json").write_text(json.dumps(rows), encoding="utf-8")
    return directory


def load(tmp_path: Path, files: Files) -> tuple[dict[tuple[str, str], bytes], list[Problem]]:
    records, problems = load_master(write(tmp_path, files))
    return {(record.kind, record.key): record.value for record in records}, problems


def test_every_kind_is_loaded_and_decodes(tmp_path: Path) -> None:
    """The five entities, contract lines per item, cards, and the crosswalk they imply."""
    found, problems = load(tmp_path, GOOD)
    assert problems == []
    assert decode_supplier(found["supplier", "SUP-9001"]).x12_id == "SYNTHO"
    item = decode_item(found["item", "ITM-100200"])
    assert item.is_lateral
    assert item.safety_stock == Fraction(1, 2)
    assert item.tree().to_base(Fraction(2), "BX") == 20
    assert decode_location(found["location", "LOC-OR04"]).inventory_location == "NCH-OR-IMPL"
    assert decode_department(found["department", "DEP-OR"]).cost_center == "CC-6010"
    center = decode_cost_center(found["cost_center", "CC-6010"])
    assert (center.segments, center.approver_chain) == ("100-6010", ("or_manager",))
    lines = decode_contract_lines(found["contract_lines", "ITM-100200"]).lines
    assert [(line.line, line.uom, line.price) for line in lines] == [
        ("1", "EA", Decimal("1450.00")),
        ("2", "BX", Decimal("14000.00")),
    ]
    card = decode_card(found["card", "PC-4471"])
    assert (card.version, card.lines[0].laterality) == (3, "RT")


@pytest.mark.parametrize(
    ("system", "id_type", "value", "facility", "expected"),
    [
        ("EHR", "item", "SUP100200", "NCH", "ITM-100200"),
        ("ERP", "item", "ITM-100200", "NCH", "ITM-100200"),
        ("GS1", "gtin", "09521001001014", "NCH", "ITM-100200"),
        ("GS1", "gtin", "59521001001019", "NCH", "ITM-100200"),
        ("HL7", "pl", "MAIN^OR04^^NCH", "NCH", "LOC-OR04"),
        ("GS1", "gln", "9521009000019", "", "SUP-9001"),
        ("GS1", "gln", "9521000000001", "", "LOC-NCH"),
        ("ERP", "supplier", "V9001", "", "SUP-9001"),
        ("RVB-EHR", "item", "G-17", "RVB", "ITM-100300"),
        ("RVB-EHR", "item", "G-17", "NCH", None),
    ],
)
def test_identifiers_resolve_through_the_crosswalk(
    tmp_path: Path, system: str, id_type: str, value: str, facility: str, expected: str | None
) -> None:
    """One crosswalk record per system, id type and value."""
    found, _ = load(tmp_path, GOOD)
    walk = decode_crosswalk(found["crosswalk", f"{system}|{id_type}|{value}"])
    got = walk.resolve(system, id_type, value, facility=facility, as_of=date(2027, 1, 4))
    assert (got.key if isinstance(got, Resolved) else None) == expected


def test_the_surgeons_npi_goes_no_further_than_the_loader(tmp_path: Path) -> None:
    """Outside the clinical zone a card carries a pseudonym or nothing (spec 3.6)."""
    write(tmp_path, GOOD)
    bare, _ = load_master(tmp_path)
    named, _ = load_master(tmp_path, surgeon_ref=lambda npi: "SRG-" + str(len(npi)))
    assert not any(b"9000000015" in record.value for record in bare + named)
    cards = {record.value for record in named if record.kind == "card"}
    assert decode_card(cards.pop()).surgeon_ref == "SRG-10"


def test_the_same_files_give_the_same_bytes_whatever_the_row_order(tmp_path: Path) -> None:
    """The version hash changes only when the record does."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, _ = load_master(write(tmp_path / "one", GOOD))
    two, _ = load_master(write(tmp_path / "two", {name: rows[::-1] for name, rows in GOOD.items()}))
    assert one == two
    first = one[0]
    digest = hashlib.sha256(first.value).hexdigest()
    assert first == MasterRecord(first.kind, first.key, first.value, digest)


def spoil(path: str, value: Any) -> Files:
    """Return the good files with one value replaced; path is `file/0/field/...`."""
    files = deepcopy(GOOD)
    *way, last = path.split("/")
    spot: Any = files
    for step in way:
        spot = spot[int(step) if step.isdigit() else step]
    spot[int(last) if last.isdigit() else last] = value
    return files


@pytest.mark.parametrize(
    ("path", "value", "code", "where", "lost"),
    [
        (
            "suppliers/0/gln",
            "9521009000018",
            "master.check-digit",
            "suppliers.json[0].gln",
            "SUP-9001",
        ),
        ("suppliers/0/duns", "12", "master.check-digit", "suppliers.json[0].duns", "SUP-9001"),
        ("suppliers/0/channel", "fax", "master.value", "suppliers.json[0].channel", "SUP-9001"),
        ("suppliers/0/name", 7, "master.row", "suppliers.json[0].name", "SUP-9001"),
        ("suppliers/0/key", "", "master.key", "suppliers.json[0].key", "SUP-9001"),
        (
            "items/0/packaging/1/gtin",
            "59521001001018",
            "master.check-digit",
            "items.json[0].packaging[1].gtin",
            "ITM-100200",
        ),
        (
            "items/0/packaging/1/of",
            "CA",
            "packaging.unknown-unit",
            "items.json[0].packaging",
            "ITM-100200",
        ),
        (
            "items/0/packaging/1/contains",
            "ten",
            "master.row",
            "items.json[0].packaging[1].contains",
            "ITM-100200",
        ),
        (
            "items/0/packaging/1/contains",
            "1/0",
            "master.row",
            "items.json[0].packaging[1].contains",
            "ITM-100200",
        ),
        ("items/0/item_class", "TOY", "master.value", "items.json[0].item_class", "ITM-100200"),
        ("items/1/key", "ITM-100200", "master.duplicate-key", "items.json[1]", "ITM-100300"),
        (
            "locations/0/timezone",
            "Mars/Base",
            "master.value",
            "locations.json[0].timezone",
            "LOC-OR",
        ),
        (
            "locations/0/department",
            "DEP-X",
            "master.reference",
            "locations.json[0].department",
            "LOC-OR",
        ),
        ("locations/0/parent", "LOC-X", "master.reference", "locations.json#LOC-OR04", "LOC-OR"),
        (
            "departments/0/cost_center",
            "CC-X",
            "master.reference",
            "departments.json[0].cost_center",
            "DEP",
        ),
        ("contracts/0/item", "ITM-X", "master.reference", "contracts.json[0].item", ""),
        ("contracts/0/uom", "CA", "packaging.unknown-unit", "contracts.json[0]", ""),
        ("contracts/0/price", "-1", "master.value", "contracts.json[0].price", ""),
        ("contracts/0/valid_to", "2026-01-01", "master.window", "contracts.json[0].valid_to", ""),
        ("contracts/0/line", "1", "master.duplicate-key", "contracts.json[1]", ""),
        ("cards/0/version", "new", "master.value", "cards.json[0]", "PC-4471"),
        ("cards/0/lines", [], "master.value", "cards.json[0]", "PC-4471"),
        ("cards/0/lines/0/lateral", "LEFT", "master.value", "cards.json[0]", "PC-4471"),
        ("cards/0/lines/0/criticality", "SOME", "master.value", "cards.json[0]", "PC-4471"),
        ("crosswalk/0/key", "ITM-X", "master.reference", "crosswalk.json[0]", "G-17"),
        ("crosswalk/0/value", " ", "master.row", "crosswalk.json[0]", "G-17"),
    ],
)
def test_a_bad_row_is_named_and_the_rest_loads(
    tmp_path: Path, path: str, value: Any, code: str, where: str, lost: str
) -> None:
    """The problem gives code and place; no text repeats a value of the row."""
    found, problems = load(tmp_path, spoil(path, value))
    assert (code, where) in [(problem.code, problem.path) for problem in problems]
    assert ("cost_center", "CC-6010") in found
    if lost.startswith("ITM") and "duplicate" not in code:
        assert ("item", lost) not in found
    elif lost:
        assert not any(key.startswith(lost) for kind, key in found if kind != "crosswalk")
        assert not any(lost in key for kind, key in found if kind == "crosswalk")


def test_a_bad_contract_line_leaves_its_neighbour(tmp_path: Path) -> None:
    """Only the line itself is lost."""
    found, _ = load(tmp_path, spoil("contracts/0/uom", "CA"))
    lines = decode_contract_lines(found["contract_lines", "ITM-100200"]).lines
    assert [line.line for line in lines] == ["1"]


def test_warnings_keep_the_record(tmp_path: Path) -> None:
    """A card line without an item waits for its crosswalk entry; the card is usable."""
    found, problems = load(tmp_path, spoil("cards/0/lines/0/ehr_supply_id", "SUP-NEW"))
    assert [(p.code, p.severity, p.path) for p in problems] == [
        ("master.supply-unknown", Severity.WARNING, "cards.json[0].lines[0]")
    ]
    assert ("card", "PC-4471") in found


def test_two_items_with_one_number_leave_a_question(tmp_path: Path) -> None:
    """Neither row wins by its place in the file: both become candidates (spec 3.7)."""
    found, problems = load(tmp_path, spoil("items/1/ehr_ids", ["sup100200"]))
    assert [p.code for p in problems] == ["crosswalk.ambiguous"] * 2
    walk = decode_crosswalk(found["crosswalk", "EHR|item|SUP100200"])
    got = walk.resolve("EHR", "item", "SUP100200", facility="NCH", as_of=date(2027, 1, 4))
    assert got == Candidates(keys=("ITM-100200", "ITM-100300"))


def test_a_circle_of_parents_is_refused(tmp_path: Path) -> None:
    """A location must stand somewhere."""
    found, problems = load(tmp_path, spoil("locations/1/parent", "LOC-OR04"))
    assert {p.path for p in problems} >= {"locations.json#LOC-NCH", "locations.json#LOC-OR04"}
    assert not any(kind == "location" for kind, _ in found)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "master.not-json"), (b'{"a":1}', "master.not-json"), (b"[1,2", "master.not-json")],
)
def test_a_file_that_is_no_list_is_one_problem(tmp_path: Path, content: bytes, code: str) -> None:
    """The other files load."""
    write(tmp_path, GOOD)
    (tmp_path / "cards.json").write_bytes(content)
    records, problems = load_master(tmp_path)
    assert [(p.code, p.path) for p in problems] == [(code, "cards.json")]
    assert any(record.kind == "item" for record in records)


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    """An empty directory gives eight problems and nothing else."""
    records, problems = load_master(tmp_path)
    assert records == []
    assert {p.code for p in problems} == {"master.no-file"}
    assert len(problems) == 8


def test_an_oversized_row_is_refused(tmp_path: Path) -> None:
    """A row of a megabyte is a broken export."""
    found, problems = load(tmp_path, spoil("suppliers/0/name", "x" * 1_000_000))
    assert ("master.too-large", "suppliers.json[0]") in [(p.code, p.path) for p in problems]
    assert ("supplier", "SUP-9001") not in found
