"""Stands before every request of the board's door: who is asked for, and what answers may do.

In: requests. Out: the same requests, their answers with security headers; 421 for a host name that
is not this machine. Refuses to know: what is served. There is no sign-in yet, so the door listens
on loopback only; the host check keeps a web page elsewhere from reading it under a name of its own
that it points at 127.0.0.1 (DNS rebinding).
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names of this machine; the port does not matter (a tunnel may change it)."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""No inline script or style anywhere, nothing from elsewhere, never in a frame."""
STATIC = "/static/"


class Guard:
    """ASGI middleware: host check and headers; streams pass through unbuffered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                is_static = scope["path"].startswith(STATIC)
                headers.setdefault("Cache-Control", "no-cache" if is_static else "no-store")
            await send(message)

        if Request(scope).url.hostname not in HOSTS:
            await _misdirected(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


async def _misdirected(scope: Scope, receive: Receive, send: Send) -> None:
    body = {
        "type": "urn:suture:problem:http.host",
        "title": "http.host",
        "status": 421,
        "detail": "this door answers to 127.0.0.1 and localhost only",
    }
    answer = JSONResponse(body, 421, media_type="application/problem+json")
    await answer(scope, receive, send)
