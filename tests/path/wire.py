"""Messages of the peers, written by hand: HL7 v2 of the EHR, ERP pages, X12, cXML, dock scans."""

from __future__ import annotations

import json
from typing import Any

PATIENT = "PID|1||SYNMRN000123^^^NCH^MR||SYNTHETIC^PATIENT^ONE||19580214|F"

SIU_BODY = (
    "SCH|{case}^ORSCHED|{case}^ORSCHED|||PERIOP|BOOKED|TKA^Total knee^LOCAL|ELECTIVE|{minutes}|MIN|"
    "^^{minutes}^{start}|||||9000000015^SYNTH^SURGEON|||||||||{status}^x^HL70278\r"
    "{patient}\r"
    "PV1|1|P|{room}\r"
    "RGS|1|A|{case}^^LOCAL\r"
    "AIS|1|A|TKA-PRIM^Total knee arthroplasty primary^LOCAL|{start}|0|MIN|{minutes}|MIN||BOOKED|"
    "{side}\r"
    "AIG|1|A|{card}^Preference card^LOCAL|PREFCARD^Preference card^LOCAL\r"
    "AIL|1|A|{room}|OR^Operating room^LOCAL||{start}|0|MIN|{minutes}|MIN||BOOKED\r"
    "AIP|1|A|9000000015^SYNTH^SURGEON^A^^^^^NPI|SURGEON^Primary surgeon^LOCAL||{start}\r"
)


def siu(
    trigger: str = "S12",
    *,
    case: str = "88123",
    card: str = "PC-KNEE",
    start: str = "20270111073000-0600",
    sent: str = "20270104081500-0600",
    control: str = "MSG0001",
    room: str = "MAIN^OR04^^NCH",
    status: str = "BOOKED",
    minutes: int = 120,
    side: str = "RT",
    patient: str = PATIENT,
) -> bytes:
    """Return an SIU that repeats the whole snapshot."""
    head = (
        f"MSH|^~\\&|ORSCHED|NCH|HSCIP|IDN|{sent}||SIU^{trigger}^SIU_S12|{control}|T|2.5.1|||AL|NE\r"
    )
    body = SIU_BODY.format(
        case=case,
        card=card,
        start=start,
        room=room,
        status=status,
        minutes=minutes,
        side=side,
        patient=patient,
    )
    return (head + body).encode()


def dft(
    *,
    case: str = "88123",
    item: str = "F5",
    quantity: str = "1",
    control: str = "MSG0400",
    usage: str = "USE-1",
    lot: str = "L7F21",
    sent: str = "20270111101500-0600",
    kind: str = "CG",
    room: str = "MAIN^OR04^^NCH",
) -> bytes:
    """Return a usage message (DFT^P03) with one FT1."""
    return (
        f"MSH|^~\\&|ORLOG|NCH|HSCIP|IDN|{sent}||DFT^P03^DFT_P03|{control}|T|2.5.1|||AL|NE\r"
        f"EVN||{sent}\r"
        "PID|1||SYNMRN000123^^^NCH^MR||SYNTHETIC^PATIENT^ONE\r"
        f"PV1|1|I|{room}\r"
        f"FT1|1|{usage}|{case}|20270111091000-0600|{sent}|{kind}|{item}^x^ERP|||{quantity}|||6010-NCH|||"
        f"{room}||||9000000015^SYNTH^SURGEON\r"
        f"OBX|1|ST|LOT^Lot number^LOCAL||{lot}||||||F\r"
    ).encode()


def erp_page(*changes: tuple[str, dict[str, Any]], last: int = 1, at: str = "") -> bytes:
    """Return a page of the ERP's change cursor."""
    rows = [
        {
            "seq": last - len(changes) + n + 1,
            "kind": kind,
            "at": at or "2027-01-04T14:00:00Z",
            "data": d,
        }
        for n, (kind, d) in enumerate(changes)
    ]
    return json.dumps({"changes": rows, "last": last}).encode()


def stock(
    item: str,
    on_hand: int,
    *,
    version: int = 1,
    cause: str = "opening",
    ref: str | None = None,
    lot: str = "LOT1",
    location: str = "NCH-OR-IMPL",
) -> tuple[str, dict[str, Any]]:
    """Return a stock change."""
    lots = [{"lot": lot, "expiry": "2029-06-30", "quantity": str(on_hand)}] if on_hand else []
    return "stock", {
        "item": item,
        "location": location,
        "version": version,
        "on_hand": str(on_hand),
        "lots": lots,
        "cause": {"kind": cause, "external_ref": ref},
    }


def purchase_order(
    external_ref: str,
    *,
    po: str = "PO4500012345",
    supplier: str = "SUP-9001",
    need_by: str = "2027-01-10",
    lines: tuple[tuple[str, str, str, str], ...] = (("F5", "1", "EA", "1450.00"),),
) -> tuple[str, dict[str, Any]]:
    """Return the ERP's purchase order for a requisition; lines: (item, quantity, unit, price)."""
    return "purchase_order", {
        "po_number": po,
        "requisition_no": "RQ1",
        "external_ref": external_ref,
        "supplier": supplier,
        "facility": "NCH",
        "order_date": "2027-01-04",
        "need_by": need_by,
        "ship_to_gln": "9521000001022",
        "status": "open",
        "lines": [
            {
                "line": str(n),
                "requisition_line": str(n),
                "item": item,
                "quantity": quantity,
                "uom": uom,
                "unit_price": price,
                "currency": "USD",
                "contract": "CTR-1",
                "deliver_to": "NCH-OR-IMPL",
            }
            for n, (item, quantity, uom, price) in enumerate(lines, 1)
        ],
    }


def x12(set_id: str, functional: str, body: list[str], *, control: int = 100) -> bytes:
    """Return an interchange of Syntho to the hub."""
    head = (
        "ISA*00*          *00*          *ZZ*SUP9001DEMO    *ZZ*HSCIPDEMO      *270104*1502*^*00501"
        f"*{control:09d}*0*T*:~"
        f"GS*{functional}*SUP9001DEMO*HSCIPDEMO*20270104*1502*{control}*X*005010~ST*{set_id}*0001~"
    )
    tail = f"SE*{len(body) + 2}*0001~GE*1*{control}~IEA*1*{control:09d}~"
    return (head + "".join(row + "~" for row in body) + tail).encode()


def x855(
    code: str,
    *,
    po: str = "PO4500012345",
    header: str = "AD",
    day: str = "20270108",
    quantity: str = "1",
    uom: str = "EA",
) -> list[str]:
    """Return the body of an 855 for one line of F5."""
    answer = f"ACK*{code}*{quantity}*{uom}"
    return [
        f"BAK*00*{header}*{po}*20270104****SO778899",
        f"PO1*1*{quantity}*{uom}*1450.00*CT*UK*09521000000013*VC*CAT-F5*IN*F5",
        f"{answer}*069*{day}" if day else answer,
        "CTT*1",
    ]


def x865(code: str, *, po: str = "PO4500012345", sequence: int = 1001) -> list[str]:
    """Return the body of an 865 that answers one of our changes."""
    return [f"BCA*00*{code}*{po}**{sequence}*20270104", "CTT*0"]


def x997(control_id: str, code: str, *, set_id: str = "850", functional: str = "PO") -> list[str]:
    """Return the body of a 997 about one set of ours (control id `group/set`)."""
    group, _, control = control_id.partition("/")
    return [
        f"AK1*{functional}*{group}",
        f"AK2*{set_id}*{control}",
        f"AK5*{code}",
        f"AK9*{'R' if code == 'R' else code}*1*1*{0 if code == 'R' else 1}",
    ]


def x856(
    *,
    po: str = "PO4500012345",
    shipment: str = "SHP1",
    day: str = "20270108",
    quantity: str = "1",
) -> list[str]:
    """Return the body of an 856 for one line of F5."""
    return [
        f"BSN*00*{shipment}*20270106*0915*0001",
        "HL*1**S",
        "DTM*011*20270106",
        f"DTM*017*{day}",
        "HL*2*1*O",
        f"PRF*{po}",
        "HL*3*2*P",
        "MAN*GM*095210090000000019",
        "HL*4*3*I",
        "LIN*1*UK*09521000000013*VC*CAT-F5*LT*L7F21*SN*S000123",
        f"SN1*1*{quantity}*EA",
        "DTM*036*20290630",
        "CTT*4",
    ]


def x810(
    *,
    po: str = "PO4500012345",
    invoice: str = "INV-77123",
    price: str = "1450.00",
    day: str = "20270110",
) -> list[str]:
    """Return the body of an 810 for one line of F5."""
    cents = price.replace(".", "")
    return [
        f"BIG*{day}*{invoice}*20270104*{po}",
        "N1*RE*SYNTHO ORTHOPEDICS*UL*9521009000019",
        f"IT1*1*1*EA*{price}*CT*UK*09521000000013*VC*CAT-F5",
        f"TDS*{cents}",
        "CTT*1",
    ]


def dock(kind: str, *, po: str = "PO4500012345", shipment: str = "SHP1", **line: Any) -> bytes:
    """Return a dock scan of one line."""
    row = {"po_line": "1", "quantity": "1", "uom": "EA", "lot": "L7F21", "condition": "ok", **line}
    return json.dumps(
        {
            "scan_id": f"SCN-{shipment}-{kind}",
            "kind": kind,
            "shipment_id": shipment,
            "sscc": "095210090000000019",
            "po_number": po,
            "lines": [row],
            "at": "2027-01-08T15:00:00Z",
        }
    ).encode()
