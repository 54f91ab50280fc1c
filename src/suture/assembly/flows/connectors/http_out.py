"""HTTP out for flows: a request a message, and what its answer means.

In: a declared destination, a delivery. Out: an outcome. Refuses to know: lanes, retries. Every try
carries the delivery's id as `Idempotency-Key` (and as `webhook-id` when signed), so that a receiver
knows a repetition.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from suture.assembly.flows.connectors.mllp import read_ack
from suture.assembly.flows.connectors.tls_files import sender_tls
from suture.assembly.secret import read_secret
from suture.connectivity.cloudevents import STRUCTURED, CloudEvent, binary_headers, structured
from suture.connectivity.guard import Guard
from suture.connectivity.oauth import ClientCredentials, Tokens
from suture.connectivity.transports.http import HttpCaller, HttpRequest, HttpResponse
from suture.connectivity.transports.result import NotSent
from suture.connectivity.webhook import secrets_of, signed
from suture.core.outcome import Accepted, Misconfigured, Outcome, Refused, Unavailable, Uncertain
from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import header
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.http import HttpDestination
from suture.systems.adapter import WireResponse
from suture.systems.supplier_cxml import read_response

RESPONSE_BYTES_MAX = 4 * 1024 * 1024
LATER = frozenset({408, 423, 425, 429})
"""4xx that say nothing against the content: it may be sent again."""
RETRY_S_MAX = 3600.0

Wall = Callable[[], datetime]


class HttpOutlet:
    """A way to one URL."""

    def __init__(self, declared: HttpDestination, base: Path, wall: Wall) -> None:
        """Read the files; raises MisconfiguredError `tls.files`, `secret.*`, `webhook.secret`."""
        self._declared = declared
        self._wall = wall
        networks = [ipaddress.ip_network(each) for each in declared.networks]
        self._caller = HttpCaller(
            response_bytes_max=RESPONSE_BYTES_MAX,
            connections_max=declared.connections,
            tls=sender_tls(declared.tls, base),
            guard=Guard(networks),
        )
        self._fixed = ""
        self._secrets: list[bytes] = []
        self._tokens: Tokens | None = None
        auth = declared.auth
        if auth is None:
            return
        if auth.bearer_file:
            self._fixed = "Bearer " + read_secret(base / auth.bearer_file)
        elif auth.user:
            pair = f"{auth.user}:{read_secret(base / auth.password_file)}".encode()
            self._fixed = "Basic " + base64.b64encode(pair).decode("ascii")
        elif auth.webhook_file:
            self._secrets = secrets_of(read_secret(base / auth.webhook_file))
        else:
            secret = read_secret(base / auth.client_secret_file)
            credentials = ClientCredentials(
                auth.token_url, auth.client_id, secret, auth.scope, declared.timeout_s
            )
            self._tokens = Tokens(credentials, self._caller)

    async def send(self, delivery: Delivery, content: bytes) -> Outcome:
        """Send one message; a token that was refused is fetched anew once."""
        refused = ""
        for _ in range(2):
            authorization, code = await self._authorization(refused)
            if code:
                text = "no token was given"
                is_later = code == "oauth.unreachable"
                return Unavailable(code, text) if is_later else Misconfigured(code, text)
            answer = await self._caller.call(self._request(delivery, content, authorization))
            is_stale = isinstance(answer, HttpResponse) and answer.status == 401
            if not is_stale or self._tokens is None or refused:
                break
            refused = authorization.partition(" ")[2]
        if isinstance(answer, NotSent):
            if answer.code == "http.address-refused":
                return Misconfigured(answer.code, "the name leads where no flow may send")
            return Unavailable(answer.code)
        if not isinstance(answer, HttpResponse):
            return Uncertain(answer.code)
        return self._outcome(answer, content)

    async def _authorization(self, refused: str) -> tuple[str, str]:
        if self._tokens is None:
            return self._fixed, ""
        token, code = await self._tokens.token(but=refused)
        return f"Bearer {token}", code

    def _request(self, delivery: Delivery, content: bytes, authorization: str) -> HttpRequest:
        headers = dict(self._declared.headers)
        headers["content-type"] = self._declared.content_type
        if self._declared.envelope == "cloudevents":
            headers |= binary_headers(self._event(delivery, content))
        elif self._declared.envelope == "cloudevents-json":
            content = structured(self._event(delivery, content))
            headers["content-type"] = STRUCTURED
        headers["idempotency-key"] = delivery.id
        if authorization:
            headers["authorization"] = authorization
        if self._secrets:
            headers |= signed(self._secrets[0], delivery.id, self._wall(), content)
        one = self._declared
        return HttpRequest(one.method, one.url, tuple(headers.items()), content, one.timeout_s)

    def _event(self, delivery: Delivery, content: bytes) -> CloudEvent:
        """Return the event of a delivery: every try of it is the same, byte for byte."""
        one, flow = self._declared, delivery.destination.partition(".")[0]
        return CloudEvent(
            id=delivery.id,
            source=one.event_source or f"urn:suture:flow:{flow}",
            type=one.event_type or f"org.suture.flow.{flow}",
            content=content,
            content_type=one.content_type,
            subject=delivery.exchange,
            time=delivery.created_at,
        )

    def _outcome(self, answer: HttpResponse, content: bytes) -> Outcome:
        """Return what an answer means; a body that must say so is asked first."""
        wanted = self._declared.answer
        if wanted == "hl7v2" and answer.body[:3] == b"MSH":
            try:
                return read_ack(answer.body, header(content).control_id)
            except RefusalError as refusal:
                return Refused(refusal.code, refusal.text)
        if wanted == "cxml" and 200 <= answer.status < 300:
            return read_response(WireResponse(answer.status, body=answer.body))
        outcome = self._of_status(answer)
        if wanted == "hl7v2" and isinstance(outcome, Accepted):
            return Uncertain("hl7v2.ack-unreadable", "no acknowledgement came back")
        return outcome

    def _of_status(self, answer: HttpResponse) -> Outcome:
        status = answer.status
        code = f"http.{status}"
        if 200 <= status < 300:
            return Accepted({"status": str(status)}, answer.body)
        if status in LATER or status == 503:
            wish = retry_after_s(answer.header("retry-after"), self._wall())
            return Unavailable(code, "", wish)
        if status in (401, 403, 404, 405, 407) or 300 <= status < 400:
            return Misconfigured(code, "address or credentials are not what the peer expects")
        if 400 <= status < 500:
            return Refused(code, "", answer.body)
        return Uncertain(code)

    async def close(self) -> None:
        """Let go of connections."""
        await self._caller.close()


def retry_after_s(text: str, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110 section 10.2.3), None for no wish."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(float(text), RETRY_S_MAX)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), RETRY_S_MAX)
