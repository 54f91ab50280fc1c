"""Processes are transition tables (plan D2): the words in which each workflow file is written.

Rule 1: everything that decides a transition stands in the table: from-states, typed event, named
guard, target, action. Rule 2: guards and actions are pure functions of a `Moment`; they read facts
only through it, and every read is kept in the decision. Rule 3: an action does nothing, it yields
effects, and the engine carries them out in the deciding transaction.

In: rules. Out: an index from (state, event type) to candidates. Refuses to know: stores, clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from suture.documents.events import ExceptionRaised

if TYPE_CHECKING:
    from suture.governance.policy import Policies
    from suture.orchestration.facts import Facts

START = "(start)"
"""The pseudo-state of an instance that does not exist yet."""
SAME = "(same)"
"""Target of a rule that stays where it is."""

D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Moment(Generic[D]):
    """What a guard or an action sees: one instance, one event, the facts and policies of now."""

    machine: str
    key: str
    state: str
    data: D
    event_type: str
    payload: Any
    now: datetime
    entered_at: datetime
    facts: Facts
    policies: Policies
    event_seq: int = 0
    exchange: str = ""
    facility: str = ""


@dataclass(frozen=True, slots=True)
class Keep:
    """Replace fields of the instance's data."""

    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """Set what the instance is found by: parent key, facility, the instant the board sorts by."""

    parent: str = ""
    facility: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Emit:
    """Append an event for a process (or for this one)."""

    type: str
    machine: str
    key: str
    payload: Any


@dataclass(frozen=True, slots=True)
class Send:
    """Queue a delivery; its outcome comes back to this instance as an event."""

    kind: str
    destination: str
    lane: str
    payload: Any
    idempotency_key: str
    priority: int = 5


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take back a delivery that has not been sent."""

    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Open a task for a person."""

    kind: str
    role: str
    title: str
    task: str
    due_at: datetime | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """Close a task of this instance."""

    task: str
    by: str
    resolution: str


@dataclass(frozen=True, slots=True)
class Raise:
    """Raise an owned exception."""

    exception: ExceptionRaised


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close the exception of a dedupe key: its cause has gone."""

    dedupe: str
    reason: str


@dataclass(frozen=True, slots=True)
class Bind:
    """Draw one edge of lineage: this instance is a child of the named one."""

    parent_machine: str
    parent_key: str


@dataclass(frozen=True, slots=True)
class Name:
    """Give the instance a business number it can be found by, e.g. kind `po`."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Because:
    """A reason, in plain words, kept with the decision and shown in lineage."""

    text: str


Effect = (
    Keep | Place | Emit | Send | Withdraw | Ask | Answered | Raise | Resolve | Bind | Name | Because
)
Effects = Generator[Effect, None, None]
Guard = Callable[[Moment[Any]], bool]
Action = Callable[[Moment[Any]], Effects]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a workflow table; `id` is the row's id in the specification."""

    id: str
    from_states: tuple[str, ...]
    event: str
    to: str
    guard: Guard | None = None
    guard_name: str = ""
    action: Action | None = None
    is_built: bool = True


States = str | tuple[str, ...]


def rule(
    rule_id: str,
    states: States,
    event: str,
    to: str,
    *,
    when: Guard | None = None,
    do: Action | None = None,
) -> Rule:
    """Return a built rule; the guard's name is its function's name."""
    origin = (states,) if isinstance(states, str) else states
    name = getattr(when, "__name__", "") if when else ""
    return Rule(rule_id, origin, event, to, when, name, do)


def unbuilt(rule_id: str, states: States, event: str, to: str, when: str = "") -> Rule:
    """Return a specified rule that is not built: an event that meets it becomes an exception."""
    origin = (states,) if isinstance(states, str) else states
    return Rule(rule_id, origin, event, to, None, when, None, is_built=False)


def stays(moment: Moment[Any]) -> Effects:
    """Record the event and change nothing else."""
    yield Because("recorded; nothing else follows from it")


@dataclass(frozen=True, slots=True)
class Alarm:
    """A timer bound to states: set on entry, void when the state is left (general rule G4).

    `due` returns the business instant, or None when the timer does not apply to this instance.
    """

    name: str
    states: tuple[str, ...]
    event: str
    due: Callable[[Any, datetime, Policies], datetime | None]


@dataclass(frozen=True, slots=True)
class Wait:
    """Events that overtake the outcome of our own sending: kept until the state is left."""

    state: str
    events: frozenset[str]
    when: Guard


@dataclass(frozen=True, slots=True)
class Process:
    """One workflow: its states, rules and alarms."""

    machine: str
    title: str
    states: tuple[str, ...]
    terminal: tuple[str, ...]
    rules: tuple[Rule, ...]
    data_type: type[msgspec.Struct]
    alarms: tuple[Alarm, ...] = ()
    waits: tuple[Wait, ...] = ()
    definition: int = 1
    keeps_no_transition: frozenset[str] = frozenset()
    """Event types too frequent to be worth a decision row each (none by default)."""
    index: dict[tuple[str, str], tuple[Rule, ...]] = field(init=False, compare=False)
    hears: frozenset[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        table: dict[tuple[str, str], list[Rule]] = {}
        for entry in self.rules:
            for state in entry.from_states:
                table.setdefault((state, entry.event), []).append(entry)
        object.__setattr__(self, "index", {k: tuple(v) for k, v in table.items()})
        object.__setattr__(self, "hears", frozenset(r.event for r in self.rules))

    def wait(self, state: str, event: str) -> Wait | None:
        """Return the wait that may keep an event back in a state."""
        return next((w for w in self.waits if w.state == state and event in w.events), None)

    def candidates(self, state: str, event: str) -> tuple[Rule, ...]:
        """Return the rules for a state and event type, in table order."""
        return self.index.get((state, event), ())


def choose(candidates: tuple[Rule, ...], moment: Moment[Any]) -> Rule | None:
    """Return the one built rule whose guard holds; an unguarded rule holds always.

    Guards of one (state, event) exclude each other (spec 2.0.13); the first that holds is taken.
    """
    for candidate in candidates:
        if candidate.is_built and (candidate.guard is None or candidate.guard(moment)):
            return candidate
    return None
