"""What the kinds of CMS messages share: names of algorithms, the outer frame, who is meant.

In: elements. Out: names, certificates of the right party. Refuses to know: keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from suture.formats.as2 import ber
from suture.formats.as2.ber import OCTETS, OID, SEQUENCE, Node

DATA = ber.oid("1.2.840.113549.1.7.1")
SIGNED = ber.oid("1.2.840.113549.1.7.2")
ENVELOPED = ber.oid("1.2.840.113549.1.7.3")
COMPRESSED = ber.oid("1.2.840.113549.1.9.16.1.9")
AUTH_ENVELOPED = ber.oid("1.2.840.113549.1.9.16.1.23")
RSA = ber.oid("1.2.840.113549.1.1.1")

DIGESTS: Mapping[str, tuple[bytes, hashes.HashAlgorithm]] = MappingProxyType(
    {
        "sha1": (ber.oid("1.3.14.3.2.26"), hashes.SHA1()),
        "sha256": (ber.oid("2.16.840.1.101.3.4.2.1"), hashes.SHA256()),
        "sha384": (ber.oid("2.16.840.1.101.3.4.2.2"), hashes.SHA384()),
        "sha512": (ber.oid("2.16.840.1.101.3.4.2.3"), hashes.SHA512()),
    }
)
"""Name without hyphen -> object identifier, algorithm."""


def digest(name: str, content: bytes) -> bytes:
    """Return the digest of content."""
    made = hashes.Hash(DIGESTS[name][1])
    made.update(content)
    return made.finalize()


def algorithm(node: Node) -> bytes:
    """Return the object identifier of an AlgorithmIdentifier, encoded."""
    return ber.der(OID, node.child(0, OID).content)


def framed(kind: bytes, content: bytes) -> bytes:
    """Return a ContentInfo (RFC 5652 section 3)."""
    return ber.sequence(kind, ber.der(0xA0, content))


def unframed(data: bytes, *kinds: bytes) -> tuple[bytes, Node]:
    """Return kind and content of a ContentInfo; raises RefusalError `as2.cms-*`."""
    frame = ber.read(data)
    if frame.tag != SEQUENCE:
        raise ber.bad(0)
    kind = algorithm(frame)
    if kind not in kinds:
        raise ber.bad(frame.first)
    return kind, frame.child(1, 0xA0).child(0, SEQUENCE)


def issuer_and_serial(certificate: x509.Certificate) -> bytes:
    """Return how CMS names a certificate (RFC 5652 section 10.2.4)."""
    return ber.sequence(certificate.issuer.public_bytes(), ber.integer(certificate.serial_number))


def meant(name: Node, among: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates that a name may mean: by serial number, or by key identifier.

    Which issuer is not asked: what they are compared with is pinned, and a key decides.
    """
    if name.tag == SEQUENCE:
        serial = name.child(1, ber.INTEGER).integer
        return [each for each in among if each.serial_number == serial]
    return [each for each in among if _key_identifier(each) == name.octets]


def _key_identifier(certificate: x509.Certificate) -> bytes:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
    return found.value.digest


def enclosed(node: Node) -> bytes | None:
    """Return the octets an EncapsulatedContentInfo holds, None when they stand elsewhere."""
    if len(node.children) < 2:
        return None
    pieces = node.child(1, 0xA0).children
    if len(pieces) != 1 or pieces[0].tag & ~0x20 != OCTETS:
        raise ber.bad(node.first)
    return pieces[0].octets
