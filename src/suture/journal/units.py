"""Units on their way to the one thread that writes, and their results on the way back.

In: units from any thread or event loop. Out: their results, after the commit. Refuses to know: how
a batch is committed; that is the driver's writer.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from suture.core.refusal import RefusalError
from suture.journal.contract import JournalFailedError, Tx

T = TypeVar("T")


class Pending:
    """One queued unit and where its result goes."""

    __slots__ = ("error", "future", "loop", "result", "unit")

    def __init__(
        self,
        unit: Callable[[Tx], Any],
        future: asyncio.Future[Any] | Future[Any],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.unit = unit
        self.future = future
        self.loop = loop
        self.result: Any = None
        self.error: BaseException | None = None


class UnitWriter(ABC):
    """The queue and the thread; a driver says what `_run` does with a batch."""

    def __init__(self, zone: str, *, batch_units_max: int, queue_units_max: int) -> None:
        self._batch_units_max = batch_units_max
        self._queue_units_max = queue_units_max
        self._queue: SimpleQueue[Pending | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._refused: JournalFailedError | None = None
        self._failure: JournalFailedError | None = None
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name=f"journal-{zone}", daemon=True)

    @property
    def is_failed(self) -> bool:
        """True when units are refused: after a fatal error or after `stop`."""
        return self._refused is not None

    @property
    def failure(self) -> JournalFailedError | None:
        """What ended the writing, if anything but `stop` did."""
        return self._failure

    def start(self) -> None:
        """Start the thread; raises what opening the connection raised."""
        self._thread.start()
        self._started.result()

    def write(self, unit: Callable[[Tx], T]) -> T:
        """Queue a unit and wait for its result."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("a unit may not write to its own journal: use its tx")
        future: Future[T] = Future()
        self._put(Pending(unit, future, None))
        return future.result()

    def submit(self, unit: Callable[[Tx], T]) -> asyncio.Future[T]:
        """Queue a unit from the running event loop."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(Pending(unit, future, loop))
        return future

    def stop(self) -> None:
        """Finish what is queued, close the connection, end the thread. May be called again."""
        with self._gate:
            if self._refused is None or self._refused.code != "store.closed":
                self._refused = JournalFailedError("store.closed", "the journal was closed")
                self._queue.put(None)
        self._thread.join()

    def _put(self, pending: Pending) -> None:
        with self._gate:
            if self._refused is not None:
                raise JournalFailedError(self._refused.code, "the journal takes no more units")
            if self._queue.qsize() >= self._queue_units_max:
                raise RefusalError("store.busy", "too many units are waiting; try again")
            self._queue.put(pending)

    @abstractmethod
    def _run(self) -> None:
        """Open the store, settle `_started`, commit batches until `_take` says that it ends."""

    @property
    def _has_failed(self) -> bool:
        return self._failure is not None

    def _take(self, idle_s: float | None = None) -> tuple[list[Pending], bool]:
        """Return what is queued, waiting for the first; False when the writer is to end."""
        try:
            first = self._queue.get(timeout=idle_s)
        except Empty:
            return [], True
        if first is None:
            return [], False
        batch = [first]
        try:
            while len(batch) < self._batch_units_max:
                pending = self._queue.get_nowait()
                if pending is None:
                    return batch, False
                batch.append(pending)
        except Empty:
            pass
        return batch, True

    def _give_up(self, batch: list[Pending], failure: JournalFailedError) -> None:
        """Refuse every unit from now on, those of the batch too."""
        with self._gate:
            self._failure = failure
            if self._refused is None:
                self._refused = failure
        end_with(batch, failure)


def end_with(batch: list[Pending], error: BaseException) -> None:
    """Let every unit of a batch end with one error."""
    for pending in batch:
        pending.result, pending.error = None, error


def answer(batch: list[Pending]) -> None:
    """Resolve the futures of a batch: one call into each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Pending]] = {}
    for pending in batch:
        if pending.loop is None:
            _resolve(pending)
        else:
            loops.setdefault(pending.loop, []).append(pending)
    for loop, those in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve_all, those)
        except RuntimeError:
            pass  # the loop was closed: nobody waits any more


def _resolve_all(batch: list[Pending]) -> None:
    for pending in batch:
        if not pending.future.done():
            _resolve(pending)


def _resolve(pending: Pending) -> None:
    error = pending.error
    if error is None:
        pending.future.set_result(pending.result)
    elif isinstance(error, StopIteration):
        # A future cannot carry StopIteration (PEP 479 gives the same answer).
        pending.future.set_exception(RuntimeError("a unit raised StopIteration"))
    else:
        pending.future.set_exception(error)
