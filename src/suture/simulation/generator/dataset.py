"""The whole synthetic health system as one value (spec 7.1, 7.2 profile `ci`).

In: a seed, a profile, a start day, a number of days. Out: a `Dataset`: path -> JSON rows. Refuses
to know: the file system, the wall clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from suture.simulation.generator import catalog, organisation
from suture.simulation.generator.schedule import cards, schedule, story_case
from suture.simulation.generator.stock import opening
from suture.simulation.generator.storyline import CASES
from suture.simulation.generator.stream import Stream

Row = dict[str, Any]

START = date(2027, 1, 4)
"""A Monday; the day the demo begins."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much of everything (spec 7.2)."""

    items: int
    suppliers: int
    contracts: int
    surgeons: int
    cards: int
    cases: int
    days: int


CI = Scale(items=300, suppliers=12, contracts=20, surgeons=8, cards=24, cases=200, days=28)
PROFILES = {"ci": CI}


@dataclass(frozen=True, slots=True)
class Dataset:
    """Generated files: path below the output directory -> JSON value."""

    seed: int
    profile: str
    start: date
    files: Mapping[str, Any]

    def rows(self, path: str) -> list[Row]:
        """Return the rows of a file such as `master/items.json`; raises KeyError."""
        found: list[Row] = self.files[path]
        return found


def generate(
    seed: int,
    profile: str = "ci",
    start: date = START,
    days: int | None = None,
    *,
    scale: Scale | None = None,
) -> Dataset:
    """Return the data set of a seed; raises ValueError for a profile that is not shipped."""
    if scale is None and profile not in PROFILES:
        raise ValueError(f"profile not shipped; there is {', '.join(sorted(PROFILES))}")
    size = scale or PROFILES[profile]
    suppliers = catalog.suppliers(size.suppliers)
    portal = [row["key"] for row in suppliers if row["channel"] == "portal"]
    items, owner = catalog.items(seed, size.items, portal)
    supplies: dict[str, list[str]] = {}
    for row in items:
        if row["key"] < "ITM-400000" and row["key"] >= "ITM-200000":
            supplies.setdefault(catalog.family_of(row), []).append(row["key"])
    card_rows = cards(seed, size.cards, size.surgeons, supplies)
    scripted = {case.card for case in CASES}
    general = [row for row in card_rows if row["card"] not in scripted]
    by_card = {row["card"]: row for row in card_rows}
    surgeons = size.surgeons
    story = [story_case(seed, c, start, by_card[c.card], surgeons=surgeons) for c in CASES]
    count = size.cases - len(story)
    cases = schedule(seed, count, start, days or size.days, general, surgeons=surgeons)
    contracts = catalog.contracts(seed, items, owner, start, size.contracts)
    master = {
        "suppliers": suppliers,
        "items": items,
        "locations": sorted(organisation.locations(), key=lambda row: str(row["key"])),
        "departments": sorted(organisation.departments(), key=lambda row: str(row["key"])),
        "cost_centers": sorted(organisation.cost_centers(), key=lambda row: str(row["key"])),
        "contracts": contracts,
        "cards": card_rows,
        "crosswalk": organisation.crosswalk(),
    }
    files: dict[str, Any] = {f"master/{name}.json": rows for name, rows in master.items()}
    files["stock.json"] = opening(seed, items, start)
    files["schedule.json"] = sorted(
        cases + [row | {"actions": []} for row in story], key=lambda row: str(row["case_number"])
    )
    files.update(_truth(seed, items, by_card, files["schedule.json"]))
    return Dataset(seed=seed, profile=profile, start=start, files=files)


def _truth(
    seed: int, items: list[Row], by_card: dict[str, Row], cases: list[Row]
) -> dict[str, list[Row]]:
    """Return the ground truth, kept apart: identity links, usage, planted errors (spec 7.1)."""
    links = [
        {"item": row["key"], "ehr": row["ehr_ids"], "gtin": [p["gtin"] for p in row["packaging"]]}
        for row in items
    ]
    usage = []
    for case in cases:
        stream = Stream(seed, f"case/{case['case_number']}/usage")
        used = [
            {"ehr_supply_id": line["ehr_supply_id"], "quantity": line["quantity_open"]}
            for line in by_card[case["card"]]["lines"]
            if line["quantity_open"] != "0" and stream.chance(740)
        ]
        usage.append({"case_number": case["case_number"], "used": used})
    errors = [{"case_number": "88107", "label": "invoice-price", "percent": "3"}]
    return {
        "truth/identity.json": links,
        "truth/usage.json": usage,
        "truth/errors.json": errors,
    }
