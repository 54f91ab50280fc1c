"""P2: MLLP in, durable, acknowledged: ingest alone, beside the same hub without durability.

In: a folder, seconds, numbers of connections. Out: figures. Refuses to know: how they are shown.
The messages are ADT, which mean nothing to supply: they are stored and filtered.
"""

from __future__ import annotations

from pathlib import Path

from bench.figure import Figure, Measured, Series
from bench.hub_process import HubProcess, running
from bench.load import run_load

MLLP_IN = '[[mllp_in]]\nendpoint = "in"\nfacility = "NCH"\ntimezone = "America/Chicago"\nport = 0\n'


def run(
    folder: Path, seconds: float = 3.0, connections: tuple[int, ...] = (1, 64, 256)
) -> Measured:
    """Load both hubs in turns of `seconds`, once for each number of connections."""
    durable = HubProcess(folder / "durable", "durable = true\n" + MLLP_IN)
    loose = HubProcess(folder / "loose", "durable = false\n" + MLLP_IN)
    figures: list[Figure] = []
    points: list[tuple[float, float]] = []
    with running(durable, loose):
        for count in connections:
            before = durable.cpu_s()
            found = run_load(durable.ports["in"], count, seconds)
            cpu_us = (durable.cpu_s() - before) / max(1, found.acked) * 1e6
            other = run_load(loose.ports["in"], count, seconds)
            text = f"{count} connections"
            figures += [
                Figure(f"P2.per_s_{count}", f"ingest, {text}", found.per_s, "msg/s"),
                Figure(f"P2.p99_ms_{count}", f"p99, {text}", found.p99_ms, "ms"),
                Figure(f"P2.cpu_us_{count}", f"hub CPU, {text}", cpu_us, "us/message"),
                Figure(
                    f"P2.durable_ratio_{count}",
                    f"durable / not durable, {text}",
                    found.per_s / max(1.0, other.per_s),
                    "",
                ),
            ]
            points.append((count, cpu_us))
    series = Series("P2.cpu_us", "connections", "hub CPU us/message", tuple(points))
    return Measured(tuple(figures), (series,))
