"""Invoices over the interface: what blocks one, who owns it, and who may override (S92, S66)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest_world import build, close
from door import TOKEN, call
from stage import approve, book, erp, receive_order, submit, syntho, tasks
from wire import purchase_order, x810

from suture.testing.world import World

PATH = "/api/v1/invoices/INV-77123"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a hub where a person (ann) approved the order of F5, which was then received."""
    made = build(tmp_path, policy="default")
    book(made)
    key = submit(made)
    for name in ("ann", "bea", "cid"):
        for task in [x for x in tasks(made) if x.machine == "W7"]:
            approve(made, "W7", task.key, task.id, by=name)
    erp(made, purchase_order(key), last=6)
    receive_order(made)
    yield made
    close(made)


def bill(world: World, **more: str) -> None:
    """Let Syntho bill F5."""
    syntho(world, "810", "IN", x810(**more), 203)


def deed(world: World, verb: str, by: str = "dan", *, once: str = "") -> Any:
    """Do something to the invoice with the operator's token."""
    body = {"by": by, "reason": "amendment 7"}
    answer = call(world, f"{PATH}/{verb}", method="POST", token=TOKEN, json=body, once=once)
    world.settle()
    return answer


def shown(world: World) -> dict[str, Any]:
    """Return the invoice as the interface shows it."""
    found: dict[str, Any] = call(world, f"{PATH}?supplier=SUP-9001").json()["invoice"]
    return found


def test_an_invoice_that_matched_tells_when_it_is_paid(world: World) -> None:
    """Posted, nothing blocks it; expected thirty days after its date; the numbers are told."""
    assert call(world, PATH).status_code == 404
    bill(world)
    one = shown(world)
    assert (one["state"], one["total"], one["net"]) == ("POSTED", "1450.00", "1450.00")
    assert (one["voucher_no"], one["expected_payment"]) == ("VO1", "2027-02-09")
    assert one["blocks"] == []
    [line] = one["lines"]
    assert (line["ordered"], line["received"], line["unit_price"]) == ("1 EA", "1 EA", "1450.00")
    assert line["result"] == "MATCH"
    told = call(world, PATH).json()
    assert told["as_of"].startswith("2027-01-0")


def test_an_invoice_in_exception_names_its_owner(world: World) -> None:
    """S92: the block has a code, an owner and the amounts; the list finds it by its state."""
    bill(world, price="1493.50")
    one = shown(world)
    assert one["state"] == "EXCEPTION"
    assert [(x["code"], x["owner"]) for x in one["blocks"]] == [
        ("invoice.price", "contract analyst")
    ]
    assert one["waits_for"] == ["contract analyst"]
    assert one["expected_payment"] is None
    [line] = one["lines"]
    assert (line["billed"], line["expected"], line["result"]) == ("1493.50", "1450.00", "PRICE")
    found = call(world, "/api/v1/invoices?state=EXCEPTION&supplier=SUP-9001").json()
    assert [x["invoice_no"] for x in found["invoices"]] == ["INV-77123"]
    assert call(world, "/api/v1/invoices?state=PAID").json()["invoices"] == []
    assert call(world, "/api/v1/invoices?supplier=SUP-9002").json()["invoices"] == []
    assert call(world, "/api/v1/invoices?after=nothing").status_code == 404


def test_who_approved_the_order_may_not_override_the_match(world: World) -> None:
    """2.6, segregation of duties: refused with its reason; another person may, once."""
    bill(world, price="1493.50")
    bare = call(world, f"{PATH}/release", method="POST", json={"by": "dan", "reason": "x"})
    assert bare.status_code == 401
    own = deed(world, "release", by="ann")
    assert (own.status_code, own.json()["title"]) == (422, "invoice.not-independent")
    assert shown(world)["state"] == "EXCEPTION"
    assert deed(world, "release", once="k1").json()["taken"] is True
    assert deed(world, "void", by="ann").json()["title"] == "invoice.not-independent"
    one = shown(world)
    assert (one["state"], one["released_by"], one["waits_for"]) == ("POSTED", "dan", [])


def test_a_dispute_and_what_is_not_taken(world: World) -> None:
    """An open dispute shows its owner; a deed the state does not take is refused."""
    bill(world, price="1493.50")
    assert deed(world, "void").status_code == 409
    assert deed(world, "dispute").status_code == 200
    one = shown(world)
    assert one["state"] == "DISPUTED"
    assert [x["code"] for x in one["blocks"]] == ["invoice.disputed"]
    assert deed(world, "withdraw").status_code == 200
    assert shown(world)["state"] == "REJECTED"
    unknown = call(
        world,
        "/api/v1/invoices/NONE/release",
        method="POST",
        token=TOKEN,
        json={"by": "dan", "reason": "x"},
    )
    assert unknown.json()["title"] == "object.unknown"


@pytest.mark.parametrize(("verb", "state"), [("reject", "REJECTED"), ("recheck", "EXCEPTION")])
def test_other_deeds(world: World, verb: str, state: str) -> None:
    """A rejected invoice is never paid; a re-check without a proof changes nothing."""
    bill(world, price="1493.50")
    assert deed(world, verb).json()["taken"] is True
    assert shown(world)["state"] == state


def test_a_returned_payment_is_noted(world: World) -> None:
    """W5.038: paid, then the bank gave it back: the invoice is payable again."""
    bill(world)
    paid = {
        "payment_no": "PAY1",
        "voucher_no": "VO1",
        "external_ref": "SUP-9001|INV77123|standard",
        "invoice_no": "INV-77123",
        "amount": "1450.00",
        "paid_at": "2027-01-12T00:00:00Z",
    }
    erp(world, ("payment", paid), last=20)
    assert (shown(world)["state"], shown(world)["payment_no"]) == ("PAID", "PAY1")
    assert deed(world, "payment-return").status_code == 200
    one = shown(world)
    assert (one["state"], one["payment_no"]) == ("POSTED", "")
    assert [x["code"] for x in one["blocks"]] == ["invoice.payment-returned"]
