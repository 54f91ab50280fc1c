"""Tells viewers that something changed: one look at the journal a second for all of them.

In: a function that gives the last event's sequence. Out: server-sent events, the sequence as id.
Refuses to know: what changed: the page asks for its fragment again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

VIEWERS_MAX = 200
"""Streams at once; a hospital has some dozen screens."""
LOOK_S = 1.0
HEARTBEAT_S = 10.0
"""A silent stream is told apart from a dead one."""


class Live:
    """One watcher, many viewers."""

    def __init__(self, last_event: Callable[[], int]) -> None:
        self._last_event = last_event
        self._current = 0
        self._changed = asyncio.Condition()
        self._viewers = 0
        self._watcher: asyncio.Task[None] | None = None

    def stream(self, seen: int) -> AsyncIterator[bytes] | None:
        """Return a viewer's stream, or None when there are too many."""
        if self._viewers >= VIEWERS_MAX:
            return None
        return self._events(seen)

    async def _events(self, seen: int) -> AsyncIterator[bytes]:
        self._viewers += 1
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield b"retry: 3000\n\n"
            while True:
                now = await self._next(seen)
                if now > seen:
                    seen = now
                    yield f"id: {now}\nevent: change\ndata: {now}\n\n".encode()
                else:
                    yield b"event: heartbeat\ndata: 0\n\n"
        finally:
            self._viewers -= 1

    async def _next(self, seen: int) -> int:
        """Return the current sequence as soon as it is above `seen`, or after the heartbeat."""
        async with self._changed:
            try:
                await asyncio.wait_for(
                    self._changed.wait_for(lambda: self._current > seen), HEARTBEAT_S
                )
            except TimeoutError:
                pass
            return self._current

    async def _watch(self) -> None:
        """Look at the journal while anybody is watching."""
        while self._viewers:
            found = await asyncio.to_thread(self._last_event)
            if found != self._current:
                async with self._changed:
                    self._current = found
                    self._changed.notify_all()
            await asyncio.sleep(LOOK_S)
