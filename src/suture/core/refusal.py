"""A thing refused at the door, with the code its protocol will answer with.

In: a stable code and a text without content. Out: an exception that a door turns into an ACK AE/AR,
a 999, a cXML Status or a problem document. Refuses to know: which door.
"""

from __future__ import annotations


class RefusalError(Exception):
    """Content refused at the door: the sender must change it (plan D5, `refused`)."""

    def __init__(self, code: str, text: str, *, path: str = "", offset: int | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.path = path
        self.offset = offset


class StoreFullError(Exception):
    """The store is below its low-space watermark and takes nothing new (`store.low-space`)."""

    code = "store.low-space"


class MisconfiguredError(Exception):
    """Configuration does not allow the work; the text says what to do (plan D5)."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
