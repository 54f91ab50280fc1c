"""The live stream: one look for all viewers, resuming, and honesty when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from suture.console import live
from suture.console.live import Live


async def _next(stream: object) -> bytes:
    return await asyncio.wait_for(anext(stream), 5)  # type: ignore[call-overload]


async def _open(hub: Live, seen: int) -> object:
    stream = hub.stream(seen)
    assert stream is not None
    assert await _next(stream) == b"retry: 3000\n\n"
    return stream


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass in ten milliseconds."""
    monkeypatch.setattr(live, "LOOK_S", 0.01)
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.1)


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run one scenario in a loop of its own."""

    async def scenario() -> None:
        await work()

    asyncio.run(scenario())


def test_a_viewer_hears_a_change_with_its_sequence() -> None:
    """What the viewer has not seen comes first, then each change, as id and data."""
    now = [42]

    async def scenario() -> None:
        stream = await _open(Live(lambda: now[0]), 0)
        assert await _next(stream) == b"id: 42\nevent: change\ndata: 42\n\n"
        now[0] = 43
        assert await _next(stream) == b"id: 43\nevent: change\ndata: 43\n\n"

    run(scenario)


def test_a_viewer_who_has_seen_it_gets_a_heartbeat() -> None:
    """Resuming at the last sequence tells nothing new, and shows that the hub lives."""

    async def scenario() -> None:
        stream = await _open(Live(lambda: 42), 42)
        assert await _next(stream) == b"event: heartbeat\ndata: 0\n\n"

    run(scenario)


def test_a_restored_store_is_a_change() -> None:
    """A sequence below the one seen means another record: the page has to be made again."""

    async def scenario() -> None:
        stream = await _open(Live(lambda: 7), 42)
        assert (await _next(stream)).startswith(b"id: 7\n")

    run(scenario)


def test_many_viewers_cost_one_look() -> None:
    """The journal is looked at once a second for all, and not at all when nobody watches."""
    looks = 0

    def look() -> int:
        nonlocal looks
        looks += 1
        return 1

    async def scenario() -> None:
        hub = Live(look)
        streams = [await _open(hub, 1) for _ in range(50)]
        await asyncio.gather(*(_next(s) for s in streams))
        assert 1 <= looks <= 20  # 0.1 s of 0.01 s each, for fifty viewers
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0.05)
        before = looks
        await asyncio.sleep(0.05)
        assert looks == before

    run(scenario)


def test_there_is_a_limit_to_viewers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One viewer too many gets no stream, also when many come at the same moment."""
    monkeypatch.setattr(live, "VIEWERS_MAX", 1)

    async def scenario() -> None:
        hub = Live(lambda: 1)
        both = [hub.stream(0), hub.stream(0)]
        await _next(both[0])
        assert hub.stream(0) is None
        with pytest.raises(StopAsyncIteration):
            await _next(both[1])

    run(scenario)


def test_a_journal_that_cannot_be_read_ends_the_streams() -> None:
    """No heartbeat pretends that the page is current; the next viewer starts a new watcher."""
    is_broken = True

    def look() -> int:
        if is_broken:
            raise OSError("no disk")
        return 5

    async def scenario() -> None:
        nonlocal is_broken
        hub = Live(look)
        stream = await _open(hub, 0)
        with pytest.raises(StopAsyncIteration):
            await _next(stream)
        is_broken = False
        again = await _open(hub, 0)
        assert (await _next(again)).startswith(b"id: 5\n")

    run(scenario)
