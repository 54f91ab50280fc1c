"""MFN M15 and M16, the inventory item master, and MFK, its answer (HL7 2.9 chapters 8 and 17).

In: a message, or a request with what became of each record. Out: an `ItemMaster`, a
`MasterAnswer`. Refuses to know: whether a record is taken. What differs by version: M16 begins
with 2.6, PKG-8 (GTIN) and ITM-30 to 33 with 2.8; `gtin` looks where the site's profile says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from fractions import Fraction
from typing import ClassVar

from suture.core.money import Money
from suture.core.problem import Problem
from suture.formats.hl7v2.message import Message
from suture.formats.hl7v2.views.bind import at, many, one, same, under
from suture.formats.hl7v2.views.kind import (
    AMOUNT,
    CODE,
    COUNT,
    DAY,
    DOMAIN,
    FLAG,
    MOMENT,
    NUMBER,
    PRICE,
    RECORD,
    REFERENCE,
    TEXT,
    Code,
    Record,
    Reference,
    Trigger,
)
from suture.formats.hl7v2.views.order import answered
from suture.formats.hl7v2.views.part import Answer, Fault, Head, Note, Own
from suture.formats.hl7v2.views.read import needed, read_view


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterFile:
    """MFI."""

    SEGMENT: ClassVar[str] = "MFI"
    file: Code = at(1, CODE)
    """`INV` of table 0175."""
    application: Reference = at(2, DOMAIN)
    event: str = at(3, TEXT)
    """REP replaces the file, UPD changes records."""
    entered: datetime | None = at(4, MOMENT)
    effective: datetime | None = at(5, MOMENT)
    response_level: str = at(6, TEXT)
    """NE never, ER on error, AL always, SU on success."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BasicItem:
    """IIM (M15, from 2.5)."""

    SEGMENT: ClassVar[str] = "IIM"
    key: Code = at(1, CODE)
    service_code: Code = at(2, CODE)
    lot: str = at(3, TEXT)
    expiry: date | None = at(4, DAY)
    manufacturer: Code = at(5, CODE)
    location: Code = at(6, CODE)
    received_on: date | None = at(7, DAY)
    received: Fraction | None = at(8, NUMBER)
    received_unit: Code = at(9, CODE)
    cost: Money | None = at(10, AMOUNT)
    on_hand_on: date | None = at(11, DAY)
    on_hand: Fraction | None = at(12, NUMBER)
    on_hand_unit: Code = at(13, CODE)
    procedure: Code = at(14, CODE)
    modifiers: tuple[Code, ...] = many(15, CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sterilization:
    """STZ."""

    SEGMENT: ClassVar[str] = "STZ"
    type: Code = at(1, CODE)
    cycle: Code = at(2, CODE)
    maintenance_cycle: Code = at(3, CODE)
    maintenance_type: Code = at(4, CODE)
    notes: tuple[Note, ...] = under(Note)


@dataclass(frozen=True, slots=True, kw_only=True)
class CostCenter:
    """PCE: what a patient is charged, by cost center."""

    SEGMENT: ClassVar[str] = "PCE"
    number: int | None = at(1, COUNT)
    account: Record = at(2, RECORD)
    transaction: Code = at(3, CODE)
    amount: Money | None = at(4, PRICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaging:
    """PKG."""

    SEGMENT: ClassVar[str] = "PKG"
    number: int | None = at(1, COUNT)
    unit: Code = at(2, CODE)
    is_default_order: bool | None = at(3, FLAG)
    quantity: Fraction | None = at(4, NUMBER)
    price: Money | None = at(5, PRICE)
    future_price: Money | None = at(6, PRICE)
    future_price_from: datetime | None = at(7, MOMENT)
    gtin: Code = at(8, CODE)
    """From 2.8; see `gtin`."""
    cost_centers: tuple[CostCenter, ...] = under(CostCenter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """VND."""

    SEGMENT: ClassVar[str] = "VND"
    number: int | None = at(1, COUNT)
    id: Reference = at(2, REFERENCE)
    name: str = at(3, TEXT)
    catalog: Reference = at(4, REFERENCE)
    is_primary: bool | None = at(5, FLAG)
    packagings: tuple[Packaging, ...] = under(Packaging)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLot:
    """ILT."""

    SEGMENT: ClassVar[str] = "ILT"
    number: int | None = at(1, COUNT)
    lot: str = at(2, TEXT)
    expiry: date | None = at(3, DAY)
    received_on: date | None = at(4, DAY)
    received: Fraction | None = at(5, NUMBER)
    received_unit: Code = at(6, CODE)
    cost: Money | None = at(7, AMOUNT)
    on_hand_on: date | None = at(8, DAY)
    on_hand: Fraction | None = at(9, NUMBER)
    on_hand_unit: Code = at(10, CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLocation:
    """IVT."""

    SEGMENT: ClassVar[str] = "IVT"
    number: int | None = at(1, COUNT)
    id: Reference = at(2, REFERENCE)
    name: str = at(3, TEXT)
    source: Reference = at(4, REFERENCE)
    source_name: str = at(5, TEXT)
    status: Code = at(6, CODE)
    bins: tuple[Reference, ...] = many(7, REFERENCE)
    order_packaging: Code = at(8, CODE)
    issue_packaging: Code = at(9, CODE)
    asset_account: Reference = at(10, REFERENCE)
    is_chargeable: bool | None = at(11, FLAG)
    importance: Code = at(14, CODE)
    is_stocked: bool | None = at(15, FLAG)
    is_consignment: bool | None = at(16, FLAG)
    is_reusable: bool | None = at(17, FLAG)
    substitutes: tuple[Reference, ...] = many(19, REFERENCE)
    latex_free_substitute: Reference = at(20, REFERENCE)
    reorder_theory: Code = at(21, CODE)
    safety_days: Fraction | None = at(22, NUMBER)
    max_days: Fraction | None = at(23, NUMBER)
    order_point: Fraction | None = at(24, NUMBER)
    order_amount: Fraction | None = at(25, NUMBER)
    room_par: Fraction | None = at(26, NUMBER)
    lots: tuple[StockLot, ...] = under(StockLot)
    notes: tuple[Note, ...] = under(Note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """ITM (M16, from 2.6)."""

    SEGMENT: ClassVar[str] = "ITM"
    id: Reference = at(1, REFERENCE)
    description: str = at(2, TEXT)
    status: Code = at(3, CODE)
    type: Code = at(4, CODE)
    category: Code = at(5, CODE)
    is_expiry_tracked: bool | None = at(6, FLAG)
    manufacturer: Reference = at(7, REFERENCE)
    manufacturer_name: str = at(8, TEXT)
    manufacturer_catalog: str = at(9, TEXT)
    labeler: Code = at(10, CODE)
    is_chargeable: bool | None = at(11, FLAG)
    is_stocked: bool | None = at(14, FLAG)
    risk: Code = at(15, CODE)
    has_latex: bool | None = at(17, FLAG)
    natural_account: Code = at(19, CODE)
    approved_quantity: Fraction | None = at(20, NUMBER)
    approved_price: Money | None = at(21, AMOUNT)
    is_taxable: bool | None = at(22, FLAG)
    is_set: bool | None = at(24, FLAG)
    set_id: Reference = at(25, REFERENCE)
    special_handling: Code = at(29, CODE)
    is_hazardous: bool | None = at(30, FLAG)
    is_sterile: bool | None = at(31, FLAG)
    safety_sheet: Reference = at(32, REFERENCE)
    unspsc: Code = at(33, CODE)


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterRecord:
    """MFE and the item after it."""

    SEGMENT: ClassVar[str] = "MFE"
    event: str = at(1, TEXT)
    """MAD add, MUP update, MDL delete, MDC deactivate, MAC reactivate."""
    control_id: str = at(2, TEXT)
    effective: datetime | None = at(3, MOMENT)
    keys: tuple[Code, ...] = many(4, CODE)
    key_types: tuple[str, ...] = many(5, TEXT)
    basic: BasicItem | None = one(BasicItem)
    material: Material | None = one(Material)
    notes: tuple[Note, ...] = under(Note)
    sterilizations: tuple[Sterilization, ...] = under(Sterilization)
    vendors: tuple[Vendor, ...] = under(Vendor)
    locations: tuple[StockLocation, ...] = under(StockLocation)
    own: tuple[Own, ...] = under(Own)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemMaster:
    """One MFN M15 or M16 message."""

    SEGMENT: ClassVar[str] = "MSH"
    head: Head = same(Head)
    file: MasterFile | None = one(MasterFile)
    records: tuple[MasterRecord, ...] = under(MasterRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAnswer:
    """MFA."""

    SEGMENT: ClassVar[str] = "MFA"
    event: str = at(1, TEXT)
    control_id: str = at(2, TEXT)
    completed: datetime | None = at(3, MOMENT)
    result: Code = at(4, CODE)
    """S success, U unsuccessful (table 0181)."""
    keys: tuple[Code, ...] = many(5, CODE)
    key_types: tuple[str, ...] = many(6, TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterAnswer:
    """One MFK message."""

    SEGMENT: ClassVar[str] = "MSH"
    head: Head = same(Head)
    answer: Answer | None = one(Answer)
    faults: tuple[Fault, ...] = under(Fault)
    file: MasterFile | None = one(MasterFile)
    records: tuple[RecordAnswer, ...] = under(RecordAnswer)


def view_items(message: Message, zone: tzinfo = UTC) -> tuple[ItemMaster, list[Problem]]:
    """Return what an MFN says of items; `hl7v2.view-missing` without MFI or MFE."""
    view, problems = read_view(message, ItemMaster, ("MFN",), zone)
    needed(problems, "MFI", is_there=view.file is not None)
    needed(problems, "MFE", is_there=bool(view.records))
    return view, problems


def view_master_answer(message: Message, zone: tzinfo = UTC) -> tuple[MasterAnswer, list[Problem]]:
    """Return what an MFK says; `hl7v2.view-missing` when it has no MSA."""
    view, problems = read_view(message, MasterAnswer, ("MFK",), zone)
    needed(problems, "MSA", is_there=view.answer is not None)
    return view, problems


def gtin(record: MasterRecord, packaging: Packaging, places: Sequence[str] = ("PKG-8",)) -> str:
    """Return the trade item number from the first of `places` that has one; empty when none.

    PKG-8 exists from 2.8; before, a site says `ITM-9` or `ITM-10`, or a field of its own segment
    such as `ZIT-3`. Raises ValueError for a place that is none of these.
    """
    for place in places:
        name, _, number = place.partition("-")
        found = ""
        if place == "PKG-8":
            found = packaging.gtin.code
        elif place == "ITM-9":
            found = record.material.manufacturer_catalog if record.material else ""
        elif place == "ITM-10":
            found = record.material.labeler.code if record.material else ""
        elif name.startswith("Z") and number.isdecimal():
            own = (one for one in record.own if one.name == name)
            found = next((one.text(int(number)) for one in own), "")
        else:
            raise ValueError("a GTIN stands in PKG-8, ITM-9, ITM-10 or a Z segment")
        if found:
            return found
    return ""


def answer_items(
    master: ItemMaster,
    *,
    control_id: str,
    sent: datetime,
    code: str = "AA",
    results: Sequence[Code] = (),
) -> MasterAnswer:
    """Return the MFK to an MFN: per record its MFE-1, MFE-2 and keys with a result.

    `results` has an entry per record, e.g. `Code("S")` or `Code("U", "unknown unit")`. MFI-6 says
    which are asked for: AL all, ER failures, SU successes, NE none (table 0179).
    """
    head = master.head
    level = master.file.response_level if master.file is not None else "AL"
    wanted = {"NE": "", "ER": "U", "SU": "S"}.get(level, "SU")
    records = [
        RecordAnswer(
            event=record.event,
            control_id=record.control_id,
            completed=sent,
            result=result,
            keys=record.keys,
            key_types=record.key_types,
        )
        for record, result in zip(master.records, results, strict=False)
        if result.code[:1] in wanted and result.code
    ]
    structure = "MFK_M01" if head.trigger.structure else ""
    return MasterAnswer(
        head=answered(head, Trigger("MFK", head.trigger.event, structure), control_id, sent),
        answer=Answer(code=code, control_id=head.control_id),
        file=master.file,
        records=tuple(records),
    )
