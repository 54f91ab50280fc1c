"""An open-loop HTTP load generator: `python -m bench.asking FILE`.

In: a file of JSON {port, token, rate, seconds, asked: [[method, path, body], ...]}. Out: one JSON
line: answers by status, latencies by the n-th kind of question. Refuses to know: what is asked. A
question is due at its own instant whatever the answers before it took, and its latency counts from
then, so that a stall is charged to every question that came due in it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

CONNECTIONS = 24
ANSWER_S_MAX = 30.0


class Asker:
    """Asks over a few kept connections, each question as soon as it is due."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self.statuses: Counter[str] = Counter()
        self.took: dict[str, list[float]] = {}
        self.next = 0
        self.began = 0.0

    async def run(self) -> dict[str, Any]:
        """Ask until the time is over; return what was seen."""
        self.began = time.perf_counter() + 0.1
        await asyncio.gather(*[self._connection() for _ in range(CONNECTIONS)])
        return {
            "seconds": time.perf_counter() - self.began,
            "statuses": dict(self.statuses),
            "took_ms": {k: sorted(v) for k, v in self.took.items()},
        }

    async def _connection(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.told["port"])
        rate, seconds = self.told["rate"], self.told["seconds"]
        while True:
            number = self.next
            self.next += 1
            due = self.began + number / rate if rate else max(self.began, time.perf_counter())
            if due > self.began + seconds:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            name, method, path, body = self.told["asked"][number % len(self.told["asked"])]
            writer.write(self._request(number, method, path, body))
            status = await asyncio.wait_for(_answer(reader), ANSWER_S_MAX)
            self.statuses[f"{name} {status}"] += 1
            self.took.setdefault(name, []).append((time.perf_counter() - due) * 1000)
        writer.close()

    def _request(self, number: int, method: str, path: str, body: Any) -> bytes:
        content = json.dumps(body).encode() if body is not None else b""
        head = (
            f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.told['port']}\r\n"
            f"authorization: Bearer {self.told['token']}\r\ncontent-type: application/json\r\n"
            f"idempotency-key: bench-{number}\r\ncontent-length: {len(content)}\r\n\r\n"
        )
        return head.encode() + content


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer; return its status."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("ascii").lower().split("\r\n")
    length = next(int(x.partition(":")[2]) for x in lines if x.startswith("content-length:"))
    await reader.readexactly(length)
    return int(lines[0].split()[1])


if __name__ == "__main__":
    import uvloop

    given = json.loads(Path(sys.argv[1]).read_bytes())
    print(json.dumps(uvloop.run(Asker(given).run())))
