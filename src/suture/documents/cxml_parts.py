"""Parts of cXML that every exchanged document has: the envelope, what was not read.

In: addressing, or a parsed document. Out: an envelope, problems. Refuses to know: what a document
says, and XML beyond the codec's elements.
"""

from __future__ import annotations

from collections.abc import Mapping

from suture.core.problem import Problem
from suture.documents.carried import unread
from suture.documents.partner import Addressing
from suture.formats import cxml

_SHOWN_MAX = 100
"""Most parts that are stated as not read: a person reads no more."""


def envelope_of(payload_id: str, addressing: Addressing) -> cxml.CxmlEnvelope:
    """Return the envelope of one document."""
    us = cxml.Credential(addressing.domain, addressing.sender)
    return cxml.CxmlEnvelope(
        payload_id=payload_id,
        at=addressing.at,
        from_party=us,
        to_party=cxml.Credential(addressing.domain, addressing.receiver),
        sender=us,
        shared_secret=addressing.secret,
        is_test=addressing.is_test,
    )


def left(document: cxml.Document, known: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each element and attribute outside `known`: element -> attributes.

    Of what stands below an unknown element nothing more is said.
    """
    tree = document.root.getroottree()
    found: list[Problem] = []
    waiting = [document.request]
    while waiting and len(found) < _SHOWN_MAX:
        element = waiting.pop()
        tag = str(element.tag)
        if tag.startswith("<"):  # a comment or an instruction
            continue
        if tag not in known:
            found.append(unread(str(tree.getpath(element))))
            continue
        for name in element.attrib:
            named = str(name)
            if named not in known[tag].split() and not named.startswith("{"):
                found.append(unread(f"{tree.getpath(element)}/@{named}"))
        waiting += reversed(list(element))
    return found


def party_of(credentials: tuple[cxml.Credential, ...]) -> str:
    """Return the first identity of a party, for documents that name it nowhere else."""
    return credentials[0].identity if credentials else ""
