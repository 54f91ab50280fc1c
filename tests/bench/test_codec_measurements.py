"""The measurements of the codecs work: on tiny sizes, with nothing said about time."""

from __future__ import annotations

import math

import pytest
from bench.__main__ import LONG, table
from bench.figure import read_budgets

from bench import peers, sizes

TINY = 20_000


@pytest.mark.parametrize("name", sizes.READERS)
def test_each_reader_reads_what_is_made_for_it(name: str) -> None:
    """The content is about as large as asked, and read without problems."""
    _, make, _ = sizes.READERS[name]
    found = sizes.measured(name, TINY)
    assert found.size == sum(map(len, make(TINY)))
    assert found.size >= TINY // 2
    assert found.items >= 1
    assert found.peak_mib > 1


def test_a_size_is_measured_in_a_process_of_its_own() -> None:
    """Each reader gives its costs by size, their ratios, and two lines for the picture."""
    found = sizes.run((TINY, 2 * TINY))
    assert len(found.series) == 2 * len(sizes.READERS)
    assert all(len(one.points) == 2 for one in found.series)
    keys = {one.key for one in found.figures}
    assert keys >= {key for key in read_budgets() if key.startswith("P5L.")}
    assert {"P1S", "P5L", "P7"} == LONG


@pytest.mark.parametrize("peer", peers.PEERS, ids=lambda peer: peer.key)
def test_both_sides_do_the_same_work(peer: peers.Peer) -> None:
    """Ours, theirs and the ratio; or one line that says why not."""
    found = peers.compared(peer)
    assert len(found) == (1 if "skipped" in found[0].text else 3)


def test_a_library_that_is_missing_is_said() -> None:
    """Its figure is no number, and stands in the table with the reason."""
    absent = peers.Peer("absent", "no_such_library", "nothing", peers.pyx12)
    (found,) = peers.compared(absent)
    assert math.isnan(found.value)
    assert "not installed" in table([found], {})
