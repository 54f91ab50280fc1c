"""Certificates that have expired: refused on both ends, and mended without losing a message."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
from certificates import Authority
from flow_files import write_flow
from flow_hub import Peer, Sender, deliveries, flow_text, hl7, peer, running_hub, until

from suture.assembly.flows.store import deploy
from suture.assembly.hub import Hub
from suture.connectivity.tls import TlsSettings, server_context

RETRY = "retry = { first_s = 0.1, longest_s = 0.2 }"


class TlsPeer(Peer):
    """The peer of the flows' tests behind TLS."""

    context: ssl.SSLContext | None = None

    async def start(self) -> None:
        """Listen with the context of now."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self.context
        )
        self.port = self._server.sockets[0].getsockname()[1]


def test_an_expired_certificate_of_a_destination_is_not_trusted(tmp_path: Path) -> None:
    """Nothing is sent; the reason is told by code; with a new certificate all arrive."""
    authority = Authority(tmp_path)
    authority.issue("old", days=-1)
    authority.issue("new", days=10)

    def context(name: str) -> ssl.SSLContext:
        return server_context(TlsSettings(tmp_path / f"{name}.pem", tmp_path / f"{name}.key"))

    async def story() -> None:
        lab = TlsPeer()
        lab.context = context("old")
        await lab.start()
        text = flow_text(lab.port, lab=f'{RETRY}\ntls = {{ ca = "ca.pem" }}')
        async with running_hub(tmp_path, {"adt": text}) as hub:
            sender = await connect_plain(hub, "adt")
            for number in range(3):
                assert await sender.send(hl7(number)) == ("AA", "")
            await until(lambda: deliveries(hub)[0].attempts > 1, "a second try")
            assert lab.got == []
            assert deliveries(hub)[0].code == "mllp.tls-untrusted"
            await lab.stop()
            lab.context = context("new")
            await lab.start()
            await until(lambda: len(lab.got) == 3, "all three")
            assert lab.numbers() == ["MSG00000", "MSG00001", "MSG00002"]
        await lab.stop()

    asyncio.run(story())


async def connect_plain(hub: Hub, flow: str) -> Sender:
    """Connect without TLS."""
    return Sender(*await asyncio.open_connection(*hub.flows.addresses[flow]))


async def connect_tls(hub: Hub, folder: Path, name: str) -> Sender:
    """Connect with a client certificate."""
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    host, port = hub.flows.addresses["adt"]
    return Sender(*await asyncio.open_connection(host, port, ssl=context))


def behind_tls(port: int, name: str) -> str:
    """Return a flow whose listener has a certificate and wants one."""
    files = f'certificate = "{name}.pem", key_file = "{name}.key", client_ca = "ca.pem"'
    return flow_text(port).replace("port = 0", f"port = 0\ntls = {{ {files} }}")


def test_an_expired_certificate_of_a_client_is_turned_away(tmp_path: Path) -> None:
    """Its message is not taken; a client with a valid one is served meanwhile and afterwards."""
    authority = Authority(tmp_path)
    authority.issue("server", days=10)
    authority.issue("expired", days=-1)
    authority.issue("valid", days=10)

    async def story() -> None:
        async with peer() as lab:
            text = behind_tls(lab.port, "server")
            async with running_hub(tmp_path, {"adt": text}) as hub:
                with pytest.raises((OSError, ssl.SSLError, asyncio.IncompleteReadError)):
                    await (await connect_tls(hub, tmp_path, "expired")).send(hl7(1))
                sender = await connect_tls(hub, tmp_path, "valid")
                assert await sender.send(hl7(2)) == ("AA", "")
                await until(lambda: lab.got, "the valid one's message")
                assert lab.numbers() == ["MSG00002"]

    asyncio.run(story())


def test_a_new_certificate_is_taken_with_a_new_version(tmp_path: Path) -> None:
    """The listener's certificate is changed by deploying; what was taken before is not lost."""
    authority = Authority(tmp_path)
    for name in ("first", "second", "valid"):
        authority.issue(name, days=10)

    def text(port: int, name: str) -> str:
        tls = (
            f'tls = {{ certificate = "{name}.pem", key_file = "{name}.key", client_ca = "ca.pem" }}'
        )
        return flow_text(port).replace("port = 0", f"port = 0\n{tls}")

    async def story() -> None:
        async with (
            peer() as lab,
            running_hub(tmp_path, {"adt": behind_tls(lab.port, "first")}) as hub,
        ):
            assert await (await connect_tls(hub, tmp_path, "valid")).send(hl7(1)) == ("AA", "")
            changed = write_flow(tmp_path / "flows", "adt", behind_tls(lab.port, "second"))
            deploy(tmp_path / "stores", [changed])
            await hub.flows.reload()
            sender = await connect_tls(hub, tmp_path, "valid")
            given = sender.writer.get_extra_info("peercert")
            assert dict(pair[0] for pair in given["subject"])["commonName"] == "second"
            assert await sender.send(hl7(2)) == ("AA", "")
            await until(lambda: len(lab.got) == 2, "both")

    asyncio.run(story())
