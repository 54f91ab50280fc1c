"""A Starlette application on a loopback port, and a ticker that drives a model by the clock.

In: an ASGI application; a tick function and the next due instant. Out: a running server; timely
ticks. Refuses to know: routes and models.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import uvicorn
from starlette.applications import Starlette

from suture.core.clock import SystemClock

START_TIMEOUT_S = 10.0
"""Binding a loopback port takes milliseconds; more means the machine is stuck."""
TICK_MIN_S = 0.002
"""Shortest wait between ticks, so that an overdue model does not spin."""
TICK_MAX_S = 0.25
"""Longest wait, so that a changed plan is seen soon."""
CONNECTIONS_MAX = 256
"""The hub uses a few connections; the bound keeps a runaway test from exhausting files."""


def watched(task: asyncio.Task[None]) -> asyncio.Task[None]:
    """Return the task; an error that ends it is written to stderr, not lost until the end."""

    def tell(done: asyncio.Task[None]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            traceback.print_exception(error, file=sys.stderr)

    task.add_done_callback(tell)
    return task


class LocalServer:
    """Uvicorn inside the running event loop; port 0 picks a free one."""

    def __init__(self, app: Starlette, host: str, port: int) -> None:
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            server_header=False,
            lifespan="off",
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=1,
        )
        self._server = _QuietServer(config)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self.host, self.port = self._socket.getsockname()[:2]
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Base address."""
        return f"http://{self.host}:{self.port}"

    async def start(self) -> None:
        """Serve; returns when requests are answered, raises TimeoutError otherwise."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
        async with asyncio.timeout(START_TIMEOUT_S):
            while not self._server.started:
                await asyncio.sleep(TICK_MIN_S)

    async def close(self) -> None:
        """Stop serving and wait for it."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._socket.close()


class _QuietServer(uvicorn.Server):
    """Leaves signals to the process that hosts it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class Ticker:
    """Calls `tick` whenever something is due in business time."""

    def __init__(
        self,
        clock: SystemClock,
        tick: Callable[[datetime], Awaitable[None]],
        next_due: Callable[[], datetime | None],
    ) -> None:
        self._clock = clock
        self._tick = tick
        self._next_due = next_due
        self._poked = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._task = watched(asyncio.create_task(self._run()))

    def poke(self) -> None:
        """Tick now: the plan has changed."""
        self._poked.set()

    async def close(self) -> None:
        """Stop ticking; raises what a tick raised."""
        if self._task is None:
            return
        self._task.cancel()
        try:
            await self._task
        except asyncio.CancelledError:
            pass

    async def _run(self) -> None:
        while True:
            self._poked.clear()
            await self._tick(self._clock.now())
            try:
                async with asyncio.timeout(self._wait_s()):
                    await self._poked.wait()
            except TimeoutError:
                pass

    def _wait_s(self) -> float:
        due = self._next_due()
        if due is None:
            return TICK_MAX_S
        wait = self._clock.business.wall_seconds(due - self._clock.now())
        return min(max(wait, TICK_MIN_S), TICK_MAX_S)
