"""Reads simple paths such as `participant[0].actor.reference` and walks them.

In: a path and JSON values. Out: the places reached. Refuses to know: FHIRPath, which `evaluate`
reads; this is for code that knows where it looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from suture.core.refusal import RefusalError

_STEP: Final = re.compile(r"(_?[A-Za-z][A-Za-z0-9]{0,63})(?:\[(x|[0-9]{1,6})\])?")
_NAME: Final = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_STEPS_MAX: Final = 50
"""Longest path: half of the depth that is read."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path."""

    name: str
    index: int | None = None
    is_choice: bool = False
    """`name[x]`: any of the types of a choice."""

    def names(self, key: str) -> bool:
        """Return whether an object's member is meant."""
        if not self.is_choice:
            return key == self.name
        return key.startswith(self.name) and key[len(self.name) : len(self.name) + 1].isupper()


def shown(name: str) -> str:
    """Return a name when it has the form of an element's; another one may be content."""
    return name if _NAME.fullmatch(name) else "?"


def read_path(path: str) -> list[Step]:
    """Return the steps of a path; raises RefusalError `fhir.path`."""
    return list(_steps(path))


@lru_cache(maxsize=1024)
def _steps(path: str) -> tuple[Step, ...]:
    parts = path.split(".")
    matches = [_STEP.fullmatch(part) for part in parts]
    if len(parts) > _STEPS_MAX or not all(matches):
        raise RefusalError("fhir.path", "a path is names with dots, e.g. item[0].quantity.value")
    return tuple(
        Step(m[1], int(m[2]) if m[2] and m[2] != "x" else None, m[2] == "x") for m in matches if m
    )


def reached(data: Any, steps: list[Step], at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (path, value) of every value the steps lead to; arrays are entered."""
    places = [(at, data)]
    for step in steps:
        places = [found for place in places for found in _one(place, step)]
    yield from places


def _one(place: tuple[str, Any], step: Step) -> Iterator[tuple[str, Any]]:
    at, value = place
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if not step.names(key):
            continue
        path = f"{at}.{shown(key)}" if at else shown(key)
        if not isinstance(inner, list):
            if not step.index and inner is not None:
                yield path, inner
        elif step.index is None:
            yield from ((f"{path}[{n}]", v) for n, v in enumerate(inner) if v is not None)
        elif step.index < len(inner) and inner[step.index] is not None:
            yield f"{path}[{step.index}]", inner[step.index]
