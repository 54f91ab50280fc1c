"""What a supplier answers as cXML, read for exchange: confirmation, ship notice, invoice.

In: bytes. Out: the documents, and problems. Refuses to know: how a request is read (`from_cxml`),
and which partner it is from: the supplier is the `From` of the document. Suppliers send these; they
are not written here.
"""

from __future__ import annotations

from typing import Any

from suture.core.problem import Problem
from suture.documents.carried import unread
from suture.documents.cxml_parts import party_of
from suture.documents.from_cxml import documents
from suture.documents.partner import PartnerProfile
from suture.documents.supply import ChangeAnswer
from suture.formats import cxml


def read(data: bytes) -> tuple[list[Any], list[Problem]]:
    """Return the documents of a request; Comments and Extrinsics are stated, never read."""
    document, problems = cxml.parse(data)
    if document is None:
        return [], problems
    parties = document.credentials
    profile = PartnerProfile(
        supplier=party_of(parties.sender_of_document),
        name="",
        dialect="cxml",
        our_id=party_of(parties.receiver),
        their_id=party_of(parties.sender_of_document),
    )
    found, wrong = documents(document, profile)
    problems += wrong
    tree = document.root.getroottree()
    texts = document.request.iter("Comments", "Extrinsic")
    problems += [unread(str(tree.getpath(element))) for element in texts]
    if any(isinstance(one, ChangeAnswer) for one in found):
        note = "the answer is to a change of an order, which is not exchanged"
        return [], [*problems, unread("/cXML/Request/ConfirmationRequest", note=note)]
    return list(found), problems
