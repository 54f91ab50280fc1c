"""The generated hospital loads whole, and every operating room resolves (spec 7, S54)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from suture.canonical.context import Context, resolve_context
from suture.canonical.crosswalk import Crosswalk, Resolved, crosswalk_key
from suture.canonical.entity import CostCenter, Department, Location
from suture.canonical.master import (
    decode_card,
    decode_contract_lines,
    decode_cost_center,
    decode_crosswalk,
    decode_department,
    decode_item,
    decode_location,
    load_master,
)
from suture.simulation.generator import generate, write

DAY = date(2027, 1, 4)


class Facts:
    """Master records by kind and key, as the journal gives them."""

    def __init__(self, directory: Path) -> None:
        records, self.problems = load_master(directory)
        self.rows = {(record.kind, record.key): record.value for record in records}

    def keys(self, kind: str) -> list[str]:
        return [key for found, key in self.rows if found == kind]

    def crosswalk(self, key: str) -> Crosswalk | None:
        value = self.rows.get(("crosswalk", key))
        return decode_crosswalk(value) if value else None

    def location(self, key: str) -> Location | None:
        value = self.rows.get(("location", key))
        return decode_location(value) if value else None

    def department(self, key: str) -> Department | None:
        value = self.rows.get(("department", key))
        return decode_department(value) if value else None

    def cost_center(self, key: str) -> CostCenter | None:
        value = self.rows.get(("cost_center", key))
        return decode_cost_center(value) if value else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("synthetic")
    write(generate(7), directory)
    return directory / "master"


@pytest.fixture(scope="module")
def facts(folder: Path) -> Facts:
    return Facts(folder)


def test_every_row_of_the_generator_is_accepted(folder: Path, facts: Facts) -> None:
    """Row counts agree: nothing is dropped on the way in."""
    assert facts.problems == []
    for kind, file in (
        ("supplier", "suppliers"),
        ("item", "items"),
        ("location", "locations"),
        ("department", "departments"),
        ("cost_center", "cost_centers"),
        ("card", "cards"),
    ):
        assert len(facts.keys(kind)) == len(json.loads((folder / f"{file}.json").read_bytes()))


def test_every_operating_room_resolves_from_its_hl7_name(facts: Facts) -> None:
    """S54: PL text to cost center, facility, inventory location and approvers."""
    rooms = [decode_location(v) for (kind, _), v in facts.rows.items() if kind == "location"]
    names = [room.hl7 for room in rooms if room.type == "OR"]
    assert names
    for name in names:
        found = resolve_context(name, DAY, facts)
        assert isinstance(found, Context)
        assert found.inventory_location
        assert found.approver_chain


def test_every_card_line_leads_to_a_contracted_item(facts: Facts) -> None:
    """EHR supply id -> item -> a contract line in a unit the item has."""
    for key in facts.keys("card"):
        for line in decode_card(facts.rows["card", key]).lines:
            walk = facts.crosswalk(crosswalk_key("EHR", "item", line.ehr_supply_id))
            assert walk is not None
            found = walk.resolve("EHR", "item", line.ehr_supply_id, as_of=DAY)
            assert isinstance(found, Resolved)
            item = decode_item(facts.rows["item", found.key])
            lines = decode_contract_lines(facts.rows["contract_lines", found.key]).lines
            assert all(price.uom in item.tree().factors for price in lines)
