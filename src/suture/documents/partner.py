"""A trading partner's profile: who it is on the wire and how it deviates, by name.

In: configuration. Out: a frozen struct. Refuses to know: addresses and secrets (the endpoint's).
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class PartnerProfile(msgspec.Struct, frozen=True, kw_only=True):
    """One partner as the mappings see it."""

    supplier: str
    """Supplier key."""
    name: str
    dialect: str
    """`x12` or `cxml`."""
    our_id: str
    """ISA06 of what we send, or our cXML identity."""
    their_id: str
    """ISA08 of what we send, or their cXML identity."""
    our_qualifier: str = "ZZ"
    """ISA05, or the cXML credential domain is `domain`."""
    their_qualifier: str = "ZZ"
    domain: str = "NetworkId"
    """cXML credential domain of both sides."""
    version: str = "00501"
    """ISA12; the group's GS08 follows from it."""
    is_test: bool = True
    """ISA15 T, or cXML deploymentMode test."""
    promise_from_schedule: bool = False
    """Whether DTM qualifiers 067 and 068 count as promises (spec 2.0.6)."""
    softened: frozenset[str] = frozenset()
    """Door problem codes this partner is permitted, by name."""

    @property
    def group_version(self) -> str:
        """GS08 for the interchange version."""
        return "004010" if self.version == "00401" else "005010"


class Addressing(msgspec.Struct, frozen=True, kw_only=True):
    """From whom to whom one document goes, and the control values it takes.

    `secret` is written into cXML only. A document is addressed by whoever sends it: nothing here
    comes out of the document itself.
    """

    sender: str
    """ISA06, UNB sender, cXML identity; at most 15 characters fit X12."""
    receiver: str
    control: int
    """Interchange control number; 1 to 999999999."""
    at: datetime
    sender_qualifier: str = "ZZ"
    """ISA05 and UNB 0007; not written in cXML and FHIR."""
    receiver_qualifier: str = "ZZ"
    domain: str = "NetworkId"
    """cXML credential domain of both sides."""
    secret: str = ""
    charset: str = "UNOC"
    """EDIFACT syntax identifier; UNOY is UTF-8."""
    is_test: bool = True

    def __repr__(self) -> str:
        return "<addressing>"
