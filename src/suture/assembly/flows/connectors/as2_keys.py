"""The certificates and keys that AS2 flows name, read when a flow is loaded.

In: file names, the folder of hub.toml, the wall clock. Out: certificates and keys; a warning for
those that end soon. Refuses to know: authorities: what is named is trusted, until it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from suture.assembly.secret import read_secret
from suture.core.refusal import MisconfiguredError
from suture.formats.as2 import Identity
from suture.orchestration.flows.connectors.as2 import As2Key

log = structlog.get_logger("suture.flow")

SOON = timedelta(days=30)
"""Partners need weeks to put another certificate in place."""


def identities(keys: Iterable[As2Key], base: Path, now: datetime) -> list[Identity]:
    """Return our certificates with their keys.

    Raises MisconfiguredError `as2.files`, `as2.key-mismatch`, `secret.*`.
    """
    found = []
    for each in keys:
        (certificate,) = certificates((each.certificate,), base, now)
        text = read_secret(base / each.key_file)
        try:
            key = load_pem_private_key(text.encode(), None)
        except (ValueError, TypeError):
            raise MisconfiguredError("as2.files", f"{each.key_file} is no PEM key") from None
        if not isinstance(key, rsa.RSAPrivateKey):
            raise MisconfiguredError("as2.files", f"{each.key_file} is no RSA key")
        if key.public_key() != certificate.public_key():
            raise MisconfiguredError(
                "as2.key-mismatch", f"{each.key_file} is not the key of {each.certificate}"
            )
        found.append(Identity(certificate, key))
    return found


def certificates(names: Iterable[str], base: Path, now: datetime) -> list[x509.Certificate]:
    """Return partners' certificates, and warn of those that end; raises as `identities`."""
    found = []
    for name in names:
        try:
            one = x509.load_pem_x509_certificate((base / name).read_bytes())
        except (OSError, ValueError) as error:
            text = f"{name}: {type(error).__name__}"
            raise MisconfiguredError("as2.files", text) from None
        if not isinstance(one.public_key(), rsa.RSAPublicKey):
            raise MisconfiguredError("as2.files", f"{name} is not for an RSA key")
        end = one.not_valid_after_utc
        if end < now + SOON:
            code = "as2.certificate-expired" if end < now else "as2.certificate-ends"
            log.warning("flow.as2-certificate", code=code, file=name, ends=end.isoformat())
        found.append(one)
    return found


def valid(every: Sequence[x509.Certificate], now: datetime) -> list[x509.Certificate]:
    """Return the certificates that hold now, in their order."""
    return [each for each in every if each.not_valid_before_utc <= now <= each.not_valid_after_utc]
