"""AS2 in flows: openssl signs, encrypts, opens and verifies; httpx posts, Hypercorn takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from as2_peer import OPENSSL, Pair, Posting, Taking, destination_entries, source_entries
from conformance import DestinationConformance, DestinationRig, SourceConformance, SourceRig

from suture.assembly.hub import Hub

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed"),
]


class PostRig:
    """A partner posts signed and encrypted messages and wants signed receipts."""

    def __init__(self, folder: Path) -> None:
        self._pair = Pair(folder)
        self.entries = source_entries(self._pair)
        self.small = source_entries(self._pair, "content_bytes_max = 2000")

    async def start(self, folder: Path) -> None:
        """It needs nothing."""

    async def stop(self) -> None:
        """It keeps nothing."""

    async def give(self, hub: Hub, content: bytes) -> bool | None:
        """Post one message and read the receipt."""
        _, port = hub.flows.addresses["fed"]
        answer = await Posting(self._pair, port).send(content)
        assert answer.status == 200
        return answer.disposition == "processed"


class TakeRig:
    """A partner takes messages and answers with signed receipts."""

    can_refuse = True

    def __init__(self, folder: Path) -> None:
        self._pair = Pair(folder)
        self._taking = Taking(self._pair)

    @property
    def entries(self) -> str:
        """Its address."""
        return destination_entries(self._pair, self._taking.peer.url)

    async def start(self, folder: Path) -> None:
        """Listen."""
        await self._taking.peer.start()

    async def stop(self) -> None:
        """Close."""
        await self._taking.peer.stop()

    async def away(self) -> None:
        """Close the port."""
        await self._taking.peer.stop()

    async def back(self) -> None:
        """Open it again."""
        await self._taking.peer.start()

    def refuse(self, number: int) -> None:
        """Answer with a negative receipt."""
        self._taking.refused.add(f"MSG{number:05}".encode())

    def got(self) -> list[bytes]:
        """Return the contents."""
        return self._taking.got


class TestAs2Source(SourceConformance):
    """C1 to C6 over AS2."""

    @pytest.fixture(autouse=True)
    def _certificates(self, tmp_path: Path) -> None:
        self._folder = tmp_path / "as2"

    def rig(self) -> SourceRig:
        """Return a partner of openssl and httpx."""
        return PostRig(self._folder)


class TestAs2Destination(DestinationConformance):
    """C11 to C15 over AS2."""

    @pytest.fixture(autouse=True)
    def _certificates(self, tmp_path: Path) -> None:
        self._folder = tmp_path / "as2"

    def rig(self) -> DestinationRig:
        """Return a partner of openssl and Hypercorn."""
        return TakeRig(self._folder)
