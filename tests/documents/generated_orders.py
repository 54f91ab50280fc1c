"""Purchase orders as Hypothesis makes them: exact numbers, GTINs that check, texts, any script."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from suture.documents.supply import OrderLine, PurchaseOrder
from suture.formats.identifier import check_digit_mod10

NUMBERS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789-", min_size=1, max_size=20)
"""Numbers that identify: none of the characters that a standard keeps for itself."""
MAYBE = st.one_of(st.just(""), NUMBERS)
DAYS = st.dates(date(2020, 1, 1), date(2039, 12, 31))
PRICES = st.decimals(0, 99999, places=4, allow_nan=False, allow_infinity=False)
QUANTITIES = st.one_of(
    st.integers(1, 99999).map(Fraction),
    st.builds(Fraction, st.integers(1, 99999), st.sampled_from((2, 4, 5, 8, 10, 1000))),
)
UNITS = st.sampled_from(("EA", "BX", "CA", "ST", "ML", "ZZ"))
CURRENCIES = st.sampled_from(("USD", "EUR", "CHF"))
TEXTS = st.one_of(
    st.just(""),
    st.text(max_size=300).map(lambda text: text.replace("\x00", "")),
    st.text("aäβж医*~+:'?^ \t", max_size=60),
)
URGENCIES = st.sampled_from(("ROUTINE", "URGENT", "EMERGENCY", "EXPEDITE"))


def _gtin(body: str) -> str:
    return body + check_digit_mod10(body)


GTINS = st.integers(0, 99999).map(lambda n: _gtin(f"0952{n:09}"))
GLNS = st.one_of(st.just(""), st.integers(0, 99999).map(lambda n: _gtin(f"952{n:09}")))


def _line(number: int) -> st.SearchStrategy[OrderLine]:
    return st.builds(
        OrderLine,
        line=st.just(str(number)),
        item=NUMBERS,
        quantity=QUANTITIES,
        uom=UNITS,
        unit_price=PRICES.map(lambda price: abs(Decimal(price))),
        currency=CURRENCIES,
        gtin=st.one_of(st.just(""), GTINS),
        catalog_no=MAYBE,
        description=TEXTS,
        contract=MAYBE,
        cost_center=MAYBE,
        deliver_to=TEXTS,
        demand_token=MAYBE,
    )


def _lines(count: int) -> st.SearchStrategy[tuple[OrderLine, ...]]:
    return st.tuples(*(_line(number) for number in range(1, count + 1)))


ORDERS = st.builds(
    PurchaseOrder,
    po_number=NUMBERS,
    supplier=NUMBERS,
    facility=NUMBERS,
    order_date=DAYS,
    need_by=DAYS,
    lines=st.one_of(st.integers(1, 4), st.just(20)).flatmap(_lines),
    currency=CURRENCIES,
    contract=MAYBE,
    bill_to_gln=GLNS,
    bill_to_name=TEXTS,
    ship_to_gln=GLNS,
    ship_to_name=TEXTS,
    vendor_no=MAYBE,
    urgency=URGENCIES,
)
