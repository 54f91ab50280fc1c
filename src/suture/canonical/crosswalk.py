"""Which canonical key an identifier of some system names, on a day, at a facility (spec 3.7).

In: entries `(system, id_type, value, scope) -> key` with windows. Out: one key, or candidates, or
none. Refuses to know: guessing; two active keys for one identifier are refused, not ranked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import msgspec

from suture.canonical.record import is_effective
from suture.core.refusal import RefusalError

ENTRIES_PER_IDENTIFIER_MAX = 256
"""History of one identifier; more is a broken feed and is treated as one big conflict."""


class EntryStatus(StrEnum):
    """Standing of a crosswalk entry."""

    ACTIVE = "ACTIVE"
    CANDIDATE = "CANDIDATE"
    """Proposed; a person decides."""
    BLOCKED = "BLOCKED"
    """Remembered as *not* the same."""
    RETIRED = "RETIRED"


class CrosswalkEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One pair of an identifier and a canonical key."""

    entity: str
    key: str
    system: str
    id_type: str
    value: str
    """Normalised, see `normalise`."""
    scope: str = ""
    """Facility code; empty means every facility without an entry of its own."""
    valid_from: date | None = None
    valid_to: date | None = None
    status: EntryStatus = EntryStatus.ACTIVE
    method: str = "import"


@dataclass(frozen=True, slots=True)
class Resolved:
    """Exactly one key."""

    key: str
    entry: CrosswalkEntry


@dataclass(frozen=True, slots=True)
class Candidates:
    """No active key, but proposals a person may accept."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unresolved:
    """Nothing is known about the identifier."""


Resolution = Resolved | Candidates | Unresolved


def normalise(id_type: str, value: str) -> str:
    """Return the form an identifier is compared in: trimmed, upper case, GTIN padded to 14."""
    cleaned = value.strip().upper()
    if id_type == "gtin":
        return cleaned.zfill(14)
    if id_type == "pl":
        parts = [part.strip() for part in cleaned.split("^")[:4]]
        return "^".join(parts).rstrip("^")
    return cleaned


def crosswalk_key(system: str, id_type: str, value: str) -> str:
    """Return the fact key `system|id_type|value` under which the entries of a value are kept."""
    return f"{system}|{id_type}|{normalise(id_type, value)}"


class Crosswalk(msgspec.Struct, frozen=True, kw_only=True):
    """The entries of one identifier, or of many; built by `crosswalk`."""

    entries: tuple[CrosswalkEntry, ...] = ()

    def resolve(
        self, system: str, id_type: str, value: str, *, facility: str = "", as_of: date
    ) -> Resolution:
        """Return the key an identifier names; a facility's own entry goes before the general.

        `as_of` is a day (a datetime counts as its calendar day). A BLOCKED key is never a
        candidate.
        """
        wanted = normalise(id_type, value)
        found = [
            entry
            for entry in self.entries
            if (entry.system, entry.id_type, entry.value) == (system, id_type, wanted)
            and entry.scope in {"", facility}
            and is_effective(entry.valid_from, entry.valid_to, as_of)
        ]
        active = [entry for entry in found if entry.status is EntryStatus.ACTIVE]
        own = [entry for entry in active if entry.scope] or active
        if len({entry.key for entry in own}) == 1:
            return Resolved(key=own[0].key, entry=own[0])
        blocked = {entry.key for entry in found if entry.status is EntryStatus.BLOCKED}
        open_ = [e for e in found if e.status is EntryStatus.CANDIDATE] + own
        keys = tuple(sorted({entry.key for entry in open_} - blocked))
        return Candidates(keys=keys) if keys else Unresolved()


def crosswalk(entries: Iterable[CrosswalkEntry]) -> Crosswalk:
    """Build a crosswalk; raises RefusalError `crosswalk.ambiguous` on a broken constraint.

    At most one ACTIVE canonical key per (system, id_type, value, scope) at any time (spec 3.7).
    """
    rows = tuple(entries)
    if conflicts(rows):
        raise RefusalError("crosswalk.ambiguous", "one identifier has two active keys at a time")
    return Crosswalk(entries=rows)


def conflicts(entries: Iterable[CrosswalkEntry]) -> set[CrosswalkEntry]:
    """Return every ACTIVE entry that names another key than a second one valid on the same day."""
    groups: dict[tuple[str, str, str, str], list[CrosswalkEntry]] = {}
    for entry in entries:
        if entry.status is EntryStatus.ACTIVE:
            name = (entry.system, entry.id_type, entry.value, entry.scope)
            groups.setdefault(name, []).append(entry)
    found: set[CrosswalkEntry] = set()
    for group in groups.values():
        if len(group) > ENTRIES_PER_IDENTIFIER_MAX:
            found.update(group)
        elif len({entry.key for entry in group}) > 1:
            found.update(one for one in group if any(_disagree(one, two) for two in group))
    return found


def _disagree(one: CrosswalkEntry, two: CrosswalkEntry) -> bool:
    if one.key == two.key:
        return False
    start = max(one.valid_from or date.min, two.valid_from or date.min)
    end = min(one.valid_to or date.max, two.valid_to or date.max)
    return start <= end
