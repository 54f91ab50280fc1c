"""Three-way match of order, receipt and invoice (spec 2.6 algorithm, tolerances 2.0.12).

In: an invoice, the order's lines with cumulative receipts, the tolerance policy. Out: a typed
result per line and for the invoice (the worst line). Refuses to know: who releases a variance.
Prices are compared per base unit, quantities through the item's packaging tree; a line that cannot
be assigned is an exception, never a guess.
"""

from __future__ import annotations

from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class MatchResult:
    """`within_tolerance`, `receipt_missing` or `out_of_tolerance`, and the evidence."""

    result: str
    lines: tuple[LineMatch, ...]
    tolerance: str


def match_invoice(
    invoice: Invoice, ordered: dict[str, OrderedLine], policy: MatchPolicy
) -> MatchResult:
    """Return the match of every line; the invoice takes the state of its worst line."""
    lines = [_match_line(row, ordered.get(row.po_line), policy) for row in invoice.lines]
    names = {
        policy.tolerance_for(ordered[x.po_line].item_class).name
        for x in invoice.lines
        if x.po_line in ordered
    }
    charge = _charges(invoice, ordered, policy)
    if charge is not None:
        lines.append(charge)
    total = _total(invoice)
    if total is not None:
        lines.append(total)
    results = {x.result for x in lines}
    result = "within_tolerance"
    if results - {"MATCH", "NO_RECEIPT"}:
        result = "out_of_tolerance"
    elif "NO_RECEIPT" in results:
        result = "receipt_missing"
    return MatchResult(result, tuple(lines), ", ".join(sorted(names)) or "none")


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
    if quantity > order.quantity:
        return _found(
            row, "QTY", billed, expected, f"billed {quantity} of {order.quantity} ordered"
        )
    if order.received == 0 or order.received < quantity:
        over = _within_quantity(quantity, order.received, tolerance)
        if order.received < order.quantity and not over:
            return _found(
                row, "NO_RECEIPT", billed, expected, f"received {order.received} of {quantity}"
            )
        if not over:
            return _found(
                row, "QTY", billed, expected, f"billed {quantity}, received {order.received}"
            )
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
    extended = over * quantity
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
    invoice: Invoice, ordered: dict[str, OrderedLine], policy: MatchPolicy
) -> LineMatch | None:
    if invoice.charges <= 0:
        return None
    goods = sum((Fraction(x.unit_price) * x.quantity for x in invoice.lines), Fraction(0))
    classes = [o.item_class for o in ordered.values()] or [""]
    tolerances = [policy.tolerance_for(c) for c in classes]
    tightest = min(tolerances, key=lambda t: (t.freight_percent, t.freight_amount))
    allowed = min(
        goods * Fraction(tightest.freight_percent) / 100, Fraction(tightest.freight_amount)
    )
    result = "MATCH" if Fraction(invoice.charges) <= allowed else "CHARGE"
    return LineMatch(
        line="charges",
        po_line="",
        result=result,
        billed=invoice.charges,
        expected=Decimal(0),
        detail="" if result == "MATCH" else "freight or fees that are not on the order",
    )


def _total(invoice: Invoice) -> LineMatch | None:
    goods = sum((Fraction(x.unit_price) * x.quantity for x in invoice.lines), Fraction(0))
    expected = round_money(goods) + invoice.charges + invoice.tax
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
