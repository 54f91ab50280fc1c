"""The same message, event or document twice; what cannot be understood (spec 2.0.2, plan D5)."""

from __future__ import annotations

import pytest
import wire_cxml
from stage import (
    LINE,
    book,
    continental,
    erp,
    functional_ack,
    line_of,
    open_codes,
    order,
    order_box,
    receive_order,
    sent,
    state,
    submit,
    syntho,
    took,
)
from wire import dock, purchase_order, siu, stock, x12, x810, x855, x856

from suture.core.outcome import Accepted
from suture.documents import codec
from suture.documents.events import RequisitionWithdrawn
from suture.journal.record import NewEvent
from suture.orchestration.processes import replenishment
from suture.testing.world import World


def test_the_same_message_again_gets_the_same_answer_and_no_effect(world: World) -> None:
    """S8: byte-equal acknowledgement, one case, one decision."""
    message = siu(card="PC-PACK")
    first = world.hl7(message)
    events = len(world.events())
    assert world.hl7(message) == first
    assert len(world.events()) == events
    assert len(world.all("CASE")) == 1


def test_a_key_used_for_another_content_is_parked_with_an_owner(world: World) -> None:
    """S9: KEY_REUSE: acknowledged, kept, not processed; the next message goes on."""
    token = book(world, card="PC-PACK")
    other = siu("S12", card="PC-PACK", start="20270118073000-0600")
    assert b"MSA|CA|" in world.hl7(other)
    assert open_codes(world) == {"KEY_REUSE": "integration engineer"}
    assert took(world, "CASE", token) == "001 002 009"
    moved = {"start": "20270113073000-0600", "sent": "20270105081500-0600", "control": "MSG2"}
    world.hl7(siu("S13", card="PC-PACK", **moved))
    assert "059" in took(world, "CASE", token)


def test_a_partner_key_used_again_is_parked_too(world: World) -> None:
    """S9 for X12: the same interchange number with another content."""
    order(world)
    syntho(world, "855", "PR", x855("IA"), 201)
    syntho(world, "855", "PR", x855("IR", day=""), 201)
    assert state(world, "W3", LINE) == "ACCEPTED"
    assert open_codes(world) == {"KEY_REUSE": "integration engineer"}


def test_every_partner_document_twice_has_one_effect(world: World) -> None:
    """S8, I3: ERP page, 997, 855, 856, scan, count, 810: each replayed byte for byte."""
    order(world)
    functional_ack(world)
    functional_ack(world)
    for _ in range(2):
        syntho(world, "855", "PR", x855("IA"), 201)
    for _ in range(2):
        syntho(world, "856", "SH", x856(), 202)
    for kind in ("arrived", "arrived", "counted", "counted"):
        body = dock(kind)
        world.arrive(body, endpoint="dock", format="dock", control_id=f"SCN-{kind}")
    for _ in range(2):
        syntho(world, "810", "IN", x810(), 203)
    assert took(world, "W3", LINE) == "001 002 006 016 014 045 168 206"
    assert took(world, "W4", f"SHP1/{LINE}") == "001 004 011 018 019"
    assert took(world, "W5", "SUP-9001|INV77123|standard") == "001 005 007 026 027"
    kinds = [s.kind for s in world.sent]
    for kind in ("erp.requisition.create", "order.dispatch", "erp.receipt.post"):
        assert kinds.count(kind) == 1
    assert kinds.count("erp.voucher.post") == 1
    assert not world.exceptions()


@pytest.mark.walks("W3.054")
def test_the_same_855_under_a_new_control_number_changes_nothing(world: World) -> None:
    """W3.054: the same acceptance again: recorded; the demand line hears the same promise."""
    order(world)
    syntho(world, "855", "PR", x855("IA"), 201)
    syntho(world, "855", "PR", x855("IA"), 202)
    assert took(world, "W3", LINE).endswith("028 054")
    assert took(world, "W2", line_of(world, "F5").key).endswith("025 025")
    assert not world.exceptions()


def test_the_same_event_twice_is_one_event(world: World) -> None:
    """I2: the journal takes an event id once."""
    book(world)
    [requisition] = world.all("W7")
    now = world.clock.now()
    gone = RequisitionWithdrawn(demand_line=line_of(world, "F5").key, reason="twice")
    made = NewEvent(
        "test/twice", "requisition.withdrawn", "W7", requisition.key, now, codec.encode(gone)
    )
    world.operations.write(lambda tx: tx.append(made, now))
    world.operations.write(lambda tx: tx.append(made, now))
    world.settle()
    assert took(world, "W7", requisition.key) == "001 004"


def test_a_count_twice_under_new_scans_posts_once(world: World) -> None:
    """The receipt's key is the posting's reference: a second count finds it posted."""
    order(world)
    receive_order(world)
    body = dock("counted").replace(b"SCN-SHP1-counted", b"SCN-2")
    world.arrive(body, endpoint="dock", format="dock", control_id="SCN-2")
    assert len(sent(world, "erp.receipt.post")) == 1
    [told] = world.exceptions()
    assert (told["code"], told["severity"]) == ("UNEXPECTED_EVENT", "info")


def test_an_old_stock_position_is_ignored(world: World) -> None:
    """G2: STALE_IGNORED: a lower version changes nothing."""
    book(world, card="PC-PACK")
    erp(world, stock("PACK", 0, version=2), last=9)
    assert state(world, "W2", line_of(world, "PACK").key) == "RESERVED"
    assert took(world, "W9", "PACK@NCH-OR-IMPL").endswith("025")


@pytest.mark.parametrize("trigger", ["A01", "A08", "A40"])
def test_an_encounter_message_means_nothing_for_supply(world: World, trigger: str) -> None:
    """2.0.5: ADT is acknowledged and filtered; no event, no exception."""
    ack = world.hl7(siu().replace(b"SIU^S12^SIU_S12", f"ADT^{trigger}^ADT_A01".encode()))
    assert b"MSA|CA|" in ack
    assert not world.events()


def test_a_message_type_we_do_not_read_has_an_owner(world: World) -> None:
    """S12: kept, acknowledged, on a desk; the next message goes on."""
    ack = world.hl7(siu().replace(b"SIU^S12^SIU_S12", b"MFN^M15^MFN_M15"))
    assert b"MSA|CA|" in ack
    [told] = world.exceptions()
    assert (told["family"], told["owner"]) == ("SCHEMA", "integration engineer")
    assert told["code"] == "hl7v2.unsupported-message"
    book(world, card="PC-PACK", control="MSG2")
    assert world.states("CASE") == {"COVERED": 1}


def test_a_case_message_without_a_case_number_has_an_owner(world: World) -> None:
    """2.1: SCH-2 missing: the position is named, no content is."""
    world.hl7(siu(case=""))
    [told] = world.exceptions()
    assert told["code"] == "hl7v2.no-case-number"
    assert "SCH-2" in told["summary"]
    assert not world.all("CASE")


@pytest.mark.walks("SNAP.001")
def test_a_case_of_a_facility_we_do_not_serve_is_told(world: World) -> None:
    """CASE.001 in_scope: the master data knows no such facility: an owned exception."""
    site = world.core.crossing.sites["ehr"]
    elsewhere = codec.decode(codec.encode({**codec.builtins(site), "facility": "XYZ"}), type(site))
    object.__setattr__(world.core.crossing, "sites", {"ehr": elsewhere})
    world.hl7(siu(card="PC-PACK"))
    assert not world.all("CASE")
    [told] = world.exceptions()
    assert told["code"] == "UNEXPECTED_EVENT"
    assert "no guard of case.scheduled holds" in told["summary"]


@pytest.mark.parametrize("content", [b"", b"{}", b"not json", b'{"changes": 1, "last": 2}'])
def test_an_erp_page_that_is_none_is_kept_with_an_owner(world: World, content: bytes) -> None:
    """SCHEMA: nothing is guessed."""
    world.arrive(content, endpoint="erp", format="erp", control_id="changes/x")
    [told] = world.exceptions()
    assert (told["family"], told["code"]) == ("SCHEMA", "erp.page-unreadable")


def test_a_supplier_document_that_is_none_is_kept_with_an_owner(world: World) -> None:
    """SCHEMA: X12 and cXML that cannot be read; the next document goes on."""
    order_box(world)
    world.arrive(b"<cXML", endpoint="SUP-9002", format="cxml", control_id="bad")
    assert [x["family"] for x in world.exceptions()] == ["SCHEMA"]
    continental(world, wire_cxml.confirmation("accept"))
    assert state(world, "W3", "PO4500067890/1") == "ACCEPTED"


def test_a_document_of_an_endpoint_nobody_owns_is_kept(world: World) -> None:
    """No partner profile: never guessed by content."""
    world.arrive(x12("855", "PR", x855("IA")), endpoint="stranger", format="x12", control_id="1")
    [told] = world.exceptions()
    assert told["code"] == "partner.unknown"


@pytest.mark.walks("W2.008")
def test_an_event_that_breaks_its_decision_is_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S15: a defect in one decision stops neither the others nor the queue."""

    def broken(**facts: object) -> None:
        raise ValueError("defect")

    monkeypatch.setattr(replenishment, "choose_step", broken)
    token = book(world, card="PC-KNEE")
    codes = open_codes(world)
    assert codes == {"decision.failed": "integration engineer"}
    [told] = world.exceptions()
    assert "ValueError" in told["summary"]
    assert told["severity"] == "urgent"
    assert state(world, "CASE", token) == "DEMAND_OPEN"
    assert line_of(world, "PACK").state == "RESERVED"
    assert [x.state for x in world.all("W2") if world.data(x)["item"] == "F5"] == ["ENRICHED"]


def test_an_event_for_a_process_nobody_runs_is_told(world: World) -> None:
    """An event of an unknown machine: an owned exception, nothing else."""
    world.event("case.scheduled", "W99", "x", {})
    [told] = world.exceptions()
    assert told["code"] == "process.unknown"


def test_an_event_whose_payload_does_not_fit_is_told(world: World) -> None:
    """The payload contract is checked before any guard reads it."""
    token = book(world, card="PC-PACK")
    world.event("case.cancelled", "CASE", token, {"version": "not a number"})
    assert open_codes(world) == {"event.contract": "integration engineer"}
    assert state(world, "CASE", token) == "COVERED"


@pytest.mark.walks("W7.001")
def test_an_event_no_rule_expects_is_told(world: World) -> None:
    """G3: stored, no transition, UNEXPECTED_EVENT; info level in a terminal state."""
    book(world)
    [requisition] = world.all("W7")
    answer = {"task": "x", "by": "ann", "reason": ""}
    world.event("review.approved", "W7", requisition.key, answer)
    [told] = world.exceptions()
    assert (told["code"], told["severity"]) == ("UNEXPECTED_EVENT", "normal")
    assert requisition.state == "DRAFT"
    assert "state DRAFT has no rule for it" in told["summary"]


def test_an_855_before_the_order_exists_waits_for_it(world: World) -> None:
    """G5: it waits for its order line, and then until the line is known to be sent."""
    book(world)
    syntho(world, "855", "PR", x855("IA"), 201)
    assert not world.all("W3")
    assert not world.exceptions()
    world.advance(minutes=14)
    [requisition] = world.all("W7")
    erp(world, purchase_order(requisition.key), last=6)
    assert took(world, "W3", LINE) == "001 002 006 016 028"
    assert not world.exceptions()


def test_a_functional_ack_of_something_we_never_sent_means_nothing(world: World) -> None:
    """A 997 for an unknown control number: kept, filtered, no event."""
    order(world)
    before = took(world, "W3", LINE)
    body = ["AK1*PO*999", "AK2*850*0001", "AK5*R", "AK9*R*1*1*0"]
    syntho(world, "997", "FA", body, 240)
    assert took(world, "W3", LINE) == before


def test_a_delivery_answer_twice_is_one_answer(world: World) -> None:
    """I3: the outcome of an attempt is one event per instance, whatever is replayed."""
    world.answers["erp.requisition.create"] = Accepted({"number": "RQ1"})
    book(world)
    world.advance(minutes=15)
    [requisition] = world.all("W7")
    outcomes = [e for e in world.events() if e.id.startswith("outcome/")]
    assert [e.type for e in outcomes] == ["outbox.dispatched", "target.confirmed"]
    assert requisition.state == "ERP_CREATED"


def test_a_bad_row_of_an_erp_page_is_told_and_the_others_count(world: World) -> None:
    """S8, G3: the order in the same page is taken; the row nobody could read has an owner."""
    book(world)
    bad = ("receipt", {"receipt_no": "GR1", "quantity": "1/0"})
    erp(world, bad, purchase_order(submit(world)), last=6)
    assert state(world, "W3", LINE) == "SENT"
    assert open_codes(world) == {"erp.change-unreadable": "integration engineer"}


def test_an_erp_page_that_cannot_be_read_is_kept_and_told(world: World) -> None:
    """S8: the page is an arrival like any other; it fails with an owner."""
    page = b'{"changes": 7}'
    world.arrive(page, endpoint="erp", format="erp", control_id="changes/0/aa")
    assert open_codes(world) == {"erp.page-unreadable": "integration engineer"}
    [kept] = world.read(lambda r: r.recent_arrivals(10, None))
    assert (kept.state, kept.code) == ("failed", "erp.page-unreadable")
