"""Receipts: disposition notifications with a MIC (RFC 4130 section 7.4, RFC 8098).

In: what became of a message; or an entity that came back. Out: the other. Refuses to know: how a
receipt travels, who may sign it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from suture.core.ids import Entropy
from suture.core.refusal import RefusalError
from suture.formats.as2 import entity
from suture.formats.as2.entity import Entity
from suture.formats.as2.header import digest_name, hyphened, quoted, unquoted

AGENT = "suture"
NOTIFICATION = "message/disposition-notification"
REPORT = 'multipart/report; report-type="disposition-notification"'
_MODES = "automatic-action/MDN-sent-automatically"
_DISPOSITION = re.compile(
    r"\s*[\w-]+/[\w-]+\s*;\s*(processed|failed)\s*(?:/\s*([\w-]+)\s*(?::\s*(.*))?)?", re.IGNORECASE
)

MODIFIERS = {
    "as2.authentication-failed": "authentication-failed",
    "as2.decompression-failed": "decompression-failed",
    "as2.decryption-failed": "decryption-failed",
    "as2.insufficient-message-security": "insufficient-message-security",
    "as2.integrity-check-failed": "integrity-check-failed",
    "as2.unknown-trading-partner": "unknown-trading-partner",
}
"""Code -> what the error modifier says; every other code is an unexpected-processing-error."""
UNEXPECTED = "unexpected-processing-error"


@dataclass(frozen=True, slots=True)
class Mdn:
    """What became of a message."""

    message_id: str
    """Of the message it is about."""
    sender: str
    """Whose receipt it is: the receiver of the message."""
    modifier: str = ""
    """`error`, `failure`, `warning`, or empty for a clean `processed`."""
    reason: str = ""
    mic: str = ""
    digest: str = ""
    """Of the MIC, without hyphen."""

    @property
    def is_taken(self) -> bool:
        """Whether the partner says that the message was processed."""
        return self.modifier in ("", "warning")


def error_of(code: str) -> str:
    """Return the error modifier for a code."""
    return MODIFIERS.get(code, UNEXPECTED)


def build(receipt: Mdn, entropy: Entropy) -> Entity:
    """Return a receipt as multipart/report, not yet signed."""
    said = f"processed/{receipt.modifier}: {receipt.reason}" if receipt.modifier else "processed"
    name = quoted(receipt.sender)
    lines = [
        f"Reporting-UA: {AGENT}",
        f"Original-Recipient: rfc822; {name}",
        f"Final-Recipient: rfc822; {name}",
        f"Original-Message-ID: {receipt.message_id}",
        f"Disposition: {_MODES}; {said}",
    ]
    if receipt.mic:
        lines.append(f"Received-content-MIC: {receipt.mic}, {hyphened(receipt.digest)}")
    human = "The message was received.\r\n"
    if not receipt.is_taken:
        human = f"The message was not taken: {receipt.reason}.\r\n"
    plain = [
        ("Content-Type", "text/plain; charset=us-ascii"),
        ("Content-Transfer-Encoding", "7bit"),
    ]
    machine = [("Content-Type", NOTIFICATION), ("Content-Transfer-Encoding", "7bit")]
    told = "".join(f"{line}\r\n" for line in lines).encode("ascii", "replace")
    return entity.multipart(
        REPORT,
        entropy.token_bytes(16).hex(),
        [entity.of(plain, human.encode("ascii")), entity.of(machine, told)],
    )


def read(report: Entity) -> Mdn:
    """Return what a receipt says; raises RefusalError `as2.mdn-unreadable`."""
    try:
        found = _notification(report)
    except RefusalError:
        found = None
    if found is None:
        raise _unreadable()
    told = dict(reversed(found))
    match = _DISPOSITION.match(told.get("disposition", "")[:1000])
    if match is None:
        raise _unreadable()
    kind, modifier, reason = (each or "" for each in match.groups())
    if kind.lower() == "failed":
        modifier = modifier or "failure"
    mic, _, algorithm = told.get("received-content-mic", "").rpartition(",")
    final = told.get("final-recipient", "").rpartition(";")[2]
    return Mdn(
        message_id=told.get("original-message-id", "").strip(),
        sender=unquoted(final),
        modifier=modifier.lower(),
        reason=re.sub(r"[^a-z]+", "-", reason.lower()).strip("-")[:60],
        mic=mic.strip(),
        digest=digest_name(algorithm),
    )


def _notification(report: Entity) -> Sequence[tuple[str, str]] | None:
    if report.type != "multipart/report":
        return None
    for part in entity.parts(report):
        found = entity.read(part)
        if found.type == NOTIFICATION:
            return entity.fields(found.content.strip())
    return None


def _unreadable() -> RefusalError:
    return RefusalError("as2.mdn-unreadable", "this is no receipt")
