"""Slice 1: a real SIU comes in, the case is covered from stock."""

from __future__ import annotations

from wire import erp_page, siu, stock

from suture.testing.world import World


def test_a_booked_case_is_covered_from_stock(world: World) -> None:
    """S85, S86: SIU^S12 becomes demand, stock covers it, every step has its rule and reason."""
    world.arrive(
        erp_page(stock("PACK", 5), stock("OPT", 5), last=2),
        endpoint="erp",
        format="erp",
        control_id="changes/0-2",
    )
    ack = world.hl7(siu(card="PC-STOCK"))
    assert b"MSA|CA|MSG0001" in ack
    [case] = world.all("CASE")
    assert case.state == "COVERED"
    assert {x.state for x in world.all("W2")} == {"RESERVED"}
    assert world.rules("CASE", case.key) == ["CASE.001", "CASE.002", "CASE.009"]
    assert not world.exceptions()
