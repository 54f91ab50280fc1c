"""Opening the stores of a hub for reading, while it runs or not.

In: settings. Out: read-only snapshots of both zones. Refuses to know: writing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from suture.assembly.settings import HubSettings
from suture.core.refusal import MisconfiguredError
from suture.journal.contract import Reader
from suture.journal.sqlite import read_sqlite, sqlite_version


@contextmanager
def reading_stores(settings: HubSettings) -> Iterator[tuple[Reader, Reader]]:
    """Yield (operations, clinical) readers; raises MisconfiguredError `store.missing`."""
    operations = settings.data / "operations.db"
    clinical = settings.data / "clinical.db"
    for path in (operations, clinical):
        if not path.is_file():
            raise MisconfiguredError(
                "store.missing", f"no store {path.name} in {settings.data.name}: has the hub run?"
            )
    with (
        read_sqlite(operations, zone="operations") as one,
        read_sqlite(clinical, zone="clinical") as two,
    ):
        yield one, two


__all__ = ["reading_stores", "sqlite_version"]
