"""A changed message as the list of its edits: what a store keeps when it keeps what was received.

In: the bytes received, the bytes made of them. Out: edits, and from them the same bytes again.
Refuses to know: formats beyond the end of a segment, stores. The digest of the result travels with
the edits: what does not come out as it went in is refused, never sent.

Layout: `E1`, 8 bytes of the result's SHA-256, then per edit three numbers (bytes kept before it,
bytes left out, bytes put in; 7 bits a byte, the lowest first) and the bytes put in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from suture.core.refusal import RefusalError

MARK = b"E1"
_DIGEST_BYTES = 8
_END = b"\r"
SHARE = 0.75
"""Edits longer than this share of the message save nothing worth the work."""

_SMALL = tuple(bytes((value,)) for value in range(128))

Edit = tuple[int, int, bytes]
"""(offset in the received bytes, bytes left out, bytes put in)."""


def edits_of(received: bytes, made: bytes) -> bytes | None:
    """Return the edits that make `made` of `received`, None when they are not much shorter."""
    parts: list[bytes] = [MARK, hashlib.sha256(made).digest()[:_DIGEST_BYTES]]
    place = size = 0
    for offset, left_out, put_in in _differences(received, made):
        size += len(put_in) + 6
        if size > SHARE * len(made):
            return None
        parts += (_number(offset - place), _number(left_out), _number(len(put_in)), put_in)
        place = offset + left_out
    return b"".join(parts)


def applied(received: bytes, edits: bytes) -> bytes:
    """Return the bytes that the edits make of `received`.

    Raises RefusalError `flow.edits-broken` when they are not edits of these bytes.
    """
    if edits[: len(MARK)] != MARK:
        raise RefusalError("flow.edits-broken", "these are no edits")
    digest = edits[len(MARK) : len(MARK) + _DIGEST_BYTES]
    at, place = len(MARK) + _DIGEST_BYTES, 0
    parts: list[bytes] = []
    try:
        while at < len(edits):
            kept, at = _read(edits, at)
            left_out, at = _read(edits, at)
            length, at = _read(edits, at)
            parts += (received[place : place + kept], edits[at : at + length])
            place, at = place + kept + left_out, at + length
    except IndexError:
        raise RefusalError("flow.edits-broken", "the edits end too early") from None
    parts.append(received[place:])
    made = b"".join(parts)
    if hashlib.sha256(made).digest()[:_DIGEST_BYTES] != digest:
        raise RefusalError("flow.edits-broken", "the edits are not of these bytes")
    return made


def _differences(received: bytes, made: bytes) -> Iterator[Edit]:
    """Yield where the two differ: segment by segment, or once when segments came or went."""
    if received == made:
        return
    old, new = received.split(_END), made.split(_END)
    if len(old) != len(new):
        yield _difference(0, received, made)
        return
    offset = 0
    for before, after in zip(old, new, strict=True):
        if before != after:
            yield _difference(offset, before, after)
        offset += len(before) + 1


def _difference(offset: int, before: bytes, after: bytes) -> Edit:
    start = _alike(before, after)
    end = _alike(before[start:][::-1], after[start:][::-1])
    return offset + start, len(before) - start - end, after[start : len(after) - end]


def _alike(one: bytes, other: bytes) -> int:
    """Return how many first bytes are the same: as numbers, they differ from there on."""
    length = min(len(one), len(other))
    apart = int.from_bytes(one[:length]) ^ int.from_bytes(other[:length])
    return length - (apart.bit_length() + 7) // 8


def _number(value: int) -> bytes:
    if value < 128:
        return _SMALL[value]
    made = bytearray()
    while value > 127:
        made.append(value & 127 | 128)
        value >>= 7
    made.append(value)
    return bytes(made)


def _read(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
