"""From a place to everything a purchase needs to know about it (spec 3.7, S54).

In: an HL7 PL text or a location key, a day, a way to look records up. Out: the context with every
hop that led to it, or the hop that is missing. Refuses to know: guessing a missing hop, and where
records are stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from suture.canonical.crosswalk import Candidates, Crosswalk, Resolved, crosswalk_key
from suture.canonical.entity import CostCenter, Department, Entity, Location
from suture.canonical.record import Status, is_effective

DEPTH_MAX = 16
"""Location trees are about six deep; bounds the walk when parents form a circle."""


class Lookup(Protocol):
    """Gives current records by key; None when there is none."""

    def crosswalk(self, key: str) -> Crosswalk | None:
        """Return the entries under `system|id_type|value`, see `crosswalk_key`."""

    def location(self, key: str) -> Location | None: ...
    def department(self, key: str) -> Department | None: ...
    def cost_center(self, key: str) -> CostCenter | None: ...


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a resolution: what was asked of what, and the key it gave."""

    name: str
    """`location`, `timezone`, `inventory_location`, `department`, `cost_center`, ..."""
    source: str
    """Key of the record that answered."""
    value: str


@dataclass(frozen=True, slots=True)
class Context:
    """A place as the ERP and the approval matrix see it."""

    location_key: str
    facility: str
    timezone: str
    inventory_location: str
    department_key: str
    cost_center_key: str
    approver_chain: tuple[str, ...]
    hops: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class MissingHop:
    """The resolution stopped: `hop` has no single answer, for `reason`."""

    hop: str
    reason: str
    """`unknown`, `ambiguous`, `inactive`, `not_effective`, `absent`, `closed` or `too_deep`."""
    hops: tuple[Hop, ...]
    candidates: tuple[str, ...] = ()


def resolve_context(
    location: str, as_of: date, lookup: Lookup, *, facility: str = ""
) -> Context | MissingHop:
    """Return the context of a place on a day, or the hop that is missing.

    `location` is a location key or an HL7 PL text (it holds `^`). `facility` scopes the crosswalk;
    empty takes the PL's own fourth component.
    """
    walk = _Walk(as_of=as_of, lookup=lookup, hops=[])
    try:
        return walk.context(location, facility)
    except _StopError as stop:
        return MissingHop(stop.hop, stop.reason, tuple(walk.hops), stop.candidates)


class _StopError(Exception):
    """Ends a walk from any depth; never leaves this module."""

    def __init__(self, hop: str, reason: str, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(f"{hop}: {reason}")
        self.hop = hop
        self.reason = reason
        self.candidates = candidates


@dataclass(frozen=True, slots=True)
class _Walk:
    """One resolution under way."""

    as_of: date
    lookup: Lookup
    hops: list[Hop]

    def context(self, location: str, facility: str) -> Context:
        key = self._location_key(location, facility)
        chain = self._chain(key)
        timezone = self._inherited("timezone", chain)
        inventory_location = self._inherited("inventory_location", chain)
        department_key = self._inherited("department", chain)
        department = self.lookup.department(department_key)
        self._usable("department", department)
        cost_center_key = self._cost_center_key(chain, department)
        cost_center = self.lookup.cost_center(cost_center_key)
        self._usable("cost_center", cost_center)
        assert cost_center is not None
        if not cost_center.is_open:
            raise _StopError("cost_center", "closed")
        if not cost_center.approver_chain:
            raise _StopError("approver_chain", "absent")
        approvers = cost_center.approver_chain
        self.hops.append(Hop("approver_chain", cost_center_key, ">".join(approvers)))
        return Context(
            location_key=key,
            facility=chain[0].facility,
            timezone=timezone,
            inventory_location=inventory_location,
            department_key=department_key,
            cost_center_key=cost_center_key,
            approver_chain=approvers,
            hops=tuple(self.hops),
        )

    def _location_key(self, location: str, facility: str) -> str:
        if "^" not in location:
            return location
        name = crosswalk_key("HL7", "pl", location)
        entries = self.lookup.crosswalk(name)
        if entries is None:
            raise _StopError("location", "unknown")
        parts = location.split("^")
        scope = facility or (parts[3].strip() if len(parts) > 3 else "")
        found = entries.resolve("HL7", "pl", location, facility=scope, as_of=self.as_of)
        if isinstance(found, Candidates):
            raise _StopError("location", "ambiguous", found.keys)
        if not isinstance(found, Resolved):
            raise _StopError("location", "unknown")
        self.hops.append(Hop("location", name, found.key))
        return found.key

    def _chain(self, key: str) -> list[Location]:
        """Return the location and its parents, nearest first."""
        chain: list[Location] = []
        while key:
            if len(chain) == DEPTH_MAX:
                raise _StopError("parent", "too_deep")
            name = "parent" if chain else "location"
            location = self.lookup.location(key)
            self._usable(name, location)
            assert location is not None
            chain.append(location)
            key = location.parent
        return chain

    def _inherited(self, name: str, chain: list[Location]) -> str:
        """Return the nearest value up the location tree and record which place gave it."""
        for location in chain:
            value: str = getattr(location, name)
            if value:
                self.hops.append(Hop(name, location.key, value))
                return value
        raise _StopError(name, "absent")

    def _cost_center_key(self, chain: list[Location], department: Department | None) -> str:
        """Return the place's own cost center, else its department's default (spec 3.4)."""
        if chain[0].cost_center:
            self.hops.append(Hop("cost_center", chain[0].key, chain[0].cost_center))
            return chain[0].cost_center
        if department is None or not department.cost_center:
            raise _StopError("cost_center", "absent")
        self.hops.append(Hop("cost_center", department.key, department.cost_center))
        return department.cost_center

    def _usable(self, name: str, record: Entity | None) -> None:
        if record is None:
            raise _StopError(name, "unknown")
        if record.status is not Status.ACTIVE:
            raise _StopError(name, "inactive")
        if not is_effective(record.valid_from, record.valid_to, self.as_of):
            raise _StopError(name, "not_effective")
