"""HTTP: a door that others post to, and requests to somebody else's.

In: entries of a flow file. Out: frozen tables. Refuses to know: sockets. Credentials are named by
files, never written here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from suture.connectivity.listen import check_listen_address, is_loopback
from suture.core.refusal import MisconfiguredError
from suture.orchestration.flows.table import (
    DestinationTable,
    HostPort,
    PeerTls,
    Place,
    SourceTable,
    Table,
    Tls,
    Wrong,
)

_OURS = frozenset(
    {"authorization", "content-length", "content-type", "host", "idempotency-key", "cookie"}
)
"""Headers that a flow does not write: the connector does."""
Envelope = Literal["none", "cloudevents", "cloudevents-json"]
"""CloudEvents around a message: its attributes in headers, or everything as one JSON document."""


class HttpDoorKey(Table):
    """`auth = {...}` of a source: what whoever calls has to show; one of three."""

    bearer_file: str = ""
    user: str = ""
    password_file: str = ""
    webhook_file: str = ""
    """Standard Webhooks: secrets, one a line; any of them verifies."""

    @model_validator(mode="after")
    def _is_one(self) -> HttpDoorKey:
        kinds = [bool(self.bearer_file), bool(self.user), bool(self.webhook_file)]
        if sum(kinds) != 1 or bool(self.user) is not bool(self.password_file):
            raise ValueError("auth is bearer_file, or user with password_file, or webhook_file")
        return self


class HttpKey(Table):
    """`auth = {...}` of a destination: what we show; one of four."""

    bearer_file: str = ""
    user: str = ""
    password_file: str = ""
    webhook_file: str = ""
    """Standard Webhooks: the first secret signs."""
    token_url: str = ""
    """OAuth 2.0 client credentials, with `client_id` and `client_secret_file`."""
    client_id: str = ""
    client_secret_file: str = ""
    scope: str = ""

    @model_validator(mode="after")
    def _is_one(self) -> HttpKey:
        is_oauth = [bool(self.token_url), bool(self.client_id), bool(self.client_secret_file)]
        kinds = [bool(self.bearer_file), bool(self.user), bool(self.webhook_file), any(is_oauth)]
        if sum(kinds) != 1 or bool(self.user) is not bool(self.password_file):
            raise ValueError(
                "auth is bearer_file, user with password_file, webhook_file, or token_url with"
                " client_id and client_secret_file"
            )
        if any(is_oauth) and not all(is_oauth):
            raise ValueError("token_url, client_id and client_secret_file go together")
        return self


class HttpSource(SourceTable):
    """`[source]` over HTTP: messages are posted to a path."""

    connector: Literal["http"]
    host: str = "127.0.0.1"
    port: HostPort
    path: str = Field(default="/", pattern=r"^/[A-Za-z0-9._~/-]{0,200}$")
    tls: Tls | None = None
    auth: HttpDoorKey | None = None
    envelope: Envelope = "none"
    """What is around each message; it is known by the event's source and id."""
    body_bytes_max: int = Field(default=16 * 1024 * 1024, gt=0, le=256 * 1024 * 1024)
    connections_max: int = Field(default=256, gt=0, le=10_000)

    def words(self) -> str:
        """Return its address."""
        return f"http{'s' if self.tls else ''}://{self.host}:{self.port}{self.path}"

    def place(self, flow: str) -> Place | None:
        """Return the port; 0 is any free one."""
        return ("port", self.port) if self.port else None

    def wrong(self) -> Iterator[Wrong]:
        """Yield an address that needs more protection."""
        has_client_ca = self.tls is not None and bool(self.tls.client_ca)
        try:
            check_listen_address(
                self.host,
                tls=self.tls is not None,
                authenticated=has_client_ca or self.auth is not None,
            )
        except MisconfiguredError as error:
            yield "flow.listen", "host", error.text.replace("client_ca", "auth or client_ca")
        is_signed = self.auth is not None and bool(self.auth.webhook_file)
        if self.envelope == "cloudevents" and is_signed:
            text = "a webhook's signature does not cover headers: say cloudevents-json"
            yield "flow.http-envelope", "envelope", text


class HttpDestination(DestinationTable):
    """`[[destination]]` over HTTP: a request a message."""

    takes_batches = True
    connector: Literal["http"]
    url: str = Field(max_length=2000)
    method: Literal["POST", "PUT"] = "POST"
    content_type: str = Field(default="application/octet-stream", pattern=r"^[\x21-\x7e ]{3,200}$")
    headers: dict[str, Annotated[str, Field(pattern=r"^[\x20-\x7e]{0,500}$")]] = Field(
        default={}, max_length=20
    )
    auth: HttpKey | None = None
    tls: PeerTls | None = None
    networks: tuple[str, ...] = Field(default=(), max_length=50)
    """Networks a name in `url` may lead into; without them, public addresses only."""
    answer: Literal["status", "hl7v2", "cxml"] = "status"
    """What says whether it was taken: the HTTP status, or the acknowledgement in the body."""
    envelope: Envelope = "none"
    event_type: str = Field(default="", pattern=r"^[A-Za-z0-9._/-]{0,200}$")
    """Type of the event; left out, `org.suture.flow.` and the flow's name."""
    event_source: str = Field(default="", pattern=r"^[\x21-\x7e]{0,200}$")
    """Source of the event, a URI; left out, `urn:suture:flow:` and the flow's name."""

    @field_validator("url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("a url begins with http:// or https:// and names a host")
        if parts.username is not None or parts.password is not None or parts.query:
            raise ValueError("no credentials and no query in a url: it is written down everywhere")
        return value

    @field_validator("networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            ipaddress.ip_network(each)
        return value

    def words(self) -> str:
        """Return its address."""
        return self.url

    def place(self) -> Place | None:
        """Return the port when it is on this machine."""
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return ("port", port) if is_loopback(parts.hostname or "") else None

    def wrong(self) -> Iterator[Wrong]:
        """Yield headers that are the connector's, and credentials that would go in the open."""
        if self.envelope == "none" and (self.event_type or self.event_source):
            yield "flow.http-envelope", "event_type", "there is no event: say which envelope"
        for name in self.headers:
            is_ours = name.lower() in _OURS or name.lower().startswith("ce-")
            if is_ours or not name.replace("-", "").isalnum():
                yield "flow.http-header", "headers", f"{name} is not for a flow to write"
        parts = urlsplit(self.url)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            yield "flow.http-plain", "url", "beyond this machine it must be https"
