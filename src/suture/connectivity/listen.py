"""Where the hub may listen: loopback by default; beyond it TLS and authentication are demanded.

In: an address and what protects it. Out: nothing, or a refusal that says what to do. Refuses to
know: what listens there.
"""

from __future__ import annotations

import ipaddress

from suture.core.refusal import MisconfiguredError


def is_loopback(host: str) -> bool:
    """Return whether an address is on this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_listen_address(host: str, *, tls: bool, authenticated: bool) -> None:
    """Raise MisconfiguredError unless the address is loopback, or both protections are there.

    Codes: `listen.tls-required`, `listen.authentication-required`.
    """
    if is_loopback(host):
        return
    if not tls:
        raise MisconfiguredError(
            "listen.tls-required", f"{host} is not loopback: configure TLS, or listen on 127.0.0.1"
        )
    if not authenticated:
        raise MisconfiguredError(
            "listen.authentication-required",
            f"{host} is not loopback: configure client_ca, or listen on 127.0.0.1",
        )
