"""Adds up the amounts of a document and states where they do not agree.

In: a `Document`. Out: problems `cxml.sum`. Refuses to know: prices agreed with anybody. Where a
document has parts that change a total in ways this module does not follow (price bases,
modifications), the sum is not judged. A wrong subtotal is an error; the totals above it are warned
of, since partners differ in what they put in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Final

from suture.formats.cxml.document import Document, Element
from suture.formats.cxml.read import Reading

_LINE_TOLERANCE: Final = Fraction(1, 100)
"""A cent per line: partners round prices before or after they multiply."""


class _Sum:
    """Reads amounts for a sum; one that is missing or no number makes the sum unjudged."""

    def __init__(self, read: Reading, document: Document) -> None:
        self.read = read
        self.body = document.request
        self._silent = Reading(document)

    def amount(self, element: Element | None, below: str) -> Fraction | None:
        if element is None or element.find(below.partition("/@")[0]) is None:
            return None
        found = self._silent.number(element, below)
        return None if found is None else Fraction(found)

    def quantity(self, element: Element, below: str = "@quantity") -> Fraction | None:
        found = self._silent.number(element, below)
        return None if found is None else Fraction(found)

    def total(self, elements: Iterable[Element], below: str) -> Fraction | None:
        """Return the sum over elements, or None when there are none or one has no amount."""
        found = [self.amount(element, below) for element in elements]
        whole = [one for one in found if one is not None]
        return sum(whole, Fraction(0)) if found and len(whole) == len(found) else None

    def compare(self, element: Element, below: str, expected: Fraction | None, lines: int) -> None:
        told = self.amount(element, below)
        if told is None or expected is None:
            return
        if abs(told - expected) > _LINE_TOLERANCE * max(1, lines):
            note = "the amount is not the sum of its parts"
            self.read.state("cxml.sum", element, below, note, is_error="Subtotal" in below)


def check_sums(document: Document, read: Reading) -> None:
    """State in `read` the amounts of a document that do not add up."""
    check = _CHECKS.get(document.kind)
    if check is not None:
        check(_Sum(read, document))


def _extended(sums: _Sum, lines: list[Element], price: str) -> Fraction | None:
    """Return the sum of quantity x price over lines, or None where that is not the whole story."""
    total = Fraction(0)
    for line in lines:
        quantity, each = sums.quantity(line), sums.amount(line, price)
        if quantity is None or each is None or _is_particular(line):
            return None
        total += quantity * each
    return total if lines else None


def _is_particular(line: Element) -> bool:
    """Return whether a price basis or a modification makes the price of a line another one."""
    names = ("PriceBasisQuantity", "Modifications", "InvoiceItemModifications", "SpendDetail")
    return next(line.iter(*names), None) is not None


def _order(sums: _Sum) -> None:
    header = sums.body.find("OrderRequestHeader")
    if header is None or header.find("Total/Modifications") is not None:
        return
    lines = sums.body.findall("ItemOut")
    expected = _extended(sums, lines, "ItemDetail/UnitPrice/Money")
    sums.compare(header, "Total/Money", expected, len(lines))


def _cart(sums: _Sum) -> None:
    header = sums.body.find("PunchOutOrderMessageHeader")
    lines = sums.body.findall("ItemIn")
    if header is not None:
        expected = _extended(sums, lines, "ItemDetail/UnitPrice/Money")
        sums.compare(header, "Total/Money", expected, len(lines))


def _confirmation(sums: _Sum) -> None:
    for line in sums.body.findall("ConfirmationItem"):
        ordered = sums.quantity(line)
        parts = [sums.quantity(part) for part in line.findall("ConfirmationStatus")]
        whole = [part for part in parts if part is not None]
        units = {part.findtext("UnitOfMeasure") for part in line.findall(".//*[UnitOfMeasure]")}
        is_judged = ordered is not None and len(whole) == len(parts) and len(units) < 2
        if is_judged and parts and sum(whole, Fraction(0)) != ordered:
            note = "the quantities of the parts do not make the line's"
            sums.read.state("cxml.sum", line, "@quantity", note, is_error=False)


def _invoice(sums: _Sum) -> None:
    lines = [
        line
        for name in ("InvoiceDetailItem", "InvoiceDetailServiceItem")
        for line in sums.body.findall(f".//{name}")
    ]
    for line in lines:
        if line.tag == "InvoiceDetailItem" and not _is_particular(line):
            expected = _extended(sums, [line], "UnitPrice/Money")
            sums.compare(line, "SubtotalAmount/Money", expected, 1)
    summary = sums.body.find("InvoiceDetailSummary")
    if summary is None:
        return
    summed = [*lines, *sums.body.findall("InvoiceDetailHeaderOrder/InvoiceDetailOrderSummary")]
    subtotals = sums.total(summed, "SubtotalAmount/Money")
    sums.compare(summary, "SubtotalAmount/Money", subtotals, len(summed))
    if summary.find("InvoiceHeaderModifications") is None:
        _totals(sums, summary)


def _totals(sums: _Sum, summary: Element) -> None:
    """Check gross, net and due, each from the one before; what is not there counts as nothing."""

    def given(name: str) -> Fraction:
        return sums.amount(summary, f"{name}/Money") or Fraction(0)

    charges = given("Tax") + given("SpecialHandlingAmount") + given("ShippingAmount")
    subtotal = sums.amount(summary, "SubtotalAmount/Money")
    gross = None if subtotal is None else subtotal + charges
    sums.compare(summary, "GrossAmount/Money", gross, 1)
    gross = sums.amount(summary, "GrossAmount/Money") or gross
    net = None if gross is None else gross - given("InvoiceDetailDiscount")
    sums.compare(summary, "NetAmount/Money", net, 1)
    net = sums.amount(summary, "NetAmount/Money") or net
    due = None if net is None else net - given("DepositAmount")
    sums.compare(summary, "DueAmount/Money", due, 1)


def _remittance(sums: _Sum) -> None:
    summary = sums.body.find("PaymentRemittanceSummary")
    details = sums.body.findall("RemittanceDetail")
    if summary is not None:
        for name in ("NetAmount/Money", "GrossAmount/Money"):
            sums.compare(summary, name, sums.total(details, name), 0)


def _receipt(sums: _Sum) -> None:
    items = sums.body.findall("ReceiptOrder/ReceiptItem")
    for item in items:
        quantity, each = sums.quantity(item), sums.amount(item, "UnitRate/Money")
        if quantity is not None and each is not None:
            sums.compare(item, "ReceivedAmount/Money", quantity * each, 1)
    expected = sums.total(items, "ReceivedAmount/Money")
    sums.compare(sums.body, "Total/Money", expected, len(items))


_CHECKS: Final[dict[str, Callable[[_Sum], None]]] = {
    "OrderRequest": _order,
    "PunchOutOrderMessage": _cart,
    "ConfirmationRequest": _confirmation,
    "InvoiceDetailRequest": _invoice,
    "PaymentRemittanceRequest": _remittance,
    "ReceiptRequest": _receipt,
}
