"""AS2 in for flows: what partners post is unwrapped, kept, and answered with a receipt.

In: a declared source, requests. Out: an open source, answers. Refuses to know: CMS, flows' steps.
The receipt is made before the message is kept and kept together with it: a repetition, known by
sender and Message-ID, is answered with the very same one. What was posted is kept beside the
content, sealed, because it holds the partner's signature.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from suture.assembly.flows.connectors.as2_keys import certificates, identities, valid
from suture.assembly.flows.connectors.as2_receipts import ADDRESS, may_go_later
from suture.assembly.flows.connectors.http_in import HttpOpen, problem
from suture.assembly.flows.connectors.tls_files import listener_tls
from suture.assembly.flows.door import FlowDoor, Taken
from suture.assembly.flows.kept import keep_stages, stage_place
from suture.connectivity.server import HttpServer
from suture.connectivity.transports.partner import Door, DoorReply, partner_app
from suture.core.ids import key_id
from suture.core.refusal import RefusalError, StoreFullError
from suture.formats import as2
from suture.formats.as2 import Agreement, Mdn, Parties, Unwrapped
from suture.governance.seal import place
from suture.journal.contract import Tx
from suture.journal.record import DeliveryState, KeyReused, NewDelivery, Replayed, Stage
from suture.orchestration.flows.connectors.as2 import As2Partner, As2Source
from suture.orchestration.flows.perform import RECEIPTS
from suture.orchestration.flows.subject import Identity, identity
from suture.orchestration.path.deliver import FLOW_KIND

AS_POSTED = "posted over AS2"
"""Name of the stage that keeps what came, with its signature."""
PROCESSED = "processed"
RECEIPTS_MAX = 100
"""How often a receipt is posted anew because its message came again."""
WAITING_MAX = 1000
"""Receipts on their way from when on no more are owed for what is refused: whoever knows a
partner's name can be refused, at the cost of a receipt each time."""
_KEPT = frozenset({"as2-from", "as2-to", "as2-version", "message-id", "mime-version"})


async def open_as2(
    declared: As2Source, door: FlowDoor, base: Path, *, is_shared: bool = False
) -> HttpOpen:
    """Listen for a flow; raises MisconfiguredError of the files and of the address."""
    receiver = As2Receiver(declared, door, base)
    path = Door(
        path=declared.path,
        endpoint=door.name,
        format=door.flow.declared.format,
        bearer=None,
        body_bytes_max=declared.body_bytes_max,
    )
    server = HttpServer(
        partner_app([path], receiver.receive, receiver.audit),
        host=declared.host,
        port=declared.port,
        concurrency_max=declared.connections_max,
        tls=listener_tls(declared.tls, base),
        is_authenticated=all(each.signed for each in declared.partner),
        is_shared=is_shared,
    )
    return HttpOpen(server, await server.start())


@dataclass(frozen=True, slots=True)
class _Partner:
    declared: As2Partner
    pinned: tuple[x509.Certificate, ...]


class As2Receiver:
    """Takes what is posted to one flow."""

    def __init__(self, declared: As2Source, door: FlowDoor, base: Path) -> None:
        """Read certificates and keys; raises MisconfiguredError `as2.*`, `secret.*`."""
        now = door.door.clock.wall()
        self._declared = declared
        self._door = door
        self._receipts = f"{door.name}.{RECEIPTS}"
        self._keys = identities(declared.keys, base, now)
        self._partners = {
            each.as2_name: _Partner(each, tuple(certificates(each.certificates, base, now)))
            for each in declared.partner
        }

    async def audit(self, endpoint: str, code: str, head: bytes, peer: str) -> None:
        """Keep what was refused before it was read whole."""
        refusal = RefusalError(code, "refused before it was read")
        await self._door.door.refuse(endpoint, peer, head, refusal)

    async def receive(
        self, endpoint: str, content: bytes, peer: str, headers: Mapping[str, str]
    ) -> DoorReply:
        """Take one post and answer."""
        try:
            parties = as2.parties(headers)
        except RefusalError as refusal:
            await self._door.door.refuse(endpoint, peer, content, refusal)
            return problem(400, refusal.code, refusal.text)
        named = [(name, headers[name]) for name in _WRAPPING if headers.get(name)]
        posted = as2.of(named, content)
        where = f"as2/{parties.sender}"
        try:
            found = await asyncio.to_thread(self._unwrap, posted, parties)
            return await self._take(where, found, posted, parties)
        except StoreFullError as full:
            return problem(503, full.code, "send it again later")
        except RefusalError as refusal:
            await self._door.door.refuse(endpoint, where, content, refusal)
            return await self._refused(parties, refusal)

    def _unwrap(self, posted: as2.Entity, parties: Parties) -> Unwrapped:
        one = self._partners.get(parties.sender)
        if one is None or parties.receiver != self._declared.as2_name:
            raise RefusalError("as2.unknown-trading-partner", "not agreed between these two names")
        if parties.wish.url and not may_go_later(one.declared, parties.wish.url):
            raise RefusalError("as2.receipt-address", "receipts do not go to this address")
        weak = one.declared.weak
        agreed = Agreement(
            pinned=tuple(valid(one.pinned, self._door.door.clock.wall())),
            must_sign=one.declared.signed,
            must_encrypt=one.declared.encrypted,
            digests=(*as2.STRONG_DIGESTS, *(["sha1"] if "sha1" in weak else ())),
            ciphers=(*as2.STRONG_CIPHERS, *(["3des"] if "3des" in weak else ())),
            content_bytes_max=self._declared.content_bytes_max,
        )
        return as2.unwrap(posted, self._keys, agreed)

    async def _take(
        self, peer: str, found: Unwrapped, posted: as2.Entity, parties: Parties
    ) -> DoorReply:
        declared = self._door.flow.declared
        own = identity(declared.format, found.content)
        key = f"as2/{parties.sender}\x1f{parties.message_id}"
        known = Identity(own.control_id or parties.message_id, key)
        told = await asyncio.to_thread(self._positive, parties, found)
        kept: list[Stage] = []

        def answer(exchange: str) -> tuple[bytes, str]:
            kept.append(self._stage(exchange, bytes(posted)))
            return told, PROCESSED

        def also(tx: Tx) -> None:
            keep_stages(tx, kept)
            if parties.wish.url:
                self._owe(tx, kept[0].exchange, told, parties)

        taken = await self._door.take(peer, found.content, answer, known, also)
        if isinstance(taken.admission, KeyReused):
            reused = RefusalError("as2.message-id-reused", "the Message-ID came with other content")
            return await self._refused(parties, reused)
        if isinstance(taken.admission, Replayed) and parties.wish.url:
            seq = taken.admission.seq
            await self._door.door.journal.submit(lambda tx: self._owe_again(tx, seq, parties))
        if parties.wish.url:
            self._door.wake(self._receipts)
            return _reply(b"")
        return await self._answered(taken)

    def _owe(self, tx: Tx, exchange: str, told: bytes, parties: Parties) -> None:
        """Queue a receipt for where it was wished, unless one is on its way."""
        queued = [
            each
            for each in tx.deliveries_of_exchange(exchange, 1000)
            if each.destination == self._receipts
        ]
        is_under_way = any(
            each.state in (DeliveryState.WAITING, DeliveryState.SENDING) for each in queued
        )
        if not told or is_under_way or len(queued) >= RECEIPTS_MAX:
            return
        door = self._door.door
        key = f"as2-receipt/{exchange}/{len(queued)}"
        name = key_id("flow", key)
        content = f"{ADDRESS}: {parties.wish.url}\r\n".encode() + told
        sealed, seal_key = door.sealer.seal(content, aad=place(door.journal.zone, "delivery", name))
        receipt = NewDelivery(
            id=name,
            idempotency_key=key,
            kind=FLOW_KIND,
            destination=self._receipts,
            lane=exchange,
            machine="",
            key="",
            payload=b"",
            created_at=door.clock.now(),
            exchange=exchange,
            content=sealed,
            content_key_id=seal_key,
        )
        tx.enqueue(receipt, door.clock.wall())

    def _owe_again(self, tx: Tx, seq: int, parties: Parties) -> None:
        """Queue the receipt of a message that came again: the partner has not got it."""
        arrival = tx.arrival(seq)
        if arrival is not None:
            self._owe(tx, arrival.exchange, arrival.ack, parties)

    async def _answered(self, taken: Taken) -> DoorReply:
        if self._door.flow.declared.ack == "on_delivered":
            code = await self._door.delivered(taken)
            if code:
                return problem(503, code, "it is kept, and not delivered yet")
        return _reply(taken.ack)

    def _stage(self, exchange: str, posted: bytes) -> Stage:
        """Return what was posted, sealed, to be kept beside the content."""
        digest = hashlib.sha256(posted).digest()
        door = self._door.door
        aad = stage_place(door.journal.zone, exchange, digest)
        sealed, key_id = door.sealer.seal(posted, aad=aad)
        return Stage(exchange, 0, AS_POSTED, digest, len(posted), False, key_id, sealed)

    # ---- receipts

    def _positive(self, parties: Parties, found: Unwrapped) -> bytes:
        if not parties.wish.is_wanted:
            return b""
        digest = found.digest or _strong(parties)
        mic = as2.mic(found.mic_over, digest)
        receipt = Mdn(parties.message_id, self._declared.as2_name, mic=mic, digest=digest)
        return self._written(parties, receipt)

    async def _refused(self, parties: Parties, refusal: RefusalError) -> DoorReply:
        """Return what a sender hears: a negative receipt, or a problem when it wished none."""
        if not parties.wish.is_wanted:
            return problem(422, refusal.code, refusal.text)
        reason = as2.error_of(refusal.code)
        receipt = Mdn(parties.message_id, self._declared.as2_name, "error", reason)
        told = await asyncio.to_thread(self._written, parties, receipt)
        if not parties.wish.url:
            return _reply(told)
        one = self._partners.get(parties.sender)
        if one is None or not may_go_later(one.declared, parties.wish.url):
            return problem(422, refusal.code, refusal.text)
        door = self._door.door
        exchange = door.new_exchange()

        def unit(tx: Tx) -> bool:
            is_room = tx.waiting_heads(self._receipts).lanes < WAITING_MAX
            if is_room:
                self._owe(tx, exchange, told, parties)
            return is_room

        if not await door.journal.submit(unit):
            return problem(503, "as2.receipts-waiting", "too many receipts wait to be brought")
        self._door.wake(self._receipts)
        return _reply(b"")

    def _written(self, parties: Parties, receipt: Mdn) -> bytes:
        """Return a receipt with the headers it is sent with, signed when that was wished."""
        door = self._door.door
        made = as2.build_receipt(receipt, door.entropy)
        if parties.wish.is_signed:
            made = as2.sign_entity(
                made, self._keys[0], _strong(parties), at=door.clock.wall(), entropy=door.entropy
            )
        own = [
            ("AS2-Version", "1.2"),
            ("AS2-From", as2.quoted(self._declared.as2_name)),
            ("AS2-To", as2.quoted(parties.sender)),
            ("Message-ID", f"<{door.new_exchange()}@suture>"),
            ("MIME-Version", "1.0"),
            ("Content-Type", made.get("content-type")),
        ]
        return bytes(as2.of(own, made.body))


_WRAPPING = ("content-type", "content-transfer-encoding", "content-disposition")


def _strong(parties: Parties) -> str:
    """Return the digest of a receipt: the first wished one that is strong."""
    return next((d for d in parties.wish.digests if d in as2.STRONG_DIGESTS), "sha256")


def _reply(receipt: bytes) -> DoorReply:
    """Return a receipt as it was kept as an answer; an empty answer when none was wished."""
    if not receipt:
        return DoorReply(200, "text/plain", b"")
    made = as2.read(receipt)
    headers = tuple((name, value) for name, value in made.headers if name in _KEPT)
    return DoorReply(200, made.get("content-type"), made.body, headers)
