"""What a change of an order may say, held before any standard writes it.

In: a change. Out: nothing, or a refusal. Refuses to know: standards, and the order before the
change. A change either restates the order, or says what is added, changed and cancelled, or
cancels all of it; one that does two of these means nothing that a supplier could follow.
"""

from __future__ import annotations

from typing import Final

import msgspec

from suture.core.refusal import RefusalError
from suture.documents.supply import Acknowledgement, ChangedOrder, ChangeReply, ReplyLine

ADD: Final = "add"
CHANGE: Final = "change"
CANCEL: Final = "cancel"
STANDS: Final = "stands"


def check_change(change: ChangedOrder) -> None:
    """Raise RefusalError `supply.changed` for a line whose action the whole change denies."""
    if change.is_cancel_of_order and change.is_whole:
        note = "a change cancels an order or restates it, not both"
        raise RefusalError("supply.changed", note, path="is_whole")
    allowed = {ADD, CHANGE, CANCEL}
    if change.is_cancel_of_order:
        allowed = {CANCEL}
    elif change.is_whole:
        allowed = {STANDS}
    for number, line in enumerate(change.lines):
        if line.action not in allowed:
            note = "the action of a line is none that this change can have"
            raise RefusalError("supply.changed", note, path=f"lines[{number}].action")


def reply_of(answer: Acknowledgement, change: str) -> ChangeReply:
    """Return an answer as one to a change; what was asked of a line is not known."""
    lines = tuple(ReplyLine(**msgspec.structs.asdict(line)) for line in answer.lines)
    values = msgspec.structs.asdict(answer) | {"lines": lines}
    return ChangeReply(change_seq=change, **values)


def action_of(found: str, *, is_cancel: bool, is_whole: bool) -> str:
    """Return the action of a line that is read: one of a cancelled order is cancelled.

    In an order that is restated a line stands, whether the sender calls it added or changed.
    """
    if is_cancel:
        return CANCEL
    return STANDS if is_whole and found != CANCEL else found
