"""Where an outgoing connection may go: the address it really connects to is looked at.

In: a host, the networks an operator named. Out: a connection to an address that is allowed, or
`AddressRefusedError`. Refuses to know: HTTP. A name is resolved once and the connection goes to
that very address, so that a name whose answer changes in between (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Any

import httpcore

from suture.connectivity.listen import is_loopback

ADDRESSES_MAX = 8
"""Addresses of a name that are tried."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressRefusedError(OSError):
    """A name leads to an address that nobody named."""


class Guard:
    """Which addresses may be connected to.

    An address written in the URL is named by whoever wrote it. A name may lead into `networks`;
    when none are named, to public addresses only: never to this machine, a link-local or private
    address, where metadata services and consoles live.
    """

    def __init__(self, networks: Sequence[Network] = ()) -> None:
        self._networks = tuple(networks)

    def allows(self, host: str, address: str) -> bool:
        """Return whether a connection for `host` may go to `address`."""
        found = ipaddress.ip_address(address.partition("%")[0])
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        if self._networks:
            return any(found.version == net.version and found in net for net in self._networks)
        if host == str(found) or (is_loopback(host) and found.is_loopback):
            return True
        return found.is_global and not found.is_multicast

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the allowed addresses of a host; raises AddressRefusedError when there is none.

        Raises OSError when the name has no address.
        """
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        every = list(dict.fromkeys(str(entry[4][0]) for entry in found))[:ADDRESSES_MAX]
        allowed = [address for address in every if self.allows(host, address)]
        if not allowed:
            raise AddressRefusedError("the name leads to an address that was not named")
        return allowed


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's way to the network, through a guard."""

    def __init__(self, guard: Guard, inner: httpcore.AsyncNetworkBackend | None = None) -> None:
        self._guard = guard
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first allowed address that answers; raises ConnectError otherwise."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._guard.resolve(host, port)
        except AddressRefusedError as error:
            raise httpcore.ConnectError("http.address-refused") from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("the name has no address") from error
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("the name was not resolved in time") from error
        for address in addresses[:-1]:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(
            addresses[-1], port, timeout, local_address, socket_options
        )

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: nothing of ours speaks to a socket file."""
        raise httpcore.ConnectError("http.address-refused")

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
