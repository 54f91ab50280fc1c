"""P1: MLLP in, stored, four edits, MLLP out; acknowledged when stored and queued.

In: a folder, seconds, connections. Out: figures. Refuses to know: how they are shown. Two hubs, one
durable and one not, take turns in one run: their ratio is what durability costs on this disk.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

from bench.figure import Figure, Measured
from bench.hub_process import HubProcess, running
from bench.load import Load, run_load
from bench.machine import Yardstick, sync_ms
from bench.sink import Counts, ask, sink
from suture.assembly.flows.store import deploy
from suture.journal.sqlite import open_sqlite
from suture.orchestration.flows.bundle import read_bundle

ROUNDS = 2
"""Turns of each hub."""
DRAIN_S_MAX = 30.0
"""How long after the load the last delivery may come."""


@dataclass
class Side:
    """One hub with its sink, and what its turns gave."""

    hub: HubProcess
    sink_port: int
    loads: list[Load] = field(default_factory=list)
    cpu_s: float = 0.0
    drain_s: float = 0.0

    @property
    def acked(self) -> int:
        """Messages acknowledged so far."""
        return sum(each.acked for each in self.loads)

    def turn(self, connections: int, seconds: float) -> None:
        """Load the hub and wait until everything it acknowledged is delivered."""
        before = self.hub.cpu_s()
        self.loads.append(run_load(self.hub.ports["p1"], connections, seconds))
        began = time.monotonic()
        while ask(self.sink_port).unique < self.acked:
            if time.monotonic() - began > DRAIN_S_MAX:
                break
            time.sleep(0.05)
        self.drain_s = max(self.drain_s, time.monotonic() - began)
        self.cpu_s += self.hub.cpu_s() - before

    def per_s(self) -> float:
        """Return acknowledged messages per second over all turns."""
        return self.acked / sum(each.seconds for each in self.loads)

    def cpu_us(self) -> float:
        """Return the hub's CPU per message, delivery included."""
        return self.cpu_s / max(1, self.acked) * 1e6


FLOW = """\
description = "workload P1"
owner = "bench"
[source]
connector = "mllp"
port = 0
[[step]]
call = "bench.steps:p1"
[[destination]]
name = "sink"
connector = "mllp"
host = "127.0.0.1"
port = {port}
connections = 16
"""
"""The flow of the workload; 16 connections: more do not help a peer that answers one by one."""


def with_flow(folder: Path, sink_port: int, *, durable: bool) -> HubProcess:
    """Return a hub with one flow deployed."""
    declared = folder / "flows" / "p1"
    declared.mkdir(parents=True)
    (declared / "flow.toml").write_text(FLOW.format(port=sink_port), "utf-8")
    deploy(folder / "stores", [read_bundle(declared)])
    return HubProcess(folder, f"durable = {str(durable).lower()}\n")


def run(folder: Path, seconds: float = 4.0, connections: int = 64) -> Measured:
    """Run both hubs in turns of `seconds`."""
    with sink() as first, sink() as second, Yardstick() as yardstick:
        durable = Side(with_flow(folder / "durable", first, durable=True), first)
        loose = Side(with_flow(folder / "loose", second, durable=False), second)
        with running(durable.hub, loose.hub):
            for _ in range(ROUNDS):
                durable.turn(connections, seconds)
                sync = sync_ms(folder)
                loose.turn(connections, seconds)
            counts = ask(first)
    growth = durable.hub.store_bytes("clinical") - empty_store_bytes(folder)
    return Measured(_figures(durable, loose, counts, growth, (*sync, yardstick.median_us())))


def _figures(
    durable: Side, loose: Side, counts: Counts, growth: int, beside: tuple[float, float, float]
) -> tuple[Figure, ...]:
    sums = sum(each.checksum for each in durable.loads)
    # Every acknowledged control id at the sink, and nothing twice.
    not_once = abs(durable.acked - counts.unique) + counts.received - counts.unique
    if not not_once and sums != counts.checksum:
        not_once = 1
    worst = max(durable.loads, key=lambda each: each.p99_ms)
    return (
        Figure("P1.cpu_us", "hub CPU, delivery included", durable.cpu_us(), "us/message"),
        Figure("P1.loose_cpu_us", "the same, not durable", loose.cpu_us(), "us/message"),
        Figure("P1.yardstick_us", "yardstick during the run", beside[2], "us"),
        Figure("P1.per_s", "acknowledged, 64 connections", durable.per_s(), "msg/s"),
        Figure("P1.loose_per_s", "the same, not durable", loose.per_s(), "msg/s"),
        Figure("P1.durable_ratio", "durable / not durable", durable.per_s() / loose.per_s(), ""),
        Figure("P1.p50_ms", "acknowledgement p50", worst.p50_ms, "ms"),
        Figure("P1.p99_ms", "acknowledgement p99", worst.p99_ms, "ms"),
        Figure("P1.sync_p50_ms", "fdatasync of this disk p50", beside[0], "ms"),
        Figure("P1.sync_p99_ms", "fdatasync of this disk p99", beside[1], "ms"),
        Figure("P1.growth_kb", "store after checkpoint", growth / durable.acked / 1000, "kB/msg"),
        Figure("P1.drain_s", "last delivery after last ack", durable.drain_s, "s"),
        Figure("P1.not_once", "not delivered exactly once", not_once, "messages"),
        Figure("P1.wrong", "delivered without the changes", counts.wrong, "messages"),
    )


def empty_store_bytes(folder: Path) -> int:
    """Return the size of a clinical store that holds nothing."""
    path = folder / "empty.db"
    open_sqlite(path, zone="clinical").close()
    return path.stat().st_size
