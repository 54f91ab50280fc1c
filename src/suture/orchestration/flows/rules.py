"""Conditions of filters and routes, and the lane a message waits in.

In: conditions, a subject. Out: whether they hold. Refuses to know: what is done then.
"""

from __future__ import annotations

from collections.abc import Sequence

from suture.orchestration.flows.subject import Subject
from suture.orchestration.flows.table import Condition


def holds(condition: Condition, subject: Subject) -> bool:
    """Return whether one condition holds: every part of it that is given."""
    value = subject.get(condition.path)
    if condition.present is not None and bool(value) is not condition.present:
        return False
    if condition.any_of and not _matches(value, condition.any_of):
        return False
    return not (condition.none_of and _matches(value, condition.none_of))


def all_hold(conditions: Sequence[Condition], subject: Subject) -> bool:
    """Return whether every condition holds; an empty list does."""
    return all(holds(each, subject) for each in conditions)


def _matches(value: str, wanted: Sequence[str]) -> bool:
    return any(
        value.startswith(each[:-1]) if each.endswith("*") else value == each for each in wanted
    )


def in_words(conditions: Sequence[Condition]) -> str:
    """Return the conditions as a person says them."""
    parts = []
    for each in conditions:
        said = []
        if each.present is not None:
            said.append("is there" if each.present else "is empty")
        if each.any_of:
            said.append(f"is {' or '.join(each.any_of)}")
        if each.none_of:
            said.append(f"is not {' or '.join(each.none_of)}")
        parts.append(f"{each.path} {' and '.join(said)}")
    return "; ".join(parts)
