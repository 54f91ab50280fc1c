"""JSON of canonical records: exact numbers survive, the same record always gives the same bytes.

In: canonical structs. Out: JSON bytes and back, and the hash that names a version. Refuses to know:
which entity, and where the bytes are kept.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

import msgspec

from suture.core.json_codec import decode, encoder

T = TypeVar("T")


class Status(StrEnum):
    """Life of a canonical record (spec 3, common attributes)."""

    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    INACTIVE = "INACTIVE"
    MERGED = "MERGED"


class Identifier(msgspec.Struct, frozen=True, kw_only=True):
    """One name a system gives an entity; `scope` is a facility code, empty means everywhere."""

    system: str
    type: str
    value: str
    scope: str = ""


def identifier_value(identifiers: tuple[Identifier, ...], system: str, kind: str) -> str:
    """Return the first identifier of a system and type, or empty text."""
    return next((i.value for i in identifiers if i.system == system and i.type == kind), "")


_ENCODER = encoder(order="deterministic")


def encode_record(record: msgspec.Struct) -> bytes:
    """Return the canonical JSON bytes of a record."""
    return _ENCODER.encode(record)


def decode_record(data: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Return the record of type `kind`; raises msgspec.ValidationError when it does not fit."""
    return decode(data, kind)


def version_hash(value: bytes) -> str:
    """Return the hex sha256 that names this version of a record."""
    return hashlib.sha256(value).hexdigest()


def day_of(as_of: date) -> date:
    """Return the calendar day of a date or datetime; effective windows have day precision."""
    return as_of.date() if isinstance(as_of, datetime) else as_of


def is_effective(valid_from: date | None, valid_to: date | None, as_of: date) -> bool:
    """Tell if `as_of` lies in the window; both ends are included, an absent end is open."""
    day = day_of(as_of)
    return (valid_from is None or valid_from <= day) and (valid_to is None or day <= valid_to)
