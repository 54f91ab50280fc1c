"""The flows of a hub at work: loaded, changed while they run, their lanes carried.

In: sound flows, the clinical door. Out: messages delivered; what the operator sees and stops.
Refuses to know: stores' files, settings. One loop carries all lanes: destinations with news are
looked at when told, all of them now and then, so that five hundred quiet ones cost nothing.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from suture.assembly.flows.as_is import AsIs
from suture.assembly.flows.batching import Batcher
from suture.assembly.flows.connectors.ends import OpenSource, Outlet
from suture.assembly.flows.connectors.opening import (
    is_listener,
    is_reader,
    is_same_way,
    open_outlet,
    open_source,
    owed_outlets,
)
from suture.assembly.flows.door import FlowDoor, Pending, filtered_code
from suture.assembly.flows.kept import Kept, keep_stages
from suture.assembly.flows.pauses import keep_paused, paused_names
from suture.assembly.flows.store import loaded
from suture.assembly.roles import ALONE, Role
from suture.core.outcome import Accepted, Misconfigured, Outcome, Refused, Unavailable
from suture.core.refusal import MisconfiguredError, RefusalError, StoreFullError
from suture.governance.seal import SealError
from suture.journal.contract import JournalUnreachableError, Tx
from suture.journal.record import ArrivalState, Delivery, DeliveryState
from suture.orchestration.flows.declaration import Source
from suture.orchestration.flows.perform import PERFORM, Flow
from suture.orchestration.path.deliver import Deliverer, not_current
from suture.orchestration.path.receive import Door
from suture.orchestration.path.traffic import Traffic, Treatment

log = structlog.get_logger("suture.flow")

UNDER_WAY_MAX = 256
"""Deliveries of all flows on the wire at once: bounds sockets and memory."""
PLACES_PER_CONNECTION = 2
"""Claimed per connection: the next one is at hand when an answer comes."""
IDLE_S = 0.25
"""Longest sleep of the loop: how late a repetition may be."""
ERROR_PAUSE_S = 1.0
CLOSE_S = 2.0
"""How long a hub that stops waits for answers; what was not answered is repeated later."""
LOOK_SHARED_S = 0.1
"""How often a listener looks whether another process has delivered what a sender waits for."""


@dataclass
class _Running:
    """One flow that runs."""

    door: FlowDoor
    source: OpenSource | None = None
    outlets: dict[str, Outlet] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The flow's version."""
        return self.door.flow.bundle.version


class FlowRuntime:
    """All flows of one hub."""

    def __init__(self, door: Door, base: Path, role: Role = ALONE) -> None:
        self._door = door
        self._base = base
        self._role = role
        self._running: dict[str, _Running] = {}
        self._outlets: dict[str, Outlet] = {}
        self._pending: Pending = {}
        self._kept = Kept(door)
        self._adapters: dict[str, Any] = {}
        self.traffic = Traffic(pulse=door.pulse)
        self._deliverer = Deliverer(
            door.journal, door.sealer, door.clock, self._adapters, self._not_used, self.traffic
        )
        self._hot: set[str] = set()
        self._wake = asyncio.Event()
        self._stop = asyncio.Event()
        self._leaving: set[asyncio.Task[None]] = set()
        self._loading = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._told = ""

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where the flows listen, by flow."""
        found = {
            name: one.source.address
            for name, one in self._running.items()
            if one.source is not None
        }
        return {name: address for name, address in found.items() if address is not None}

    # ---- life

    async def start(self, flows: Sequence[Flow]) -> None:
        """Settle what a dead process left on the wire, open the flows, carry their lanes."""
        if self._role.works:
            await self._deliverer.recover()
        self.traffic.paused |= await asyncio.to_thread(paused_names, self._door.journal)
        await self.load(flows)
        if self._role.works:
            self._tasks.append(asyncio.create_task(self._carry_lanes(), name="flows"))
            batcher = Batcher(self._door, self._kept, self._deliverer)
            forming = batcher.run(self._stop, self._flows, self.wake)
            self._tasks.append(asyncio.create_task(forming, name="batches"))

    def _flows(self) -> list[Flow]:
        return [one.door.flow for one in self._running.values()]

    async def tend(self) -> None:
        """Do what one of several processes does now and then.

        Give out what fenced ones had claimed, pause what was paused elsewhere, take over sources
        that one process reads for all, tell which flows run here.
        """
        if self._role.works and await self._deliverer.recover_lost():
            self._hot |= self._adapters.keys()
            self._wake.set()
        async with self._loading:
            paused = await asyncio.to_thread(paused_names, self._door.journal)
            changed = self.traffic.paused ^ paused
            self.traffic.paused.clear()
            self.traffic.paused |= paused
            for name in changed & self._running.keys() | await self._free_sources():
                await self._tend_source(name, self._running[name])
        told = " ".join(sorted(f"{x.door.name}={x.version}" for x in self._running.values()))
        if told != self._told:
            await self._door.journal.submit(lambda tx: tx.tell_flows(told))
            self._told = told

    async def _free_sources(self) -> set[str]:
        """Return the flows whose source this process reads from now on."""
        names = [
            name
            for name, one in self._running.items()
            if one.source is None
            and self._role.works
            and name not in self.traffic.paused
            and is_reader(one.door.flow.declared.source)
        ]
        if not names:
            return set()
        return await self._door.journal.submit(lambda tx: self._taken(tx, names))

    def _taken(self, tx: Tx, names: Iterable[str]) -> set[str]:
        return {name for name in names if tx.take_duty(f"source/{name}")}

    async def _tend_source(self, name: str, one: _Running) -> None:
        try:
            await self._pause_source(one, is_paused=name in self.traffic.paused)
        except MisconfiguredError as error:
            log.error("flow.source-failed", flow=name, code=error.code)

    async def close(self) -> None:
        """Close sources first, then the lanes, then the outlets."""
        for one in self._running.values():
            if one.source is not None:
                await one.source.close()
        self._stop.set()
        self._wake.set()
        await asyncio.gather(*self._tasks)
        self._leave(self._outlets.values())
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=CLOSE_S)

    # ---- loading

    async def load(self, flows: Sequence[Flow], kept: AbstractSet[str] = frozenset()) -> list[str]:
        """Run these flows and those of `kept` that run; return what changed, in words.

        A flow whose source is declared as before keeps its listener and connections. One that
        cannot be opened leaves what ran before: raises MisconfiguredError after the others.
        """
        async with self._loading:
            said: list[str] = []
            failed: MisconfiguredError | None = None
            wanted = {flow.name: flow for flow in flows}
            for name in sorted(set(self._running) - set(wanted) - kept):
                await self._end(name)
                said.append(f"{name}: removed")
            for name, flow in sorted(wanted.items()):
                try:
                    changed = await self._put(flow)
                except MisconfiguredError as error:
                    log.error("flow.not-loaded", flow=name, code=error.code)
                    failed = failed or MisconfiguredError(error.code, f"{name}: {error.text}")
                    continue
                if changed:
                    said.append(f"{name}: {changed}")
            if failed is not None:
                raise failed
            return said

    async def _put(self, flow: Flow) -> str:
        old = self._running.get(flow.name)
        if old is not None and old.door.flow.bundle.version == flow.bundle.version:
            return ""
        known = {r.name: r for r in old.door.flow.declared.destination} if old is not None else {}
        outlets: dict[str, Outlet] = {}
        for route in flow.declared.destination:
            where, before = f"{flow.name}.{route.name}", known.get(route.name)
            if old is not None and before is not None and is_same_way(before, route):
                outlets[where] = old.outlets[where]
            else:
                outlets[where] = open_outlet(
                    route, self._base, flow.name, self._hand_over, self._door.clock.wall
                )
        wall = self._door.clock.wall
        outlets |= owed_outlets(flow.declared.source, self._base, flow.name, wall)
        if old is None:
            door = FlowDoor(flow, self._door, self._kept, self.wake, self._pending)
            door.look_s = LOOK_SHARED_S if self._role.is_shared else door.look_s
            made = _Running(door)
            made.source = await self._open_source(flow.declared.source, made.door)
            self._running[flow.name] = made
        else:
            await self._change_source(old, flow)
            old.door.flow = flow
        await self._use(self._running[flow.name], flow, outlets)
        await self._door.journal.submit(functools.partial(self._note, flow))
        version = flow.bundle.version
        return f"version {version}" if old is None else f"changed to version {version}"

    def _note(self, flow: Flow, tx: Tx) -> None:
        """Keep from when on which version of a flow worked: its messages can be followed again."""
        now = self._door.clock.now()
        tx.append(loaded(flow.bundle, now), now)

    async def _change_source(self, one: _Running, flow: Flow) -> None:
        """Open a source that is declared otherwise; the old one stays when that fails."""
        before = one.door.flow.declared.source
        if before.is_same(flow.declared.source):
            return
        old, one.source = one.source, None
        if old is not None:
            await old.close()
        try:
            one.source = await self._open_source(flow.declared.source, one.door)
        except MisconfiguredError:
            one.source = await self._open_source(before, one.door)
            raise

    async def _open_source(self, declared: Source, door: FlowDoor) -> OpenSource | None:
        """Open a source, unless it is paused, or another process's part."""
        if door.name in self.traffic.paused:
            return None
        if is_listener(declared):
            if not self._role.listens:
                return None
        elif is_reader(declared):
            names = (door.name,)
            if not self._role.works:
                return None
            if not await self._door.journal.submit(lambda tx: self._taken(tx, names)):
                return None
        return await open_source(declared, door, self._base, is_shared=self._role.is_shared)

    async def _use(self, one: _Running, flow: Flow, outlets: dict[str, Outlet]) -> None:
        """Carry the lanes by these outlets from now on."""
        old, one.outlets = one.outlets, outlets
        for where in old:
            self._outlets.pop(where, None)
            self._adapters.pop(where, None)
        for route in flow.declared.destination:
            where = f"{flow.name}.{route.name}"
            self.traffic.treatments[where] = Treatment(
                places=PLACES_PER_CONNECTION * route.connections,
                rate_per_s=route.rate_per_s,
                first_s=route.retry.first_s,
                longest_s=route.retry.longest_s,
                give_up_after_s=route.retry.give_up_after_s,
            )
        self._outlets |= outlets
        own = f"{flow.name}.{PERFORM}"
        self._adapters |= dict.fromkeys((*outlets, own), AsIs())
        self._leave(outlet for where, outlet in old.items() if outlets.get(where) is not outlet)
        self._hot |= {*outlets, own}
        self._wake.set()

    async def _end(self, name: str) -> None:
        one = self._running.pop(name)
        if one.source is not None:
            await one.source.close()
        for where in one.outlets:
            self._outlets.pop(where, None)
            self._adapters.pop(where, None)
        self._leave(one.outlets.values())
        self._adapters.pop(f"{name}.{PERFORM}", None)

    def _leave(self, outlets: Iterable[Outlet]) -> None:
        """Close outlets that are no longer used, when what is on their wire has been answered."""
        for outlet in outlets:
            task = asyncio.create_task(outlet.close())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    # ---- lanes

    def wake(self, destination: str) -> None:
        """Say that a destination has work."""
        self._hot.add(destination)
        self._wake.set()

    async def _carry_lanes(self) -> None:
        under_way: set[asyncio.Task[None]] = set()

        def ended(task: asyncio.Task[None]) -> None:
            under_way.discard(task)
            if not task.cancelled() and task.exception() is not None:
                log.error("flow.carry-failed", error=type(task.exception()).__name__)
            self._wake.set()

        while not self._stop.is_set():
            self._wake.clear()
            room = UNDER_WAY_MAX - len(under_way)
            looked, self._hot = self._hot & self._adapters.keys(), set()
            try:
                claimed = await self._deliverer.claim(room, sorted(looked)) if room else []
            except (OSError, RuntimeError) as error:
                log.error("flow.claim-failed", error=type(error).__name__)
                await asyncio.sleep(ERROR_PAUSE_S)
                self._hot |= looked
                continue
            for delivery in claimed:
                self._hot.add(delivery.destination)
                task = asyncio.create_task(self._carry(delivery))
                under_way.add(task)
                task.add_done_callback(ended)
            if room and len(claimed) >= room:
                self._hot |= looked
            if not claimed and not await self._sleep():
                self._hot |= self._adapters.keys()
        if under_way:
            await asyncio.wait(under_way, timeout=5)

    async def _sleep(self) -> bool:
        """Wait for news; False when there was none."""
        try:
            await asyncio.wait_for(self._wake.wait(), IDLE_S)
        except TimeoutError:
            return False
        return True

    async def _carry(self, delivery: Delivery) -> None:
        name, _, destination = delivery.destination.partition(".")
        if destination == PERFORM:
            state = await self._perform(delivery, self._running[name].door)
        else:
            state = await self._deliverer.carry_by(delivery, self._send(delivery))
        self._hot.add(delivery.destination)
        if state is not DeliveryState.WAITING:
            waiting = self._pending.pop(delivery.id, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(state)

    async def _send(self, delivery: Delivery) -> Outcome:
        outlet = self._outlets.get(delivery.destination)
        if outlet is None:
            return Unavailable("flow.removed", "the flow was taken away while this waited")
        if not self._door.journal.is_current:
            return await not_current()
        try:
            content = await self._kept.content(delivery)
        except (SealError, RefusalError) as error:
            return Misconfigured(error.code, error.text)
        except JournalUnreachableError:
            return Unavailable("store.unreachable", "what was received could not be read now")
        return await outlet.send(delivery, content)

    async def _perform(self, delivery: Delivery, door: FlowDoor) -> DeliveryState:
        """Make of a kept message what the flow makes of it, and queue it, in one transaction."""
        outcome: Outcome
        try:
            made, flow, arrival = await door.performed(delivery)
        except RefusalError as refusal:
            outcome = Refused(refusal.code, refusal.text)
        except JournalUnreachableError:
            outcome = Unavailable("store.unreachable", "what was received could not be read now")
        else:
            control_id = arrival.control_id
            origin = f"/{delivery.id[-12:]}"
            stages = self._kept.stages(arrival.exchange, made)
            queued = door.deliveries(flow, arrival.exchange, control_id, made, origin)
            outcome = Accepted({"queued": str(len(queued))})
        self._deliverer.over(delivery, outcome)
        wall = self._door.clock.wall()

        def unit(tx: Tx) -> DeliveryState:
            if isinstance(outcome, Accepted):
                keep_stages(tx, stages)
                for each in queued:
                    tx.enqueue(each, wall)
                state = ArrivalState.FILTERED if filtered_code(made) else ArrivalState.TRANSLATED
                tx.settle_arrival(arrival.seq, state, filtered_code(made))
            return self._deliverer.settle(tx, delivery, outcome)

        state = await self._door.journal.submit(unit)
        if isinstance(outcome, Accepted):
            for each in queued:
                self.wake(each.destination)
        return state

    async def _hand_over(self, name: str, peer: str, content: bytes) -> Outcome:
        one = self._running.get(name)
        if one is None:
            return Unavailable("flow.removed", "the flow is not there")
        if name in self.traffic.paused:
            return Unavailable("flow.paused", "the operator lets it take nothing")
        try:
            taken = await one.door.take(peer, content)
        except StoreFullError as full:
            return Unavailable(full.code)
        except RefusalError as refusal:
            return Refused(refusal.code, refusal.text)
        return Accepted({"exchange": taken.exchange})

    async def _not_used(self, destination: str, kind: str, content: bytes, id: str) -> Outcome:
        return Misconfigured("flow.no-exchange", "a flow is carried by its outlets")

    # ---- the operator

    async def replay(self, exchange: str) -> str:
        """Give a kept message to its flow again, as the flow is now; return the flow's name.

        Raises RefusalError `flow.arrival-gone`, `flow.unknown`.
        """
        arrival = await asyncio.to_thread(self._kept.arrival, exchange)
        one = self._running.get(arrival.endpoint)
        if one is None:
            raise RefusalError("flow.unknown", "no running flow took this message")
        content = self._door.open_arrival(arrival.exchange, arrival.content, arrival.key_id)
        await self._door.journal.submit(lambda tx: one.door.replay(tx, arrival, content))
        self.wake(f"{arrival.endpoint}.{PERFORM}")
        return arrival.endpoint

    async def pause(self, name: str, *, is_paused: bool) -> None:
        """Stop or go on taking (`FLOW`) or sending (`FLOW.DESTINATION`); kept over restarts.

        Raises RefusalError `destination.unknown`, MisconfiguredError of a source that cannot open.
        """
        if name not in self._adapters and name not in self._running:
            raise RefusalError("destination.unknown", "no flow or destination has this name")
        async with self._loading:
            change = self.traffic.paused.add if is_paused else self.traffic.paused.discard
            change(name)
            await self._door.journal.submit(lambda tx: keep_paused(tx, name, is_paused=is_paused))
            one = self._running.get(name)
            if one is not None:
                await self._pause_source(one, is_paused=is_paused)
        self.wake(name)

    async def _pause_source(self, one: _Running, *, is_paused: bool) -> None:
        if is_paused and one.source is not None:
            source, one.source = one.source, None
            await source.close()
        elif not is_paused and one.source is None:
            one.source = await self._open_source(one.door.flow.declared.source, one.door)

    def status(self) -> list[dict[str, Any]]:
        """Return the running flows: version, source, destinations with their circuit and pause."""
        return [self._status(name, one) for name, one in sorted(self._running.items())]

    def _status(self, name: str, one: _Running) -> dict[str, Any]:
        now_s, declared = self._door.clock.monotonic(), one.door.flow.declared
        address = one.source.address if one.source is not None else None
        ends = [
            {
                "name": where,
                "paused": where in self.traffic.paused,
                "circuit_open": self.traffic.is_open(where, now_s),
            }
            for where in one.outlets
        ]
        return {
            "flow": name,
            "version": one.version,
            "address": address,
            "ack": declared.ack,
            "description": declared.description,
            "owner": declared.owner,
            "paused": name in self.traffic.paused,
            "destinations": ends,
        }
