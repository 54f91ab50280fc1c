"""Counts of rows per state, kept beside the rows so that no question has to count them.

In: steps up and down during a unit. Out: one small write per changed count and batch. Refuses to
know: what is counted. A unit that is undone takes its steps with it.
"""

from __future__ import annotations

from suture.journal.sql_rows import Cursor

Name = tuple[str, str, str]
"""Scope and two labels, e.g. ("delivery", destination, state)."""

_ADD = (
    "INSERT INTO tally(scope, a, b, n) VALUES(?, ?, ?, ?)"
    " ON CONFLICT(scope, a, b) DO UPDATE SET n = tally.n + excluded.n"
)


class Tally:
    """Steps not yet written: those of the current unit and those of the batch so far."""

    def __init__(self) -> None:
        self._unit: dict[Name, int] = {}
        self._batch: dict[Name, int] = {}

    def step(self, scope: str, a: str, b: str, by: int = 1) -> None:
        """Count one row more (or `by`) under a name."""
        name = (scope, a, b)
        self._unit[name] = self._unit.get(name, 0) + by

    def move(self, scope: str, a: str, old: str, new: str) -> None:
        """Count a row that changed its state."""
        if old != new:
            self.step(scope, a, old, -1)
            self.step(scope, a, new)

    def pending(self, scope: str) -> dict[tuple[str, str], int]:
        """Return the steps of a scope that the table does not show yet."""
        found: dict[tuple[str, str], int] = {}
        for steps in (self._batch, self._unit):
            for (of, a, b), n in steps.items():
                if of == scope:
                    found[a, b] = found.get((a, b), 0) + n
        return found

    def keep_unit(self) -> None:
        """Add the finished unit's steps to the batch."""
        batch = self._batch
        for name, n in self._unit.items():
            batch[name] = batch.get(name, 0) + n
        self._unit.clear()

    def drop_unit(self) -> None:
        """Forget the steps of a unit that was undone."""
        self._unit.clear()

    def drop_batch(self) -> None:
        """Forget everything: the transaction is gone."""
        self._unit.clear()
        self._batch.clear()

    def flush(self, cursor: Cursor) -> None:
        """Write the batch's steps; call just before the commit."""
        for name, n in self._batch.items():
            if n:
                cursor.execute(_ADD, (*name, n))
        self._batch.clear()
