"""Writes the parts that every cXML document has: envelope, header, elements, the bytes.

In: a `CxmlEnvelope`, names and values. Out: elements, and bytes that are the same for the same
input. Refuses to know: what a document says, the clock, how ids are made. The DOCTYPE names the
public DTD, which is never fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from suture.core.refusal import RefusalError
from suture.formats.cxml.document import Credential, Element

DTD_VERSION: Final = "1.2.063"
DOCTYPE: Final = f'<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/{DTD_VERSION}/cXML.dtd">'
LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
LANGUAGE: Final = "en-US"
_ENVELOPES: Final = ("Request", "Message")


@dataclass(frozen=True, slots=True, kw_only=True)
class CxmlEnvelope:
    """Addressing and control of one request."""

    payload_id: str
    at: datetime
    from_party: Credential
    to_party: Credential
    sender: Credential
    shared_secret: str = field(default="", repr=False)
    is_test: bool = False
    user_agent: str = "suture"


def open_document(envelope: CxmlEnvelope, outer: str) -> tuple[Element, Element]:
    """Return (root, its Request, Message or Response); what goes below is added by the caller.

    A Response has no Header and no deployment mode.
    """
    root = root_of(envelope.payload_id, envelope.at)
    if outer not in _ENVELOPES:
        return root, add(root, outer)
    write_header(root, envelope)
    mode = "test" if envelope.is_test else "production"
    return root, add(root, outer, deploymentMode=mode)


def root_of(payload_id: str, at: datetime) -> Element:
    """Return the outermost element with payloadID and timestamp."""
    root = etree.Element("cXML")
    for name, value in (("payloadID", payload_id), ("timestamp", instant_text(at))):
        root.set(name, fit(value))
    root.set(LANG, LANGUAGE)
    return root


def write_header(root: Element, envelope: CxmlEnvelope) -> None:
    """Add the Header: From, To, and Sender with its secret."""
    header = add(root, "Header")
    for name, credential in (
        ("From", envelope.from_party),
        ("To", envelope.to_party),
        ("Sender", envelope.sender),
    ):
        party = add(header, name)
        held = add(party, "Credential", domain=credential.domain)
        add_text(held, "Identity", credential.identity)
        if name == "Sender":
            if envelope.shared_secret:
                add_text(held, "SharedSecret", envelope.shared_secret)
            add_text(party, "UserAgent", envelope.user_agent)


def add(
    above: Element, tag: str, named: dict[str, str] | None = None, **attributes: str
) -> Element:
    """Add a child with the attributes that are not empty."""
    child = etree.SubElement(above, tag)
    for key, value in ((named or {}) | attributes).items():
        if value:
            child.set(key, fit(value))
    return child


def add_text(above: Element, name: str, text: str) -> Element:
    """Add a child that holds `text`."""
    child = etree.SubElement(above, name)
    child.text = fit(text)
    return child


def fit(text: str) -> str:
    """Return `text` when XML 1.0 can hold all its characters; refuse it otherwise."""
    for character in text:
        is_control = character < " " and character not in "\t\n\r"
        if is_control or "\ud800" <= character <= "\udfff" or character in "\ufffe\uffff":
            raise RefusalError("cxml.character", "a value has a character that XML does not have")
    return text


def instant_text(at: datetime) -> str:
    """Return an instant as cXML writes it, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def written(root: Element) -> bytes:
    """Return the document's bytes, indented, with declaration and DOCTYPE."""
    etree.indent(root)
    return bytes(
        etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=DOCTYPE) + b"\n"
    )
