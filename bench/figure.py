"""A measured figure, its budget, and how cost grows with size.

In: measurements, `budgets.toml`. Out: figures with a verdict. Refuses to know: how they are
measured or shown.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUDGETS = Path(__file__).parent / "budgets.toml"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement; `key` names its budget (`P1.cpu_us`), which may be missing."""

    key: str
    text: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Series:
    """Cost against size; `points` are (size, cost), smallest size first."""

    key: str
    size: str
    cost: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one workload gives back."""

    figures: tuple[Figure, ...]
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """A bound from above or from below."""

    bound: float
    is_upper: bool
    is_gate: bool

    def holds(self, value: float) -> bool:
        """Return whether a value is within the budget."""
        return value <= self.bound if self.is_upper else value >= self.bound

    def share(self, value: float) -> float:
        """Return how much of the budget is used: above 1 is outside, whichever way it is bound."""
        used, allowed = (value, self.bound) if self.is_upper else (self.bound, value)
        if allowed > 0:
            return used / allowed
        return 0.0 if self.holds(value) else 99.0

    def text(self) -> str:
        """Return the bound as written in a table; a gate carries an exclamation mark."""
        return f"{'<=' if self.is_upper else '>='} {self.bound:g}{' !' if self.is_gate else ''}"


def read_budgets(path: Path = BUDGETS) -> dict[str, Budget]:
    """Return the budgets by key, e.g. `P1.cpu_us`; raises KeyError for an entry without bound."""
    tables: Mapping[str, Mapping[str, Mapping[str, Any]]] = tomllib.loads(path.read_text("utf-8"))
    found: dict[str, Budget] = {}
    for workload, entries in tables.items():
        for name, entry in entries.items():
            is_upper = "at_most" in entry
            bound = float(entry["at_most" if is_upper else "at_least"])
            found[f"{workload}.{name}"] = Budget(bound, is_upper, bool(entry.get("gate")))
    return found
