"""The machine's clock is set while messages wait; both drivers (S52)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flow_hub import arrivals, connect, deliveries, flow_text, hl7, peer, running_hub, until

from suture.core.clock import SystemClock
from suture.journal.record import DeliveryState

RETRY = "retry = { first_s = 0.1, longest_s = 0.3 }"


class SetClock:
    """Sets the wall clock of every hub of this process; the steady one is left alone."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.by = timedelta(0)
        monkeypatch.setattr(SystemClock, "wall", lambda _: datetime.now(UTC) + self.by)


@pytest.mark.parametrize("hours", [-3, 2])
def test_what_waits_goes_on_when_the_clock_is_set(
    tmp_path: Path, stores: str, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Messages of before and after, to a peer that was away: all arrive, in order."""
    clock = SetClock(monkeypatch)

    async def story() -> None:
        async with (
            peer() as lab,
            running_hub(tmp_path, {"adt": flow_text(lab.port, lab=RETRY)}, stores) as hub,
        ):
            sender = await connect(hub, "adt")
            await lab.stop()
            for number in range(5):
                assert await sender.send(hl7(number)) == ("AA", "")
            await until(lambda: deliveries(hub)[0].attempts > 1, "a second try")
            clock.by = timedelta(hours=hours)
            for number in range(5, 8):
                assert await sender.send(hl7(number)) == ("AA", "")
            await lab.start()
            await until(lambda: len(set(lab.numbers())) == 8, "all messages")
            assert list(dict.fromkeys(lab.numbers())) == [f"MSG{n:05}" for n in range(8)]
            await until(
                lambda: {d.state for d in deliveries(hub)} == {DeliveryState.DELIVERED}, "settled"
            )
            assert len(arrivals(hub)) == 8

    asyncio.run(story())


def test_a_hub_that_starts_with_an_earlier_clock_goes_on(
    tmp_path: Path, stores: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock was set back while nothing ran: what waited is tried at the start."""
    clock = SetClock(monkeypatch)

    async def story() -> None:
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port, lab=RETRY)}
            await lab.stop()
            async with running_hub(tmp_path, flows, stores) as hub:
                sender = await connect(hub, "adt")
                assert await sender.send(hl7(1)) == ("AA", "")
                await until(lambda: deliveries(hub)[0].attempts, "a try")
            clock.by = timedelta(hours=-5)
            await lab.start()
            async with running_hub(tmp_path, flows, stores) as hub:
                await until(lambda: lab.got, "the message")

    asyncio.run(story())
