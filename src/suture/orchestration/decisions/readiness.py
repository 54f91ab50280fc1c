"""How ready a case cart is (spec 2.15): complete or not, a score, and the reasons it is not.

In: the lines of a cart. Out: the verdict. Refuses to know: who picks, what happens to a gap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import msgspec

WEIGHTS = {"CRITICAL": Fraction(5), "REQUIRED": Fraction(2), "OPTIONAL": Fraction(1, 2)}
"""Weight of a line in the score, by criticality; held lines count by theirs."""
NEEDED = frozenset({"CRITICAL", "REQUIRED"})


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a cart as it stands."""

    criticality: str
    planned: Fraction
    item: str = ""
    description: str = ""
    item_class: str = ""
    picked: Fraction = Fraction(0)
    used: Fraction = Fraction(0)
    returned: Fraction = Fraction(0)
    wasted: Fraction = Fraction(0)
    lots: tuple[str, ...] = ()
    is_unsterile: bool = False
    is_removed: bool = False
    """No longer on the card of the case: what was picked is put back."""
    note: str = ""

    @property
    def open(self) -> Fraction:
        """Return how much is still to be picked."""
        return max(Fraction(0), self.planned - self.picked)

    @property
    def is_done(self) -> bool:
        """Return whether it is on the cart, and sterile."""
        return self.is_removed or (not self.open and not self.is_unsterile)

    @property
    def unaccounted(self) -> Fraction:
        """Return how much was picked and is neither used, back nor wasted."""
        return max(Fraction(0), self.picked - self.used - self.returned - self.wasted)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a cart is complete, its score in percent, what is missing in plain words."""

    is_complete: bool
    score: int
    gaps: tuple[str, ...]


def readiness(lines: Iterable[CartLine]) -> Readiness:
    """Return the verdict: complete needs every CRITICAL and REQUIRED line, trays sterile.

    The score is the weighted share of finished lines, rounded down: 100 only when all are.
    """
    total = done = Fraction(0)
    gaps: list[str] = []
    is_complete = True
    for line in lines:
        if line.is_removed:
            continue
        weight = WEIGHTS.get(line.criticality, WEIGHTS["OPTIONAL"])
        total += weight
        if line.is_done:
            done += weight
            continue
        if line.criticality in NEEDED:
            is_complete = False
            gaps.append(_gap(line))
    score = int(100 * done / total) if total else 100
    return Readiness(is_complete, score, tuple(gaps))


def _gap(line: CartLine) -> str:
    name = line.description or line.item or "a line without an item"
    if line.is_unsterile:
        return f"{name}: not sterile"
    text = f"{name}: {line.open} of {line.planned} missing"
    return f"{text} ({line.note})" if line.note else text


def is_agreed(lines: Iterable[CartLine]) -> bool:
    """Return whether all that was picked is used, back or wasted."""
    return not any(line.unaccounted for line in lines)
