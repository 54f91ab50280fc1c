"""What this process has taken and sent: metric families, and a view for `suture top`.

In: the process's pulse. Out: counters, histograms, JSON. Refuses to know: what other processes
did; each has its own door for metrics.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

from fastapi import APIRouter
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from suture.api.hub import HubPort
from suture.intelligence.lineage import Readers
from suture.orchestration.path.pulse import BOUNDS_S, Pulse, Series

_KINDS = (
    (
        "endpoint",
        "suture_received",
        "Messages answered at a door since the start, by code.",
        "suture_receive_seconds",
        "Real seconds from a message's last byte to its acknowledgement.",
    ),
    (
        "destination",
        "suture_sent",
        "Tries that ended since the start, by code.",
        "suture_delivery_seconds",
        "Business seconds from being queued to being delivered.",
    ),
)


def pulse_families(pulse: Pulse) -> Iterator[Metric]:
    """Yield counters by code and histograms of both legs."""
    for kind, count_name, count_text, time_name, time_text in _KINDS:
        counts = CounterMetricFamily(count_name, count_text, labels=[kind, "code"])
        times = HistogramMetricFamily(time_name, time_text, labels=[kind])
        for name, one in _series(pulse, kind):
            for code, count in list(one.codes.items()):
                counts.add_metric([name, code], count)
            if any(one.buckets):
                bounds = [*(str(bound) for bound in BOUNDS_S), "+Inf"]
                summed = [float(count) for count in accumulate(one.buckets)]
                times.add_metric([name], list(zip(bounds, summed, strict=True)), one.total_s)
        yield counts
        yield times


def _series(pulse: Pulse, kind: str) -> list[tuple[str, Series]]:
    of = pulse.endpoints if kind == "endpoint" else pulse.destinations
    return sorted(of.copy().items())


def at_most_s(one: Series, share: float) -> float | None:
    """Return the bound under which a share of what was timed stayed; None when there is none."""
    wanted = sum(one.buckets) * share
    for bound, count in zip(BOUNDS_S, accumulate(one.buckets), strict=False):
        if count and count >= wanted:
            return bound
    return None


def pulse_routes(hub: HubPort) -> APIRouter:
    """Return the route that reads counts and times."""
    router = APIRouter(tags=["read"])

    @router.get("/pulse", summary="What this process has taken and sent since it started")
    async def get_pulse() -> dict[str, Any]:
        def query() -> dict[str, Any]:
            flows = [one["flow"] for one in hub.running_flows()]
            names = dict.fromkeys([*flows, *(name for name, _ in _series(hub.pulse, "endpoint"))])
            with hub.tracing() as readers:
                endpoints = [_endpoint(hub, readers, name) for name in names]
            destinations = [
                {"name": name, **_counts(one)} for name, one in _series(hub.pulse, "destination")
            ]
            return {"endpoints": endpoints, "destinations": destinations}

        return {"as_of": hub.now(), **await asyncio.to_thread(query)}

    return router


def _endpoint(hub: HubPort, readers: Readers, name: str) -> dict[str, Any]:
    last = None
    for reader in (readers.clinical, readers.operations):
        last = last or next((x.received_at for x in reader.find_arrivals(1, endpoint=name)), None)
    return {"name": name, "last_at": last, **_counts(hub.pulse.endpoints.get(name) or Series())}


def _counts(one: Series) -> dict[str, Any]:
    return {
        "good": one.good,
        "bad": one.bad,
        "codes": dict(one.codes),
        "half_within_s": at_most_s(one, 0.5),
        "most_within_s": at_most_s(one, 0.95),
    }
