"""Certificates for the tests of AS2, made once a run; the files are what a partner exchanges."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from suture.formats.as2 import Identity

BEGIN = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Files:
    """PEM files of one party."""

    certificate: Path
    key: Path


def identity(name: str, days: int = 36_500) -> Identity:
    """Return a certificate signed by itself, with its key."""
    return _made(name, days)


@functools.cache
def _made(name: str, days: int) -> Identity:
    key = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    return Identity(certificate, key)


def written(folder: Path, name: str, days: int = 36_500) -> Files:
    """Write a party's certificate and key."""
    one = identity(name, days)
    files = Files(folder / f"{name}.pem", folder / f"{name}.key")
    files.certificate.write_bytes(one.certificate.public_bytes(Encoding.PEM))
    files.key.write_bytes(one.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files.key.chmod(0o600)
    return files
