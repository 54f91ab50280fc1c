"""The partners' HTTP doors: X12, cXML and dock scans, each answered in its own protocol.

In: opaque bodies with endpoint and credentials checked by the transport. Out: stored arrivals and
the protocol's answer: TA1 or 997, cXML Response, JSON problem. Refuses to know: what a document
means. An accepted X12 interchange gets its 997 through the outbox, in the arrival's transaction.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from suture.assembly.executor import partner_profile
from suture.assembly.secret import read_secret
from suture.assembly.settings import HubSettings, SupplierTable
from suture.connectivity.transports.partner import Door as HttpDoor
from suture.connectivity.transports.partner import DoorReply
from suture.core.ids import key_id
from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError, StoreFullError
from suture.documents.from_x12 import DOOR_CODES
from suture.documents.partner import PartnerProfile
from suture.documents.to_cxml import response_document
from suture.documents.to_x12 import functional_ack
from suture.formats import cxml, x12
from suture.journal.contract import Tx
from suture.journal.record import Admission, Admitted, NewArrival, NewDelivery, Replayed
from suture.orchestration.path.receive import Door
from suture.systems.dock_rest import read_scan

X12_TYPE = "application/edi-x12"
XML_TYPE = "text/xml; charset=utf-8"
_CXML_STATUS = re.compile(rb"<Status code=\"([0-9]{3})\"")
BODY_BYTES_MAX = 16 * 1024 * 1024
"""A day's price file is a few megabytes; anything larger is sent as a file."""


@dataclass(slots=True)
class PartnerDoors:
    """Answers what partners post."""

    door: Door
    settings: HubSettings
    wake: Callable[[], None]

    def doors(self) -> list[HttpDoor]:
        """Return one door per partner, and a short path for the first partner of a dialect."""
        made: list[HttpDoor] = []
        short: set[str] = set()
        for table in self.settings.supplier:
            paths = [f"/partner/{table.dialect}/{table.key}"]
            if table.dialect not in short:
                paths.append(f"/partner/{table.dialect}")
                short.add(table.dialect)
            bearer = read_secret(table.secret_file) if table.dialect == "x12" else None
            made += [
                HttpDoor(path, table.key, table.dialect, bearer, BODY_BYTES_MAX) for path in paths
            ]
        if self.settings.dock is not None:
            token = read_secret(self.settings.dock.token_file)
            made.append(HttpDoor("/dock/scans", "dock", "json", token, BODY_BYTES_MAX))
        return made

    async def audit(self, endpoint: str, code: str, head: bytes = b"", peer: str = "") -> None:
        """Keep the audit row of something the transport refused."""
        refusal = RefusalError(code, "refused at the door")
        await self.door.refuse(endpoint, peer, head, refusal)

    async def receive(
        self, endpoint: str, content: bytes, peer: str, headers: Mapping[str, str]
    ) -> DoorReply:
        """Store one body and answer it."""
        began_s = self.door.clock.monotonic()
        table = next((t for t in self.settings.supplier if t.key == endpoint), None)
        if table is None:
            reply = await self._dock(endpoint, content, peer)
        elif table.dialect == "x12":
            reply = await self._x12(table, content, peer)
        else:
            reply = await self._cxml(table, content, peer)
        self.wake()
        self._count(endpoint, reply, self.door.clock.monotonic() - began_s)
        return reply

    def _count(self, endpoint: str, reply: DoorReply, seconds: float) -> None:
        """Count an answer by its status, cXML's own where it has one; refusals count themselves."""
        said = _CXML_STATUS.search(reply.body[:2000]) if reply.content_type == XML_TYPE else None
        status = int(said[1]) if said else reply.status
        if 200 <= status < 300:
            self.door.pulse.received(endpoint, "taken", seconds)
        elif status == 503:
            self.door.pulse.received(endpoint, "later", seconds, is_bad=True)

    # ---- X12

    async def _x12(self, table: SupplierTable, content: bytes, peer: str) -> DoorReply:
        profile = partner_profile(table)
        interchange, problems = x12.parse(content)
        bad = [p for p in problems if p.severity is Severity.ERROR and _is_door_code(p.code)]
        if not bad and (interchange.sender.id != profile.their_id):
            bad = [Problem("x12.sender", Severity.ERROR, "ISA06 is not this partner", "ISA06")]
        if bad:
            return await self._refuse_x12(table, profile, content, peer, bad, interchange)
        key = "\x1f".join(
            (interchange.sender.id, interchange.receiver.id, interchange.control_number)
        )
        arrival = self._arrival(table.key, peer, "x12", key, interchange.control_number, content)

        def unit(tx: Tx) -> Admission:
            admission = tx.admit(arrival)
            if isinstance(admission, Admitted) and _wants_997(interchange):
                tx.enqueue(self._ack(tx, profile, interchange, arrival), self.door.clock.wall())
            return admission

        try:
            await self.door.journal.submit(unit)
        except StoreFullError as full:
            return DoorReply(503, "text/plain", full.code.encode())
        return DoorReply(202, "text/plain", b"stored")

    async def _refuse_x12(
        self,
        table: SupplierTable,
        profile: PartnerProfile,
        content: bytes,
        peer: str,
        bad: list[Problem],
        interchange: x12.Interchange,
    ) -> DoorReply:
        first = bad[0]
        await self.door.refuse(
            table.key,
            peer,
            content,
            RefusalError(first.code, first.text, path=first.path, offset=first.offset),
        )
        number = await self.door.journal.submit(lambda tx: tx.next_number(f"x12/{table.key}"))
        body = functional_ack(interchange, bad, profile, number, self.door.clock.now())
        return DoorReply(422, X12_TYPE, body or first.describe().encode())

    def _ack(
        self, tx: Tx, profile: PartnerProfile, interchange: x12.Interchange, arrival: NewArrival
    ) -> NewDelivery:
        number = tx.next_number(f"x12/{profile.supplier}")
        body = functional_ack(interchange, [], profile, number, self.door.clock.now())
        return NewDelivery(
            id=key_id("997", arrival.exchange),
            idempotency_key=f"997/{arrival.exchange}",
            kind="functional_ack.send",
            destination=profile.supplier,
            lane="acknowledgements",
            machine="",
            key="",
            payload=body,
            created_at=self.door.clock.now(),
            exchange=arrival.exchange,
        )

    # ---- cXML

    async def _cxml(self, table: SupplierTable, content: bytes, peer: str) -> DoorReply:
        document, problems = cxml.parse(content)
        if document is None:
            first = problems[0]
            refusal = RefusalError(first.code, first.text, path=first.path, offset=first.offset)
            return await self._cxml_refused(table, content, peer, 400, refusal)
        if not document.verify_secret(read_secret(table.secret_file)):
            refusal = RefusalError("cxml.credentials", "the shared secret is wrong")
            return await self._cxml_refused(table, content, peer, 401, refusal)
        if not document.payload_id:
            refusal = RefusalError("cxml.no-payload-id", "payloadID is missing", path="/cXML")
            return await self._cxml_refused(table, content, peer, 400, refusal)
        payload_id = document.payload_id
        arrival = self._arrival(table.key, peer, "cxml", payload_id, payload_id, content)
        try:
            admission = await self.door.admit(arrival)
        except StoreFullError as full:
            body = response_document(503, full.code, self._own_id(), self.door.clock.now())
            return DoorReply(200, XML_TYPE, body)
        if isinstance(admission, Replayed) and admission.ack:
            return DoorReply(200, XML_TYPE, admission.ack)
        return DoorReply(200, XML_TYPE, arrival.ack)

    async def _cxml_refused(
        self,
        table: SupplierTable,
        content: bytes,
        peer: str,
        status: int,
        refusal: RefusalError,
    ) -> DoorReply:
        await self.door.refuse(table.key, peer, content, refusal)
        text = f"{refusal.code}: {refusal.text}"
        body = response_document(status, text, self._own_id(), self.door.clock.now())
        return DoorReply(200, XML_TYPE, body)

    def _own_id(self) -> str:
        return f"{self.door.new_exchange()}@suture"

    # ---- dock

    async def _dock(self, endpoint: str, content: bytes, peer: str) -> DoorReply:
        try:
            scan = read_scan(content)
        except RefusalError as refusal:
            await self.door.refuse(endpoint, peer, content, refusal)
            body = {
                "type": f"urn:suture:problem:{refusal.code}",
                "title": refusal.code,
                "status": 422,
                "detail": refusal.text,
                "pointer": refusal.path,
            }
            return DoorReply(422, "application/problem+json", json.dumps(body).encode())
        arrival = self._arrival(endpoint, peer, "dock", scan.scan, scan.scan, content)
        try:
            await self.door.admit(arrival)
        except StoreFullError as full:
            return DoorReply(503, "text/plain", full.code.encode())
        return DoorReply(200, "application/json", b'{"status":"stored"}')

    def _arrival(
        self,
        endpoint: str,
        peer: str,
        form: str,
        transport_key: str,
        control_id: str,
        content: bytes,
    ) -> NewArrival:
        exchange = self.door.new_exchange()
        sealed, key = self.door.seal_arrival(exchange, content)
        ack = b""
        if form == "cxml":
            ack = response_document(200, "OK", f"{exchange}@suture", self.door.clock.now())
        return NewArrival(
            exchange=exchange,
            endpoint=endpoint,
            peer=peer,
            format=form,
            transport_key=transport_key,
            control_id=control_id,
            digest=hashlib.sha256(content).digest(),
            size_bytes=len(content),
            content=sealed,
            key_id=key,
            ack=ack,
            ack_code="202" if form == "x12" else "200",
            received_at=self.door.clock.now(),
        )


def _is_door_code(code: str) -> bool:
    """Return whether a problem is one of the envelope: refused at the door (plan D5)."""
    return code in DOOR_CODES


def _wants_997(interchange: x12.Interchange) -> bool:
    """Return whether any group is not itself an acknowledgement (they are never acknowledged)."""
    return any(group.functional_id != "FA" for group in interchange.groups)
