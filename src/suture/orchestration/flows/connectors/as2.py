"""AS2: a door that trading partners post to, and posts to a partner's (RFC 4130).

In: entries of a flow file. Out: frozen tables. Refuses to know: sockets, what is in a certificate.
Certificates and keys are PEM files, relative to hub.toml.
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

As2Name = Annotated[str, Field(pattern=r"^[\x21-\x7e]([\x20-\x7e]{0,126}[\x21-\x7e])?$")]
"""AS2-From and AS2-To (RFC 4130 section 6.2), without quotes."""
PemFile = Annotated[str, Field(min_length=1, max_length=500)]
PATH = r"^/[A-Za-z0-9._~/-]{0,200}$"
Weak = Literal["sha1", "3des"]
KEYS_MAX = 4
"""The current one, the next, and those that messages may still be under way with."""


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("a url begins with http:// or https:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("no credentials in a url: it is written down everywhere")
    return value


def _networks(value: tuple[str, ...]) -> tuple[str, ...]:
    for each in value:
        ipaddress.ip_network(each)
    return value


class As2Key(Table):
    """One of `keys`: a certificate that partners have, and its key."""

    certificate: PemFile
    key_file: PemFile


class As2Partner(Table):
    """`[[source.partner]]`: one who may send, and what is asked of it."""

    as2_name: As2Name
    certificates: tuple[PemFile, ...] = Field(min_length=1, max_length=KEYS_MAX)
    """Any of them may have signed: the current one and the next."""
    signed: bool = True
    encrypted: bool = True
    weak: tuple[Weak, ...] = ()
    """Old algorithms that are taken from this partner; named one by one."""
    mdn_url: str = Field(default="", max_length=2000)
    """The very address that receipts may go to later; without it they go in the answer only."""
    mdn_tls: PeerTls | None = None

    @field_validator("mdn_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return _address(value) if value else value


class As2Listen(Table):
    """`mdn_listen = {...}` of a destination: where partners bring receipts later."""

    host: str = "127.0.0.1"
    port: int = Field(gt=0, le=65535)
    path: str = Field(default="/mdn", pattern=PATH)
    tls: Tls | None = None


class As2Source(SourceTable):
    """`[source]` over AS2: partners post messages to a path."""

    connector: Literal["as2"]
    host: str = "127.0.0.1"
    port: HostPort
    path: str = Field(default="/as2", pattern=PATH)
    tls: Tls | None = None
    as2_name: As2Name
    """Ours: AS2-To of what is taken."""
    keys: tuple[As2Key, ...] = Field(min_length=1, max_length=KEYS_MAX)
    """The first signs receipts, each opens what is encrypted for it."""
    partner: tuple[As2Partner, ...] = Field(min_length=1, max_length=100)
    body_bytes_max: int = Field(default=16 * 1024 * 1024, gt=0, le=256 * 1024 * 1024)
    content_bytes_max: int = Field(default=64 * 1024 * 1024, gt=0, le=256 * 1024 * 1024)
    """Most that a compressed message may inflate to."""
    connections_max: int = Field(default=64, gt=0, le=10_000)
    networks: tuple[str, ...] = Field(default=(), max_length=50)
    """Networks a name in a partner's `mdn_url` may lead into; without them, public ones only."""

    @field_validator("networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _networks(value)

    def words(self) -> str:
        """Return its address."""
        return f"as2://{self.host}:{self.port}{self.path} as {self.as2_name}"

    def place(self, flow: str) -> Place | None:
        """Return the port; 0 is any free one."""
        return ("port", self.port) if self.port else None

    def wrong(self) -> Iterator[Wrong]:
        """Yield an address that needs more protection, and partners named twice."""
        is_signed = all(each.signed for each in self.partner)
        has_client_ca = self.tls is not None and bool(self.tls.client_ca)
        try:
            check_listen_address(
                self.host, tls=self.tls is not None, authenticated=is_signed or has_client_ca
            )
        except MisconfiguredError as error:
            text = error.text.replace("client_ca", "signed messages or client_ca")
            yield "flow.listen", "host", text
        names = [each.as2_name for each in self.partner]
        if len(set(names)) < len(names):
            yield "flow.as2-partner", "partner", "two partners have the same as2_name"


class As2Destination(DestinationTable):
    """`[[destination]]` over AS2: a message a post, delivered when its receipt says so."""

    takes_batches = True
    connector: Literal["as2"]
    url: str = Field(min_length=1, max_length=2000)
    as2_from: As2Name
    as2_to: As2Name
    keys: tuple[As2Key, ...] = Field(min_length=1, max_length=KEYS_MAX)
    """The first signs."""
    partner_certificates: tuple[PemFile, ...] = Field(min_length=1, max_length=KEYS_MAX)
    """The first that is valid is encrypted for; any may sign receipts."""
    sign: Literal["sha256", "sha384", "sha512", "none"] = "sha256"
    encrypt: Literal["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm", "none"] = "aes256-cbc"
    compress: bool = False
    mdn: Literal["signed", "unsigned", "none", "async"] = "signed"
    """The receipt that says whether it was taken; `none` believes the HTTP status, `async` waits
    for a signed one that the partner brings to `mdn_url`."""
    mdn_url: str = Field(default="", max_length=2000)
    """Address of `mdn_listen` as the partner sees it."""
    mdn_listen: As2Listen | None = None
    weak: tuple[Weak, ...] = ()
    """Old algorithms that receipts may be signed with."""
    content_type: str = Field(default="application/octet-stream", pattern=r"^[\x21-\x7e ]{3,200}$")
    subject: str = Field(default="", pattern=r"^[\x20-\x7e]{0,200}$")
    tls: PeerTls | None = None
    networks: tuple[str, ...] = Field(default=(), max_length=50)
    """Networks a name in `url` may lead into; without them, public addresses only."""
    timeout_s: float = Field(default=60.0, gt=0, le=300)
    """A partner verifies and decrypts before it answers."""

    @field_validator("url", "mdn_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        return _address(value) if value else value

    @field_validator("networks")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _networks(value)

    @model_validator(mode="after")
    def _says_where_receipts_come(self) -> As2Destination:
        is_later = self.mdn == "async"
        if is_later is not bool(self.mdn_url) or is_later is not (self.mdn_listen is not None):
            raise ValueError('mdn = "async" goes together with mdn_url and mdn_listen')
        return self

    def words(self) -> str:
        """Return where messages go and to whom."""
        return f"{self.url} to {self.as2_to}"

    def place(self) -> Place | None:
        """Return the port when it is on this machine."""
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return ("port", port) if is_loopback(parts.hostname or "") else None

    def wrong(self) -> Iterator[Wrong]:
        """Yield content that would go in the open, and a receipt that nobody could trust."""
        parts = urlsplit(self.url)
        is_plain = parts.scheme == "http" and not is_loopback(parts.hostname or "")
        if is_plain and (self.encrypt == "none" or self.mdn not in ("signed", "async")):
            text = "beyond this machine it must be https, or encrypted with signed receipts"
            yield "flow.http-plain", "url", text
        if self.mdn_listen is not None:
            try:
                has_tls = self.mdn_listen.tls is not None
                check_listen_address(self.mdn_listen.host, tls=has_tls, authenticated=True)
            except MisconfiguredError as error:
                yield "flow.listen", "mdn_listen", error.text
