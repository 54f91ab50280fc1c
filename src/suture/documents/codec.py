"""JSON inside the house: Decimal and Fraction survive, instants are UTC.

In: msgspec structs. Out: JSON bytes and back. Refuses to know: which struct (see `events`).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeVar

import msgspec

from suture.core.money import parse_quantity, quantity_text

T = TypeVar("T")


def _enc(value: Any) -> Any:
    if isinstance(value, Fraction):
        return quantity_text(value)
    raise TypeError(f"cannot encode {type(value).__name__}")


def _dec(kind: type, value: Any) -> Any:
    if kind is Fraction:
        return parse_quantity(str(value))
    raise TypeError(f"cannot decode {kind.__name__}")


_ENCODER = msgspec.json.Encoder(enc_hook=_enc, decimal_format="string")
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def encode(value: Any) -> bytes:
    """Return canonical JSON bytes of a struct or builtin; raises TypeError for foreign types."""
    return _ENCODER.encode(value)


def decode(data: bytes, kind: type[T]) -> T:
    """Return the struct of type `kind`; raises msgspec.ValidationError when it does not fit."""
    decoder = _DECODERS.get(kind)
    if decoder is None:
        decoder = _DECODERS[kind] = msgspec.json.Decoder(kind, dec_hook=_dec)
    decoded: T = decoder.decode(data)
    return decoded


def builtins(value: Any) -> Any:
    """Return plain JSON builtins of a struct, for views and decision records."""
    return msgspec.to_builtins(value, enc_hook=_enc)
