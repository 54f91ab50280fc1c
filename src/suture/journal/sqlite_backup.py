"""A copy of a SQLite journal while it is written, and what a copy needs to be used again.

In: the file of a zone. Out: one compact file with everything committed at one instant. Refuses to
know: other zones, manifests. The copy is read in one snapshot: the writer goes on, its WAL only
cannot shrink meanwhile. It is checked before it is called a copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import apsw

from suture.core.refusal import MisconfiguredError
from suture.journal.sqlite_schema import APPLICATION_ID

NUMBERS_LEFT_OUT = 1_000
"""Numbers a restored counter skips: those given out after the copy was made are not used twice."""
BUSY_MS = 10_000


@dataclass(frozen=True, slots=True)
class Copied:
    """What is in a copy."""

    zone: str
    schema: int
    size_bytes: int


def copy_sqlite(source: Path, target: Path) -> Copied:
    """Write a copy of a store, in use or not; raises MisconfiguredError `backup.failed`."""
    try:
        db = apsw.Connection(str(source), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            db.set_busy_timeout(BUSY_MS)
            db.execute("VACUUM INTO ?", (str(target),))
        finally:
            db.close()
    except apsw.Error as error:
        text = f"{source.name}: {type(error).__name__}"
        raise MisconfiguredError("backup.failed", text) from None
    target.chmod(0o600)
    return check_sqlite(target)


def check_sqlite(path: Path) -> Copied:
    """Read a copy whole and return what it is; raises MisconfiguredError `backup.damaged`."""
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            is_sound = db.pragma("integrity_check") == "ok"
            application = db.pragma("application_id")
            schema = int(db.pragma("user_version"))
            row = db.execute("SELECT value FROM meta WHERE name = 'zone'").fetchone()
        finally:
            db.close()
    except apsw.Error as error:
        text = f"{path.name}: {type(error).__name__}"
        raise MisconfiguredError("backup.damaged", text) from None
    if not is_sound or application != APPLICATION_ID or row is None:
        raise MisconfiguredError("backup.damaged", f"{path.name} is no sound store")
    return Copied(str(row[0]), schema, path.stat().st_size)


def skip_numbers(path: Path) -> None:
    """Let every counter of a restored store skip the numbers that may have been given out since."""
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        db.execute("UPDATE counter SET value = value + ?", (NUMBERS_LEFT_OUT,))
    finally:
        db.close()
