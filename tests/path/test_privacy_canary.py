"""Marked patients along the whole path: found nowhere but under seal (S25, S140; spec 4.4, 4.6).

Every patient field of SIU, DFT and ADT and the free texts of supplier documents carry a canary of
their own. The journals are files, so that their bytes can be searched as a thief would.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
import wire_cxml
from conftest import build, close
from stage import (
    LINE,
    accept_order,
    continental,
    functional_ack,
    order,
    order_box,
    scan,
    state,
    syntho,
    took,
)
from structlog.testing import capture_logs
from wire import dft, siu, x810, x855, x856

from suture.intelligence.coverage import board
from suture.intelligence.exceptions import exception_view, open_exceptions, open_tasks
from suture.intelligence.lineage import Readers, trace
from suture.orchestration.path.receive import receive_hl7
from suture.testing.world import World

CASE_NUMBER = "SYNCASE88123"


class Planter:
    """Gives every field a canary of its own and remembers them all."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {"case number": CASE_NUMBER}

    def __call__(self, where: str) -> str:
        value = "ZQX" + hashlib.sha256(where.encode()).hexdigest()[:12].upper()
        self.planted[where] = value
        return value

    def segment(self, name: str, count: int, tag: str) -> str:
        """Return a segment of a message with a canary in every field."""
        return "|".join([name, *(self(f"{tag}/{name}-{n}") for n in range(1, count + 1))])


@pytest.fixture
def plant() -> Planter:
    """Give a planter."""
    return Planter()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Give the folder of the journals."""
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


@pytest.fixture
def filed(tmp_path: Path, store: Path) -> Iterator[World]:
    """Give a hub over journals in files."""
    made = build(tmp_path, store=store)
    yield made
    close(made)


def patient(plant: Planter, tag: str) -> str:
    """Return PID and the segments that say who somebody is and what ails them."""
    names = (("PID", 39), ("PD1", 21), ("NK1", 41), ("DG1", 26), ("AL1", 6), ("GT1", 57))
    rows = [plant.segment(name, count, tag) for name, count in names]
    rows += [plant.segment(name, count, tag) for name, count in (("NTE", 4), ("OBX", 26))]
    return "\r".join([*rows, plant.segment("IN1", 55, tag)])


def adt(plant: Planter) -> bytes:
    """Return an ADT^A04 of the patient."""
    head = (
        "MSH|^~\\&|REG|NCH|HSCIP|IDN|20270104080000-0600||ADT^A04^ADT_A01|MSG0009|T|2.5.1|||AL|NE\r"
        "EVN||20270104080000-0600\r"
    )
    return (head + patient(plant, "ADT") + "\r" + plant.segment("PV1", 52, "ADT") + "\r").encode()


def marked_dft(plant: Planter) -> bytes:
    """Return a usage of F5 whose patient is marked, with a note."""
    plain = dft(case=CASE_NUMBER).decode().split("\r")
    rows = [x for x in plain if not x.startswith("PID")]
    at = next(n for n, x in enumerate(rows) if x.startswith("PV1"))
    rows[at] = f"PV1|1|I|MAIN^OR04^^NCH||||{plant('DFT/PV1-7')}|{plant('DFT/PV1-8')}"
    rows.insert(at, patient(plant, "DFT"))
    rows.insert(-1, f"NTE|1||{plant('DFT/note')}")
    return "\r".join(rows).encode()


def live_a_whole_case(world: World, plant: Planter) -> None:
    """Book, buy, receive, bill, pay and use, with a marked patient and marked supplier notes."""
    world.hl7(adt(plant))
    order(world, case=CASE_NUMBER, patient=patient(plant, "SIU"))
    functional_ack(world)
    note = f"NTE*GEN*{plant('855/NTE')}"
    syntho(world, "855", "PR", [x855("IA")[0], note, *x855("IA")[1:]], 201)
    syntho(world, "856", "SH", x856(), 202)
    scan(world, "arrived")
    scan(world, "counted")
    body = x810(price="1493.50")
    body.insert(1, f"NTE*GEN*{plant('810/NTE')}")
    syntho(world, "810", "IN", body, 203)
    world.hl7(marked_dft(plant))


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every byte under a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


def shown(world: World) -> Iterator[tuple[str, str]]:
    """Yield every text a person or another system can see."""
    now = world.clock.now()
    with world.operations.read() as operations, world.core.clinical.journal.read() as clinical:
        readers = Readers(operations, clinical)
        cards = board(operations, now=now, days=30, timezone="America/Chicago")
        yield "board", json.dumps(asdict(cards), default=str)
        asked = [x.key for x in world.all("CASE")] + ["PO4500012345", "INV-77123"]
        for name in asked:
            lineage = trace(readers, name, now=now)
            assert lineage is not None, name
            yield f"trace {name}", json.dumps(asdict(lineage), default=str)
        rows = open_exceptions(operations, limit=100)
        yield "desk", json.dumps([asdict(x) for x in rows], default=str)
        every = [exception_view(x) for x in operations.instances("EXC", limit=100)]
        yield "exceptions", json.dumps([asdict(x) for x in every], default=str)
        found = open_tasks(operations, limit=100)
        yield "tasks", json.dumps([asdict(x) for x in found], default=str)


def kept(world: World) -> Iterator[tuple[str, bytes]]:
    """Yield what the operations journal keeps in clear, and what was sent."""
    for event in world.events():
        yield f"event {event.type}", event.payload
    for machine in world.core.engine.processes:
        for stored in world.all(machine):
            yield f"instance {machine}", stored.data
            for transition in world.transitions(machine, stored.key):
                yield f"decision {transition.rule}", transition.decision
            for delivery in world.deliveries(machine, stored.key):
                yield f"delivery {delivery.kind}", delivery.payload
    for sent in world.sent:
        yield f"sent {sent.kind} to {sent.destination}", sent.content


def assert_absent(plant: Planter, where: str, text: bytes | str) -> None:
    """Fail when a canary is in a text, naming the field, never the value."""
    raw = text.encode() if isinstance(text, str) else text
    if b"ZQX" not in raw and CASE_NUMBER.encode() not in raw:
        return
    found = [name for name, value in plant.planted.items() if value.encode() in raw]
    assert not found, f"{where}: {found}"


def test_no_marked_patient_leaves_the_seal(
    filed: World, plant: Planter, store: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """S25, S140: journals on disk, events, decisions, desk, board, lineage, logs, partners."""
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        live_a_whole_case(filed, plant)
    assert len(plant.planted) > 700
    assert state(filed, "W3", LINE) == "RECEIVED"
    assert took(filed, "W5", "SUP-9001|INV77123|standard") == "001 005 009"
    [case] = filed.all("CASE")
    assert case.state == "IN_PROCEDURE"
    places = 0
    for where, raw in [*contents(store), *kept(filed)]:
        places += 1
        assert_absent(plant, where, raw)
    for where, text in shown(filed):
        assert_absent(plant, where, text)
    for line in [*logs, *(r.getMessage() for r in caplog.records)]:
        assert_absent(plant, "log", json.dumps(line, default=str))
    assert places > 60, "the search saw something"


def test_the_canaries_were_there_to_be_found(filed: World, plant: Planter, store: Path) -> None:
    """The search means something: opened with its key, the arrival holds every planted field."""
    filed.hl7(adt(plant))
    door = filed.core.clinical
    with door.journal.read() as reader:
        [arrival] = reader.arrivals_after(0, 10)
    content = door.open_arrival(arrival.exchange, arrival.content, arrival.key_id)
    missing = [
        name
        for name, value in plant.planted.items()
        if name.startswith("ADT/") and value.encode() not in content
    ]
    assert not missing
    for where, raw in contents(store):
        assert_absent(plant, where, raw)


@pytest.mark.walks("CASE.011", "W2.073")
def test_a_replay_and_a_key_reuse_show_nothing_either(
    filed: World, plant: Planter, store: Path
) -> None:
    """KEY_REUSE and unreadable messages: codes and positions, never content."""
    first = siu(case=CASE_NUMBER, patient=patient(plant, "SIU"), card="PC-PACK")
    filed.hl7(first)
    filed.hl7(first.replace(b"PC-PACK", b"PC-KNEE"))
    filed.hl7(first.replace(b"MSG0001", b"MSG0002").replace(b"SIU^S12", b"MFN^M15"))
    filed.hl7(first.replace(b"MSG0001", b"MSG0003").replace(CASE_NUMBER.encode(), b""))
    assert {x["code"] for x in filed.exceptions()} >= {
        "KEY_REUSE",
        "hl7v2.unsupported-message",
        "hl7v2.no-case-number",
    }
    for where, raw in [*contents(store), *kept(filed)]:
        assert_absent(plant, where, raw)


def test_what_is_refused_at_the_door_is_kept_under_seal(
    filed: World, plant: Planter, store: Path
) -> None:
    """A frame that is no message: its audit row has a code and a sealed head."""
    broken = b"PID|1||" + plant("refused").encode() + b"\r"

    async def refuse() -> None:
        await receive_hl7(filed.core.clinical, "ehr", "test", broken)

    filed.run(refuse())
    for where, raw in contents(store):
        assert_absent(plant, where, raw)


@pytest.mark.parametrize(
    "text",
    ["PATIENT: {} DOB 02/14/1958", "MRN {}77001", "Pt name: Synthetic {}"],
)
def test_a_suppliers_document_with_a_patient_is_held(
    filed: World, plant: Planter, store: Path, text: str
) -> None:
    """Spec 4.1: held, not processed; the privacy officer hears of it without the value."""
    order(filed, case=CASE_NUMBER)
    functional_ack(filed)
    note = f"NTE*GEN*{text.format(plant('note'))}"
    syntho(filed, "855", "PR", [x855("IA")[0], note, *x855("IA")[1:]], 201)
    assert state(filed, "W3", LINE) == "TRANSPORT_ACKED"
    [told] = [x for x in filed.exceptions() if x["code"] == "phi.suspected"]
    assert (told["owner"], told["severity"]) == ("privacy officer", "urgent")
    for where, raw in [*contents(store), *kept(filed)]:
        assert_absent(plant, where, raw)


@pytest.mark.walks("W3.168")
def test_comments_of_a_cxml_document_go_nowhere(filed: World, plant: Planter, store: Path) -> None:
    """Default deny: Comments and Extrinsics of a supplier are dropped before anything is kept."""
    order_box(filed)
    continental(filed, wire_cxml.confirmation("accept"))
    note = f"<Comments>{plant('comment')}</Comments><Extrinsic name='x'>{plant('ex')}</Extrinsic>"
    continental(filed, wire_cxml.ship_notice(note=note))
    assert state(filed, "W3", "PO4500067890/1") == "SHIPPED"
    for where, raw in [*contents(store), *kept(filed)]:
        assert_absent(plant, where, raw)


def test_a_supplier_never_sees_the_case_token_or_the_hour(filed: World) -> None:
    """4.3, 4.4: an alias of its own per supplier, and day precision."""
    token = order(filed)
    accept_order(filed)
    [sent] = [s for s in filed.sent if s.kind == "order.dispatch"]
    assert token.encode() not in sent.content
    assert b"REF*CO*DMD-" in sent.content
    assert b"DTM*002*20270110~" in sent.content
    for hour in (b"1330", b"0730"):
        assert hour not in sent.content
