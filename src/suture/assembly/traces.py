"""Tells a collector what became of messages that failed, were slow, or are of the sample.

In: notes of this process, rows that are settled. Out: requests to the collector. Refuses to know:
content; it is never waited for. What cannot be told is left out and counted: the journal has it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType

import structlog

from suture.api.hub import HubPort
from suture.assembly.secret import read_secret
from suture.assembly.settings import TracesTable
from suture.connectivity.tls import TlsSettings
from suture.connectivity.transports.http import HttpCaller, HttpRequest, HttpResponse
from suture.core.refusal import MisconfiguredError
from suture.intelligence.spans import (
    BAD_ARRIVALS,
    Span,
    ToWall,
    is_sampled,
    message_of,
    span_of_refusal,
    spans_of,
)
from suture.journal.contract import Journal, Reader

log = structlog.get_logger("suture.traces")

MESSAGES_MAX = 200
"""Told in one look; more are left out."""
HEADINGS_MAX = 1000
"""Arrivals of one zone looked at in one look."""
REFUSALS_MAX = 100
TIMEOUT_S = 5.0
SETTLE_LOOKS = 2.0
"""Looks that an arrival is left alone before its state is read: by then it is decided."""

Told = dict[tuple[str, str], str]
"""(zone, exchange) -> why it is told."""


@dataclass
class Traces:
    """What one process tells."""

    port: HubPort
    table: TracesTable
    to_wall: ToWall
    _encode: Callable[[list[Span], str], bytes] = field(init=False)
    _caller: HttpCaller = field(init=False)
    _headers: tuple[tuple[str, str], ...] = field(init=False, repr=False)
    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Zone -> last arrival and last refusal looked at."""

    def __post_init__(self) -> None:
        """Read secret and certificate; raises MisconfiguredError of them and of a missing extra."""
        protocol = _protocol()
        self._encode = protocol.request_of
        tls = TlsSettings(server_ca=self.table.ca) if self.table.ca is not None else None
        self._caller = HttpCaller(tls=tls, connections_max=1)
        headers = [("content-type", protocol.CONTENT_TYPE)]
        if self.table.token_file is not None:
            token = read_secret(self.table.token_file)
            headers.append(("authorization", f"Bearer {token}"))
        self._headers = tuple(headers)
        self.port.pulse.slow_s = self.table.slow_s

    async def look(self, *, reads_arrivals: bool) -> int:
        """Tell what there is to tell; return how many messages and refusals were told."""
        noted = self.port.pulse.take_notes()
        count, spans = await asyncio.to_thread(self._spans, noted, reads_arrivals)
        if not spans:
            return 0
        body = self._encode(spans, self.port.name)
        answer = await self._caller.call(
            HttpRequest("POST", self.table.endpoint, self._headers, body, TIMEOUT_S)
        )
        if isinstance(answer, HttpResponse) and 200 <= answer.status < 300:
            return count
        code = f"http.{answer.status}" if isinstance(answer, HttpResponse) else answer.code
        log.warning("traces.left-out", code=code, messages=count)
        return 0

    async def close(self) -> None:
        """Let go of the connection."""
        await self._caller.close()

    def _spans(self, noted: Told, reads_arrivals: bool) -> tuple[int, list[Span]]:
        zones = {"clinical": self.port.clinical, "operations": self.port.operations}
        told, spans = dict(noted), list[Span]()
        for zone, journal in zones.items() if reads_arrivals else ():
            spans += self._of_arrivals(zone, journal, told)
        count = len(spans)
        if len(told) > MESSAGES_MAX:
            log.warning(
                "traces.left-out", code="traces.too-many", messages=len(told) - MESSAGES_MAX
            )
        with self.port.tracing() as readers:
            of: dict[str, Reader] = {"clinical": readers.clinical, "operations": readers.operations}
            for (zone, exchange), why in list(told.items())[:MESSAGES_MAX]:
                message = message_of(zone, of[zone], readers.operations, exchange)
                if message is not None:
                    spans += spans_of(message, why, self.to_wall)
                    count += 1
        return count, spans

    def _of_arrivals(self, zone: str, journal: Journal, told: Told) -> list[Span]:
        """Add failed and sampled arrivals to what is told; return what was refused."""
        with journal.read() as reader:
            seen = self._seen.get(zone)
            newest = next((one.seq for one in reader.recent_arrivals(1)), 0)
            refused = reader.refusals(REFUSALS_MAX)
            if seen is None:
                last = refused[0].seq if refused else 0
                self._seen[zone] = (newest, last)
                return []
            after = max(seen[0], newest - HEADINGS_MAX)
            rows = reader.find_arrivals(HEADINGS_MAX, after=after)[::-1]
        last = after
        wait = timedelta(seconds=self.table.look_s * SETTLE_LOOKS)
        until = self.port.clock.wall() - wait
        for one in rows:
            if self.to_wall(one.received_at) > until:
                break
            last = one.seq
            if one.state in BAD_ARRIVALS:
                told[zone, one.exchange] = "failed"
            elif is_sampled(one.exchange, self.table.sample_share):
                told.setdefault((zone, one.exchange), "sampled")
        news = [one for one in refused if one.seq > seen[1]]
        self._seen[zone] = (last, refused[0].seq if refused else seen[1])
        return [span_of_refusal(zone, one, self.to_wall) for one in news]


def _protocol() -> ModuleType:
    try:
        from suture.assembly import otlp
    except ImportError:
        raise MisconfiguredError(
            "traces.not-installed", "[traces] needs: pip install 'suture[otel]'"
        ) from None
    return otlp


def traces_of(port: HubPort, table: TracesTable | None, to_wall: ToWall) -> Traces | None:
    """Return what tells, None when no collector is named."""
    return None if table is None else Traces(port, table, to_wall)
