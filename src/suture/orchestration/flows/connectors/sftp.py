"""SFTP: a folder of another machine that is looked at, or written to.

In: entries of a flow file. Out: frozen tables. Refuses to know: SSH. The server's key is named by a
file; a server with another one is not spoken to.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from suture.orchestration.flows.table import (
    DestinationTable,
    Place,
    SourceTable,
    Splitting,
    Table,
)

FOLDER = r"^/?[^\x00-\x1f]{1,500}$"


class SftpAccount(Table):
    """Who we are at which server; shared by both directions."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=22, gt=0, le=65535)
    user: str = Field(min_length=1, max_length=100)
    known_hosts: str
    """File with the server's key, as `ssh-keyscan` writes it."""
    key_file: str = ""
    password_file: str = ""

    @model_validator(mode="after")
    def _has_one_way_in(self) -> SftpAccount:
        if bool(self.key_file) is bool(self.password_file):
            raise ValueError("name one of key_file and password_file")
        return self


class SftpSource(SourceTable, SftpAccount, Splitting):
    """`[source]` from a folder of an SFTP server."""

    connector: Literal["sftp"]
    folder: str = Field(pattern=FOLDER)
    pattern: str = "*"
    after: Literal["move", "delete"] = "move"
    """What becomes of a file that was kept."""
    done: str = "done"
    """Folder for what was taken, under `folder`."""
    poll_s: float = Field(default=10.0, gt=0, le=86_400)
    file_bytes_max: int = Field(default=64 * 1024 * 1024, gt=0, le=256 * 1024 * 1024)
    timeout_s: float = Field(default=30.0, gt=0, le=600)

    def words(self) -> str:
        """Return account, folder and pattern."""
        return (
            f"sftp://{self.user}@{self.host}:{self.port}/{self.folder.lstrip('/')}/{self.pattern}"
        )

    def place(self, flow: str) -> Place | None:
        """Return the folder at its server."""
        return ("folder", f"{self.host}:{self.port}/{self.folder.strip('/')}")


class SftpDestination(DestinationTable, SftpAccount):
    """`[[destination]]` in a folder of an SFTP server: one file a message, whole or not at all."""

    takes_batches = True
    connector: Literal["sftp"]
    folder: str = Field(pattern=FOLDER)
    suffix: str = Field(default=".hl7", pattern=r"^\.[A-Za-z0-9]{1,10}$")

    def words(self) -> str:
        """Return account, folder and suffix."""
        return (
            f"sftp://{self.user}@{self.host}:{self.port}/{self.folder.lstrip('/')}/*{self.suffix}"
        )

    def place(self) -> Place | None:
        """Return the folder at its server."""
        return ("folder", f"{self.host}:{self.port}/{self.folder.strip('/')}")
