"""The stock page: an item's places, and what is not to be relied on."""

from __future__ import annotations

from door import call

from suture.documents.inventory import SourceSilent
from suture.testing.world import World


def test_an_item_is_shown_with_its_places(world: World) -> None:
    """What a nurse asks: how many are free, and how well is that known."""
    page = call(world, "/stock?item=PACK").text
    assert "NCH-OR-IMPL" in page and "4 EA free" in page
    assert "fresh" in page
    assert "no item has this key" in call(world, "/stock?item=NONE").text
    never = call(world, "/stock?item=F5").text
    assert "not known" in never


def test_doubtful_positions_are_listed_without_asking(world: World) -> None:
    """Stale, disputed and unknown ones stand on the page whichever item was asked for."""
    silent = SourceSilent(silent_s=61 * 60)
    world.event("timer.validity_expired", "W9", "PACK@NCH-OR-IMPL", silent)
    part = call(world, "/fragments/stock?item=T5").text
    assert "stale" in part and "/stock?item=PACK" in part
    assert "Every position is freshly known" not in part


def test_without_an_item_the_positions_are_listed(world: World) -> None:
    """Somebody who does not know the key finds it on the page."""
    page = call(world, "/stock").text
    assert "/stock?item=PACK" in page and "Positions" in page
    assert "/stock?item=PACK" not in call(world, "/stock?facility=SMC").text
