"""Plays one exchange of an adapter: its requests, the answers it gets, what it makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from suture.core.outcome import Outcome
from suture.systems.adapter import Adapter, Encoded, WireRequest, WireResponse

AT = datetime(2027, 1, 4, 14, 5, tzinfo=UTC)

STATUSES = {
    **dict.fromkeys((300, 301, 302, 307, 308), "misconfigured"),
    **dict.fromkeys((401, 403, 404, 405), "misconfigured"),
    **dict.fromkeys((408, 429, 502, 503), "unavailable"),
    **dict.fromkeys((400, 406, 409, 410, 413, 415, 418, 422, 451), "refused"),
    **dict.fromkeys((500, 501, 504, 505, 599), "uncertain"),
    **dict.fromkeys((0, 100, 101, 600, 999), "uncertain"),
}
"""HTTP status -> kind of the outcome, for every class of statuses (decision: by next action)."""


class Numbers:
    """Durable counters that start at 42; remembers which were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, counter: str) -> int:
        self.asked.append(counter)
        return 41 + len(self.asked)


def no_number(counter: str) -> int:
    """Stands for the counters where none may be used."""
    raise AssertionError(f"a number of {counter} is used up")


def encoded(adapter: Adapter, kind: str, payload: bytes) -> Encoded:
    """Return the content of a command that uses no counter."""
    return adapter.encode(kind, payload, no_number, AT)


def play(
    adapter: Adapter, kind: str, content: bytes, control_id: str, answers: Iterable[WireResponse]
) -> tuple[list[WireRequest], Outcome]:
    """Return the requests and the outcome; every answer must be asked for, and no more."""
    exchange = adapter.exchange(kind, content, control_id)
    requests = [next(exchange)]
    for answer in answers:
        try:
            requests.append(exchange.send(answer))
        except StopIteration as end:
            outcome: Outcome = end.value
            return requests, outcome
    raise AssertionError("the exchange asks for more answers")


def kind_of(outcome: Outcome) -> str:
    """Return the kind of an outcome in lower case."""
    return type(outcome).__name__.lower()
