"""The scripted story of the demo: what the EHR does, how suppliers behave, how it must end.

In: a data set and its first day. Out: a scenario, supplier rules and expected end states, all plain
data. Refuses to know: how the hub gets there. Times are laid out so that each case stands alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from suture.simulation.generator.dataset import Dataset
from suture.simulation.generator.organisation import BY_CODE, TIMEZONE
from suture.simulation.generator.storyline import CASE_BY_NAME, CASES, StoryCase
from suture.simulation.generator.write import canonical_json
from suture.simulation.model.dock import gs1_element_string
from suture.simulation.number import iso
from suture.simulation.story_expected import expected

Row = dict[str, Any]

BACKGROUND_DONE, BACKGROUND_BOOKED = 6, 14
"""Background cases that take place during the story, and those only booked for after it."""
ENDS_DAY, ENDS_AT = 7, time(7, 0)
"""The story ends on the eighth morning, before the cases of that day begin."""
OPERATED = ("stock", "implant", "consumable", "price")
"""Scripted cases that take place during the story."""
BACKORDER_DAYS = 21
"""Days after the start that the backordered implant is promised for: after its need."""
PRICE_VARIANCE = "3"
"""Per cent on the invoice of the price case."""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything the demo driver hands to the peers and checks at the end."""

    scenario: list[Row]
    """For the EHR: actions with business times."""
    rules: Mapping[str, list[Row]]
    """Supplier key -> behaviour rules."""
    expected: Row
    ends_at: datetime


def build_story(dataset: Dataset, start: date) -> Story:
    """Return the story of a data set; the scripted cases are the same on every seed."""
    rows = {str(row["case_number"]): row for row in dataset.rows("schedule.json")}
    scenario: list[Row] = []
    for number, case in enumerate(CASES):
        row = rows[case.number]
        scenario.append(_action(_local(start, 0, time(8, 4 * number)), "book", row))
        if case.name in OPERATED:
            scenario += _operated(dataset, row)
    moved = CASE_BY_NAME["rescheduled"]
    scenario.append(_moved(moved, start))
    cancelled = {"action": "cancel", "case_number": CASE_BY_NAME["cancelled"].number}
    scenario.append(cancelled | {"at": iso(_local(start, 1, time(14, 0)))})
    scenario += _background(dataset, start)
    ends_at = _local(start, ENDS_DAY, ENDS_AT)
    return Story(
        scenario=sorted(scenario, key=lambda row: str(row["at"])),
        rules=supplier_rules(start),
        expected=expected(ends_at),
        ends_at=ends_at,
    )


def supplier_rules(start: date) -> dict[str, list[Row]]:
    """Return the behaviour rules of the two connected suppliers, matched by item."""
    late = (start + timedelta(days=BACKORDER_DAYS)).isoformat()
    return {
        "SUP-9001": [
            {"match": {"item": "ITM-100230"}, "behaviour": "backorder", "date": late},
            {
                "match": {"item": "ITM-100240"},
                "behaviour": "accept",
                "ship_after_h": "48",
                "invoice_after_h": "24",
            },
            {"match": {"item": "ITM-100250"}, "behaviour": "accept", "ship_after_h": "72"},
            {
                "match": {"item": "ITM-100260"},
                "behaviour": "accept",
                "price_variance_percent": PRICE_VARIANCE,
            },
        ],
        "SUP-9002": [
            {"match": {"item": "ITM-100251"}, "behaviour": "accept", "ship_after_h": "72"},
        ],
    }


def write_story(story: Story, directory: Path) -> dict[str, str]:
    """Write scenario, rules and expectation below `story/`; return path -> sha256."""
    files: dict[str, Any] = {
        "story/scenario.json": story.scenario,
        "story/expected.json": story.expected,
        **{f"story/rules-{key}.json": rules for key, rules in story.rules.items()},
    }
    written = {}
    for path, value in files.items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        content = canonical_json(value)
        target.write_bytes(content)
        written[path] = sha256(content).hexdigest()
    return written


# ---- pieces


def _local(start: date, days: int, at: time) -> datetime:
    return datetime.combine(start + timedelta(days=days), at, tzinfo=ZoneInfo(TIMEZONE))


def _action(at: datetime, name: str, case: Row) -> Row:
    known = {key: value for key, value in case.items() if key != "actions"}
    return {"at": iso(at), "action": name, "case_number": case["case_number"], "case": known}


def _moved(case: StoryCase, start: date) -> Row:
    hour, minute = (int(part) for part in case.at.split(":"))
    return {
        "at": iso(_local(start, 1, time(10, 0))),
        "action": "reschedule",
        "case_number": case.number,
        "start": _local(start, case.day + 2, time(hour, minute)).isoformat(),
    }


def _operated(dataset: Dataset, row: Row) -> list[Row]:
    """Return arrival, start, end and usage report of a case that takes place."""
    begins = datetime.fromisoformat(row["start"])
    ends = begins + timedelta(minutes=int(row["duration_min"]))
    steps = (
        ("arrive", begins - timedelta(minutes=80)),
        ("start", begins + timedelta(minutes=5)),
        ("complete", ends),
    )
    number = row["case_number"]
    actions = [{"at": iso(at), "action": name, "case_number": number} for name, at in steps]
    reported = {
        "at": iso(ends + timedelta(minutes=15)),
        "action": "usage",
        "case_number": number,
        "items": _used(dataset, row),
    }
    return [*actions, reported]


def _used(dataset: Dataset, row: Row) -> list[Row]:
    """Return what the case used: every opened card line, with the lot where it is known."""
    cards = {card["card"]: card for card in dataset.rows("master/cards.json")}
    items = {item["key"]: item for item in dataset.rows("master/items.json")}
    by_supply = {supply: item for item in items.values() for supply in item["ehr_ids"]}
    store = BY_CODE[row["facility"]].inventory_location
    used = []
    for number, line in enumerate(cards[row["card"]]["lines"], start=1):
        if line["quantity_open"] == "0":
            continue
        item = by_supply[line["ehr_supply_id"]]
        entry = {
            "id": str(number),
            "item": item["key"],
            "description": item["description"],
            "quantity": line["quantity_open"],
        }
        if item["serial_controlled"] and line["quantity_open"] == "1":
            entry |= _device(dataset, item, store)
        used.append(entry)
    return used


def _device(dataset: Dataset, item: Row, store: str) -> Row:
    """Return UDI, lot and serial of the unit that expires first; {} for a bought one."""
    shelf = next(
        row
        for row in dataset.rows("stock.json")
        if row["item"] == item["key"] and row["location"] == store
    )
    if not shelf["lots"]:
        return {}
    lot = shelf["lots"][0]
    named = {"lot": lot["lot"], "serial": lot["serial"], "expiry": lot["expiry"]}
    gtin = item["packaging"][0]["gtin"]
    bracketed = f"(01){gtin}(17){lot['expiry'].replace('-', '')[2:]}(10){lot['lot']}"
    assert gs1_element_string({"gtin": gtin, **named}), "a stocked device has a UDI"
    return {
        "udi": f"{bracketed}(21){lot['serial']}",
        "lot": lot["lot"],
        "serial": lot["serial"],
    }


def _background(dataset: Dataset, start: date) -> list[Row]:
    """Return bookings of ordinary cases, so that the board looks like a hospital's."""
    scripted = {case.number for case in CASES}
    taken = {(case.facility, case.room, start + timedelta(days=case.day)) for case in CASES}
    rows = [
        row
        for row in sorted(dataset.rows("schedule.json"), key=lambda r: (r["start"], r["room"]))
        if row["case_number"] not in scripted and _room_day(row) not in taken
    ]
    ends = start + timedelta(days=ENDS_DAY)
    early = start + timedelta(days=3)
    during = [r for r in rows if early <= _day(r) < ends and _is_stocked(dataset, r)]
    after = [row for row in rows if _day(row) > ends]
    chosen = during[:BACKGROUND_DONE] + after[:BACKGROUND_BOOKED]
    actions: list[Row] = []
    for number, row in enumerate(chosen):
        at = _local(start, 0, time(8, 30)) + timedelta(minutes=3 * number)
        actions.append(_action(at, "book", row))
        if number < BACKGROUND_DONE:
            actions += _operated(dataset, row)
    return actions


def _day(row: Row) -> date:
    return datetime.fromisoformat(row["start"]).date()


def _room_day(row: Row) -> tuple[str, int, date]:
    return row["facility"], int(row["room"].split("^")[1].removeprefix("OR")), _day(row)


def _is_stocked(dataset: Dataset, row: Row) -> bool:
    """Tell if every line of the case's card has something on the shelf."""
    cards = {card["card"]: card for card in dataset.rows("master/cards.json")}
    by_supply = {s: i["key"] for i in dataset.rows("master/items.json") for s in i["ehr_ids"]}
    store = BY_CODE[row["facility"]].inventory_location
    filled = {
        shelf["item"]
        for shelf in dataset.rows("stock.json")
        if shelf["location"] == store and shelf["lots"]
    }
    lines = cards[row["card"]]["lines"]
    return all(by_supply[line["ehr_supply_id"]] in filled for line in lines)
