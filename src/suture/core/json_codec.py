"""JSON inside the house: Decimal and Fraction survive as text, instants keep their offset.

In: msgspec structs and builtins, JSON bytes. Out: JSON bytes, structs, plain builtins. Refuses to
know: which struct. Decoding errors name a place, never the value that does not fit.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, TypeVar

import msgspec

from suture.core.money import parse_quantity, quantity_text

T = TypeVar("T")

_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
"""One decoder per type: making one costs more than a decode."""


def _to_builtin(value: Any) -> Any:
    if isinstance(value, Fraction):
        return quantity_text(value)
    raise TypeError(f"cannot encode {type(value).__name__}")


def _from_builtin(kind: type, value: Any) -> Any:
    if kind is not Fraction:
        raise TypeError(f"cannot decode {kind.__name__}")
    try:
        return parse_quantity(str(value))
    except (ValueError, ZeroDivisionError):
        # What Fraction says repeats the value.
        raise ValueError("not a quantity") from None


def encoder(order: Literal["deterministic"] | None = None) -> msgspec.json.Encoder:
    """Return an encoder; `order` "deterministic" sorts the keys of mappings and sets."""
    return msgspec.json.Encoder(enc_hook=_to_builtin, decimal_format="string", order=order)


def decode(data: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Return the value of type `kind`; raises msgspec.ValidationError when it does not fit."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind, dec_hook=_from_builtin)
    decoded: T = decoder.decode(data)
    return decoded


def builtins(value: Any) -> Any:
    """Return plain JSON builtins of a struct, for views and decision records."""
    return msgspec.to_builtins(value, enc_hook=_to_builtin)
