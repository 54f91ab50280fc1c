"""Facilities, rooms, docks, departments and cost centers of the two demo hospitals (spec 7.3).

In: nothing but the table below. Out: rows of locations, departments and cost centers. Refuses to
know: items, cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from suture.simulation.generator.check_digit import gln

Row = dict[str, Any]

TIMEZONE = "America/Chicago"
HEALTH_SYSTEM_GLN = gln(100000000)
"""9521000000001, spec 7.3."""


@dataclass(frozen=True, slots=True)
class Facility:
    """A hospital: code, name, its number in GLNs, its operating rooms."""

    code: str
    name: str
    number: int
    rooms: int

    @property
    def inventory_location(self) -> str:
        """ERP name of the store that serves the operating rooms."""
        return f"{self.code}-OR-IMPL"

    @property
    def dock_gln(self) -> str:
        """GLN of the receiving dock; NCH's is 9521000001022."""
        return gln(100000000 + self.number * 100 + 2)

    def room(self, number: int) -> str:
        """HL7 PL of an operating room, e.g. `MAIN^OR04^^NCH` (spec 2.0.5)."""
        return f"MAIN^OR{number:02d}^^{self.code}"


FACILITIES = (
    Facility("NCH", "North Central Hospital", 1, 4),
    Facility("SMC", "South Medical Center", 2, 2),
)
BY_CODE = {facility.code: facility for facility in FACILITIES}


def cost_centers() -> list[Row]:
    """Return the rows of cost_centers.json: operating rooms and supply chain per facility."""
    rows = []
    for facility in FACILITIES:
        low = facility.code.lower()
        for center, team in (("6010", "or"), ("8420", "supply")):
            chain = [f"{low}.{team}.manager", f"{low}.periop.director", "vp.supply_chain"]
            rows.append(
                {
                    "key": f"CC-{center}-{facility.code}",
                    "company": "100",
                    "segments": ["100", f"{facility.number:02d}", center, "71200"],
                    "approver_chain": [*chain, "finance.partner", "cfo"],
                    "open": True,
                }
            )
    return rows


def departments() -> list[Row]:
    """Return the rows of departments.json."""
    names = (("OR", "6010", "Operating rooms", "or"), ("SCM", "8420", "Supply chain", "supply"))
    return [
        {
            "key": f"DEP-{facility.code}-{short}",
            "name": f"{name} {facility.code}",
            "facility": facility.code,
            "cost_center": f"CC-{center}-{facility.code}",
            "manager": f"{facility.code.lower()}.{team}.manager",
        }
        for facility in FACILITIES
        for short, center, name, team in names
    ]


def _location(facility: Facility, suffix: str, kind: str, name: str, **more: Any) -> Row:
    row: Row = {
        "key": f"LOC-{facility.code}" + (f"-{suffix}" if suffix else ""),
        "type": kind,
        "parent": f"LOC-{facility.code}" if suffix else None,
        "name": name,
        "facility": facility.code,
        "gln": None,
        "timezone": TIMEZONE,
        "hl7": None,
        "inventory_location": None,
        "department": f"DEP-{facility.code}-OR",
        "cost_center": None,
    }
    return {**row, **more}


def locations() -> list[Row]:
    """Return the rows of locations.json: facility, dock, store room, operating rooms."""
    rows = []
    for facility in FACILITIES:
        store = facility.inventory_location
        site = gln(100000000 + facility.number * 100 + 1)
        supply = f"DEP-{facility.code}-SCM"
        rows += [
            _location(
                facility, "", "FACILITY", facility.name, gln=site, hl7=f"MAIN^^^{facility.code}"
            ),
            _location(
                facility,
                "DOCK",
                "DOCK",
                f"{facility.code} main dock",
                gln=facility.dock_gln,
                department=supply,
            ),
            _location(
                facility,
                "STORE",
                "STORE_ROOM",
                f"{facility.code} implant store",
                inventory_location=store,
                department=supply,
            ),
        ]
        rows += [
            _location(
                facility,
                f"OR{number:02d}",
                "OR",
                f"{facility.code} operating room {number}",
                hl7=facility.room(number),
                inventory_location=store,
                cost_center=f"CC-6010-{facility.code}",
            )
            for number in range(1, facility.rooms + 1)
        ]
    return rows


def crosswalk() -> list[Row]:
    """Return entries that no record carries itself: the EHR's and the ERP's department codes."""
    rows = []
    for facility in FACILITIES:
        entry = {"system": "EHR", "id_type": "department", "facility": facility.code}
        code = facility.code
        rows += [
            {**entry, "entity": "department", "key": f"DEP-{code}-OR", "value": f"6010-{code}"},
            {**entry, "entity": "department", "key": f"DEP-{code}-SCM", "value": f"8420-{code}"},
        ]
    return rows
