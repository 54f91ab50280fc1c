"""What a flow file says: source, filter, steps, destinations, and how each is treated.

In: the tables of a `flow.toml`. Out: frozen tables; every entry is known by name. Refuses to know:
where the file is, what lines it has (`read`), and whether it makes sense as a whole (`lint`).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
Name = Annotated[str, Field(pattern=NAME)]
"""Small letters, digits and hyphens: it is a folder, a metric label and part of an address."""
HostPort = Annotated[int, Field(ge=0, le=65535)]
STEPS_MAX = 100
DESTINATIONS_MAX = 500
"""A fan-out of a hospital's ADT feed has some dozen; the benchmark goes to this many."""


class _Table(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True
    )


class Condition(_Table):
    """One test of a message; all conditions of a list must hold.

    `path` is a path of HL7 v2 (`PID-3.1`), or `trigger` for the kind of the document: `ADT^A01`,
    `850`, `ORDERS`, `OrderRequest`. A value may end in `*`.
    """

    path: str = Field(min_length=1, max_length=60)
    any_of: tuple[str, ...] = Field(default=(), alias="in")
    none_of: tuple[str, ...] = Field(default=(), alias="not_in")
    present: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Condition:
        if not self.any_of and not self.none_of and self.present is None:
            raise ValueError("a condition has one of: in, not_in, present")
        return self


class Lookup(_Table):
    """`lookup = {...}`: replace a field by what a table of the flow has for it."""

    field: str
    table: str
    """Name of a CSV file under `tables/`, two columns: from, to."""
    otherwise: str | None = None
    """Value for what the table does not have; left out, the message is refused."""
    keep: bool = False
    """Keep what the table does not have."""


class Step(_Table):
    """`[[step]]`: exactly one thing done to the message."""

    call: str = ""
    """`module:function`, or a function of the flow's own `steps.py`."""
    set: dict[str, str] = {}
    """Path -> constant."""
    copy_from: dict[str, str] = Field(default={}, alias="copy")
    """Path -> the path it is taken from."""
    remove: tuple[str, ...] = ()
    """Fields to be emptied (`PID-19`) and segments to be left out (`NK1`)."""
    lookup: Lookup | None = None
    template: str = ""
    """A file under `templates/` that writes the whole content anew."""
    convert: Literal["", "x12", "edifact", "cxml", "fhir"] = ""
    """Another standard for a supply document."""
    sender: str = "SENDER"
    """Identity of the sender in what `convert` writes."""
    receiver: str = "RECEIVER"
    note: str = ""
    """What it is for, in words; shown by `explain`."""

    @property
    def kind(self) -> str:
        """The one thing it does."""
        return self.kinds()[0]

    def kinds(self) -> list[str]:
        """Return what is filled of call, set, copy, remove, lookup, template, convert."""
        found = {
            "call": self.call,
            "set": self.set,
            "copy": self.copy_from,
            "remove": self.remove,
            "lookup": self.lookup,
            "template": self.template,
            "convert": self.convert,
        }
        return [name for name, value in found.items() if value]

    @model_validator(mode="after")
    def _does_one_thing(self) -> Step:
        if len(self.kinds()) != 1:
            raise ValueError(
                "a step has exactly one of: call, set, copy, remove, lookup, template, convert"
            )
        return self


class Tls(_Table):
    """`tls = {...}`: PEM files, relative to the hub's settings."""

    certificate: str
    key_file: str
    client_ca: str = ""
    """Listener: only peers with a certificate of this authority may connect."""


class PeerTls(_Table):
    """`tls = {...}` of a destination."""

    ca: str
    """The authority that signed the peer's certificate."""
    certificate: str = ""
    key_file: str = ""
    server_name: str = ""


class Retry(_Table):
    """How often something that was provably not taken is sent again."""

    first_s: float = Field(default=0.2, gt=0, le=3600)
    longest_s: float = Field(default=60.0, gt=0, le=86_400)
    give_up_after_s: float = Field(default=86_400.0, gt=0, le=30 * 86_400)
    """Real seconds from the first try; then it is a dead letter with an owner."""


class MllpSource(_Table):
    """`[source]` over MLLP."""

    connector: Literal["mllp"]
    host: str = "127.0.0.1"
    port: HostPort
    tls: Tls | None = None
    frame_bytes_max: int = Field(default=1024 * 1024, gt=0, le=64 * 1024 * 1024)
    connections_max: int = Field(default=512, gt=0, le=10_000)
    idle_timeout_s: float = Field(default=300, gt=0)


class FilesSource(_Table):
    """`[source]` from a folder: files are taken when they no longer grow, then moved."""

    connector: Literal["files"]
    folder: str
    pattern: str = "*"
    done: str = "done"
    """Folder for what was taken, under `folder`."""
    poll_s: float = Field(default=1.0, gt=0, le=3600)
    file_bytes_max: int = Field(default=64 * 1024 * 1024, gt=0, le=256 * 1024 * 1024)


class FlowSource(_Table):
    """`[source]`: what other flows hand over."""

    connector: Literal["flow"]


class _Destination(_Table):
    name: Name
    when: tuple[Condition, ...] = ()
    """All must hold for a message to go there."""
    step: tuple[Step, ...] = Field(default=(), max_length=STEPS_MAX)
    """Done for this destination only, after the steps of the flow."""
    retry: Retry = Retry()
    connections: int = Field(default=4, gt=0, le=64)
    """Messages under way at once; of one ordering key always one."""
    rate_per_s: float = Field(default=0.0, ge=0, le=100_000)
    """Most messages a second; 0 is no limit."""
    timeout_s: float = Field(default=10.0, gt=0, le=300)


class MllpDestination(_Destination):
    """`[[destination]]` over MLLP."""

    connector: Literal["mllp"]
    host: str
    port: int = Field(gt=0, le=65535)
    tls: PeerTls | None = None


class FilesDestination(_Destination):
    """`[[destination]]` in a folder: one file a message, whole or not at all."""

    connector: Literal["files"]
    folder: str
    suffix: str = Field(default=".hl7", pattern=r"^\.[A-Za-z0-9]{1,10}$")


class FlowDestination(_Destination):
    """`[[destination]]`: another flow of the same zone, whose source is `flow`."""

    connector: Literal["flow"]
    flow: Name


Source = Annotated[MllpSource | FilesSource | FlowSource, Field(discriminator="connector")]
Destination = Annotated[
    MllpDestination | FilesDestination | FlowDestination, Field(discriminator="connector")
]


class Declared(_Table):
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
    stat: tuple[Condition, ...] = ()
    """When all hold, the message goes before others."""
    filter: tuple[Condition, ...] = ()
    """All must hold, else the message is kept and goes nowhere."""
    step: tuple[Step, ...] = Field(default=(), max_length=STEPS_MAX)
    source: Source
    destination: tuple[Destination, ...] = Field(min_length=1, max_length=DESTINATIONS_MAX)
