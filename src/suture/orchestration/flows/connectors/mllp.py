"""MLLP: a listener, and connections to one.

In: entries of a flow file. Out: frozen tables. Refuses to know: sockets.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from pydantic import Field

from suture.connectivity.listen import check_listen_address, is_loopback
from suture.core.refusal import MisconfiguredError
from suture.orchestration.flows.table import (
    DestinationTable,
    HostPort,
    PeerTls,
    Place,
    SourceTable,
    Tls,
    Wrong,
)


class MllpSource(SourceTable):
    """`[source]` over MLLP."""

    carries: ClassVar[frozenset[str]] = frozenset({"hl7v2"})
    connector: Literal["mllp"]
    host: str = "127.0.0.1"
    port: HostPort
    tls: Tls | None = None
    frame_bytes_max: int = Field(default=1024 * 1024, gt=0, le=64 * 1024 * 1024)
    connections_max: int = Field(default=512, gt=0, le=10_000)
    idle_timeout_s: float = Field(default=300, gt=0)

    def words(self) -> str:
        """Return its address."""
        return f"mllp{'+tls' if self.tls else ''}://{self.host}:{self.port}"

    def place(self, flow: str) -> Place | None:
        """Return the port; 0 is any free one."""
        return ("port", self.port) if self.port else None

    def wrong(self) -> Iterator[Wrong]:
        """Yield an address that needs more protection."""
        has_client_ca = self.tls is not None and bool(self.tls.client_ca)
        try:
            check_listen_address(self.host, tls=self.tls is not None, authenticated=has_client_ca)
        except MisconfiguredError as error:
            yield "flow.listen", "host", error.text


class MllpDestination(DestinationTable):
    """`[[destination]]` over MLLP."""

    carries: ClassVar[frozenset[str]] = frozenset({"hl7v2", "raw"})
    connector: Literal["mllp"]
    host: str
    port: int = Field(gt=0, le=65535)
    tls: PeerTls | None = None

    def words(self) -> str:
        """Return its address."""
        return f"mllp{'+tls' if self.tls else ''}://{self.host}:{self.port}"

    def place(self) -> Place | None:
        """Return the port when it is on this machine."""
        return ("port", self.port) if is_loopback(self.host) else None
