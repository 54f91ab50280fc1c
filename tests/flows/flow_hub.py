"""A hub in this process with flows deployed, an MLLP peer that does as it is told, and a sender."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flow_files import write_flow

from suture.assembly.flows.store import deploy
from suture.assembly.hub import Hub, open_hub
from suture.assembly.settings import load_settings
from suture.core.ids import SystemEntropy
from suture.governance.seal import create_key_file
from suture.journal.record import Arrival, Delivery

VT, EB = b"\x0b", b"\x1c\r"
DEADLINE_S = 15.0
"""How long a test waits for what must come; far above what it takes."""

FLOW = """\
description = "to the laboratory"
owner = "integration team"
{top}
[source]
connector = "mllp"
port = 0
{steps}
[[destination]]
name = "lab"
connector = "mllp"
host = "127.0.0.1"
port = {port}
{lab}
"""


def flow_text(port: int, *, top: str = "", steps: str = "", lab: str = "") -> str:
    """Return a flow to a peer, with more at three places."""
    return FLOW.format(port=port, top=top, steps=steps, lab=lab)


def hl7(number: int, patient: str = "SYN0001", trigger: str = "ADT^A01^ADT_A01") -> bytes:
    """Return a message."""
    return (
        f"MSH|^~\\&|EHR|NCH|LAB|NCH|20270104120000||{trigger}|MSG{number:05}|T|2.5.1\r"
        f"EVN|A01|20270104120000\rPID|1||{patient}^^^NCH^MR||Synth^Anna||19800101|F\r"
        "PV1|1|I|NORTH2^201^A\r"
    ).encode()


def control_id(content: bytes) -> str:
    """Return MSH-10, read without the product."""
    return content.split(b"\r")[0].split(b"|")[9].decode()


@dataclass
class Peer:
    """An MLLP listener that keeps what it gets and answers with `verdict`."""

    port: int = 0
    got: list[bytes] = field(default_factory=list)
    verdict: Callable[[bytes], str] = lambda _: "AA"
    """AA, AE, AR; `silent` answers nothing, `other` answers another message."""
    under_way: int = 0
    most_under_way: int = 0
    delay_s: float = 0.0
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        """Listen, at the port it had before if it had one."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Be gone; connections are cut."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while self._server is not None:
                frame = await reader.readuntil(EB)
                content = frame[1 : -len(EB)]
                self.under_way += 1
                self.most_under_way = max(self.most_under_way, self.under_way)
                await asyncio.sleep(self.delay_s)
                self.under_way -= 1
                self.got.append(content)
                verdict = self.verdict(content)
                if verdict == "silent":
                    continue
                named = "OTHER" if verdict == "other" else control_id(content)
                code = "AA" if verdict == "other" else verdict
                answer = f"MSH|^~\\&|LAB|NCH|HUB|NCH|20270104||ACK|A1|P|2.5.1\rMSA|{code}|{named}\r"
                writer.write(VT + answer.encode() + EB)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def numbers(self) -> list[str]:
        """Return the control ids in the order they came."""
        return [control_id(content) for content in self.got]


@dataclass
class Sender:
    """One connection to a flow's listener."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, content: bytes) -> tuple[str, str]:
        """Send one message; return MSA-1 and the error code the hub gives, if any."""
        self.writer.write(VT + content + EB)
        frame = await asyncio.wait_for(self.reader.readuntil(EB), DEADLINE_S)
        lines = frame[1 : -len(EB)].split(b"\r")
        verdict = next(line for line in lines if line.startswith(b"MSA")).split(b"|")[1].decode()
        told = next((line for line in lines if line.startswith(b"ERR")), b"").decode()
        return verdict, told


async def connect(hub: Hub, flow: str) -> Sender:
    """Connect to a flow's listener."""
    host, port = hub.flows.addresses[flow]
    return Sender(*await asyncio.open_connection(host, port))


def settings_in(folder: Path, stores: str = "", space_bytes_min: int = 0) -> Path:
    """Write the settings of a hub and return their file; `stores` are its tables for stores."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "hub.key").exists():
        create_key_file(folder / "hub.key", SystemEntropy())
    path = folder / "hub.toml"
    path.write_text(
        f'data = "stores"\nkey_file = "hub.key"\nspace_bytes_min = {space_bytes_min}\n'
        f"console = {{ port = 0 }}\npartners = {{ port = 0 }}\n{stores}",
        "utf-8",
    )
    return path


def deployed_flows(folder: Path, flows: dict[str, str | dict[str, str]]) -> None:
    """Write flows and make them current."""
    for name, files in flows.items():
        deploy(folder / "stores", [write_flow(folder / "flows", name, files)])


@asynccontextmanager
async def running_hub(
    folder: Path,
    flows: dict[str, str | dict[str, str]],
    stores: str = "",
    space_bytes_min: int = 0,
) -> AsyncIterator[Hub]:
    """Run a hub with these flows."""
    path = settings_in(folder, stores, space_bytes_min)
    deployed_flows(folder, flows)
    hub = await asyncio.to_thread(open_hub, load_settings(path))
    try:
        await hub.start()
        yield hub
    finally:
        await hub.close()


@asynccontextmanager
async def peer() -> AsyncIterator[Peer]:
    """Run a peer."""
    one = Peer()
    await one.start()
    try:
        yield one
    finally:
        await one.stop()


async def until(holds: Callable[[], Any], what: str = "") -> Any:
    """Wait until something is true and return it."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DEADLINE_S
    while True:
        found = holds()
        if found:
            return found
        assert loop.time() < end, f"it never came: {what}"
        await asyncio.sleep(0.02)


def arrivals(hub: Hub) -> list[Arrival]:
    """Return what was kept, oldest first."""
    with hub.clinical.read() as reader:
        return reader.arrivals_after(0, 1000)


def deliveries(hub: Hub) -> list[Delivery]:
    """Return what was queued for all arrivals."""
    with hub.clinical.read() as reader:
        return [
            each
            for arrival in reader.arrivals_after(0, 1000)
            for each in reader.deliveries_of_exchange(arrival.exchange, 1000)
        ]


def open_exceptions_of(hub: Hub) -> list[dict[str, Any]]:
    """Return the exceptions on the desk, as the store has them."""
    with hub.operations.read() as reader:
        return [json.loads(each.data) for each in reader.instances("EXC", limit=100)]
