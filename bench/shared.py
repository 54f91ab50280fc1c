"""P7: workload P1 on PostgreSQL: one process alone, then a listener with one, two and four workers.

In: a folder, seconds. Out: figures, throughput and CPU against workers. Refuses to know: how they
are shown. The server is the development wheel's, without fsync: what is compared is the number of
processes, not a disk. It, the hub's processes, the load and the sink share this machine's cores.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.postgres_server import new_schema, postgres_server

from bench.figure import Figure, Measured, Series
from bench.hub_process import HubProcess, free_port, running
from bench.load import Load, run_load
from bench.relayed import FLOW
from bench.sink import Counts, ask, sink
from suture.assembly.flows.store import deploy
from suture.orchestration.flows.bundle import read_bundle

WORKERS = (1, 2, 4)
CONNECTIONS = 64
DRAIN_S_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One set of processes under load."""

    load: Load
    seconds: float
    """From the first message to the last delivery."""
    cpu_s: float
    counts: Counts

    @property
    def per_s(self) -> float:
        """Messages a second, delivery included."""
        return self.load.acked / self.seconds

    @property
    def cpu_us(self) -> float:
        """CPU of all processes of the hub per message."""
        return self.cpu_s / max(1, self.load.acked) * 1e6

    @property
    def not_once(self) -> int:
        """Messages not delivered exactly once."""
        return abs(self.load.acked - self.counts.unique) + (
            self.counts.received - self.counts.unique
        )


def run(folder: Path, seconds: float = 4.0) -> Measured:
    """Measure each set of processes, one after the other."""
    alone = turn(folder / "alone", ("",), seconds)
    shared = {n: turn(folder / f"w{n}", ("listen", *["work"] * n), seconds) for n in WORKERS}
    lost = alone.not_once + sum(each.not_once for each in shared.values())
    figures = [
        Figure("P7.alone_per_s", "one process, delivery included", alone.per_s, "msg/s"),
        Figure("P7.alone_cpu_us", "hub CPU, one process", alone.cpu_us, "us/message"),
        Figure("P7.alone_p99_ms", "acknowledgement p99, one process", alone.load.p99_ms, "ms"),
    ]
    for count, each in shared.items():
        text = f"listener and {count} workers"
        figures += [
            Figure(f"P7.per_s_{count}", f"{text}, delivery included", each.per_s, "msg/s"),
            Figure(f"P7.cpu_us_{count}", f"hub CPU, {text}", each.cpu_us, "us/message"),
        ]
    most = shared[WORKERS[-1]].per_s / shared[WORKERS[0]].per_s
    figures += [
        Figure("P7.ratio", f"{WORKERS[-1]} workers / {WORKERS[0]}", most, ""),
        Figure("P7.not_once", "not delivered exactly once", lost, "messages"),
    ]
    points = tuple((float(count), each.cpu_us) for count, each in shared.items())
    return Measured(tuple(figures), (Series("P7.cpu_us", "workers", "CPU us/message", points),))


def turn(folder: Path, roles: Sequence[str], seconds: float) -> Turn:
    """Run one set of processes on a pair of schemas of its own."""
    url, schema = postgres_server().url(), new_schema()
    stores = "".join(
        f'[store.{zone}]\nurl = "{url}"\ntables_in = "{schema}_{zone}"\n'
        for zone in ("clinical", "operations")
    )
    port = free_port()
    declared = folder / "flows" / "p1"
    declared.mkdir(parents=True)
    with sink() as there, ExitStack() as stack:
        text = FLOW.format(port=there).replace("port = 0", f"port = {port}", 1)
        (declared / "flow.toml").write_text(text, "utf-8")
        deploy(folder / "stores", [read_bundle(declared)])
        hubs = [HubProcess(folder, stores, role=role) for role in roles]
        stack.enter_context(running(*hubs))
        before = sum(hub.cpu_s() for hub in hubs)
        began = time.monotonic()
        load = run_load(port, CONNECTIONS, seconds)
        while ask(there).unique < load.acked and time.monotonic() - began < DRAIN_S_MAX:
            time.sleep(0.05)
        lasted = time.monotonic() - began
        cpu_s = sum(hub.cpu_s() for hub in hubs) - before
        return Turn(load, lasted, cpu_s, ask(there))
