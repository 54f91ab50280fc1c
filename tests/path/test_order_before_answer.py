"""The ERP's order overtakes the answer to our requisition: found by the storm of the soak."""

from __future__ import annotations

import pytest
from test_bought_case import LINE, book_short_case, erp
from wire import erp_page, purchase_order, siu, stock, x12, x855, x997

from suture.core.outcome import Accepted, Outcome, Uncertain
from suture.testing.world import World


@pytest.mark.walks("W7.054")
def test_an_order_that_overtakes_the_answer_is_taken_up(world: World) -> None:
    """While the posting is still unknown the order arrives: ORDERED, no second requisition."""
    world.answers |= {
        "order.dispatch": Accepted({"evidence": "transfer"}),
        "erp.requisition.create": Uncertain("http.timeout"),
        "erp.requisition.find": Uncertain("http.timeout"),
    }
    world.arrive(
        erp_page(stock("PACK", 5), stock("F5", 0), last=2),
        endpoint="erp",
        format="erp",
        control_id="changes/0-2",
    )
    world.hl7(siu())
    world.advance(minutes=15)
    [requisition] = world.all("W7")
    assert requisition.state == "ERP_UNKNOWN"
    erp(world, purchase_order(requisition.key), last=3)
    assert world.instance("W7", requisition.key).state == "ORDERED"
    assert world.instance("W3", "PO4500012345/1").state == "SENT"
    assert [s.kind for s in world.sent].count("erp.requisition.create") == 1
    assert "W7.054" in world.rules("W7", requisition.key)
    world.answers["erp.requisition.find"] = Accepted({"found": "true", "number": "RQ1"})
    world.advance(minutes=5)
    assert world.instance("W7", requisition.key).state == "ORDERED"
    assert not world.exceptions()


async def _supplier_meanwhile(world: World, set_id: str, functional: str, number: int) -> None:
    [sent] = [s for s in world.sent if s.kind == "order.dispatch"]
    body = x997(sent.control_id, "A") if set_id == "997" else x855("IB", day="20270125")
    await world.meanwhile(
        x12(set_id, functional, body, control=number),
        endpoint="SUP-9001",
        format="x12",
        control_id=f"{number:09d}",
    )


@pytest.mark.walks("W3.236")
def test_an_answer_that_overtakes_our_own_outcome_is_kept_until_it_is_known(world: World) -> None:
    """Time-out after commit: 997 and 855 come while the 850 is still on the wire."""

    async def lost(content: bytes) -> Outcome:
        await _supplier_meanwhile(world, "997", "FA", 300)
        await _supplier_meanwhile(world, "855", "PR", 301)
        assert world.instance("W3", LINE).state == "READY"
        return Uncertain("http.timeout")

    key = book_short_case(world)
    world.answers["order.dispatch"] = lost
    erp(world, purchase_order(key), last=3)
    assert world.instance("W3", LINE).state == "BACKORDERED"
    assert [s.kind for s in world.sent].count("order.dispatch") == 1
    assert {x["code"] for x in world.exceptions()} == {"order.backordered", "line.at-risk"}
