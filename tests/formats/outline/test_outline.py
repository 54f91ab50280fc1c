"""Trees and their differences, whatever the format."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.outline import Change, Node, differences, guess, read_all

LEAVES = st.builds(Node, label=st.sampled_from("abc"), value=st.sampled_from(["", "1", "2"]))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        Node, label=st.sampled_from("abc"), children=st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=12,
)


@given(tree=TREES)
def test_a_tree_is_no_different_from_itself(tree: Node) -> None:
    """Nothing is told of two equal trees."""
    assert list(differences(tree, tree)) == []


def values(tree: Node) -> Counter[str]:
    """Return how often each value stands in a tree."""
    return Counter(n.value for n in tree.walk() if n.value)


@given(before=TREES, after=TREES)
def test_the_changes_lead_from_one_tree_to_the_other(before: Node, after: Node) -> None:
    """Taking out what is told as before and putting in what is told as after gives the values."""
    found = values(before)
    for change in differences(before, after):
        found.subtract([change.before] if change.before else [])
        found.update([change.after] if change.after else [])
    assert +found == values(after)
    assert not -found


@given(before=TREES, after=TREES)
def test_different_leaves_are_told(before: Node, after: Node) -> None:
    """When the values of the leaves differ, something is said."""
    values = [[(n.label, n.value) for n in tree.walk() if n.value] for tree in (before, after)]
    if sorted(values[0]) != sorted(values[1]):
        assert list(differences(before, after))


def test_an_insertion_is_one_addition() -> None:
    """The rows after it are matched by content."""
    rows = tuple(Node("row", str(n), path=f"row {n}") for n in range(50))
    before, after = Node("t", children=rows[:20] + rows[21:]), Node("t", children=rows)
    assert list(differences(before, after)) == [Change("added", "row 20", "", "20")]


def test_a_representation_shows_no_value() -> None:
    """Nodes and changes hold what a document says."""
    assert "SYNCANARY" not in repr(Node("PID-5", "SYNCANARY", children=(Node("x", "SYNCANARY"),)))
    assert "SYNCANARY" not in repr(Change("changed", "PID-5", "SYNCANARY", "SYNCANARY"))


@given(st.binary(max_size=200))
def test_any_bytes_are_guessed_or_refused(data: bytes) -> None:
    """Reading never raises anything but the refusal."""
    if not guess(data):
        with pytest.raises(RefusalError) as refused:
            list(read_all(data))
        assert refused.value.code == "format.unknown"
        return
    assert list(read_all(data))


@pytest.mark.parametrize(
    "start", [b"MSH|^~\\&|", b"ISA*00*", b"UNB+UNOA:1+", b"<cXML>", b"CIF_I_V3.0\r\n"]
)
@given(rest=st.binary(max_size=300))
def test_what_starts_right_is_read_whatever_follows(start: bytes, rest: bytes) -> None:
    """A document, problems, or both; no exception."""
    for opened in read_all(start + rest):
        assert opened.document is not None or opened.problems
