"""Reading facts inside the deciding transaction, and remembering what was read (plan D1, Facts).

In: the transaction of a decision. Out: typed facts; `read` lists each value's kind, key, version
and age, and is stored with the decision. Refuses to know: who decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from suture.canonical.context import Context, MissingHop, resolve_context
from suture.canonical.contract_price import ContractPrice
from suture.canonical.crosswalk import Crosswalk, Resolved, crosswalk_key
from suture.canonical.entity import CostCenter, Department, Item, Location, Supplier
from suture.canonical.master import (
    decode_card,
    decode_contract_lines,
    decode_cost_center,
    decode_crosswalk,
    decode_department,
    decode_item,
    decode_location,
    decode_supplier,
)
from suture.canonical.preference_card import PreferenceCard
from suture.documents import codec
from suture.journal.contract import Reader

T = TypeVar("T")

ITEM_ID_SYSTEMS = ("ERP", "EHR")
"""Systems whose item ids are tried when the sender's assigning system is not one of ours."""

OF_DAY_MAX = 1000
"""Requisitions of one facility on one day; beyond it the cumulative cap counts the first 1,000."""

LINES_OF_CASE_MAX = 500
"""A card has tens of lines; bounds the read."""


@dataclass(frozen=True, slots=True)
class CaseLineView:
    """What the usage rule needs of a demand line."""

    key: str
    state: str
    item: str


@dataclass(frozen=True, slots=True)
class PlaceContext:
    """A room seen by purchasing; `missing` names the hop that could not be made."""

    inventory_location: str = ""
    cost_center_key: str = ""
    approver_chain: tuple[str, ...] = ()
    missing: str = ""


class Facts:
    """The facts of one decision."""

    def __init__(self, reader: Reader, now: datetime) -> None:
        self._reader = reader
        self._now = now
        self.read: list[dict[str, Any]] = []

    def _fact(self, kind: str, key: str) -> bytes | None:
        fact = self._reader.fact(kind, key)
        self.read.append(
            {"kind": kind, "key": key, "version": 0, "age_s": None}
            if fact is None
            else {
                "kind": kind,
                "key": key,
                "version": fact.version,
                "age_s": int((self._now - fact.as_of).total_seconds()),
            }
        )
        return fact.value if fact else None

    # ---- master data

    def item(self, key: str) -> Item | None:
        """Return an item."""
        value = self._fact("item", key) if key else None
        return decode_item(value) if value is not None else None

    def supplier(self, key: str) -> Supplier | None:
        """Return a supplier."""
        value = self._fact("supplier", key)
        return decode_supplier(value) if value is not None else None

    def location(self, key: str) -> Location | None:
        """Return a location (canonical context look-up)."""
        value = self._fact("location", key)
        return decode_location(value) if value is not None else None

    def department(self, key: str) -> Department | None:
        """Return a department (canonical context look-up)."""
        value = self._fact("department", key)
        return decode_department(value) if value is not None else None

    def cost_center(self, key: str) -> CostCenter | None:
        """Return a cost center (canonical context look-up)."""
        value = self._fact("cost_center", key)
        return decode_cost_center(value) if value is not None else None

    def crosswalk(self, key: str) -> Crosswalk | None:
        """Return the entries of one identifier (canonical context look-up)."""
        value = self._fact("crosswalk", key)
        return decode_crosswalk(value) if value is not None else None

    def facility(self, code: str) -> Location | None:
        """Return the facility of a code, or None when we do not serve it."""
        value = self._fact("facility", code)
        return decode_location(value) if value is not None else None

    def dock_gln(self, facility: str) -> tuple[str, str]:
        """Return (GLN, name) of the place a facility's goods go to."""
        value = self._fact("dock", facility)
        dock = decode_location(value) if value is not None else self.facility(facility)
        return (dock.gln, dock.name) if dock is not None else ("", "")

    def store(self, inventory_location: str) -> Location | None:
        """Return the place that holds the stock of an inventory location."""
        value = self._fact("store", inventory_location)
        return decode_location(value) if value is not None else None

    def card(self, cards: tuple[str, ...]) -> PreferenceCard | None:
        """Return the first of the named cards that exists."""
        for name in cards:
            value = self._fact("card", name)
            if value is not None:
                return decode_card(value)
        return None

    def contract_lines(self, item: str) -> tuple[ContractPrice, ...]:
        """Return every contract line of an item."""
        value = self._fact("contract_lines", item)
        return decode_contract_lines(value).lines if value is not None else ()

    def item_key(self, system: str, value: str, facility: str = "") -> str | None:
        """Return the item an identifier of a system names, or None when it is not one item."""
        for name in dict.fromkeys((system, *ITEM_ID_SYSTEMS)):
            for id_type in ("item", "supply"):
                entries = self.crosswalk(crosswalk_key(name, id_type, value))
                if entries is None:
                    continue
                found = entries.resolve(
                    name, id_type, value, facility=facility, as_of=self._now.date()
                )
                if isinstance(found, Resolved):
                    return found.key
        return value if self.item(value) is not None else None

    def item_of_supply(self, supply_id: str, facility: str) -> Item | None:
        """Return the item an EHR supply id names at a facility."""
        key = self.item_key("EHR", supply_id, facility)
        return self.item(key) if key else None

    def context(self, place: str, facility: str) -> PlaceContext:
        """Return where a room's supply is kept and who pays for it, each hop recorded (S54)."""
        found = resolve_context(place, self._now.date(), self, facility=facility)
        match found:
            case Context():
                return PlaceContext(
                    found.inventory_location, found.cost_center_key, found.approver_chain
                )
            case MissingHop():
                return PlaceContext(missing=f"{found.hop} ({found.reason})")

    def today(self) -> date:
        """Return the UTC day of the decision."""
        return self._now.date()

    # ---- other instances

    def state_of(self, machine: str, key: str) -> str | None:
        """Return the state of another instance, or None when there is none."""
        stored = self._reader.instance(machine, key)
        state = stored.state if stored else None
        self.read.append({"kind": "state", "key": f"{machine}/{key}", "value": state})
        return state

    def other(self, machine: str, key: str, kind: type[T]) -> tuple[str, T] | None:
        """Return (state, data) of another instance; changing it takes an event."""
        stored = self._reader.instance(machine, key)
        if stored is None:
            return None
        self.read.append(
            {"kind": "state", "key": f"{machine}/{key}", "value": stored.state, "rev": stored.rev}
        )
        return stored.state, codec.decode(stored.data, kind)

    def siblings(self, machine: str, parent: str, kind: type[T]) -> list[tuple[str, str, T]]:
        """Return (key, state, data) of the instances under one parent, at most 500."""
        found = self._reader.instances(machine, limit=LINES_OF_CASE_MAX, parent=parent)
        self.read.append({"kind": "siblings", "key": f"{machine}/{parent}", "value": len(found)})
        return [(x.key, x.state, codec.decode(x.data, kind)) for x in found]

    def demand_lines(self, case_token: str) -> list[CaseLineView]:
        """Return the demand lines of a case."""
        found = self._reader.instances("W2", limit=LINES_OF_CASE_MAX, parent=case_token)
        self.read.append({"kind": "demand_lines", "key": case_token, "value": len(found)})
        return [
            CaseLineView(x.key, x.state, codec.decode(x.data, dict[str, Any]).get("item", ""))
            for x in found
        ]

    def named(self, kind: str, value: str) -> list[tuple[str, str]]:
        """Return the (machine, key) pairs a business number names."""
        found = self._reader.aliases(kind, value)
        self.read.append({"kind": f"alias:{kind}", "key": value, "value": len(found)})
        return found

    def delivery_state(self, idempotency_key: str) -> str | None:
        """Return the state of a delivery of ours, or None when it was never queued."""
        found = self._reader.delivery_of_key(idempotency_key)
        state = str(found.state) if found else None
        self.read.append({"kind": "delivery", "key": idempotency_key, "value": state})
        return state

    def of_day(
        self, machine: str, facility: str, at: datetime, kind: type[T]
    ) -> list[tuple[str, str, T]]:
        """Return (key, state, data) of a facility's instances placed on the UTC day of `at`."""
        start = at.replace(hour=0, minute=0, second=0, microsecond=0)
        found = self._reader.instances(
            machine,
            limit=OF_DAY_MAX,
            facility=facility,
            due_from=start,
            due_to=start + timedelta(days=1),
        )
        self.read.append({"kind": "of_day", "key": f"{machine}/{facility}", "value": len(found)})
        return [(x.key, x.state, codec.decode(x.data, kind)) for x in found]

    def sent_under(self, destination: str, control_id: str) -> list[str]:
        """Return the order lines a control id of ours spoke of, at one destination."""
        found = self._reader.delivery_of_control_id(destination, control_id)
        if found is None or not found.machine:
            return []
        if found.kind != "order.dispatch":
            return [found.key]
        order = codec.decode(found.payload, dict[str, Any])
        return [f"{order['po_number']}/{line['line']}" for line in order["lines"]]
