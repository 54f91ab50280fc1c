"""The journal contract on SQLite in memory.

In: the suite. Out: a verdict on `open_sqlite(None, ...)`.
"""

from __future__ import annotations

from pathlib import Path

from suite import JournalContract

from suture.journal.contract import Journal
from suture.journal.sqlite import SqliteSettings, open_sqlite


class TestMemory(JournalContract):
    """The in-memory store fulfils the contract."""

    def open_journal(self, tmp_path: Path, zone: str = "operations") -> Journal:
        """Return a journal in memory."""
        return open_sqlite(None, zone=zone)

    def open_small(self, tmp_path: Path, *, queue_units_max: int) -> Journal:
        """Return one with a short queue."""
        settings = SqliteSettings(queue_units_max=queue_units_max)
        return open_sqlite(None, zone="operations", settings=settings)


def test_two_stores_in_memory_are_two() -> None:
    """Every store in memory is its own."""
    left, right = (open_sqlite(None, zone="operations") for _ in range(2))
    left.write(lambda tx: tx.set_cursor("a", 1))
    with right.read() as reader:
        assert reader.cursor("a") == 0
    left.close()
    right.close()
