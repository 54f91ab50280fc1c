"""P1S: what a message costs as destinations and flows grow.

In: a folder. Out: CPU per delivery for 1 to 500 destinations of one flow, CPU per message for 1 to
1,000 flows, and what deploying and starting so many takes. Refuses to know: how figures are shown.
Messages go in over one connection; the load is small, for the question is how cost grows.
"""

from __future__ import annotations

import socket
import time
from pathlib import Path

from bench.figure import Figure, Measured, Series
from bench.hub_process import HubProcess, running
from bench.load import END, START, message
from bench.sink import ask, sink
from suture.assembly.flows.store import deploy
from suture.orchestration.flows.bundle import read_bundle
from suture.orchestration.flows.lint import lint

DESTINATIONS = (1, 10, 100, 500)
FLOWS = (1, 10, 100, 1_000)
DELIVERIES = 4_000
"""Of each size: as many messages as make so many deliveries, four at least."""
MESSAGES = 1_000
DRAIN_S_MAX = 120.0

HEAD = """\
description = "workload P1S"
owner = "bench"
[source]
connector = "mllp"
port = 0
[[step]]
call = "bench.steps:p1"
"""
DESTINATION = """
[[destination]]
name = "d{number}"
connector = "mllp"
host = "127.0.0.1"
port = {port}
connections = 1
"""


def run(folder: Path) -> Measured:
    """Measure both axes."""
    fan = [destinations(folder / f"d{count}", count) for count in DESTINATIONS]
    many = [flows(folder / f"f{count}", count) for count in FLOWS]
    lost = sum(each[1] for each in fan) + sum(each[3] for each in many)
    cpu, deploy_s, start_s, _ = many[-1]
    most, least = FLOWS[-1], FLOWS[0]
    wide, narrow = DESTINATIONS[-1], DESTINATIONS[0]
    ratio = fan[-1][0] / fan[0][0]
    figures = (
        Figure("P1S.fan_cpu_us", f"CPU, {wide} destinations", fan[-1][0], "us/delivery"),
        Figure("P1S.fan_ratio", f"the same / {narrow} destination", ratio, ""),
        Figure("P1S.flows_cpu_us", f"CPU, {most:,} flows", cpu, "us/message"),
        Figure("P1S.flows_ratio", f"the same / {least} flow", cpu / many[0][0], ""),
        Figure("P1S.deploy_s", f"lint and deploy {most:,} flows", deploy_s, "s"),
        Figure("P1S.start_s", f"hub started with {most:,} flows", start_s, "s"),
        Figure("P1S.not_once", "not delivered exactly once", lost, "messages"),
    )
    return Measured(
        figures,
        (
            _series("P1S.fan_cpu_us", "destinations", "CPU us/delivery", DESTINATIONS, fan, 0),
            _series("P1S.flows_cpu_us", "flows", "CPU us/message", FLOWS, many, 0),
            _series("P1S.deploy_s", "flows", "s to deploy", FLOWS, many, 1),
            _series("P1S.start_s", "flows", "s to start", FLOWS, many, 2),
        ),
    )


def _series(
    key: str,
    size: str,
    cost: str,
    sizes: tuple[int, ...],
    rows: list[tuple[float, ...]],
    column: int,
) -> Series:
    points = tuple((float(n), row[column]) for n, row in zip(sizes, rows, strict=True))
    return Series(key, size, cost, points)


def destinations(folder: Path, count: int) -> tuple[float, ...]:
    """Return CPU microseconds per delivery, and how many messages did not come exactly once."""
    sent = max(4, DELIVERIES // count)
    with sink() as port:
        text = HEAD + "".join(DESTINATION.format(number=n, port=port) for n in range(count))
        _put(folder, {"fan": text})
        hub = HubProcess(folder)
        with running(hub):
            before = hub.cpu_s()
            give(hub.ports["fan"], sent)
            received = _arrived(port, sent * count)
            used = hub.cpu_s() - before
        counts = ask(port)
    lost = abs(sent - counts.unique) + abs(received - sent * count)
    return used / (sent * count) * 1e6, lost


def flows(folder: Path, count: int) -> tuple[float, ...]:
    """Return CPU microseconds per message, seconds to deploy and to start, messages astray."""
    with sink() as port:
        text = HEAD + DESTINATION.format(number=0, port=port)
        deploy_s = _put(folder, {f"f{n}": text for n in range(count)})
        hub = HubProcess(folder)
        with running(hub):
            time.sleep(1.0)  # what the start left over is done first
            before = hub.cpu_s()
            give(hub.ports["f0"], MESSAGES)
            received = _arrived(port, MESSAGES)
            used = hub.cpu_s() - before
        return used / MESSAGES * 1e6, deploy_s, hub.started_s, abs(received - MESSAGES)


def _put(folder: Path, texts: dict[str, str]) -> float:
    """Write, lint and deploy flows; return the seconds of linting and deploying."""
    for name, text in texts.items():
        (folder / "flows" / name).mkdir(parents=True)
        (folder / "flows" / name / "flow.toml").write_text(text, "utf-8")
    began = time.perf_counter()
    linted = lint([read_bundle(folder / "flows" / name) for name in texts])
    if not linted.is_sound:
        raise RuntimeError(linted.findings[0].describe())
    deploy(folder / "stores", [flow.bundle for flow in linted.flows])
    return time.perf_counter() - began


def give(port: int, count: int) -> None:
    """Send messages over one connection; raises RuntimeError for one that is not accepted."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as link:
        for number in range(count):
            link.sendall(START + message(0, number)[1] + END)
            answer = b""
            while END not in answer:
                answer += link.recv(4096)
            if b"MSA|AA|" not in answer:
                raise RuntimeError("a message was not accepted")


def _arrived(port: int, wanted: int) -> int:
    """Wait for deliveries; return how many came."""
    end = time.monotonic() + DRAIN_S_MAX
    while (got := ask(port).received) < wanted and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)  # one too many would come now
    return max(got, ask(port).received)
