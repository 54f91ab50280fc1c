"""What a supplier answers as X12, read for exchange: 855, 856, 810.

In: bytes. Out: the documents of one kind, and problems, with a problem for each segment that the
mapping leaves out. Refuses to know: how a set is read (`from_x12`), and which partner it is from:
the supplier is the one the set names, else the sender of the interchange.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from suture.core.problem import Problem
from suture.documents.carried import unread
from suture.documents.from_x12 import documents
from suture.documents.partner import PartnerProfile
from suture.documents.x12_parts import sets_of
from suture.formats import x12

_LIST = "92"
"""N103: assigned by the buyer."""


def supplier_segment(supplier: str) -> list[str]:
    """Return N1 that names the supplier by the buyer's number."""
    return ["N1", "VN", "", _LIST, supplier]


def supplier_sets(
    data: bytes, set_id: str, known: frozenset[str]
) -> tuple[list[Any], list[Problem]]:
    """Return the documents of the sets `set_id`; `known` is `REF*CT` or `PO1`, what is read."""
    interchange, problems = x12.parse(data)
    found: list[Any] = []
    for one in sets_of(interchange, set_id, problems):
        profile = PartnerProfile(
            supplier=supplier_of(one) or interchange.sender.id,
            name="",
            dialect="x12",
            our_id=interchange.receiver.id,
            their_id=interchange.sender.id,
        )
        group = next(group for group in interchange.groups if one in group.sets)
        alone = replace(interchange, groups=[x12.Group(group.header, group.trailer, [one])])
        read, wrong = documents(alone, profile)
        found += read
        problems += wrong
        problems += [
            unread(segment.path(), segment.offset)
            for segment in one.segments[1:-1]
            if known.isdisjoint((segment.id, f"{segment.id}*{segment.qualifier}"))
        ]
    return found, problems


def supplier_of(found: x12.TransactionSet) -> str:
    """Return the supplier that a set names by the buyer's number; empty when it names none."""
    loops = [loop for loop in found.tree.walk() if loop.id == "N1"]
    parties = [loop.opening for loop in loops] + found.tree.all("N1")
    named = (one for one in parties if (one.element(1), one.element(3)) == ("VN", _LIST))
    return next((one.element(4) for one in named), "")
