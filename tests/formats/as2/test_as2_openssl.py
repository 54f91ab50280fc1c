"""CMS both ways with `openssl cms`, which nobody here wrote."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from as2_identity import Files, identity, written

from suture.core.ids import SystemEntropy
from suture.formats import as2
from suture.formats.as2.enveloped import decrypt, encrypt
from suture.formats.as2.package import STRONG_DIGESTS
from suture.formats.as2.signed import sign, verify

OPENSSL = shutil.which("openssl")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed"),
]
AT = datetime(2027, 1, 4, 12, tzinfo=UTC)
OAEP = ("-keyopt", "rsa_padding_mode:oaep", "-keyopt", "rsa_oaep_md:sha256")
CONTENT = b"Content-Type: application/edi-x12\r\n\r\nISA*00*\x00\xff~\nline\n" + b"x" * 9000


def openssl(*arguments: str | Path) -> None:
    """Run `openssl cms`; a failure shows what it said."""
    command = [str(OPENSSL), "cms", *(str(each) for each in arguments)]
    done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def ours(tmp_path: Path) -> Files:
    """Write the certificate that signs and opens."""
    return written(tmp_path, "ours")


@pytest.mark.parametrize("digest", STRONG_DIGESTS)
def test_openssl_verifies_what_we_sign(tmp_path: Path, ours: Files, digest: str) -> None:
    """It accepts signature, attributes and certificate, over content with any bytes."""
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "signature").write_bytes(sign(CONTENT, identity("ours"), digest, AT))
    openssl(
        *("-verify", "-binary", "-inform", "DER", "-in", tmp_path / "signature"),
        *("-content", tmp_path / "content", "-CAfile", ours.certificate, "-purpose", "any"),
        *("-out", tmp_path / "out"),
    )
    assert (tmp_path / "out").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("digest", "more"),
    [
        ("sha1", ()),
        ("sha256", ("-noattr",)),
        ("sha256", ("-keyid",)),
        ("sha384", ("-stream",)),
        ("sha512", ("-keyopt", "rsa_padding_mode:pss")),
    ],
)
def test_what_openssl_signs_is_verified(
    tmp_path: Path, ours: Files, digest: str, more: tuple[str, ...]
) -> None:
    """With and without attributes, named by key, with PSS, in BER of indefinite length."""
    (tmp_path / "content").write_bytes(CONTENT)
    openssl(
        *("-sign", "-binary", "-outform", "DER", "-in", tmp_path / "content", "-md", digest),
        *("-signer", ours.certificate, "-inkey", ours.key, *more, "-out", tmp_path / "signature"),
    )
    pinned = [identity("other").certificate, identity("ours").certificate]
    signature = (tmp_path / "signature").read_bytes()
    found, over = verify([CONTENT], signature, pinned, ["sha1", *STRONG_DIGESTS])
    assert (found.digest, found.certificate, over) == (digest, pinned[1], CONTENT)


@pytest.mark.parametrize("cipher", ["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"])
def test_openssl_decrypts_what_we_encrypt(tmp_path: Path, ours: Files, cipher: str) -> None:
    """CBC as enveloped-data, GCM as authenticated-enveloped-data."""
    sealed = encrypt(CONTENT, identity("ours").certificate, cipher, SystemEntropy())
    (tmp_path / "sealed").write_bytes(sealed)
    openssl(
        *("-decrypt", "-binary", "-inform", "DER", "-in", tmp_path / "sealed"),
        *("-recip", ours.certificate, "-inkey", ours.key, "-out", tmp_path / "out"),
    )
    assert (tmp_path / "out").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("flag", "cipher", "more"),
    [
        ("-aes128", "aes128-cbc", ()),
        ("-aes192", "aes192-cbc", ("-keyid",)),
        ("-aes256", "aes256-cbc", ("-stream",)),
        ("-aes256", "aes256-cbc", OAEP),
        ("-aes-256-gcm", "aes256-gcm", ()),
        ("-aes-128-gcm", "aes128-gcm", ("-stream",)),
        ("-des3", "3des", ()),
    ],
)
def test_what_openssl_encrypts_is_decrypted(
    tmp_path: Path, ours: Files, flag: str, cipher: str, more: tuple[str, ...]
) -> None:
    """Each cipher, whole and in pieces, named by key, wrapped with PKCS #1 or OAEP."""
    (tmp_path / "content").write_bytes(CONTENT)
    openssl(
        *("-encrypt", "-binary", "-outform", "DER", "-in", tmp_path / "content", flag),
        *("-recip", ours.certificate, *more, "-out", tmp_path / "sealed"),
    )
    sealed = (tmp_path / "sealed").read_bytes()
    keys = [identity("other"), identity("ours")]
    assert decrypt(sealed, keys, [cipher]) == (CONTENT, cipher)


def test_an_s_mime_message_of_openssl_is_read_whole(tmp_path: Path, ours: Files) -> None:
    """multipart/signed as openssl writes it, its line ends included."""
    text = b"Content-Type: text/plain\r\n\r\nfirst\r\nsecond\r\n"
    (tmp_path / "content").write_bytes(text)
    openssl(
        *("-sign", "-binary", "-in", tmp_path / "content", "-md", "sha256"),
        *("-signer", ours.certificate, "-inkey", ours.key, "-out", tmp_path / "message"),
    )
    received = as2.read((tmp_path / "message").read_bytes())
    agreed = as2.Agreement((identity("ours").certificate,), must_encrypt=False)
    found = as2.unwrap(received, [], agreed)
    assert (found.content, found.media_type) == (b"first\r\nsecond\r\n", "text/plain")
    assert found.mic_over == text
