"""Surgeons, preference cards, patients and the operating schedule (spec 7.4, 7.5).

In: a seed, the scale, items. Out: rows of cards.json and schedule.json. Refuses to know: stock, and
what the hub does. Each case draws from its own stream: another case never shifts it.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from suture.simulation.generator.check_digit import npi
from suture.simulation.generator.organisation import BY_CODE, FACILITIES, TIMEZONE
from suture.simulation.generator.storyline import BY_KEY, CASES, COMMON, StoryCase
from suture.simulation.generator.stream import Stream, choose, choose_some
from suture.simulation.generator.words import FAMILY, GIVEN, PROCEDURES

Row = dict[str, Any]

SLOTS = (time(7, 30), time(10, 0), time(12, 30), time(15, 0))
"""Local start times of the slots of a room day."""
RESCHEDULED_PER_MILLE = 90
"""Spec 7.4: 9 per cent are rescheduled."""
CANCELLED_PER_MILLE = 70
"""Spec 7.4: 7 per cent are cancelled."""
CARD_FIRST = 5001
"""Number of the first general card; scripted cards have numbers of their own."""


def surgeon(number: int) -> Row:
    """Return a surgeon: NPI under the prefix 9 that is never assigned, fictional name."""
    return {"npi": npi(number), "family": FAMILY[number % len(FAMILY)], "given": "SURGEON"}


def _line(number: int, item: str, quantity: str, criticality: str, hold: str = "0") -> Row:
    side = {" RT": "RT", " LT": "LT"}.get(BY_KEY[item].description[-3:]) if item in BY_KEY else None
    return {
        "line": str(number),
        "ehr_supply_id": f"SUP{item.removeprefix('ITM-')}",
        "quantity_open": quantity,
        "quantity_hold": hold,
        "criticality": criticality,
        "hold": hold != "0",
        "lateral": side,
    }


def _story_card(number: int, case: StoryCase, surgeons: int) -> Row:
    wanted = [*case.lines, *((item, "2", "REQUIRED") for item in case.common)]
    return {
        "card": case.card,
        "version": 1,
        "procedure": case.procedure,
        "surgeon": npi(number % surgeons + 1),
        "facility": case.facility,
        "lines": [_line(at, *line) for at, line in enumerate(wanted, start=1)],
    }


def _general_card(seed: int, number: int, surgeons: int, supplies: dict[str, list[str]]) -> Row:
    path = f"card/{number}"
    stream = Stream(seed, path)
    procedure = sorted(PROCEDURES)[number % len(PROCEDURES)]
    family = PROCEDURES[procedure][1]
    implants = choose_some(seed, f"{path}/implants", supplies.get(family, []), 3)
    others = choose_some(seed, f"{path}/others", supplies["MEDSURG"], stream.between(1, 2))
    common = choose_some(seed, f"{path}/common", COMMON, 4)
    lines = [(item, "1", "CRITICAL", "0") for item in implants]
    lines += [(item, str(stream.between(1, 3)), "REQUIRED", "0") for item in others]
    lines += [(item, "2", "REQUIRED", "0") for item in common[:3]]
    lines.append((common[3], "0", "OPTIONAL", "1"))
    return {
        "card": f"PC-{CARD_FIRST + number}",
        "version": stream.between(1, 9),
        "procedure": procedure,
        "surgeon": npi(number % surgeons + 1),
        "facility": FACILITIES[number // len(PROCEDURES) % len(FACILITIES)].code,
        "lines": [_line(at, *line) for at, line in enumerate(lines, start=1)],
    }


def cards(seed: int, count: int, surgeons: int, supplies: dict[str, list[str]]) -> list[Row]:
    """Return `count` rows of cards.json; `supplies` is implant family (or MEDSURG) -> item keys."""
    rows = [_story_card(number, case, surgeons) for number, case in enumerate(CASES)]
    general = range(count - len(rows))
    rows += [_general_card(seed, number, surgeons, supplies) for number in general]
    return sorted(rows, key=lambda row: str(row["card"]))


def patient(seed: int, case_number: str, start: date) -> Row:
    """Return a fictional patient; the MRN begins with SYN (spec 7.1)."""
    stream = Stream(seed, f"patient/{case_number}")
    born = start - timedelta(days=stream.between(30 * 365, 85 * 365))
    return {
        "mrn": f"SYN{int(case_number):07d}",
        "family": stream.pick(FAMILY),
        "given": stream.pick(GIVEN),
        "dob": born.isoformat(),
        "sex": stream.pick(("F", "M")),
    }


def weekdays(start: date, days: int) -> list[date]:
    """Return the working days of the window."""
    window = (start + timedelta(days=offset) for offset in range(days))
    return [day for day in window if day.weekday() < 5]


def local(day: date, at: time) -> str:
    """Return a local start as ISO text with its offset."""
    return datetime.combine(day, at, tzinfo=ZoneInfo(TIMEZONE)).isoformat()


def _place(number: int, working: list[date]) -> tuple[date, str, str, time]:
    """Return day, facility code, room and start of the n-th case: rooms fill slot by slot."""
    rooms = [(f, n) for f in FACILITIES for n in range(1, f.rooms + 1)]
    day = working[number % len(working)]
    facility, room = rooms[number // len(working) % len(rooms)]
    slot = SLOTS[number // (len(working) * len(rooms)) % len(SLOTS)]
    return day, facility.code, facility.room(room), slot


def _later(stream: Stream, day: date, at: time) -> list[Row]:
    """Return what happens to a case after booking: nothing, a new day, or a cancellation."""
    if stream.chance(CANCELLED_PER_MILLE):
        return [{"action": "cancel", "days_before": stream.between(1, 3)}]
    if stream.chance(RESCHEDULED_PER_MILLE):
        moved = day + timedelta(days=stream.pick((1, 2, 7)))
        return [{"action": "reschedule", "days_before": 2, "start": local(moved, at)}]
    return []


def schedule(
    seed: int, count: int, start: date, days: int, general: list[Row], *, surgeons: int
) -> list[Row]:
    """Return `count` rows of schedule.json; `general` are the card rows cases may use."""
    working = weekdays(start, days)
    by_facility = {
        facility.code: {row["card"]: row for row in general if row["facility"] == facility.code}
        for facility in FACILITIES
    }
    rows = []
    for number in range(count):
        case_number = str(70001 + number)
        day, facility, room, at = _place(number, working)
        stream = Stream(seed, f"case/{case_number}")
        usable = by_facility[facility]
        card = usable[choose(seed, f"case/{case_number}/card", sorted(usable))]
        rows.append(
            case_row(
                case_number,
                facility=facility,
                room=room,
                start=local(day, at),
                card=card,
                patient=patient(seed, case_number, start),
                surgeon=next(
                    surgeon(n) for n in range(1, surgeons + 1) if npi(n) == card["surgeon"]
                ),
            )
            | {"actions": _later(stream, day, at)}
        )
    return rows


def case_row(
    case_number: str,
    *,
    facility: str,
    room: str,
    start: str,
    card: Row,
    patient: Row,
    surgeon: Row,
) -> Row:
    """Return one case as the EHR knows it."""
    text, family, minutes = PROCEDURES[card["procedure"]]
    sides = {line["lateral"] for line in card["lines"]} - {None}
    side = next(iter(sorted(sides)), None) or ("RT" if family in ("KNEE", "HIP") else None)
    return {
        "case_number": case_number,
        "facility": facility,
        "room": room,
        "start": start,
        "duration_min": minutes,
        "procedure": card["procedure"],
        "procedure_text": text,
        "laterality": side,
        "card": card["card"],
        "surgeon": surgeon,
        "patient": patient,
        "visit": f"SYNCSN{int(case_number):06d}",
    }


def story_start(case: StoryCase, start: date) -> str:
    """Return the local start of a scripted case."""
    hour, minute = (int(part) for part in case.at.split(":"))
    return local(start + timedelta(days=case.day), time(hour, minute))


def story_case(seed: int, case: StoryCase, start: date, card: Row, *, surgeons: int) -> Row:
    """Return a scripted case as the EHR knows it."""
    row = case_row(
        case.number,
        facility=case.facility,
        room=BY_CODE[case.facility].room(case.room),
        start=story_start(case, start),
        card=card,
        patient=patient(seed, case.number, start),
        surgeon=next(surgeon(n) for n in range(1, surgeons + 1) if npi(n) == card["surgeon"]),
    )
    return row | {"laterality": case.laterality}
