"""Holds a cXML document as received: its envelope, its request, and its bytes.

In: a tree from `parse`. Out: `Document`; `bytes(document)` are the bytes received. Refuses to know:
the network, which credentials are ours. The shared secret has no way out but a comparison.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

Element = etree._Element


def veiled(value: object) -> str:
    """Return the repr of a value with content: its type, nothing in it."""
    return f"<cXML {type(value).__name__}>"


class Secret:
    """A shared secret that can be compared but not shown."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def matches(self, expected: str) -> bool:
        """Return whether the secret is `expected`; an empty one matches nothing.

        Takes the same time wherever the two differ.
        """
        is_equal = hmac.compare_digest(self.__value.encode(), expected.encode())
        return is_equal and bool(expected)

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "<secret>"


@dataclass(frozen=True, slots=True)
class Credential:
    """One identity of a party: domain (`NetworkId`, `DUNS`...) and identity."""

    domain: str
    identity: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """The parties of the header; a party may have several identities."""

    sender_of_document: tuple[Credential, ...] = ()
    """`From`: who the document is from."""
    receiver: tuple[Credential, ...] = ()
    """`To`."""
    sender: tuple[Credential, ...] = ()
    """`Sender`: who opened the connection and is authenticated."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Document:
    """One cXML document."""

    content: bytes
    root: Element
    request: Element
    """The element below Request or Message, or the Response itself."""
    payload_id: str
    timestamp: datetime | None
    """UTC."""
    credentials: Credentials
    secret: Secret
    """`Sender/Credential/SharedSecret`."""

    @property
    def kind(self) -> str:
        """Name of the request or message, e.g. `OrderRequest`; `Response` for an answer."""
        return str(self.request.tag)

    @property
    def deployment_mode(self) -> str:
        """`production` or `test`, as declared; production when it is not."""
        above = self.request.getparent()
        found = above.get("deploymentMode") if above is not None else None
        return found or "production"

    @property
    def is_test(self) -> bool:
        """The deployment mode is `test`."""
        return self.deployment_mode == "test"

    def verify_secret(self, expected: str) -> bool:
        """Return whether the sender's shared secret is `expected`, in constant time."""
        return self.secret.matches(expected)

    def __bytes__(self) -> bytes:
        return self.content

    def __repr__(self) -> str:
        return f"<cXML document of {len(self.content)} bytes>"


def free_texts(document: Document) -> list[str]:
    """Return the texts of every Comments and Extrinsic, for the scan before egress (spec 2.0.7)."""
    found = []
    for element in document.root.iter("Comments", "Extrinsic"):
        text = "".join(str(part) for part in element.itertext()).strip()
        if text:
            found.append(text)
    return found
