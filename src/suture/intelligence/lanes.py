"""What waits for which destination, and what was given up.

In: snapshots of both zones, the flows' own words. Out: views, the longest queue first. Refuses to
know: content, and how to send anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from suture.intelligence.lineage import Readers
from suture.intelligence.view import DeadView, LaneView
from suture.journal.contract import PAGE_MAX, Reader
from suture.journal.record import Delivery, DeliveryState

GIVEN_UP = (DeliveryState.DEAD, DeliveryState.REFUSED)


def lanes(readers: Readers, flows: Sequence[dict[str, Any]], limit: int) -> list[LaneView]:
    """Return what has work or was given up, the most waiting first.

    `flows` are the running ones, which know pauses and circuits.
    """
    said = {one["name"]: one for flow in flows for one in flow["destinations"]}
    zones = (("clinical", readers.clinical), ("operations", readers.operations))
    found = [view for zone, reader in zones for view in _of_zone(zone, reader, said)]
    return sorted(found, key=lambda view: (-view.waiting, view.destination))[:limit]


def _of_zone(zone: str, reader: Reader, said: dict[str, Any]) -> Iterator[LaneView]:
    counts: dict[str, dict[str, int]] = {}
    for (destination, state), count in reader.count_deliveries().items():
        counts.setdefault(destination, {})[state] = count
    for destination, of in counts.items():
        waiting, sending = of.get("waiting", 0), of.get("sending", 0)
        given_up = sum(of.get(state.value, 0) for state in GIVEN_UP)
        about = said.get(destination, {})
        if not waiting and not sending and not given_up and not about.get("paused"):
            continue
        heads = reader.waiting_heads(destination)
        oldest = reader.delivery(heads.oldest_seq) if heads.oldest_seq else None
        yield LaneView(
            zone=zone,
            destination=destination,
            waiting=waiting,
            sending=sending,
            lanes=heads.lanes,
            oldest=oldest.created_at if oldest is not None else None,
            next_at_wall=heads.next_at_wall,
            given_up=given_up,
            is_paused=bool(about.get("paused")),
            is_circuit_open=bool(about.get("circuit_open")),
        )


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Which given-up deliveries are meant; empty is any."""

    destination: str = ""
    exchange: str = ""
    code: str = ""


def given_up(reader: Reader, wanted: GivenUp) -> Iterator[Delivery]:
    """Yield given-up deliveries, oldest first, the dead before the refused."""
    for state in GIVEN_UP:
        after = 0
        while page := reader.deliveries_in(state, PAGE_MAX, after):
            after = page[-1].seq
            for one in page:
                is_there = wanted.destination in ("", one.destination)
                is_same = wanted.exchange in ("", one.exchange) and wanted.code in ("", one.code)
                if is_there and is_same:
                    yield one


def dead(readers: Readers, wanted: GivenUp) -> Iterator[DeadView]:
    """Yield what was given up in both zones."""
    for zone, reader in (("clinical", readers.clinical), ("operations", readers.operations)):
        for one in given_up(reader, wanted):
            yield DeadView(
                zone=zone,
                seq=one.seq,
                destination=one.destination,
                kind=one.kind,
                exchange=one.exchange,
                state=one.state.value,
                code=one.code,
                attempts=one.attempts,
                settled_at=one.settled_at,
            )
