"""What people did to the record, kept as events beside it: who, when, why.

In: a person's deed. Out: an event that nobody decides on and nothing removes. Refuses to know:
content: a deed names messages by their exchange, never by what they say.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from suture.core.json_codec import encoder
from suture.journal.record import NewEvent

MESSAGE_OPENED = "message.opened"
HOLD_ADDED = "hold.added"
HOLD_RELEASED = "hold.released"
RETENTION_RAN = "retention.ran"


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Payload of such an event."""

    by: str
    reason: str
    subject: str = ""
    """What was acted upon, e.g. the id of a hold."""


def deed(type: str, done: Deed, now: datetime, exchange: str = "") -> NewEvent:
    """Return the event of a deed."""
    return NewEvent(
        id=f"{type}/{exchange or done.subject}/{now.isoformat()}/{done.by}",
        type=type,
        machine="",
        key="",
        time=now,
        payload=encoder().encode(done),
        exchange=exchange,
    )
