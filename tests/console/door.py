"""A hub's door as a browser or a program meets it: ASGI requests, without a socket.

In: a world, requests. Out: answers. Used by the tests of console and interface.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "path"))

from conftest_world import build, close, erp_page, siu, stock
from small_master import CONTINENTAL, SYNTHO

from suture.api.app import make_api
from suture.api.hub import HubPort
from suture.console.mount import mount_console
from suture.intelligence.partners import Partner
from suture.testing.world import World

TOKEN = "operator-token"
PARTNERS = (Partner(SYNTHO, "Syntho", "x12"), Partner(CONTINENTAL, "Continental", "cxml"))
PLANTED = ("SYNTHETIC^PATIENT", "SYNMRN000123", "19580214", "88123", "9000000015")
"""Patient name, MRN, birth date, case number and surgeon of the message that was sent."""


@contextmanager
def short_case(folder: Path) -> Iterator[World]:
    """Give a hub with one case that has a gap, under the default policy (a person approves)."""
    made = build(folder, policy="default")
    made.arrive(
        erp_page(stock("PACK", 5), last=1), endpoint="erp", format="erp", control_id="changes/0-1"
    )
    made.hl7(siu())
    made.advance(minutes=20)
    yield made
    close(made)


@contextmanager
def empty_hub(folder: Path) -> Iterator[World]:
    """Give a hub to which nothing has happened."""
    made = build(folder)
    yield made
    close(made)


def app_of(world: World, token: str = TOKEN, nudge: Callable[[], None] = lambda: None) -> FastAPI:
    """Return the application the hub serves on loopback."""
    hub = HubPort(
        clinical=world.core.clinical.journal,
        operations=world.operations,
        clock=world.clock,
        name="test",
        timezone="America/Chicago",
        token=token,
        partners=PARTNERS,
        policies=world.core.engine.policies,
        triggers=world.core.crossing.triggers,
        nudge=nudge,
    )
    app = make_api(hub)
    mount_console(app, hub)
    return app


def call(
    world: World,
    path: str,
    *,
    method: str = "GET",
    token: str = "",
    json: Any = None,
    host: str = "127.0.0.1:8080",
    hub_token: str = TOKEN,
    once: str = "",
    nudge: Callable[[], None] = lambda: None,
) -> httpx.Response:
    """Send one request to the hub's application."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    headers |= {"idempotency-key": once} if once else {}

    async def send() -> httpx.Response:
        app = app_of(world, hub_token, nudge)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path, headers=headers, json=json)

    return asyncio.run(send())


def stream_until(world: World, path: str, wanted: bytes, headers: dict[str, str]) -> bytes:
    """Return what a stream sent up to and including `wanted`; fails after five seconds."""

    async def listen() -> bytes:
        got = b""
        is_there = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await is_there.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            nonlocal got
            got += message.get("body", b"")
            if wanted in got:
                is_there.set()

        name, _, query = path.partition("?")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": name,
            "raw_path": name.encode(),
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(b"host", b"127.0.0.1:8080")]
            + [(k.encode(), v.encode()) for k, v in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 8080),
        }
        await asyncio.wait_for(app_of(world)(scope, receive, send), 5)  # type: ignore[arg-type]
        return got

    return asyncio.run(listen())
