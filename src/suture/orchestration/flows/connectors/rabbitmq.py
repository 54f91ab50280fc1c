"""RabbitMQ: a queue that is read, and an exchange that is published to.

In: entries of a flow file. Out: frozen tables. Refuses to know: the protocol (AMQP 0-9-1).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from suture.orchestration.flows.table import DestinationTable, PeerTls, Place, SourceTable, Table

SHORT = r"^[^\x00-\x1f]{0,200}$"
"""Names are short strings of AMQP: 255 bytes at most."""
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class RabbitAccount(Table):
    """Which broker, and who we are there; shared by both directions."""

    host: str = Field(min_length=1, max_length=253)
    port: int = Field(default=0, ge=0, le=65535)
    """5672, or 5671 with TLS, when left out."""
    vhost: str = Field(default="/", pattern=SHORT)
    user: str = Field(min_length=1, max_length=200)
    password_file: str
    tls: PeerTls | None = None

    @model_validator(mode="after")
    def _is_private(self) -> RabbitAccount:
        if self.tls is None and self.host not in _LOOPBACK:
            raise ValueError("beyond this machine give tls: the password goes over the wire")
        return self

    def place_name(self) -> str:
        """Return broker and virtual host, as a person says it."""
        return f"{self.host}{':' + str(self.port) if self.port else ''}{self.vhost}"


class RabbitSource(SourceTable, RabbitAccount):
    """`[source]`: messages of a queue."""

    connector: Literal["rabbitmq"]
    queue: str = Field(min_length=1, pattern=SHORT)
    """It must be there."""
    prefetch: int = Field(default=32, gt=0, le=1000)
    """Messages handed to us that we have not answered yet."""
    without_id: Literal["refuse", "digest"] = "refuse"
    """A message that has no number of its own and no `message_id`: refused, or known by its bytes,
    so that the same bytes again within 35 days are the same message."""
    message_bytes_max: int = Field(default=1024 * 1024, gt=0, le=64 * 1024 * 1024)
    timeout_s: float = Field(default=10.0, gt=0, le=300)

    def words(self) -> str:
        """Return broker and queue."""
        return f"queue {self.queue} of {self.place_name()}"

    def place(self, flow: str) -> Place | None:
        """Return the queue: two flows would share its messages out."""
        return ("queue", f"{self.place_name()}/{self.queue}")


class RabbitDestination(DestinationTable, RabbitAccount):
    """`[[destination]]`: an exchange, with a routing key."""

    connector: Literal["rabbitmq"]
    exchange: str = Field(default="", pattern=SHORT)
    """The default exchange when left out: the routing key is a queue then."""
    routing_key: str = Field(pattern=SHORT)
    content_type: str = Field(default="", max_length=100)

    def words(self) -> str:
        """Return broker, exchange and routing key."""
        where = self.exchange or "default exchange"
        return f"{where} of {self.place_name()} by {self.routing_key}"
