"""Breaking one rule of a process table, and recording which test takes which rule.

In: `RULE:KIND`, e.g. `W3.045:target`. Out: the table with that one rule broken, in this process
only. Refuses to know: the tests that should notice.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suture.orchestration import engine
from suture.orchestration.definition import SAME, START, Effects, Moment, Process, Rule, stays
from suture.orchestration.processes.catalog import ALL

KINDS = ("target", "guard", "drop", "action")
"""Wrong target state; guard negated; guard dropped; action dropped."""

_BROKEN: set[str] = set()


def kinds_of(process: Process, rule: Rule) -> Iterator[str]:
    """Yield the ways a rule can be broken so that it behaves otherwise.

    A pure move (`stays`) has no action to drop. Dropping the guard of the last candidate changes
    nothing where guards exclude each other and leave nothing open, so it is only done before it.
    """
    if _other_state(process, rule):
        yield "target"
    if rule.guard is not None:
        yield "guard"
        if any(process.candidates(s, rule.event)[-1] is not rule for s in rule.from_states):
            yield "drop"
    if rule.action is not None and rule.action is not stays:
        yield "action"


def break_rule(wanted: str) -> None:
    """Replace one rule in the catalog; raises KeyError when there is no such rule."""
    if wanted in _BROKEN:
        return
    rule_id, _, kind = wanted.partition(":")
    machine = rule_id.partition(".")[0]
    process = ALL[machine]
    found = {rule.id: rule for rule in process.rules}[rule_id]
    broken = _broken(process, found, kind)
    rules = tuple(broken if rule is found else rule for rule in process.rules)
    ALL[machine] = dataclasses.replace(process, rules=rules)
    _BROKEN.add(wanted)


def _broken(process: Process, rule: Rule, kind: str) -> Rule:
    guard = rule.guard
    match kind:
        case "target":
            return dataclasses.replace(rule, to=_other_state(process, rule))
        case "guard":
            assert guard is not None, "only a guarded rule is negated"

            def negated(moment: Moment[Any]) -> bool:
                return not guard(moment)

            return dataclasses.replace(rule, guard=negated)
        case "drop":
            return dataclasses.replace(rule, guard=None)
        case "action":
            return dataclasses.replace(rule, action=_nothing)
    raise KeyError(kind)


def _other_state(process: Process, rule: Rule) -> str:
    """Return a wrong target, empty when there is none: stay for a move, move for a stay."""
    moves = rule.to != SAME and START not in rule.from_states
    if moves and set(rule.from_states) != {rule.to}:
        return SAME
    wrong = [s for s in process.states if s not in rule.from_states and s != rule.to]
    if not wrong and len(rule.from_states) > 1:
        wrong = [s for s in process.states if s != rule.to]
    return wrong[0] if wrong else ""


def _nothing(moment: Moment[Any]) -> Effects:
    yield from ()


class Recorder:
    """A pytest plugin that writes {test id: rules taken} at the end of a run."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._taken: dict[str, set[str]] = {}
        self._now: set[str] = set()
        self._seconds: dict[str, float] = {}
        original = engine.choose

        def choose(candidates: tuple[Rule, ...], moment: Moment[Any]) -> Rule | None:
            found = original(candidates, moment)
            if found is not None:
                self._now.add(found.id)
            else:
                # Nothing held, or the rule is not built: whoever breaks a guard may change that.
                self._now.update(candidate.id for candidate in candidates)
            return found

        engine.choose = choose

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        """Note the rules one test takes."""
        self._now.clear()
        result = yield
        self._taken[item.nodeid] = set(self._now)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how long it took."""
        if report.when == "call":
            self._seconds[report.nodeid] = report.duration

    def pytest_sessionfinish(self) -> None:
        """Write the record."""
        rows = {
            test: {"rules": sorted(rules), "seconds": round(self._seconds.get(test, 0.0), 3)}
            for test, rules in self._taken.items()
        }
        self._target.write_text(json.dumps(rows), "utf-8")
