"""One JSON for documents and canonical records: exact numbers, no value in an error."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.canonical.record import decode_record, encode_record
from suture.core import json_codec
from suture.documents import codec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One of everything the house writes."""

    quantity: Fraction
    price: Decimal
    on: date | None = None
    at: datetime | None = None
    by_name: dict[str, Fraction] = {}


ROW = Row(
    quantity=Fraction(1, 3),
    price=Decimal("10.50"),
    on=date(2027, 1, 4),
    at=datetime(2027, 1, 4, 14, 0, tzinfo=UTC),
    by_name={"b": Fraction(2), "a": Fraction(5, 2)},
)


def test_a_row_by_hand() -> None:
    """Fractions and decimals are text; the canonical form sorts the keys of mappings."""
    values = (
        b'{"quantity":"1/3","price":"10.50","on":"2027-01-04",'
        b'"at":"2027-01-04T14:00:00Z","by_name":'
    )
    assert codec.encode(ROW) == values + b'{"b":"2","a":"2.5"}}'
    assert encode_record(ROW) == values + b'{"a":"2.5","b":"2"}}'
    assert codec.builtins(ROW)["by_name"] == {"b": "2", "a": "2.5"}


@given(
    st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6),
    st.decimals(-(10**9), 10**9, places=3),
)
def test_both_codecs_give_back_what_they_took(quantity: Fraction, price: Decimal) -> None:
    """Round trip through the documents' codec and through the records' codec."""
    row = Row(quantity=quantity, price=price)
    assert codec.decode(codec.encode(row), Row) == row
    assert decode_record(encode_record(row), Row) == row
    assert decode_record(msgspec.Raw(codec.encode(row)), Row) == row
    assert encode_record(decode_record(codec.encode(row), Row)) == encode_record(row)


@pytest.mark.parametrize("value", ['"SYNCANARY"', '"1/0"', "true", '["SYNCANARY"]', '"1e9"'])
def test_what_is_no_quantity_is_refused_without_its_value(value: str) -> None:
    """The error names the field; the value stays where it is."""
    with pytest.raises(msgspec.ValidationError, match="quantity") as refused:
        codec.decode(f'{{"quantity":{value},"price":"1"}}'.encode(), Row)
    assert "SYNCANARY" not in str(refused.value)
    assert "$.quantity" in str(refused.value)


def test_a_json_number_is_a_quantity_too() -> None:
    """A peer that writes 2.5 means 2.5."""
    assert codec.decode(b'{"quantity":2.5,"price":1}', Row).quantity == Fraction(5, 2)


@pytest.mark.parametrize("value", [object(), 1j, Row])
def test_foreign_types_are_refused(value: Any) -> None:
    """Only what the house knows is written; the text names the type, not the value."""
    with pytest.raises(TypeError, match="cannot encode"):
        codec.encode({"value": value})


def test_a_foreign_type_is_not_read() -> None:
    """A struct with a type of another house cannot be decoded."""
    with pytest.raises((TypeError, msgspec.ValidationError)):
        json_codec.decode(b'"x"', complex)
