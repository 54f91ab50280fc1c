"""AS2 both ways with django-pyas2 1.2.3, which runs in a virtual environment of its own.

It is under the GPL: a peer that is spoken to over HTTP, never imported. `make peers` runs this;
`SUTURE_AS2_VENV` names an environment that is there already.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from as2_peer import OURS, Pair, destination_entries, source_entries
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from flow_hub import arrivals, connect, deliveries, hl7, running_hub, until

from suture.journal.record import DeliveryState

pytestmark = [pytest.mark.slow, pytest.mark.processes, pytest.mark.timeout(300)]
NODE = Path(__file__).with_name("as2_django_node.py")
PACKAGE = "django-pyas2==1.2.3"
THEIRS = "SYNTHNODE"


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with django-pyas2; skip when it cannot be made."""
    home = Path(os.environ.get("SUTURE_AS2_VENV") or tmp_path_factory.mktemp("as2-venv"))
    found = home / "bin" / "python"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, timeout=120)
        command = [str(found), "-m", "pip", "install", "-q", "--no-input", PACKAGE]
        done = subprocess.run(command, capture_output=True, check=False, timeout=240)
        if done.returncode:
            pytest.skip(f"{PACKAGE} cannot be installed here")
    # oscrypto 1.3.0 does not know the version of OpenSSL 3.0.10 and later.
    for path in home.glob("lib/python*/site-packages/oscrypto/_openssl/_libcrypto_c*.py"):
        text = path.read_text()
        fixed = text.replace(r"\\b(\\d\\.\\d\\.\\d[a-z]*)\\b", r"\\b(\\d+\\.\\d+\\.\\d+[a-z]*)\\b")
        if fixed != text:
            path.write_text(fixed)
    return found


@dataclass
class Node:
    """The running partner."""

    process: subprocess.Popen[str]
    folder: Path

    def ask(self, **command: Any) -> Any:
        """Tell it one thing and return its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline()
            assert line, "the node has ended"
            if line[:1] in '[{"':
                answer = json.loads(line)
                assert "failed" not in answer, answer
                return answer


@pytest.fixture
def together(tmp_path: Path, interpreter: Path) -> Iterator[tuple[Node, Pair, dict[str, Any]]]:
    """Run a partner that knows the hub."""
    pair = Pair(tmp_path / "as2")
    folder = tmp_path / "node"
    (folder / "media").mkdir(parents=True)
    key = load_pem_private_key(pair.partner.key.read_bytes(), None)
    sealed = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"synth"))
    (folder / "own.pem").write_bytes(sealed + pair.partner.certificate.read_bytes())
    port, hub_port = free_port(), free_port()
    config = {
        "port": port,
        "hub_port": hub_port,
        "own_name": THEIRS,
        "hub_name": OURS,
        "hub": str(pair.hub.certificate),
        "key": str(folder / "own.pem"),
        "pass": "synth",
        "hub_url": f"http://127.0.0.1:{hub_port}/as2",
        "mdn_url": f"http://127.0.0.1:{port}/as2receive",
    }
    (folder / "config.json").write_text(json.dumps(config))
    process = subprocess.Popen(
        [str(interpreter), str(NODE), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=(folder / "log").open("w"),
        text=True,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
    )
    node = Node(process, folder)
    try:
        assert process.stdout is not None
        assert process.stdout.readline(), (folder / "log").read_text()[-2000:]
        yield node, pair, config
    finally:
        process.kill()
        process.wait()


def flows(pair: Pair, config: dict[str, Any], source: str = "", more: str = "") -> dict[str, str]:
    """Return a flow from the partner and one to it."""
    entries = source_entries(pair, partner='weak = ["sha1", "3des"]').replace(
        "port = 0", f"port = {config['hub_port']}"
    )
    entries = re.sub(r'as2_name = "SYNTH PARTNER"', f'as2_name = "{THEIRS}"\n{source}', entries)
    url = f"http://127.0.0.1:{config['port']}/as2receive"
    out = destination_entries(pair, url, more).replace('"SYNTH PARTNER"', f'"{THEIRS}"')
    head = 'description = "with a partner"\nowner = "integration team"\norder_by = "none"\n'
    return {
        "from-partner": f'{head}format = "raw"\n[source]\n{entries}\n\n'
        '[[destination]]\nname = "folder"\nconnector = "files"\nfolder = "out"\n',
        "to-partner": f'{head}[source]\nconnector = "mllp"\nport = 0\n\n'
        f'[[destination]]\nname = "partner"\n{out.replace("timeout_s = 2", "timeout_s = 20")}\n'
        "retry = { first_s = 0.2, longest_s = 0.5, give_up_after_s = 60 }\n",
    }


IN = [
    {"encryption": "aes_128_cbc", "signature": "sha256", "mdn_sign": "sha256", "compress": False},
    {"encryption": "aes_256_cbc", "signature": "sha512", "mdn_sign": "sha512", "compress": True},
    {"encryption": "tripledes_192_cbc", "signature": "sha1", "mdn_sign": "sha1", "compress": True},
    {"encryption": "aes_192_cbc", "signature": "sha384", "mdn_sign": None, "compress": False},
]
CONTENT = b"ISA*00*\r\nline\nother\r\x00\xff~" * 50


@pytest.mark.parametrize("how", IN)
def test_what_the_partner_sends_is_taken(
    together: tuple[Node, Pair, dict[str, Any]], tmp_path: Path, how: dict[str, Any]
) -> None:
    """It finds our receipt good: signature, and the MIC it has computed itself."""
    node, pair, config = together

    async def story() -> None:
        async with running_hub(tmp_path, flows(pair, config)) as hub:
            node.ask(do="partner", set=how)
            (node.folder / "media" / "order.x12").write_bytes(CONTENT)
            (sent,) = await asyncio.to_thread(node.ask, do="send", name="order.x12")
            assert (sent["status"], sent["mdn"]) == ("S", "R"), sent
            assert sent["mdn_signed"] is bool(how["mdn_sign"])
            (arrival,) = arrivals(hub)
            core = hub.core.clinical
            kept = core.open_arrival(arrival.exchange, arrival.content, arrival.key_id)
            assert kept == CONTENT

    asyncio.run(story())


OUT = [
    "",
    'encrypt = "aes128-cbc"\nsign = "sha512"\ncompress = true',
    'mdn = "unsigned"\ncompress = true',
]


@pytest.mark.parametrize("more", OUT)
def test_what_is_sent_is_taken_by_the_partner(
    together: tuple[Node, Pair, dict[str, Any]], tmp_path: Path, more: str
) -> None:
    """Its payload is ours byte for byte, and its receipt settles the delivery."""
    node, pair, config = together

    async def story() -> None:
        async with running_hub(tmp_path, flows(pair, config, more=more)) as hub:
            how = {"encryption": None, "signature": None, "mdn_sign": None}
            node.ask(do="partner", set=how)
            sender = await connect(hub, "to-partner")
            await sender.send(hl7(1))
            began = time.monotonic()
            await until(lambda: deliveries(hub)[0].attempts, "a try")
            while deliveries(hub)[0].state is not DeliveryState.DELIVERED:
                assert time.monotonic() - began < 20, deliveries(hub)[0].code
                await asyncio.sleep(0.1)
            (taken,) = node.ask(do="list")
            assert bytes.fromhex(taken["payload"]) == hl7(1)
            assert taken["status"] == "S", taken

    asyncio.run(story())


def test_a_receipt_is_brought_to_the_partner_later(
    together: tuple[Node, Pair, dict[str, Any]], tmp_path: Path
) -> None:
    """It sends asynchronously, and finds the receipt that is posted to it good."""
    node, pair, config = together

    async def story() -> None:
        source = f'mdn_url = "{config["mdn_url"]}"'
        async with running_hub(tmp_path, flows(pair, config, source)) as hub:
            node.ask(do="partner", set=IN[0] | {"mdn_mode": "ASYNC"})
            (node.folder / "media" / "order.x12").write_bytes(CONTENT)
            await asyncio.to_thread(node.ask, do="send", name="order.x12")

            def is_taken() -> bool:
                return all(each.state is DeliveryState.DELIVERED for each in deliveries(hub))

            await until(lambda: len(deliveries(hub)) == 2 and is_taken(), "the receipt was taken")
            (sent,) = await asyncio.to_thread(node.ask, do="list")
            assert (sent["status"], sent["mdn"], sent["mdn_signed"]) == ("S", "R", True), sent

    asyncio.run(story())


def test_a_receipt_that_the_partner_brings_settles_the_delivery(
    together: tuple[Node, Pair, dict[str, Any]], tmp_path: Path
) -> None:
    """It takes a message, and brings its receipt when it is told to."""
    node, pair, config = together
    port = free_port()
    more = (
        f'mdn = "async"\nmdn_url = "http://127.0.0.1:{port}/mdn"\nmdn_listen = {{ port = {port} }}'
    )

    async def story() -> None:
        async with running_hub(tmp_path, flows(pair, config, more=more)) as hub:
            node.ask(do="partner", set={"encryption": None, "signature": None, "mdn_sign": None})
            sender = await connect(hub, "to-partner")
            await sender.send(hl7(1))
            for _ in range(100):
                taken = await asyncio.to_thread(node.ask, do="list")
                if taken:
                    break
                await asyncio.sleep(0.1)
            assert deliveries(hub)[0].state is DeliveryState.SENDING
            await asyncio.to_thread(node.ask, do="async")
            await until(lambda: deliveries(hub)[0].state is DeliveryState.DELIVERED, "delivered")

    asyncio.run(story())
