"""HTTP in: opaque bodies of partners.

In: doors (path, bearer, limit) and two callbacks. Out: an ASGI application. Refuses to know: what a
body means. A wrong bearer is refused before the body is read; an over-limit body keeps its head.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Door:
    """One path a partner may post to."""

    path: str
    endpoint: str
    format: str
    bearer: str | None = field(repr=False)
    """Expected bearer token; None when the protocol carries its own credentials (cXML)."""
    body_bytes_max: int


@dataclass(frozen=True, slots=True)
class DoorReply:
    """The answer to one body."""

    status: int
    content_type: str
    body: bytes = field(repr=False)


Receive = Callable[[str, bytes, str, Mapping[str, str]], Awaitable[DoorReply]]
"""(endpoint, content, peer, headers) -> reply."""
Audit = Callable[[str, str, bytes, str], Awaitable[None]]
"""(endpoint, code, head of the content, peer)."""


def partner_app(doors: list[Door], receive: Receive, audit: Audit) -> Starlette:
    """Return the application with one POST route per door."""
    return Starlette(routes=[_route(door, receive, audit) for door in doors])


def _route(door: Door, receive: Receive, audit: Audit) -> Route:
    async def handle(request: Request) -> Response:
        peer = f"{request.client.host}:{request.client.port}" if request.client else ""
        if door.bearer is not None and not _is_authorised(request, door.bearer):
            await audit(door.endpoint, "http.unauthorised", b"", peer)
            return Response(b"", 401, {"www-authenticate": "Bearer"})
        content = bytearray()
        async for part in request.stream():
            content += part
            if len(content) > door.body_bytes_max:
                await audit(door.endpoint, "http.too-large", bytes(content[:HEAD_BYTES]), peer)
                return Response(b"too large", 413)
        reply = await receive(door.endpoint, bytes(content), peer, request.headers)
        return Response(reply.body, reply.status, media_type=reply.content_type)

    return Route(door.path, handle, methods=["POST"])


def _is_authorised(request: Request, expected: str) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.encode(), expected.encode())
