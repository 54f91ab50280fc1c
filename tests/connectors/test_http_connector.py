"""HTTP in flows: httpx posts, Hypercorn takes; both were written elsewhere (S42, S52)."""

from __future__ import annotations

from pathlib import Path

import httpx
from conformance import DestinationConformance, DestinationRig, SourceConformance, SourceRig
from flow_hub import control_id
from http_peer import HttpPeer, Seen, Told

from suture.assembly.hub import Hub


class PostRig:
    """httpx posts a body a message."""

    entries = 'connector = "http"\nport = 0\npath = "/in"'
    small = entries + "\nbody_bytes_max = 2000"

    async def start(self, folder: Path) -> None:
        """It needs nothing."""

    async def stop(self) -> None:
        """It keeps nothing."""

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Post one message and read the acknowledgement."""
        host, port = hub.flows.addresses["fed"]
        async with httpx.AsyncClient(timeout=10) as client:
            answer = await client.post(f"http://{host}:{port}/in", content=content)
        is_good = answer.status_code == 200
        assert not is_good or b"MSA|AA" in answer.content
        return is_good


class TakeRig:
    """Hypercorn takes what is posted."""

    can_refuse = True

    def __init__(self) -> None:
        self.peer = HttpPeer(self._answer)
        self._refused: set[str] = set()

    @property
    def entries(self) -> str:
        """Its address."""
        return f'connector = "http"\nurl = "{self.peer.url}"\ntimeout_s = 2'

    async def start(self, folder: Path) -> None:
        """Listen."""
        await self.peer.start()

    async def stop(self) -> None:
        """Close."""
        await self.peer.stop()

    async def away(self) -> None:
        """Close the port."""
        await self.peer.stop()

    async def back(self) -> None:
        """Open it again."""
        await self.peer.start()

    def _answer(self, seen: Seen) -> Told:
        return (422 if control_id(seen.body) in self._refused else 200), {}, b""

    def refuse(self, number: int) -> None:
        """Answer 422."""
        self._refused.add(f"MSG{number:05}")

    def got(self) -> list[bytes]:
        """Return the bodies."""
        return [one.body for one in self.peer.seen]


class TestHttpSource(SourceConformance):
    """C1 to C6 over HTTP."""

    def rig(self) -> SourceRig:
        """Return httpx."""
        return PostRig()


class TestHttpDestination(DestinationConformance):
    """C11 to C15 over HTTP."""

    def rig(self) -> DestinationRig:
        """Return Hypercorn."""
        return TakeRig()
