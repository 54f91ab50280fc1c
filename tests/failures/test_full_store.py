"""A store without room: senders are asked to repeat, nothing acknowledged is lost; both drivers."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from flow_hub import (
    arrivals,
    connect,
    deliveries,
    flow_text,
    hl7,
    peer,
    running_hub,
    until,
)

from suture.journal.record import DeliveryState

ENOUGH = 10**12
"""Free bytes of a disk with room."""


class Room:
    """Takes the room of a store away and gives it back."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stores: str) -> None:
        self._schema = stores.split('tables_in = "')[1].split('"')[0] if stores else ""
        self._free = ENOUGH
        real = shutil.disk_usage

        def measured(path: Any) -> Any:
            return real(path)._replace(free=self._free)

        monkeypatch.setattr(shutil, "disk_usage", measured)

    def _admin(self, *statements: str) -> None:
        import psycopg
        from tests.postgres_server import postgres_server

        with psycopg.connect(postgres_server().url(), autocommit=True) as link:
            for statement in statements:
                link.execute(statement.encode())

    def take(self) -> None:
        """The disk has no free byte; PostgreSQL says so for each new message."""
        self._free = 0
        if self._schema:
            self._admin(
                f"CREATE FUNCTION {self._schema}.no_room() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$",
                f"CREATE TRIGGER no_room BEFORE INSERT ON {self._schema}.arrival FOR EACH ROW"
                f" EXECUTE FUNCTION {self._schema}.no_room()",
            )

    def give(self) -> None:
        """There is room again."""
        self._free = ENOUGH
        if self._schema:
            self._admin(f"DROP TRIGGER no_room ON {self._schema}.arrival")


def test_a_full_disk_refuses_new_messages_and_carries_the_others(
    tmp_path: Path, stores: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AE with a code, what was taken is delivered meanwhile, and with room it goes on."""
    room = Room(monkeypatch, stores)

    async def story() -> None:
        async with peer() as lab:
            await lab.stop()
            retry = "retry = { first_s = 0.1, longest_s = 0.2 }"
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port, lab=retry)}
            async with running_hub(tmp_path, flows, stores, 1_000_000) as hub:
                sender = await connect(hub, "adt")
                for number in range(3):
                    assert await sender.send(hl7(number)) == ("AA", "")
                room.take()
                await asyncio.sleep(0.4)  # the free room is looked at five times a second
                verdict, told = await sender.send(hl7(3))
                assert verdict == "AE" and "store.low-space" in told
                await lab.start()
                await until(lambda: len(lab.got) == 3, "what was taken before")
                room.give()
                while (await sender.send(hl7(3)))[0] == "AE":
                    await asyncio.sleep(0.2)
                await until(lambda: len(lab.got) == 4, "the repeated one")
                assert lab.numbers() == [f"MSG{n:05}" for n in range(4)]
                assert len(arrivals(hub)) == 4
                await until(
                    lambda: {d.state for d in deliveries(hub)} == {DeliveryState.DELIVERED}, "all"
                )

    asyncio.run(story())
