"""Preference cards: hold is a flag beside criticality, sides select lines (spec 2.0.12)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from suture.canonical.preference_card import (
    CardLine,
    PreferenceCard,
    lines_for_side,
    required_quantity,
)


@pytest.mark.parametrize(
    ("criticality", "probability", "expected"),
    [
        ("CRITICAL", Fraction(0), 3),
        ("REQUIRED", Fraction(1, 4), 3),
        ("OPTIONAL", Fraction(1, 4), Fraction(3, 2)),
        ("OPTIONAL", Fraction(0), 1),
    ],
)
def test_held_quantities_count_in_full_unless_optional(
    criticality: str, probability: Fraction, expected: Fraction
) -> None:
    """The back-up valve is held and critical: it must be there."""
    line = CardLine(
        line="1",
        ehr_supply_id="SUP1",
        quantity_open=Fraction(1),
        quantity_hold=Fraction(2),
        criticality=criticality,
        is_held=True,
    )
    assert required_quantity(line, hold_probability=probability) == expected


@pytest.mark.parametrize(
    ("side", "expected"),
    [("RT", "br"), ("LT", "bl"), ("BI", "brl"), (None, "b")],
)
def test_lines_of_the_other_side_do_not_apply(side: str | None, expected: str) -> None:
    """A side is never assumed: without one, sided lines stay out."""
    card = PreferenceCard(
        card="PC-1",
        version=1,
        procedure="TKA",
        facility="NCH",
        lines=tuple(
            CardLine(line=name, ehr_supply_id=name, quantity_open=Fraction(1), laterality=sided)
            for name, sided in (("b", None), ("r", "RT"), ("l", "LT"))
        ),
    )
    assert "".join(line.line for line in lines_for_side(card, side)) == expected
