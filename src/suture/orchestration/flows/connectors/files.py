"""Files: a folder that is looked at, and one that is written to.

In: entries of a flow file. Out: frozen tables. Refuses to know: disks.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from suture.orchestration.flows.table import DestinationTable, Place, SourceTable, Splitting


class FilesSource(SourceTable, Splitting):
    """`[source]` from a folder: files are taken when they no longer grow, then moved."""

    connector: Literal["files"]
    folder: str
    pattern: str = "*"
    done: str = "done"
    """Folder for what was taken, under `folder`."""
    poll_s: float = Field(default=1.0, gt=0, le=3600)
    file_bytes_max: int = Field(default=64 * 1024 * 1024, gt=0, le=256 * 1024 * 1024)

    def words(self) -> str:
        """Return folder and pattern."""
        return f"files {self.folder}/{self.pattern}"

    def place(self, flow: str) -> Place | None:
        """Return the folder."""
        return ("folder", self.folder)


class FilesDestination(DestinationTable):
    """`[[destination]]` in a folder: one file a message, whole or not at all."""

    takes_batches = True
    connector: Literal["files"]
    folder: str
    suffix: str = Field(default=".hl7", pattern=r"^\.[A-Za-z0-9]{1,10}$")

    def words(self) -> str:
        """Return folder and suffix."""
        return f"files {self.folder}/*{self.suffix}"

    def place(self) -> Place | None:
        """Return the folder."""
        return ("folder", self.folder)
