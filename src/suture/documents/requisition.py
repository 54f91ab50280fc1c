"""Events of a requisition a person asks for or works on (spec 2.8).

In: what the requester hands in. Out: frozen structs. Refuses to know: the policy that answers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class RequisitionSubmitted(msgspec.Struct, frozen=True, kw_only=True):
    """`requisition.submitted`: the window closed (`name`, `due`), or a person submitted (`by`)."""

    name: str = ""
    due: datetime | None = None
    by: str = ""
    request_sha256: str = ""
    """Of the whole request, so that its key cannot be used for another one."""


PAYLOADS: dict[str, Any] = {"requisition.submitted": RequisitionSubmitted}
