"""What must hold of a master record before anything may rely on it.

In: a canonical record and those it refers to. Out: nothing, or a RefusalError with the code and the
field. Refuses to know: files, rows and how to repair.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from suture.canonical.contract_price import ContractPrice
from suture.canonical.entity import CostCenter, Department, Entity, Item, Location, Supplier
from suture.canonical.preference_card import PreferenceCard
from suture.core.refusal import RefusalError
from suture.formats.identifier import valid_duns, valid_gln, valid_gtin

CHANNELS = frozenset({"x12", "cxml", "portal"})
ITEM_CLASSES = frozenset(
    {"IMPLANT", "CONSUMABLE", "INSTRUMENT", "TRAY", "TISSUE", "CAPITAL", "SERVICE"}
)
CRITICALITIES = frozenset({"CRITICAL", "REQUIRED", "OPTIONAL"})
LATERALITIES = frozenset({None, "RT", "LT", "BI"})
KEY_CHARS_MAX = 128
"""Keys become file names, lane names and X12 fields; real ones have 6-40 characters."""
CARD_LINES_MAX = 1000
"""The longest published cards have about 200 lines."""


def key(record: Entity) -> None:
    """Refuse an unusable key (`master.key`) and a window that ends before it begins."""
    if not record.key or len(record.key) > KEY_CHARS_MAX or not record.key.isprintable():
        raise RefusalError("master.key", "the key is empty, too long or not printable", path="key")
    if record.valid_from and record.valid_to and record.valid_to < record.valid_from:
        raise RefusalError("master.window", "valid_to is before valid_from", path="valid_to")


def unseen(name: Any, seen: Any) -> None:
    """Refuse a name that is already there (`master.duplicate-key`); remember it in a set."""
    if name in seen:
        raise RefusalError("master.duplicate-key", "an earlier row has this key; that one is kept")
    if isinstance(seen, set):
        seen.add(name)


def supplier(record: Supplier) -> None:
    """Refuse a supplier with an unknown channel or a wrong check digit."""
    if record.channel not in CHANNELS:
        raise RefusalError("master.value", "the channel is not known", path="channel")
    if record.gln and not valid_gln(record.gln):
        raise RefusalError("master.check-digit", "the GLN is not valid", path="gln")
    if record.duns and not valid_duns(record.duns):
        raise RefusalError("master.check-digit", "the DUNS number is not 9 digits", path="duns")


def item(record: Item) -> None:
    """Refuse an item whose class, GTINs or packaging tree are wrong (`packaging.*`)."""
    if record.item_class not in ITEM_CLASSES:
        raise RefusalError("master.value", "the item class is not known", path="item_class")
    for index, level in enumerate(record.packaging):
        if level.gtin and not valid_gtin(level.gtin):
            where = f"packaging[{index}].gtin"
            raise RefusalError("master.check-digit", "the GTIN is not valid", path=where)
    try:
        record.tree()
    except RefusalError as refusal:
        raise RefusalError(refusal.code, refusal.text, path="packaging") from None
    if record.safety_stock < 0:
        raise RefusalError("master.value", "safety stock is negative", path="safety_stock")


def department(record: Department, cost_centers: Mapping[str, CostCenter]) -> None:
    """Refuse a department whose cost center is not loaded."""
    _refers(record.cost_center, cost_centers, "cost_center")


def location(
    record: Location,
    departments: Mapping[str, Department],
    cost_centers: Mapping[str, CostCenter],
) -> None:
    """Refuse a location with a wrong GLN, an unknown time zone or dangling references."""
    if record.gln and not valid_gln(record.gln):
        raise RefusalError("master.check-digit", "the GLN is not valid", path="gln")
    if record.timezone and not is_timezone(record.timezone):
        raise RefusalError("master.value", "the time zone is not an IANA name", path="timezone")
    _refers(record.department, departments, "department")
    _refers(record.cost_center, cost_centers, "cost_center")


def orphans(located: Mapping[str, Location]) -> list[str]:
    """Return the keys of locations whose chain of parents leaves what is loaded, or circles."""
    rooted = {key for key, location in located.items() if not location.parent}
    fresh = rooted
    children: dict[str, list[str]] = {}
    for name, place in located.items():
        children.setdefault(place.parent, []).append(name)
    while fresh:
        fresh = {child for parent in fresh for child in children.get(parent, ())} - rooted
        rooted = rooted | fresh
    return sorted(set(located) - rooted)


def contract_price(
    line: ContractPrice, suppliers: Container[str], items: Mapping[str, Item]
) -> None:
    """Refuse a line that names unknown parties, a unit the item lacks, or an empty window."""
    _refers(line.supplier, suppliers, "supplier")
    _refers(line.item, items, "item")
    items[line.item].tree().factor(line.uom)
    if line.price < 0 or line.freight < 0 or not line.price.is_finite():
        raise RefusalError("master.value", "a price is negative or not a number", path="price")
    if line.valid_to < line.valid_from:
        raise RefusalError("master.window", "valid_to is before valid_from", path="valid_to")


def card(record: PreferenceCard) -> None:
    """Refuse a card without lines, or with a line outside the code sets."""
    if not record.card or not 0 < len(record.lines) <= CARD_LINES_MAX:
        raise RefusalError("master.value", f"a card has 1 to {CARD_LINES_MAX} lines")
    if len({line.line for line in record.lines}) < len(record.lines):
        raise RefusalError("master.duplicate-key", "two lines of the card have one number")
    for line in record.lines:
        if line.criticality not in CRITICALITIES or line.laterality not in LATERALITIES:
            raise RefusalError("master.value", "criticality or laterality is not in its code set")
        if line.quantity_open < 0 or line.quantity_hold < 0:
            raise RefusalError("master.value", "a quantity is negative")


def is_timezone(name: str) -> bool:
    """Tell if `name` is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _refers(name: str, known: Container[str], path: str) -> None:
    if name and name not in known:
        raise RefusalError("master.reference", "the record it names is not loaded", path=path)
