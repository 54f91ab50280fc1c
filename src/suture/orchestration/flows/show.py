"""A flow in words, as a drawing, and beside another version of itself.

In: sound flows, a message. Out: lines of text. Refuses to know: terminals.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from suture.orchestration.flows.bundle import Bundle
from suture.orchestration.flows.connectors.flow import FlowDestination, FlowSource
from suture.orchestration.flows.perform import NO_ORDER, Flow, perform
from suture.orchestration.flows.proof import compared
from suture.orchestration.flows.rules import in_words
from suture.orchestration.flows.steps import Setting
from suture.orchestration.flows.subject import Subject
from suture.orchestration.flows.table import Step
from suture.orchestration.flows.timing import TIMINGS

_ACKS = {
    "on_stored": "once the message is kept",
    "on_admitted": "once the message and what is to be delivered are kept",
    "on_delivered": "once every destination has it",
}


def explained(flow: Flow) -> Iterator[str]:
    """Yield what a flow does, in the order in which it does it."""
    declared = flow.declared
    yield f"{flow.name} (version {flow.bundle.version}): {declared.description}"
    yield f"  owner {declared.owner}"
    yield f"  takes {declared.format} from {declared.source.words()}"
    yield f"  answers the sender {_ACKS[declared.ack]}"
    if declared.timing:
        yield f"  class {declared.timing}: {TIMINGS[declared.timing]}"
    order = declared.order_by
    yield "  keeps no order" if order == NO_ORDER else f"  keeps the order of messages per {order}"
    if declared.stat:
        yield f"  sends first when {in_words(declared.stat)}"
    if declared.filter:
        yield f"  goes on only when {in_words(declared.filter)}"
    for number, step in enumerate(declared.step, 1):
        yield f"  {number}. {step_words(step)}"
    for route in declared.destination:
        when = f" when {in_words(route.when)}" if route.when else ""
        yield f"  -> {route.name}: {route.words()}{when}"
        if route.batch is not None:
            yield f"       {route.batch.words()}"
        for number, step in enumerate(route.step, 1):
            yield f"       {number}. {step_words(step)}"
        retry = route.retry
        rate = f", at most {route.rate_per_s:g} a second" if route.rate_per_s else ""
        yield (
            f"       {route.connections} at once{rate}; repeats after {retry.first_s:g} s up to "
            f"every {retry.longest_s:g} s, gives up after {retry.give_up_after_s:g} s"
        )


def step_words(step: Step) -> str:
    """Return what a step does, its note first when it has one."""
    note = f"{step.note}: " if step.note else ""
    match step.kind:
        case "call":
            return f"{note}call {step.call}"
        case "set":
            return note + ", ".join(f"set {path} to {value!r}" for path, value in step.set.items())
        case "copy":
            pairs = step.copy_from.items()
            return note + ", ".join(f"copy {source} to {path}" for path, source in pairs)
        case "remove":
            return f"{note}remove {', '.join(step.remove)}"
        case "lookup":
            assert step.lookup is not None, "its kind says so"
            return f"{note}look {step.lookup.field} up in {step.lookup.table}"
        case "template":
            return f"{note}write the message anew from {step.template}"
    return f"{note}convert to {step.convert}"


def followed(flow: Flow, content: bytes, setting: Setting) -> Iterator[str]:
    """Yield what each stage changes in a message, and where it goes; holds the message's values.

    Raises what `perform` raises.
    """
    made = perform(flow, content, setting, with_stages=True)
    trigger = Subject(flow.declared.format, content).trigger
    yield f"{trigger or 'message'}, lane {made.lane or 'its own'}"
    if made.is_filtered:
        yield "filtered: kept, and sent nowhere"
        return
    common = len(flow.steps) + 1
    before = made.stages[0]
    for place, stage in enumerate(made.stages[1:], 1):
        # Steps of a destination start from what the steps of the flow made.
        first = place >= common and stage.name.split()[-2] == "1"
        before = made.stages[common - 1] if first else before
        changes = compared(before.content, stage.content)
        yield f"{stage.name}: {'nothing changed' if not changes else ''}".rstrip(" ")
        yield from (f"    {line}" for line in changes)
        before = stage
    for loss in made.losses:
        yield f"  not carried: {loss.path}"
    for sent in made.sent:
        yield f"-> {sent.destination}: {len(sent.content)} bytes"
    if not made.sent:
        yield "-> nowhere: no destination's conditions hold"


def graph(flows: Sequence[Flow]) -> Iterator[str]:
    """Yield a Mermaid flowchart of flows, their sources and destinations."""
    yield "flowchart LR"
    for number, flow in enumerate(flows):
        declared = flow.declared
        yield f'  f{number}["{flow.name}"]'
        if not isinstance(declared.source, FlowSource):
            yield f'  s{number}(["{declared.source.words()}"]) -->|{declared.ack}| f{number}'
        names = [other.name for other in flows]
        for place, route in enumerate(declared.destination):
            label = f"|{in_words(route.when)}|" if route.when else ""
            label = label.replace('"', "'")
            if isinstance(route, FlowDestination) and route.flow in names:
                yield f"  f{number} -->{label} f{names.index(route.flow)}"
                continue
            yield f'  f{number} -->{label} d{number}_{place}(["{route.words()}"])'


def changed(before: Bundle | None, after: Bundle) -> Iterator[str]:
    """Yield the difference of two versions of a flow's running files, as patches show it."""
    old = before.running_files if before is not None else {}
    new = after.running_files
    for name in sorted({*old, *new}):
        texts = [files.get(name, b"").decode("utf-8", "replace") for files in (old, new)]
        if texts[0] == texts[1]:
            continue
        yield from difflib.unified_diff(
            texts[0].splitlines(),
            texts[1].splitlines(),
            f"running/{after.name}/{name}",
            f"new/{after.name}/{name}",
            lineterm="",
        )
