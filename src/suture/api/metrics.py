"""`/metrics` in the Prometheus text format: counts and ages, never content.

In: health, lanes, alerts, the process's pulse. Out: the exposition. Refuses to know: labels beyond
zone, endpoint, destination, state, rule and code, which come from configuration and closed sets,
never from messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from suture.api.pulse import pulse_families
from suture.intelligence.view import Health, Looked
from suture.orchestration.path.pulse import Pulse

__all__ = ["CONTENT_TYPE_LATEST", "exposition"]


class _HealthCollector(Collector):
    """Turns one health view into metric families."""

    def __init__(self, view: Callable[[], Looked]) -> None:
        self._view = view

    def collect(self) -> Iterator[Metric]:
        seen = self._view()
        health = seen.health
        yield GaugeMetricFamily(
            "suture_events_undecided", "Events that wait for DECIDE.", health.undecided
        )
        yield GaugeMetricFamily(
            "suture_event_oldest_seconds",
            "Business age of the oldest event that waits.",
            health.oldest_undecided_s,
        )
        size = GaugeMetricFamily("suture_store_bytes", "Bytes of a store.", labels=["zone"])
        takes = GaugeMetricFamily(
            "suture_store_accepting", "1 while the store takes messages.", labels=["zone"]
        )
        for zone in health.zones:
            size.add_metric([zone["zone"]], zone["size_bytes"])
            takes.add_metric([zone["zone"]], 1 if zone["is_accepting"] else 0)
        yield size
        yield takes
        lanes = GaugeMetricFamily(
            "suture_deliveries", "Deliveries by state.", labels=["destination", "state"]
        )
        for name, count in health.deliveries.items():
            destination, _, state = name.rpartition("/")
            lanes.add_metric([destination, state], count)
        yield lanes
        yield from _of_flows(health)
        yield from _of_lanes(seen)


def _of_flows(health: Health) -> Iterator[Metric]:
    """Yield what the operator paused, and which destinations do not answer."""
    labels = ["flow", "destination"]
    paused = GaugeMetricFamily(
        "suture_destination_paused", "1 while the operator lets nothing be sent.", labels=labels
    )
    broken = GaugeMetricFamily(
        "suture_destination_circuit_open",
        "1 while a destination is left alone because it failed again and again.",
        labels=labels,
    )
    running = GaugeMetricFamily(
        "suture_flow_running", "1 for each flow that runs.", labels=["flow", "version"]
    )
    for flow in health.flows:
        running.add_metric([flow["flow"], flow["version"]], 1)
        for one in flow["destinations"]:
            paused.add_metric([flow["flow"], one["name"]], int(one["paused"]))
            broken.add_metric([flow["flow"], one["name"]], int(one["circuit_open"]))
    yield running
    yield paused
    yield broken


def _of_lanes(seen: Looked) -> Iterator[Metric]:
    """Yield what waits for each destination, and what an operator should look at."""
    labels = ["zone", "destination"]
    waiting = GaugeMetricFamily(
        "suture_lane_waiting", "Deliveries that wait or are on the wire.", labels=labels
    )
    oldest = GaugeMetricFamily(
        "suture_lane_oldest_seconds", "Business age of the oldest of them.", labels=labels
    )
    for lane in seen.lanes:
        at = lane.oldest
        age_s = (seen.health.as_of - at).total_seconds() if at is not None else 0.0
        waiting.add_metric([lane.zone, lane.destination], lane.waiting + lane.sending)
        oldest.add_metric([lane.zone, lane.destination], age_s)
    yield waiting
    yield oldest
    raised = GaugeMetricFamily(
        "suture_alert", "1 for each alert that holds.", labels=["rule", *labels, "level"]
    )
    for one in seen.alerts:
        raised.add_metric([one.rule, one.zone, one.destination, one.level], 1)
    yield raised


class _PulseCollector(Collector):
    """Turns what this process counted into metric families."""

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse

    def collect(self) -> Iterator[Metric]:
        yield from pulse_families(self._pulse)


def exposition(view: Callable[[], Looked], pulse: Pulse) -> bytes:
    """Return the metrics of now."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_HealthCollector(view))
    registry.register(_PulseCollector(pulse))
    return generate_latest(registry)
