"""The ERP's order overtakes the answer to our requisition: found by the storm of the soak."""

from __future__ import annotations

from test_bought_case import erp
from wire import erp_page, purchase_order, siu, stock

from suture.core.outcome import Accepted, Uncertain
from suture.testing.world import World


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
