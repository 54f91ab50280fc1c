"""Writing and editing: what is composed reads back the same, what is changed changes alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from edifact_samples import AT, ORDER, envelope, wrap
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.edifact import (
    STANDARD,
    Delimiters,
    InterchangeParty,
    OutMessage,
    Repeated,
    build,
    compose,
    parse,
    parse_all,
    read_order,
    replaced,
    spliced,
    validate,
)

SEGMENTS = [
    build.bgm("220", "PO'7+8"),
    build.dtm("137", date(2027, 1, 8)),
    build.dtm("2", datetime(2027, 1, 10, 7, 30, tzinfo=UTC), "203"),
    build.rff("CT", "CTR-KNEE"),
    build.nad("BY", "9521000000001"),
    build.nad("SU", "9521009000019", name="SYNTH SUPPLY"),
    build.cux("USD"),
    build.lin("1", "09521001001014"),
    build.pia("1", ("KF-5", "SA"), ("B-1", "IN")),
    build.imd("SYNTH COMPONENT: CEMENTED, SIZE 5 AND A LONG TEXT?"),
    build.qty("21", Fraction(3, 2), "PCE"),
    build.moa("203", Decimal("2175.00")),
    build.ftx("PUR", "SYNTH NOTE"),
    build.pri("AAA", Decimal("1450.00"), 1, "PCE"),
    build.rff("ON", "PO7", "1"),
    build.tax(Decimal("20")),
    build.uns(),
    build.cnt("2", 1),
]


def test_a_built_order_is_sound_and_reads_back() -> None:
    """Counts, references and release characters are right; the values are those given."""
    content = compose(envelope(), [OutMessage(type="ORDERS", segments=SEGMENTS)])
    assert content.startswith(b"UNA:+.? 'UNB+UNOC:3+9521000000001:14+9521009000019:14+270108:1415+")
    assert b"BGM+220+PO?'7?+8+9'" in content
    assert content.endswith(b"UNT+20+1'UNZ+1+REF1'")
    found, problems = parse(content)
    assert problems + validate(found) == []
    order, problems = read_order(found.messages[0])
    assert problems == []
    assert order.head.number == "PO'7+8"
    assert order.head.date("2") == datetime(2027, 1, 10, 7, 30, tzinfo=UTC)
    (line,) = order.lines
    assert line.description == "SYNTH COMPONENT: CEMENTED, SIZE 5 AND A LONG TEXT?"
    quantity, price = line.quantity("21"), line.price()
    assert quantity is not None and quantity.value == Fraction(3, 2)
    assert price is not None and (price.amount, price.basis) == (Decimal("1450.00"), Fraction(1))
    assert line.taxes[0].rate == Decimal(20)


def test_goods_are_built_with_their_numbers() -> None:
    """GIN and PCI as a despatch advice needs them."""
    assert build.gin("BJ", "095210090000000019") == ["GIN", "BJ", "095210090000000019"]
    assert build.pci("36E", "L7F21") == ["PCI", "36E", ["L7F21"]]
    assert build.pci("33E") == ["PCI", "33E"]
    assert build.nad("DP") == ["NAD", "DP", "", "", [""]]
    pieces = build.ftx("PUR", "X" * 500)[4]
    assert [len(piece) for piece in pieces] == [70, 70, 70, 70, 220]


VALUES = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=("Cc", "Cs")), max_size=12
)
ELEMENTS = st.one_of(VALUES, st.lists(VALUES, min_size=1, max_size=4))
SEGMENT_LISTS = st.lists(
    st.builds(
        lambda tag, elements: [tag, *elements],
        st.sampled_from(["BGM", "FTX", "LIN", "IMD", "QTY"]),
        st.lists(ELEMENTS, max_size=5),
    ),
    max_size=6,
)
MARKS = st.sampled_from(
    [
        STANDARD,
        replace(STANDARD, line_end="\r\n"),
        Delimiters("|", "^", ",", "!", "", "~"),
        Delimiters("\x1f", "\x1d", ".", "?", "", "\x1c"),
    ]
)


def trimmed(values: list[str]) -> list[str]:
    """Return the values without the empty ones at the end."""
    while values and not values[-1]:
        values = values[:-1]
    return values


@given(SEGMENT_LISTS, MARKS, st.sampled_from(["UNOC", "UNOW"]), st.integers(1, 4))
def test_what_is_composed_reads_back_the_same(
    segments: list[list[str | list[str]]], marks: Delimiters, identifier: str, version: int
) -> None:
    """parse(compose(x)) == x for any values and delimiters, but for empty ends (S51)."""
    written = envelope(delimiters=marks, identifier=identifier, syntax_version=version)
    content = compose(written, [OutMessage(type="XXXXXX", segments=segments)] * 2)
    found, problems = parse(content)
    assert {p.code for p in problems} <= {
        *("edifact.character", "edifact.line-end", "edifact.reference-repeated")
    }
    assert [m.type for m in found.messages] == ["XXXXXX"] * 2
    for message in found.messages:
        back = [
            [s.id, *(trimmed(s.components(n)) for n in range(1, len(s.elements)))]
            for s in message.segments[1:-1]
        ]
        wanted = [
            [s[0], *(trimmed([e] if isinstance(e, str) else list(e)) for e in s[1:])]
            for s in segments
        ]
        assert [_ended(s) for s in back] == [_ended(s) for s in wanted]
    assert {p.code for p in validate(found)} <= {"edifact.unknown-message"}
    assert bytes(found) == content


def _ended(segment: list[object]) -> list[object]:
    while segment and not segment[-1]:
        segment = segment[:-1]
    return segment


def test_groups_versions_and_repetitions_are_written() -> None:
    """UNG and UNE around the messages; version 4 writes a year of four digits and repetitions."""
    written = envelope(
        group_reference="G1", syntax_version=4, has_una=False, is_test=True, ack_requested=True
    )
    body = [["COM", Repeated((["A", "TE"], ["B", "FX"]))], build.uns()]
    content = compose(written, [OutMessage(type="XXXXXX", segments=body, version="D.01B")])
    assert content.startswith(b"UNB+UNOC:4+") and b"+20270108:1415+" in content
    assert b"COM+A:TE*B:FX'" in content
    found, problems = parse(content)
    assert problems == [] and {p.code for p in validate(found)} == {"edifact.unknown-message"}
    assert (found.is_test, found.ack_requested) == (True, True)
    assert found.groups[0].reference == "G1"
    assert found.messages[0].get("COM-1[2].2") == "FX"
    assert found.prepared_at == AT.replace(tzinfo=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"reference": ""},
        {"sender": InterchangeParty("")},
        {"sender": InterchangeParty("x" * 36)},
        {"identifier": "UNOX"},
        {"identifier": "KECA"},
        {"syntax_version": 5},
        {"delimiters": replace(STANDARD, element=":")},
        {"delimiters": replace(STANDARD, segment="A")},
        {"delimiters": replace(STANDARD, element="|"), "has_una": False},
        {"delimiters": replace(STANDARD, component="")},
        {"group_reference": "x" * 15},
    ],
)
def test_a_wrong_envelope_is_refused(changes: dict[str, object]) -> None:
    """What does not fit the envelope is refused before anything is written."""
    with pytest.raises(RefusalError) as caught:
        compose(envelope(**changes), [OutMessage(type="ORDERS", segments=[])])  # type: ignore[arg-type]
    assert caught.value.code == "edifact.envelope-value"


@pytest.mark.parametrize(
    ("identifier", "segment"),
    [
        ("UNOA", ["FTX", "small"]),
        ("UNOB", ["FTX", "é"]),
        ("UNOC", ["FTX", "€"]),
        ("UNOC", ["FTX", "a\nb"]),
        ("UNOC", ["FTX", "a\x00b"]),
        ("UNOC", ["F"]),
        ("UNOC", [["FTX"]]),
        ("UNOC", ["FTX", Repeated(("a", "b"))]),
    ],
)
def test_a_value_that_cannot_be_written_is_refused(identifier: str, segment: list[str]) -> None:
    """The place is named, never the value."""
    with pytest.raises(RefusalError) as caught:
        compose(envelope(identifier=identifier), [OutMessage(type="ORDERS", segments=[segment])])
    assert caught.value.code == "edifact.value"
    assert "small" not in str(caught.value)


def test_without_a_release_character_delimiters_are_refused() -> None:
    """A value that would be cut at its delimiter is never written."""
    marks = replace(STANDARD, release="")
    with pytest.raises(RefusalError):
        compose(envelope(delimiters=marks), [OutMessage(type="ORDERS", segments=[["FTX", "a+b"]])])


def test_a_changed_value_changes_nothing_else() -> None:
    """Bytes around the value stay, released ones too; the changed document is read again."""
    text = wrap(ORDER.replace("CTR-KNEE", "C?+T'\r\n").replace("SYNTHTOWN", "TOWN?'"))
    found, _ = parse(text.encode())
    changed = replaced(found, {"QTY-1.2": "7", "RFF-1.2": "A+B", "NAD-4": "É"})
    wanted = text.replace("QTY+21:2", "QTY+21:7").replace("C?+T", "A?+B")
    wanted = wanted.replace("NAD+BY+9521000000001::9'", "NAD+BY+9521000000001::9++É'")
    assert bytes(changed) == wanted.encode("latin-1")
    assert changed.messages[0].get("QTY-1.2") == "7"
    assert bytes(found) == text.encode()


def test_a_value_of_a_later_interchange_is_changed_in_place() -> None:
    """Offsets of a file with several interchanges do not mislead the editor."""
    text = wrap(ORDER)
    found, _ = parse_all(f"{text}\n{text}".encode())
    changed = replaced(found[1], {"BGM-2": "PO8", "UNT-2": "1", "DTM[2]-1.3": "102"})
    assert bytes(changed) == text.replace("PO7+9", "PO8+9").replace("0730:203", "0730:102").encode()


@given(st.sampled_from(["BGM-2", "BGM-7.3", "DTM[2]-1.2", "LIN[2]-3", "CNT-1.2", "UNH-3"]), VALUES)
def test_any_value_that_is_set_is_read_back(path: str, value: str) -> None:
    """Setting, then reading, gives the value."""
    found, _ = parse(wrap(ORDER).encode())
    if any("\x7f" <= mark <= "\x9f" for mark in value):
        with pytest.raises(RefusalError):
            replaced(found, {path: value})
        return
    changed = replaced(found, {path: value})
    assert changed.messages[0].get(path) == value
    assert len(changed.messages[0].table) == len(found.messages[0].table)


def test_a_repetition_is_set_in_version_4_only() -> None:
    """Before version 4 there is no second repetition."""
    found, _ = parse(wrap(ORDER, syntax="UNOC:4").encode())
    assert replaced(found, {"BGM-2[2]": "Q"}).messages[0].get("BGM-2[2]") == "Q"
    old, _ = parse(wrap(ORDER).encode())
    with pytest.raises(RefusalError):
        replaced(old, {"BGM-2[2]": "Q"})


def test_segments_are_inserted_replaced_and_removed() -> None:
    """UNT follows; the rest of the bytes stays."""
    text = wrap(ORDER)
    found, _ = parse(text.encode())
    number = found.messages[0].number_of("UNS", 1)
    assert number is not None
    more = spliced(found, 0, (number, number), [["LIN", "3"], ["QTY", ["21", "1"]]])
    assert validate(more) == []
    assert (
        bytes(more)
        == text.replace("UNS", "LIN+3'QTY+21:1'UNS").replace("UNT+25", "UNT+27").encode()
    )
    second = more.messages[0].number_of("LIN", 2)
    assert second is not None
    less = spliced(more, 0, (second, number), [])
    assert [s.value(1) for s in less.messages[0].all("LIN")] == ["1", "3"]
    assert validate(less) == []


@pytest.mark.parametrize("place", [(0, 1), (5, 4), (2, 99), (25, 25)])
def test_segments_go_between_unh_and_unt(place: tuple[int, int]) -> None:
    """The envelope of a message is not spliced."""
    found, _ = parse(wrap(ORDER).encode())
    with pytest.raises(RefusalError) as caught:
        spliced(found, 0, place, [])
    assert caught.value.code == "edifact.path"


@pytest.mark.parametrize("path", ["ZZZ-1", "BGM", "BGM[2]-1"])
def test_a_value_that_has_no_place_is_refused(path: str) -> None:
    """Nothing is invented: the segment must be there."""
    found, _ = parse(wrap(ORDER).encode())
    with pytest.raises(RefusalError):
        replaced(found, {path: "x"})
    with pytest.raises(RefusalError):
        replaced(found, {"BGM-1": "x"}, 1)
