"""MLLP over real sockets on loopback: order, limits, half frames, slow and absent peers, TLS."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from suture.connectivity.tls import TlsSettings
from suture.connectivity.transports.mllp import (
    Inbound,
    MllpListener,
    MllpListenerSettings,
    MllpSender,
)
from suture.connectivity.transports.result import NotSent, Replied, Unanswered
from suture.core.refusal import MisconfiguredError

LOOPS: dict[str, Callable[[], Any]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


@pytest.fixture(params=sorted(LOOPS))
def run(request: pytest.FixtureRequest) -> Callable[[Awaitable[Any]], Any]:
    """Run a coroutine on either event loop."""

    def go(work: Any) -> Any:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            return runner.run(work)

    return go


async def echo(inbound: Inbound) -> bytes | None:
    """Answer with the content, or the fault's code."""
    return b"ACK " + (inbound.fault.encode() if inbound.fault else inbound.content)


async def listening(receiver: Any = echo, **settings: Any) -> tuple[MllpListener, str, int]:
    """Start a listener."""
    listener = MllpListener(MllpListenerSettings(endpoint="in", **settings), receiver)
    host, port = await listener.start()
    return listener, host, port


async def read_frames(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    """Read frames."""
    return [(await reader.readuntil(b"\x1c\r"))[1:-2] for _ in range(count)]


def test_one_message_one_answer(run: Any) -> None:
    """The receiver sees endpoint and content; the sender gets exactly one answer."""
    seen: list[Inbound] = []

    async def receive(inbound: Inbound) -> bytes:
        seen.append(inbound)
        return b"AA"

    async def scenario() -> None:
        listener, host, port = await listening(receive)
        sender = MllpSender(host, port)
        assert await sender.send(b"MSH|1", 2) == Replied(b"AA")
        assert await sender.send(b"MSH|2", 2) == Replied(b"AA")
        await sender.close()
        await listener.close(1.0)

    run(scenario())
    assert [(x.endpoint, x.content, x.fault) for x in seen] == [
        ("in", b"MSH|1", None),
        ("in", b"MSH|2", None),
    ]


def test_answers_keep_the_order_of_arrival(run: Any) -> None:
    """A receiver that answers out of order does not mix up the wire."""

    async def receive(inbound: Inbound) -> bytes:
        await asyncio.sleep(0.15 if inbound.content == b"slow" else 0)
        return inbound.content

    async def scenario() -> list[bytes]:
        listener, host, port = await listening(receive)
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"\x0bslow\x1c\r\x0bfast\x1c\r\x0blast\x1c\r")
        found = await asyncio.wait_for(read_frames(reader, 3), 3)
        writer.close()
        await listener.close(1.0)
        return found

    assert run(scenario()) == [b"slow", b"fast", b"last"]


def test_many_frames_in_flight_are_bounded_and_all_answered(run: Any) -> None:
    """Back-pressure: never more than the bound at once, none lost."""
    now, most = 0, 0

    async def receive(inbound: Inbound) -> bytes:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.002)
        now -= 1
        return inbound.content

    async def scenario() -> list[bytes]:
        listener, host, port = await listening(receive, in_flight_max=8)
        reader, writer = await asyncio.open_connection(host, port)
        for n in range(200):
            writer.write(b"\x0b%d\x1c\r" % n)
        found = await asyncio.wait_for(read_frames(reader, 200), 10)
        writer.close()
        await listener.close(1.0)
        return found

    assert run(scenario()) == [b"%d" % n for n in range(200)]
    assert most <= 8


def test_a_half_frame_is_never_delivered(run: Any) -> None:
    """A peer that goes away in the middle leaves nothing behind; the next peer is served."""
    seen: list[bytes] = []

    async def receive(inbound: Inbound) -> bytes:
        if inbound.fault is None:
            seen.append(inbound.content)
        return b"AA"

    async def scenario() -> None:
        listener, host, port = await listening(receive)
        _, writer = await asyncio.open_connection(host, port)
        writer.write(b"\x0bMSH|half")
        await writer.drain()
        writer.close()
        sender = MllpSender(host, port)
        assert await sender.send(b"MSH|whole", 2) == Replied(b"AA")
        await sender.close()
        await listener.close(1.0)

    run(scenario())
    assert seen == [b"MSH|whole"]


def test_an_oversize_frame_is_handed_over_as_a_fault(run: Any) -> None:
    """The receiver decides on the negative answer; the connection goes on."""

    async def scenario() -> list[bytes]:
        listener, host, port = await listening(frame_bytes_max=1000)
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"\x0b" + b"x" * 5000 + b"\x1c\r\x0bok\x1c\r")
        found = await asyncio.wait_for(read_frames(reader, 2), 3)
        writer.close()
        await listener.close(1.0)
        return found

    assert run(scenario()) == [b"ACK mllp.frame-too-large", b"ACK ok"]


def test_an_idle_connection_is_closed(run: Any) -> None:
    """A silent peer, or one that sends half a frame for ever, does not hold a connection."""

    async def scenario() -> bytes:
        listener, host, port = await listening(idle_timeout_s=0.2)
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"\x0bhalf")
        rest = await asyncio.wait_for(reader.read(), 3)
        writer.close()
        await listener.close(1.0)
        return rest

    assert run(scenario()) == b""


def test_a_receiver_that_fails_gives_no_answer(run: Any) -> None:
    """An answer is never invented: the connection ends and the sender knows nothing."""

    async def receive(inbound: Inbound) -> bytes:
        raise RuntimeError("store is gone")

    async def scenario() -> object:
        listener, host, port = await listening(receive)
        sender = MllpSender(host, port)
        found = await sender.send(b"MSH|1", 2)
        await sender.close()
        await listener.close(1.0)
        return found

    assert isinstance(run(scenario()), Unanswered)


def test_connections_are_bounded(run: Any) -> None:
    """One too many is closed at once; the others are served."""

    async def scenario() -> tuple[bytes, list[bytes]]:
        listener, host, port = await listening(connections_max=1)
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"\x0bone\x1c\r")
        first = await asyncio.wait_for(read_frames(reader, 1), 2)
        other, second = await asyncio.open_connection(host, port)
        refused = await asyncio.wait_for(other.read(), 2)
        for each in (writer, second):
            each.close()
        await listener.close(1.0)
        return refused, first

    assert run(scenario()) == (b"", [b"ACK one"])


def test_nobody_listening_is_provably_not_sent(run: Any) -> None:
    """Repeating is safe: no byte left this machine."""

    async def scenario() -> object:
        listener, host, port = await listening()
        await listener.close(1.0)
        return await MllpSender(host, port).send(b"MSH|1", 2)

    assert isinstance(run(scenario()), NotSent)


def test_a_late_answer_is_never_taken_for_the_next_one(run: Any) -> None:
    """After a time-out the connection is dropped; the next message gets its own answer."""

    async def receive(inbound: Inbound) -> bytes:
        if inbound.content == b"slow":
            await asyncio.sleep(0.4)
        return b"for " + inbound.content

    async def scenario() -> tuple[object, object]:
        listener, host, port = await listening(receive)
        sender = MllpSender(host, port)
        late = await sender.send(b"slow", 0.1)
        await asyncio.sleep(0.5)
        own = await sender.send(b"next", 2)
        await sender.close()
        await listener.close(1.0)
        return late, own

    late, own = run(scenario())
    assert isinstance(late, Unanswered)
    assert own == Replied(b"for next")


def test_beyond_loopback_demands_tls_and_client_certificates() -> None:
    """Loopback by default; anything else needs both, and says what to do."""
    with pytest.raises(MisconfiguredError, match=r"listen\.tls-required"):
        asyncio.run(MllpListener(MllpListenerSettings(endpoint="in", host="0.0.0.0"), echo).start())
    settings = MllpListenerSettings(endpoint="in", host="0.0.0.0", tls=TlsSettings())
    with pytest.raises(MisconfiguredError, match=r"listen\.authentication-required"):
        asyncio.run(MllpListener(settings, echo).start())


def certificate(folder: Path, name: str, issuer: tuple[Any, Any] | None) -> tuple[Any, Any]:
    """Write `name`.pem and `name`.key, signed by the issuer or by itself; return (cert, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
    )
    made = builder.sign(issuer[1] if issuer else key, hashes.SHA256())
    (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / f"{name}.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return made, key


def test_mutual_tls_lets_only_a_known_client_in(run: Any, tmp_path: Path) -> None:
    """With the CA's certificate a client is served; without one it is not."""
    authority = certificate(tmp_path, "ca", None)
    for name in ("server", "client"):
        certificate(tmp_path, name, authority)
    ca = tmp_path / "ca.pem"

    async def scenario() -> tuple[object, object]:
        listener, host, port = await listening(
            tls=TlsSettings(
                certificate=tmp_path / "server.pem", key=tmp_path / "server.key", client_ca=ca
            )
        )
        known = MllpSender(
            host,
            port,
            tls=TlsSettings(
                certificate=tmp_path / "client.pem", key=tmp_path / "client.key", server_ca=ca
            ),
        )
        stranger = MllpSender(host, port, tls=TlsSettings(server_ca=ca))
        good = await known.send(b"MSH|1", 3)
        bad = await stranger.send(b"MSH|1", 3)
        await known.close()
        await stranger.close()
        await listener.close(1.0)
        return good, bad

    good, bad = run(scenario())
    assert good == Replied(b"ACK MSH|1")
    assert isinstance(bad, NotSent | Unanswered)
