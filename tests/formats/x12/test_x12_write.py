"""Writing interchanges: fixed widths, counts, control numbers, and refusals without content."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.x12 import (
    Delimiters,
    Envelope,
    compose,
    parse,
    set_control,
)

ENVELOPE = Envelope(
    set_id="850",
    sender="SYNTHBUYER",
    receiver="SYNTHSUP",
    receiver_qualifier="14",
    interchange_control=104,
    group_control=7,
    at=datetime(2027, 1, 8, 14, 15, tzinfo=UTC),
    is_test=True,
)
ORDER = [["BEG", "00", "NE", "PO7", "", "20270108"], ["PO1", "1", "2", "EA", "5.00", "", ""]]


def test_an_order_is_written_with_its_envelope() -> None:
    """ISA has its widths; SE, GE and IEA count; empty elements at the end are left out (S51)."""
    assert compose(ENVELOPE, [ORDER]) == (
        b"ISA*00*          *00*          *ZZ*SYNTHBUYER     *14*SYNTHSUP       "
        b"*270108*1415*^*00501*000000104*0*T*:~"
        b"GS*PO*SYNTHBUYER*SYNTHSUP*20270108*1415*7*X*005010~"
        b"ST*850*0001~BEG*00*NE*PO7**20270108~PO1*1*2*EA*5.00~SE*4*0001~"
        b"GE*1*7~IEA*1*000000104~"
    )


def test_several_sets_count_on() -> None:
    """Each set has its own control number, from the first that was given."""
    content = compose(replace(ENVELOPE, set_control_start=41), [ORDER, ORDER])
    found, problems = parse(content)
    assert problems == []
    assert [one.control_number for one in found.sets] == ["0041", "0042"]
    assert set_control(12345) == "12345"


def test_version_004010_has_no_repetition_separator() -> None:
    """Before 00402 ISA11 is the standards id."""
    content = compose(replace(ENVELOPE, version="004010"), [ORDER])
    assert b"*U*00401*" in content
    assert parse(content)[0].delimiters.repetition == ""


def test_a_composite_is_written_by_components() -> None:
    """A sequence is a composite element; empty components at its end are left out."""
    content = compose(ENVELOPE, [[*ORDER, ["QTY", ["a", "", "c", ""], "x"]]])
    assert b"~QTY*a::c*x~" in content


def test_an_implementation_acknowledgement_names_its_version() -> None:
    """ST03 of a 999 is the version of its guide."""
    content = compose(replace(ENVELOPE, set_id="999"), [[["AK1", "PO", "1"]]])
    assert b"~ST*999*0001*005010~" in content
    assert b"GS*FA*" in content


@pytest.mark.parametrize("mark", ["*", ":", "~", "^"])
def test_a_delimiter_in_a_value_is_refused(mark: str) -> None:
    """X12 has no escape: the position is told, the value is not."""
    with pytest.raises(RefusalError) as caught:
        compose(ENVELOPE, [[*ORDER, ["PID", "F", "", "", "", f"SYNCANARY{mark}X"]]])
    assert caught.value.code == "x12.delimiter-in-value"
    assert caught.value.path == "PID[4]-5"
    assert "SYNCANARY" not in str(caught.value)


def test_a_control_character_in_a_value_is_refused() -> None:
    """Line breaks and other control characters would break the receiver's lines."""
    with pytest.raises(RefusalError) as caught:
        compose(ENVELOPE, [[*ORDER, ["PID", "F\n"]]])
    assert (caught.value.code, caught.value.path) == ("x12.character", "PID[4]-1")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"sender": "SYNTHBUYERTOOLONG"}, "ISA-6"),
        ({"receiver": ""}, "ISA-8"),
        ({"receiver": "SYNTHÜ"}, "ISA-8"),
        ({"sender_qualifier": "Z"}, "ISA-5"),
        ({"receiver_qualifier": "ZZZ"}, "ISA-7"),
        ({"interchange_control": 0}, "ISA-13"),
        ({"interchange_control": 1_000_000_000}, "ISA-13"),
        ({"group_control": -1}, "GS-6"),
        ({"version": "5010"}, "GS-8"),
        ({"version": "x05010"}, "GS-8"),
        ({"set_id": "899"}, "ST-1"),
        ({"set_control_start": 1_000_000_000}, "ST-2"),
        ({"delimiters": Delimiters(element=":", component=":")}, "ISA"),
        ({"delimiters": Delimiters(segment="A")}, "ISA"),
    ],
)
def test_an_envelope_that_does_not_fit_is_refused(change: dict[str, object], path: str) -> None:
    """What has no room in its element is refused at its place."""
    with pytest.raises(RefusalError) as caught:
        compose(replace(ENVELOPE, **change), [ORDER])  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.path) == ("x12.envelope-value", path)


VALUE = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x24F, exclude_characters="*:~^"), max_size=20
).filter(lambda text: text.isprintable())
SEGMENT = st.tuples(st.sampled_from(["REF", "N1", "MSG", "PID"]), st.lists(VALUE, max_size=6))


@given(st.lists(st.lists(SEGMENT, max_size=8), min_size=1, max_size=3))
def test_what_is_written_is_read(sets: list[list[tuple[str, list[str]]]]) -> None:
    """Values, counts and envelope survive the way out and in, and the bytes come back."""
    written = [[[segment_id, *values] for segment_id, values in one] for one in sets]
    content = compose(ENVELOPE, written)
    found, problems = parse(content)
    assert bytes(found) == content
    counting = {"x12.segment-count", "x12.set-count", "x12.group-count", "x12.interchange-control"}
    assert not counting & {problem.code for problem in problems}
    assert len(found.sets) == len(sets)
    for one, expected in zip(found.sets, written, strict=True):
        for segment, values in zip(one.segments[1:-1], expected, strict=True):
            assert segment.id == values[0]
            for number, value in enumerate(values):
                assert segment.element(number) == value
