"""CMS compressed-data with zlib (RFC 3274), inflated up to a bound.

In: content, or compressed-data. Out: the other. Refuses to know: MIME.
"""

from __future__ import annotations

import zlib

from suture.core.refusal import RefusalError
from suture.formats.as2 import ber, cms
from suture.formats.as2.ber import SEQUENCE

ZLIB = ber.oid("1.2.840.113549.1.9.16.3.8")


def compress(content: bytes) -> bytes:
    """Return content as compressed-data."""
    inner = ber.sequence(cms.DATA, ber.der(0xA0, ber.octets(zlib.compress(content))))
    return cms.framed(cms.COMPRESSED, ber.sequence(ber.integer(0), ber.sequence(ZLIB), inner))


def decompress(data: bytes, content_bytes_max: int) -> bytes:
    """Return what compressed-data holds.

    Raises RefusalError `as2.cms-*`, `as2.decompression-failed`, and `as2.too-large` before more
    than `content_bytes_max` bytes were made.
    """
    _, node = cms.unframed(data, cms.COMPRESSED)
    if cms.algorithm(node.child(1, SEQUENCE)) != ZLIB:
        raise RefusalError("as2.decompression-failed", "not compressed with zlib")
    packed = cms.enclosed(node.child(2, SEQUENCE))
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(packed or b"", content_bytes_max + 1)
    except zlib.error:
        raise RefusalError("as2.decompression-failed", "the zlib stream is broken") from None
    if len(content) > content_bytes_max:
        raise RefusalError("as2.too-large", "it inflates to more than the flow takes")
    if not inflater.eof:
        raise RefusalError("as2.decompression-failed", "the zlib stream ends too early")
    return content
