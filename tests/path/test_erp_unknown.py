"""A write whose answer is lost is asked for by reference and made exactly once (ground rule 4)."""

from __future__ import annotations

import pytest
from stage import (
    LINE,
    LOST_ANSWER,
    book,
    erp,
    open_codes,
    order,
    receive_order,
    sent,
    state,
    submit,
    syntho,
    took,
    writes,
)
from wire import dft, purchase_order, siu, x810

from suture.core.outcome import Accepted, Outcome, Refused, Unavailable
from suture.documents.events import (
    ErpWriteRequested,
    ExceptionClosed,
    LookedUp,
    ReplyOverdue,
    TargetAnswered,
)
from suture.testing.world import World

FOUND = Accepted({"found": "true", "number": "N1"})
ABSENT = Accepted({"found": "false"})


class LostOnce:
    """Loses the first answer; later ones come through with a number."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, content: bytes) -> Outcome:
        self.calls += 1
        return LOST_ANSWER if self.calls == 1 else Accepted({"number": "N2"})


def to_the_requisition(world: World) -> str:
    """Book and submit; return the requisition's key."""
    book(world)
    return submit(world)


def to_the_receipt(world: World) -> str:
    """Order and receive; return the receipt's key."""
    order(world)
    receive_order(world)
    return f"SHP1/{LINE}"


def to_the_voucher(world: World) -> str:
    """Order, receive and be billed; return the invoice's key."""
    order(world)
    receive_order(world)
    syntho(world, "810", "IN", x810(), 203)
    return "SUP-9001|INV77123|standard"


def to_the_issue(world: World) -> str:
    """Use an item in a case; return the write's key."""
    book(world, card="PC-PACK")
    world.hl7(dft(item="PACK", lot="LOT1"))
    [issue] = world.all("ERPW")
    return issue.key


KINDS = {
    "requisition": ("erp.requisition.create", "W7", to_the_requisition),
    "receipt": ("erp.receipt.post", "W4", to_the_receipt),
    "voucher": ("erp.voucher.post", "W5", to_the_voucher),
    "issue": ("erp.issue.post", "ERPW", to_the_issue),
}
RULES = {
    ("requisition", True): "001 002 006 023 026 027",
    ("requisition", False): "001 002 006 023 026 028 041 025",
    ("receipt", True): "001 004 011 018 020 021",
    ("receipt", False): "001 004 011 018 020 022 029 019",
    ("voucher", True): "001 005 007 026 028 030",
    ("voucher", False): "001 005 007 026 028 031 046 027",
    ("issue", True): "001 002 005 006",
    ("issue", False): "001 002 005 007 002 003",
}
AGAIN = {"W7": "028", "W4": "022", "W5": "031", "ERPW": "007"}
SENDING = {"W7": "ERP_SUBMITTING", "W4": "POSTING", "W5": "POSTING", "ERPW": "POSTING"}
NUMBER = {"W7": "requisition_no", "W4": "receipt_no", "W5": "voucher_no", "ERPW": "number"}


@pytest.mark.parametrize("is_found", [True, False])
@pytest.mark.parametrize("name", list(KINDS))
def test_a_lost_answer_leads_to_one_document(world: World, name: str, *, is_found: bool) -> None:
    """S123: found: kept with its number, nothing repeated; absent: the same write once more."""
    kind, machine, go = KINDS[name]
    find = kind.rpartition(".")[0] + ".find"
    world.answers |= {kind: LostOnce(), find: FOUND if is_found else ABSENT}
    key = go(world)
    assert took(world, machine, key) == RULES[name, is_found]
    tries = sent(world, kind)
    assert len(tries) == (1 if is_found else 2)
    assert {s.control_id for s in tries} == {key}, "the same external reference"
    assert len({s.content for s in tries}) == 1
    [asked] = sent(world, find)
    assert asked.control_id == key
    if not is_found:
        kept = [(t.rule, t.to_state) for t in world.transitions(machine, key)]
        assert (f"{machine}.{AGAIN[machine]}", SENDING[machine]) in kept
    stored = world.instance(machine, key)
    assert stored.state == ("ERP_CREATED" if machine == "W7" else "POSTED")
    assert world.data(stored)[NUMBER[machine]] == ("N1" if is_found else "N2")
    assert not open_codes(world)


@pytest.mark.parametrize("name", ["requisition", "receipt", "voucher", "issue"])
def test_a_question_without_an_answer_is_repeated_not_the_write(world: World, name: str) -> None:
    """A down ERP is asked again; the write is never repeated before it has answered."""
    kind, machine, go = KINDS[name]
    find = kind.rpartition(".")[0] + ".find"
    world.answers |= {kind: LostOnce(), find: Unavailable("http.down", "down")}
    key = go(world)
    asked = len(world.deliveries(machine, key))
    world.event("timer.reply_overdue", machine, key, ReplyOverdue())
    assert len(world.deliveries(machine, key)) == asked + 1, "one more question"
    assert state(world, machine, key) in ("ERP_UNKNOWN", "POST_UNKNOWN")
    world.advance(minutes=10)
    assert len(sent(world, kind)) == 1
    assert len(sent(world, find)) > 1
    last = {"W7": "040", "W4": "027", "W5": "044", "ERPW": "008"}[machine]
    assert took(world, machine, key).endswith(last)


@pytest.mark.walks("W2.001", "W2.003", "W2.007")
@pytest.mark.parametrize("name", ["requisition", "receipt", "voucher", "issue"])
def test_a_confirmation_that_comes_late_is_taken(world: World, name: str) -> None:
    """The ERP's own confirmation settles an unknown outcome as well as a look-up."""
    kind, machine, go = KINDS[name]
    find = kind.rpartition(".")[0] + ".find"
    world.answers |= {kind: LostOnce(), find: Unavailable("http.down", "down")}
    key = go(world)
    answer = TargetAnswered(delivery="d", kind=kind, number="N9")
    world.event("target.confirmed", machine, key, answer)
    rule = {"W7": "025", "W4": "019", "W5": "027", "ERPW": "003"}[machine]
    assert took(world, machine, key).endswith(rule)
    assert world.data(world.instance(machine, key))[NUMBER[machine]] == "N9"


@pytest.mark.walks("W4.023", "W4.024", "W4.029")
def test_a_refused_receipt_is_posted_again_when_fixed(world: World) -> None:
    """W4.023, .024: the same reference again after a person fixed the cause."""
    order(world)
    world.answers["erp.receipt.post"] = Refused("erp.period-closed")
    receive_order(world)
    key = f"SHP1/{LINE}"
    assert took(world, "W4", key) == "001 004 011 018 023"
    assert open_codes(world) == {"receipt.failed": "finance integration analyst"}
    world.answers["erp.receipt.post"] = Accepted({"number": "GR9"})
    fixed = ExceptionClosed(by="fay", reason="period opened")
    world.event("exception.resolved", "W4", key, fixed)
    assert took(world, "W4", key) == "001 004 011 018 023 024 029 019"
    assert {s.control_id for s in sent(world, "erp.receipt.post")} == {key}
    assert not open_codes(world)


@pytest.mark.walks("W4.025")
def test_a_refused_receipt_that_is_found_after_all(world: World) -> None:
    """W4.025: someone booked it by hand under our reference."""
    order(world)
    world.answers["erp.receipt.post"] = Refused("erp.period-closed")
    receive_order(world)
    key = f"SHP1/{LINE}"
    world.event("lookup.found", "W4", key, LookedUp(delivery="", kind="", number="GR5"))
    assert took(world, "W4", key).endswith("023 025")
    assert world.data(world.instance("W4", key))["receipt_no"] == "GR5"
    assert state(world, "W3", LINE) == "RECEIVED"


@pytest.mark.walks("W5.029", "W5.032", "W5.046")
def test_a_refused_voucher_is_posted_again_when_fixed(world: World) -> None:
    """W5.029, .032: the same key again; the exception closes when the ERP has it."""
    order(world)
    receive_order(world)
    world.answers["erp.voucher.post"] = Refused("erp.period-closed")
    syntho(world, "810", "IN", x810(), 203)
    key = "SUP-9001|INV77123|standard"
    assert took(world, "W5", key) == "001 005 007 026 029"
    assert open_codes(world) == {"voucher.failed": "finance integration analyst"}
    world.answers["erp.voucher.post"] = Accepted({"number": "VO9"})
    fixed = ExceptionClosed(by="fay", reason="period opened")
    world.event("exception.resolved", "W5", key, fixed)
    assert took(world, "W5", key) == "001 005 007 026 029 032 046 027"
    assert not open_codes(world)


@pytest.mark.walks("ERPW.004", "ERPW.009")
def test_a_refused_write_is_on_the_finance_desk(world: World) -> None:
    """ERPW.004, .009: refused; the same reference is never written a second time by itself."""
    book(world, card="PC-PACK")
    world.answers["erp.issue.post"] = Refused("erp.no-stock")
    world.hl7(dft(item="PACK", lot="LOT1"))
    [issue] = world.all("ERPW")
    assert took(world, "ERPW", issue.key) == "001 002 004"
    assert open_codes(world) == {"erp.write-refused": "finance integration analyst"}
    again = ErpWriteRequested(kind="erp.issue.post", lane="x", posting={})
    world.event("erp.write_requested", "ERPW", issue.key, again)
    assert took(world, "ERPW", issue.key) == "001 002 004 009"
    assert state(world, "ERPW", issue.key) == "FAILED"
    assert len(sent(world, "erp.issue.post")) == 1


@pytest.mark.walks("ERPW.005")
def test_a_lost_cancel_is_repeated_because_it_may_be(world: World) -> None:
    """ERPW.005 for a cancel: cancelling twice is harmless; the reference is the same."""
    book(world)
    requisition = submit(world)
    world.answers["erp.requisition.cancel"] = LostOnce()
    world.hl7(siu("S15", sent="20270104091500-0600", control="MSG9", status="CANCELLED"))
    tries = sent(world, "erp.requisition.cancel")
    assert [s.control_id for s in tries] == [f"{requisition}/cancel"] * 2
    assert writes(world) == {"erp.requisition.cancel": "POSTED"}
    assert took(world, "ERPW", f"{requisition}/cancel") == "001 002 005 002 003"


def test_an_erp_that_is_down_gets_the_same_bytes_later(world: World) -> None:
    """S122: provably not accepted: the same bytes again after the back-off, no question needed."""
    book(world)
    world.answers["erp.requisition.create"] = Unavailable("http.down", "down")
    key = submit(world)
    assert state(world, "W7", key) == "APPROVED"
    world.answers["erp.requisition.create"] = Accepted({"number": "RQ1"})
    world.advance(minutes=5)
    assert took(world, "W7", key) == "001 002 006 023 025"
    tries = sent(world, "erp.requisition.create")
    assert len(tries) > 1
    assert len({s.content for s in tries}) == 1
    assert not sent(world, "erp.requisition.find")
    erp(world, purchase_order(key), last=6)
    assert state(world, "W7", key) == "ORDERED"
