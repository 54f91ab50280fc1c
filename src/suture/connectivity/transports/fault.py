"""Why a transport did not do something, and what may be done next.

In: a stable code. Out: an exception without content. Refuses to know: which transport; each has a
kind of its own, so that a log says whose it was.
"""

from __future__ import annotations

from typing import Literal

Next = Literal["later", "maybe", "content", "operator"]
"""What may be done next: try later; the same again; another content; an operator acts."""


class TransportFault(Exception):
    """Something was not done; holds a code, and no text or name of the other side."""

    def __init__(self, code: str, next: Next) -> None:
        super().__init__(code)
        self.code = code
        self.next = next
