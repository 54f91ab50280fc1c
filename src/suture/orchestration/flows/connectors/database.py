"""Databases: rows that are read as messages, and messages that are written by a statement.

In: entries of a flow file. Out: frozen tables. Refuses to know: drivers. Values reach a statement
as parameters only; nothing of a message is ever part of its text.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, field_validator, model_validator

from suture.connectivity.sql_text import statement
from suture.orchestration.flows.table import (
    DestinationTable,
    Name,
    Place,
    SourceTable,
    Table,
    Wrong,
)

_LOOPBACK = ("localhost", "127.0.0.1", "::1", "")
_CHECKED = ("verify-full", "verify-ca")
OWN_VALUES = ("id", "exchange", "content", "bytes")
"""What a `write` has without being declared: the delivery's id, the exchange, the content as text
and as bytes."""


class DatabaseAccount(Table):
    """Which database, and who we are there; shared by both directions."""

    url: str = Field(max_length=500)
    """`postgresql://user@host/name?sslmode=verify-full`, or `sqlite:file.db`."""
    password_file: str = ""

    @field_validator("url")
    @classmethod
    def _is_known(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "sqlite":
            if not parts.path or parts.netloc:
                raise ValueError("write it like sqlite:folder/file.db")
            return value
        if parts.scheme not in ("postgresql", "postgres"):
            raise ValueError("an address begins with postgresql:// or sqlite:")
        asked = {name.lower(): values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.password is not None or "password" in asked:
            raise ValueError("no password here: name a password_file")
        if (parts.hostname or "") not in _LOOPBACK and asked.get("sslmode") not in _CHECKED:
            raise ValueError("beyond this machine say sslmode=verify-full")
        return value

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.url.startswith("sqlite:")

    def plain(self) -> str:
        """Return the address as it is shown: without parameters."""
        return self.url.partition("?")[0]


def _statement(value: str) -> str:
    statement(value)
    return value


class DatabaseSource(SourceTable, DatabaseAccount):
    """`[source]`: rows of a table or an outbox, each a message."""

    connector: Literal["database"]
    read: str = Field(min_length=1, max_length=20_000)
    """A SELECT, oldest first; it may use `:last` and `:limit`."""
    key: Name
    """The column that names a row for good."""
    content: str = Field(default="", max_length=100)
    """The column that is the message; without it the row is, as JSON."""
    mark: str = Field(default="", max_length=20_000)
    """Done for each row after it is kept, with `:key`; without it the last key is remembered."""
    first: int | str = 0
    """What `:last` is before a row was read."""
    batch: int = Field(default=100, gt=0, le=1000)
    poll_s: float = Field(default=5.0, gt=0, le=86_400)
    message_bytes_max: int = Field(default=1024 * 1024, gt=0, le=64 * 1024 * 1024)
    timeout_s: float = Field(default=30.0, gt=0, le=600)

    @field_validator("read", "mark")
    @classmethod
    def _one(cls, value: str) -> str:
        return _statement(value) if value else value

    @model_validator(mode="after")
    def _goes_on(self) -> DatabaseSource:
        if bool(self.mark) is ("last" in statement(self.read).parameters):
            raise ValueError("give mark, or use :last in read, one of the two")
        return self

    def words(self) -> str:
        """Return the address."""
        return f"rows of {self.plain()}"

    def place(self, flow: str) -> Place | None:
        """Return the statement at its database."""
        return ("read", f"{self.plain()} {self.read}")

    def wrong(self) -> Iterator[Wrong]:
        """Yield parameters that nobody gives."""
        yield from _unknown("read", self.read, ("last", "limit"))
        if self.mark:
            yield from _unknown("mark", self.mark, ("key",))


class DatabaseDestination(DestinationTable, DatabaseAccount):
    """`[[destination]]`: a statement for each message."""

    connector: Literal["database"]
    write: str = Field(min_length=1, max_length=20_000)
    values: dict[Name, str] = Field(default={}, max_length=100)
    """Parameter -> where its value is: `PID-3.1` of HL7 v2, `order.number` of JSON."""
    is_repeatable: bool = False
    """The statement may run twice without harm although it does not use `:id`."""

    @field_validator("write")
    @classmethod
    def _one(cls, value: str) -> str:
        return _statement(value)

    def words(self) -> str:
        """Return verb and address."""
        return f"{statement(self.write).verb} at {self.plain()}"

    def wrong(self) -> Iterator[Wrong]:
        """Yield parameters that nobody gives, and a statement that may write twice."""
        yield from _unknown("write", self.write, (*OWN_VALUES, *self.values))
        if "id" not in statement(self.write).parameters and not self.is_repeatable:
            text = "a repetition would write twice: use :id, or say is_repeatable = true"
            yield "flow.database-repeat", "write", text
        for name in self.values:
            if name in OWN_VALUES:
                yield "flow.database-value", "values", f"{name} is given already"


def _unknown(entry: str, text: str, known: tuple[str, ...]) -> Iterator[Wrong]:
    for name in statement(text).parameters:
        if name not in known:
            given = ", ".join(f":{each}" for each in known)
            yield "flow.database-value", entry, f"nobody gives :{name}; there is {given}"
