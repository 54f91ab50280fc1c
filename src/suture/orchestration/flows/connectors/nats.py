"""NATS JetStream: a durable consumer of a stream, and a subject that is published to.

In: entries of a flow file. Out: frozen tables. Refuses to know: the protocol.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from suture.orchestration.flows.table import DestinationTable, PeerTls, Place, SourceTable, Table

STREAM = r"^[A-Za-z0-9_-]{1,100}$"
SUBJECT = r"^[A-Za-z0-9_$/*>-]+(\.[A-Za-z0-9_$/*>-]+)*$"
Server = Annotated[str, Field(pattern=r"^(nats|tls)://[A-Za-z0-9.:\[\]-]{1,260}$")]


class NatsAccount(Table):
    """Which cluster, and who we are there; shared by both directions."""

    servers: tuple[Server, ...] = Field(min_length=1, max_length=20)
    stream: str = Field(pattern=STREAM)
    creds_file: str = ""
    user: str = ""
    password_file: str = ""
    tls: PeerTls | None = None

    @model_validator(mode="after")
    def _has_one_way_in(self) -> NatsAccount:
        if bool(self.user) is not bool(self.password_file) or (self.user and self.creds_file):
            raise ValueError("name creds_file, or user with password_file, or neither")
        return self


class NatsSource(SourceTable, NatsAccount):
    """`[source]`: messages of a stream, by a durable consumer."""

    connector: Literal["nats"]
    durable: str = Field(pattern=STREAM)
    subject: str = Field(default="", max_length=200)
    """Only messages of this subject; used when the consumer is made."""
    batch: int = Field(default=64, gt=0, le=1000)
    message_bytes_max: int = Field(default=1024 * 1024, gt=0, le=64 * 1024 * 1024)
    timeout_s: float = Field(default=10.0, gt=0, le=300)

    def words(self) -> str:
        """Return server, stream and consumer."""
        return f"{self.servers[0]}/{self.stream} as {self.durable}"

    def place(self, flow: str) -> Place | None:
        """Return the consumer: two flows would share its messages out."""
        return ("consumer", f"{self.servers[0]}/{self.stream}/{self.durable}")


class NatsDestination(DestinationTable, NatsAccount):
    """`[[destination]]`: a subject of a stream."""

    connector: Literal["nats"]
    subject: str = Field(pattern=SUBJECT, max_length=200)

    def words(self) -> str:
        """Return server and subject."""
        return f"{self.servers[0]} {self.subject} in {self.stream}"
