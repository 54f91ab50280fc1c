"""A hospital small enough to know by heart: two suppliers, five items, a handful of cards.

Knee femoral component F5 (implant, Syntho, X12) and gloves GLV (consumable, Continental, cXML) are
the two things most scenarios buy; the tibial tray T5 is sold by both suppliers (Syntho cheaper);
PACK is always in stock; OPT is optional.
"""

from __future__ import annotations

import json
from pathlib import Path

SYNTHO, CONTINENTAL = "SUP-9001", "SUP-9002"


def _digit(body: str) -> str:
    total = sum(int(c) * (3 if i % 2 == 0 else 1) for i, c in enumerate(reversed(body)))
    return body + str(-total % 10)


GTIN = {
    name: _digit(f"0952100{n:06d}") for n, name in enumerate(("F5", "GLV", "PACK", "OPT", "T5"), 1)
}
GTIN_BOX = _digit("1952100000002")

SUPPLIERS = [
    {
        "key": SYNTHO,
        "name": "Syntho Orthopedics",
        "gln": "9521009000019",
        "erp_vendor_no": "V9001",
        "duns": "000000001",
        "status": "ACTIVE",
        "channel": "x12",
        "x12_id": "SUP9001DEMO",
        "cxml_identity": "",
    },
    {
        "key": CONTINENTAL,
        "name": "Continental MedSurg",
        "gln": _digit("952100900002"),
        "erp_vendor_no": "V9002",
        "duns": "000000002",
        "status": "ACTIVE",
        "channel": "cxml",
        "x12_id": "",
        "cxml_identity": "AN9002",
    },
]


def _item(key: str, name: str, item_class: str, *, box: bool = False) -> dict[str, object]:
    packaging = [{"uom": "EA", "gtin": GTIN[key], "contains": "1", "of": None}]
    if box:
        packaging.append({"uom": "BX", "gtin": GTIN_BOX, "contains": "50", "of": "EA"})
    return {
        "key": key,
        "description": name,
        "item_class": item_class,
        "manufacturer": "SYNTHO",
        "catalog_no": f"CAT-{key}",
        "lateral": False,
        "packaging": packaging,
        "ehr_ids": [f"SUP-{key}"],
        "lot_controlled": True,
        "serial_controlled": False,
        "safety_stock": "0",
    }


ITEMS = [
    _item("F5", "FEMORAL COMP KNEE SZ 5 RT", "IMPLANT"),
    _item("GLV", "EXAM GLOVE NITRILE M", "CONSUMABLE", box=True),
    _item("PACK", "TOTAL JOINT PACK", "CONSUMABLE"),
    _item("OPT", "DRAIN KIT", "CONSUMABLE"),
    _item("T5", "TIBIAL TRAY SZ 5 RT", "IMPLANT"),
]


def _location(key: str, kind: str, parent: str | None, **more: object) -> dict[str, object]:
    base = {
        "key": key,
        "type": kind,
        "parent": parent,
        "name": key,
        "facility": "NCH",
        "gln": "",
        "timezone": "America/Chicago",
        "hl7": "",
        "inventory_location": "",
        "department": "",
        "cost_center": "",
    }
    return {**base, **more}


LOCATIONS = [
    _location("NCH", "FACILITY", None, gln=_digit("952100000010"), department="NCH-OR"),
    _location("NCH-DOCK", "DOCK", "NCH", gln="9521000001022", name="NCH MAIN DOCK"),
    _location("NCH-STORE", "STORE_ROOM", "NCH", inventory_location="NCH-OR-IMPL"),
    _location(
        "NCH-OR04",
        "OR",
        "NCH",
        hl7="MAIN^OR04^^NCH",
        inventory_location="NCH-OR-IMPL",
        department="NCH-OR",
        cost_center="6010-NCH",
    ),
    _location(
        "NCH-OR05",
        "OR",
        "NCH",
        hl7="MAIN^OR05^^NCH",
        inventory_location="NCH-OR-IMPL",
        department="NCH-OR",
        cost_center="6010-NCH",
    ),
]
DEPARTMENTS = [
    {
        "key": "NCH-OR",
        "name": "Operating rooms",
        "facility": "NCH",
        "cost_center": "6010-NCH",
        "manager": "W100",
    }
]
COST_CENTERS = [
    {
        "key": "6010-NCH",
        "company": "100",
        "segments": "100-6010",
        "approver_chain": ["W100"],
        "open": True,
    }
]


def _contract(number: int, supplier: str, item: str, uom: str, price: str) -> dict[str, object]:
    return {
        "contract": f"CTR-{number}",
        "line": "1",
        "supplier": supplier,
        "item": item,
        "uom": uom,
        "price": price,
        "currency": "USD",
        "valid_from": "2026-01-01",
        "valid_to": "2028-12-31",
        "facilities": ["NCH"],
        "lead_time_days_p90": "2",
    }


CONTRACTS = [
    _contract(1, SYNTHO, "F5", "EA", "1450.00"),
    _contract(2, CONTINENTAL, "GLV", "BX", "12.50"),
    _contract(3, SYNTHO, "T5", "EA", "900.00"),
    _contract(4, CONTINENTAL, "T5", "EA", "950.00"),
]


def _line(
    number: int, item: str, quantity: str, criticality: str, lateral: str | None = None
) -> dict[str, object]:
    return {
        "line": str(number),
        "ehr_supply_id": f"SUP-{item}",
        "quantity_open": quantity,
        "quantity_hold": "0",
        "criticality": criticality,
        "hold": False,
        "lateral": lateral,
    }


def _card(name: str, lines: list[dict[str, object]]) -> dict[str, object]:
    return {
        "card": name,
        "version": 1,
        "procedure": "TKA-PRIM",
        "surgeon": "9000000015",
        "facility": "NCH",
        "lines": lines,
    }


CARDS = [
    _card("PC-STOCK", [_line(1, "PACK", "1", "REQUIRED"), _line(2, "OPT", "1", "OPTIONAL")]),
    _card("PC-KNEE", [_line(1, "F5", "1", "CRITICAL"), _line(2, "PACK", "1", "REQUIRED")]),
    _card("PC-GLOVE", [_line(1, "GLV", "4", "REQUIRED"), _line(2, "PACK", "1", "REQUIRED")]),
    _card("PC-GHOST", [_line(1, "UNKNOWN", "1", "CRITICAL")]),
    _card("PC-BOTH", [_line(1, "F5", "1", "CRITICAL"), _line(2, "T5", "1", "CRITICAL")]),
    _card("PC-TRAY", [_line(1, "T5", "1", "CRITICAL")]),
    _card("PC-PACK", [_line(1, "PACK", "1", "CRITICAL")]),
    _card("PC-PACKS", [_line(1, "PACK", "4", "REQUIRED")]),
    _card("PC-SIDES", [_line(1, "F5", "1", "CRITICAL", "RT"), _line(2, "PACK", "1", "REQUIRED")]),
]

FILES: dict[str, list[dict[str, object]]] = {
    "suppliers": SUPPLIERS,
    "items": ITEMS,
    "locations": LOCATIONS,
    "departments": DEPARTMENTS,
    "cost_centers": COST_CENTERS,
    "contracts": CONTRACTS,
    "cards": CARDS,
    "crosswalk": [],
}


def write_master(folder: Path) -> Path:
    """Write the master files and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in FILES.items():
        (folder / f"{name}.json").write_text(json.dumps(rows), "utf-8")
    return folder
