"""Master files become facts: checked, canonical, hashed; a bad row never stops the others.

In: a directory of JSON lists (suppliers, items, locations, departments, cost_centers, contracts,
cards, crosswalk). Out: `MasterRecord`s to be stored under (kind, key), and problems naming file and
row. Refuses to know: the store, and repairing a row it does not understand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from suture.canonical import master_check as check
from suture.canonical import master_row as rows
from suture.canonical.contract_price import ContractLines, ContractPrice
from suture.canonical.crosswalk import (
    Crosswalk,
    CrosswalkEntry,
    EntryStatus,
    conflicts,
    crosswalk_key,
)
from suture.canonical.entity import CostCenter, Department, Entity, Item, Location, Supplier
from suture.canonical.preference_card import PreferenceCard
from suture.canonical.record import decode_record, encode_record, version_hash
from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError

FILE_BYTES_MAX = 256 * 1024 * 1024
"""24,000 items of the full profile (spec 7.2) are about 20 MB; a larger file is a wrong file."""
ROW_BYTES_MAX = 256 * 1024
"""A card of 200 lines is 30 kB."""
ROWS_MAX = 500_000
"""Rows per file; the largest real one is the packaging crosswalk."""
PROBLEMS_MAX = 10_000
"""More tell an operator nothing new."""

R = TypeVar("R")
E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True)
class MasterRecord:
    """One fact to be stored: `value` is canonical JSON, `version_hash` its sha256."""

    kind: str
    """supplier, item, location, department, cost_center, contract_lines, card, crosswalk; and the
    location of a facility code as `facility`, its dock as `dock`, and the place that holds the
    stock of an inventory location as `store`."""
    key: str
    value: bytes
    version_hash: str


@dataclass(slots=True)
class Master:
    """What has been accepted so far; later files are checked against earlier ones."""

    cost_centers: dict[str, CostCenter] = field(default_factory=dict)
    departments: dict[str, Department] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    contracts: dict[str, list[ContractPrice]] = field(default_factory=dict)
    cards: dict[str, PreferenceCard] = field(default_factory=dict)
    entries: list[CrosswalkEntry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def report(self, code: str, path: str, text: str, level: Severity = Severity.ERROR) -> None:
        """Add a problem while there is room."""
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem(code=code, severity=level, text=text, path=path))

    def refuse(self, path: str, refusal: RefusalError) -> None:
        """Add a refused row as a problem at its field."""
        where = f"{path}.{refusal.path}" if refusal.path else path
        self.report(refusal.code, where, refusal.text)


def load_master(
    directory: Path, *, surgeon_ref: Callable[[str], str] | None = None
) -> tuple[list[MasterRecord], list[Problem]]:
    """Read every master file of a directory; records come sorted by kind and key.

    `surgeon_ref` turns a card's surgeon id into its pseudonym (the vault's); without it the card
    carries no surgeon at all (spec 3.6, default deny). Never raises on content.
    """
    master = Master()
    _load_organisation(master, directory)
    _load_trade(master, directory)
    _load_cards(master, directory, surgeon_ref)
    _load_crosswalk(master, directory)
    return _records(master), master.problems


def decode_supplier(value: bytes) -> Supplier:
    """Return the supplier; raises msgspec.ValidationError when the bytes do not fit."""
    return decode_record(value, Supplier)


def decode_item(value: bytes) -> Item:
    """Return the item; raises msgspec.ValidationError when the bytes do not fit."""
    return decode_record(value, Item)


def decode_location(value: bytes) -> Location:
    """Return the location; raises msgspec.ValidationError when the bytes do not fit."""
    return decode_record(value, Location)


def decode_department(value: bytes) -> Department:
    """Return the department; raises msgspec.ValidationError when the bytes do not fit."""
    return decode_record(value, Department)


def decode_cost_center(value: bytes) -> CostCenter:
    """Return the cost center; raises msgspec.ValidationError when the bytes do not fit."""
    return decode_record(value, CostCenter)


def decode_contract_lines(value: bytes) -> ContractLines:
    """Return an item's contract lines; raises msgspec.ValidationError."""
    return decode_record(value, ContractLines)


def decode_card(value: bytes) -> PreferenceCard:
    """Return the card; raises msgspec.ValidationError when the bytes do not fit."""
    return decode_record(value, PreferenceCard)


def decode_crosswalk(value: bytes) -> Crosswalk:
    """Return one identifier's entries; raises msgspec.ValidationError."""
    return decode_record(value, Crosswalk)


def _load_organisation(master: Master, directory: Path) -> None:
    master.cost_centers = _entities(
        master, directory / "cost_centers.json", rows.CostCenterRow, rows.cost_center_of
    )
    master.departments = _entities(
        master,
        directory / "departments.json",
        rows.DepartmentRow,
        rows.department_of,
        lambda record: check.department(record, master.cost_centers),
    )
    located = _entities(
        master,
        directory / "locations.json",
        rows.LocationRow,
        rows.location_of,
        lambda record: check.location(record, master.departments, master.cost_centers),
    )
    for key in check.orphans(located):
        master.report("master.reference", f"locations.json#{key}", "the parent is not loaded")
        del located[key]
    master.locations = located


def _load_trade(master: Master, directory: Path) -> None:
    master.suppliers = _entities(
        master, directory / "suppliers.json", rows.SupplierRow, rows.supplier_of, check.supplier
    )
    master.items = _entities(
        master, directory / "items.json", rows.ItemRow, rows.item_of, check.item
    )
    facilities = {location.facility for location in master.locations.values()}
    seen: set[tuple[str, str]] = set()
    for path, row in _rows(master, directory / "contracts.json", rows.ContractRow):
        line = rows.contract_price_of(row)
        try:
            check.contract_price(line, master.suppliers, master.items)
            check.unseen((line.contract, line.line), seen)
        except RefusalError as refusal:
            master.refuse(path, refusal)
            continue
        if set(line.facilities) - facilities:
            text = "a listed facility has no location; the line is of no use there"
            master.report("master.reference", f"{path}.facilities", text, Severity.WARNING)
        master.contracts.setdefault(line.item, []).append(line)


def _load_cards(master: Master, directory: Path, surgeon_ref: Callable[[str], str] | None) -> None:
    supplies = {
        identifier.value
        for item in master.items.values()
        for identifier in item.identifiers
        if identifier.system == "EHR"
    }
    for path, row in _rows(master, directory / "cards.json", rows.CardRow):
        surgeon = surgeon_ref(row.surgeon) if surgeon_ref and row.surgeon else ""
        try:
            card = rows.card_of(row, surgeon)
            check.card(card)
            check.unseen(card.card, master.cards)
        except RefusalError as refusal:
            master.refuse(path, refusal)
            continue
        master.cards[card.card] = card
        for index, line in enumerate(card.lines):
            if line.ehr_supply_id not in supplies:
                text = "no item has this EHR supply id; the line waits for a crosswalk entry"
                where = f"{path}.lines[{index}]"
                master.report("master.supply-unknown", where, text, Severity.WARNING)


def _load_crosswalk(master: Master, directory: Path) -> None:
    known = master.cost_centers, master.departments, master.locations, master.suppliers
    by_entity: dict[str, dict[str, Entity]] = {
        "cost_center": {**known[0]},
        "department": {**known[1]},
        "location": {**known[2]},
        "supplier": {**known[3]},
        "item": {**master.items},
    }
    for entity, records in by_entity.items():
        for record in records.values():
            master.entries += rows.implied_entries(entity, record)
    for path, row in _rows(master, directory / "crosswalk.json", rows.CrosswalkRow):
        if row.key not in by_entity.get(row.entity, {}):
            master.report("master.reference", path, "the entry names a record that is not loaded")
            continue
        entry = rows.crosswalk_entry_of(row)
        if not entry.value:
            master.report("master.row", path, "the identifier is empty")
            continue
        master.entries.append(entry)


def _entities(
    master: Master,
    file: Path,
    kind: type[R],
    build: Callable[[R], E],
    verify: Callable[[E], None] | None = None,
) -> dict[str, E]:
    """Return the good records of a file by key; each bad one has become a problem."""
    found: dict[str, E] = {}
    for path, row in _rows(master, file, kind):
        record = build(row)
        try:
            check.key(record)
            check.unseen(record.key, found)
            if verify is not None:
                verify(record)
        except RefusalError as refusal:
            master.refuse(path, refusal)
            continue
        found[record.key] = record
    return found


def _rows(master: Master, file: Path, kind: type[R]) -> Iterable[tuple[str, R]]:
    """Yield (path, row) for every row that has the shape; the path is `file[index]`."""
    for index, raw in enumerate(_list(master, file)):
        path = f"{file.name}[{index}]"
        if len(memoryview(raw)) > ROW_BYTES_MAX:
            master.report("master.too-large", path, f"a row has more than {ROW_BYTES_MAX} bytes")
            continue
        try:
            yield path, decode_record(raw, kind)
        except (msgspec.ValidationError, ValueError, ArithmeticError) as error:
            master.report("master.row", path + _where(error), "the row does not have its shape")


def _list(master: Master, file: Path) -> list[msgspec.Raw]:
    if not file.is_file():
        master.report("master.no-file", file.name, "the master file is missing")
        return []
    if file.stat().st_size > FILE_BYTES_MAX:
        master.report("master.too-large", file.name, f"more than {FILE_BYTES_MAX} bytes")
        return []
    try:
        found = msgspec.json.decode(file.read_bytes(), type=list[msgspec.Raw])
    except msgspec.DecodeError:
        master.report("master.not-json", file.name, "the file is not a JSON list")
        return []
    if len(found) > ROWS_MAX:
        master.report("master.too-large", file.name, f"more than {ROWS_MAX} rows")
        return []
    return found


def _where(error: Exception) -> str:
    """Return the JSON path inside the row, e.g. `.packaging[0].contains`; never a value."""
    _, _, path = str(error).rpartition(" - at `$")
    return path.rstrip("`") if isinstance(error, msgspec.ValidationError) else ""


def _records(master: Master) -> list[MasterRecord]:
    made = [
        *(("supplier", key, value) for key, value in master.suppliers.items()),
        *(("item", key, value) for key, value in master.items.items()),
        *(("location", key, value) for key, value in master.locations.items()),
        *(("department", key, value) for key, value in master.departments.items()),
        *(("cost_center", key, value) for key, value in master.cost_centers.items()),
        *(("card", key, value) for key, value in master.cards.items()),
        *(("contract_lines", key, _contract_lines(key, v)) for key, v in master.contracts.items()),
        *(("crosswalk", key, value) for key, value in _crosswalks(master).items()),
        *_by_facility(master),
        *_stores(master),
    ]
    records = []
    for kind, key, value in sorted(made, key=lambda row: (row[0], row[1])):
        encoded = encode_record(value)
        records.append(MasterRecord(kind, key, encoded, version_hash(encoded)))
    return records


def _by_facility(master: Master) -> list[tuple[str, str, Location]]:
    """Return the facility itself and its dock under the facility's code; the first key wins."""
    found: dict[tuple[str, str], Location] = {}
    for key in sorted(master.locations):
        place = master.locations[key]
        if place.type in ("FACILITY", "DOCK"):
            found.setdefault((place.type.lower(), place.facility), place)
    return [(kind, code, place) for (kind, code), place in found.items()]


def _stores(master: Master) -> list[tuple[str, str, Location]]:
    """Return the place of each inventory location: a store room before a room that draws on it."""
    found: dict[str, Location] = {}
    ordered = sorted(master.locations.values(), key=lambda x: (x.type != "STORE_ROOM", x.key))
    for place in ordered:
        if place.inventory_location:
            found.setdefault(place.inventory_location, place)
    return [("store", name, place) for name, place in found.items()]


def _contract_lines(item: str, lines: list[ContractPrice]) -> ContractLines:
    ordered = sorted(lines, key=lambda line: (line.contract, line.line))
    return ContractLines(item=item, lines=tuple(ordered))


def _crosswalks(master: Master) -> dict[str, Crosswalk]:
    """Group entries per identifier; an entry that breaks the constraint becomes a candidate.

    Both sides of a conflict are demoted: which one came first in a file is no reason to believe it.
    """
    clashing = conflicts(master.entries)
    grouped: dict[str, set[CrosswalkEntry]] = {}
    for entry in master.entries:
        key = crosswalk_key(entry.system, entry.id_type, entry.value)
        kept = entry
        if entry in clashing:
            kept = msgspec.structs.replace(entry, status=EntryStatus.CANDIDATE)
        grouped.setdefault(key, set()).add(kept)
    for entry in sorted(clashing, key=encode_record):
        text = "one identifier names two active records; a person must decide"
        where = f"{entry.entity} {entry.key}: {entry.system} {entry.id_type}"
        master.report("crosswalk.ambiguous", where, text)
    return {
        key: Crosswalk(entries=tuple(sorted(found, key=encode_record)))
        for key, found in grouped.items()
    }
