"""What taking files has in common, wherever the folder is.

In: names, sizes and times of two looks; a file's content. Out: which files are whole; messages at a
flow's door. Refuses to know: disks and servers.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from suture.assembly.flows.door import FlowDoor
from suture.core.refusal import RefusalError
from suture.orchestration.flows.split import split
from suture.orchestration.flows.table import Splitting

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


async def take_file(door: FlowDoor, declared: Splitting, peer: str, data: bytes) -> bool:
    """Give a file's messages to a flow; what it refuses is kept as a refusal.

    Returns whether all of the file is kept: False when it was refused as a whole. Raises
    StoreFullError: the file stays, and is taken again later.
    """
    found = split(door.flow.declared.format, declared.split, data)
    if found.missing is not None:
        one = found.missing
        refusal = RefusalError(one.code, one.text, path=one.path, offset=one.offset)
        await door.door.refuse(door.name, peer, data, refusal)
        if declared.incomplete == "refuse":
            return False
    for piece in found.each:
        try:
            await door.take(peer, piece.content, known=piece.known)
        except RefusalError as refusal:
            await door.door.refuse(door.name, peer, piece.content, refusal)
    return True


async def refuse_large(door: FlowDoor, peer: str) -> None:
    """Keep that a file was larger than the flow takes."""
    refusal = RefusalError("files.too-large", "the file is larger than the flow takes")
    await door.door.refuse(door.name, peer, b"", refusal)
