"""HTTP out and in: what became of a request, and what a partner's door answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from suture.connectivity.server import HttpServer
from suture.connectivity.transports.http import HttpCaller, HttpRequest, HttpResponse
from suture.connectivity.transports.partner import Door, DoorReply, partner_app
from suture.connectivity.transports.result import NotSent, Unanswered
from suture.core.refusal import MisconfiguredError


async def peer(behaviour: str) -> tuple[asyncio.Server, str]:
    """Start a raw peer that behaves in one way."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if behaviour == "silent":
            await asyncio.sleep(5)
        elif behaviour == "answer":
            writer.write(b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\nx-a: b\r\n\r\nok")
        elif behaviour == "redirect":
            writer.write(b"HTTP/1.1 302 Found\r\nlocation: http://x/\r\ncontent-length: 0\r\n\r\n")
        elif behaviour == "large":
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b"x" * 5000)
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    return server, f"http://127.0.0.1:{port}/x"


def outcome(behaviour: str) -> object:
    """Return what the caller makes of a peer's behaviour."""

    async def scenario() -> object:
        server, url = await peer(behaviour)
        if behaviour == "absent":
            server.close()
            await server.wait_closed()
        caller = HttpCaller(response_bytes_max=1000)
        found = await caller.call(HttpRequest("POST", url, body=b"x", timeout_s=0.5))
        await caller.close()
        server.close()
        return found

    return asyncio.run(scenario())


def test_each_behaviour_has_its_class() -> None:
    """Nothing left: repeat. Anything else without an answer: ask first (plan D5)."""
    answered = outcome("answer")
    assert isinstance(answered, HttpResponse)
    assert (answered.status, answered.body, answered.header("X-A")) == (201, b"ok", "b")
    assert isinstance(outcome("absent"), NotSent)
    assert outcome("silent") == Unanswered("http.timeout")
    assert outcome("close") == Unanswered("http.connection-lost")
    assert outcome("large") == Unanswered("http.response-too-large")


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    """A redirected order would be somebody else's."""
    found = outcome("redirect")
    assert isinstance(found, HttpResponse) and found.status == 302


def test_credentials_are_in_no_representation() -> None:
    """A request in a traceback shows neither token nor body."""
    request = HttpRequest("POST", "http://x", (("authorization", "Bearer SECRET"),), b"SECRET")
    assert "SECRET" not in repr(request)


async def receive(
    endpoint: str, content: bytes, peer_name: str, headers: Mapping[str, str]
) -> DoorReply:
    """Answer with the endpoint and the size."""
    return DoorReply(202, "text/plain", f"{endpoint} {len(content)}".encode())


def post(
    path: str, body: bytes, token: str = "t0ken", method: str = "POST"
) -> tuple[Any, list[Any]]:
    """Post to a partner application; return the response and the audit rows."""
    rows: list[Any] = []

    async def audit(endpoint: str, code: str, head: bytes, peer_name: str) -> None:
        rows.append((endpoint, code, len(head)))

    app = partner_app([Door("/partner/x12", "SUP", "x12", "t0ken", 100)], receive, audit)

    async def scenario() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            headers = {"authorization": f"Bearer {token}"}
            return await client.request(method, path, content=body, headers=headers)

    return asyncio.run(scenario()), rows


def test_a_partner_posts_to_its_door() -> None:
    """The right bearer gets the receiver's answer."""
    answer, rows = post("/partner/x12", b"ISA")
    assert (answer.status_code, answer.text, rows) == (202, "SUP 3", [])


def test_wrong_credentials_and_oversize_leave_audit_rows() -> None:
    """401 before the body is read; 413 with the head of what came."""
    answer, rows = post("/partner/x12", b"ISA", token="guess")
    assert (answer.status_code, rows) == (401, [("SUP", "http.unauthorised", 0)])
    answer, rows = post("/partner/x12", b"x" * 500)
    assert answer.status_code == 413
    assert rows == [("SUP", "http.too-large", 500)]


def test_other_methods_and_paths_are_refused() -> None:
    """A door has one path and one method."""
    assert post("/partner/x12", b"", method="GET")[0].status_code == 405
    assert post("/elsewhere", b"ISA")[0].status_code == 404


def test_a_server_listens_on_loopback_and_closes() -> None:
    """Port 0 picks a free one; beyond loopback plain HTTP is refused."""

    async def hello(request: Any) -> PlainTextResponse:
        return PlainTextResponse("hello")

    app = Starlette(routes=[Route("/", hello)])

    async def scenario() -> str:
        server = HttpServer(app)
        host, port = await server.start()
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://{host}:{port}/")
        await server.close()
        return answer.text

    assert asyncio.run(scenario()) == "hello"
    with pytest.raises(MisconfiguredError, match=r"listen\.tls-required"):
        HttpServer(app, host="0.0.0.0")
