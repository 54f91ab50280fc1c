"""Wraps content for a partner, and unwraps what a partner sent (RFC 4130, RFC 5402).

In: content or an entity, keys and what is agreed. Out: an entity to post, or content with how it
was protected; in both cases what the MIC is over. Refuses to know: HTTP, receipts.

What the MIC is over (RFC 4130 section 7.3.1, RFC 5402 section 4): of a signed message the signed
part with its headers, compressed if it was compressed before; else of an encrypted or compressed
one the innermost entity with its headers; of a plain one the body alone.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography import x509

from suture.core.ids import Entropy
from suture.core.refusal import RefusalError
from suture.formats.as2 import cms, entity
from suture.formats.as2.compressed import compress, decompress
from suture.formats.as2.entity import Entity
from suture.formats.as2.enveloped import decrypt, encrypt
from suture.formats.as2.header import hyphened
from suture.formats.as2.signed import Identity, sign, verify

LAYERS_MAX = 4
"""Encrypted, compressed and signed, each once, and the content."""
STRONG_DIGESTS = ("sha256", "sha384", "sha512")
STRONG_CIPHERS = ("aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm")
_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")


@dataclass(frozen=True, slots=True)
class Protection:
    """What is done to content on its way out; empty names leave a layer out."""

    sign: str = "sha256"
    encrypt: str = "aes256-cbc"
    compress: bool = False


@dataclass(frozen=True, slots=True)
class Agreement:
    """What is taken from a partner."""

    pinned: tuple[x509.Certificate, ...]
    """Any of them may have signed: the current one and the next."""
    must_sign: bool = True
    must_encrypt: bool = True
    digests: tuple[str, ...] = STRONG_DIGESTS
    ciphers: tuple[str, ...] = STRONG_CIPHERS
    content_bytes_max: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Unwrapped:
    """What was in a message, and how it was protected."""

    content: bytes = field(repr=False)
    media_type: str
    mic_over: bytes = field(repr=False)
    digest: str = ""
    """Of the signature; empty when there was none."""
    cipher: str = ""
    is_compressed: bool = False
    signer: x509.Certificate | None = None


def mic(over: bytes, digest: str) -> str:
    """Return a MIC in base64, without its algorithm."""
    return base64.b64encode(cms.digest(digest, over)).decode("ascii")


# ---- out


def wrap(
    content: Entity,
    how: Protection,
    by: Identity,
    to: x509.Certificate,
    *,
    at: datetime,
    entropy: Entropy,
) -> tuple[Entity, bytes]:
    """Return the entity to post and what the MIC is over."""
    made = content
    if how.compress:
        made = _pkcs7("compressed-data", "smime.p7z", compress(bytes(made)))
    over = bytes(made if how.sign else content)
    if how.sign:
        made = sign_entity(made, by, how.sign, at=at, entropy=entropy)
    if how.encrypt:
        sealed = encrypt(bytes(made), to, how.encrypt, entropy)
        kind = "authEnveloped-data" if how.encrypt.endswith("gcm") else "enveloped-data"
        made = _pkcs7(kind, "smime.p7m", sealed)
    elif not how.sign and not how.compress:
        over = content.body
    return made, over


def _pkcs7(kind: str, name: str, data: bytes) -> Entity:
    return entity.of(
        [
            ("Content-Type", f'application/pkcs7-mime; smime-type={kind}; name="{name}"'),
            ("Content-Disposition", f'attachment; filename="{name}"'),
            ("Content-Transfer-Encoding", "binary"),
        ],
        data,
    )


def sign_entity(
    content: Entity, by: Identity, digest: str, *, at: datetime, entropy: Entropy
) -> Entity:
    """Return multipart/signed of an entity (RFC 8551 section 3.5.3)."""
    made = base64.encodebytes(sign(bytes(content), by, digest, at)).replace(b"\n", b"\r\n")
    signature = entity.of(
        [
            ("Content-Type", 'application/pkcs7-signature; name="smime.p7s"'),
            ("Content-Disposition", 'attachment; filename="smime.p7s"'),
            ("Content-Transfer-Encoding", "base64"),
        ],
        made,
    )
    kind = f'multipart/signed; protocol="application/pkcs7-signature"; micalg="{hyphened(digest)}"'
    return entity.multipart(kind, entropy.token_bytes(16).hex(), [content, signature])


# ---- in


def unwrap(received: Entity, keys: Sequence[Identity], agreed: Agreement) -> Unwrapped:
    """Return what a message holds.

    Raises RefusalError with the codes of the layers, `as2.layers` for layers in no agreed order and
    `as2.insufficient-message-security` when one that must be there is not.
    """
    found = Unwrapped(b"", "", b"")
    inner = received
    for _ in range(LAYERS_MAX):
        kind = inner.type
        if kind in _PKCS7 and inner.parameter("smime-type").lower() == "compressed-data":
            found, inner = _inflated(found, inner, agreed)
        elif kind in _PKCS7:
            found, inner = _opened(found, inner, keys, agreed)
        elif kind == "multipart/signed":
            found, inner = _verified(found, inner, agreed)
        else:
            return _complete(found, inner, agreed)
    raise RefusalError("as2.layers", "more layers than encryption, compression and signature")


def _complete(found: Unwrapped, inner: Entity, agreed: Agreement) -> Unwrapped:
    if (agreed.must_sign and not found.digest) or (agreed.must_encrypt and not found.cipher):
        raise RefusalError("as2.insufficient-message-security", "less protection than is agreed")
    content = inner.content
    if len(content) > agreed.content_bytes_max:
        raise RefusalError("as2.too-large", "the content is larger than the flow takes")
    is_wrapped = found.cipher or found.is_compressed
    over = found.mic_over or (bytes(inner) if is_wrapped else inner.body)
    return replace(found, content=content, media_type=inner.type, mic_over=over)


def _opened(
    found: Unwrapped, inner: Entity, keys: Sequence[Identity], agreed: Agreement
) -> tuple[Unwrapped, Entity]:
    if found.cipher or found.digest or found.is_compressed:
        raise RefusalError("as2.layers", "encryption is the outermost layer")
    content, cipher = decrypt(inner.content, keys, agreed.ciphers)
    try:
        return replace(found, cipher=cipher), entity.read(content)
    except RefusalError:
        # The same code as for padding: what came out tells nothing about the key.
        raise RefusalError("as2.decryption-failed", "what was decrypted is no entity") from None


def _inflated(found: Unwrapped, inner: Entity, agreed: Agreement) -> tuple[Unwrapped, Entity]:
    if found.is_compressed:
        raise RefusalError("as2.layers", "compressed twice")
    content = decompress(inner.content, agreed.content_bytes_max)
    return replace(found, is_compressed=True), entity.read(content)


def _verified(found: Unwrapped, inner: Entity, agreed: Agreement) -> tuple[Unwrapped, Entity]:
    if found.digest:
        raise RefusalError("as2.layers", "signed twice")
    digest, signer, over = verify_entity(inner, agreed.pinned, agreed.digests)
    return replace(found, digest=digest, signer=signer, mic_over=over), entity.read(over)


def verify_entity(
    received: Entity, pinned: Sequence[x509.Certificate], digests: Sequence[str]
) -> tuple[str, x509.Certificate, bytes]:
    """Return digest, signer and the signed part of multipart/signed.

    What was signed is taken as it came, or with the line ends that mail would give it. Raises
    RefusalError: `as2.multipart` and the codes of `verify`.
    """
    found = entity.parts(received)
    if len(found) != 2:
        raise RefusalError("as2.multipart", "a signed message has two parts")
    signature = entity.read(found[1], len(received.head) + received.body.find(found[1]))
    if signature.type not in _SIGNATURES:
        raise RefusalError("as2.multipart", "the second part is no signature")
    forms = [found[0]]
    if b"\n" in found[0] and (other := entity.canonical(found[0])) != found[0]:
        forms.append(other)
    by, over = verify(forms, signature.content, pinned, digests)
    return by.digest, by.certificate, over
