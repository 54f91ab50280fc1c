"""What every peer's HTTP door has in common: the bearer check, faults, the control routes.

In: a request, the token it must carry, an act. Out: the answer, or the fault that was armed for it.
Refuses to know: the documents; the act is the model's.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from suture.simulation.faults import FaultBoard

BODY_BYTES_MAX = 4 * 1024 * 1024
"""The largest document of the demo is a few kilobytes."""

Act = Callable[[Request, bytes], Response]
Handler = Callable[[Request], Awaitable[Response]]


def is_bearer(request: Request, token: str) -> bool:
    """Tell if the request carries the token; an empty token refuses everybody."""
    given = request.headers.get("authorization", "")
    return bool(token) and hmac.compare_digest(given.encode(), f"Bearer {token}".encode())


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body; raises ValueError."""
    value = json.loads(body or b"{}")
    if not isinstance(value, dict):
        raise ValueError("the body is not a JSON object")
    return value


class Desk:
    """Guards acts by token and acts out armed faults."""

    def __init__(self, board: FaultBoard, control_token: str) -> None:
        self.board = board
        self.unauthorised = 0
        self.refusing: Callable[[int], Response] = _json_refusal
        """Makes the answer of an armed fault by HTTP status; a dialect may set its own."""
        self._control_token = control_token

    def guarded(self, token: str, act: Act) -> Handler:
        """Return a handler: 401 without the token, 400 for a body the act cannot read."""

        async def handle(request: Request) -> Response:
            if not is_bearer(request, token):
                self.unauthorised += 1
                return JSONResponse({"code": "unauthorised"}, 401)
            return await self.answer(request, act)

        return handle

    async def answer(self, request: Request, act: Act) -> Response:
        """Return the act's answer, or the armed fault's."""
        body = await request.body()
        if len(body) > BODY_BYTES_MAX:
            return JSONResponse({"code": "too_large"}, 413)
        fault = self.board.take(f"{request.method} {request.url.path}")
        kind = fault.kind if fault else ""
        if fault is not None and kind == "late":
            await asyncio.sleep(fault.delay_s)
        if kind == "http_500":
            return self.refusing(500)
        if kind == "refuse":
            return self.refusing(422)
        try:
            answer = act(request, body)
        except (ValueError, KeyError, TypeError) as error:
            return JSONResponse({"code": "bad_request", "kind": type(error).__name__}, 400)
        if fault is not None and kind == "timeout_after_commit":
            await asyncio.sleep(fault.delay_s)
            return self.refusing(504)
        return answer

    def control_routes(self, state: Callable[[], Any]) -> list[Route]:
        """Return `GET /_sim/state` and `POST /_sim/faults`."""

        def show(request: Request, body: bytes) -> Response:
            return JSONResponse(state() | {"faults": self.board.view()})

        def arm(request: Request, body: bytes) -> Response:
            self.board.arm(json_object(body))
            return JSONResponse(self.board.view(), 201)

        token = self._control_token
        return [
            Route("/_sim/state", self.guarded(token, show), methods=["GET"]),
            Route("/_sim/faults", self.guarded(token, arm), methods=["POST"]),
        ]


def _json_refusal(status: int) -> Response:
    return JSONResponse({"code": f"fault_{status}"}, status)
