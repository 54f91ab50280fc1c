"""TLS contexts for listeners and senders: 1.2 or newer, mutual when a client CA is given.

In: PEM files. Out: `ssl.SSLContext`. Refuses to know: who the peer is beyond its chain.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from suture.core.refusal import MisconfiguredError


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """PEM files of one side."""

    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    """Listener: CA that clients' certificates must chain to (mutual TLS)."""
    server_ca: Path | None = None
    """Sender: CA that the server's certificate must chain to; None takes the system's."""
    server_name: str = ""
    """Sender: name expected in the certificate; empty takes the host."""


def server_context(settings: TlsSettings) -> ssl.SSLContext:
    """Return a listener's context; raises MisconfiguredError `tls.files`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        if settings.certificate is None or settings.key is None:
            raise MisconfiguredError("tls.files", "a listener needs certificate and key")
        context.load_cert_chain(settings.certificate, settings.key)
        if settings.client_ca is not None:
            context.load_verify_locations(settings.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED
    except (OSError, ssl.SSLError) as error:
        raise MisconfiguredError("tls.files", f"TLS files: {type(error).__name__}") from None
    return context


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Return a sender's context; raises MisconfiguredError `tls.files`."""
    try:
        context = ssl.create_default_context(
            cafile=str(settings.server_ca) if settings.server_ca else None
        )
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate is not None:
            context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        raise MisconfiguredError("tls.files", f"TLS files: {type(error).__name__}") from None
    return context
