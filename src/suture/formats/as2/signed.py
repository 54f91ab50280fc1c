"""CMS signed-data with the content outside of it (RFC 5652 section 5, RFC 8551 section 3.5).

In: content, a key and its certificate; or a signature and the certificates that are pinned. Out: a
signature, or by whom and how content was signed. Refuses to know: authorities: a partner is whoever
holds the key of a pinned certificate, and what certificates a signature brings is not looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from suture.core.refusal import RefusalError
from suture.formats.as2 import ber, cms
from suture.formats.as2.ber import OCTETS, SEQUENCE, SET, Node

SIGNERS_MAX = 8
CONTENT_TYPE = ber.oid("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = ber.oid("1.2.840.113549.1.9.4")
SIGNING_TIME = ber.oid("1.2.840.113549.1.9.5")
PSS = ber.oid("1.2.840.113549.1.1.10")
_BY_OID = {oid: name for name, (oid, _) in cms.DIGESTS.items()}


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its key: what signs and what opens."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class Signature:
    """By whom and how content was signed."""

    certificate: x509.Certificate
    digest: str


def sign(content: bytes, by: Identity, digest: str, at: datetime) -> bytes:
    """Return a signature over content that stands elsewhere; `at` is UTC."""
    oid, algorithm = cms.DIGESTS[digest]
    when = ber.der(0x17, at.strftime("%y%m%d%H%M%SZ").encode("ascii"))
    attributes = (
        ber.sequence(CONTENT_TYPE, ber.set_of(cms.DATA)),
        ber.sequence(SIGNING_TIME, ber.set_of(when)),
        ber.sequence(MESSAGE_DIGEST, ber.set_of(ber.octets(cms.digest(digest, content)))),
    )
    over = ber.set_of(*attributes)
    how = ber.sequence(oid)
    signer = ber.sequence(
        ber.integer(1),
        cms.issuer_and_serial(by.certificate),
        how,
        b"\xa0" + over[1:],
        ber.sequence(cms.RSA, ber.NULL_VALUE),
        ber.octets(by.key.sign(over, padding.PKCS1v15(), algorithm)),
    )
    return cms.framed(
        cms.SIGNED,
        ber.sequence(
            ber.integer(1),
            ber.set_of(how),
            ber.sequence(cms.DATA),
            ber.der(0xA0, by.certificate.public_bytes(Encoding.DER)),
            ber.set_of(signer),
        ),
    )


def verify(
    content: Sequence[bytes],
    signature: bytes,
    pinned: Sequence[x509.Certificate],
    digests: Collection[str],
) -> tuple[Signature, bytes]:
    """Return who signed, and which of the forms of the content it was.

    Raises RefusalError `as2.cms-*`; `as2.authentication-failed` when no pinned certificate's key
    made it; `as2.integrity-check-failed` when it is over other content;
    `as2.insufficient-message-security` when its digest is not one of `digests`.
    """
    _, node = cms.unframed(signature, cms.SIGNED)
    signers = node.children[-1]
    if signers.tag != SET or not 0 < len(signers.children) <= SIGNERS_MAX:
        raise ber.bad(signers.start)
    weak = ""
    for signer in signers.children:
        name = _BY_OID.get(cms.algorithm(signer.child(2, SEQUENCE)), "")
        if name not in digests:
            weak = "as2.insufficient-message-security"
            continue
        if len(signer.children) < 2:
            raise ber.bad(signer.start)
        for certificate in cms.meant(signer.children[1], pinned):
            found = _checked(signer, certificate, name, content)
            if found is not None:
                return Signature(certificate, name), found
    if weak:
        raise RefusalError(weak, "signed with a digest that is not agreed")
    raise RefusalError("as2.authentication-failed", "not signed with a certificate agreed upon")


def _checked(
    signer: Node, certificate: x509.Certificate, digest: str, content: Sequence[bytes]
) -> bytes | None:
    """Return the content a signer signed, None when this certificate's key did not."""
    rest = list(signer.children[3:])
    attributes = rest.pop(0) if rest and rest[0].tag == 0xA0 else None
    if len(rest) < 2 or rest[0].tag != SEQUENCE or rest[1].tag & ~0x20 != OCTETS:
        raise ber.bad(signer.start)
    method, value = cms.algorithm(rest[0]), rest[1].octets
    if attributes is None:
        return next((c for c in content if _is_by(certificate, method, value, c, digest)), None)
    received = b"\x31" + attributes.source[attributes.start + 1 : attributes.end]
    forms = (received, ber.der_of(attributes, SET))
    if not any(_is_by(certificate, method, value, form, digest) for form in forms):
        return None
    wanted = _attribute(attributes, MESSAGE_DIGEST).octets
    for each in content:
        if cms.digest(digest, each) == wanted:
            return each
    raise RefusalError("as2.integrity-check-failed", "the content is not what was signed")


def _attribute(attributes: Node, kind: bytes) -> Node:
    for each in attributes.children:
        if cms.algorithm(each) == kind:
            return each.child(1, SET).child(0, OCTETS)
    raise ber.bad(attributes.start)


def _is_by(
    certificate: x509.Certificate, method: bytes, value: bytes, over: bytes, digest: str
) -> bool:
    algorithm = cms.DIGESTS[digest][1]
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            way: padding.AsymmetricPadding = padding.PKCS1v15()
            if method == PSS:
                way = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO)
            key.verify(value, over, way, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(value, over, ec.ECDSA(algorithm))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True
