"""What taking files has in common, wherever the folder is.

In: names, sizes and times of two looks; a file's content. Out: which files are whole; messages at a
flow's door. Refuses to know: disks and servers.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from suture.assembly.flows.door import FlowDoor
from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import read_messages

FILES_PER_LOOK = 200
"""Files taken in one look; the rest wait for the next one."""
_PARTS = (".part", ".tmp", ".filepart")

Look = tuple[str, int, float]
"""(name, bytes, instant of the last change)."""


class Looks:
    """Remembers the last look: a file is whole when it has not changed since."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._seen: dict[str, tuple[int, float]] = {}

    def whole(self, found: Iterable[Look]) -> list[Look]:
        """Return the files that match, are no parts, and stayed as they were, by name."""
        now = {
            name: (size, changed)
            for name, size, changed in found
            if fnmatchcase(name, self._pattern)
            and not name.startswith(".")
            and not name.endswith(_PARTS)
        }
        same = [
            (name, *about) for name, about in sorted(now.items()) if self._seen.get(name) == about
        ]
        self._seen = now
        return same[:FILES_PER_LOOK]

    def forget(self, name: str) -> None:
        """A file is gone: another one of its name is new."""
        self._seen.pop(name, None)


async def take_file(door: FlowDoor, peer: str, data: bytes) -> None:
    """Give a file's messages to a flow; what it refuses is kept as a refusal.

    Raises StoreFullError: the file stays, and is taken again later.
    """
    for content in _messages(door, data):
        try:
            await door.take(peer, content)
        except RefusalError as refusal:
            await door.door.refuse(door.name, peer, content, refusal)


async def refuse_large(door: FlowDoor, peer: str) -> None:
    """Keep that a file was larger than the flow takes."""
    refusal = RefusalError("files.too-large", "the file is larger than the flow takes")
    await door.door.refuse(door.name, peer, b"", refusal)


def _messages(door: FlowDoor, data: bytes) -> list[bytes]:
    """Return the messages of a file: those of a batch, or the file as a whole."""
    if door.flow.declared.format != "hl7v2":
        return [data]
    return [found.data or data for found in read_messages([data])] or [data]
