"""JSON of supply documents and business events.

In: msgspec structs. Out: JSON bytes and back. Refuses to know: which struct (see `events`).
"""

from __future__ import annotations

from typing import Any

from suture.core.json_codec import builtins, decode, encoder

__all__ = ["builtins", "decode", "encode"]

_ENCODER = encoder()


def encode(value: Any) -> bytes:
    """Return JSON bytes of a struct or builtin; raises TypeError for foreign types."""
    return _ENCODER.encode(value)
