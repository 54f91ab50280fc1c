"""HTTP in for flows: bodies that others post go to a flow's door.

In: a declared source, requests. Out: an open source, answers. Refuses to know: flows' steps. The
answer is good only when the message is kept: an HL7 acknowledgement, a cXML Response, else a short
JSON document. What is refused is told as a problem document (RFC 9457) with the code.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path

from suture.assembly.flows.connectors.tls_files import listener_tls
from suture.assembly.flows.door import Answer, FlowDoor, no_answer
from suture.assembly.secret import read_secret
from suture.connectivity.cloudevents import CloudEvent, read_binary, read_structured
from suture.connectivity.server import HttpServer
from suture.connectivity.transports.partner import Door, DoorReply, partner_app
from suture.connectivity.webhook import secrets_of, verified
from suture.core.refusal import RefusalError, StoreFullError
from suture.formats import cxml
from suture.formats.hl7v2 import parse
from suture.journal.record import KeyReused
from suture.orchestration.flows.connectors.http import Envelope, HttpSource
from suture.orchestration.flows.subject import Identity, identity

HL7, XML = "application/hl7-v2", "text/xml; charset=utf-8"
JSON, PROBLEM = "application/json", "application/problem+json"
LATER_S = 5
"""Seconds after which a sender may try again what could not be kept."""
KEY_CHARS_MAX = 200
_SAYS = {"AA": 200, "CA": 200, "AR": 422, "CR": 422, "AE": 503, "CE": 503}


class HttpOpen:
    """A door that is open."""

    def __init__(self, server: HttpServer, address: tuple[str, int]) -> None:
        self._server = server
        self.address: tuple[str, int] | None = address

    async def close(self) -> None:
        """Take nothing more; what is under way is answered."""
        await self._server.close()


async def open_http(
    declared: HttpSource, door: FlowDoor, base: Path, *, is_shared: bool = False
) -> HttpOpen:
    """Listen for a flow; raises MisconfiguredError of the files and of the address."""
    auth = declared.auth
    secrets: list[bytes] = []
    bearer, scheme = None, "Bearer"
    if auth is not None and auth.bearer_file:
        bearer = read_secret(base / auth.bearer_file)
    elif auth is not None and auth.user:
        pair = f"{auth.user}:{read_secret(base / auth.password_file)}"
        bearer, scheme = base64.b64encode(pair.encode()).decode("ascii"), "Basic"
    elif auth is not None:
        secrets = secrets_of(read_secret(base / auth.webhook_file))
    receiver = Receiver(door, secrets, declared.envelope)
    path = Door(
        path=declared.path,
        endpoint=door.name,
        format=door.flow.declared.format,
        bearer=bearer,
        body_bytes_max=declared.body_bytes_max,
        scheme=scheme,
    )
    server = HttpServer(
        partner_app([path], receiver.receive, receiver.audit),
        host=declared.host,
        port=declared.port,
        concurrency_max=declared.connections_max,
        tls=listener_tls(declared.tls, base),
        is_authenticated=auth is not None,
        is_shared=is_shared,
    )
    return HttpOpen(server, await server.start())


class Receiver:
    """Takes the bodies of one flow."""

    def __init__(self, door: FlowDoor, secrets: list[bytes], envelope: Envelope) -> None:
        self._door = door
        self._secrets = secrets
        self._envelope = envelope

    async def audit(self, endpoint: str, code: str, head: bytes, peer: str) -> None:
        """Keep what was refused before its body was read."""
        refusal = RefusalError(code, "refused before it was read")
        await self._door.door.refuse(endpoint, peer, head, refusal)

    async def receive(
        self, endpoint: str, content: bytes, peer: str, headers: Mapping[str, str]
    ) -> DoorReply:
        """Take one body and answer."""
        key = ""
        if self._secrets:
            try:
                wall = self._door.door.clock.wall()
                key = "webhook/" + verified(self._secrets, headers, content, wall)
            except RefusalError as refusal:
                await self._door.door.refuse(endpoint, peer, content, refusal)
                return problem(401, refusal.code, refusal.text)
        elif headers.get("idempotency-key"):
            key = "key/" + headers["idempotency-key"][:KEY_CHARS_MAX]
        number = key.partition("/")[2]
        if self._envelope != "none":
            try:
                event = self._event(headers, content)
            except RefusalError as refusal:
                await self._door.door.refuse(endpoint, peer, content, refusal)
                return self._bad(422, refusal.code, refusal.text, content)
            content, key, number = event.content, event.key, event.id[:KEY_CHARS_MAX]
        if self._door.flow.declared.format == "hl7v2":
            return await self._hl7(peer, content)
        try:
            return await self._take(peer, content, key, number)
        except StoreFullError as full:
            return self._bad(503, full.code, "send it again later", content)
        except RefusalError as refusal:
            await self._door.door.refuse(endpoint, peer, content, refusal)
            return self._bad(422, refusal.code, refusal.text, content)

    def _event(self, headers: Mapping[str, str], content: bytes) -> CloudEvent:
        """Return the event that was posted; raises RefusalError."""
        if self._envelope == "cloudevents":
            return read_binary(headers.items(), content)
        return read_structured(headers.get("content-type", ""), content)

    async def _hl7(self, peer: str, content: bytes) -> DoorReply:
        """HL7 v2 has its own number and its own answer: the headers add nothing."""
        answer = await self._door.receive(peer, content)
        if answer is None:
            return DoorReply(204, HL7, b"")
        status = _SAYS.get(parse(answer)[0].get("MSA-1"), 422)
        return DoorReply(status, HL7, answer, _later(status))

    async def _take(self, peer: str, content: bytes, key: str, number: str) -> DoorReply:
        declared = self._door.flow.declared
        known = identity(declared.format, content)
        if key and declared.format in ("raw", "fhir"):
            known = Identity(known.control_id or number, key)
        taken = await self._door.take(peer, content, self._answer(content), known)
        if isinstance(taken.admission, KeyReused):
            return self._bad(422, "http.key-reused", "this key came with another body", content)
        if declared.ack == "on_delivered":
            code = await self._door.delivered(taken)
            if code:
                return self._bad(503, code, "it is kept, and not delivered yet", content)
        if taken.ack:
            return DoorReply(200, XML, taken.ack)
        body = json.dumps({"exchange": taken.exchange}).encode()
        return DoorReply(200 if declared.ack == "on_delivered" else 202, JSON, body)

    def _answer(self, content: bytes) -> Answer:
        """Return what makes the good answer of a format that has one of its own."""
        if self._door.flow.declared.format != "cxml":
            return no_answer

        def response(exchange: str) -> tuple[bytes, str]:
            at = self._door.door.clock.now()
            return cxml.response(200, "", f"{exchange}@suture", at), "200"

        return response

    def _bad(self, status: int, code: str, text: str, content: bytes) -> DoorReply:
        if self._door.flow.declared.format != "cxml":
            return problem(status, code, text)
        at = self._door.door.clock.now()
        payload = f"{self._door.door.new_exchange()}@suture"
        said = cxml.response(503 if status == 503 else 406, f"{code}: {text}", payload, at)
        return DoorReply(200, XML, said)


def problem(status: int, code: str, text: str) -> DoorReply:
    """Return a problem document."""
    told = {"type": f"urn:suture:problem:{code}", "title": code, "status": status, "detail": text}
    return DoorReply(status, PROBLEM, json.dumps(told).encode(), _later(status))


def _later(status: int) -> tuple[tuple[str, str], ...]:
    return (("retry-after", str(LATER_S)),) if status == 503 else ()
