"""MLLP in flows against a client and a listener nobody here wrote: python-hl7 (S42, S52)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import hl7 as python_hl7
from conformance import DestinationConformance, DestinationRig, SourceConformance, SourceRig
from flow_hub import control_id
from hl7.client import MLLPClient
from hl7.mllp import start_hl7_server

from suture.assembly.hub import Hub


class ClientRig:
    """python-hl7's client sends; it reads the answer as text."""

    entries = 'connector = "mllp"\nport = 0'
    small = 'connector = "mllp"\nport = 0\nframe_bytes_max = 2000'

    async def start(self, folder: Path) -> None:
        """It needs nothing."""

    async def stop(self) -> None:
        """It keeps nothing."""

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Send one message over its own connection."""
        answer = await asyncio.to_thread(self.exchange, hub.flows.addresses["fed"], content)
        return b"MSA|AA" in answer

    @staticmethod
    def exchange(address: tuple[str, int], content: bytes) -> bytes:
        """Send over a new connection and return the answer."""
        with MLLPClient(*address) as client:
            client.socket.settimeout(10)
            answer: bytes = client.send_message(content)
            return answer


class ServerRig:
    """python-hl7's listener takes; it makes the acknowledgement itself."""

    can_refuse = True

    def __init__(self) -> None:
        self.port = 0
        self._got: list[bytes] = []
        self._refused: set[str] = set()
        self._server: Any = None
        self._open: set[Any] = set()

    @property
    def entries(self) -> str:
        """Its address."""
        return f'connector = "mllp"\nhost = "127.0.0.1"\nport = {self.port}\ntimeout_s = 2'

    async def start(self, folder: Path) -> None:
        """Listen."""
        await self.back()

    async def stop(self) -> None:
        """Close."""
        await self.away()

    async def away(self) -> None:
        """Close the listener and every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.close()

    async def back(self) -> None:
        """Listen at the port of before."""
        self._server = await start_hl7_server(
            self._serve, host="127.0.0.1", port=self.port, encoding="utf-8"
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: Any, writer: Any) -> None:
        self._open.add(writer)
        try:
            while self._server is not None:
                message = await reader.readmessage()
                content = str(message).encode()
                self._got.append(content)
                code = "AR" if control_id(content) in self._refused else "AA"
                writer.writemessage(message.create_ack(code))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, python_hl7.HL7Exception):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def refuse(self, number: int) -> None:
        """Answer AR."""
        self._refused.add(f"MSG{number:05}")

    def got(self) -> list[bytes]:
        """Return what it read."""
        return list(self._got)


class TestMllpSource(SourceConformance):
    """C1 to C6 over MLLP."""

    def rig(self) -> SourceRig:
        """Return python-hl7's client."""
        return ClientRig()


class TestMllpDestination(DestinationConformance):
    """C11 to C15 over MLLP."""

    def rig(self) -> DestinationRig:
        """Return python-hl7's listener."""
        return ServerRig()
