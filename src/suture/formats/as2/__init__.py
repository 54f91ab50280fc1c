"""AS2 messages and receipts (RFC 4130): signed, encrypted, compressed, and what is said of them.

In: bytes, headers, keys. Out: content with how it was protected, entities to post, receipts.
Refuses to know: HTTP, files, clocks. The cryptography is the library's; what stands here is the
structure around it (ADR 0022).
"""

from suture.formats.as2.entity import Entity, of, read
from suture.formats.as2.header import Parties, Wish, hyphened, parties, quoted, wished
from suture.formats.as2.mdn import Mdn, error_of
from suture.formats.as2.mdn import build as build_receipt
from suture.formats.as2.mdn import read as read_receipt
from suture.formats.as2.package import (
    STRONG_CIPHERS,
    STRONG_DIGESTS,
    Agreement,
    Protection,
    Unwrapped,
    mic,
    sign_entity,
    unwrap,
    verify_entity,
    wrap,
)
from suture.formats.as2.signed import Identity

__all__ = [
    "STRONG_CIPHERS",
    "STRONG_DIGESTS",
    "Agreement",
    "Entity",
    "Identity",
    "Mdn",
    "Parties",
    "Protection",
    "Unwrapped",
    "Wish",
    "build_receipt",
    "error_of",
    "hyphened",
    "mic",
    "of",
    "parties",
    "quoted",
    "read",
    "read_receipt",
    "sign_entity",
    "unwrap",
    "verify_entity",
    "wished",
    "wrap",
]
