"""What a flow makes of one message: where it goes, as what, in which order; a pure function.

In: a compiled flow, a message, its time. Out: contents by destination, lane and urgency, or a
refusal with a code. Refuses to know: journals and sockets.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.orchestration.flows.bundle import Bundle
from suture.orchestration.flows.declaration import Declared, Destination
from suture.orchestration.flows.rules import all_hold
from suture.orchestration.flows.steps import Applied, Setting, compiled, guarded
from suture.orchestration.flows.subject import Subject

OUTPUT_BYTES_MAX = 64 * 1024 * 1024
"""What the steps may make of one message."""
NO_ORDER = "none"
PERFORM = "perform"
RECEIPTS = "as2-receipts"
"""Lane of the flow itself: what is stored and not yet performed, or is replayed."""


@dataclass(frozen=True, slots=True)
class Route:
    """One destination with its own steps."""

    declared: Destination
    steps: tuple[Applied, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow ready to work."""

    bundle: Bundle
    declared: Declared
    steps: tuple[Applied, ...]
    routes: tuple[Route, ...]
    is_numbered: bool
    """Whether a step writes interchanges, which take a control number each."""

    @property
    def name(self) -> str:
        """The flow's name."""
        return self.bundle.name


@dataclass(frozen=True, slots=True)
class Sent:
    """What goes to one destination."""

    destination: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """The message after one step; `repr` shows no content."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Performed:
    """What became of one message."""

    is_filtered: bool
    """A condition of the filter did not hold: kept, and sent nowhere."""
    lane: str
    """Ordering key, empty when each message goes for itself."""
    is_stat: bool
    received: bytes = field(default=b"", repr=False)
    sent: tuple[Sent, ...] = ()
    stages: tuple[Stage, ...] = ()
    """After each step, only when asked for."""
    losses: tuple[Problem, ...] = ()
    """What a conversion did not carry."""


def build(bundle: Bundle, declared: Declared) -> Flow:
    """Return a flow ready to work; raises MisconfiguredError for a step that cannot be made."""
    common = tuple(guarded(n, s, compiled(s, bundle)) for n, s in enumerate(declared.step, 1))
    routes = tuple(
        Route(each, tuple(guarded(n, s, compiled(s, bundle)) for n, s in enumerate(each.step, 1)))
        for each in declared.destination
    )
    steps = (*declared.step, *(step for each in declared.destination for step in each.step))
    is_numbered = any(step.convert or step.template for step in steps)
    return Flow(bundle, declared, common, routes, is_numbered)


def lane_of(flow: Flow, subject: Subject) -> str:
    """Return the ordering key of a message as received; empty when there is none."""
    path = flow.declared.order_by
    return "" if path == NO_ORDER else subject.get(path)


def indexed(flow: Flow, subject: Subject) -> list[str]:
    """Return `name=value` for what a flow declares as its index and a message has."""
    found = ((name, subject.get(path)) for name, path in flow.declared.index.items())
    return [index_entry(name, value) for name, value in found if value]


def index_entry(name: str, value: str) -> str:
    """Return how an entry of the index is written before it is blinded."""
    return f"{name}={value}"


def perform(
    flow: Flow, content: bytes, setting: Setting, *, with_stages: bool = False
) -> Performed:
    """Return where a message goes and as what.

    Raises RefusalError: the format's codes for what cannot be read, those of the steps, and
    `flow.no-destination` when no destination wants what the filter let through.
    """
    declared = flow.declared
    received = Subject(declared.format, content)
    lane, is_stat = lane_of(flow, received), bool(declared.stat)
    is_stat = is_stat and all_hold(declared.stat, received)
    if not all_hold(declared.filter, received):
        return Performed(True, lane, is_stat)
    stages = [Stage("received", content)]
    subject = received
    for number, apply in enumerate(flow.steps):
        subject = apply(subject, setting)
        if with_stages:
            name = f"step {number + 1} {declared.step[number].kind}"
            stages.append(Stage(name, subject.content))
    sent: list[Sent] = []
    losses = list(subject.losses)
    for route in flow.routes:
        if not all_hold(route.declared.when, subject):
            continue
        made = subject
        for number, apply in enumerate(route.steps):
            made = apply(made, setting)
            if with_stages:
                kind = route.declared.step[number].kind
                name = f"{route.declared.name} step {number + 1} {kind}"
                stages.append(Stage(name, made.content))
        if len(made.content) > OUTPUT_BYTES_MAX:
            raise RefusalError("flow.step-output", "the steps made too large a message")
        losses += made.losses[len(subject.losses) :]
        sent.append(Sent(route.declared.name, made.content))
    return Performed(
        is_filtered=False,
        lane=lane,
        is_stat=is_stat,
        received=content,
        sent=tuple(sent),
        stages=tuple(stages),
        losses=tuple(losses),
    )
