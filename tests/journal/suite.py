"""What every journal driver has to do, whichever database it stands on.

A driver's test module inherits `JournalContract` and says how a journal is opened. Expected values
are written by hand; every record is synthetic.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from suture.core.refusal import MisconfiguredError, RefusalError
from suture.journal.contract import (
    PAGE_MAX,
    Journal,
    JournalConflictError,
    JournalFailedError,
    Tx,
)
from suture.journal.record import (
    Admitted,
    Answer,
    ArrivalState,
    Attempt,
    Delivery,
    DeliveryState,
    Fact,
    Heads,
    Instance,
    KeyReused,
    Link,
    NewArrival,
    NewDelivery,
    NewEvent,
    Parked,
    Refusal,
    Replayed,
    Stage,
    Task,
    Timer,
    Transition,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def arrival(number: int = 1, **changes: Any) -> NewArrival:
    """Return a synthetic arrival; equal numbers share the transport key."""
    content = changes.pop("content", b"MSH|^~\\&|SYNTH|%d" % number)
    values: dict[str, Any] = {
        "exchange": f"x-{number}",
        "endpoint": "adt-in",
        "peer": "SYNTH-EHR",
        "format": "hl7v2",
        "transport_key": f"SYNTH|H|20260302|{number}",
        "control_id": f"C{number}",
        "digest": hashlib.sha256(content).digest(),
        "size_bytes": len(content),
        "content": content,
        "key_id": "k1",
        "ack": b"MSA|CA|%d" % number,
        "ack_code": "CA",
        "received_at": NOON,
    }
    return NewArrival(**{**values, **changes})


def event(name: str, machine: str = "W3", key: str = "po-1", **changes: Any) -> NewEvent:
    """Return a synthetic event."""
    values: dict[str, Any] = {"type": "order.placed", "time": NOON, "payload": b'{"n":1}'}
    return NewEvent(id=name, machine=machine, key=key, **{**values, **changes})


def instance(key: str = "po-1", rev: int = 1, **changes: Any) -> Instance:
    """Return a synthetic process instance."""
    values: dict[str, Any] = {
        "machine": "W3",
        "state": "OPEN",
        "definition": 1,
        "entered_at": NOON,
        "data": b"{}",
    }
    return Instance(key=key, rev=rev, **{**values, **changes})


def delivery(
    number: int = 1, lane: str = "a", destination: str = "erp", **changes: Any
) -> NewDelivery:
    """Return a synthetic delivery."""
    values: dict[str, Any] = {
        "id": f"d-{number}",
        "idempotency_key": f"i-{number}",
        "kind": "relay",
        "machine": "W3",
        "key": "po-1",
        "payload": b"{}",
        "created_at": NOON,
    }
    return NewDelivery(destination=destination, lane=lane, **{**values, **changes})


def task(name: str, **changes: Any) -> Task:
    """Return a synthetic open task."""
    values: dict[str, Any] = {
        "machine": "W3",
        "key": "po-1",
        "kind": "approve",
        "role": "buyer",
        "title": "Approve the order",
        "opened_at": NOON,
        "due_at": NOON + DAY,
        "data": b"{}",
    }
    return Task(id=name, **{**values, **changes})


def enqueue(journal: Journal, *those: NewDelivery, wall: datetime = NOON) -> list[int]:
    """Queue deliveries in one unit and return their sequences."""
    return journal.write(lambda tx: [tx.enqueue(each, wall) for each in those])


def claim(journal: Journal, wall: datetime = NOON, limit: int = 100, *names: str) -> list[str]:
    """Claim and return the ids."""
    places = names or ("erp", "lab")
    return [each.id for each in journal.write(lambda tx: tx.claim(wall, limit, places))]


def settle(
    journal: Journal, seq: int, state: DeliveryState, *, wall: datetime = NOON, **more: Any
) -> None:
    """Settle a delivery with an outcome named like the state."""
    journal.write(
        lambda tx: tx.settle_delivery(seq, state, at=wall, wall=wall, outcome=state.value, **more)
    )


def stored(journal: Journal, seq: int) -> Delivery:
    """Return a delivery that must exist."""
    with journal.read() as reader:
        found = reader.delivery(seq)
    assert found is not None
    return found


class Boom(Exception):
    """Raised by units on purpose."""


class JournalContract:
    """The suite; `open_journal` is the driver's."""

    schema = 3
    """The newest number of the driver's tables."""

    def open_journal(self, tmp_path: Path, zone: str = "operations") -> Journal:
        """Return a new, empty journal of a zone."""
        raise AssertionError("a driver's suite overrides this")

    @pytest.fixture
    def journal(self, tmp_path: Path) -> Iterator[Journal]:
        """Give an empty journal of the operations zone and close it afterwards."""
        journal = self.open_journal(tmp_path)
        yield journal
        journal.close()

    @pytest.fixture
    def clinical(self, tmp_path: Path) -> Iterator[Journal]:
        """Give an empty journal of the clinical zone and close it afterwards."""
        journal = self.open_journal(tmp_path / "clinical", "clinical")
        yield journal
        journal.close()

    # Settings, cursors, counters

    def test_zone_and_settings(self, journal: Journal) -> None:
        """A store knows its zone and schema, and keeps settings."""
        journal.write(lambda tx: tx.set_meta("clock", "1.0"))
        journal.write(lambda tx: tx.set_meta("clock", "2.0"))
        with journal.read() as reader:
            assert reader.meta("zone") == "operations" == journal.zone
            assert reader.meta("schema") == str(self.schema)
            assert reader.meta("clock") == "2.0"
            assert reader.meta("unheard-of") is None

    def test_cursor(self, journal: Journal) -> None:
        """A cursor starts at 0 and keeps the last value set."""
        journal.write(lambda tx: tx.set_cursor("translate", 7))
        journal.write(lambda tx: tx.set_cursor("translate", 9))
        with journal.read() as reader:
            assert (reader.cursor("translate"), reader.cursor("other")) == (9, 0)

    def test_counters_never_repeat(self, journal: Journal) -> None:
        """Control numbers count from 1 per name; an undone unit gives its number back."""

        def fails(tx: Tx) -> None:
            tx.next_number("x12.isa")
            raise Boom

        assert journal.write(lambda tx: [tx.next_number("x12.isa") for _ in range(3)]) == [1, 2, 3]
        with pytest.raises(Boom):
            journal.write(fails)
        assert journal.write(lambda tx: tx.next_number("x12.isa")) == 4
        assert journal.write(lambda tx: tx.next_number("x12.gs")) == 1

    # Arrivals

    def test_arrivals_are_found_by_endpoint_code_and_time(self, journal: Journal) -> None:
        """Newest first, within a span of sequences; an instant is turned into a sequence."""
        for number in range(1, 9):
            new = arrival(
                number,
                endpoint="odd" if number % 2 else "even",
                state=ArrivalState.FILTERED,
                code="flow.filtered" if number in (3, 4, 7) else "",
                received_at=NOON + timedelta(minutes=number),
            )
            journal.write(lambda tx, new=new: tx.admit(new))
        with journal.read() as reader:

            def found(**wanted: Any) -> list[int]:
                return [each.seq for each in reader.find_arrivals(9, **wanted)]

            assert found() == [8, 7, 6, 5, 4, 3, 2, 1]
            assert found(endpoint="odd") == [7, 5, 3, 1]
            assert found(code="flow.filtered") == [7, 4, 3]
            assert found(code="flow.filtered", endpoint="even") == [4]
            assert found(endpoint="odd", after=1, before=7) == [5, 3]
            assert found(endpoint="none") == found(code="none") == []
            assert [e.seq for e in reader.find_arrivals(2, endpoint="odd")] == [7, 5]
            assert reader.find_arrivals(1)[0].content == b""
            for minutes, last in ((0, 0), (1, 0), (1.5, 1), (5, 4), (8, 7), (99, 8)):
                assert reader.arrivals_before(NOON + timedelta(minutes=minutes)) == last

    def test_an_arrival_may_say_what_becomes_of_it(self, journal: Journal) -> None:
        """A flow knows before it stores: state and code are kept and counted as such."""
        new = arrival(state=ArrivalState.FILTERED, code="flow.filtered")
        journal.write(lambda tx: tx.admit(new))
        with journal.read() as reader:
            stored = reader.arrival(1)
        assert stored is not None
        assert (stored.state, stored.code) == (ArrivalState.FILTERED, "flow.filtered")
        assert journal.status().counts["arrival.filtered"] == 1

    def test_admit_stores_everything(self, journal: Journal) -> None:
        """An arrival comes back as it was handed in, RECEIVED."""
        new = arrival(1, content=bytes(range(256)))
        admitted = journal.write(lambda tx: tx.admit(new))
        assert admitted == Admitted(1)
        with journal.read() as reader:
            found = reader.arrival(1)
            assert found is not None
            assert reader.arrival_of_exchange("x-1") == found
            assert reader.arrival(2) is None
            assert reader.arrival_of_exchange("x-2") is None
        for name in NewArrival.__dataclass_fields__:
            assert getattr(found, name) == getattr(new, name), name
        assert (found.state, found.code, found.problems) == (ArrivalState.RECEIVED, "", b"[]")

    def test_same_key_same_body_is_replayed(self, journal: Journal) -> None:
        """A repeated message stores nothing and gets the earlier acknowledgement again."""
        journal.write(lambda tx: tx.admit(arrival(1)))
        again = arrival(1, exchange="x-again", ack=b"MSA|CA|other")
        assert journal.write(lambda tx: tx.admit(again)) == Replayed(1, b"MSA|CA|1")
        with journal.read() as reader:
            assert [each.exchange for each in reader.arrivals_after(0, 10)] == ["x-1"]

    def test_same_key_other_body_is_parked(self, journal: Journal) -> None:
        """A reused key with another body is kept parked, once, and acknowledged alike again."""
        journal.write(lambda tx: tx.admit(arrival(1)))
        other = arrival(1, exchange="x-b", content=b"other", ack=b"MSA|CA|b")
        assert journal.write(lambda tx: tx.admit(other)) == KeyReused(2, 1)
        repeated = replace(other, exchange="x-c")
        assert journal.write(lambda tx: tx.admit(repeated)) == Replayed(2, b"MSA|CA|b")
        with journal.read() as reader:
            parked = reader.arrival(2)
        assert parked is not None
        assert (parked.state, parked.code) == (ArrivalState.PARKED, "KEY_REUSE")

    def test_key_is_per_endpoint(self, journal: Journal) -> None:
        """The same transport key at another endpoint is another message."""
        journal.write(lambda tx: tx.admit(arrival(1)))
        elsewhere = arrival(1, exchange="x-2", endpoint="siu-in")
        assert journal.write(lambda tx: tx.admit(elsewhere)) == Admitted(2)

    def test_duplicate_inside_one_batch(self, journal: Journal) -> None:
        """A duplicate is seen although the first is not yet committed."""

        async def both() -> list[Any]:
            units = [journal.submit(lambda tx: tx.admit(arrival(1))) for _ in range(2)]
            return list(await asyncio.gather(*units))

        assert asyncio.run(both()) == [Admitted(1), Replayed(1, b"MSA|CA|1")]

    def test_settle_arrival(self, journal: Journal) -> None:
        """An arrival's fate is recorded; an unknown one is a broken invariant."""
        journal.write(lambda tx: tx.admit(arrival(1)))
        journal.write(
            lambda tx: tx.settle_arrival(1, ArrivalState.FAILED, "hl7.segment", b'["SCH-11"]')
        )
        with journal.read() as reader:
            found = reader.arrival(1)
        assert found is not None
        assert (found.state, found.code) == (ArrivalState.FAILED, "hl7.segment")
        assert found.problems == b'["SCH-11"]'
        with pytest.raises(JournalConflictError):
            journal.write(lambda tx: tx.settle_arrival(9, ArrivalState.FAILED))

    @pytest.mark.parametrize("state", list(ArrivalState))
    def test_every_arrival_state(self, journal: Journal, state: ArrivalState) -> None:
        """Each state is kept as itself and counted."""
        journal.write(lambda tx: tx.admit(arrival(1)))
        journal.write(lambda tx: tx.settle_arrival(1, state))
        with journal.read() as reader:
            found = reader.arrival(1)
        assert found is not None and found.state is state
        assert journal.status().counts[f"arrival.{state.value}"] == 1

    def test_arrival_lists(self, journal: Journal) -> None:
        """Arrivals are listed forwards with content and backwards without."""
        for number in range(1, 6):
            journal.write(lambda tx, n=number: tx.admit(arrival(n, control_id=f"C{n % 2}")))
        with journal.read() as reader:
            assert [each.seq for each in reader.arrivals_after(2, 2)] == [3, 4]
            recent = reader.recent_arrivals(2)
            assert [(each.seq, each.content) for each in recent] == [(5, b""), (4, b"")]
            assert [each.seq for each in reader.recent_arrivals(9, before=4)] == [3, 2, 1]
            assert [each.seq for each in reader.arrivals_of_control_id("C1", 9)] == [1, 3, 5]
            assert reader.arrivals_of_control_id("C1", 1)[0].content
            assert reader.arrivals_of_control_id("C7", 9) == []

    def test_refusals(self, journal: Journal) -> None:
        """What was refused at the door is kept, newest first, with its given sequence."""
        first = Refusal(
            endpoint="x12-in",
            peer="SYNTH-SUP",
            code="x12.segment-count",
            path="SE01",
            offset=12,
            size_bytes=99,
            digest=b"d" * 32,
            head=b"ISA",
            key_id="k1",
            at=NOON,
        )
        second = replace(first, offset=None, code="x12.charset")
        journal.write(lambda tx: [tx.record_refusal(each) for each in (first, second)])
        with journal.read() as reader:
            assert reader.refusals(9) == [replace(second, seq=2), replace(first, seq=1)]
            assert reader.refusals(9, before=2) == [replace(first, seq=1)]

    # Events

    def test_append_once(self, journal: Journal) -> None:
        """An event id is appended once; the second time the sequence is 0."""
        new = event("e-1", facility="F1", exchange="x-1", causation=3)
        later = NOON + SECOND
        assert journal.write(lambda tx: tx.append(new, later)) == 1
        assert journal.write(lambda tx: tx.append(replace(new, payload=b"2"), later)) == 0
        with journal.read() as reader:
            found = reader.event(1)
            assert found is not None
            assert reader.event(2) is None
            assert reader.last_event_seq() == 1
        for name in NewEvent.__dataclass_fields__:
            assert getattr(found, name) == getattr(new, name), name
        assert found.recorded == later

    def test_event_lists(self, journal: Journal) -> None:
        """Events are listed in order, overall and per instance."""
        with journal.read() as reader:
            assert reader.last_event_seq() == 0
        for number in range(1, 6):
            new = event(f"e-{number}", key=f"po-{number % 2}")
            assert journal.write(lambda tx, e=new: tx.append(e, NOON)) == number
        with journal.read() as reader:
            assert [each.seq for each in reader.events_after(1, 3)] == [2, 3, 4]
            assert [each.seq for each in reader.events_of("W3", "po-1", 2)] == [1, 3]
            assert reader.events_of("W3", "po-9", 2) == []
            assert reader.has_events("W3", "po-1")
            assert not reader.has_events("W3", "po-9")
            assert not reader.has_events("W9", "po-1")

    def test_events_of_exchange(self, journal: Journal) -> None:
        """The events one arrival led to are found, those without an arrival never."""
        for number, exchange in ((1, "x-1"), (2, ""), (3, "x-1")):
            new = event(f"e-{number}", exchange=exchange)
            journal.write(lambda tx, e=new: tx.append(e, NOON))
        with journal.read() as reader:
            assert [each.seq for each in reader.events_of_exchange("x-1", 9)] == [1, 3]
            assert [each.seq for each in reader.events_of_exchange("x-1", 1)] == [1]
            assert reader.events_of_exchange("", 9) == []

    # Instances

    def test_instance_revisions(self, journal: Journal) -> None:
        """An instance is written from the revision that was read, or not at all."""
        first = instance(data=b'{"a":1}', parent="case-1", facility="F1", due_at=NOON)
        journal.write(lambda tx: tx.put_instance(first))
        second = replace(first, rev=2, state="SENT", due_at=None, fired=b'{"t":1}')
        journal.write(lambda tx: tx.put_instance(second))
        for stale in (first, second, replace(first, rev=4), instance("po-2", rev=2)):
            with pytest.raises(JournalConflictError):
                journal.write(lambda tx, s=stale: tx.put_instance(s))
        with journal.read() as reader:
            assert reader.instance("W3", "po-1") == second
            assert reader.instance("W3", "po-2") is None
            assert reader.count_instances("W3") == {"SENT": 1}
            assert reader.count_instances("W5") == {}

    def test_instances_by_due(self, journal: Journal) -> None:
        """Instances are listed by (due, key), undated last, page by page."""
        those = [
            instance("b", due_at=NOON),
            instance("a", due_at=NOON),
            instance("c", due_at=NOON - SECOND),
            instance("d"),
            instance("e", machine="W5", due_at=NOON),
        ]
        journal.write(lambda tx: [tx.put_instance(each) for each in those])
        with journal.read() as reader:
            assert [each.key for each in reader.instances("W3", limit=9)] == list("cabd")
            assert [each.key for each in reader.instances("W3", limit=2)] == list("ca")
            page = reader.instances("W3", limit=2, after_key="a")
            assert [each.key for each in page] == list("bd")
            assert reader.instances("W3", limit=2, after_key="d") == []
            with pytest.raises(ValueError):
                reader.instances("W3", limit=2, after_key="e")

    def test_instances_filtered(self, journal: Journal) -> None:
        """State, parent, facility and due window narrow a list together."""
        those = [
            instance("a", state="OPEN", parent="p", facility="F1", due_at=NOON),
            instance("b", state="SENT", parent="p", facility="F2", due_at=NOON + DAY),
            instance("c", state="DONE", parent="q", facility="F1", due_at=NOON + 2 * DAY),
            instance("d", state="OPEN", parent="", facility="F1"),
        ]
        journal.write(lambda tx: [tx.put_instance(each) for each in those])
        cases: list[tuple[str, dict[str, Any]]] = [
            ("ad", {"states": ["OPEN"]}),
            ("abd", {"states": ["SENT", "OPEN", "SENT"]}),
            ("ab", {"parent": "p"}),
            ("d", {"parent": ""}),
            ("acd", {"facility": "F1"}),
            ("a", {"facility": "F1", "parent": "p"}),
            ("b", {"parent": "p", "states": ["SENT", "DONE"]}),
            ("c", {"facility": "F1", "states": ["DONE"]}),
            ("bc", {"due_from": NOON + DAY}),
            ("a", {"due_to": NOON + DAY}),
            ("b", {"due_from": NOON + DAY, "due_to": NOON + 2 * DAY}),
            ("", {"states": ["LOST"]}),
        ]
        with journal.read() as reader:
            for expected, filters in cases:
                found = reader.instances("W3", limit=9, **filters)
                assert [each.key for each in found] == list(expected), filters

    def test_instances_in_two_states_page_in_order(self, journal: Journal) -> None:
        """Several states are merged by due date before the page is cut."""
        those = [
            instance(f"k{n}", state=("OPEN", "SENT")[n % 2], due_at=NOON + n * SECOND)
            for n in range(6)
        ]
        journal.write(lambda tx: [tx.put_instance(each) for each in reversed(those)])
        with journal.read() as reader:
            first = reader.instances("W3", limit=3, states=["OPEN", "SENT"])
            rest = reader.instances("W3", limit=3, states=["OPEN", "SENT"], after_key="k2")
        assert [each.key for each in first + rest] == ["k0", "k1", "k2", "k3", "k4", "k5"]

    def test_transitions(self, journal: Journal) -> None:
        """Decisions are kept in order, per instance and per event."""
        first = Transition("W3", "po-1", 1, "W3.001", "", "OPEN", 4, "order.placed", NOON, b"{}")
        second = replace(first, rev=2, rule="W3.002", from_state="OPEN", event_seq=5)
        seqs = journal.write(lambda tx: [tx.record_transition(t) for t in (first, second)])
        assert seqs == [1, 2]
        with journal.read() as reader:
            both = [replace(first, seq=1), replace(second, seq=2)]
            assert reader.transitions_of("W3", "po-1", 9) == both
            assert reader.transitions_of("W3", "po-1", 1) == both[:1]
            assert reader.transitions_of_event(5) == both[1:]
            assert reader.transitions_of_event(6) == []

    # Timers

    def test_timers(self, journal: Journal) -> None:
        """A timer is set, moved, due in order and cleared."""
        slow = Timer("W3", "po-1", "ack", "order.ack-overdue", NOON + DAY)
        fast = Timer("W3", "po-2", "ack", "order.ack-overdue", NOON)
        with journal.read() as reader:
            assert reader.next_timer_due() is None
        journal.write(lambda tx: [tx.set_timer(each) for each in (slow, fast)])
        assert journal.write(lambda tx: tx.due_timers(NOON, 9)) == [fast]
        assert journal.write(lambda tx: tx.due_timers(NOON + DAY, 9)) == [fast, slow]
        assert journal.write(lambda tx: tx.due_timers(NOON + DAY, 1)) == [fast]
        moved = replace(fast, due=NOON + 2 * DAY)
        journal.write(lambda tx: tx.set_timer(moved))
        with journal.read() as reader:
            assert reader.next_timer_due() == NOON + DAY
            assert reader.timers_of("W3", "po-2") == [moved]
        journal.write(lambda tx: tx.clear_timer("W3", "po-1", "ack"))
        journal.write(lambda tx: tx.clear_timer("W3", "po-1", "ack"))
        with journal.read() as reader:
            assert reader.timers_of("W3", "po-1") == []
            assert reader.next_timer_due() == NOON + 2 * DAY

    # Parked events

    def test_park_and_unpark(self, journal: Journal) -> None:
        """Events for an unknown instance wait and are handed over once, oldest first."""

        def park(tx: Tx) -> None:
            for number, key in ((1, "po-1"), (2, "po-2"), (3, "po-1")):
                seq = tx.append(event(f"e-{number}", key=key), NOON)
                tx.park(seq, "W3", key, NOON + number * SECOND)

        journal.write(park)
        assert [e.id for e in journal.write(lambda tx: tx.unpark("W3", "po-1"))] == ["e-1", "e-3"]
        assert journal.write(lambda tx: tx.unpark("W3", "po-1")) == []
        assert journal.write(lambda tx: tx.overdue_parked(NOON + SECOND, 9)) == []
        with journal.read() as reader:
            late = reader.event(2)
        assert late is not None
        overdue = journal.write(lambda tx: tx.overdue_parked(NOON + DAY, 9))
        assert overdue == [Parked(late, NOON + 2 * SECOND)]
        assert journal.write(lambda tx: tx.overdue_parked(NOON + DAY, 9)) == []

    # Tasks

    def test_tasks(self, journal: Journal) -> None:
        """A task is opened once and closed once, with who and how."""
        those = [task("t-1"), task("t-2", role="nurse", due_at=None), task("t-3", key="po-2")]
        journal.write(lambda tx: [tx.open_task(each) for each in those])
        journal.write(lambda tx: tx.open_task(task("t-1", title="another")))
        end = {"at": NOON + DAY, "by": "u-1", "resolution": "approved"}
        assert journal.write(lambda tx: tx.close_task("t-1", **end)) is True
        assert journal.write(lambda tx: tx.close_task("t-1", **end)) is False
        assert journal.write(lambda tx: tx.close_task("t-9", **end)) is False
        closed = replace(
            those[0], is_open=False, closed_at=NOON + DAY, closed_by="u-1", resolution="approved"
        )
        with journal.read() as reader:
            assert reader.task("t-1") == closed
            assert reader.task("t-2") == those[1]
            assert reader.task("t-9") is None
            assert reader.tasks(is_open=True, limit=9) == [those[1], those[2]]
            assert reader.tasks(is_open=True, limit=1) == [those[1]]
            assert reader.tasks(is_open=False, limit=9) == [closed]
            assert reader.tasks(is_open=None, limit=9) == [closed, those[1], those[2]]
            assert reader.tasks(is_open=True, limit=9, role="buyer") == [those[2]]
            assert reader.tasks(is_open=None, limit=9, role="buyer") == [closed, those[2]]
            assert reader.tasks_of("W3", "po-1") == [closed, those[1]]

    # Deliveries and lanes

    def test_enqueue_once(self, journal: Journal) -> None:
        """An idempotency key queues once; the delivery comes back as handed in, WAITING."""
        new = delivery(1, exchange="x-1", content=b"bytes", content_key_id="k1", causation=4)
        assert enqueue(journal, new, replace(new, id="d-2")) == [1, 0]
        found = stored(journal, 1)
        for name in NewDelivery.__dataclass_fields__:
            assert getattr(found, name) == getattr(new, name), name
        assert (found.state, found.attempts, found.next_at_wall) == (
            DeliveryState.WAITING,
            0,
            NOON,
        )
        assert (found.control_id, found.settled_at, found.code, found.facts) == (
            "",
            None,
            "",
            b"{}",
        )
        with journal.read() as reader:
            assert reader.delivery_of_key("i-1") == found
            assert reader.delivery_of_key("i-2") is None
            assert reader.delivery(2) is None
            assert reader.deliveries_of("W3", "po-1", 9) == [found]
            assert reader.deliveries_of_exchange("x-1", 9) == [found]
            assert reader.deliveries_of_exchange("x-2", 9) == []

    def test_one_in_flight_per_lane_in_order(self, journal: Journal) -> None:
        """A lane gives its next delivery only after the one before is settled."""
        seqs = enqueue(journal, delivery(1), delivery(2), delivery(3, "b"), delivery(4))
        assert claim(journal) == ["d-1", "d-3"]
        assert claim(journal) == []
        settle(journal, seqs[0], DeliveryState.DELIVERED)
        assert claim(journal) == ["d-2"]
        settle(journal, seqs[2], DeliveryState.DELIVERED)
        assert claim(journal) == []
        settle(journal, seqs[1], DeliveryState.DEAD)
        assert claim(journal) == ["d-4"]

    def test_same_lane_name_elsewhere_is_another_lane(self, journal: Journal) -> None:
        """Order holds per destination and lane."""
        enqueue(journal, delivery(1), delivery(2, destination="lab"))
        assert claim(journal) == ["d-1", "d-2"]

    def test_claim_only_named_destinations(self, journal: Journal) -> None:
        """A destination that is not asked for gives nothing (an open circuit costs nothing)."""
        enqueue(journal, delivery(1), delivery(2, destination="lab"))
        assert claim(journal, NOON, 9, "lab", "lab") == ["d-2"]
        assert journal.write(lambda tx: tx.claim(NOON, 9, [])) == []

    def test_claim_by_priority_then_sequence(self, journal: Journal) -> None:
        """STAT heads go first; inside a lane the order stays."""
        enqueue(
            journal,
            delivery(1, "a", priority=5),
            delivery(2, "b", priority=0),
            delivery(3, "c", priority=5, destination="lab"),
            delivery(4, "d", priority=0, destination="lab"),
            delivery(5, "a", priority=0),
        )
        assert claim(journal, NOON, 3) == ["d-2", "d-4", "d-1"]
        assert claim(journal, NOON, 3) == ["d-3"]

    def test_old_keys_are_forgotten(self, journal: Journal) -> None:
        """After 35 days a transport key may be used again; the arrivals stay (spec 2.0.2)."""
        later = NOON + 10 * DAY
        journal.write(lambda tx: tx.admit(arrival(1)))
        reused = arrival(1, exchange="x-r", content=b"other")
        journal.write(lambda tx: tx.admit(reused))
        journal.write(lambda tx: tx.admit(arrival(2, received_at=later)))
        assert journal.write(lambda tx: tx.forget_keys(NOON)) == 0
        assert journal.write(lambda tx: tx.forget_keys(NOON + DAY)) == 2
        assert journal.write(lambda tx: tx.forget_keys(NOON + DAY)) == 0
        anew = arrival(1, exchange="x-n", received_at=later)
        assert journal.write(lambda tx: tx.admit(anew)) == Admitted(4)
        assert journal.write(lambda tx: tx.admit(arrival(2, exchange="x-m"))) == Replayed(
            3, b"MSA|CA|2"
        )
        with journal.read() as reader:
            assert len(reader.arrivals_after(0, 9)) == 4

    def test_an_answer_is_kept_with_its_try(self, journal: Journal) -> None:
        """What a destination answered stands beside outcome and code of that try."""
        journal.write(lambda tx: tx.enqueue(delivery(1), NOON))
        journal.write(lambda tx: tx.claim(NOON, 1, ["erp"]))
        told = Answer(b"sealed", "k1", 70_000)
        journal.write(
            lambda tx: tx.settle_delivery(
                1,
                DeliveryState.DELIVERED,
                at=NOON,
                wall=NOON,
                outcome="accepted",
                code="accepted",
                answer=told,
            )
        )
        with journal.read() as reader:
            (only,) = reader.attempts_of(1)
        assert (only.answer, only.answer_key, only.answer_bytes) == (b"sealed", "k1", 70_000)

    def test_stages_are_kept_in_order(self, journal: Journal) -> None:
        """What each step made stands under its message in the order of the flow."""
        two = Stage("x-1", 2, "step 2 set", b"d2", 7, True, "k1", b"E1")
        one = Stage("x-1", 1, "step 1 map", b"d1", 5, False, "k1", b"whole")
        journal.write(lambda tx: (tx.keep_stage(two), tx.keep_stage(one)))
        with journal.read() as reader:
            assert reader.stages_of("x-1") == [one, two]
            assert reader.stages_of("x-2") == []

    def test_a_message_is_removed_with_all_that_was_made_of_it(self, journal: Journal) -> None:
        """Arrival, key, index entries, stages, deliveries and tries go; the events stay."""

        def unit(tx: Tx) -> None:
            for number in (1, 2):
                tx.admit(arrival(number))
                tx.settle_arrival(number, ArrivalState.TRANSLATED)
                tx.enqueue(delivery(number, exchange=f"x-{number}"), NOON)
                tx.add_alias("meta", "visit", "", f"x-{number}")
                tx.keep_stage(Stage(f"x-{number}", 1, "step", b"d", 1, False, "", b"s"))
            tx.append(event("e-1", exchange="x-1"), NOON)
            tx.withdraw("i-1", NOON)

        journal.write(unit)
        assert journal.write(lambda tx: tx.remove_message(1)) is True
        assert journal.write(lambda tx: tx.remove_message(1)) is False
        with journal.read() as reader:
            assert reader.arrival_of_exchange("x-1") is None
            assert reader.deliveries_of_exchange("x-1", 9) == []
            assert reader.attempts_of(1) == []
            assert reader.stages_of("x-1") == []
            assert reader.newest_aliases("meta", "visit", 9) == ["x-2"]
            assert [e.id for e in reader.events_of_exchange("x-1", 9)] == ["e-1"]
            assert reader.arrival(2) is not None
            assert reader.count_deliveries() == {("erp", "waiting"): 1}
        assert journal.status().counts["arrival.translated"] == 1
        assert journal.write(lambda tx: tx.admit(arrival(1))) == Admitted(3)

    def test_what_is_needed_is_not_removed(self, journal: Journal) -> None:
        """A waiting or sending delivery keeps its message; so does being the newest."""

        def unit(tx: Tx) -> None:
            for number in (1, 2, 3):
                tx.admit(arrival(number))
            for number in (1, 2):
                tx.enqueue(delivery(number, lane=str(number), exchange=f"x-{number}"), NOON)

        journal.write(unit)
        assert journal.write(lambda tx: tx.remove_message(1)) is False  # waits
        journal.write(lambda tx: tx.claim(NOON, 2, ["erp"]))
        assert journal.write(lambda tx: tx.remove_message(1)) is False  # on the wire
        for seq in (1, 2):
            journal.write(
                lambda tx, seq=seq: tx.settle_delivery(
                    seq, DeliveryState.DELIVERED, at=NOON, wall=NOON, outcome="accepted"
                )
            )
        assert journal.write(lambda tx: tx.remove_message(1)) is True
        assert journal.write(lambda tx: tx.remove_message(2)) is False  # the newest delivery
        assert journal.write(lambda tx: tx.remove_message(3)) is False  # the newest arrival
        with journal.read() as reader:
            assert [a.seq for a in reader.arrivals_after(0, 9)] == [2, 3]
            assert reader.delivery_states("x-2") == {DeliveryState.DELIVERED: 1}

    def test_refusals_are_removed_but_the_newest(self, journal: Journal) -> None:
        """The audit rows of what was refused go by age; the newest keeps its number."""
        for code in ("a", "b"):
            row = Refusal("adt-in", "p", code, "", None, 1, b"", b"", "", NOON)
            journal.write(lambda tx, row=row: tx.record_refusal(row))
        with journal.read() as reader:
            assert [r.code for r in reader.refusals_after(0, 9)] == ["a", "b"]
        assert journal.write(lambda tx: tx.remove_refusal(1)) is True
        assert journal.write(lambda tx: tx.remove_refusal(2)) is False
        with journal.read() as reader:
            assert [r.code for r in reader.refusals(9)] == ["b"]

    def test_endpoints_are_listed_once(self, journal: Journal) -> None:
        """Each endpoint that took a message, in order; a page at a time."""
        for number, name in enumerate(("b", "a", "b", "c"), 1):
            journal.write(lambda tx, n=number, e=name: tx.admit(arrival(n, endpoint=e)))
        with journal.read() as reader:
            assert reader.endpoints(2) == ["a", "b"]
            assert reader.endpoints(9, after="b") == ["c"]

    def test_claim_opens_an_attempt(self, journal: Journal) -> None:
        """A claimed delivery is SENDING with an open attempt; settling closes it."""
        (seq,) = enqueue(journal, delivery(1))
        (taken,) = journal.write(lambda tx: tx.claim(NOON, 1, ["erp"]))
        assert (taken.state, taken.attempts) == (DeliveryState.SENDING, 1)
        with journal.read() as reader:
            assert reader.attempts_of(seq) == [Attempt(seq, 1, NOON, None, "", "")]
        later = NOON + SECOND
        settle(
            journal, seq, DeliveryState.REFUSED, wall=later, code="erp.closed", facts=b'{"n":"7"}'
        )
        found = stored(journal, seq)
        assert (found.state, found.code, found.facts) == (
            DeliveryState.REFUSED,
            "erp.closed",
            b'{"n":"7"}',
        )
        assert found.settled_at == later
        with journal.read() as reader:
            assert reader.attempts_of(seq) == [
                Attempt(seq, 1, NOON, later, "refused", "erp.closed")
            ]

    def test_retry_blocks_its_own_lane_only(self, journal: Journal) -> None:
        """A head that waits for its next try holds back its lane, no other."""
        seqs = enqueue(journal, delivery(1), delivery(2), delivery(3, "b"))
        claim(journal)
        settle(
            journal,
            seqs[0],
            DeliveryState.WAITING,
            code="net.down",
            next_at_wall=NOON + 10 * SECOND,
        )
        settle(journal, seqs[2], DeliveryState.DELIVERED)
        assert claim(journal, NOON + 9 * SECOND) == []
        assert stored(journal, seqs[0]).next_at_wall == NOON + 10 * SECOND
        enqueue(journal, delivery(4, "b"))
        assert claim(journal, NOON + 9 * SECOND) == ["d-4"]
        assert claim(journal, NOON + 10 * SECOND) == ["d-1"]
        settle(journal, seqs[0], DeliveryState.DELIVERED, wall=NOON + 11 * SECOND)
        assert claim(journal, NOON + 11 * SECOND) == ["d-2"]
        with journal.read() as reader:
            assert [each.number for each in reader.attempts_of(seqs[0])] == [1, 2]
        assert stored(journal, seqs[0]).attempts == 2

    def test_settle_refuses_nonsense(self, journal: Journal) -> None:
        """SENDING is set by a claim only, WAITING needs its instant, a final state stays."""
        (seq,) = enqueue(journal, delivery(1))
        claim(journal)
        with pytest.raises(ValueError):
            settle(journal, seq, DeliveryState.SENDING)
        with pytest.raises(ValueError):
            settle(journal, seq, DeliveryState.WAITING)
        with pytest.raises(ValueError):
            settle(journal, seq, DeliveryState.DEAD, next_at_wall=NOON)
        settle(journal, seq, DeliveryState.DELIVERED)
        with pytest.raises(JournalConflictError):
            settle(journal, seq, DeliveryState.DEAD)
        with pytest.raises(JournalConflictError):
            settle(journal, 99, DeliveryState.DEAD)
        with pytest.raises(JournalConflictError):
            journal.write(lambda tx: tx.set_delivery_content(99, b"", "", ""))

    def test_uncertain_is_settled_after_asking(self, journal: Journal) -> None:
        """An uncertain delivery does not block its lane and is settled later without a new try."""
        seqs = enqueue(journal, delivery(1), delivery(2))
        claim(journal)
        settle(journal, seqs[0], DeliveryState.UNCERTAIN, code="net.timeout")
        assert claim(journal) == ["d-2"]
        settle(journal, seqs[0], DeliveryState.DELIVERED, wall=NOON + DAY)
        assert stored(journal, seqs[0]).state is DeliveryState.DELIVERED
        with journal.read() as reader:
            (only,) = reader.attempts_of(seqs[0])
        assert (only.ended_wall, only.outcome) == (NOON, "uncertain")

    @pytest.mark.parametrize(
        "state", [DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.DEAD]
    )
    def test_requeue_takes_the_old_place(self, journal: Journal, state: DeliveryState) -> None:
        """A requeued delivery goes before the later ones of its lane, with the same bytes."""
        seqs = enqueue(journal, delivery(1, content=b"same"), delivery(2), delivery(3))
        claim(journal)
        settle(journal, seqs[0], state)
        journal.write(lambda tx: tx.requeue_delivery(seqs[0], NOON))
        found = stored(journal, seqs[0])
        assert (found.state, found.content, found.settled_at) == (
            DeliveryState.WAITING,
            b"same",
            None,
        )
        assert claim(journal) == ["d-1"]
        settle(journal, seqs[0], DeliveryState.DELIVERED)
        assert claim(journal) == ["d-2"]

    def test_requeue_behind_one_in_flight(self, journal: Journal) -> None:
        """A requeued delivery waits while a later one is on the wire, then goes first."""
        seqs = enqueue(journal, delivery(1), delivery(2), delivery(3))
        claim(journal)
        settle(journal, seqs[0], DeliveryState.DEAD)
        assert claim(journal) == ["d-2"]
        journal.write(lambda tx: tx.requeue_delivery(seqs[0], NOON))
        assert claim(journal) == []
        settle(journal, seqs[1], DeliveryState.WAITING, next_at_wall=NOON)
        assert claim(journal) == ["d-1"]
        settle(journal, seqs[0], DeliveryState.DELIVERED)
        assert claim(journal) == ["d-2"]

    def test_requeue_refuses_other_states(self, journal: Journal) -> None:
        """Only what was given up can be put back."""
        (seq,) = enqueue(journal, delivery(1))
        for _ in range(2):
            with pytest.raises(JournalConflictError):
                journal.write(lambda tx: tx.requeue_delivery(seq, NOON))
            claim(journal)
        settle(journal, seq, DeliveryState.DELIVERED)
        with pytest.raises(JournalConflictError):
            journal.write(lambda tx: tx.requeue_delivery(seq, NOON))

    def test_withdraw(self, journal: Journal) -> None:
        """What still waits is withdrawn and frees its lane; what is sent is not."""
        seqs = enqueue(journal, delivery(1), delivery(2), delivery(3))
        assert journal.write(lambda tx: tx.withdraw("i-1", NOON)) is True
        assert journal.write(lambda tx: tx.withdraw("i-1", NOON)) is False
        assert journal.write(lambda tx: tx.withdraw("i-9", NOON)) is False
        assert claim(journal) == ["d-2"]
        assert journal.write(lambda tx: tx.withdraw("i-2", NOON)) is False
        assert journal.write(lambda tx: tx.withdraw("i-3", NOON)) is True
        settle(journal, seqs[1], DeliveryState.DELIVERED)
        assert claim(journal) == []
        assert stored(journal, seqs[0]).state is DeliveryState.WITHDRAWN
        with pytest.raises(JournalConflictError):
            settle(journal, seqs[0], DeliveryState.DELIVERED)

    def test_set_content(self, journal: Journal) -> None:
        """Encoded bytes and control id are stored and found; the newest one wins."""
        seqs = enqueue(journal, delivery(1), delivery(2, "b"))
        for seq in seqs:
            journal.write(lambda tx, s=seq: tx.set_delivery_content(s, b"ISA*", "k2", "000000001"))
        found = stored(journal, seqs[1])
        assert (found.content, found.content_key_id) == (b"ISA*", "k2")
        with journal.read() as reader:
            assert reader.delivery_of_control_id("erp", "000000001") == found
            assert reader.delivery_of_control_id("lab", "000000001") is None
            assert reader.delivery_of_control_id("erp", "") is None

    def test_interrupted(self, journal: Journal) -> None:
        """What was on the wire when a process died is handed out at the next start."""
        seqs = enqueue(journal, delivery(1), delivery(2), delivery(3, "b"))
        assert journal.write(lambda tx: tx.interrupted()) == []
        claim(journal)
        found = journal.write(lambda tx: tx.interrupted())
        assert [each.seq for each in found] == [seqs[0], seqs[2]]
        settle(journal, seqs[0], DeliveryState.UNCERTAIN, code="process.died")
        assert [e.seq for e in journal.write(lambda tx: tx.interrupted())] == [seqs[2]]

    def test_heads_of_a_destination(self, journal: Journal) -> None:
        """Lanes with work, the oldest of them, and when the next try is."""
        enqueue(journal, delivery(1), delivery(2), delivery(3, "b"), delivery(4, "b", "lab"))
        (first, other) = journal.write(lambda tx: tx.claim(NOON, 9, ["erp"]))
        later = NOON + timedelta(minutes=3)
        settle(journal, first.seq, DeliveryState.WAITING, next_at_wall=later)
        settle(journal, other.seq, DeliveryState.WAITING, next_at_wall=later + timedelta(hours=1))
        with journal.read() as reader:
            assert reader.waiting_heads("erp") == Heads(2, first.seq, later)
            assert reader.waiting_heads("lab").lanes == 1
            assert reader.waiting_heads("none") == Heads(0, 0, None)

    def test_nothing_waits_beyond_a_clock_that_was_set_back(self, journal: Journal) -> None:
        """A head, one behind it and a repetition are due at the new time, and shown so."""
        enqueue(journal, delivery(1), delivery(2), delivery(3, "b"))
        (first, other) = journal.write(lambda tx: tx.claim(NOON, 9, ["erp"]))
        later = NOON + timedelta(hours=5)
        settle(journal, other.seq, DeliveryState.WAITING, next_at_wall=later)
        settle(journal, first.seq, DeliveryState.DELIVERED)
        early = NOON - timedelta(hours=1)
        assert journal.write(lambda tx: tx.claim(early, 9, ["erp"])) == []
        journal.write(lambda tx: tx.hasten(early))
        found = journal.write(lambda tx: tx.claim(early, 9, ["erp"]))
        assert [each.id for each in found] == ["d-2", "d-3"]
        assert {each.next_at_wall for each in found} == {early}

    def test_delivery_counts_and_lists(self, journal: Journal) -> None:
        """Counts follow every change of state, inside a unit and after it."""
        enqueue(journal, delivery(1), delivery(2), delivery(3, destination="lab"))

        def unit(tx: Tx) -> dict[tuple[str, str], int]:
            tx.claim(NOON, 9, ["erp"])
            return tx.count_deliveries()

        expected = {("erp", "sending"): 1, ("erp", "waiting"): 1, ("lab", "waiting"): 1}
        assert journal.write(unit) == expected
        with journal.read() as reader:
            assert reader.count_deliveries() == expected
            waiting = reader.deliveries_in(DeliveryState.WAITING, 9)
            assert [each.id for each in waiting] == ["d-2", "d-3"]
            assert [d.id for d in reader.deliveries_in(DeliveryState.WAITING, 1)] == ["d-2"]
            assert reader.deliveries_in(DeliveryState.DEAD, 9) == []

    def test_long_blocked_lane_stays_cheap(self, journal: Journal) -> None:
        """A thousand deliveries behind a blocked head do not hide another lane's one."""
        enqueue(journal, *(delivery(n) for n in range(1, 1001)), delivery(2000, "b"))
        assert claim(journal) == ["d-1", "d-2000"]
        assert claim(journal) == []

    # Facts, links, aliases, vault

    def test_fact_versions(self, journal: Journal) -> None:
        """A fact changes with a higher version only (spec 2.0.2)."""
        first = Fact("stock", "F1|SKU1", 3, b'{"n":5}', NOON, "erp")
        newer = replace(first, version=4, value=b'{"n":4}', as_of=NOON + DAY)
        put = [first, replace(first, value=b"x"), replace(first, version=2), newer]
        assert [journal.write(lambda tx, f=fact: tx.put_fact(f)) for fact in put] == [
            True,
            False,
            False,
            True,
        ]
        other = Fact("stock", "F1|SKU2", 1, b"{}", NOON, "erp")
        journal.write(lambda tx: tx.put_fact(other))
        with journal.read() as reader:
            assert reader.fact("stock", "F1|SKU1") == newer
            assert reader.fact("price", "F1|SKU1") is None
            assert reader.facts("stock", limit=9) == [newer, other]
            assert reader.facts("stock", limit=1) == [newer]
            assert reader.facts("stock", limit=9, after_key="F1|SKU1") == [other]

    def test_links(self, journal: Journal) -> None:
        """Lineage is walked both ways; the same edge is stored once."""
        edges = [
            Link("W1", "case-1", "W2", "line-1"),
            Link("W2", "line-1", "W3", "po-1"),
            Link("W2", "line-2", "W3", "po-1"),
        ]
        journal.write(lambda tx: [tx.link(each) for each in edges + edges])
        with journal.read() as reader:
            assert reader.parents_of("W3", "po-1") == edges[1:]
            assert reader.children_of("W2", "line-1") == [edges[1]]
            assert reader.children_of("W3", "po-1") == []

    def test_aliases(self, journal: Journal) -> None:
        """A business number names instances, of one kind or of any."""

        def add(tx: Tx) -> None:
            tx.add_alias("po", "4500001", "W3", "po-1")
            tx.add_alias("po", "4500001", "W3", "po-1")
            tx.add_alias("po", "4500001", "W5", "inv-1")
            tx.add_alias("asn", "4500001", "W4", "asn-1")

        journal.write(add)
        with journal.read() as reader:
            assert reader.aliases("po", "4500001") == [("W3", "po-1"), ("W5", "inv-1")]
            assert reader.newest_aliases("po", "4500001", 9) == []
        for key in ("0190-2", "0190-1", "0190-3"):
            journal.write(lambda tx, key=key: tx.add_alias("meta", "b1", "", key))
        with journal.read() as reader:
            assert reader.newest_aliases("meta", "b1", 2) == ["0190-3", "0190-2"]
            assert reader.newest_aliases("meta", "b2", 2) == []
            assert reader.aliases("po", "1") == []
            assert reader.alias_kinds("4500001") == [
                ("asn", "W4", "asn-1"),
                ("po", "W3", "po-1"),
                ("po", "W5", "inv-1"),
            ]

    def test_vault(self, clinical: Journal) -> None:
        """A token is found by its blind index; another token for the same index is refused."""
        blind = b"b" * 32

        def put(value: str) -> None:
            clinical.write(lambda tx: tx.put_vault("case", blind, value, b"sealed", "k1"))

        put("token-1")
        put("token-1")
        with pytest.raises(JournalConflictError):
            put("token-2")
        with clinical.read() as reader:
            assert reader.vault("case", blind) == "token-1"
            assert reader.vault("patient", blind) is None

    def test_no_vault_in_operations(self, journal: Journal) -> None:
        """The operations zone keeps no tokens (plan D7)."""
        with pytest.raises(MisconfiguredError) as caught:
            journal.write(lambda tx: tx.put_vault("case", b"b", "t", b"s", "k"))
        assert caught.value.code == "store.vault-zone"
        with journal.read() as reader:
            assert reader.vault("case", b"b") is None

    # Units, batches, snapshots

    def test_a_raising_unit_undoes_itself_only(self, journal: Journal) -> None:
        """Units queued together commit together; the one that raises leaves no trace."""

        def fails(tx: Tx) -> None:
            tx.admit(arrival(2))
            tx.put_instance(instance("po-2"))
            raise Boom

        async def three() -> list[Any]:
            units = [
                journal.submit(lambda tx: tx.admit(arrival(1))),
                journal.submit(fails),
                journal.submit(lambda tx: tx.admit(arrival(3))),
            ]
            return list(await asyncio.gather(*units, return_exceptions=True))

        first, second, third = asyncio.run(three())
        assert (first, third) == (Admitted(1), Admitted(2))
        assert isinstance(second, Boom)
        with journal.read() as reader:
            found = [each.exchange for each in reader.arrivals_after(0, 9)]
            assert found == ["x-1", "x-3"]
            assert reader.count_instances("W3") == {}
        assert journal.status().counts["arrival.received"] == 2

    def test_a_lone_raising_unit_leaves_nothing(self, journal: Journal) -> None:
        """A unit that raises alone in its batch is undone, counts included."""

        def fails(tx: Tx) -> None:
            tx.admit(arrival(1))
            tx.enqueue(delivery(1), NOON)
            raise Boom

        with pytest.raises(Boom):
            journal.write(fails)
        with journal.read() as reader:
            assert reader.arrivals_after(0, 9) == []
            assert reader.count_deliveries() == {}

    def test_a_violated_constraint_undoes_the_unit(self, journal: Journal) -> None:
        """Two arrivals under one exchange id are a broken invariant: the second is not stored."""
        journal.write(lambda tx: tx.admit(arrival(1)))
        with pytest.raises(Exception, match=r"(?i)unique"):
            journal.write(lambda tx: tx.admit(arrival(2, exchange="x-1")))
        assert journal.write(lambda tx: tx.admit(arrival(2))) == Admitted(2)

    def test_stop_iteration_reaches_the_caller(self, journal: Journal) -> None:
        """A unit that leaks StopIteration fails as RuntimeError, on a loop too."""

        async def on_loop() -> None:
            await journal.submit(lambda tx: next(iter(())))

        with pytest.raises(RuntimeError):
            journal.write(lambda tx: next(iter(())))
        with pytest.raises(RuntimeError):
            asyncio.run(on_loop())

    def test_cancelled_waiter_harms_nobody(self, journal: Journal) -> None:
        """A cancelled future does not undo its unit nor disturb its neighbours."""

        async def run() -> Any:
            gone = journal.submit(lambda tx: tx.admit(arrival(1)))
            kept = journal.submit(lambda tx: tx.admit(arrival(2)))
            gone.cancel()
            return await kept

        assert asyncio.run(run()) == Admitted(2)

    def test_a_unit_does_not_write_through_its_journal(self, journal: Journal) -> None:
        """Nested writes would wait for themselves; they raise instead."""
        with pytest.raises(RuntimeError):
            journal.write(lambda tx: journal.write(lambda inner: None))

    def test_unit_reads_its_own_writes(self, journal: Journal) -> None:
        """A unit sees what it wrote before it is committed."""

        def unit(tx: Tx) -> tuple[bool, dict[str, int]]:
            tx.put_instance(instance())
            return tx.instance("W3", "po-1") is not None, tx.count_instances("W3")

        assert journal.write(unit) == (True, {"OPEN": 1})

    def test_snapshot_stays_as_it_was(self, journal: Journal) -> None:
        """A reader sees one consistent state, whatever is committed meanwhile."""
        journal.write(lambda tx: tx.set_cursor("a", 1))
        with journal.read() as reader:
            journal.write(lambda tx: tx.set_cursor("a", 2))
            assert reader.cursor("a") == 1
            journal.write(lambda tx: tx.set_cursor("b", 2))
            assert (reader.cursor("a"), reader.cursor("b")) == (1, 0)
            with journal.read() as later:
                assert (later.cursor("a"), later.cursor("b")) == (2, 2)
        with journal.read() as reader:
            assert reader.cursor("a") == 2

    def test_a_snapshot_ends_with_its_block(self, journal: Journal) -> None:
        """A reader that is kept longer answers nothing, and never something old."""
        journal.write(lambda tx: tx.set_cursor("a", 1))
        with journal.read() as reader:
            assert reader.cursor("a") == 1
        with pytest.raises(Exception, match=r"(?i)closed"):
            reader.cursor("a")
        journal.write(lambda tx: tx.set_cursor("a", 2))
        with journal.read() as later:
            assert later.cursor("a") == 2

    def test_reads_during_writes(self, journal: Journal) -> None:
        """Readers on other threads see whole commits only, never half of one."""
        stop = threading.Event()
        torn: list[tuple[int, int]] = []
        failures: list[BaseException] = []

        def look() -> None:
            try:
                while not stop.is_set():
                    with journal.read() as reader:
                        pair = reader.cursor("left"), reader.cursor("right")
                        if pair[0] != pair[1]:
                            torn.append(pair)
            except Exception as error:  # noqa: BLE001 - shown by the test
                failures.append(error)

        def both(tx: Tx, number: int) -> None:
            tx.set_cursor("left", number)
            tx.set_cursor("right", number)

        threads = [threading.Thread(target=look) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(100):
            journal.write(lambda tx, n=number: both(tx, n))
        stop.set()
        for thread in threads:
            thread.join()
        assert (torn, failures) == ([], [])

    def test_writers_on_many_threads(self, journal: Journal) -> None:
        """Units from many threads all run, each once."""

        def work() -> None:
            for _ in range(25):
                journal.write(lambda tx: tx.next_number("n"))

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert journal.write(lambda tx: tx.next_number("n")) == 101

    def test_submit_from_two_loops(self, journal: Journal) -> None:
        """Each event loop gets its own answers."""
        found: dict[str, list[int]] = {}

        async def work(name: str) -> None:
            units = [journal.submit(lambda tx: tx.next_number("n")) for _ in range(50)]
            found[name] = list(await asyncio.gather(*units))

        threads = [threading.Thread(target=lambda n=n: asyncio.run(work(n))) for n in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found["a"] + found["b"]) == list(range(1, 101))
        assert found["a"] == sorted(found["a"])

    def test_reader_cannot_write(self, journal: Journal) -> None:
        """A reader has no write methods."""
        with journal.read() as reader:
            assert not hasattr(reader, "set_cursor")

    @pytest.mark.parametrize("limit", [0, -1, PAGE_MAX + 1])
    def test_page_limits(self, journal: Journal, limit: int) -> None:
        """Every list call refuses a page below 1 or above PAGE_MAX."""
        with journal.read() as reader:
            calls = [
                lambda: reader.arrivals_after(0, limit),
                lambda: reader.arrivals_of_control_id("C", limit),
                lambda: reader.recent_arrivals(limit),
                lambda: reader.refusals(limit),
                lambda: reader.events_after(0, limit),
                lambda: reader.events_of("W3", "k", limit),
                lambda: reader.events_of_exchange("x", limit),
                lambda: reader.instances("W3", limit=limit),
                lambda: reader.transitions_of("W3", "k", limit),
                lambda: reader.tasks(is_open=None, limit=limit),
                lambda: reader.deliveries_of("W3", "k", limit),
                lambda: reader.deliveries_of_exchange("x", limit),
                lambda: reader.deliveries_in(DeliveryState.DEAD, limit),
                lambda: reader.facts("stock", limit=limit),
                lambda: journal.write(lambda tx: tx.claim(NOON, limit, ["erp"])),
                lambda: journal.write(lambda tx: tx.due_timers(NOON, limit)),
                lambda: journal.write(lambda tx: tx.overdue_parked(NOON, limit)),
            ]
            for call in calls:
                with pytest.raises(ValueError):
                    call()

    def test_status(self, journal: Journal) -> None:
        """The status names zone and schema and counts by state."""
        assert journal.failure is None
        journal.write(lambda tx: tx.admit(arrival(1)))
        journal.write(lambda tx: tx.append(event("e-1"), NOON))
        journal.write(lambda tx: tx.put_instance(instance()))
        journal.write(lambda tx: tx.open_task(task("t-1")))
        enqueue(journal, delivery(1))
        status = journal.status()
        assert (status.zone, status.schema, status.is_accepting) == (
            "operations",
            self.schema,
            True,
        )
        assert status.counts == {
            "arrival.received": 1,
            "event": 1,
            "instance": 1,
            "task.open": 1,
            "delivery.waiting": 1,
        }

    def test_closing(self, journal: Journal) -> None:
        """Closing finishes what is queued and refuses what comes after; twice is no matter."""

        async def last() -> Any:
            unit = journal.submit(lambda tx: tx.next_number("n"))
            await asyncio.to_thread(journal.close)
            return await unit

        assert asyncio.run(last()) == 1
        journal.close()
        with pytest.raises(JournalFailedError) as caught:
            journal.write(lambda tx: None)
        assert caught.value.code == "store.closed"
        with pytest.raises(JournalFailedError), journal.read():
            pass

    def test_queue_is_bounded(self, tmp_path: Path) -> None:
        """Beyond its bound the queue answers `store.busy` instead of growing."""
        journal = self.open_small(tmp_path, queue_units_max=4)
        hold = threading.Event()

        async def flood() -> str:
            units = [journal.submit(lambda tx: hold.wait(20))]
            try:
                for _ in range(9):
                    units.append(journal.submit(lambda tx: True))
            except RefusalError as error:
                return error.code
            finally:
                hold.set()
                await asyncio.gather(*units)
            return "not refused"

        try:
            assert asyncio.run(flood()) == "store.busy"
        finally:
            journal.close()

    def open_small(self, tmp_path: Path, *, queue_units_max: int) -> Journal:
        """Return a journal whose queue holds few units."""
        raise AssertionError("a driver's suite overrides this")
