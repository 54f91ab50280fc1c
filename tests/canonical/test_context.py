"""S54: a place resolves to cost center, facility, inventory location and approval chain."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import msgspec
import pytest

from suture.canonical.context import Context, Hop, MissingHop, resolve_context
from suture.canonical.crosswalk import Crosswalk, CrosswalkEntry, EntryStatus
from suture.canonical.entity import CostCenter, Department, Location
from suture.canonical.record import Status

DAY = date(2027, 1, 4)
PL = "MAIN^OR04^^NCH"


def pl_entry(key: str = "LOC-OR04", **changes: object) -> CrosswalkEntry:
    fields: dict[str, object] = {
        "entity": "location",
        "key": key,
        "system": "HL7",
        "id_type": "pl",
        "value": PL,
    }
    return CrosswalkEntry(**{**fields, **changes})  # type: ignore[arg-type]


@dataclass
class Records:
    """Master data of one operating room."""

    entries: tuple[CrosswalkEntry, ...] = (pl_entry(),)
    locations: dict[str, Location] = field(
        default_factory=lambda: {
            "LOC-NCH": Location(
                key="LOC-NCH",
                type="FACILITY",
                name="North Central",
                facility="NCH",
                timezone="America/Chicago",
                department="DEP-NCH",
            ),
            "LOC-OR04": Location(
                key="LOC-OR04",
                type="OR",
                name="OR 4",
                facility="NCH",
                parent="LOC-NCH",
                hl7=PL,
                inventory_location="NCH-OR-IMPL",
                department="DEP-OR",
            ),
        }
    )
    departments: dict[str, Department] = field(
        default_factory=lambda: {
            "DEP-OR": Department(key="DEP-OR", name="OR", facility="NCH", cost_center="CC-6010")
        }
    )
    cost_centers: dict[str, CostCenter] = field(
        default_factory=lambda: {
            "CC-6010": CostCenter(
                key="CC-6010",
                company="100",
                segments="100-6010",
                approver_chain=("or_manager", "vp_supply"),
            )
        }
    )

    def crosswalk(self, key: str) -> Crosswalk | None:
        return Crosswalk(entries=self.entries) if key == f"HL7|pl|{PL}" else None

    def location(self, key: str) -> Location | None:
        return self.locations.get(key)

    def department(self, key: str) -> Department | None:
        return self.departments.get(key)

    def cost_center(self, key: str) -> CostCenter | None:
        return self.cost_centers.get(key)


def test_a_room_resolves_with_every_hop_recorded() -> None:
    """Each value names the record that gave it."""
    assert resolve_context(PL, DAY, Records()) == Context(
        location_key="LOC-OR04",
        facility="NCH",
        timezone="America/Chicago",
        inventory_location="NCH-OR-IMPL",
        department_key="DEP-OR",
        cost_center_key="CC-6010",
        approver_chain=("or_manager", "vp_supply"),
        hops=(
            Hop("location", f"HL7|pl|{PL}", "LOC-OR04"),
            Hop("timezone", "LOC-NCH", "America/Chicago"),
            Hop("inventory_location", "LOC-OR04", "NCH-OR-IMPL"),
            Hop("department", "LOC-OR04", "DEP-OR"),
            Hop("cost_center", "DEP-OR", "CC-6010"),
            Hop("approver_chain", "CC-6010", "or_manager>vp_supply"),
        ),
    )


def test_a_location_key_needs_no_crosswalk() -> None:
    """The same room by key gives the same context less one hop."""
    by_pl = resolve_context(PL, DAY, Records())
    by_key = resolve_context("LOC-OR04", DAY, Records(entries=()))
    assert isinstance(by_pl, Context)
    assert isinstance(by_key, Context)
    assert by_key.hops == by_pl.hops[1:]


def test_the_rooms_own_cost_center_goes_first() -> None:
    """A room may be booked elsewhere than its department."""
    records = Records()
    room = msgspec.structs.replace(records.locations["LOC-OR04"], cost_center="CC-7000")
    records.locations["LOC-OR04"] = room
    records.cost_centers["CC-7000"] = CostCenter(
        key="CC-7000", company="100", segments="100-7000", approver_chain=("director",)
    )
    found = resolve_context(PL, DAY, records)
    assert isinstance(found, Context)
    assert found.cost_center_key == "CC-7000"
    assert found.approver_chain == ("director",)


def stop(records: Records, where: str = PL, day: date = DAY) -> tuple[str, str]:
    found = resolve_context(where, day, records)
    assert isinstance(found, MissingHop)
    return found.hop, found.reason


def test_an_unknown_room_stops_at_the_location() -> None:
    """Nothing is guessed from a similar room."""
    assert stop(Records(), "MAIN^OR05^^NCH") == ("location", "unknown")
    assert stop(Records(), "LOC-OR05") == ("location", "unknown")
    assert stop(Records(entries=(pl_entry(valid_to=date(2026, 12, 31)),))) == (
        "location",
        "unknown",
    )


def test_proposals_stop_the_walk_and_are_listed() -> None:
    """A person gets the candidates."""
    entries = tuple(pl_entry(key, status=EntryStatus.CANDIDATE) for key in ("LOC-B", "LOC-A"))
    found = resolve_context(PL, DAY, Records(entries=entries))
    assert found == MissingHop("location", "ambiguous", (), ("LOC-A", "LOC-B"))


@pytest.mark.parametrize(
    ("table", "key", "changes", "expected"),
    [
        ("locations", "LOC-OR04", {"status": Status.INACTIVE}, ("location", "inactive")),
        ("locations", "LOC-OR04", {"valid_from": date(2027, 2, 1)}, ("location", "not_effective")),
        ("locations", "LOC-OR04", {"parent": "LOC-X"}, ("parent", "unknown")),
        ("locations", "LOC-NCH", {"parent": "LOC-OR04"}, ("parent", "too_deep")),
        ("locations", "LOC-NCH", {"timezone": ""}, ("timezone", "absent")),
        ("locations", "LOC-OR04", {"inventory_location": ""}, ("inventory_location", "absent")),
        ("locations", "LOC-OR04", {"department": "DEP-X"}, ("department", "unknown")),
        ("departments", "DEP-OR", {"cost_center": ""}, ("cost_center", "absent")),
        ("departments", "DEP-OR", {"cost_center": "CC-X"}, ("cost_center", "unknown")),
        ("cost_centers", "CC-6010", {"is_open": False}, ("cost_center", "closed")),
        (
            "cost_centers",
            "CC-6010",
            {"valid_to": date(2027, 1, 3)},
            ("cost_center", "not_effective"),
        ),
        ("cost_centers", "CC-6010", {"approver_chain": ()}, ("approver_chain", "absent")),
    ],
)
def test_each_broken_hop_is_named(
    table: str, key: str, changes: dict[str, object], expected: tuple[str, str]
) -> None:
    """The result says which hop is missing and why."""
    records = Records()
    rows = getattr(records, table)
    rows[key] = msgspec.structs.replace(rows[key], **changes)
    assert stop(records) == expected
