"""What is wrapped is unwrapped; what is wrong is refused with a code and a place, within bounds."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import itertools
import time
import zlib
from datetime import UTC, datetime

import pytest
from as2_identity import identity
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.core.ids import SystemEntropy
from suture.core.refusal import RefusalError
from suture.formats import as2
from suture.formats.as2 import ber, cms, entity
from suture.formats.as2.compressed import ZLIB, compress, decompress
from suture.formats.as2.enveloped import decrypt, encrypt
from suture.formats.as2.signed import sign, verify

AT = datetime(2027, 1, 4, 12, tzinfo=UTC)
OURS, PARTNER, STRANGER = identity("ours"), identity("partner"), identity("stranger")
AGREED = as2.Agreement((OURS.certificate,))
EDI = b"ISA*00*          *00*          *ZZ*SYNTHA"


def entity_of(content: bytes) -> as2.Entity:
    """Return an EDI document as it is wrapped."""
    headers = [("Content-Type", "application/edi-x12"), ("Content-Transfer-Encoding", "binary")]
    return as2.of(headers, content)


def wrapped(content: bytes, how: as2.Protection) -> tuple[as2.Entity, bytes]:
    """Return a message from us to the partner, and what its MIC is over."""
    return as2.wrap(
        entity_of(content), how, OURS, PARTNER.certificate, at=AT, entropy=SystemEntropy()
    )


def agreed(how: as2.Protection) -> as2.Agreement:
    """Return what a partner takes who asks for no more than was done."""
    return as2.Agreement(
        (OURS.certificate,), must_sign=bool(how.sign), must_encrypt=bool(how.encrypt)
    )


def refused(received: as2.Entity, of: as2.Agreement = AGREED) -> RefusalError:
    """Return why the partner refuses a message."""
    with pytest.raises(RefusalError) as error:
        as2.unwrap(received, [PARTNER], of)
    return error.value


@pytest.mark.parametrize(
    ("sign_by", "cipher", "is_compressed"),
    list(
        itertools.product(["", "sha256", "sha512"], ["", "aes256-cbc", "aes128-gcm"], [False, True])
    ),
)
def test_every_kind_of_wrapping_is_undone(sign_by: str, cipher: str, is_compressed: bool) -> None:
    """Both ends find the same content and the same MIC."""
    how = as2.Protection(sign_by, cipher, is_compressed)
    sent, over = wrapped(EDI, how)
    found = as2.unwrap(as2.read(bytes(sent)), [PARTNER], agreed(how))
    assert (found.content, found.media_type) == (EDI, "application/edi-x12")
    assert (found.digest, found.cipher, found.is_compressed) == (sign_by, cipher, is_compressed)
    assert found.mic_over == over
    assert (found.signer is not None) is bool(sign_by)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from(["", "sha256"]), st.booleans(), st.booleans())
def test_any_content_comes_back(
    content: bytes, sign_by: str, is_encrypted: bool, is_compressed: bool
) -> None:
    """Whatever bytes: line ends, boundaries and zeros included."""
    how = as2.Protection(sign_by, "aes128-cbc" if is_encrypted else "", is_compressed)
    sent, over = wrapped(content, how)
    found = as2.unwrap(as2.read(bytes(sent)), [PARTNER], agreed(how))
    assert (found.content, found.mic_over) == (content, over)


def test_what_a_mic_is_over() -> None:
    """Signed: the part with its headers; encrypted: the entity; plain: the body (4130 7.3.1)."""
    whole = bytes(entity_of(EDI))
    assert wrapped(EDI, as2.Protection())[1] == whole
    assert wrapped(EDI, as2.Protection("", "aes128-cbc"))[1] == whole
    assert wrapped(EDI, as2.Protection("", "", True))[1] == whole
    assert wrapped(EDI, as2.Protection("", ""))[1] == EDI
    packed = wrapped(EDI, as2.Protection("sha256", "", True))[1]
    assert packed.startswith(b"Content-Type: application/pkcs7-mime; smime-type=compressed-data")
    assert as2.mic(EDI, "sha256") == base64.b64encode(hashlib.sha256(EDI).digest()).decode()
    assert as2.mic(EDI, "sha1") == base64.b64encode(hashlib.sha1(EDI).digest()).decode()


def test_compressed_after_signing_is_read_too() -> None:
    """RFC 5402 lets a sender compress before or after it signs."""
    signed = as2.sign_entity(entity_of(EDI), OURS, "sha256", at=AT, entropy=SystemEntropy())
    kind = 'application/pkcs7-mime; smime-type=compressed-data; name="smime.p7z"'
    packed = as2.of([("Content-Type", kind)], compress(bytes(signed)))
    found = as2.unwrap(packed, [], as2.Agreement((OURS.certificate,), must_encrypt=False))
    assert (found.content, found.mic_over) == (EDI, bytes(entity_of(EDI)))


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (as2.Protection("", "aes128-cbc"), "as2.insufficient-message-security"),
        (as2.Protection("sha256", ""), "as2.insufficient-message-security"),
        (as2.Protection("sha1", "aes128-cbc"), "as2.insufficient-message-security"),
    ],
)
def test_less_than_agreed_is_refused(how: as2.Protection, code: str) -> None:
    """No signature, no encryption, a digest that is not agreed: no downgrade."""
    assert refused(wrapped(EDI, how)[0]).code == code


def test_a_cipher_is_taken_only_when_it_is_agreed() -> None:
    """3DES is read where a partner's entry names it, and nowhere else."""
    sealed = encrypt(EDI, PARTNER.certificate, "aes128-cbc", SystemEntropy())
    with pytest.raises(RefusalError, match=r"as2\.insufficient-message-security"):
        decrypt(sealed, [PARTNER], ["aes256-gcm"])


def test_a_message_for_somebody_else_and_one_by_somebody_else() -> None:
    """Neither opens nor verifies, and each says which."""
    sent, _ = wrapped(EDI, as2.Protection())
    with pytest.raises(RefusalError, match=r"as2\.decryption-failed"):
        as2.unwrap(sent, [STRANGER], AGREED)
    other = as2.Agreement((STRANGER.certificate,))
    assert refused(sent, other).code == "as2.authentication-failed"


def test_either_of_two_pinned_certificates_verifies() -> None:
    """While a partner changes its certificate both are taken."""
    sent, _ = wrapped(EDI, as2.Protection())
    both = as2.Agreement((STRANGER.certificate, OURS.certificate))
    assert as2.unwrap(sent, [STRANGER, PARTNER], both).signer == OURS.certificate


def test_changed_content_is_told_from_a_foreign_signature() -> None:
    """The digest says that content was changed; the key says who signed."""
    sent, _ = wrapped(EDI, as2.Protection("sha256", ""))
    changed = as2.read(bytes(sent).replace(b"SYNTHA", b"SYNTHB"))
    of = as2.Agreement((OURS.certificate,), must_encrypt=False)
    assert refused(changed, of).code == "as2.integrity-check-failed"
    signature = sign(EDI, STRANGER, "sha256", AT)
    with pytest.raises(RefusalError, match=r"as2\.authentication-failed"):
        verify([EDI], signature, [OURS.certificate], ["sha256"])


def test_a_sealed_byte_that_was_changed_tells_nothing_more() -> None:
    """GCM refuses it; CBC gives the same code for padding, key and nonsense."""
    for cipher in ("aes256-gcm", "aes256-cbc"):
        sealed = bytearray(encrypt(EDI, PARTNER.certificate, cipher, SystemEntropy()))
        sealed[-1] ^= 1
        message = as2.of([("Content-Type", "application/pkcs7-mime")], bytes(sealed))
        assert refused(message).code == "as2.decryption-failed"


# ---- hostile input


def bomb(size: int) -> bytes:
    """Return compressed-data that inflates to `size` zeros, and then once more."""
    packed = zlib.compress(bytes(size), 9)
    inner = ber.sequence(cms.DATA, ber.der(0xA0, ber.octets(packed)))
    return cms.framed(cms.COMPRESSED, ber.sequence(ber.integer(0), ber.sequence(ZLIB), inner))


def test_a_bomb_is_refused_before_it_goes_off() -> None:
    """100 MB in 100 kB: no more is made than the bound."""
    with pytest.raises(RefusalError, match=r"as2\.too-large"):
        decompress(bomb(100_000_000), 1_000_000)
    assert decompress(bomb(1_000), 1_000) == bytes(1_000)


def test_a_stream_that_is_broken_or_ends_early() -> None:
    """Each is said; nothing half comes out."""
    good = bomb(100_000)
    packed = zlib.compress(bytes(100_000), 9)
    for bad in (packed[:-9], b"\0" + packed[1:], b""):
        inner = ber.sequence(cms.DATA, ber.der(0xA0, ber.octets(bad)))
        data = cms.framed(cms.COMPRESSED, ber.sequence(ber.integer(0), ber.sequence(ZLIB), inner))
        with pytest.raises(RefusalError, match=r"as2\.decompression-failed"):
            decompress(data, 1_000_000)
    with pytest.raises(RefusalError, match=r"as2\.cms-"):
        decompress(good[:-9], 1_000_000)


@pytest.mark.parametrize(
    ("data", "code", "offset"),
    [
        (b"Content-Type: a/b\r\n" + b"X-Y: z\r\n" * 100_000 + b"\r\nbody", "as2.headers", 7),
        (b"Content-Type: a/b\r\n" + b"X-Y: z\r\n" * 300 + b"\r\nbody", "as2.headers", 7),
        (b"no header here\r\n\r\nbody", "as2.headers", 7),
        (b"never an end", "as2.headers", 7),
    ],
)
def test_headers_are_bounded(data: bytes, code: str, offset: int) -> None:
    """A hundred thousand headers cost no more than 64 kB of them."""
    began = time.perf_counter()
    with pytest.raises(RefusalError) as error:
        as2.read(data, offset)
    assert (error.value.code, error.value.offset) == (code, offset)
    assert time.perf_counter() - began < 1


def test_multiparts_are_bounded_and_not_gone_into() -> None:
    """Thousands of parts, parts within parts, no boundary, no end: each is refused with a place."""
    head = b'Content-Type: multipart/signed; boundary="b"\r\n\r\n'
    many = as2.read(head + b"--b\r\n\r\nx\r\n" * 10_000 + b"--b--\r\n")
    assert refused(many).code == "as2.multipart" and refused(many).offset
    deep = entity_of(EDI)
    for _ in range(5):
        deep = as2.sign_entity(deep, OURS, "sha256", at=AT, entropy=SystemEntropy())
    of = as2.Agreement((OURS.certificate,), must_encrypt=False)
    assert refused(deep, of).code == "as2.layers"
    for bad in (b"Content-Type: multipart/signed\r\n\r\n--b\r\n", head + b"--b\r\n\r\nx\r\n"):
        assert refused(as2.read(bad)).code == "as2.multipart"


def test_layers_in_another_order_are_refused() -> None:
    """Signing what is encrypted proves nothing about the content."""
    sealed, _ = wrapped(EDI, as2.Protection("", "aes256-cbc"))
    signed = as2.sign_entity(sealed, OURS, "sha256", at=AT, entropy=SystemEntropy())
    assert refused(signed).code == "as2.layers"


def test_cms_is_bounded_in_depth_and_number() -> None:
    """Neither a thousand levels nor a million elements are followed."""
    deep = b""
    for _ in range(500):
        deep = ber.sequence(deep)
    with pytest.raises(RefusalError, match=r"as2\.cms-bounds"):
        ber.read(deep)
    with pytest.raises(RefusalError, match=r"as2\.cms-bounds"):
        ber.read(b"\x30\x80" * 500)
    began = time.perf_counter()
    with pytest.raises(RefusalError, match=r"as2\.cms-bounds"):
        ber.read(ber.der(0x30, b"\x05\x00" * 1_000_000))
    assert time.perf_counter() - began < 10


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_cut_and_changed_cms_is_refused_and_nothing_else(data: st.DataObject) -> None:
    """Wherever a message is cut or a byte differs: a refusal with a code, or the content."""
    sealed = data.draw(st.sampled_from(MESSAGES))
    end = data.draw(st.integers(0, len(sealed)))
    changed = bytearray(sealed[:end] if data.draw(st.booleans()) else sealed)
    if changed:
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    for attempt in (
        lambda: decrypt(bytes(changed), [PARTNER], ["aes256-cbc", "aes256-gcm"]),
        lambda: verify([EDI], bytes(changed), [OURS.certificate], ["sha256"]),
        lambda: decompress(bytes(changed), 10_000),
    ):
        with contextlib.suppress(RefusalError):
            attempt()


MESSAGES = [
    encrypt(EDI, PARTNER.certificate, "aes256-cbc", SystemEntropy()),
    encrypt(EDI, PARTNER.certificate, "aes256-gcm", SystemEntropy()),
    sign(EDI, OURS, "sha256", AT),
    compress(EDI),
]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_an_entity_or_refused(data: bytes) -> None:
    """Reading gives back the same bytes, or a refusal."""
    with contextlib.suppress(RefusalError):
        found = as2.read(data)
        assert bytes(found) == data
        entity.parts(found)


def test_a_transfer_encoding_is_undone() -> None:
    """base64 and quoted-printable as mail gateways write them; another one is refused."""
    for encoding, body in (("base64", base64.encodebytes(EDI)), ("Quoted-Printable", EDI)):
        received = as2.of([("Content-Transfer-Encoding", encoding)], body)
        assert received.content == EDI
    for encoding, body in (("base64", b"%%%"), ("x-uuencode", EDI)):
        with pytest.raises(RefusalError, match=r"as2\.transfer-encoding"):
            _ = as2.of([("Content-Transfer-Encoding", encoding)], body).content
