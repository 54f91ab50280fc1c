"""Writes values as JSON, numbers as they were read.

In: dicts, lists, texts, booleans, ints, Decimals. Out: UTF-8 bytes. Refuses to write floats: `0.1`
is not the number that was meant.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from suture.core.refusal import RefusalError
from suture.formats.fhir.number import Number

_DEPTH_MAX: Final = 100
"""As deep as is read."""


def to_json(value: object) -> bytes:
    """Return `value` as compact JSON; raises RefusalError `fhir.value`."""
    parts: list[str] = []
    _write(value, parts, 0)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise RefusalError("fhir.value", "a text has half a surrogate pair") from None


def _write(value: object, parts: list[str], depth: int) -> None:
    if depth > _DEPTH_MAX:
        raise RefusalError("fhir.value", f"values are nested at most {_DEPTH_MAX} deep")
    if isinstance(value, str):
        parts.append(json.dumps(value, ensure_ascii=False))
    elif isinstance(value, Mapping):
        _write_object(value, parts, depth)
    elif isinstance(value, list | tuple):
        parts.append("[")
        for number, item in enumerate(value):
            parts.append("," if number else "")
            _write(item, parts, depth + 1)
        parts.append("]")
    else:
        parts.append(_plain(value))


def _write_object(value: Mapping[object, object], parts: list[str], depth: int) -> None:
    parts.append("{")
    for number, (key, item) in enumerate(value.items()):
        if not isinstance(key, str):
            raise RefusalError("fhir.value", "the names of an object are texts")
        parts.append("," if number else "")
        parts.append(json.dumps(key, ensure_ascii=False))
        parts.append(":")
        _write(item, parts, depth + 1)
    parts.append("}")


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):
        return value.text
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    raise RefusalError("fhir.value", "a value is None, bool, int, finite Decimal, text, dict, list")
