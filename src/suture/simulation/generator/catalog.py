"""Suppliers, items with their packaging trees, and purchase contracts (spec 7.6).

In: a seed and the scale. Out: rows of suppliers.json, items.json and contracts.json. Refuses to
know: cases and stock. Every item of a preference card is bought by X12 or cXML.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from suture.simulation.generator.check_digit import gln, gtin14
from suture.simulation.generator.organisation import FACILITIES
from suture.simulation.generator.storyline import ITEMS, StoryItem
from suture.simulation.generator.stream import Stream
from suture.simulation.generator.words import CONSUMABLES, IMPLANTS, SUPPLIERS

Row = dict[str, Any]

ORTHOPEDICS = "SUP-9001"
MEDSURG = "SUP-9002"
IMPLANT_SHARE = 80
"""General implants among the items of the ci profile; all bought by X12."""
CONSUMABLE_SHARE = 100
"""General consumables among the items of the ci profile; all bought by cXML."""
BOX = "10"
"""Base units in a box."""
CASE_BOXES = "4"
"""Boxes in a case."""

CONTRACTS = {
    "KNEE": "CTR-KNEE-2027",
    "HIP": "CTR-HIP-2027",
    "SHOULDER": "CTR-SHOULDER-2027",
    "SPINE": "CTR-SPINE-2027",
    "MEDSURG": "CTR-MEDSURG-2027",
    "COMMON": "CTR-COMMODITY-2027",
}
"""Contract of each item family of the two connected suppliers."""


def suppliers(count: int) -> list[Row]:
    """Return the first `count` rows of suppliers.json."""
    return [
        {
            "key": key,
            "name": name,
            "gln": gln(100900000 + number),
            "erp_vendor_no": f"V{9000 + number:06d}",
            "duns": f"{9000 + number:09d}",
            "status": "ACTIVE",
            "channel": channel,
            "x12_id": f"SUP{9000 + number}DEMO" if channel == "x12" else None,
            "cxml_identity": f"SUP{9000 + number}DEMO" if channel == "cxml" else None,
        }
        for number, (key, name, channel) in enumerate(SUPPLIERS[:count], start=1)
    ]


def _each(maker: int, reference: int) -> list[Row]:
    gtin = gtin14(0, maker, reference)
    return [{"uom": "EA", "gtin": gtin, "contains": "1", "of": None}]


def _boxed(maker: int, reference: int) -> list[Row]:
    return [
        *_each(maker, reference),
        {"uom": "BX", "gtin": gtin14(5, maker, reference), "contains": BOX, "of": "EA"},
        {"uom": "CA", "gtin": gtin14(1, maker, reference), "contains": CASE_BOXES, "of": "BX"},
    ]


def _item(
    key: str, description: str, catalog_no: str, packaging: list[Row], *, supplier: str, kind: str
) -> Row:
    number = int(supplier.rpartition("-")[2]) - 9001
    is_implant = kind == "IMPLANT"
    return {
        "key": key,
        "description": description,
        "item_class": kind,
        "manufacturer": SUPPLIERS[number][1],
        "catalog_no": catalog_no,
        "lateral": description.endswith((" RT", " LT")),
        "packaging": packaging,
        "ehr_ids": [f"SUP{key.removeprefix('ITM-')}"],
        "lot_controlled": kind in ("IMPLANT", "CONSUMABLE"),
        "serial_controlled": is_implant,
        "safety_stock": "0",
    }


def _story_item(item: StoryItem) -> Row:
    reference = int(item.key.removeprefix("ITM-")) - 100000
    if item.is_implant:
        packaging, supplier, kind = _each(1, reference), ORTHOPEDICS, "IMPLANT"
    else:
        packaging, supplier, kind = _boxed(2, reference), MEDSURG, "CONSUMABLE"
    return _item(
        item.key, item.description, item.catalog_no, packaging, supplier=supplier, kind=kind
    )


def _implant(seed: int, number: int) -> Row:
    families = sorted(IMPLANTS)
    family = families[number % len(families)]
    stream = Stream(seed, f"item/implant/{number}")
    name = IMPLANTS[family][number // len(families) % len(IMPLANTS[family])]
    description = f"{name} {family} SZ {stream.between(1, 10)}"
    catalog_no = f"{family[:2]}-{2000 + number}"
    key = f"ITM-{200000 + number}"
    packaging = _each(1, 20000 + number)
    return _item(key, description, catalog_no, packaging, supplier=ORTHOPEDICS, kind="IMPLANT")


def _consumable(number: int) -> Row:
    name = CONSUMABLES[number % len(CONSUMABLES)]
    description = f"{name} TYPE {number // len(CONSUMABLES) + 1}"
    key = f"ITM-{300000 + number}"
    packaging = _boxed(2, 30000 + number)
    return _item(
        key, description, f"CM-{3000 + number}", packaging, supplier=MEDSURG, kind="CONSUMABLE"
    )


def _portal_item(seed: int, number: int, supplier: str) -> Row:
    stream = Stream(seed, f"item/portal/{number}")
    kind = stream.weighted((("CONSUMABLE", 5), ("INSTRUMENT", 3), ("TRAY", 1)))
    maker = int(supplier.rpartition("-")[2]) - 9001
    reference = 40000 + number
    packaging = _boxed(3, reference) if kind == "CONSUMABLE" else _each(3, reference)
    key = f"ITM-{400000 + number}"
    description = f"{SUPPLIERS[maker][1].upper()} {kind} {number:03d}"
    return _item(key, description, f"PT-{4000 + number}", packaging, supplier=supplier, kind=kind)


def items(seed: int, count: int, portal: list[str]) -> tuple[list[Row], dict[str, str]]:
    """Return `count` item rows and item -> supplier; `portal` suppliers own the remainder."""
    rows = [_story_item(item) for item in ITEMS]
    owner = {item.key: ORTHOPEDICS if item.is_implant else MEDSURG for item in ITEMS}
    for number in range(1, IMPLANT_SHARE + 1):
        rows.append(_implant(seed, number))
        owner[rows[-1]["key"]] = ORTHOPEDICS
    for number in range(1, CONSUMABLE_SHARE + 1):
        rows.append(_consumable(number))
        owner[rows[-1]["key"]] = MEDSURG
    for number in range(1, count - len(rows) + 1):
        supplier = portal[number % len(portal)]
        rows.append(_portal_item(seed, number, supplier))
        owner[rows[-1]["key"]] = supplier
    return sorted(rows, key=lambda row: str(row["key"])), owner


def family_of(row: Row) -> str:
    """Return the implant family named in an item's description, else MEDSURG."""
    story = {item.key: item.family for item in ITEMS}
    if row["key"] in story:
        return story[row["key"]]
    return next((family for family in IMPLANTS if f" {family} " in row["description"]), "MEDSURG")


def cents(amount: int) -> str:
    """Return whole cents as decimal text."""
    return f"{amount // 100}.{amount % 100:02d}"


def _price(seed: int, row: Row) -> str:
    for item in ITEMS:
        if item.key == row["key"]:
            return item.price
    stream = Stream(seed, f"contract/price/{row['key']}")
    if row["item_class"] == "IMPLANT":
        return cents(stream.between(280, 1900) * 100)
    return cents(stream.between(900, 24000))


def _contract_of(supplier: str, row: Row, spare: int) -> str:
    if supplier in (ORTHOPEDICS, MEDSURG):
        return CONTRACTS[family_of(row)]
    number = int(supplier.rpartition("-")[2])
    tail = "B" if number - 9002 <= spare and row["item_class"] != "CONSUMABLE" else "A"
    return f"CTR-{number}{tail}-2027"


def contracts(
    seed: int, rows: list[Row], owner: dict[str, str], day: date, count: int
) -> list[Row]:
    """Return the lines of `count` contracts: one line per item, valid around `day`."""
    portal = len({s for s in owner.values() if s not in (ORTHOPEDICS, MEDSURG)})
    spare = count - len(CONTRACTS) - portal
    lines: list[Row] = []
    numbers: dict[str, int] = {}
    for row in rows:
        supplier = owner[row["key"]]
        contract = _contract_of(supplier, row, spare)
        numbers[contract] = numbers.get(contract, 0) + 1
        has_box = any(level["uom"] == "BX" for level in row["packaging"])
        lines.append(
            {
                "contract": contract,
                "line": str(numbers[contract]),
                "supplier": supplier,
                "item": row["key"],
                "uom": "BX" if has_box else "EA",
                "price": _price(seed, row),
                "currency": "USD",
                "valid_from": date(day.year - 1, 1, 1).isoformat(),
                "valid_to": date(day.year + 1, 12, 31).isoformat(),
                "facilities": [facility.code for facility in FACILITIES],
                "lead_time_days_p90": "2",
            }
        )
    return sorted(lines, key=lambda line: (line["contract"], int(line["line"])))
