"""Tells viewers that something changed: one look at the journal a second for all of them.

In: a function that gives the last event's sequence. Out: server-sent events, the sequence as id.
Refuses to know: what changed: the page asks for its fragment again. When the journal cannot be
looked at, the streams end, so that a page says it is stale instead of looking alive.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import structlog

log = structlog.get_logger("suture.console")

VIEWERS_MAX = 200
"""Streams at once; a hospital has some dozen screens."""
LOOK_S = 1.0
"""Between two looks: a change is on every screen within seconds (S89 asks for a minute)."""
HEARTBEAT_S = 10.0
"""A silent stream is told apart from a dead one; the page calls itself stale after 15 s."""
RETRY_MS = 3000
"""How long a browser waits before it connects again."""


class Live:
    """One watcher, many viewers."""

    def __init__(self, last_event: Callable[[], int]) -> None:
        self._last_event = last_event
        self._current: int | None = None
        self._changed = asyncio.Condition()
        self._viewers = 0
        self._is_watching = False
        self._watcher: asyncio.Task[None] | None = None

    def stream(self, seen: int) -> AsyncIterator[bytes] | None:
        """Return a viewer's stream, or None when there are too many."""
        return None if self._viewers >= VIEWERS_MAX else self._events(seen)

    async def _events(self, seen: int) -> AsyncIterator[bytes]:
        if self._viewers >= VIEWERS_MAX:  # many may have come between the answer and its body
            return
        self._viewers += 1
        self._ensure_watcher()
        try:
            yield f"retry: {RETRY_MS}\n\n".encode()
            while True:
                now = await self._next(seen)
                if not self._is_watching:
                    return
                if now is None or now == seen:
                    yield b"event: heartbeat\ndata: 0\n\n"
                    continue
                seen = now
                yield f"id: {now}\nevent: change\ndata: {now}\n\n".encode()
        finally:
            self._viewers -= 1

    async def _next(self, seen: int) -> int | None:
        """Return the current sequence as soon as it is not `seen`, or after the heartbeat.

        A sequence below `seen` is a change too: the store was restored from a copy.
        """
        async with self._changed:
            try:
                await asyncio.wait_for(
                    self._changed.wait_for(
                        lambda: not self._is_watching or self._current not in (None, seen)
                    ),
                    HEARTBEAT_S,
                )
            except TimeoutError:
                pass
            return self._current

    def _ensure_watcher(self) -> None:
        if not self._is_watching:
            self._is_watching = True
            self._current = None
            self._watcher = asyncio.create_task(self._watch())
            self._watcher.add_done_callback(_report)

    async def _watch(self) -> None:
        """Look at the journal while anybody is watching; ends for good when a look fails."""
        try:
            while self._viewers:
                found = await asyncio.to_thread(self._last_event)
                if found != self._current:
                    async with self._changed:
                        self._current = found
                        self._changed.notify_all()
                await asyncio.sleep(LOOK_S)
        finally:
            self._is_watching = False
            async with self._changed:
                self._changed.notify_all()


def _report(watcher: asyncio.Task[None]) -> None:
    error = None if watcher.cancelled() else watcher.exception()
    if error is not None:
        log.error("live.failed", error=type(error).__name__)
