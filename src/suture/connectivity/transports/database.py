"""What a database is to a flow: rows asked for, one statement carried out, and what went wrong.

In: statements with named parameters, values. Out: rows, nothing, or `DatabaseError` with what may
be done next. Refuses to know: what the rows mean. Work is done on threads of its own, so that a
database that stands still holds nobody else up; texts of a database are never passed on, since they
name values.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol, TypeVar

from suture.connectivity.sql_text import Statement
from suture.connectivity.transports.fault import Next, TransportFault

T = TypeVar("T")
Row = dict[str, Any]


class DatabaseError(TransportFault):
    """Why something was not done; holds a code and no text of the database."""


class Connection(Protocol):
    """One connection of a driver; used by one thread at a time, but for `interrupt`."""

    def rows(self, asked: Statement, values: Mapping[str, Any], limit: int) -> list[Row]:
        """Return at most `limit` rows."""

    def do(self, asked: Statement, values: Mapping[str, Any]) -> None:
        """Carry out one statement and commit; `maybe` when nobody knows whether it was."""

    def interrupt(self) -> None:
        """Let what another thread does here come to an end."""

    def close(self) -> None:
        """Let go of it."""


class DatabaseLink:
    """Connections that are opened when they are needed, each with a thread."""

    def __init__(self, connect: Callable[[], Connection], *, most: int, timeout_s: float) -> None:
        self._connect = connect
        self._timeout_s = timeout_s
        self._idle: list[Connection] = []
        self._room = asyncio.Semaphore(most)
        self._threads = ThreadPoolExecutor(most, thread_name_prefix="database")

    async def rows(self, asked: Statement, values: Mapping[str, Any], limit: int) -> list[Row]:
        """Return rows; raises DatabaseError."""
        return await self._use(lambda one: one.rows(asked, values, limit), "later")

    async def do(self, asked: Statement, values: Mapping[str, Any]) -> None:
        """Carry out one statement; raises DatabaseError."""
        await self._use(lambda one: one.do(asked, values), "maybe")

    async def _use(self, work: Callable[[Connection], T], late: Next) -> T:
        async with self._room:
            held: list[Connection] = [self._idle.pop()] if self._idle else []

            def task() -> T:
                if not held:
                    held.append(self._connect())
                return work(held[0])

            loop = asyncio.get_running_loop()
            running = loop.run_in_executor(self._threads, task)
            try:
                done = await asyncio.wait_for(asyncio.shield(running), self._timeout_s)
            except TimeoutError:
                await self._give_up(running, held)
                raise DatabaseError("database.timeout", late) from None
            except BaseException as error:
                is_usable = isinstance(error, DatabaseError) and error.next == "content"
                if held and not is_usable:
                    held.pop().close()
                self._idle += held
                raise
            self._idle += held
            return done

    async def _give_up(self, running: asyncio.Future[Any], held: list[Connection]) -> None:
        """Cut what takes too long; its thread ends with it, or when its connecting does."""
        for one in held:
            one.interrupt()
        await asyncio.wait([running], timeout=1.0)
        if running.done():
            running.exception()  # it is told as a time-out already
        for one in held:
            one.close()

    async def close(self) -> None:
        """Let go of every connection."""
        while self._idle:
            self._idle.pop().close()
        self._threads.shutdown(wait=False, cancel_futures=True)
