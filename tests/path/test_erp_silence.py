"""The poller keeps when the ERP answered, and tells what rests on it when it does not (2.10)."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from stage import erp
from test_stock import ask
from wire import stock

from suture.assembly.executor import Executor
from suture.assembly.poll import ErpPoller
from suture.core.outcome import Outcome, Uncertain
from suture.orchestration.path.freshness import last_word
from suture.systems.adapter import WireResponse
from suture.testing.world import World

EMPTY = b'{"changes": [], "last": 1}'


class Wire:
    """The ERP at the other end: it answers with no change, or not at all."""

    def __init__(self) -> None:
        self.answers = True

    async def call(self, destination: str, request: object) -> WireResponse | Outcome:
        """Return the next answer."""
        if self.answers:
            return WireResponse(200, body=EMPTY)
        return Uncertain("erp.timeout")


def test_an_erp_that_falls_silent_and_answers_again(world: World) -> None:
    """Stale after five minutes for what a critical line rests on; an empty page makes it fresh."""
    erp(world, stock("PACK", 5), last=1)
    ask(world, "a", 1, criticality="CRITICAL")
    wire = Wire()
    time = world.core.engine.policies.time
    poller = ErpPoller(world.core.operations, cast(Executor, cast(Any, wire)), 1.0, time)

    def poll() -> str:
        asyncio.run(poller.poll())
        world.settle()
        return str(world.instance("W9", "PACK@NCH-OR-IMPL").state)

    wire.answers = False
    assert poll() == "FRESH"
    with world.operations.read() as reader:
        assert last_word(reader) is None
    wire.answers = True
    assert poll() == "FRESH"
    heard = world.clock.wall()
    world.advance(minutes=4)
    wire.answers = False
    assert poll() == "FRESH"
    world.advance(minutes=2)
    assert poll() == "STALE"
    with world.operations.read() as reader:
        assert last_word(reader) == heard
    wire.answers = True
    assert poll() == "FRESH"
