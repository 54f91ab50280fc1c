"""The exception desk's list and the open tasks (S175): owner, age, cause, money and cases at risk.

In: a snapshot of the operations journal. Out: views in queue order, time to impact first, then
money. Refuses to know: how a cause is repaired.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from suture.documents import codec
from suture.intelligence.view import ExceptionView, TaskView
from suture.journal.contract import PAGE_MAX, Reader
from suture.journal.record import Instance, Task
from suture.orchestration.processes.exception_task import LIVE, ExceptionData

_FAR = datetime(9999, 1, 1, tzinfo=UTC)
_SEVERITY = {"urgent": 0, "normal": 1, "info": 2}


SCAN_MAX = 5_000
"""Open exceptions put in order; more than any desk works through, read in pages of PAGE_MAX."""


def open_exceptions(
    reader: Reader, *, limit: int, facility: str = "", owner: str = "", family: str = ""
) -> list[ExceptionView]:
    """Return the first open exceptions in queue order (spec 2.0.3), filtered before they are cut.

    Urgent ones first, then by time to impact, then by money. Beyond SCAN_MAX those with the
    latest need are left out.
    """
    found: list[ExceptionView] = []
    for stored in _live(reader, facility, family):
        view = exception_view(stored)
        if owner in ("", view.owner):
            found.append(view)
    return heapq.nsmallest(limit, found, key=_place)


def _live(reader: Reader, facility: str, family: str) -> Iterator[Instance]:
    """Yield the live exceptions by need time, at most SCAN_MAX; the family is their parent."""
    after, seen = "", 0
    while seen < SCAN_MAX:
        page = reader.instances(
            "EXC",
            limit=PAGE_MAX,
            states=LIVE,
            facility=facility or None,
            parent=family or None,
            after_key=after,
        )
        yield from page
        if len(page) < PAGE_MAX:
            return
        after, seen = page[-1].key, seen + len(page)


def _place(view: ExceptionView) -> tuple[int, datetime, Decimal, datetime]:
    return (
        _SEVERITY.get(view.severity, 1),
        view.need_at or _FAR,
        -Decimal(view.usd_at_risk),
        view.first_at,
    )


def exception_view(stored: Instance) -> ExceptionView:
    """Return one exception."""
    data = codec.decode(stored.data, ExceptionData)
    return ExceptionView(
        key=stored.key,
        family=data.family,
        code=data.code,
        state=stored.state,
        severity=data.severity,
        owner=data.owner,
        summary=data.summary,
        suggestion=data.suggestion,
        count=data.count,
        first_at=data.first_at,
        last_at=data.last_at,
        need_at=data.need_at,
        usd_at_risk=str(data.usd_at_risk),
        case_tokens=data.case_tokens,
        machine=data.machine,
        object_key=data.key,
        level=data.level,
        resolution=data.resolution,
    )


def open_tasks(reader: Reader, *, limit: int) -> list[TaskView]:
    """Return the open tasks, oldest first."""
    return [_task(x) for x in reader.tasks(is_open=True, limit=limit)]


def _task(task: Task) -> TaskView:
    return TaskView(
        id=task.id,
        kind=task.kind,
        role=task.role,
        title=task.title,
        opened_at=task.opened_at,
        due_at=task.due_at,
        machine=task.machine,
        object_key=task.key,
    )
