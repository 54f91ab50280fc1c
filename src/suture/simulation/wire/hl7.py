"""The EHR's own HL7 v2.5.1 writer, and a reader of acknowledgements (spec 2.0.5).

In: a case row, an action, times. Out: message bytes. Refuses to know: when to send, and the hub's
codec; a mistake here must not be confirmed by the same mistake there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from suture.simulation.generator.organisation import TIMEZONE

Row = dict[str, Any]

ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
"""Delimiter -> escape sequence (HL7 2.5.1 section 2.7)."""

FILLER = {
    "BOOKED": "BOOKED^Booked^HL70278",
    "STARTED": "STARTED^Started^HL70278",
    "COMPLETE": "COMPLETE^Complete^HL70278",
    "CANCELLED": "CANCELLED^Cancelled^HL70278",
}
"""SCH-25 by state; STARTED is the site's own addition to table 0278."""


def escape(text: str) -> str:
    """Return text with the delimiters escaped."""
    return "".join(ESCAPES.get(char, char) for char in text)


def stamp(at: datetime, *, fraction: bool = False) -> str:
    """Return an HL7 time stamp in local time with its offset."""
    local = at.astimezone(ZoneInfo(TIMEZONE))
    tail = f".{local.microsecond // 100:04d}" if fraction else ""
    return local.strftime("%Y%m%d%H%M%S") + tail + local.strftime("%z")


def segment(name: str, fields: dict[int, str]) -> str:
    """Return a segment with its fields at their numbers."""
    last = max(fields, default=0)
    return "|".join([name, *(fields.get(number, "") for number in range(1, last + 1))])


def message(*segments: str) -> bytes:
    """Return segments as a message."""
    return ("\r".join(segments) + "\r").encode("utf-8")


def header(kind: str, *, application: str, facility: str, control_id: str, at: datetime) -> str:
    """Return the MSH; MSH-7 carries the business send time, MSH-15 asks for an accept ack."""
    trigger, _, structure = kind.partition(" ")
    return (
        f"MSH|^~\\&|{application}|{facility}|SUTURE|IDN|{stamp(at, fraction=True)}||"
        f"{trigger}^{structure}|{control_id}|T|2.5.1|||AL|NE||UNICODE UTF-8"
    )


def _person(person: Row) -> str:
    name = f"{escape(person['family'])}^{escape(person['given'])}"
    return f"{person['npi']}^{name}^^^^^^NPI"


def _patient(case: Row) -> str:
    who = case["patient"]
    return segment(
        "PID",
        {
            1: "1",
            3: f"{who['mrn']}^^^{case['facility']}^MR",
            5: f"{escape(who['family'])}^{escape(who['given'])}",
            7: who["dob"].replace("-", ""),
            8: who["sex"],
        },
    )


def scheduling(case: Row, trigger: str, *, state: str, control_id: str, at: datetime) -> bytes:
    """Return an SIU message with the whole snapshot of the case."""
    start = datetime.fromisoformat(case["start"])
    end = start + timedelta(minutes=int(case["duration_min"]))
    minutes, surgeon = str(case["duration_min"]), _person(case["surgeon"])
    begin, status = stamp(start), FILLER[state]
    number, room = case["case_number"], case["room"]
    text = escape(case["procedure_text"])
    timing = {4: begin, 5: "0", 6: "MIN^minutes^UCUM", 7: minutes, 8: "MIN^minutes^UCUM"}
    placed = {number + 2: value for number, value in timing.items()}
    service = {1: "1", 2: "A", 3: f"{case['procedure']}^{text}^LOCAL", **timing, 10: status}
    if case.get("laterality"):
        side = {"RT": "Right", "LT": "Left", "BI": "Bilateral"}[case["laterality"]]
        service[11] = f"{case['laterality']}^{side}^LOCAL"
    reason = {"S12": "BOOKED", "S13": "RESCHEDULED", "S15": "CANCELLED"}.get(trigger, "MODIFIED")
    scheduled = {
        1: f"{number}^ORSCHED",
        2: f"{number}^ORSCHED",
        5: "PERIOP^Periop schedule",
        6: f"{reason}^{reason.title()}^HL70276",
        7: f"{case['procedure']}^{text}^LOCAL",
        8: "ELECTIVE^Elective^LOCAL",
        9: minutes,
        10: "MIN^minutes^UCUM",
        11: f"^^{minutes}^{begin}^{stamp(end)}",
        15: f"MAIN^^^{case['facility']}",
        16: surgeon,
        20: surgeon,
        25: status,
    }
    return message(
        header(
            f"SIU^{trigger} SIU_S12",
            application="ORSCHED",
            facility=case["facility"],
            control_id=control_id,
            at=at,
        ),
        segment("SCH", scheduled),
        _patient(case),
        segment("PV1", {1: "1", 2: "P", 3: room}),
        segment("RGS", {1: "1", 2: "A", 3: f"{number}^^LOCAL"}),
        segment("AIS", service),
        segment(
            "AIG",
            {1: "1", 2: "A", 3: f"{case['card']}^Preference card^LOCAL", 4: "PREFCARD^Card^LOCAL"},
        ),
        segment("AIL", {1: "1", 2: "A", 3: room, 4: "OR^Operating room^LOCAL", **placed}),
        segment("AIP", {1: "1", 2: "A", 3: surgeon, 4: "SURGEON^Surgeon^LOCAL", **placed}),
    )


def arrival(case: Row, *, control_id: str, at: datetime) -> bytes:
    """Return an ADT^A04: the patient has been registered."""
    place = {"application": "ADT", "facility": case["facility"]}
    return message(
        header("ADT^A04 ADT_A01", **place, control_id=control_id, at=at),
        segment("EVN", {2: stamp(at)}),
        _patient(case),
        segment("PV1", {1: "1", 2: "I", 3: case["room"], 19: case["visit"]}),
    )


def usage(case: Row, items: list[Row], *, control_id: str, at: datetime) -> bytes:
    """Return a DFT^P03: one FT1 per used item, UDI, LOT and SERIAL as OBX under it."""
    segments = [
        header(
            "DFT^P03 DFT_P03",
            application="ORLOG",
            facility=case["facility"],
            control_id=control_id,
            at=at,
        ),
        segment("EVN", {2: stamp(at)}),
        _patient(case),
        segment("PV1", {1: "1", 2: "I", 3: case["room"], 19: case["visit"]}),
    ]
    for number, item in enumerate(items, start=1):
        segments.append(_charge_line(case, item, number, at))
        segments += _device_lines(item)
    return message(*segments)


def _charge_line(case: Row, item: Row, number: int, at: datetime) -> str:
    description = escape(item.get("description", ""))
    return segment(
        "FT1",
        {
            1: str(number),
            2: f"USE{case['case_number']}-{item.get('id', number)}",
            3: case["case_number"],
            4: stamp(at),
            5: stamp(at),
            6: item.get("type", "CG"),
            7: f"{item['item']}^{description}^ERP",
            10: str(item["quantity"]),
            13: f"6010-{case['facility']}^OR {case['facility']}",
            16: case["room"],
            20: _person(case["surgeon"]),
            25: f"{item.get('procedure', '0SRC0J9')}^^I10P",
        },
    )


def _device_lines(item: Row) -> list[str]:
    named = (
        ("udi", "UDI^Unique device identifier^LOCAL"),
        ("lot", "LOT^Lot number^LOCAL"),
        ("serial", "SERIAL^Serial number^LOCAL"),
    )
    given = [(code, item[name]) for name, code in named if item.get(name)]
    return [
        segment("OBX", {1: str(at), 2: "ST", 3: code, 5: escape(value), 11: "F"})
        for at, (code, value) in enumerate(given, start=1)
    ]


def read_acknowledgement(content: bytes) -> tuple[str, str]:
    """Return (MSA-1 code, MSA-2 control id); raises ValueError when there is no MSA."""
    for line in content.decode("utf-8", "replace").replace("\n", "\r").split("\r"):
        fields = line.split("|")
        if fields[0] == "MSA" and len(fields) > 2:
            return fields[1].strip(), fields[2].strip()
    raise ValueError("no MSA segment")
