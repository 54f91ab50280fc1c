"""Real time or batch: what the class of an interaction allows a flow (spec 2.0.4).

In: a declared flow. Out: what contradicts its class, in words. Refuses to know: how long anything
really takes; that is measured where it happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from suture.orchestration.flows.declaration import Declared

TIMINGS: dict[str, str] = {
    "sync": "somebody waits for the answer",
    "event": "harm is done when it is a quarter of an hour late",
    "async": "it is worth much, or comes in bursts",
    "batch": "it may wait for its window",
}
"""Class -> when an interaction is of it: the four axes of the table, in words."""
POLL_S_MAX = {"event": 5.0, "async": 60.0}
"""Longest pause between two looks at a source: the table's p95."""
WINDOW_S_MAX = 60.0
ACK_S_MAX = 30.0

Contradiction = tuple[tuple[str | int, ...], str, str]
"""(where in the file, what contradicts the class, what to do)."""


def contradictions(declared: Declared) -> Iterator[Contradiction]:
    """Yield what a flow declares against its class, and what no class allows."""
    yield from _batches(declared)
    timing = declared.timing
    poll_s = getattr(declared.source, "poll_s", 0.0)
    if timing == "sync":
        if declared.ack != "on_delivered":
            hint = 'say ack = "on_delivered"'
            yield ("timing",), "sync: the sender waits for the destinations' answer", hint
        elif declared.ack_timeout_s > ACK_S_MAX:
            hint = f"{ACK_S_MAX:g} s at most, or another class"
            yield ("ack_timeout_s",), "sync: nobody waits that long", hint
        if declared.source.connector not in ("mllp", "http", "as2"):
            hint = "use mllp or http, or another class"
            yield ("source", "connector"), "sync: nobody waits at this source", hint
    elif timing in POLL_S_MAX and poll_s > POLL_S_MAX[timing]:
        hint = f"{POLL_S_MAX[timing]:g} s at most, or another class"
        yield ("source", "poll_s"), f"{timing}: it would come too late", hint
    for number, route in enumerate(declared.destination):
        if route.batch is None or timing in ("", "batch"):
            continue
        is_short = timing == "async" and 0 < route.batch.every_s <= WINDOW_S_MAX
        if not is_short:
            hint = f"every_s of {WINDOW_S_MAX:g} at most" if timing == "async" else "take it out"
            yield ("destination", number, "batch"), f"{timing}: it would wait for a window", hint


def _batches(declared: Declared) -> Iterator[Contradiction]:
    for number, route in enumerate(declared.destination):
        if route.batch is None:
            continue
        loc = ("destination", number, "batch")
        if not route.takes_batches:
            yield loc, f"{route.connector} takes single messages", "use files, sftp or http"
        if declared.ack == "on_delivered":
            note = "nobody can wait for a window: the sender is answered on delivery"
            yield loc, note, 'use ack = "on_admitted"'
        if declared.step or route.step:
            continue
        fits = {"hl7": ("hl7v2",), "x12": ("x12",)}.get(route.batch.envelope)
        if fits is not None and declared.format not in fits:
            note = f"{declared.format} does not go into an envelope of {route.batch.envelope}"
            yield loc, note, 'use envelope = "lines" or "none", or convert first'
