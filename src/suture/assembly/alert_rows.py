"""Keeps in the record that an alert was raised, and that it is over.

In: a unit of work of the operations journal. Out: one row an alert, two events. Refuses to know:
why. The events belong to no process: nobody decides on them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from suture.core.clock import to_micros
from suture.intelligence.alert_log import MACHINE, RAISED, encoded, kept_of, row_of
from suture.intelligence.view import AlertView, KeptAlert
from suture.journal.contract import Tx
from suture.journal.record import NewEvent


def raise_alert(tx: Tx, one: AlertView, now: datetime, by: str) -> str:
    """Keep that an alert was raised; return the key of its row."""
    made = KeptAlert(one.rule, one.zone, one.destination, one.level, one.detail, now, None, by)
    key = f"{to_micros(now):020}/{one.name}"
    if tx.instance(MACHINE, key) is None:
        tx.put_instance(row_of(key, made, 1))
        _tell(tx, "alert.raised", key, made, now)
    return key


def clear_alert(tx: Tx, key: str, now: datetime) -> None:
    """Keep that an alert is over; one that is over already stays as it is."""
    row = tx.instance(MACHINE, key)
    if row is None or row.state != RAISED:
        return
    made = replace(kept_of(row), cleared_at=now)
    tx.put_instance(row_of(key, made, row.rev + 1))
    _tell(tx, "alert.cleared", key, made, now)


def _tell(tx: Tx, kind: str, key: str, one: KeptAlert, now: datetime) -> None:
    event = NewEvent(
        id=f"{kind}/{key}", type=kind, machine="", key=key, time=now, payload=encoded(one)
    )
    tx.append(event, now)
