"""The fold of plan D2: messages of a case in any order, with duplicates, end alike (S26, S29)."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conftest import build, close
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stage import shelve, the_erp_answers
from wire import siu

from suture.orchestration.path.receive import receive_hl7
from suture.testing.world import World

STARTS = ("20270111073000-0600", "20270111074000-0600", "20270113073000-0600")
CARDS = ("PC-STOCK", "PC-KNEE", "PC-PACKS", "PC-GHOST")
ROOMS = ("MAIN^OR04^^NCH", "MAIN^OR05^^NCH")
TRIGGERS = ("S12", "S13", "S14", "S15", "S16", "S26")


@dataclass(frozen=True)
class Report:
    """One message of the case, before it has a time."""

    trigger: str
    start: str
    card: str
    room: str


REPORTS = st.lists(
    st.builds(
        Report,
        st.sampled_from(TRIGGERS),
        st.sampled_from(STARTS),
        st.sampled_from(CARDS),
        st.sampled_from(ROOMS),
    ),
    min_size=1,
    max_size=5,
)


def messages(reports: list[Report]) -> list[bytes]:
    """Return the messages in the order the EHR made them: a minute apart."""
    made = []
    for number, report in enumerate(reports):
        is_gone = report.trigger in ("S15", "S16", "S26")
        made.append(
            siu(
                report.trigger,
                start=report.start,
                card=report.card,
                room=report.room,
                status="CANCELLED" if is_gone else "BOOKED",
                sent=f"202701040815{number:02d}-0600",
                control=f"MSG{number:04d}",
            )
        )
    return made


def tell(arrivals: list[bytes], *, at_once: bool) -> World:
    """Return a hub that heard the messages, one by one or all in one batch."""
    with tempfile.TemporaryDirectory() as folder:
        world = build(Path(folder))
    the_erp_answers(world)
    shelve(world, PACK=5, F5=0)

    async def together() -> None:
        for message in arrivals:
            await receive_hl7(world.core.clinical, "ehr", "test", message)

    if at_once:
        world.run(together())
        world.settle()
    else:
        for message in arrivals:
            world.hl7(message)
    return world


def picture(world: World) -> dict[str, Any]:
    """Return what must not depend on the order; released lines count as not there.

    A line that only an overtaken version asked for may have lived and been released, or never.
    Needs are compared by day: a slip of minutes does not touch supply (R1), so the minute a line
    was cut from may be that of an overtaken version.
    """
    [case] = world.all("CASE")
    lines = Counter(
        (world.data(x)["demand"]["ehr_supply_id"], x.state, world.data(x)["demand"]["need_at"][:10])
        for x in world.all("W2")
        if x.state != "RELEASED"
    )
    stock = {}
    for position in world.all("W9"):
        held = world.data(position)
        for kind in ("reservations", "waiting"):
            rows = sorted((r["quantity"], r["need_at"][:10]) for r in held[kind].values())
            if rows:
                stock[position.key, kind] = rows
    return {
        "case": case.state,
        "snapshot": world.data(world.instance("SNAP", case.key))["snapshot"],
        "lines": lines,
        "stock": stock,
        "drafts": Counter(x.state for x in world.all("W7") if x.state != "CANCELLED"),
    }


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(reports=REPORTS, data=st.data(), at_once=st.booleans())
def test_any_arrival_order_ends_in_the_same_state(
    reports: list[Report], data: st.DataObject, *, at_once: bool
) -> None:
    """S26, S29: same CASE state, W2 states and STOCK reservations as in the EHR's own order."""
    made = messages(reports)
    doubled = made + data.draw(st.lists(st.sampled_from(made), max_size=3), label="again")
    arrivals = data.draw(st.permutations(doubled), label="arrivals")
    plain, mixed = tell(made, at_once=False), tell(list(arrivals), at_once=at_once)
    try:
        wanted, found = picture(plain), picture(mixed)
        noise = [x["summary"] for x in mixed.exceptions() if x["code"] == "UNEXPECTED_EVENT"]
    finally:
        close(plain)
        close(mixed)
    assert found == wanted
    assert not noise
