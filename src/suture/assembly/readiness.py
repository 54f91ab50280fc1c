"""Whether a process can do its part now.

In: its role, its stores, what listens. Out: troubles by code. Refuses to know: HTTP. One flow that
is closed is no trouble of the whole process: an alert says so, and the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from suture.api.health import Trouble
from suture.api.hub import HubPort
from suture.assembly.flows.connectors.opening import is_listener
from suture.assembly.flows.control import FlowControl
from suture.assembly.roles import Role
from suture.assembly.settings import HubSettings

OURS = frozenset({"console", "partners", "health"})
"""Doors that take no feed."""


def troubles_of(
    settings: HubSettings,
    port: HubPort,
    flows: FlowControl,
    role: Role,
    addresses: Mapping[str, object],
) -> Iterator[Trouble]:
    """Yield why this process cannot do its part; raises OSError when a store does not answer."""
    for journal in (port.clinical, port.operations):
        if not journal.is_current:
            yield Trouble("store.superseded", f"{journal.zone}: another process has taken over")
    for store in port.stores():
        if role.listens and not store.is_accepting:
            yield Trouble("store.low-space", f"{store.zone}: takes no messages")
    is_open = bool(set(addresses) - OURS or flows.addresses)
    if role.listens and not is_open and _should_listen(settings, flows):
        yield Trouble("listen.none", "no listener of a feed is open")


def _should_listen(settings: HubSettings, flows: FlowControl) -> bool:
    paused = {one["flow"] for one in flows.status() if one["paused"]}
    open_flows = (
        name not in paused and is_listener(one.source) for name, one in flows.declared().items()
    )
    return bool(settings.mllp_in) or any(open_flows)
