"""The exception desk's list and the open tasks (S175): owner, age, cause, money and cases at risk.

In: a snapshot of the operations journal. Out: views in queue order, time to impact first, then
money. Refuses to know: how a cause is repaired.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from suture.documents import codec
from suture.intelligence.view import ExceptionView, TaskView
from suture.journal.contract import Reader
from suture.journal.record import Instance, Task
from suture.orchestration.processes.exception_task import LIVE, ExceptionData

_FAR = datetime(9999, 1, 1, tzinfo=UTC)
_SEVERITY = {"urgent": 0, "normal": 1, "info": 2}


def open_exceptions(reader: Reader, *, limit: int, facility: str = "") -> list[ExceptionView]:
    """Return the open exceptions in queue order (spec 2.0.3)."""
    found = reader.instances("EXC", limit=limit, states=LIVE, facility=facility or None)
    views = [exception_view(x) for x in found]
    views.sort(
        key=lambda v: (
            _SEVERITY.get(v.severity, 1),
            v.need_at or _FAR,
            -Decimal(v.usd_at_risk),
            v.first_at,
        )
    )
    return views


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
