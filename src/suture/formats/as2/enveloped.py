"""CMS enveloped-data and authenticated-enveloped-data for RSA keys (RFC 5652 section 6, RFC 5083).

In: content and the certificate it is for; or an envelope and our keys. Out: an envelope, or the
content. Refuses to know: signatures. Everything that can go wrong with a key or with padding is one
code, so that whoever sends envelopes learns nothing from the difference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.padding import PKCS7

from suture.core.ids import Entropy
from suture.core.refusal import RefusalError
from suture.formats.as2 import ber, cms
from suture.formats.as2.ber import OCTETS, SEQUENCE, SET, Node
from suture.formats.as2.signed import Identity

RECIPIENTS_MAX = 50
OAEP = ber.oid("1.2.840.113549.1.1.7")
TAG_BYTES_MIN = 12
"""RFC 5084 section 3.2."""
CIPHERS: Mapping[str, tuple[bytes, int]] = MappingProxyType(
    {
        "3des": (ber.oid("1.2.840.113549.3.7"), 24),
        "aes128-cbc": (ber.oid("2.16.840.1.101.3.4.1.2"), 16),
        "aes192-cbc": (ber.oid("2.16.840.1.101.3.4.1.22"), 24),
        "aes256-cbc": (ber.oid("2.16.840.1.101.3.4.1.42"), 32),
        "aes128-gcm": (ber.oid("2.16.840.1.101.3.4.1.6"), 16),
        "aes256-gcm": (ber.oid("2.16.840.1.101.3.4.1.46"), 32),
    }
)
"""Name -> object identifier, bytes of the key."""
_BY_OID = {oid: name for name, (oid, _) in CIPHERS.items()}


def encrypt(content: bytes, to: x509.Certificate, cipher: str, entropy: Entropy) -> bytes:
    """Return an envelope that only the holder of a certificate's RSA key can open.

    Raises RefusalError `as2.certificate-kind` for a certificate of another kind of key.
    """
    public = to.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise RefusalError("as2.certificate-kind", "encryption needs an RSA certificate")
    oid, size = CIPHERS[cipher]
    key = entropy.token_bytes(size)
    recipient = ber.sequence(
        ber.integer(0),
        cms.issuer_and_serial(to),
        ber.sequence(cms.RSA, ber.NULL_VALUE),
        ber.octets(public.encrypt(key, padding.PKCS1v15())),
    )
    if cipher.endswith("gcm"):
        nonce = entropy.token_bytes(12)
        sealed = AESGCM(key).encrypt(nonce, content, None)
        how = ber.sequence(oid, ber.sequence(ber.octets(nonce), ber.integer(16)))
        inner = ber.sequence(cms.DATA, how, ber.der(0x80, sealed[:-16]))
        mac = ber.octets(sealed[-16:])
        made = ber.sequence(ber.integer(0), ber.set_of(recipient), inner, mac)
        return cms.framed(cms.AUTH_ENVELOPED, made)
    vector = entropy.token_bytes(16)
    padder = PKCS7(128).padder()
    padded = padder.update(content) + padder.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).encryptor()
    inner = ber.sequence(
        cms.DATA,
        ber.sequence(oid, ber.octets(vector)),
        ber.der(0x80, encryptor.update(padded) + encryptor.finalize()),
    )
    made = ber.sequence(ber.integer(0), ber.set_of(recipient), inner)
    return cms.framed(cms.ENVELOPED, made)


def decrypt(data: bytes, keys: Sequence[Identity], ciphers: Collection[str]) -> tuple[bytes, str]:
    """Return content and cipher of an envelope.

    Raises RefusalError `as2.cms-*`, `as2.decryption-failed`, and
    `as2.insufficient-message-security` when the cipher is not one of `ciphers`.
    """
    kind, node = cms.unframed(data, cms.ENVELOPED, cms.AUTH_ENVELOPED)
    parts = [part for part in node.children[1:] if part.tag != 0xA0]
    if len(parts) < 2 or parts[0].tag != SET or parts[1].tag != SEQUENCE:
        raise ber.bad(node.start)
    if len(parts[0].children) > RECIPIENTS_MAX:
        raise RefusalError("as2.cms-bounds", "too many recipients", offset=parts[0].start)
    how = parts[1].child(1, SEQUENCE)
    cipher = _BY_OID.get(cms.algorithm(how), "")
    if cipher not in ciphers:
        raise RefusalError(
            "as2.insufficient-message-security", "encrypted in a way that is not agreed"
        )
    if cipher.endswith("gcm") is not (kind == cms.AUTH_ENVELOPED) or len(how.children) < 2:
        raise ber.bad(how.start)
    sealed = parts[1].children[2] if len(parts[1].children) > 2 else None
    if sealed is None or sealed.tag & ~0x20 != 0x80:
        raise ber.bad(parts[1].start)
    for key in _keys(parts[0], keys):
        if len(key) != CIPHERS[cipher][1]:
            continue
        try:
            if kind == cms.AUTH_ENVELOPED:
                return _open_gcm(key, how, sealed, parts[2:]), cipher
            return _open_cbc(key, cipher, how, sealed), cipher
        except (ValueError, InvalidTag):
            continue
    raise RefusalError("as2.decryption-failed", "not encrypted for a certificate of ours")


def _keys(recipients: Node, ours: Sequence[Identity]) -> list[bytes]:
    """Return the content keys that our keys open."""
    found = []
    for recipient in recipients.children:
        if recipient.tag != SEQUENCE or len(recipient.children) < 4:
            continue  # key agreement and passwords: not ours
        certificates = cms.meant(recipient.children[1], [each.certificate for each in ours])
        method = recipient.child(2, SEQUENCE)
        for identity in ours:
            if identity.certificate in certificates:
                try:
                    found.append(
                        identity.key.decrypt(recipient.child(3, OCTETS).octets, _way(method))
                    )
                except (ValueError, UnsupportedAlgorithm):
                    continue
    return found


def _way(method: Node) -> padding.AsymmetricPadding:
    """Return how a content key is wrapped; OAEP with the digest it names (RFC 4055 section 4.1)."""
    if cms.algorithm(method) != OAEP:
        return padding.PKCS1v15()
    digest: hashes.HashAlgorithm = hashes.SHA1()
    mask: hashes.HashAlgorithm = hashes.SHA1()
    for each in method.children[1].children if len(method.children) > 1 else ():
        named = each.child(0, SEQUENCE)
        if each.tag == 0xA0:
            digest = _digest(named)
        elif each.tag == 0xA1:
            mask = _digest(named.child(1, SEQUENCE))
    return padding.OAEP(padding.MGF1(mask), digest, None)


def _digest(node: Node) -> hashes.HashAlgorithm:
    named = cms.algorithm(node)
    for oid, algorithm in cms.DIGESTS.values():
        if oid == named:
            return algorithm
    raise ber.bad(node.start)


def _open_cbc(key: bytes, cipher: str, how: Node, sealed: Node) -> bytes:
    vector = how.child(1, OCTETS).content
    algorithm = TripleDES(key) if cipher == "3des" else algorithms.AES(key)
    decryptor = Cipher(algorithm, modes.CBC(vector)).decryptor()
    padded = decryptor.update(sealed.octets) + decryptor.finalize()
    unpadder = PKCS7(algorithm.block_size).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _open_gcm(key: bytes, how: Node, sealed: Node, rest: Sequence[Node]) -> bytes:
    nonce = how.child(1, SEQUENCE).child(0, OCTETS).content
    attributes = next((node for node in rest if node.tag == 0xA1), None)
    mac = next((node.octets for node in rest if node.tag == OCTETS), b"")
    if len(mac) < TAG_BYTES_MIN:
        raise ValueError("mac")
    decryptor = Cipher(
        algorithms.AES(key), modes.GCM(nonce, mac, min_tag_length=TAG_BYTES_MIN)
    ).decryptor()
    if attributes is not None:
        decryptor.authenticate_additional_data(ber.der_of(attributes, SET))
    return decryptor.update(sealed.octets) + decryptor.finalize()
