"""The crosswalk gives one key, candidates, or nothing; it never ranks two truths (spec 3.7)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.canonical.crosswalk import (
    Candidates,
    Crosswalk,
    CrosswalkEntry,
    EntryStatus,
    Resolved,
    Unresolved,
    conflicts,
    crosswalk,
    crosswalk_key,
    normalise,
)
from suture.canonical.record import decode_record, encode_record
from suture.core.refusal import RefusalError

DAY = date(2027, 1, 4)


def entry(key: str, **changes: object) -> CrosswalkEntry:
    fields: dict[str, object] = {
        "entity": "item",
        "key": key,
        "system": "EHR",
        "id_type": "item",
        "value": "SUP1",
    }
    return CrosswalkEntry(**{**fields, **changes})  # type: ignore[arg-type]


def ask(walk: Crosswalk, facility: str = "NCH", as_of: date = DAY) -> object:
    return walk.resolve("EHR", "item", " sup1 ", facility=facility, as_of=as_of)


def test_one_active_entry_is_the_answer() -> None:
    """Case and blanks around an identifier do not matter."""
    found = ask(crosswalk([entry("ITM-1")]))
    assert isinstance(found, Resolved)
    assert found.key == "ITM-1"


def test_a_facility_entry_goes_before_the_general_one() -> None:
    """An acquired hospital may use the same number for another item."""
    walk = crosswalk([entry("ITM-1"), entry("ITM-2", scope="RVB")])
    assert ask(walk, "RVB") == Resolved("ITM-2", entry("ITM-2", scope="RVB"))
    assert ask(walk, "NCH") == Resolved("ITM-1", entry("ITM-1"))


def test_windows_decide_by_day() -> None:
    """S54: effective dating; both ends of a window belong to it."""
    walk = crosswalk(
        [
            entry("ITM-1", valid_to=date(2027, 1, 4)),
            entry("ITM-2", valid_from=date(2027, 1, 5), valid_to=date(2027, 2, 1)),
        ]
    )
    keys = {
        day: getattr(ask(walk, as_of=day), "key", None)
        for day in (DAY, date(2027, 1, 5), date(2027, 2, 1), date(2027, 2, 2))
    }
    assert list(keys.values()) == ["ITM-1", "ITM-2", "ITM-2", None]
    assert ask(walk, as_of=datetime(2027, 1, 5, 12, tzinfo=UTC)) == ask(
        walk, as_of=date(2027, 1, 5)
    )


def test_proposals_are_candidates_and_never_an_answer() -> None:
    """A blocked pair is remembered as not the same."""
    walk = crosswalk(
        [
            entry("ITM-2", status=EntryStatus.CANDIDATE),
            entry("ITM-1", status=EntryStatus.CANDIDATE),
            entry("ITM-3", status=EntryStatus.CANDIDATE),
            entry("ITM-3", status=EntryStatus.BLOCKED),
            entry("ITM-4", status=EntryStatus.RETIRED),
        ]
    )
    assert ask(walk) == Candidates(keys=("ITM-1", "ITM-2"))
    assert ask(crosswalk([entry("ITM-4", status=EntryStatus.RETIRED)])) == Unresolved()
    assert ask(crosswalk([])) == Unresolved()


def test_two_active_keys_at_a_time_are_refused() -> None:
    """At most one active canonical key per identifier and scope at any time."""
    with pytest.raises(RefusalError) as refused:
        crosswalk([entry("ITM-1"), entry("ITM-2", valid_from=DAY)])
    assert refused.value.code == "crosswalk.ambiguous"


def test_unchecked_entries_that_disagree_give_candidates() -> None:
    """A crosswalk that was stored broken still does not choose."""
    assert ask(Crosswalk(entries=(entry("ITM-1"), entry("ITM-2")))) == Candidates(
        keys=("ITM-1", "ITM-2")
    )


@pytest.mark.parametrize(
    ("id_type", "raw", "expected"),
    [
        ("gtin", "9521001001014", "09521001001014"),
        ("pl", "MAIN^OR04^^NCH", "MAIN^OR04^^NCH"),
        ("pl", "main ^ or04^^nch^^^", "MAIN^OR04^^NCH"),
        ("pl", "MAIN^OR04^^^", "MAIN^OR04"),
        ("item", " itm-1 ", "ITM-1"),
    ],
)
def test_identifiers_are_compared_in_one_form(id_type: str, raw: str, expected: str) -> None:
    """The normal form is the same whoever writes the identifier."""
    assert normalise(id_type, raw) == expected
    assert crosswalk_key("S", id_type, raw) == f"S|{id_type}|{expected}"


DAYS = st.one_of(st.none(), st.dates(date(2027, 1, 1), date(2027, 1, 12)))


@st.composite
def entries(draw: st.DrawFn) -> CrosswalkEntry:
    return entry(
        draw(st.sampled_from(["A", "B", "C"])),
        scope=draw(st.sampled_from(["", "NCH"])),
        valid_from=draw(DAYS),
        valid_to=draw(DAYS),
        status=draw(st.sampled_from(EntryStatus)),
    )


@given(rows=st.lists(entries(), max_size=6))
def test_the_constraint_holds_on_every_day(rows: list[CrosswalkEntry]) -> None:
    """What is accepted never has two active keys in one scope; what is refused does, some day."""

    def active(scope: str, day: date) -> set[str]:
        return {
            row.key
            for row in rows
            if row.status is EntryStatus.ACTIVE
            and row.scope == scope
            and (row.valid_from is None or row.valid_from <= day)
            and (row.valid_to is None or day <= row.valid_to)
        }

    days = [date(2026, 12, 31), *(date(2027, 1, n) for n in range(1, 14))]
    broken = any(len(active(scope, day)) > 1 for scope in ("", "NCH") for day in days)
    assert bool(conflicts(rows)) == broken
    if not broken:
        walk = decode_record(encode_record(crosswalk(rows)), Crosswalk)
        for day in days:
            expected = active("NCH", day) or active("", day)
            found = ask(walk, "NCH", day)
            assert {found.key} == expected if isinstance(found, Resolved) else not expected
