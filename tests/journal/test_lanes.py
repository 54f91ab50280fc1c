"""Lanes under every order of events, against a model of a few lines.

In: random sequences of enqueue, claim, settle, retry, requeue, withdraw and passing time. Out: a
verdict on who is claimed when.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from suite import NOON, delivery
from tests.postgres_server import new_schema, postgres_server

from suture.journal.contract import Journal
from suture.journal.record import DeliveryState
from suture.journal.sqlite import open_sqlite

W, S = DeliveryState.WAITING, DeliveryState.SENDING
GIVEN_UP = (DeliveryState.UNCERTAIN, DeliveryState.REFUSED, DeliveryState.DEAD)


class Lanes(RuleBasedStateMachine):
    """The journal beside a dict of (destination, lane, priority, state, next instant)."""

    def __init__(self) -> None:
        super().__init__()
        self.journal = self.opened()
        self.wall: datetime = NOON
        self.model: dict[int, tuple[str, str, int, DeliveryState, datetime]] = {}

    def opened(self) -> Journal:
        """Return an empty journal."""
        return open_sqlite(None, zone="operations")

    def set(self, seq: int, state: DeliveryState, next_at: datetime | None = None) -> None:
        """Change the model."""
        destination, lane, priority, _, old = self.model[seq]
        self.model[seq] = (destination, lane, priority, state, next_at or old)

    def having(self, *states: DeliveryState) -> list[int]:
        """Return the sequences in these states."""
        return [seq for seq, each in self.model.items() if each[3] in states]

    def expected(self, limit: int, destinations: list[str]) -> list[int]:
        """Return what a claim must give, by the words of the contract."""
        heads: list[tuple[int, int]] = []
        for seq, (destination, lane, priority, state, next_at) in self.model.items():
            if state is not W or next_at > self.wall or destination not in destinations:
                continue
            others = [
                (other, each[3])
                for other, each in self.model.items()
                if other != seq and each[:2] == (destination, lane)
            ]
            is_blocked = any(s is S or (s is W and other < seq) for other, s in others)
            if not is_blocked:
                heads.append((priority, seq))
        return [seq for _, seq in sorted(heads)[:limit]]

    @rule(
        destination=st.sampled_from(["erp", "lab"]),
        lane=st.sampled_from("ab"),
        priority=st.sampled_from([0, 5]),
    )
    def enqueue(self, destination: str, lane: str, priority: int) -> None:
        """Queue one more."""
        new = delivery(len(self.model) + 1, lane, destination, priority=priority)
        seq = self.journal.write(lambda tx: tx.enqueue(new, self.wall))
        self.model[seq] = (destination, lane, priority, W, self.wall)

    @rule(limit=st.integers(1, 3), names=st.sampled_from([["erp"], ["lab"], ["erp", "lab"]]))
    def claim(self, limit: int, names: list[str]) -> None:
        """Claim; the journal and the model agree on who and in which order."""
        expected = self.expected(limit, names)
        found = self.journal.write(lambda tx: tx.claim(self.wall, limit, names))
        assert [each.seq for each in found] == expected
        for seq in expected:
            self.set(seq, S)

    @precondition(lambda self: self.having(W, S, *GIVEN_UP))
    @rule(
        data=st.data(),
        state=st.sampled_from([DeliveryState.DELIVERED, *GIVEN_UP, W]),
        delay_s=st.integers(0, 3),
    )
    def settle(self, data: st.DataObject, state: DeliveryState, delay_s: int) -> None:
        """Settle anything that is not final."""
        seq = data.draw(st.sampled_from(self.having(W, S, *GIVEN_UP)))
        next_at = self.wall + timedelta(seconds=delay_s) if state is W else None
        self.journal.write(
            lambda tx: tx.settle_delivery(
                seq, state, at=NOON, wall=self.wall, outcome="o", next_at_wall=next_at
            )
        )
        self.set(seq, state, next_at)

    @precondition(lambda self: self.having(*GIVEN_UP))
    @rule(data=st.data())
    def requeue(self, data: st.DataObject) -> None:
        """Put a given-up one back."""
        seq = data.draw(st.sampled_from(self.having(*GIVEN_UP)))
        self.journal.write(lambda tx: tx.requeue_delivery(seq, self.wall))
        self.set(seq, W, self.wall)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        """Withdraw anything; it works for what still waits."""
        seq = data.draw(st.sampled_from(sorted(self.model)))
        done = self.journal.write(lambda tx: tx.withdraw(f"i-{seq}", NOON))
        assert done == (self.model[seq][3] is W)
        if done:
            self.set(seq, DeliveryState.WITHDRAWN)

    @rule(seconds=st.integers(1, 3))
    def pass_time(self, seconds: int) -> None:
        """Let the wall clock run."""
        self.wall += timedelta(seconds=seconds)

    @rule(seconds=st.integers(1, 9))
    def set_back(self, seconds: int) -> None:
        """Set the wall clock back; what waits is told."""
        self.wall -= timedelta(seconds=seconds)
        self.journal.write(lambda tx: tx.hasten(self.wall))
        for seq in self.having(W, S):
            *_, next_at = self.model[seq]
            self.set(seq, self.model[seq][3], min(next_at, self.wall))

    @invariant()
    def counts_agree(self) -> None:
        """The kept counts are the counts."""
        counts: dict[tuple[str, str], int] = {}
        for destination, _, _, state, _ in self.model.values():
            counts[destination, state.value] = counts.get((destination, state.value), 0) + 1
        with self.journal.read() as reader:
            assert reader.count_deliveries() == counts
        sending = self.journal.write(lambda tx: [each.seq for each in tx.interrupted()])
        assert sending == self.having(S)

    def teardown(self) -> None:
        """Close the journal."""
        self.journal.close()


class LanesInPostgres(Lanes):
    """The same on PostgreSQL, fewer times: each begins with new tables."""

    def opened(self) -> Journal:
        """Return an empty journal."""
        server = postgres_server()
        from suture.journal.postgres import open_postgres

        return open_postgres(server.url(), zone="operations", schema=new_schema())


TestLanes = Lanes.TestCase
TestLanes.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestLanesInPostgres = LanesInPostgres.TestCase
TestLanesInPostgres.settings = settings(max_examples=6, stateful_step_count=25, deadline=None)
