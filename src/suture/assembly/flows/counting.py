"""Counts and times what a flow's door takes, from the last byte to the answer.

In: a method of a door that takes one message. Out: the same method, counted once however doors call
each other. Refuses to know: content; refusals are counted where they are audited.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from suture.core.refusal import StoreFullError
from suture.orchestration.path.receive import Door

P = ParamSpec("P")
R = TypeVar("R")

_inside: ContextVar[bool] = ContextVar("inside", default=False)
LATER = frozenset({b"AE", b"CE"})
BAD = frozenset({b"AR", b"CR"})


class Counted(Protocol):
    """Something with the door of its zone and the name of its endpoint."""

    @property
    def name(self) -> str:
        """The endpoint."""

    @property
    def door(self) -> Door:
        """The door, with its clock and its pulse."""


S = TypeVar("S", bound=Counted)


def counted(
    take: Callable[Concatenate[S, P], Awaitable[R]],
) -> Callable[Concatenate[S, P], Awaitable[R]]:
    """Count what a door's method takes; the outermost of two counts."""

    @functools.wraps(take)
    async def taking(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if _inside.get():
            return await take(self, *args, **kwargs)
        door = self.door
        token, began_s = _inside.set(True), door.clock.monotonic()
        try:
            answer = await take(self, *args, **kwargs)
        except StoreFullError as full:
            door.pulse.received(self.name, full.code, is_bad=True)
            raise
        finally:
            _inside.reset(token)
        count_answer(door, self.name, began_s, answer)
        return answer

    return taking


def count_answer(door: Door, endpoint: str, began_s: float, answer: Any) -> None:
    """Count one answered message; an HL7 answer says by MSA-1 how it went."""
    said = ack_code(answer) if isinstance(answer, bytes) else b""
    if said in BAD:
        return
    seconds = door.clock.monotonic() - began_s
    if said in LATER:
        door.pulse.received(endpoint, "later", seconds, is_bad=True)
    else:
        door.pulse.received(endpoint, "taken", seconds)


def ack_code(answer: bytes) -> bytes:
    """Return MSA-1 of an acknowledgement of ours, empty when it has none."""
    at = answer.find(b"\rMSA")
    return answer[at + 5 : at + 7] if at >= 0 else b""
