"""Receipts of AS2 that come later, by a post of their own (RFC 4130 section 7.2)."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import tomllib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest
from as2_identity import written
from as2_peer import (
    OPENSSL,
    Pair,
    Posting,
    Taking,
    destination_entries,
    entity,
    mic,
    notification,
    source_entries,
)
from flow_hub import (
    Peer,
    deliveries,
    deployed_flows,
    hl7,
    peer,
    running_hub,
    settings_in,
    until,
)
from http_peer import HttpPeer, Seen, Told
from pydantic import ValidationError

from suture.assembly.flows.connectors.as2_out import As2Outlet
from suture.assembly.hub import Hub
from suture.core.outcome import Outcome, outcome_code
from suture.journal.record import Delivery, DeliveryState
from suture.orchestration.flows.connectors.as2 import As2Destination

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed"),
]
SOURCE = Path(__file__).resolve().parents[2] / "src"
START_S = 60
"""How long a process may take to start on a busy machine."""
LATER = datetime(2027, 1, 4, tzinfo=UTC)


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---- what we owe


def flow(pair: Pair, lab: Peer, url: str) -> dict[str, str]:
    """Return a flow that takes from a partner whose receipts go to an address."""
    entries = source_entries(pair, partner=f'mdn_url = "{url}"')
    text = (
        'description = "orders"\nowner = "integration team"\norder_by = "none"\n'
        f'[source]\n{entries}\n\n[[destination]]\nname = "lab"\nconnector = "mllp"\n'
        f'host = "127.0.0.1"\nport = {lab.port}\n'
    )
    return {"fed": text}


def told(pair: Pair, seen: Seen) -> dict[str, str]:
    """Return the fields of a receipt that was brought, once openssl has verified it."""
    return notification(pair.verified(seen.headers["content-type"], seen.body))


def receipts(hub: Hub) -> list[Delivery]:
    """Return the receipts that are owed or were."""
    return [each for each in deliveries(hub) if each.destination == "fed.as2-receipts"]


def test_a_receipt_that_is_owed_outlives_the_hub(tmp_path: Path) -> None:
    """AS2-12: kept with the message, tried until it is taken, the same for every repetition."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        bringing = HttpPeer(port=free_port())
        wish = {"Receipt-Delivery-Option": bringing.url}
        async with peer() as lab:
            flows = {"fed": flow(pair, lab, bringing.url)["fed"]}
            async with running_hub(tmp_path, flows) as hub:
                partner = Posting(pair, hub.flows.addresses["fed"][1])
                answer = await partner.send(hl7(1), "<1@synth.example>", wish)
                assert (answer.status, answer.body) == (200, b"")
                await until(lambda: lab.got, "the message")
                await until(lambda: receipts(hub)[0].attempts, "a try")
                waits = DeliveryState.WAITING  # a try that is under way comes to its end
                await until(lambda: receipts(hub)[0].state is waits, "the next try")
            await bringing.start()
            async with running_hub(tmp_path, flows) as hub:
                await until(lambda: bringing.seen, "the receipt")
                first = told(pair, bringing.seen[0])
                assert first["original-message-id"] == "<1@synth.example>"
                assert first["received-content-mic"] == f"{mic(entity(hl7(1)))}, sha-256"
                assert "receipt-delivery-option" not in bringing.seen[0].headers
                await until(
                    lambda: receipts(hub)[0].state is DeliveryState.DELIVERED, "it was taken"
                )
                partner = Posting(pair, hub.flows.addresses["fed"][1])
                await partner.send(hl7(1), "<1@synth.example>", wish)
                await until(lambda: len(bringing.seen) == 2, "the receipt again")
                assert bringing.seen[1].body == bringing.seen[0].body
                assert len(lab.got) == 1
        await bringing.stop()

    asyncio.run(story())


async def killed_while_it_owes(folder: Path, post: Callable[[int], Awaitable[None]]) -> None:
    """Run a hub as a process of its own, let a partner post, end the process as kill -9 does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "suture", "run", "--config", str(folder / "hub.toml")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_S):
            while not (line := (await process.stdout.readline()).decode()).startswith(
                "listening fed"
            ):
                assert line, "it ended"
        await post(int(line.rstrip().rpartition(":")[2]))
    finally:
        process.kill()
        await process.communicate()


def test_a_receipt_that_is_owed_outlives_a_killed_process(tmp_path: Path) -> None:
    """AS2-12: what was answered with 200 is receipted by the next process, about the same bytes."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        bringing = HttpPeer(port=free_port())
        wish = {"Receipt-Delivery-Option": bringing.url}

        async def post(port: int) -> None:
            answer = await Posting(pair, port).send(hl7(1), "<1@synth.example>", wish)
            assert (answer.status, answer.body) == (200, b"")

        async with peer() as lab:
            flows = {"fed": flow(pair, lab, bringing.url)["fed"]}
            settings_in(tmp_path)
            deployed_flows(tmp_path, {**flows})
            await killed_while_it_owes(tmp_path, post)
            await bringing.start()
            async with running_hub(tmp_path, {**flows}) as hub:
                await until(lambda: bringing.seen, "the receipt")
                first = told(pair, bringing.seen[0])
                assert first["original-message-id"] == "<1@synth.example>"
                assert first["received-content-mic"] == f"{mic(entity(hl7(1)))}, sha-256"
                delivered = DeliveryState.DELIVERED
                await until(lambda: receipts(hub)[0].state is delivered, "it was taken")
                assert len(receipts(hub)) == 1
                await until(lambda: lab.got, "the message")
        await bringing.stop()

    asyncio.run(story())


def test_a_no_comes_later_too_and_only_to_the_agreed_address(tmp_path: Path) -> None:
    """AS2-12: an address that a sender chooses is not posted to; it is told at once."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        bringing = HttpPeer()
        await bringing.start()
        async with peer() as lab:
            flows = flow(pair, lab, bringing.url)
            async with running_hub(tmp_path, flows) as hub:
                partner = Posting(pair, hub.flows.addresses["fed"][1])
                other = {"Receipt-Delivery-Option": bringing.url + "/other"}
                answer = await partner.send(hl7(1), more=other)
                assert answer.status == 422 and b"as2.receipt-address" in answer.body
                wish = {"Receipt-Delivery-Option": bringing.url}
                answer = await partner.send(b"NOT|A|MESSAGE\r", more=wish)
                assert (answer.status, answer.body) == (200, b"")
                await until(lambda: bringing.seen, "the receipt")
                assert told(pair, bringing.seen[0])["disposition"].endswith(
                    "processed/error: unexpected-processing-error"
                )
                assert not lab.got
        await bringing.stop()

    asyncio.run(story())


# ---- what we wait for


class Bringing(Taking):
    """A partner who answers without a receipt and brings it later."""

    address = ""
    after_s = 0.05
    brought: list[int]
    times = 1

    def answer(self, seen: Seen) -> Told:
        """Take the message, and bring the receipt when the answer is out."""
        self.address = seen.headers["receipt-delivery-option"]
        self.brought = getattr(self, "brought", [])
        _, headers, body = super().answer(seen)
        if len(self.got) <= self.times:
            self._task = asyncio.create_task(self.bring(headers["content-type"], body))
        return 200, {}, b""

    async def bring(self, kind: str, body: bytes) -> None:
        """Post a receipt until it is taken."""
        async with httpx.AsyncClient(timeout=5) as client:
            await asyncio.sleep(self.after_s)
            answer = await client.post(self.address, content=body, headers={"content-type": kind})
            self.brought.append(answer.status_code)


def way(pair: Pair, url: str, timeout_s: str = "2") -> As2Outlet:
    """Return the way to a partner who brings receipts."""
    port = free_port()
    more = (
        f'mdn = "async"\nmdn_url = "http://127.0.0.1:{port}/mdn"\nmdn_listen = {{ port = {port} }}'
    )
    entries = destination_entries(pair, url, more).replace(
        "timeout_s = 2", f"timeout_s = {timeout_s}"
    )
    table = tomllib.loads(f'name = "partner"\n{entries}')
    return As2Outlet(As2Destination.model_validate(table), pair.folder, lambda: LATER)


async def tries(taking: Bringing, count: int = 1, timeout_s: str = "2") -> list[Outcome]:
    """Return what becomes of so many tries of one message."""
    await taking.peer.start()
    outlet = way(taking.pair, taking.peer.url, timeout_s)
    found = []
    try:
        for _ in range(count):
            delivery = cast(Delivery, SimpleNamespace(id="d1"))
            found.append(await outlet.send(delivery, b"ISA*SYNTH~"))
            await asyncio.sleep(0.6 if count > 1 else 0)
    finally:
        await outlet.close()
        await taking.peer.stop()
    return found


def test_a_delivery_waits_for_the_receipt_that_is_brought(tmp_path: Path) -> None:
    """AS2-13: delivered when the receipt is there, not when the post was taken."""
    taking = Bringing(Pair(tmp_path))
    (found,) = asyncio.run(tries(taking))
    assert outcome_code(found) == "accepted"
    assert taking.brought == [200]
    assert taking.got == [b"ISA*SYNTH~"]


def test_a_no_that_is_brought_is_a_no(tmp_path: Path) -> None:
    """AS2-13: sorted like one in the answer."""
    taking = Bringing(Pair(tmp_path), say="processed/error: decryption-failed")
    (found,) = asyncio.run(tries(taking))
    assert outcome_code(found) == "as2.partner-decryption-failed"


def test_a_receipt_that_comes_late_settles_the_next_try(tmp_path: Path) -> None:
    """AS2-13: it is kept for a while, and the message is not posted again."""
    taking = Bringing(Pair(tmp_path))
    taking.after_s = 0.8
    found = asyncio.run(tries(taking, 2, "0.4"))
    assert [outcome_code(each) for each in found] == ["as2.mdn-awaited", "accepted"]
    assert len(taking.got) == 1


def test_without_a_receipt_the_message_is_sent_again(tmp_path: Path) -> None:
    """AS2-13: uncertain, under the same Message-ID."""
    taking = Bringing(Pair(tmp_path))
    taking.times = 0
    found = asyncio.run(tries(taking, 2, "0.3"))
    assert [outcome_code(each) for each in found] == ["as2.mdn-awaited"] * 2
    assert {each.headers["message-id"] for each in taking.peer.seen} == {"<d1@suture>"}


def test_a_receipt_of_a_stranger_is_not_taken(tmp_path: Path) -> None:
    """AS2-13: whoever finds the address cannot say yes; nor without a signature."""

    class Stranger(Bringing):
        def receipt(self, message_id: str, over: bytes, say: str) -> Told:
            foreign = Pair(self.pair.folder)
            foreign.partner = written(self.pair.folder, "stranger")
            return Taking(foreign, is_signed=self.is_signed).receipt(message_id, over, say)

    for is_signed in (True, False):
        taking = Stranger(Pair(tmp_path), is_signed=is_signed)
        (found,) = asyncio.run(tries(taking, 1, "0.6"))
        assert outcome_code(found) == "as2.mdn-awaited"
        assert taking.brought == [422]


def test_the_entries_of_receipts_that_come_later_go_together(tmp_path: Path) -> None:
    """AS2-13: an address without a listener, or beyond this machine without TLS, is found."""
    pair = Pair(tmp_path)
    good = (
        'mdn = "async"\nmdn_url = "https://us.example/mdn"\nmdn_listen = { port = 9, host = "::" }'
    )
    table = tomllib.loads(f'name = "p"\n{destination_entries(pair, "https://a.example/", good)}')
    declared = As2Destination.model_validate(table)
    assert [code for code, _, _ in declared.wrong()] == ["flow.listen"]
    for key in ("mdn_url", "mdn_listen"):
        with pytest.raises(ValidationError, match="together with"):
            As2Destination.model_validate({k: v for k, v in table.items() if k != key})
    with contextlib.suppress(KeyError):
        del table["mdn"]
    with pytest.raises(ValidationError, match="together with"):
        As2Destination.model_validate(table)
