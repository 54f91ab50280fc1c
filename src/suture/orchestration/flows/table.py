"""What the tables of every flow file share: conditions, steps, TLS, retries, the two ends.

In: tables of a `flow.toml`. Out: frozen tables. Refuses to know: any single connector: each stands
in `connectors` with its own entries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from suture.orchestration.flows.expecting import Expecting

NAME = r"^[a-z0-9][a-z0-9-]{0,62}$"
Name = Annotated[str, Field(pattern=NAME)]
"""Small letters, digits and hyphens: it is a folder, a metric label and part of an address."""
HostPort = Annotated[int, Field(ge=0, le=65535)]
STEPS_MAX = 100


class Table(BaseModel):
    """A table whose entries are all known by name; what it was given is never in an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True
    )


class Condition(Table):
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


class Lookup(Table):
    """`lookup = {...}`: replace a field by what a table of the flow has for it."""

    field: str
    table: str
    """Name of a CSV file under `tables/`, two columns: from, to."""
    otherwise: str | None = None
    """Value for what the table does not have; left out, the message is refused."""
    keep: bool = False
    """Keep what the table does not have."""


class Step(Table):
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


class Tls(Table):
    """`tls = {...}`: PEM files, relative to the hub's settings."""

    certificate: str
    key_file: str
    client_ca: str = ""
    """Listener: only peers with a certificate of this authority may connect."""


class PeerTls(Table):
    """`tls = {...}` of a destination."""

    ca: str
    """The authority that signed the peer's certificate."""
    certificate: str = ""
    key_file: str = ""
    server_name: str = ""


class Retry(Table):
    """How often something that was provably not taken is sent again."""

    first_s: float = Field(default=0.2, gt=0, le=3600)
    longest_s: float = Field(default=60.0, gt=0, le=86_400)
    give_up_after_s: float = Field(default=86_400.0, gt=0, le=30 * 86_400)
    """Real seconds from the first try; then it is a dead letter with an owner."""


Split = Literal["auto", "none", "batch", "lines"]
"""How a file becomes messages."""
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"


class Batch(Table):
    """`batch = {...}` of a destination: messages go together, at a time or when enough."""

    envelope: Literal["hl7", "x12", "lines", "none"]
    """FHS and BHS around HL7 v2 messages; one X12 interchange; a line for each; one behind the
    other."""
    max_messages: int = Field(default=500, ge=1, le=1000)
    """So many go at once, without waiting for the time."""
    max_bytes: int = Field(default=16 * 1024 * 1024, ge=1024, le=64 * 1024 * 1024)
    """Of one batch; what does not fit goes into the next one, at the same time."""
    every_s: float = Field(default=0.0, ge=0, le=86_400)
    """Seconds that the first message of a batch waits at most."""
    cut_off: tuple[Annotated[str, Field(pattern=TIME)], ...] = Field(default=(), max_length=48)
    """Times of day, `17:00`, on the clock of `timezone`."""
    timezone: str = "UTC"
    weekdays: tuple[Weekday, ...] = Field(default=WEEKDAYS, min_length=1)
    """Days that have cut-offs."""
    holidays: tuple[date, ...] = Field(default=(), max_length=500)
    """Days that have none."""

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("a time zone is named like America/Chicago") from None
        return value

    @model_validator(mode="after")
    def _has_a_time(self) -> Batch:
        if bool(self.every_s) == bool(self.cut_off):
            raise ValueError("a batch has one of: every_s, cut_off")
        return self

    def words(self) -> str:
        """Return when and how, as a person says it."""
        when = f"every {self.every_s:g} s"
        if self.cut_off:
            days = "" if self.weekdays == WEEKDAYS else f" on {', '.join(self.weekdays)}"
            when = f"at {', '.join(self.cut_off)} {self.timezone}{days}"
            when += f", {len(self.holidays)} holidays left out" if self.holidays else ""
        envelope = "" if self.envelope == "none" else f" as {self.envelope}"
        return f"together{envelope}, {when} or when there are {self.max_messages}"


Place = tuple[str, object]
"""What two flows may not both read from, and what closes a circle: ("port", 2575)."""
Wrong = tuple[str, str, str]
"""(code, entry, text): something about an end that its entries alone show."""


class SourceTable(Expecting, Table):
    """`[source]`, whatever the connector; a connector adds its own entries."""

    carries: ClassVar[frozenset[str]] = frozenset()
    """The formats that can come this way; empty for all."""
    connector: str

    def is_same(self, other: SourceTable) -> bool:
        """Return whether an open source can stay: what is expected of it opens nothing."""
        about = set(Expecting.model_fields)
        return self.model_dump(exclude=about) == other.model_dump(exclude=about)

    def words(self) -> str:
        """Return where messages come from, as a person says it."""
        return self.connector

    def place(self, flow: str) -> Place | None:
        """Return what no other flow may read from too, None when it can be shared."""
        return None

    def wrong(self) -> Iterator[Wrong]:
        """Yield what is wrong with the entries together."""
        yield from ()


class Splitting(Table):
    """Entries of a source that takes files."""

    split: Split = "auto"
    """What is in a file: `auto` HL7 v2 message by message and other formats whole; `none` one
    message; `batch` each message of an HL7 v2 batch, X12 or EDIFACT interchange; `lines` each
    line."""
    incomplete: Literal["refuse", "take"] = "refuse"
    """A file whose counts differ or whose end is missing: refused as a whole, or taken all the
    same, with an audit row."""


class DestinationTable(Table):
    """`[[destination]]`, whatever the connector; a connector adds its own entries."""

    carries: ClassVar[frozenset[str]] = frozenset()
    """The formats that can go this way; empty for all."""
    takes_batches: ClassVar[bool] = False
    """Whether several messages can go together this way."""
    connector: str
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
    batch: Batch | None = None
    """Messages go together; for destinations that take files or bodies."""

    def words(self) -> str:
        """Return where messages go, as a person says it."""
        return self.connector

    def place(self) -> Place | None:
        """Return the place of a source that this would feed, None when no flow can be there."""
        return None

    def wrong(self) -> Iterator[Wrong]:
        """Yield what is wrong with the entries together."""
        yield from ()
