"""The TLS files that flows name, as the transports want them.

In: `tls = {...}` of a flow, the folder of hub.toml. Out: settings with whole paths. Refuses to
know: what is in the files.
"""

from __future__ import annotations

from pathlib import Path

from suture.connectivity.tls import TlsSettings
from suture.orchestration.flows.table import PeerTls, Tls


def listener_tls(one: Tls | None, base: Path) -> TlsSettings | None:
    """Return a listener's files, None for a listener without TLS."""
    if one is None:
        return None
    return TlsSettings(
        certificate=base / one.certificate,
        key=base / one.key_file,
        client_ca=base / one.client_ca if one.client_ca else None,
    )


def sender_tls(one: PeerTls | None, base: Path) -> TlsSettings | None:
    """Return a sender's files, None for a sender without TLS of its own."""
    if one is None:
        return None
    return TlsSettings(
        certificate=base / one.certificate if one.certificate else None,
        key=base / one.key_file if one.key_file else None,
        server_ca=base / one.ca,
        server_name=one.server_name,
    )
