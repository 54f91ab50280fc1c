"""The parts that the views share: parties, references, dates, charges.

In: values already read. Out: frozen data. Refuses to know: segments. The repr of a view shows no
value: a view may hold what must not be logged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal


@dataclass(frozen=True, slots=True, repr=False)
class Party:
    """N1 with what follows it."""

    role: str
    """N101: BY buyer, ST ship to, BT bill to, VN vendor, RE remit to ..."""
    name: str = ""
    qualifier: str = ""
    """N103; `UL` is a GLN."""
    id: str = ""
    street: tuple[str, ...] = ()
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""

    @property
    def gln(self) -> str:
        """The id when it is a GLN, otherwise empty."""
        return self.id if self.qualifier == "UL" else ""


@dataclass(frozen=True, slots=True, repr=False)
class Reference:
    """REF or N9: qualifier, value, description."""

    qualifier: str
    value: str
    text: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class DatedAt:
    """DTM: what happens then."""

    qualifier: str
    day: date | None
    at: time | None = None


@dataclass(frozen=True, slots=True, repr=False)
class InvoiceCharge:
    """SAC: an allowance or a charge."""

    is_charge: bool
    """SAC01 is C; otherwise the amount is taken off."""
    code: str
    """SAC02."""
    amount: Decimal | None
    """SAC05, two implied decimals."""
    text: str = ""
