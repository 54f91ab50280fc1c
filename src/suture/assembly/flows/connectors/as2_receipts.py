"""AS2 receipts that do not go into the answer: those we owe, and those that we wait for.

In: receipts kept with messages; receipts that partners post. Out: outcomes; whoever waits is told.
Refuses to know: messages. What is owed is a delivery like any other: it is kept, tried again, and
told to a person when it cannot be handed over. What is waited for is in memory only: a message
whose receipt did not come is sent again under its Message-ID, and the partner repeats the receipt.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path

from suture.assembly.flows.connectors.http_in import problem
from suture.assembly.flows.connectors.http_out import LATER, Wall, retry_after_s
from suture.assembly.flows.connectors.tls_files import listener_tls, sender_tls
from suture.connectivity.guard import Guard
from suture.connectivity.server import HttpServer
from suture.connectivity.transports.http import HttpCaller, HttpRequest, HttpResponse
from suture.connectivity.transports.partner import Door, DoorReply, partner_app
from suture.connectivity.transports.result import NotSent, Unanswered
from suture.core.outcome import Accepted, Misconfigured, Outcome, Refused, Unavailable, Uncertain
from suture.core.refusal import MisconfiguredError, RefusalError
from suture.formats import as2
from suture.formats.as2 import Entity, Mdn
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.as2 import As2Listen, As2Partner, As2Source

RECEIPT_BYTES_MAX = 256 * 1024
"""A signed receipt has some 4 kB."""
EARLY_MAX = 64
"""Receipts kept that nobody waits for at the moment; their messages ask for them again."""
ADDRESS = "receipt-delivery-option"
"""Header of what is owed: where it goes. It is not sent."""

Trusted = Callable[[Entity], tuple[Mdn, bool]]
"""Reads a receipt; says whether a pinned certificate signed it. Raises RefusalError."""


class As2ReceiptOutlet:
    """The way of receipts that a source owes its partners."""

    def __init__(self, declared: As2Source, base: Path, wall: Wall) -> None:
        """Prepare, without connecting; raises MisconfiguredError `tls.files`."""
        self._wall = wall
        networks = [ipaddress.ip_network(each) for each in declared.networks]
        self._callers = {
            each.mdn_url: HttpCaller(tls=sender_tls(each.mdn_tls, base), guard=Guard(networks))
            for each in declared.partner
            if each.mdn_url
        }

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Post one receipt to where it was wished, as long as a partner's entry has the address."""
        receipt = as2.read(content)
        url = receipt.get(ADDRESS)
        caller = self._callers.get(url)
        if caller is None:
            return Misconfigured("as2.receipt-address", "no partner has this mdn_url any more")
        headers = tuple((name, value) for name, value in receipt.headers if name != ADDRESS)
        answer = await caller.call(HttpRequest("POST", url, headers, receipt.body, 30.0))
        return of_answer(answer, self._wall)

    async def close(self) -> None:
        """Let go of connections."""
        for caller in self._callers.values():
            await caller.close()


def of_answer(answer: HttpResponse | NotSent | Unanswered, wall: Wall) -> Outcome:
    """Return what became of a post by its HTTP status alone."""
    if isinstance(answer, NotSent):
        if answer.code == "http.address-refused":
            return Misconfigured(answer.code, "the name leads where no flow may send")
        return Unavailable(answer.code)
    if not isinstance(answer, HttpResponse):
        return Uncertain(answer.code)
    status, code = answer.status, f"http.{answer.status}"
    if 200 <= status < 300:
        return Accepted({"status": str(status)}, answer.body)
    if status in LATER or status == 503:
        return Unavailable(code, "", retry_after_s(answer.header("retry-after"), wall()))
    if status in (401, 403, 404, 405, 407) or 300 <= status < 400:
        return Misconfigured(code, "address or credentials are not what the partner expects")
    if 400 <= status < 500:
        return Refused(code, "", answer.body)
    return Uncertain(code)


def may_go_later(partner: As2Partner, url: str) -> bool:
    """Return whether a receipt may go to an address: to the very one that was agreed."""
    return bool(partner.mdn_url) and url == partner.mdn_url


class ReceiptDoor:
    """Where partners post receipts of what a destination sent."""

    def __init__(self, declared: As2Listen, base: Path, trusted: Trusted) -> None:
        """Prepare, without listening; raises MisconfiguredError `tls.files`, `listen.*`."""
        self._trusted = trusted
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
        self._early: OrderedDict[str, bytes] = OrderedDict()
        self._opening = asyncio.Lock()
        self._is_open = False
        door = Door(declared.path, "as2", "as2", None, RECEIPT_BYTES_MAX)
        self._server = HttpServer(
            partner_app([door], self._receive, self._audit),
            host=declared.host,
            port=declared.port,
            concurrency_max=64,
            tls=listener_tls(declared.tls, base),
            is_authenticated=True,
        )

    async def open(self) -> str:
        """Listen, if it does not yet; return why it cannot, empty when it does."""
        async with self._opening:
            if not self._is_open:
                try:
                    await self._server.start()
                except MisconfiguredError as error:
                    return error.code
                self._is_open = True
        return ""

    def early(self, message_id: str) -> bytes | None:
        """Return the receipt that came when nobody waited for it, once."""
        return self._early.pop(message_id, None)

    def expect(self, message_id: str) -> asyncio.Future[bytes]:
        """Return what will hold the receipt, as an entity; to be given back with `forget`."""
        return self._waiting.setdefault(message_id, asyncio.get_running_loop().create_future())

    def forget(self, message_id: str) -> None:
        """Wait no longer."""
        self._waiting.pop(message_id, None)

    async def close(self) -> None:
        """Take no more receipts."""
        if self._is_open:
            await self._server.close()

    async def _audit(self, endpoint: str, code: str, head: bytes, peer: str) -> None:
        """Nothing is kept of what is too large to be a receipt."""

    async def _receive(
        self, endpoint: str, content: bytes, peer: str, headers: Mapping[str, str]
    ) -> DoorReply:
        named = [(n, v) for n, v in headers.items() if n.lower().startswith("content-t")]
        received = as2.of(named, content)
        try:
            receipt, is_signed = await asyncio.to_thread(self._trusted, received)
        except RefusalError as refusal:
            return problem(422, refusal.code, refusal.text)
        if not is_signed:
            return problem(422, "as2.mdn-unsigned", "a receipt that comes later must be signed")
        waiting = self._waiting.get(receipt.message_id)
        if waiting is not None and not waiting.done():
            waiting.set_result(bytes(received))
        else:
            self._early[receipt.message_id] = bytes(received)
            while len(self._early) > EARLY_MAX:
                self._early.popitem(last=False)
        return DoorReply(200, "text/plain", b"")
