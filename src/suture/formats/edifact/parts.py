"""Holds the parts that business messages share: dates, parties, quantities, prices, amounts, lines.

In: nothing. Out: frozen values. Refuses to know: segments (`gather` reads them), and what a buyer
does with a value. Qualifiers stay codes of the standard: D.96A 2005, 6063, 5025, 1153 and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.formats.edifact.element import Moment

EXPIRY: Final = ("361", "36")
"""2005: best before or expiry of a batch (spec 2.0.8)."""
GTIN_KINDS: Final = frozenset({"SRV", "EN", "UP", "GTIN"})
"""7143: the number is a GTIN; EN in D.96A, SRV in D.01B."""
BATCH_MARKING: Final = "36E"
"""4233: marked with a batch number."""


@dataclass(frozen=True, slots=True)
class Dated:
    """DTM: what happens when."""

    qualifier: str
    moment: Moment


@dataclass(frozen=True, slots=True)
class Reference:
    """RFF: a number of another document."""

    qualifier: str
    number: str
    line: str = ""
    dates: tuple[Dated, ...] = ()


@dataclass(frozen=True, slots=True)
class TradeParty:
    """NAD: a party in a role."""

    role: str
    """3035: BY, SU, DP, IV and so on."""
    id: str
    agency: str = ""
    """3055: 9 is GS1."""
    name: str = ""
    street: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""
    references: tuple[Reference, ...] = ()

    @property
    def gln(self) -> str:
        """The GLN, empty when the party is identified otherwise."""
        return self.id if self.agency == "9" else ""


@dataclass(frozen=True, slots=True)
class ProductId:
    """LIN or PIA: a number of an item."""

    number: str
    kind: str
    """7143: SRV, EN, SA supplier's, IN or BP buyer's, MF manufacturer's."""
    function: str = ""
    """4347 of PIA: 1 additional, 5 product identification; empty for LIN."""


@dataclass(frozen=True, slots=True)
class Measured:
    """QTY: how much."""

    qualifier: str
    """6063: 21 ordered, 12 dispatched, 83 backordered, 47 invoiced, 194 received."""
    value: Fraction
    unit: str = ""


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """PRI: what a number of units costs."""

    qualifier: str
    """5125: AAA net, AAB gross."""
    amount: Decimal
    basis: Fraction = Fraction(1)
    """5284: for how many units."""
    unit: str = ""
    currency: str = ""
    dates: tuple[Dated, ...] = ()


@dataclass(frozen=True, slots=True)
class AmountLine:
    """MOA: an amount of money."""

    qualifier: str
    """5025: 203 line, 77 invoice, 79 lines together, 124 tax, 125 taxable."""
    amount: Decimal
    currency: str = ""


@dataclass(frozen=True, slots=True)
class TaxLine:
    """TAX: a rate and what it comes to."""

    kind: str
    rate: Decimal | None
    category: str = ""
    amounts: tuple[AmountLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """ALC: something off the price, or on it."""

    is_charge: bool
    code: str
    text: str = ""
    rate: Decimal | None = None
    amounts: tuple[AmountLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Identity:
    """GIN: numbers of goods."""

    kind: str
    """7405: BJ SSCC, BX batch, BN serial."""
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Marking:
    """PCI: what stands on a package, with its numbers and dates."""

    code: str
    """4233: 33E SSCC, 36E batch."""
    marks: tuple[str, ...]
    identities: tuple[Identity, ...] = ()
    dates: tuple[Dated, ...] = ()
    quantities: tuple[Measured, ...] = ()


@dataclass(frozen=True, slots=True)
class Variance:
    """QVR: how much a quantity differs and why."""

    value: Fraction
    qualifier: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a message says of itself before its lines."""

    code: str
    """1001 of BGM, e.g. 220 order, 380 invoice."""
    number: str
    """1004 of BGM."""
    function: str
    """1225 of BGM: 9 original, 1 cancellation, 4 change, 5 replacement."""
    response: str = ""
    """4343 of BGM."""
    dates: tuple[Dated, ...] = ()
    references: tuple[Reference, ...] = ()
    parties: tuple[TradeParty, ...] = ()
    currency: str = ""
    texts: tuple[str, ...] = ()

    def date(self, qualifier: str) -> Moment | None:
        """Return the first date of that qualifier, e.g. 137 document, 2 delivery."""
        return next((d.moment for d in self.dates if d.qualifier == qualifier), None)

    def reference(self, qualifier: str) -> str:
        """Return the first number of that qualifier, e.g. ON order, CT contract, DQ delivery."""
        return next((r.number for r in self.references if r.qualifier == qualifier), "")

    def party(self, role: str) -> TradeParty | None:
        """Return the first party in that role, e.g. BY, SU, DP, IV."""
        return next((party for party in self.parties if party.role == role), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """LIN and what stands below it."""

    number: str
    action: str = ""
    """1229: 5 accepted, 3 changed, 7 not accepted; in ORDCHG 1 added, 2 deleted, 3 changed."""
    parent: str = ""
    """Line this is a part of (C829)."""
    products: tuple[ProductId, ...] = ()
    description: str = ""
    quantities: tuple[Measured, ...] = ()
    variances: tuple[Variance, ...] = ()
    dates: tuple[Dated, ...] = ()
    prices: tuple[UnitPrice, ...] = ()
    amounts: tuple[AmountLine, ...] = ()
    references: tuple[Reference, ...] = ()
    parties: tuple[TradeParty, ...] = ()
    identities: tuple[Identity, ...] = ()
    markings: tuple[Marking, ...] = ()
    taxes: tuple[TaxLine, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    texts: tuple[str, ...] = ()
    path: str = ""
    """Where the line stands, e.g. `LIN[3]`."""

    @property
    def gtin(self) -> str:
        """The GTIN, from LIN or else from PIA; empty when there is none."""
        return next((p.number for p in self.products if p.kind in GTIN_KINDS), "")

    def product(self, *kinds: str) -> str:
        """Return the first item number of one of the kinds, e.g. SA; empty when there is none."""
        return next((p.number for p in self.products if p.kind in kinds), "")

    def quantity(self, qualifier: str) -> Measured | None:
        """Return the first quantity of that qualifier, e.g. 21 ordered."""
        return next((q for q in self.quantities if q.qualifier == qualifier), None)

    def price(self, qualifier: str = "AAA") -> UnitPrice | None:
        """Return the first price of that qualifier."""
        return next((p for p in self.prices if p.qualifier == qualifier), None)

    def amount(self, qualifier: str) -> Decimal | None:
        """Return the first amount of that qualifier, e.g. 203 line amount."""
        return next((a.amount for a in self.amounts if a.qualifier == qualifier), None)

    def reference(self, qualifier: str) -> Reference | None:
        """Return the first reference of that qualifier, e.g. ON with the order's line."""
        return next((r for r in self.references if r.qualifier == qualifier), None)

    def date(self, qualifier: str) -> Moment | None:
        """Return the first date of that qualifier, of the line itself."""
        return next((d.moment for d in self.dates if d.qualifier == qualifier), None)

    @property
    def expiry(self) -> Moment | None:
        """Expiry of the line or of its first marked batch (361, otherwise 36)."""
        every = [*self.dates, *(d for marking in self.markings for d in marking.dates)]
        return next((d.moment for q in EXPIRY for d in every if d.qualifier == q), None)

    @property
    def lots(self) -> tuple[str, ...]:
        """Batch numbers: GIN BX, marks of PCI 36E, PIA of kind NB, RFF BT; each once."""
        found = [*self._identified("BX")]
        for marking in self.markings:
            if marking.code == BATCH_MARKING:
                found += marking.marks
        found += [p.number for p in self.products if p.kind == "NB"]
        found += [r.number for r in self.references if r.qualifier == "BT"]
        return tuple(dict.fromkeys(found))

    @property
    def serials(self) -> tuple[str, ...]:
        """Serial numbers: GIN BN."""
        return tuple(self._identified("BN"))

    def _identified(self, kind: str) -> list[str]:
        every = [*self.identities, *(i for marking in self.markings for i in marking.identities)]
        return [number for one in every if one.kind == kind for number in one.numbers]
