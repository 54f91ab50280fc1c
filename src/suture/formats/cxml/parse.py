"""Turns bytes into a `Document`; hardened, so that no document reaches a file or the network.

In: the bytes of one document. Out: a document or nothing, and problems. Refuses to know: DTDs (none
is ever loaded) and what a request asks for. A DOCTYPE may name the public DTD; one that declares
anything itself is refused, because entities expand and read files.
"""

from __future__ import annotations

import re
from typing import Any, Final

from lxml import etree

from suture.core.problem import Problem, Severity
from suture.formats.cxml.codes import DEFAULT, Limits
from suture.formats.cxml.document import Credential, Credentials, Document, Element, Secret
from suture.formats.cxml.read import instant

_DOCTYPE: Final = b"<!DOCTYPE"
_DOCTYPE_HEAD: Final = re.compile(rb"(?:[^>\[\"']++|\"[^\"]*+\"|'[^']*+')*+")
"""What stands in a DOCTYPE before its end or its own declarations; possessive, so linear."""
_ENVELOPES: Final = ("Request", "Message")


def looks_like(data: bytes) -> bool:
    """Return whether `data` starts like XML with a cXML element in its first 2 kB."""
    head = data[:2048].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head[:1] == b"<" and b"<cXML" in head


def parse(data: bytes, *, limits: Limits = DEFAULT) -> tuple[Document | None, list[Problem]]:
    """Return the document in `data`, or None with the problem that prevents one.

    Problems name the line or the path of an element, never a value. A problem of severity error
    beside a document (credentials, payloadID) means: refuse at the door.
    """
    if len(data) > limits.bytes_max:
        note = f"at most {limits.bytes_max} bytes are read"
        return None, [_error("cxml.too-large", note, offset=limits.bytes_max)]
    # Every element has one or two tags; the count after parsing is exact, this one is before.
    if data.count(b"<") > 3 * limits.elements_max:
        note = f"at most {limits.elements_max} elements are read"
        return None, [_error("cxml.too-large", note, "/", 0)]
    # UTF-16 and UTF-32 hide the words behind zero bytes; what is left is checked after parsing.
    if _declares_itself(data.replace(b"\0", b"") if b"\0" in data else data):
        return None, [_declares(data)]
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data.lstrip(b" \t\r\n"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 0
        at = _byte_at(data, line, getattr(error, "offset", None) or 1)
        return None, [_error("cxml.not-xml", "the content is not XML", f"line {line}", at)]
    if has_declarations(root):
        return None, [_declares(data)]
    if sum(1 for _ in root.iter()) > limits.elements_max:
        note = f"at most {limits.elements_max} elements are read"
        return None, [_error("cxml.too-large", note, "/", 0)]
    request = _request(root)
    if request is None:
        note = "cXML with a Request, Message or Response is expected"
        return None, [_error("cxml.not-cxml", note, "/cXML")]
    return envelope_of(data, root, request)


def _declares_itself(data: bytes) -> bool:
    """Return whether bytes declare an entity or open an internal subset, before any parsing."""
    if b"<!ENTITY" in data:
        return True
    place = data.find(_DOCTYPE)
    while place >= 0:
        head = _DOCTYPE_HEAD.match(data, place + len(_DOCTYPE))
        end = head.end() if head else place + len(_DOCTYPE)
        if data[end : end + 1] == b"[":
            return True
        # On from the end of this one: text is looked at once, however many there are.
        place = data.find(_DOCTYPE, end)
    return False


def has_declarations(root: Element) -> bool:
    """Return whether the DOCTYPE declares anything, or an entity reference is left in the tree."""
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and (any(dtd.iterentities()) or any(dtd.iterelements())):
        return True
    return any(True for _ in root.iter(etree.Entity))


def _request(root: Element) -> Element | None:
    """Return the element that says what the document is."""
    if root.tag != "cXML":
        return None
    for name in _ENVELOPES:
        outer = root.find(name)
        inner = [child for child in outer if child.tag != "Status"] if outer is not None else []
        if inner:
            return inner[0]
    return root.find("Response")


def envelope_of(data: bytes, root: Element, request: Element) -> tuple[Document, list[Problem]]:
    """Return the document around a request, and what is wrong with its envelope."""
    problems: list[Problem] = []
    payload_id = (root.get("payloadID") or "").strip()
    if not payload_id:
        note = "the document must carry a payloadID that is its own"
        problems.append(_error("cxml.no-payload-id", note, "/cXML/@payloadID"))
    timestamp = instant(root.get("timestamp") or "", "/cXML/@timestamp", problems)
    credentials = Credentials(_party(root, "From"), _party(root, "To"), _party(root, "Sender"))
    if request.tag != "Response":
        for name, party in (
            ("From", credentials.sender_of_document),
            ("To", credentials.receiver),
            ("Sender", credentials.sender),
        ):
            if not any(credential.identity for credential in party):
                note = "the header must name From, To and Sender"
                problems.append(_error("cxml.credential", note, f"/cXML/Header/{name}"))
    secret = Secret((root.findtext("Header/Sender/Credential/SharedSecret") or "").strip())
    document = Document(data, root, request, payload_id, timestamp, credentials, secret)
    return document, problems


def _party(root: Element, name: str) -> tuple[Credential, ...]:
    found = root.findall(f"Header/{name}/Credential")
    return tuple(
        Credential((item.get("domain") or "").strip(), (item.findtext("Identity") or "").strip())
        for item in found
    )


def _declares(data: bytes) -> Problem:
    note = "a DOCTYPE may name the public DTD and nothing else; send no entity or other declaration"
    places = (data.find(word) for word in (b"<!ENTITY", _DOCTYPE))
    at = next((place for place in places if place >= 0), 0)
    return _error("cxml.entity-declaration", note, "DOCTYPE", at)


def _byte_at(data: bytes, line: int, column: int) -> int:
    """Return about the byte of a line and column, as the XML reader counts them."""
    start = len(data) - len(data.lstrip(b" \t\r\n"))
    for _ in range(1, line):
        end = data.find(b"\n", start)
        if end < 0:
            break
        start = end + 1
    return min(start + column - 1, len(data))


def _error(code: str, text: str, path: str = "", offset: int | None = None) -> Problem:
    return Problem(code, Severity.ERROR, text, path, offset)
