"""The running hub: stores opened, doors listening, loops turning.

In: settings. Out: a process that takes messages and does the work. Refuses to know: decisions.
Loops: WORK crosses, translates and decides; DELIVER claims lanes; POLL asks the ERP for changes.
Each loop wakes on a signal and, to be safe, on a short interval.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import hashlib
import os
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from starlette.types import ASGIApp

from suture.api.app import make_api
from suture.api.health import Trouble, health_routes, make_health
from suture.api.hub import HubPort
from suture.assembly.core import HubCore, Parties, build_core, publish_items, store_master
from suture.assembly.executor import Executor
from suture.assembly.flows.control import FlowControl
from suture.assembly.flows.counting import count_answer
from suture.assembly.flows.kept import blind_entry
from suture.assembly.poll import ErpPoller
from suture.assembly.readiness import troubles_of
from suture.assembly.receivers import PartnerDoors
from suture.assembly.retention import Retention, terms_of
from suture.assembly.roles import ALONE, Role
from suture.assembly.settings import HubSettings, MllpInTable
from suture.assembly.stores import open_stores
from suture.assembly.traces import Traces, traces_of
from suture.assembly.watch import Watch
from suture.assembly.watching import known_partners, watched
from suture.connectivity.server import HttpServer
from suture.connectivity.tls import TlsSettings
from suture.connectivity.transports.mllp import Inbound, MllpListener, MllpListenerSettings
from suture.connectivity.transports.partner import partner_app
from suture.console.guard import Guard
from suture.console.mount import mount_console
from suture.core.clock import SystemClock
from suture.core.ids import Entropy, SystemEntropy
from suture.core.refusal import MisconfiguredError
from suture.documents.from_hl7v2 import SiteProfile
from suture.governance.pack import pack_folder
from suture.governance.policy import load_policies
from suture.governance.seal import load_keyring
from suture.journal.contract import Journal, JournalFailedError
from suture.journal.record import Delivery
from suture.orchestration.path.deliver import CLAIM_MAX
from suture.orchestration.path.receive import receive_hl7

log = structlog.get_logger("suture.hub")

TEND_S = 1.0
"""How often one of several processes looks after the others."""
IDLE_S = 0.25
"""Longest sleep of a loop: bounds the lateness of timers and of a missed signal."""
ERROR_PAUSE_S = 1.0
"""Pause after a loop's failure, so that a broken store does not spin."""


@dataclass
class Hub:
    """A hub that is, or will be, running."""

    settings: HubSettings
    core: HubCore
    clinical: Journal
    operations: Journal
    port: HubPort
    executor: Executor
    flows: FlowControl
    retention: Retention
    role: Role = ALONE
    addresses: dict[str, tuple[str, int]] = field(default_factory=dict)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    _work: asyncio.Event = field(default_factory=asyncio.Event)
    _lanes: asyncio.Event = field(default_factory=asyncio.Event)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def start(self) -> None:
        """Recover, listen, and start the loops; returns when every door is open."""
        if self.role.works:
            await self.core.deliverer.recover()
        for table in self.settings.mllp_in if self.role.listens else ():
            await self._listen_mllp(table, self.core)
        await self.flows.start()
        self.addresses |= self.flows.addresses
        if self.role.listens:
            await self._serve("partners", self._partner_app(), self.settings.partners.port)
        if self.role.serves:
            await self._serve("console", self._console_app(), self.settings.console.port)
            kept = self.settings.data / "console.port"
            await asyncio.to_thread(kept.write_text, str(self.addresses["console"][1]), "ascii")
        if not self.role.serves:
            door = Guard(make_health(self.port, self._troubles))
            await self._serve("health", door, self._health_port())
            kept = self.settings.data / f"health-{self.role.name}.port"
            await asyncio.to_thread(kept.write_text, str(self.addresses["health"][1]), "ascii")
        if self.role.is_shared:
            self._spawn("tend", self._tend_loop)
        self._spawn("stores", self._guard_stores)
        if self.role.works:
            self._spawn("retention", lambda: self.retention.tend(self._stop, self._is_ours))
        if self.role.works:
            self._start_work()
        if self.role.listens or self.role.works:
            self._spawn("watch", self._watch_loop)
            self._start_traces()

    def _start_work(self) -> None:
        self._spawn("work", self._work_loop)
        self._spawn("deliver", self._deliver_loop)
        if self.settings.erp is not None:
            erp = self.settings.erp
            time = self.core.engine.policies.time
            poller = ErpPoller(self.core.operations, self.executor, erp.poll_s, time)
            self._spawn("poll", lambda: self._poll_loop(poller))

    def _start_traces(self) -> None:
        business = self.settings.business_time()
        traces = traces_of(self.port, self.settings.traces, business.wall_at)
        if traces is not None:
            self._spawn("traces", lambda: self._trace_loop(traces))
            self._closers.append(traces.close)

    def _spawn(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        async def guarded() -> None:
            await work()

        self._tasks.append(asyncio.create_task(guarded(), name=name))

    async def _listen_mllp(self, table: MllpInTable, core: HubCore) -> None:
        async def take(inbound: Inbound) -> bytes | None:
            began_s = core.clock.monotonic()
            answer = await receive_hl7(
                core.clinical,
                inbound.endpoint,
                inbound.peer,
                inbound.content,
                inbound.fault or "",
            )
            self._work.set()
            count_answer(core.clinical, inbound.endpoint, began_s, answer)
            return answer

        await self._open_listener(table.endpoint, table, take)

    async def _open_listener(
        self,
        name: str,
        table: MllpInTable,
        take: Callable[[Inbound], Awaitable[bytes | None]],
    ) -> None:
        tls = None
        if table.tls is not None:
            tls = TlsSettings(
                certificate=table.tls.certificate,
                key=table.tls.key,
                client_ca=table.tls.client_ca,
            )
        listener = MllpListener(
            MllpListenerSettings(
                endpoint=name,
                host=table.host,
                port=table.port,
                frame_bytes_max=table.frame_bytes_max,
                connections_max=table.connections_max,
                idle_timeout_s=table.idle_timeout_s,
                tls=tls,
                is_shared=self.role.is_shared,
            ),
            take,
        )
        self.addresses[name] = await listener.start()
        self._closers.append(lambda: listener.close(2.0))

    def _partner_app(self) -> ASGIApp:
        doors = PartnerDoors(self.core.operations, self.settings, self._work.set)
        return partner_app(doors.doors(), doors.receive, doors.audit)

    def _health_port(self) -> int:
        table = self.settings.health
        return table.listen_port if self.role.listens else table.work_port

    def _troubles(self) -> list[Trouble]:
        if self._stop.is_set():
            return [Trouble("hub.stopping", "the process ends")]
        parts = (self.settings, self.port, self.flows, self.role, self.addresses)
        return list(troubles_of(*parts))

    def _console_app(self) -> ASGIApp:
        app = make_api(dataclasses.replace(self.port, nudge=self._work.set))
        app.include_router(health_routes(self.port, self._troubles))
        mount_console(app, self.port)
        return app

    async def _serve(self, name: str, app: ASGIApp, port: int) -> None:
        tables = {"console": self.settings.console, "partners": self.settings.partners}
        host = tables[name].host if name in tables else self.settings.health.host
        is_shared = self.role.is_shared and name == "partners"
        server = HttpServer(app, host=host, port=port, is_shared=is_shared)
        self.addresses[name] = await server.start()
        self._closers.append(server.close)

    # ---- loops

    async def _tend_loop(self) -> None:
        """One of several processes: look after what the others left, changed or paused."""
        while not self._stop.is_set():
            try:
                if self.role.works and await self.core.deliverer.recover_lost():
                    self._lanes.set()
                await self.flows.tend()
                self.addresses |= self.flows.addresses
            except (OSError, RuntimeError, MisconfiguredError) as error:
                log.error("tend.failed", error=type(error).__name__)
            await self._sleep(self._stop, TEND_S)

    async def _guard_stores(self) -> None:
        """End the hub when a store takes no more units: whoever watches starts it anew."""
        while not self._stop.is_set():
            for journal in (self.clinical, self.operations):
                if journal.failure is not None:
                    raise journal.failure
            await self._sleep(self._stop, IDLE_S)

    async def _is_ours(self, duty: str) -> bool:
        """Return whether this process does what one of several does."""
        if not self.role.is_shared:
            return True
        return await self.core.operations.journal.submit(lambda tx: tx.take_duty(duty))

    async def _work_loop(self) -> None:
        while not self._stop.is_set():
            self._work.clear()
            try:
                if not await self._is_ours("work"):
                    await self._sleep(self._stop, TEND_S)
                    continue
                done = await self.core.work()
                pause_s = IDLE_S if done else self._until_next_timer()
            except (OSError, RuntimeError, MisconfiguredError) as error:
                code = error.code if isinstance(error, MisconfiguredError) else ""
                log.error("work.failed", error=type(error).__name__, code=code)
                await asyncio.sleep(ERROR_PAUSE_S)
                continue
            if done:
                self._lanes.set()
                continue
            await self._sleep(self._work, pause_s)

    def _until_next_timer(self) -> float:
        due = self.core.next_due()
        if due is None:
            return IDLE_S
        business = due - self.core.clock.now()
        return min(IDLE_S, max(0.0, self.settings.business_time().wall_seconds(business)))

    async def _deliver_loop(self) -> None:
        deliverer = self.core.deliverer
        await self._lane_loop(deliverer.claim, deliverer.carry, self._lanes, self._work)

    async def _lane_loop(
        self,
        claim: Callable[[int], Awaitable[list[Delivery]]],
        carry: Callable[[Delivery], Coroutine[None, None, None]],
        wake: asyncio.Event,
        then: asyncio.Event | None,
    ) -> None:
        """Keep the lanes busy; `then` is woken by every outcome."""
        under_way: set[asyncio.Task[None]] = set()

        def ended(task: asyncio.Task[None]) -> None:
            under_way.discard(task)
            wake.set()
            if then is not None:
                then.set()
            if not task.cancelled() and task.exception() is not None:
                log.error("deliver.failed", error=type(task.exception()).__name__)

        while not self._stop.is_set():
            wake.clear()
            room = CLAIM_MAX - len(under_way)
            try:
                claimed = await claim(room) if room > 0 else []
            except (OSError, RuntimeError) as error:
                log.error("claim.failed", error=type(error).__name__)
                await asyncio.sleep(ERROR_PAUSE_S)
                continue
            for delivery in claimed:
                task = asyncio.create_task(carry(delivery))
                under_way.add(task)
                task.add_done_callback(ended)
            if not claimed:
                await self._sleep(wake, IDLE_S)
        if under_way:
            await asyncio.wait(under_way, timeout=5)

    async def _poll_loop(self, poller: ErpPoller) -> None:
        while not self._stop.is_set():
            try:
                count = await poller.poll() if await self._is_ours("poll") else 0
            except (OSError, RuntimeError) as error:
                log.error("poll.failed", error=type(error).__name__)
                count = 0
            if count:
                self._work.set()
                continue
            await self._sleep(self._stop, poller.interval_s)

    async def _watch_loop(self) -> None:
        watch = Watch(self.port, self.settings.alerts, self.role)
        while not self._stop.is_set():
            try:
                await watch.look(judges_all=self.role.works and await self._is_ours("alerts"))
            except (OSError, RuntimeError) as error:
                log.error("watch.failed", error=type(error).__name__)
            await self._sleep(self._stop, self.settings.alerts.look_s)

    async def _trace_loop(self, traces: Traces) -> None:
        while not self._stop.is_set():
            try:
                is_ours = self.role.works and await self._is_ours("traces")
                await traces.look(reads_arrivals=is_ours)
            except (OSError, RuntimeError) as error:
                log.error("traces.failed", error=type(error).__name__)
            await self._sleep(self._stop, traces.table.look_s)

    async def _sleep(self, wake: asyncio.Event, seconds: float) -> None:
        try:
            await asyncio.wait_for(wake.wait(), seconds)
        except TimeoutError:
            pass

    async def run_until_stopped(self) -> None:
        """Wait for `stop`, or raise what ended a loop."""
        stopper = asyncio.create_task(self._stop.wait())
        done, _ = await asyncio.wait([stopper, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task is not stopper and task.exception() is not None:
                self._stop.set()
                raise task.exception()  # type: ignore[misc]

    def stop(self) -> None:
        """Ask the hub to stop taking, finish what is on the wire, and close."""
        self._stop.set()
        self._work.set()
        self._lanes.set()

    async def close(self) -> None:
        """Close doors first, then loops, then stores."""
        self.stop()
        for closer in self._closers:
            await closer()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=10)
        for task in self._tasks:
            task.cancel()
        try:
            await self.flows.close()
        except JournalFailedError as error:
            log.error("close.failed", code=error.code)
        await self.executor.close()
        await asyncio.to_thread(self.operations.close)
        await asyncio.to_thread(self.clinical.close)


def open_hub(settings: HubSettings, entropy: Entropy | None = None, role: Role = ALONE) -> Hub:
    """Open stores and build the hub or the part of it that `role` says; nothing listens yet.

    Raises MisconfiguredError with what to do: keys, policies, stores, settings.
    """
    entropy = entropy or SystemEntropy()
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = SystemClock(settings.business_time())
    ring = load_keyring(settings.key_file, os.environ)
    policies = load_policies([pack_folder("default") / "policy", *settings.policies])
    clinical, operations = open_stores(settings, role.name)
    executor = Executor(settings)
    core = build_core(
        clinical=clinical,
        operations=operations,
        ring=ring,
        clock=clock,
        entropy=entropy,
        policies=policies,
        parties=_parties(settings, executor),
        execute=executor.execute,
    )
    if settings.master is not None and role.works:
        changed, problems = store_master(core, settings.master)
        publish_items(core)
        log.info("master.loaded", changed=changed, problems=len(problems))
    flows = FlowControl(core.clinical, settings.data, settings.folder, role)
    retention = Retention(
        journals=(clinical, operations),
        clock=clock,
        entropy=entropy,
        terms=functools.partial(terms_of, settings),
    )
    port = _port(settings, core, flows, retention, entropy)
    return Hub(
        settings=settings,
        core=core,
        clinical=clinical,
        operations=operations,
        port=port,
        executor=executor,
        flows=flows,
        retention=retention,
        role=role,
    )


def _parties(settings: HubSettings, executor: Executor) -> Parties:
    """Return who the hub talks to."""
    return Parties(
        sites=_sites(settings),
        partners=executor.partners,
        adapters=executor.adapters,
        suppliers=tuple(t.key for t in settings.supplier),
    )


def _port(
    settings: HubSettings,
    core: HubCore,
    flows: FlowControl,
    retention: Retention,
    entropy: Entropy,
) -> HubPort:
    """Return what the doors see of the hub."""
    return HubPort(
        clinical=core.clinical.journal,
        operations=core.operations.journal,
        clock=core.clock,
        name=settings.name,
        timezone=settings.mllp_in[0].timezone if settings.mllp_in else "UTC",
        token=_api_token(settings.data / "api.token", entropy),
        flows=flows,
        retention=retention,
        blind=functools.partial(blind_entry, core.clinical.sealer),
        watched=watched(settings, flows, core.clock),
        pulse=core.clinical.pulse,
        partners=known_partners(settings),
        policies=core.engine.policies,
        triggers=core.crossing.triggers,
    )


def _sites(settings: HubSettings) -> dict[str, SiteProfile]:
    """Return the profile of every endpoint, and of every sending facility it serves."""
    sites: dict[str, SiteProfile] = {}
    for table in settings.mllp_in:
        sites[table.endpoint] = _site(table, table.facility)
        for sender, facility in table.facilities.items():
            sites[f"{table.endpoint}/{sender}"] = _site(table, facility)
    return sites


def _site(table: MllpInTable, facility: str) -> SiteProfile:
    return SiteProfile(
        facility=facility,
        timezone=table.timezone,
        laterality_codes=dict(table.laterality_codes),
        latex_allergy_codes=frozenset(table.latex_allergy_codes),
    )


def _api_token(path: Path, entropy: Entropy) -> str:
    """Return the operator's token, made on first start with mode 0600."""
    if path.is_file():
        return path.read_text("ascii").strip()
    token = hashlib.sha256(entropy.token_bytes(32)).hexdigest()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(token + "\n")
    return token
