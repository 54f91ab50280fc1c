"""Spans of failed, slow and sampled messages, read by a collector that stands in this process.

The collector is an HTTP server that decodes OTLP with the protocol's own messages.
"""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flow_hub import arrivals, connect, flow_text, hl7, peer, running_hub, settings_in, until

from suture.assembly import traces as traces_module
from suture.assembly.hub import Hub, open_hub
from suture.assembly.settings import load_settings
from suture.core.refusal import MisconfiguredError
from suture.intelligence.spans import is_sampled, trace_of

proto = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")

ERROR = 2
"""STATUS_CODE_ERROR of OpenTelemetry."""


@dataclass
class Collector:
    """What was posted, raw and decoded."""

    port: int = 0
    status: int = 200
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def spans(self) -> list[Any]:
        """Return every span received."""
        found = []
        for body in list(self.bodies):
            request = proto.ExportTraceServiceRequest.FromString(body)
            for resource in request.resource_spans:
                named = {x.key: x.value.string_value for x in resource.resource.attributes}
                assert named == {"service.name": "suture", "suture.hub": "hub"}
                found += [span for scope in resource.scope_spans for span in scope.spans]
        return found

    def named(self, name: str) -> list[Any]:
        """Return the spans of a name."""
        return [span for span in self.spans() if span.name == name]


@contextmanager
def collector() -> Iterator[Collector]:
    """Run a collector."""
    seen = Collector()

    class Handler(BaseHTTPRequestHandler):
        """Takes traces."""

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.path == "/v1/traces"
            seen.headers.append({k.lower(): v for k, v in self.headers.items()})
            if seen.status == 200:
                seen.bodies.append(body)
            self.send_response(seen.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def traces(port: int, more: str = "") -> str:
    """Return the settings of a hub that tells this collector."""
    return f'[traces]\nendpoint = "http://127.0.0.1:{port}/v1/traces"\nlook_s = 0.1\n{more}'


def attributes(span: Any) -> dict[str, Any]:
    """Return a span's attributes."""
    return {
        x.key: x.value.int_value if x.value.HasField("int_value") else x.value.string_value
        for x in span.attributes
    }


async def is_begun(hub: Hub) -> None:
    """Wait until the hub has looked once: what was before is not told."""
    await asyncio.sleep(0.3)
    assert hub.port.pulse.slow_s is not None


def test_failed_and_slow_messages_are_told_and_others_are_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its tries and codes; nothing that a message holds is in spans or logs."""
    (tmp_path / "otel.token").write_text("synth-token\n", "ascii")
    (tmp_path / "otel.token").chmod(0o600)
    planted = ("SYNPAT", "Synth", "Anna", "19800101", "NORTH2", "MSG0000", "SYNJUNK")

    async def story(seen: Collector) -> None:
        more = 'slow_s = 1.0\ntoken_file = "otel.token"\n'
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port)}
            async with running_hub(tmp_path, flows, traces(seen.port, more)) as hub:
                await is_begun(hub)
                sender = await connect(hub, "adt")
                await sender.send(hl7(1, patient="SYNPAT1"))
                await until(lambda: len(lab.got) == 1)
                lab.delay_s = 1.3
                await sender.send(hl7(2, patient="SYNPAT2"))
                await until(lambda: seen.named("try adt.lab"), "the slow one told")
                lab.delay_s, lab.verdict = 0.0, lambda _: "AR"
                await sender.send(hl7(3, patient="SYNPAT3"))
                await (await connect(hub, "adt")).send(b"SYNJUNK")
                await until(lambda: len(seen.named("receive adt")) == 2, "the failed one told")
                await until(lambda: seen.named("refuse adt"), "the refused one told")
                await asyncio.sleep(0.3)
                first, second, third = (trace_of(one.exchange) for one in arrivals(hub))
                roots = {span.trace_id: span for span in seen.named("receive adt")}
                assert first not in roots
                assert attributes(roots[second])["suture.why"] == "slow"
                assert attributes(roots[third])["suture.why"] == "failed"
                by_trace = {span.trace_id: span for span in seen.named("deliver adt.lab")}
                assert by_trace[second].status.code != ERROR
                assert by_trace[second].parent_span_id == roots[second].span_id
                assert by_trace[third].status.code == ERROR
                assert by_trace[third].status.message == "hl7v2.ack-reject"
                [tried] = [x for x in seen.named("try adt.lab") if x.trace_id == second]
                took_s = (tried.end_time_unix_nano - tried.start_time_unix_nano) / 1e9
                assert 1.3 <= took_s < 10
                assert roots[second].end_time_unix_nano >= tried.end_time_unix_nano
                [refused] = seen.named("refuse adt")
                assert attributes(refused)["suture.code"] == "hl7v2.no-msh"
        assert all(x["authorization"] == "Bearer synth-token" for x in seen.headers)
        raw = b"".join(seen.bodies)
        said = "".join(capsys.readouterr())
        for word in planted:
            assert word.encode() not in raw
            assert word not in said

    with collector() as seen:
        asyncio.run(story(seen))


def test_a_sample_of_all_is_told(tmp_path: Path) -> None:
    """With a share of one every message is, once, though nothing was wrong with it."""

    async def story(seen: Collector) -> None:
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port)}
            settings = traces(seen.port, "sample_share = 1.0\n")
            async with running_hub(tmp_path, flows, settings) as hub:
                await is_begun(hub)
                sender = await connect(hub, "adt")
                for number in range(5):
                    await sender.send(hl7(number))
                await until(lambda: len(seen.named("receive adt")) == 5, "five told")
                await asyncio.sleep(0.4)
                roots = seen.named("receive adt")
                assert len({span.trace_id for span in roots}) == len(roots) == 5
                assert {attributes(span)["suture.why"] for span in roots} == {"sampled"}
                assert len(seen.named("deliver adt.lab")) == 5

    with collector() as seen:
        asyncio.run(story(seen))


def test_a_collector_that_is_away_or_says_no_holds_nothing_up(tmp_path: Path) -> None:
    """Messages flow on; what could not be told is left out; later ones are told."""

    async def story(seen: Collector) -> None:
        seen.status = 500
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port)}
            settings = traces(seen.port, "sample_share = 1.0\n")
            async with running_hub(tmp_path, flows, settings) as hub:
                await is_begun(hub)
                sender = await connect(hub, "adt")
                assert (await sender.send(hl7(1)))[0] == "AA"
                await until(lambda: seen.headers, "asked")
                seen.status = 200
                assert (await sender.send(hl7(2)))[0] == "AA"
                await until(lambda: seen.named("receive adt"), "told")
                await until(lambda: len(lab.got) == 2)
                second = trace_of(arrivals(hub)[1].exchange)
                assert [span.trace_id for span in seen.named("receive adt")] == [second]

    with collector() as seen:
        asyncio.run(story(seen))


def test_without_the_extra_the_start_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[traces] without the library stops the start."""
    monkeypatch.setitem(sys.modules, "opentelemetry.proto.common.v1.common_pb2", None)
    monkeypatch.delitem(sys.modules, "suture.assembly.otlp", raising=False)
    import suture.assembly

    monkeypatch.delattr(suture.assembly, "otlp", raising=False)

    async def story() -> None:
        hub = open_hub(load_settings(settings_in(tmp_path, traces(9))))
        try:
            with pytest.raises(MisconfiguredError) as caught:
                await hub.start()
            assert caught.value.code == "traces.not-installed"
        finally:
            await hub.close()

    asyncio.run(story())


def test_the_library_is_imported_only_when_it_is_used() -> None:
    """One module names it, and that one is imported by one function only."""
    source = Path(traces_module.__file__).parents[1]
    texts = {path.relative_to(source).as_posix(): path.read_text() for path in source.rglob("*.py")}
    named = {path for path, text in texts.items() if "from opentelemetry" in text}
    assert named == {"assembly/otlp.py"}
    importing = re.compile(r"^( *)from suture.assembly import otlp$|^( *).*assembly\.otlp", re.M)
    found = [(path, x[0]) for path, text in texts.items() for x in importing.findall(text)]
    assert found == [("assembly/traces.py", " " * 8)]


@pytest.mark.parametrize(
    "endpoint",
    ["http://collector.example:4318/v1/traces", "https://u:p@collector.example/", "ftp://x/"],
)
def test_an_endpoint_that_would_disclose_is_refused(tmp_path: Path, endpoint: str) -> None:
    """Plain HTTP beyond this machine, and a secret in an address."""
    path = settings_in(tmp_path, f'[traces]\nendpoint = "{endpoint}"\n')
    with pytest.raises(MisconfiguredError) as caught:
        load_settings(path)
    assert caught.value.code == "config.invalid"
    assert "u:p" not in caught.value.text


def test_a_sample_is_the_same_everywhere() -> None:
    """By the exchange alone: none, all, and about the share."""
    names = [f"01890000-0000-7000-8000-{number:012}" for number in range(2000)]
    assert not any(is_sampled(name, 0.0) for name in names)
    assert all(is_sampled(name, 1.0) for name in names)
    assert 120 < sum(is_sampled(name, 0.1) for name in names) < 280
