"""AS2 out for flows: a message a post, and what its receipt means.

In: a declared destination, a delivery. Out: an outcome. Refuses to know: CMS, lanes, retries. Every
try of a delivery has the same Message-ID, so that a partner that has it sends its receipt again
instead of taking it twice. A message is delivered when its receipt says so, not when a server took
the bytes.
"""

from __future__ import annotations

import asyncio
import ipaddress
from datetime import datetime
from pathlib import Path

from suture.assembly.flows.connectors.as2_keys import certificates, identities, valid
from suture.assembly.flows.connectors.as2_receipts import ReceiptDoor, of_answer
from suture.assembly.flows.connectors.http_out import Wall
from suture.assembly.flows.connectors.tls_files import sender_tls
from suture.connectivity.guard import Guard
from suture.connectivity.transports.http import HttpCaller, HttpRequest, HttpResponse
from suture.core.ids import SystemEntropy
from suture.core.outcome import Accepted, Misconfigured, Outcome, Refused, Unavailable, Uncertain
from suture.core.refusal import RefusalError
from suture.formats import as2
from suture.formats.as2 import Entity, Mdn, Protection
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.as2 import As2Destination

RECEIPT_BYTES_MAX = 1024 * 1024
"""A signed receipt has some 4 kB."""
FOR_OPERATORS = frozenset(
    {
        "authentication-failed",
        "decryption-failed",
        "insufficient-message-security",
        "unknown-trading-partner",
        "unknown-trading-relationship",
    }
)
"""What a partner says when certificates or names differ: the content is innocent."""


class As2Outlet:
    """A way to one partner."""

    def __init__(self, declared: As2Destination, base: Path, wall: Wall) -> None:
        """Read the files; raises MisconfiguredError `as2.*`, `secret.*`, `tls.files`."""
        self._declared = declared
        self._wall = wall
        self._entropy = SystemEntropy()
        self._keys = identities(declared.keys, base, wall())
        self._pinned = certificates(declared.partner_certificates, base, wall())
        self._caller = HttpCaller(
            response_bytes_max=RECEIPT_BYTES_MAX,
            connections_max=declared.connections,
            tls=sender_tls(declared.tls, base),
            guard=Guard([ipaddress.ip_network(each) for each in declared.networks]),
        )
        self._receipts: ReceiptDoor | None = None
        if declared.mdn_listen is not None:
            self._receipts = ReceiptDoor(declared.mdn_listen, base, self._trusted)

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Send one message and read its receipt."""
        now = self._wall()
        if not valid(self._pinned, now) or not valid([self._keys[0].certificate], now):
            return Misconfigured("as2.certificate-expired", "put a certificate that holds in place")
        message_id = f"<{delivery.id}@suture>"
        entity, over = await asyncio.to_thread(self._wrapped, content, now)
        request = self._request(entity, message_id)
        if self._receipts is None:
            received = await self._posted(request)
        else:
            received = await self._brought(request, message_id, self._receipts)
        if not isinstance(received, Entity):
            return received
        return await asyncio.to_thread(self._of_receipt, received, message_id, over)

    async def _posted(self, request: HttpRequest) -> Entity | Outcome:
        """Return the receipt in the answer, or the outcome when there can be none."""
        answer = await self._caller.call(request)
        outcome = of_answer(answer, self._wall)
        if not isinstance(outcome, Accepted) or self._declared.mdn == "none":
            return outcome
        assert isinstance(answer, HttpResponse), "only an answer is accepted"
        head = [(n, v) for n, v in answer.headers if n.lower().startswith("content-t")]
        return as2.of(head, answer.body)

    async def _brought(
        self, request: HttpRequest, message_id: str, receipts: ReceiptDoor
    ) -> Entity | Outcome:
        """Return the receipt that the partner brings, or the outcome when none came in time."""
        code = await receipts.open()
        if code:
            return Unavailable(code, "receipts could not be brought now")
        early = receipts.early(message_id)
        if early is not None:
            return as2.read(early)
        coming = receipts.expect(message_id)
        try:
            received = await self._posted(request)
            if not isinstance(received, Entity) or received.type.startswith("multipart/"):
                return received
            return as2.read(await asyncio.wait_for(coming, self._declared.timeout_s))
        except TimeoutError:
            return Uncertain("as2.mdn-awaited", "no receipt was brought in time")
        finally:
            receipts.forget(message_id)

    async def close(self) -> None:
        """Let go of connections."""
        if self._receipts is not None:
            await self._receipts.close()
        await self._caller.close()

    # ---- out

    def _wrapped(self, content: bytes, now: datetime) -> tuple[Entity, bytes]:
        one = self._declared
        inner = as2.of(
            [("Content-Type", one.content_type), ("Content-Transfer-Encoding", "binary")], content
        )
        how = Protection(
            sign="" if one.sign == "none" else one.sign,
            encrypt="" if one.encrypt == "none" else one.encrypt,
            compress=one.compress,
        )
        to = valid(self._pinned, now)[0]
        return as2.wrap(inner, how, self._keys[0], to, at=now, entropy=self._entropy)

    def _request(self, entity: Entity, message_id: str) -> HttpRequest:
        one = self._declared
        headers = [
            ("as2-version", "1.2"),
            ("as2-from", as2.quoted(one.as2_from)),
            ("as2-to", as2.quoted(one.as2_to)),
            ("message-id", message_id),
            ("mime-version", "1.0"),
            *entity.headers,
        ]
        if one.subject:
            headers.append(("subject", one.subject))
        if one.mdn != "none":
            digest = self._digest()
            wish = as2.wished(digest, is_signed=one.mdn != "unsigned")
            headers.append(("disposition-notification-to", one.as2_from))
            headers.append(("disposition-notification-options", wish))
        if one.mdn_url:
            headers.append(("receipt-delivery-option", one.mdn_url))
        return HttpRequest("POST", one.url, tuple(headers), entity.body, one.timeout_s)

    def _digest(self) -> str:
        return "sha256" if self._declared.sign == "none" else self._declared.sign

    # ---- in

    def _of_receipt(self, received: Entity, message_id: str, over: bytes) -> Outcome:
        """Return what a receipt means; one that cannot be trusted is no receipt.

        It is asked for again with the same Message-ID, which is harmless.
        """
        try:
            receipt, is_signed = self._trusted(received)
        except RefusalError as refusal:
            return Uncertain(_MEANS.get(refusal.code, refusal.code), "no receipt to be trusted")
        if receipt.message_id != message_id:
            return Uncertain("as2.mdn-other-message", "the receipt is about another message")
        if not receipt.is_taken:
            return _declined(receipt, received.body)
        if self._declared.mdn in ("signed", "async") and not is_signed:
            return Uncertain("as2.mdn-unsigned", "a yes must be signed")
        return self._taken(receipt, over, received.body)

    def _trusted(self, received: Entity) -> tuple[Mdn, bool]:
        """Return what a receipt says and whether the partner signed it; raises RefusalError."""
        if received.type != "multipart/signed":
            return as2.read_receipt(received), False
        weak = ("sha1",) if "sha1" in self._declared.weak else ()
        pinned = valid(self._pinned, self._wall())
        _, _, over = as2.verify_entity(received, pinned, (*as2.STRONG_DIGESTS, *weak))
        return as2.read_receipt(as2.read(over)), True

    def _taken(self, receipt: Mdn, over: bytes, body: bytes) -> Outcome:
        facts = {"mdn": "processed", "mic": receipt.mic}
        if receipt.modifier:
            facts["mdn"] = f"warning: {receipt.reason}"
        if not receipt.mic and receipt.reason == "duplicate-document":
            return Accepted(facts, body)
        wanted = {self._digest(), "sha1"} if "sha1" in self._declared.weak else {self._digest()}
        if receipt.digest not in wanted or receipt.mic != as2.mic(over, receipt.digest):
            # The partner has something, and says it is not what was sent. Asking again would get
            # the same receipt: a person has to look.
            return Refused("as2.mic-mismatch", "the partner took something else", body)
        return Accepted(facts, body)


_MEANS = {
    "as2.authentication-failed": "as2.mdn-signature",
    "as2.integrity-check-failed": "as2.mdn-signature",
    "as2.insufficient-message-security": "as2.mdn-signature",
    "as2.mdn-unreadable": "as2.no-mdn",
    "as2.headers": "as2.no-mdn",
    "as2.multipart": "as2.no-mdn",
}


def _declined(receipt: Mdn, body: bytes) -> Outcome:
    """Return what a negative receipt means; believed without a signature: it sends nothing."""
    code = f"as2.partner-{receipt.reason or receipt.modifier}"
    if receipt.reason in FOR_OPERATORS:
        return Misconfigured(code, "certificates or names are not what the partner expects")
    return Refused(code, "the partner did not take it", body)
