"""What a flow file says as a whole: source, filter, steps, destinations.

In: the tables of a `flow.toml`. Out: frozen tables; every entry is known by name. Refuses to know:
where the file is, what lines it has (`read`), and whether it makes sense as a whole (`lint`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from suture.orchestration.flows.connectors.as2 import As2Destination, As2Source
from suture.orchestration.flows.connectors.database import DatabaseDestination, DatabaseSource
from suture.orchestration.flows.connectors.files import FilesDestination, FilesSource
from suture.orchestration.flows.connectors.flow import FlowDestination, FlowSource
from suture.orchestration.flows.connectors.http import HttpDestination, HttpSource
from suture.orchestration.flows.connectors.mllp import MllpDestination, MllpSource
from suture.orchestration.flows.connectors.nats import NatsDestination, NatsSource
from suture.orchestration.flows.connectors.rabbitmq import RabbitDestination, RabbitSource
from suture.orchestration.flows.connectors.sftp import SftpDestination, SftpSource
from suture.orchestration.flows.table import STEPS_MAX, Condition, Name, Step, Table

DESTINATIONS_MAX = 500
"""A fan-out of a hospital's ADT feed has some dozen; the benchmark goes to this many."""
INDEX_MAX = 8
"""Each costs a row a message."""
SOURCES = (
    As2Source,
    DatabaseSource,
    FilesSource,
    FlowSource,
    HttpSource,
    MllpSource,
    NatsSource,
    RabbitSource,
    SftpSource,
)
DESTINATIONS = (
    As2Destination,
    DatabaseDestination,
    FilesDestination,
    FlowDestination,
    HttpDestination,
    MllpDestination,
    NatsDestination,
    RabbitDestination,
    SftpDestination,
)

Source = Annotated[
    As2Source
    | DatabaseSource
    | FilesSource
    | FlowSource
    | HttpSource
    | MllpSource
    | NatsSource
    | RabbitSource
    | SftpSource,
    Field(discriminator="connector"),
]
Destination = Annotated[
    (
        As2Destination
        | DatabaseDestination
        | FilesDestination
        | FlowDestination
        | HttpDestination
        | MllpDestination
        | NatsDestination
        | RabbitDestination
        | SftpDestination
    ),
    Field(discriminator="connector"),
]


class Declared(Table):
    """The whole of a `flow.toml`."""

    description: str = Field(min_length=1, max_length=500)
    owner: str = Field(min_length=1, max_length=200)
    """Whom to call; a role or a group rather than a person."""
    format: Literal["hl7v2", "x12", "edifact", "cxml", "fhir", "raw"] = "hl7v2"
    ack: Literal["on_stored", "on_admitted", "on_delivered"] = "on_admitted"
    """When the sender is answered: once the bytes are kept, once the steps went well and the
    deliveries are kept too, or once every destination has it."""
    ack_timeout_s: float = Field(default=20.0, gt=0, le=300)
    """`on_delivered`: longest wait before the sender is asked to repeat."""
    order_by: str = "PID-3.1"
    """Messages with the same value here keep their order; `none` lets each go for itself."""
    index: dict[Name, str] = Field(default={}, max_length=INDEX_MAX)
    """Name -> path of the message as received: by these it is found (`--meta visit=V1`)."""
    timing: Literal["", "sync", "event", "async", "batch"] = ""
    """Class of the interaction (spec 2.0.4); lint refuses what contradicts it."""
    keep: Literal["ends", "stages"] = "ends"
    """What is kept of a message: as received, as sent and as answered; or what each step made of
    it too."""
    retention_days: int | None = Field(default=None, ge=35, le=36_500)
    """Days that its messages are kept; the hub's `[retention]` when left out."""
    stat: tuple[Condition, ...] = ()
    """When all hold, the message goes before others."""
    filter: tuple[Condition, ...] = ()
    """All must hold, else the message is kept and goes nowhere."""
    step: tuple[Step, ...] = Field(default=(), max_length=STEPS_MAX)
    source: Source
    destination: tuple[Destination, ...] = Field(min_length=1, max_length=DESTINATIONS_MAX)
