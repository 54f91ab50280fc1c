"""What the doors may ask of the flows: what runs, load what is deployed, replay, pause.

In: the hub's data folder, the clinical door. Out: the running flows. Refuses to know: HTTP. What
is deployed was linted when it was deployed and is linted again when it is loaded: a module that is
gone since then stops that flow and no other.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import structlog

from suture.assembly.flows.runtime import FlowRuntime
from suture.assembly.flows.store import current_versions, deployed
from suture.assembly.roles import ALONE, Role
from suture.core.refusal import MisconfiguredError, RefusalError
from suture.orchestration.flows.bundle import Bundle
from suture.orchestration.flows.declaration import Declared
from suture.orchestration.flows.lint import Linted, lint
from suture.orchestration.flows.perform import Flow
from suture.orchestration.path.receive import Door

log = structlog.get_logger("suture.flow")


class FlowControl:
    """The flows of one hub."""

    def __init__(self, door: Door, data: Path, base: Path, role: Role = ALONE) -> None:
        self._data = data
        self._known: dict[Bundle, Flow] = {}
        self._runtime = FlowRuntime(door, base, role)
        self._current = ""

    @property
    def addresses(self) -> dict[str, tuple[str, int]]:
        """Where the flows listen, by flow."""
        return self._runtime.addresses

    async def start(self) -> None:
        """Run what is deployed; a flow that cannot be opened is told and left out."""
        self._current = await asyncio.to_thread(current_versions, self._data)
        linted, _ = await asyncio.to_thread(self._linted)
        await self._runtime.start(())
        try:
            await self._runtime.load(linted.flows)
        except MisconfiguredError as error:
            log.error("flows.start", code=error.code)

    async def tend(self) -> None:
        """Do what one of several processes does each second; load what was deployed meanwhile."""
        current = await asyncio.to_thread(current_versions, self._data)
        if current != self._current:
            self._current = current
            try:
                for line in await self.reload():
                    log.info("flow.changed", what=line)
            except RefusalError as error:
                log.error("flow.not-loaded", code=error.code)
        await self._runtime.tend()

    async def close(self) -> None:
        """Stop taking, finish what is on the wire."""
        await self._runtime.close()

    def _linted(self) -> tuple[Linted, frozenset[str]]:
        """Return what is deployed, and the names of the flows that are not sound."""
        bundles = deployed(self._data, {bundle.folder: bundle for bundle in self._known})
        linted = lint(bundles, self._known)
        self._known = {flow.bundle: flow for flow in linted.flows}
        for found in linted.findings:
            if not found.is_warning:
                log.error("flow.unsound", code=found.code, file=found.file, line=found.line)
        sound = {flow.name for flow in linted.flows}
        return linted, frozenset(bundle.name for bundle in bundles if bundle.name not in sound)

    def declared(self) -> dict[str, Declared]:
        """Return what the sound flows among the deployed ones say, by name."""
        return {flow.name: flow.declared for flow in self._known.values()}

    async def reload(self) -> list[str]:
        """Run what is deployed now; return what changed.

        A flow that is not sound, or cannot be opened, goes on as it was: raises RefusalError with
        what is wrong, after the others were loaded.
        """
        linted, unsound = await asyncio.to_thread(self._linted)
        try:
            said = await self._runtime.load(linted.flows, unsound)
        except MisconfiguredError as error:
            raise RefusalError(error.code, error.text) from None
        if unsound:
            first = next(found for found in linted.findings if not found.is_warning)
            raise RefusalError(first.code, first.describe())
        return said

    async def replay(self, exchange: str) -> str:
        """Give a kept message to its flow again; return the flow's name."""
        return await self._runtime.replay(exchange)

    async def pause(self, name: str, *, is_paused: bool) -> None:
        """Stop or go on taking (`FLOW`) or sending (`FLOW.DESTINATION`).

        Raises RefusalError `destination.unknown`, and the code of a source that cannot open.
        """
        try:
            await self._runtime.pause(name, is_paused=is_paused)
        except MisconfiguredError as error:
            raise RefusalError(error.code, error.text) from None

    def status(self) -> list[dict[str, Any]]:
        """Return the running flows."""
        return self._runtime.status()
