"""The transition tables against the specification's, and against the page generated from them."""

from __future__ import annotations

import json
import os
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from suture.cli.process import states_page
from suture.documents.events import payload_type
from suture.orchestration.definition import SAME, START, Process, Rule, stays
from suture.orchestration.processes.catalog import ALL

ROOT = Path(__file__).resolve().parents[2]
SPEC = Path(os.environ.get("SUTURE_SPEC", ROOT.parent / "shared" / "spec")) / "workflows.json"

SPECIFIED = ("CASE", "W2", "W3", "W4", "W5", "W7", "W9", "W14", "W15", "EXC")
HOUSE = ("SNAP", "ERPW")
"""Machines the specification does not have (ADR 0014)."""

EXTRA_GUARD = {
    "W3.008": "not_on_the_wire",
    "W7.004": "nothing_left",
    "W7.005": "nothing_left",
    "W7.031": "nothing_left",
    "W7.034": "nothing_left",
    "W9.001": "settles",
    "W9.002": "newer_position",
    "W9.003": "too_old",
    "W9.004": "newer_position",
    "W9.005": "settles",
    "W9.007": "source_gone",
    "W9.008": "newer_position",
    "W9.009": "holds_nothing",
    "W9.010": "newer_position",
}
"""Rules that carry a guard the specification's row has not: the other half is a house rule."""


def specified() -> dict[str, Any]:
    """Return the specification's tables; skips visibly when they are not there."""
    if not SPEC.is_file():
        pytest.skip("the specification is not beside the repository (SUTURE_SPEC)")
    found: dict[str, Any] = json.loads(SPEC.read_text("utf-8"))
    return found


def row(entry: Rule) -> tuple[tuple[str, ...], str, str, str]:
    """Return what a rule has in common with a row of the specification."""
    return tuple(sorted(entry.from_states)), entry.event, entry.guard_name, entry.to


@pytest.mark.parametrize("machine", SPECIFIED)
def test_a_table_is_the_specifications(machine: str) -> None:
    """S57, S71: ids, from-states, events, guards and targets, row by row; house rules added."""
    wanted = specified()[machine]
    process = ALL[machine]
    ours = {entry.id: entry for entry in process.rules}
    for spec in wanted["rules"]:
        entry = ours.pop(spec["id"], None)
        assert entry is not None, f"{spec['id']} is missing"
        origin = tuple(sorted(START if s == "*" else s for s in spec["from"]))
        guard = EXTRA_GUARD.get(spec["id"]) or spec["guard_name"] or ""
        assert row(entry) == (origin, spec["event_type"], guard, spec["to"]), spec["id"]
    last = max(int(spec["id"].rpartition(".")[2]) for spec in wanted["rules"])
    for added in ours.values():
        assert added.is_built, f"{added.id}: a house rule is built"
        assert int(added.id.rpartition(".")[2]) > last, f"{added.id}: above the specification's"
    assert set(process.states) == set(wanted["states"])
    assert set(process.terminal) == set(wanted["terminal"])


@pytest.mark.parametrize("machine", sorted(EXTRA_GUARD))
def test_an_extra_guard_has_its_other_half(machine: str) -> None:
    """A guard of ours on a specified row leaves nothing open: a house rule takes the other half."""
    process = ALL[machine.partition(".")[0]]
    [guarded] = [r for r in process.rules if r.id == machine]
    for state in guarded.from_states:
        others = [r for r in process.candidates(state, guarded.event) if r.id != machine]
        if machine == "W3.008" and state != "READY":
            continue  # nothing is on the wire before READY
        assert others, f"{machine} in {state}"


@pytest.mark.parametrize("process", ALL.values(), ids=list(ALL))
def test_a_table_is_whole(process: Process) -> None:
    """Every state is known, ids are unique, a built rule has an action, a guard has its name."""
    known = {START, *process.states}
    ids = Counter(entry.id for entry in process.rules)
    assert [i for i, count in ids.items() if count > 1] == []
    for entry in process.rules:
        assert entry.id.startswith(f"{process.machine}.")
        assert set(entry.from_states) <= known, entry.id
        assert entry.to == SAME or entry.to in process.states, entry.id
        assert not (entry.to == SAME and START in entry.from_states), entry.id
        if entry.is_built:
            assert entry.action is not None, f"{entry.id}: a built rule has an action"
            assert (entry.guard is None) == (not entry.guard_name)
            if entry.action is stays:
                assert entry.action.__name__ == "stays", "a pure move, recorded as such"
        else:
            assert entry.guard is None
            assert entry.action is None


@pytest.mark.parametrize("process", ALL.values(), ids=list(ALL))
def test_several_rules_of_one_state_and_event_have_guards(process: Process) -> None:
    """2.0.13: where several rows share state and event, each has a guard of another name."""
    for (state, event), rules in process.index.items():
        if len(rules) == 1:
            continue
        names = [entry.guard_name for entry in rules]
        assert len(set(names)) == len(names), f"{state} {event}: {names}"
        built = [entry for entry in rules if entry.is_built]
        assert len([e for e in built if not e.guard_name]) == 0, f"{state} {event}"


@pytest.mark.parametrize("process", ALL.values(), ids=list(ALL))
def test_every_built_rule_has_a_payload_contract(process: Process) -> None:
    """An event without a contract would never reach its rule."""
    for entry in process.rules:
        if entry.is_built:
            assert payload_type(process.machine, entry.event) is not None, entry.id


@pytest.mark.parametrize("process", ALL.values(), ids=list(ALL))
def test_an_alarm_rings_only_where_a_rule_listens(process: Process) -> None:
    """G4: a timer is bound to states that have a rule for it, built or reported."""
    for alarm, state in product(process.alarms, process.states):
        if state in alarm.states:
            assert process.candidates(state, alarm.event), f"{alarm.name} in {state}"


def test_every_machine_is_listed() -> None:
    """The catalog is the list: specified ones and the house's own."""
    assert set(ALL) == {*SPECIFIED, *HOUSE}


def test_the_page_of_states_is_what_the_tables_say() -> None:
    """`docs/states.md` is generated; unbuilt rules are listed there as such."""
    page = (ROOT / "docs" / "states.md").read_text("utf-8")
    assert page == states_page()
    unbuilt = [r.id for p in ALL.values() for r in p.rules if not r.is_built]
    for rule_id in unbuilt:
        [line] = [x for x in page.splitlines() if x.startswith(f"| {rule_id} |")]
        assert line.endswith("| no |")
