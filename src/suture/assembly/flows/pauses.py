"""What the operator paused, as the journal keeps it for every process that runs the flows.

In: the clinical journal. Out: the names that are paused. Refuses to know: what pausing does.
"""

from __future__ import annotations

from suture.journal.contract import Journal, Tx

PAUSED = "flow.paused"
"""Name under which the journal keeps what the operator paused."""


def paused_names(journal: Journal) -> set[str]:
    """Return the flows and destinations that any process has paused."""
    with journal.read() as reader:
        return set((reader.meta(PAUSED) or "").split())


def keep_paused(tx: Tx, name: str, *, is_paused: bool) -> None:
    """Add or take away one name."""
    kept = set((tx.meta(PAUSED) or "").split())
    kept = kept | {name} if is_paused else kept - {name}
    tx.set_meta(PAUSED, " ".join(sorted(kept)))
