"""HTTP in: opaque bodies of partners and of flows.

In: doors (path, credentials, limit) and two callbacks. Out: an ASGI application. Refuses to know:
what a body means. Wrong credentials are refused before the body is read; an over-limit body keeps
its head; one that does not come in time is given up.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HEAD_BYTES = 64 * 1024
BODY_S_MAX = 60.0
"""A body that is not there by then never comes; the largest takes seconds."""


@dataclass(frozen=True, slots=True)
class Door:
    """One path a partner may post to."""

    path: str
    endpoint: str
    format: str
    bearer: str | None = field(repr=False)
    """Expected bearer token; None when the protocol carries its own credentials (cXML)."""
    body_bytes_max: int
    scheme: str = "Bearer"
    """`Basic`: then `bearer` is base64 of user, colon and password."""


@dataclass(frozen=True, slots=True)
class DoorReply:
    """The answer to one body."""

    status: int
    content_type: str
    body: bytes = field(repr=False)
    headers: tuple[tuple[str, str], ...] = ()


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
        if door.bearer is not None and not _is_authorised(request, door):
            await audit(door.endpoint, "http.unauthorised", b"", peer)
            return Response(b"", 401, {"www-authenticate": door.scheme})
        content = bytearray()
        try:
            async with asyncio.timeout(BODY_S_MAX):
                async for part in request.stream():
                    content += part
                    if len(content) > door.body_bytes_max:
                        head = bytes(content[:HEAD_BYTES])
                        await audit(door.endpoint, "http.too-large", head, peer)
                        return Response(b"too large", 413, {"connection": "close"})
        except TimeoutError:
            await audit(door.endpoint, "http.body-timeout", bytes(content[:HEAD_BYTES]), peer)
            return Response(b"", 408, {"connection": "close"})
        reply = await receive(door.endpoint, bytes(content), peer, request.headers)
        return Response(reply.body, reply.status, dict(reply.headers), reply.content_type)

    return Route(door.path, handle, methods=["POST"])


def _is_authorised(request: Request, door: Door) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    expected = (door.bearer or "").encode()
    is_scheme = scheme.lower() == door.scheme.lower()
    return is_scheme and hmac.compare_digest(given.strip().encode(), expected)
