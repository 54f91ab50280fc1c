"""Check digits of the synthetic identifiers (spec 3.10).

In: the digits before the check digit. Out: the whole identifier. Refuses to know: real prefixes;
GS1 numbers carry the example prefix 952, NPIs the prefix 9 that is never assigned.
"""

from __future__ import annotations


def mod10(body: str) -> str:
    """Return `body` with its GS1 check digit (weights 3, 1 from the right)."""
    total = sum(int(c) * (3 if i % 2 == 0 else 1) for i, c in enumerate(reversed(body)))
    return body + str(-total % 10)


def gtin14(indicator: int, maker: int, reference: int) -> str:
    """Return a GTIN-14: packaging indicator, 952 and maker, five-digit item reference."""
    return mod10(f"{indicator}952100{maker}{reference:05d}")


def gln(reference: int) -> str:
    """Return a GLN under the example prefix; `reference` has up to nine digits."""
    return mod10(f"952{reference:09d}")


def sscc(serial: int) -> str:
    """Return an SSCC-18 of the suppliers' prefix."""
    return mod10(f"09521009{serial:09d}")


def npi(number: int) -> str:
    """Return an NPI: Luhn over 80840 and nine digits that begin with 9."""
    body = f"9{number:08d}"
    total = 0
    for index, digit in enumerate(reversed("80840" + body)):
        doubled = int(digit) * (2 if index % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)
