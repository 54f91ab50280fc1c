"""Packaging trees convert exactly or refuse (spec 2.0.12 Units)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.canonical.packaging import PackagingLevel, PackagingTree, packaging_tree
from suture.core.refusal import RefusalError


def level(
    uom: str, contains: int | Fraction = 1, of: str | None = None, gtin: str = ""
) -> PackagingLevel:
    return PackagingLevel(uom=uom, contains=Fraction(contains), of=of, gtin=gtin)


GLOVES = packaging_tree(
    [
        level("CA", 10, "BX", "19521001001011"),
        level("EA", gtin="09521001001014"),
        level("BX", 100, "EA", "59521001001019"),
    ]
)


def test_levels_convert_along_the_tree() -> None:
    """A case of ten boxes of a hundred is a thousand each."""
    assert GLOVES.base == "EA"
    assert GLOVES.to_base(Fraction(2), "CA") == 2000
    assert GLOVES.convert(Fraction(50), "EA", "BX") == Fraction(1, 2)
    assert GLOVES.convert(Fraction(3), "CA", "BX") == 30


@pytest.mark.parametrize(
    ("quantity", "uom", "expected"),
    [(1, "BX", 1), (100, "BX", 1), (101, "BX", 2), (0, "CA", 0), (1001, "CA", 2), (7, "EA", 7)],
)
def test_round_up_covers_the_need(quantity: int, uom: str, expected: int) -> None:
    """An order is whole packs and never fewer than needed."""
    assert GLOVES.round_up_to(Fraction(quantity), uom) == expected


def test_gtin_names_its_level_with_or_without_leading_zeros() -> None:
    """A GTIN-13 on a label is the GTIN-14 of the tree."""
    assert GLOVES.uom_of_gtin("9521001001014") == "EA"
    assert GLOVES.uom_of_gtin("19521001001011") == "CA"
    assert GLOVES.uom_of_gtin("29521001001018") is None


def test_equal_paths_are_one_path() -> None:
    """A case said to be 10 boxes and 1000 each is consistent."""
    tree = packaging_tree(
        [level("EA"), level("BX", 100, "EA"), level("CA", 10, "BX"), level("CA", 1000, "EA")]
    )
    assert tree.factor("CA") == 1000


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        ([], "packaging.no-base"),
        ([level("BX", 10, "BX")], "packaging.no-base"),
        ([level("EA"), level("PR")], "packaging.two-bases"),
        ([level("EA", 2)], "packaging.contains"),
        ([level("EA"), level("BX", 0, "EA")], "packaging.contains"),
        ([level("EA"), level("BX", -1, "EA")], "packaging.contains"),
        ([level("EA"), level("CA", 10, "BX")], "packaging.unknown-unit"),
        ([level("EA"), level("BX", 2, "CA"), level("CA", 2, "BX")], "packaging.cycle"),
        (
            [level("EA"), level("BX", 100, "EA"), level("CA", 10, "BX"), level("CA", 900, "EA")],
            "packaging.disagreement",
        ),
        (
            [level("EA", gtin="09521001001014"), level("BX", 9, "EA", "9521001001014")],
            "packaging.gtin-twice",
        ),
        ([level("EA"), *(level(f"U{n}", 2, "EA") for n in range(40))], "packaging.too-many-levels"),
    ],
)
def test_a_broken_tree_is_refused(levels: list[PackagingLevel], code: str) -> None:
    """Nothing is converted with a tree that does not have one meaning."""
    with pytest.raises(RefusalError) as refused:
        packaging_tree(levels)
    assert refused.value.code == code


def test_a_unit_code_has_no_meaning_without_the_tree() -> None:
    """`PK` is refused although other items have packs."""
    with pytest.raises(RefusalError) as refused:
        GLOVES.to_base(Fraction(1), "PK")
    assert refused.value.code == "packaging.unknown-unit"


@st.composite
def trees(draw: st.DrawFn) -> PackagingTree:
    """Chains and branches of up to six levels with rational contents."""
    levels = [level("U0")]
    for n in range(1, draw(st.integers(1, 6))):
        parent = draw(st.integers(0, n - 1))
        contains = draw(st.fractions(min_value=Fraction(1, 50), max_value=500, max_denominator=50))
        levels.append(level(f"U{n}", contains, f"U{parent}"))
    return packaging_tree(draw(st.permutations(levels)))


QUANTITIES = st.fractions(min_value=0, max_value=10_000, max_denominator=1000)


@given(tree=trees(), quantity=QUANTITIES, data=st.data())
def test_there_and_back_is_exact(
    tree: PackagingTree, quantity: Fraction, data: st.DataObject
) -> None:
    """Converting to any unit and back loses nothing."""
    one, two = (data.draw(st.sampled_from(sorted(tree.factors))) for _ in range(2))
    assert tree.convert(tree.convert(quantity, one, two), two, one) == quantity


@given(tree=trees(), quantity=QUANTITIES, data=st.data())
def test_the_way_does_not_matter(
    tree: PackagingTree, quantity: Fraction, data: st.DataObject
) -> None:
    """One step or two give the same, whatever lies between."""
    one, two, three = (data.draw(st.sampled_from(sorted(tree.factors))) for _ in range(3))
    direct = tree.convert(quantity, one, three)
    assert tree.convert(tree.convert(quantity, one, two), two, three) == direct


@given(tree=trees(), quantity=QUANTITIES, data=st.data())
def test_rounding_up_is_the_least_cover(
    tree: PackagingTree, quantity: Fraction, data: st.DataObject
) -> None:
    """The pack count covers the need and one less does not."""
    uom = data.draw(st.sampled_from(sorted(tree.factors)))
    count = tree.round_up_to(quantity, uom)
    assert count.denominator == 1
    assert tree.to_base(count, uom) >= quantity
    assert count == 0 or tree.to_base(count - 1, uom) < quantity
