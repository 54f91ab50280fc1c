"""What was raised and cleared when, as the journal keeps it.

In: a snapshot of the operations journal. Out: kept alerts, the form of their rows. Refuses to know:
when an alert is raised or over (who looks again and again says so). Each raising is a row that is
found by its time and by whether it holds; none holds content.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict
from datetime import datetime

from suture.intelligence.view import AlertView, KeptAlert
from suture.journal.contract import PAGE_MAX, Reader
from suture.journal.record import Instance

MACHINE = "ALERT"
"""Rows of this name belong to no process: nobody decides on them."""
RAISED, CLEARED = "RAISED", "CLEARED"
HELD_MAX = 1000
"""Alerts that hold at once; they name what configuration names."""


def held(reader: Reader) -> dict[str, KeptAlert]:
    """Return what was raised and not cleared, by the key of its row."""
    rows = reader.instances(MACHINE, limit=HELD_MAX, states=(RAISED,))
    return {row.key: kept_of(row) for row in rows}


def kept(reader: Reader, since: datetime, limit: int) -> list[KeptAlert]:
    """Return the last alerts that were raised since an instant, newest first."""
    newest: deque[KeptAlert] = deque(maxlen=limit)
    after = ""
    while rows := reader.instances(MACHINE, limit=PAGE_MAX, due_from=since, after_key=after):
        newest.extend(kept_of(row) for row in rows)
        after = rows[-1].key
    return list(newest)[::-1]


def name_of(one: KeptAlert) -> str:
    """Return what `AlertView.name` is of the same alert."""
    return "/".join((one.rule, one.zone, one.destination, one.level))


def view_of(one: KeptAlert, now: datetime) -> AlertView:
    """Return a kept alert as one that holds."""
    age_s = (now - one.raised_at).total_seconds()
    return AlertView(one.rule, one.zone, one.destination, 0, age_s, one.level, one.detail)


def row_of(key: str, one: KeptAlert, rev: int) -> Instance:
    """Return the row of an alert; it is found by its state and by when it was raised."""
    return Instance(
        machine=MACHINE,
        key=key,
        state=CLEARED if one.cleared_at else RAISED,
        rev=rev,
        definition=1,
        entered_at=one.cleared_at or one.raised_at,
        data=encoded(one),
        parent=name_of(one),
        due_at=one.raised_at,
    )


def encoded(one: KeptAlert) -> bytes:
    """Return an alert as rows and events keep it."""
    return json.dumps(asdict(one), default=datetime.isoformat).encode()


def kept_of(row: Instance) -> KeptAlert:
    """Return the alert of a row."""
    said = json.loads(row.data)
    ended = said.pop("cleared_at")
    return KeptAlert(
        **said | {"raised_at": datetime.fromisoformat(said["raised_at"])},
        cleared_at=datetime.fromisoformat(ended) if ended else None,
    )
