"""What alerts and views look at beside the record: feeds, certificates, bounds, partners.

In: settings, the flows. Out: `Watched` and partners for the doors. Refuses to know: how an alert is
judged.
"""

from __future__ import annotations

from pydantic import BaseModel

from suture.api.hub import Watched
from suture.assembly.certificates import Certificates
from suture.assembly.flows.batching import waits_at
from suture.assembly.flows.control import FlowControl
from suture.assembly.settings import HubSettings
from suture.core.clock import Clock
from suture.intelligence.alerts import Certificate
from suture.intelligence.feeds import Feed
from suture.intelligence.partners import Partner
from suture.orchestration.flows.table import Batch


def known_partners(settings: HubSettings) -> tuple[Partner, ...]:
    """Return the trading partners of the settings."""
    return tuple(Partner(one.key, one.name, one.dialect) for one in settings.supplier)


def watched(settings: HubSettings, flows: FlowControl, clock: Clock) -> Watched:
    """Return what alerts of this hub look at."""
    certificates = Certificates(settings.folder)

    def named() -> list[Certificate]:
        tables: list[tuple[str, BaseModel]] = [(x.endpoint, x) for x in settings.mllp_in]
        return certificates.look([*tables, *flows.declared().items()])

    def feeds() -> list[Feed]:
        found = [
            Feed(one.endpoint, expected)
            for one in settings.mllp_in
            if (expected := one.expectation(one.timezone)) is not None
        ]
        paused = {one["flow"] for one in flows.status() if one["paused"]}
        for name, one in flows.declared().items():
            expected = one.source.expectation()
            if expected is not None:
                found.append(Feed(name, expected, name in paused))
        return found

    def gathering() -> dict[str, Batch]:
        return {
            waits_at(name, route): route.batch
            for name, one in flows.declared().items()
            for route in one.destination
            if route.batch is not None
        }

    return Watched(
        oldest_s=settings.alerts.oldest_s,
        certificate_days=settings.alerts.certificate_days,
        started=clock.now(),
        feeds=feeds,
        certificates=named,
        gathering=gathering,
    )
