"""Keeps a JSON number exactly as it was written.

In: the text of a number. Out: `Number`, a Decimal that knows its text (`1.10`, `1e2`, `-0`).
Refuses to know: units, currencies, floats.
"""

from __future__ import annotations

from decimal import Decimal


class Number(Decimal):
    """A decimal number that is written again as it was read.

    FHIR asks that a decimal's precision survives (R4 2.24.0.1); results of arithmetic are plain
    Decimals. A subclass against the house's habit: FHIRPath and callers expect a Decimal.
    """

    text: str

    def __new__(cls, text: str) -> Number:
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __deepcopy__(self, memo: object) -> Number:
        return self

    def __copy__(self) -> Number:
        return self

    def __reduce__(self) -> tuple[type[Number], tuple[str]]:
        return Number, (self.text,)
