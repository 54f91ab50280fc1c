"""What the people and systems around the hub do in the scenarios, one sentence each.

The scenarios say `book`, `acknowledge`, `count`; the messages behind the words are in `wire` and
`wire_cxml`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from small_master import CONTINENTAL, SYNTHO
from wire import dock, erp_page, purchase_order, siu, stock, x12, x855, x856, x997

from suture.core.outcome import Accepted, Uncertain
from suture.documents.events import ReviewDecided
from suture.journal.record import Instance, Task
from suture.testing.world import Sent, World

PO = "PO4500012345"
LINE = f"{PO}/1"
BOX_PO = "PO4500067890"
BOX_LINE = f"{BOX_PO}/1"

LOST_ANSWER = Uncertain("http.no-answer", "no full answer")


def the_erp_answers(world: World) -> None:
    """Let every write succeed with a number and orders be transferred, unless scripted before."""
    world.answers = {
        "erp.requisition.create": Accepted({"number": "RQ1"}),
        "erp.receipt.post": Accepted({"number": "GR1"}),
        "erp.voucher.post": Accepted({"number": "VO1"}),
        "erp.issue.post": Accepted({"number": "IS1"}),
        "order.dispatch": Accepted({"evidence": "transfer"}),
        "order.change": Accepted({"evidence": "transfer"}),
        **world.answers,
    }


def erp(world: World, *changes: tuple[str, dict[str, Any]], last: int) -> None:
    """Let the ERP's change cursor move to `last`."""
    world.arrive(
        erp_page(*changes, last=last), endpoint="erp", format="erp", control_id=f"changes/{last}"
    )


def shelve(world: World, *, last: int = 5, **on_hand: int) -> None:
    """Let the ERP report positions, e.g. `PACK=5`."""
    rows = [stock(item, count, version=last) for item, count in on_hand.items()]
    erp(world, *rows, last=last)


def syntho(world: World, set_id: str, functional: str, body: list[str], control: int) -> None:
    """Let Syntho send a transaction set."""
    world.arrive(
        x12(set_id, functional, body, control=control),
        endpoint=SYNTHO,
        format="x12",
        control_id=f"{control:09d}",
    )


def continental(world: World, document: bytes) -> None:
    """Let Continental send a cXML document."""
    payload = document.partition(b'payloadID="')[2].partition(b'"')[0].decode()
    world.arrive(document, endpoint=CONTINENTAL, format="cxml", control_id=payload)


def book(world: World, **message: Any) -> str:
    """Book the case of a message and let the ERP write what it needs; return the case token."""
    the_erp_answers(world)
    shelve(world, PACK=5, F5=0, GLV=0, T5=0)
    before = {x.key for x in world.all("CASE")}
    world.hl7(siu(**message))
    [case] = [x for x in world.all("CASE") if x.key not in before]
    return case.key


def submit(world: World) -> str:
    """Let the requisition window close; return the requisition's key."""
    world.advance(minutes=15)
    [requisition] = world.all("W7")
    return requisition.key


def order(world: World, **message: Any) -> str:
    """Book a knee case that needs F5 and let the ERP order it; return the case token."""
    token = book(world, **message)
    erp(world, purchase_order(submit(world)), last=6)
    return token


def order_box(world: World) -> str:
    """Book a case that needs four gloves and let the ERP order a box; return the case token."""
    token = book(world, card="PC-GLOVE")
    lines = (("GLV", "1", "BX", "12.50"),)
    made = purchase_order(submit(world), po=BOX_PO, supplier=CONTINENTAL, lines=lines)
    world.answers["order.dispatch"] = Accepted({"evidence": "functional", "status": "200"})
    world.answers["order.change"] = Accepted({"evidence": "functional", "status": "200"})
    erp(world, made, last=6)
    return token


def sent(world: World, kind: str) -> list[Sent]:
    """Return what was handed over of one kind."""
    return [s for s in world.sent if s.kind == kind]


def functional_ack(world: World, code: str = "A", control: int = 200) -> None:
    """Let Syntho's translator answer the latest 850."""
    found = sent(world, "order.dispatch")[-1]
    syntho(world, "997", "FA", x997(found.control_id, code), control)


def accept_order(world: World, day: str = "20270108") -> None:
    """Let Syntho's translator and then Syntho accept the order as it was sent."""
    functional_ack(world)
    found = re.search(rb"PO1\*1\*(\d+)\*(\w+)", sent(world, "order.dispatch")[-1].content)
    assert found is not None
    quantity, uom = found[1].decode(), found[2].decode()
    syntho(world, "855", "PR", x855("IA", day=day, quantity=quantity, uom=uom), 201)


def ship_order(world: World) -> None:
    """Let Syntho accept and ship."""
    accept_order(world)
    syntho(world, "856", "SH", x856(), 202)


def scan(world: World, kind: str, **line: Any) -> None:
    """Let the dock scan (`arrived`) or count (`counted`) one line."""
    body = dock(kind, **line)
    control = json.loads(body)["scan_id"]
    world.arrive(body, endpoint="dock", format="dock", control_id=control)


def receive_order(world: World) -> None:
    """Let the goods be shipped, scanned and counted."""
    ship_order(world)
    scan(world, "arrived")
    scan(world, "counted")


def approve(world: World, machine: str, key: str, task: str, *, by: str, reason: str = "") -> None:
    """Let a person approve a task."""
    answer = ReviewDecided(task=task, by=by, reason=reason)
    world.event("review.approved", machine, key, answer)


def reject(world: World, machine: str, key: str, task: str, *, by: str, reason: str) -> None:
    """Let a person reject a task."""
    answer = ReviewDecided(task=task, by=by, reason=reason)
    world.event("review.rejected", machine, key, answer)


def case_of(world: World, token: str) -> Instance:
    """Return the case."""
    return world.instance("CASE", token)


def line_of(world: World, item: str) -> Instance:
    """Return the only demand line of an item."""
    [found] = [x for x in world.all("W2") if world.data(x)["item"] == item]
    return found


def state(world: World, machine: str, key: str) -> str:
    """Return an instance's state."""
    return world.instance(machine, key).state


def open_codes(world: World) -> dict[str, str]:
    """Return code -> owner of the open exceptions, without the reminder that W14 is not built."""
    return {x["code"]: x["owner"] for x in world.exceptions() if x["code"] != "workflow.not-built"}


def writes(world: World) -> dict[str, str]:
    """Return kind -> state of the single writes to the ERP (machine ERPW)."""
    return {world.data(x)["kind"]: x.state for x in world.all("ERPW")}


def shelf(world: World, item: str) -> dict[str, Any]:
    """Return the data of an item's position at the store."""
    return world.data(world.instance("W9", f"{item}@NCH-OR-IMPL"))


def reasons(world: World, machine: str, key: str) -> list[str]:
    """Return the reasons of the latest decision of an instance."""
    found: list[str] = json.loads(world.transitions(machine, key)[-1].decision)["reasons"]
    return found


def took(world: World, machine: str, key: str) -> str:
    """Return the rules an instance took, in order, without the machine's name: `001 002 009`."""
    return " ".join(rule.rpartition(".")[2] for rule in world.rules(machine, key))


def tasks(world: World) -> list[Task]:
    """Return the open tasks of people."""
    return world.read(lambda r: r.tasks(is_open=True, limit=10))
