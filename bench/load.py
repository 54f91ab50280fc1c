"""A closed-loop MLLP load generator: `python -m bench.load PORT CONNECTIONS SECONDS`.

In: where to send. Out: one JSON line: acknowledged, refused, latencies, a checksum of the control
ids acknowledged. Refuses to know: what the receiver does. Each connection sends a 1.2 kB ADT, waits
for its answer, sends the next. Control ids, patients (the lane keys) and bodies vary.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

ROOT = Path(__file__).resolve().parents[1]
RUN = os.getpid()
"""Control ids of two runs differ, or the second would be a replay of the first."""
PATIENTS = 97
"""Patients per connection, so that lanes neither all collide nor all differ."""
START, END = b"\x0b", b"\x1c\r"
WORDS = [
    "ALLOGRAFT",
    "BILATERAL",
    "CEMENTED",
    "DRAPE",
    "ELECTIVE",
    "FIXATION",
    "GRASPER",
    "HEMOSTAT",
    "INLAY",
    "KIRSCHNER",
    "LATEX",
    "MEDIAL",
    "NEGATIVE",
    "OSTEOTOMY",
    "POSTERIOR",
    "RETRACTOR",
    "SUTURE",
    "TIBIAL",
    "UNILATERAL",
    "VENOUS",
]


@dataclass(frozen=True, slots=True)
class Load:
    """What the generator saw; latencies in milliseconds."""

    acked: int
    refused: int
    seconds: float
    p50_ms: float
    p99_ms: float
    checksum: int
    """Sum of the CRC-32 of every acknowledged control id."""

    @property
    def per_s(self) -> float:
        """Acknowledged messages per second."""
        return self.acked / self.seconds


def message(connection: int, number: int) -> tuple[bytes, bytes]:
    """Return the control id and an ADT^A01 of about 1.2 kB."""
    control = f"L{RUN}-{connection}-{number}"
    patient = f"SYN{connection:04d}{number % PATIENTS:03d}"
    seed = zlib.crc32(control.encode())
    notes = " ".join(WORDS[(seed >> shift) % len(WORDS)] for shift in range(24))
    text = (
        f"MSH|^~\\&|LOAD|NCH|HUB|IDN|20270104081500.{number % 10000:04d}-0600||ADT^A01^ADT_A01|"
        f"{control}|T|2.5.1\r"
        f"EVN|A01|20270104081500-0600|||9000000003^SYNTHCLERK^DELTA\r"
        f"PID|1||{patient}^^^NCH^MR~SYN{seed}^^^NCH^AN||Synthway^Ada^{number}||19580214 |F|||"
        f"{seed % 9000} SYNTH STREET^^SYNTHTON^ZZ^00000||^PRN^PH^^1^555^{seed % 10_000_000:07d}\r"
        f"NK1|1|Synthkin^Bo^{connection}|SPO^Spouse^HL70063|{number} SYNTH STREET^^SYNTHTON^ZZ\r"
        f"PV1|1|I|MAIN^OR04^^NCH||||9000000015^SYNTH^SURGEON|9000000023^SYNTH^REFERRER||SUR|||||||"
        f"9000000031^SYNTH^ADMIT|IP|SYNV{seed:010d}|SELF||||||||||||||||||||NCH|||||20270104081500\r"
        f"PV2|||M17.{number % 9}^Osteoarthritis^I10|||||20270104||1|{notes[:90]}\r"
        f"AL1|1|DA|SYN{seed % 997}^{notes[90:120]}^LOCAL|MO|{notes[120:150]}|20200102\r"
        f"DG1|1||M17.{seed % 9}^Unilateral primary osteoarthritis^I10||20270104|A\r"
        f"OBX|1|TX|NOTE^Note^LOCAL||{notes}||||||F|||20270104081500\r"
        f"OBX|2|NM|29463-7^Body weight^LN||{50 + seed % 60}|kg|||||F\r"
    )
    return control.encode(), text.encode()


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, connection: int, until: float, done: asyncio.Future[None]) -> None:
        self.connection, self.until, self.done = connection, until, done
        self.number, self.sent_at, self.buffer, self.control = 0, 0.0, b"", b""
        self.latencies: list[float] = []
        self.refused = self.checksum = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast(asyncio.Transport, transport)
        self.send()

    def send(self) -> None:
        """Send the next message, or end: nothing is left unanswered."""
        if time.perf_counter() >= self.until:
            self.transport.close()
            self.end()
            return
        self.number += 1
        self.control, content = message(self.connection, self.number)
        self.sent_at = time.perf_counter()
        self.transport.write(START + content + END)

    def data_received(self, data: bytes) -> None:
        """Take the answer."""
        self.buffer += data
        end = self.buffer.find(END)
        if end < 0:
            return
        answer, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        if b"MSA|AA|" + self.control in answer or b"MSA|CA|" + self.control in answer:
            self.latencies.append(time.perf_counter() - self.sent_at)
            self.checksum += zlib.crc32(self.control)
        else:
            self.refused += 1
        self.send()

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.end()

    def end(self) -> None:
        """Say that this connection is finished."""
        if not self.done.done():
            self.done.set_result(None)


async def drive(port: int, connections: int, seconds: float) -> Load:
    """Load a port on loopback."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    clients = [Client(n, began + seconds, loop.create_future()) for n in range(connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.wait([client.done for client in clients], timeout=seconds + 30)
    elapsed = time.perf_counter() - began
    latencies = sorted(x for client in clients for x in client.latencies) or [0.0]
    return Load(
        acked=sum(len(client.latencies) for client in clients),
        refused=sum(client.refused for client in clients),
        seconds=elapsed,
        p50_ms=latencies[len(latencies) // 2] * 1000,
        p99_ms=latencies[int(len(latencies) * 0.99)] * 1000,
        checksum=sum(client.checksum for client in clients),
    )


def run_load(port: int, connections: int, seconds: float) -> Load:
    """Run the generator as a process of its own; raises CalledProcessError when it fails."""
    words = [sys.executable, "-m", "bench.load", str(port), str(connections), str(seconds)]
    made = subprocess.run(
        words, capture_output=True, text=True, cwd=ROOT, check=True, timeout=seconds + 60
    )
    return Load(**json.loads(made.stdout))


if __name__ == "__main__":
    import uvloop

    found = uvloop.run(drive(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
    print(json.dumps(asdict(found)))
