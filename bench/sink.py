"""An MLLP sink that acknowledges everything: `python -m bench.sink`.

In: frames. Out: acknowledgements; a connection that sends the single byte `?` gets one JSON line of
counts. Refuses to know: who sends. Prints its port.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parents[1]
END = b"\x1c\r"


@dataclass(slots=True)
class Counts:
    """What has come so far."""

    received: int = 0
    unique: int = 0
    wrong: int = 0
    """Messages without the four changes of workload P1."""
    checksum: int = 0
    """Sum of the CRC-32 of every control id, each counted once."""


class Sink(asyncio.Protocol):
    """One connection; counts and seen control ids are shared."""

    def __init__(self, counts: Counts, seen: set[bytes]) -> None:
        self.counts, self.seen, self.buffer = counts, seen, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Count and answer."""
        if data == b"?":
            self.transport.write(json.dumps(asdict(self.counts)).encode() + b"\n")
            return
        self.buffer += data
        while (end := self.buffer.find(END)) >= 0:
            content, self.buffer = self.buffer[1:end], self.buffer[end + 2 :]
            self.take(content)

    def take(self, content: bytes) -> None:
        """Count one message and acknowledge it."""
        counts = self.counts
        control = content.split(b"|", 10)[9]
        counts.received += 1
        if control not in self.seen:
            self.seen.add(control)
            counts.unique += 1
            counts.checksum += zlib.crc32(control)
        counts.wrong += not is_changed(content)
        self.transport.write(
            b"\x0bMSH|^~\\&|SINK|S|HUB|H|20270104||ACK|%b|T|2.5.1\rMSA|AA|%b\r\x1c\r"
            % (control, control)
        )


def is_changed(content: bytes) -> bool:
    """Return whether MSH-3, PID-5.1, PID-7 and PV1-50 are as `bench.steps` leaves them."""
    return (
        content.startswith(b"MSH|^~\\&|SUTURE|")
        and b"||SYNTHWAY^Ada^" in content
        and b"|19580214|F|" in content
        and b"|OR4\r" in content
    )


async def main() -> None:
    """Listen for ever."""
    counts, seen = Counts(), set[bytes]()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(counts, seen), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


def ask(port: int) -> Counts:
    """Return what a sink has received."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as link:
        link.sendall(b"?")
        return Counts(**json.loads(link.makefile().readline()))


@contextmanager
def sink() -> Iterator[int]:
    """Run a sink as a process of its own and give its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sink"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.terminate()
        process.wait(10)


if __name__ == "__main__":
    import uvloop

    uvloop.run(main())
