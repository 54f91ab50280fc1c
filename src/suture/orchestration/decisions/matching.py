"""Three-way match of order, receipt and invoice (spec 2.6 algorithm, tolerances 2.0.12).

In: an invoice, the order's lines with cumulative receipts, the tolerance policy. Out: a typed
result per line and for the invoice (the worst line). Refuses to know: who releases a variance.
Prices are compared per base unit, quantities through the item's packaging tree; a line that cannot
be assigned is an exception, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from suture.canonical.packaging import PackagingTree
from suture.core.money import round_money
from suture.core.refusal import RefusalError
from suture.documents.events import LineMatch
from suture.documents.supply import Invoice, InvoiceLine
from suture.governance.policy import MatchPolicy, Tolerance


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """An order line as the match sees it; quantities in `uom`."""

    quantity: Fraction
    uom: str
    unit_price: Decimal
    item_class: str
    received: Fraction
    tree: PackagingTree | None = None
    billed_before: Fraction = Fraction(0)
    """Quantity that other rows and other invoices have claimed."""
    over_before: Fraction = Fraction(0)
    """Money above the ordered price that they were let pass with."""


@dataclass(frozen=True, slots=True)
class Before:
    """Goods and charges that other invoices of the order have claimed."""

    goods: Fraction = Fraction(0)
    charges: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class MatchResult:
    """`within_tolerance`, `receipt_missing` or `out_of_tolerance`, and the evidence."""

    result: str
    lines: tuple[LineMatch, ...]
    tolerance: str


def match_invoice(
    invoice: Invoice,
    ordered: dict[str, OrderedLine],
    policy: MatchPolicy,
    before: Before = Before(),
) -> MatchResult:
    """Return the match of every line; the invoice takes the state of its worst line.

    A row counts what earlier rows of its order line, of this invoice and of others, have claimed:
    what does not pass whole does not pass in parts.
    """
    lines, held = [], dict(ordered)
    for row in invoice.lines:
        lines.append(_match_line(row, held.get(row.po_line), policy))
        held = _claimed(held, row, is_released=False)
    names = {
        policy.tolerance_for(ordered[x.po_line].item_class).name
        for x in invoice.lines
        if x.po_line in ordered
    }
    lines += [
        x
        for x in (
            _charges(invoice, ordered, policy, before),
            _tax(invoice, policy),
            _total(invoice),
        )
        if x is not None
    ]
    results = {x.result for x in lines}
    result = "within_tolerance"
    if results - {"MATCH", "NO_RECEIPT"}:
        result = "out_of_tolerance"
    elif "NO_RECEIPT" in results:
        result = "receipt_missing"
    return MatchResult(result, tuple(lines), ", ".join(sorted(names)) or "none")


def add_billed(
    ordered: dict[str, OrderedLine], before: Before, other: Invoice, *, is_released: bool
) -> tuple[dict[str, OrderedLine], Before]:
    """Return the order's lines and sums with the claim of another invoice of it added.

    What a person released above the order's price is not held against the next invoice.
    """
    for row in other.lines:
        ordered = _claimed(ordered, row, is_released=is_released)
    charges = Fraction(0) if is_released else Fraction(max(other.charges, Decimal(0)))
    return ordered, Before(before.goods + _goods(other), before.charges + charges)


def _claimed(
    ordered: dict[str, OrderedLine], row: InvoiceLine, *, is_released: bool
) -> dict[str, OrderedLine]:
    order = ordered.get(row.po_line)
    if order is None:
        return ordered
    try:
        factor = _factor(row.uom, order)
    except RefusalError:
        return ordered
    quantity = row.quantity * factor
    over = max(Fraction(row.unit_price) / factor - Fraction(order.unit_price), Fraction(0))
    changed = replace(
        order,
        billed_before=order.billed_before + quantity,
        over_before=order.over_before + (0 if is_released else max(over * quantity, Fraction(0))),
    )
    return {**ordered, row.po_line: changed}


def _goods(invoice: Invoice) -> Fraction:
    return sum((Fraction(x.unit_price) * x.quantity for x in invoice.lines), Fraction(0))


def _match_line(row: InvoiceLine, order: OrderedLine | None, policy: MatchPolicy) -> LineMatch:
    billed = round_money(Fraction(row.unit_price) * row.quantity)
    if order is None:
        return _found(row, "NO_PO", billed, Decimal(0), "no such order line")
    try:
        factor = _factor(row.uom, order)
    except RefusalError:
        return _found(
            row, "UOM", billed, Decimal(0), f"unit {row.uom} does not convert to {order.uom}"
        )
    quantity = row.quantity * factor
    expected = round_money(Fraction(order.unit_price) * quantity)
    tolerance = policy.tolerance_for(order.item_class)
    price = _price_problem(row, order, factor, quantity, tolerance, policy)
    if price:
        return _found(row, "PRICE", billed, expected, price)
    claimed = order.billed_before + quantity
    earlier = f" after {order.billed_before} before" if order.billed_before else ""
    if claimed > order.quantity:
        text = f"billed {quantity}{earlier} of {order.quantity} ordered"
        return _found(row, "QTY", billed, expected, text)
    if not _within_quantity(claimed, order.received, tolerance):
        if order.received < order.quantity:
            text = f"received {order.received} of {claimed}"
            return _found(row, "NO_RECEIPT", billed, expected, text)
        text = f"billed {quantity}{earlier}, received {order.received}"
        return _found(row, "QTY", billed, expected, text)
    return _found(row, "MATCH", billed, expected, "")


def _factor(uom: str, order: OrderedLine) -> Fraction:
    """Return order units per billed unit."""
    if uom == order.uom:
        return Fraction(1)
    if order.tree is None:
        raise RefusalError("packaging.unknown-unit", "the item has no packaging tree")
    return order.tree.factor(uom) / order.tree.factor(order.uom)


def _within_quantity(billed: Fraction, received: Fraction, tolerance: Tolerance) -> bool:
    return billed <= received * (1 + Fraction(tolerance.quantity_percent) / 100)


def _price_problem(
    row: InvoiceLine,
    order: OrderedLine,
    factor: Fraction,
    quantity: Fraction,
    tolerance: Tolerance,
    policy: MatchPolicy,
) -> str:
    """Return what is wrong with the price; a lower price is accepted and recorded."""
    billed_unit = Fraction(row.unit_price) / factor
    over = billed_unit - Fraction(order.unit_price)
    if over <= 0:
        return ""
    extended = order.over_before + over * quantity
    by_percent = Fraction(order.unit_price) * Fraction(tolerance.price_percent) / 100
    allowed = min(by_percent, Fraction(tolerance.price_amount))
    rounding = Fraction(policy.rounding_per_line) if tolerance.price_percent else Fraction(0)
    if over <= allowed and extended <= Fraction(tolerance.line_amount):
        return ""
    if extended < rounding:
        return ""
    percent = round_money(over * 100 / Fraction(order.unit_price), 1) if order.unit_price else 0
    return (
        f"billed {row.unit_price}/{row.uom}, ordered {order.unit_price}/{order.uom} "
        f"(+{percent} %), tolerance {tolerance.name}"
    )


def _charges(
    invoice: Invoice, ordered: dict[str, OrderedLine], policy: MatchPolicy, before: Before
) -> LineMatch | None:
    if invoice.charges <= 0:
        return None
    goods = _goods(invoice) + before.goods
    classes = [o.item_class for o in ordered.values()] or [""]
    tolerances = [policy.tolerance_for(c) for c in classes]
    tightest = min(tolerances, key=lambda t: (t.freight_percent, t.freight_amount))
    allowed = min(
        goods * Fraction(tightest.freight_percent) / 100, Fraction(tightest.freight_amount)
    )
    result = "MATCH" if Fraction(invoice.charges) + before.charges <= allowed else "CHARGE"
    return LineMatch(
        line="charges",
        po_line="",
        result=result,
        billed=invoice.charges,
        expected=Decimal(0),
        detail="" if result == "MATCH" else "freight or fees that are not on the order",
    )


def _tax(invoice: Invoice, policy: MatchPolicy) -> LineMatch | None:
    """Return the tax line where an exemption certificate leaves no tax to pay (spec 2.0.12)."""
    if not policy.is_tax_exempt or invoice.tax <= 0:
        return None
    return LineMatch(
        line="tax",
        po_line="",
        result="TAX",
        billed=invoice.tax,
        expected=Decimal(0),
        detail="tax is billed to an exempt buyer",
    )


def _total(invoice: Invoice) -> LineMatch | None:
    expected = round_money(_goods(invoice)) + invoice.charges + invoice.tax
    if abs(expected - invoice.total) <= Decimal("0.01"):
        return None
    return LineMatch(
        line="total",
        po_line="",
        result="CHARGE",
        billed=invoice.total,
        expected=expected,
        detail="the total is not the sum of lines, charges and tax",
    )


def _found(
    row: InvoiceLine, result: str, billed: Decimal, expected: Decimal, detail: str
) -> LineMatch:
    return LineMatch(
        line=row.line,
        po_line=row.po_line,
        result=result,
        billed=billed,
        expected=expected,
        detail=detail,
    )
