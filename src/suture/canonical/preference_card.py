"""A surgeon's list for a procedure, as it stood (spec 3.6 PreferenceCard snapshot).

In: card rows. Out: frozen cards and the quantity a line requires. Refuses to know: the surgeon's
name or NPI (only a pseudonymous reference) and what an EHR supply id means (the crosswalk's).
"""

from __future__ import annotations

from fractions import Fraction

import msgspec


class CardLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line: criticality and hold are independent (spec 2.0.12, R5 of 2.1)."""

    line: str
    ehr_supply_id: str
    quantity_open: Fraction
    quantity_hold: Fraction = Fraction(0)
    criticality: str = "REQUIRED"
    """CRITICAL, REQUIRED or OPTIONAL."""
    is_held: bool = False
    """Opened only on request; says nothing about criticality."""
    laterality: str | None = None
    """RT, LT or BI when the line is for one side only."""


class PreferenceCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card version."""

    card: str
    version: int
    procedure: str
    facility: str
    lines: tuple[CardLine, ...]
    surgeon_ref: str = ""
    """Pseudonymous reference; empty when the loader was given no way to mint one."""


def required_quantity(line: CardLine, *, hold_probability: Fraction = Fraction(0)) -> Fraction:
    """Return what purchasing must cover: `open + hold * p` (spec 2.0.12).

    A held quantity of a CRITICAL or REQUIRED line counts in full; `hold_probability` is for
    OPTIONAL lines only.
    """
    probability = hold_probability if line.criticality == "OPTIONAL" else Fraction(1)
    return line.quantity_open + line.quantity_hold * probability


def lines_for_side(card: PreferenceCard, laterality: str | None) -> list[CardLine]:
    """Return the lines that apply to a side; a line of one side applies to it and to BI only."""
    wanted = {"RT", "LT", "BI"} if laterality == "BI" else {laterality}
    return [line for line in card.lines if line.laterality is None or line.laterality in wanted]
