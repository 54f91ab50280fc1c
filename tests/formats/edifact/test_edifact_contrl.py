"""CONTRL: an interchange is answered message by message, and an answer is read as it is meant."""

from __future__ import annotations

import pytest
from edifact_samples import ORDER, envelope, message, read, wrap
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.formats.edifact import (
    PROBLEM_CODES,
    Control,
    ControlDetail,
    EdifactProfile,
    control,
    parse,
    parse_all,
    read_control,
    receipt,
    validate,
)
from suture.formats.edifact.contrl import (
    ELEMENT_ERRORS,
    GROUP_ERRORS,
    INTERCHANGE_ERRORS,
    MESSAGE_ERRORS,
    SEGMENT_ERRORS,
)
from suture.formats.profile import Deviation, permitted


def answered(text: str) -> tuple[str, Control]:
    """Return the segments of the CONTRL for a text, and what it reads as."""
    found, problems = read(text)
    content = control(found, problems, envelope("ACK1"))
    back, faults = parse(content)
    assert faults + validate(back) == []
    reading, problems = read_control(back.messages[0])
    assert problems == [] and reading is not None
    return content.decode().partition("'UCI")[2].partition("'UNT")[0], reading


def test_a_sound_interchange_is_acknowledged() -> None:
    """UCI 7 and UCM 7 with references and addresses of the interchange."""
    body, reading = answered(wrap(ORDER))
    assert body == "+REF1+9521000000001:14+9521009000019:14+7'UCM+1+ORDERS:D:96A:UN+7"
    assert (reading.reference, reading.sender, reading.action) == ("REF1", "9521000000001", "7")
    assert reading.is_accepted("1") is True
    assert reading.is_accepted("2") is True


def test_a_faulty_message_is_rejected_with_places() -> None:
    """UCS counts segments from UNH, UCD counts elements with the tag as 1 (CONTRL 0096, 0098)."""
    text = wrap(ORDER.replace("QTY+21:2", "QTY+21:X").replace("UNS+S'", "UNS+S'ZZZ'"))
    body, reading = answered(text)
    assert body.split("'")[1:] == [
        "UCM+1+ORDERS:D:96A:UN+4",
        "UCS+13",
        "UCD+37+2:2",
        "UCS+23+15",
    ]
    assert reading.is_accepted("1") is False
    assert reading.answers[0].details == (
        ControlDetail(13, "37", 2, 2),
        ControlDetail(23, "15"),
    )


def test_one_bad_message_does_not_reject_the_others() -> None:
    """The interchange is acknowledged, the message is not."""
    text = wrap(ORDER).replace("UNZ+1", "UNH+2+ORDERS:D:96A:UN'BGM+1'UNT+9+2'UNZ+2")
    body, reading = answered(text)
    assert reading.action == "7"
    assert (reading.is_accepted("1"), reading.is_accepted("2")) == (True, False)
    assert "UCM+2+ORDERS:D:96A:UN+4+29+UNT'UCS+1+13" in body


@pytest.mark.parametrize(
    ("change", "error", "tag"),
    [
        (("UNZ+1+REF1", "UNZ+1+REF2"), "28", "UNZ"),
        (("UNZ+1", "UNZ+3"), "29", "UNZ"),
        (("UNZ+1+REF1'", ""), "13", "UNZ"),
        (("UNB+UNOC:3", "UNB+UNOC:3'UNE+1"), "33", ""),
    ],
)
def test_a_broken_envelope_rejects_the_interchange(
    change: tuple[str, str], error: str, tag: str
) -> None:
    """UCI 4 names the error and the segment; no message is acknowledged."""
    body, reading = answered(wrap(ORDER).replace(*change))
    assert (reading.action, reading.error) == ("4", error)
    assert reading.answers == () and reading.is_accepted("1") is False
    assert body.endswith(f"+4+{error}" + (f"+{tag}" if tag else ""))


@pytest.mark.parametrize(("trailer", "action"), [("UNE+1+G1'", "7"), ("UNE+9+G1'", "4")])
def test_groups_are_answered_by_ucf(trailer: str, action: str) -> None:
    """A group has its own verdict."""
    text = wrap(ORDER).replace("UNH", "UNG+ORDERS+A+B+270108:1415+G1+UN+D:96A'UNH", 1)
    body, reading = answered(text.replace("UNZ", f"{trailer}UNZ"))
    assert f"'UCF+G1+A+B+{action}" in body
    assert [a.reference for a in reading.answers] == (["1"] if action == "7" else [])


def test_a_permitted_deviation_is_acknowledged() -> None:
    """What the profile permits does not reject."""
    profile = EdifactProfile(
        name="synth", deviations=(Deviation(name="no-uns", code="edifact.segment-missing"),)
    )
    found, problems = parse(wrap(ORDER.replace("UNS+S'", "")).encode())
    stated = permitted(problems, profile) + validate(found, profile)
    content = control(found, stated, envelope("ACK1"))
    assert b"UCM+1+ORDERS:D:96A:UN+7'" in content


def test_a_receipt_says_nothing_of_messages() -> None:
    """0083 of 8: received, so nobody may read an acceptance from it."""
    found, _ = parse(wrap(ORDER).encode())
    back, _ = parse(receipt(found, envelope("ACK1")))
    reading, _ = read_control(back.messages[0])
    assert reading is not None and reading.action == "8"
    assert reading.is_accepted("1") is None


def test_a_contrl_is_not_answered() -> None:
    """Otherwise two partners would acknowledge each other for ever."""
    found, problems = read(wrap("UCI+R+A+B+7'", "CONTRL", "D:3:UN"))
    assert control(found, problems, envelope()) == b""


def test_nothing_received_is_repeated_but_references() -> None:
    """A value with a fault in it does not leave by the answer."""
    found, problems = read(wrap(ORDER.replace("QTY+21:2", "QTY+21:SYNTHSECRET")))
    assert b"SECRET" not in control(found, problems, envelope())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("UCI+R+A+B+7'", True),
        ("UCI+R+A+B+4'", False),
        ("UCI+R+A+B+8'", None),
        ("UCI+R+A+B+9'", None),
        ("UCI+R+A+B+4'UCM+1+ORDERS:D:96A:UN+7'", True),
        ("UCI+R+A+B+7'UCM+1+ORDERS:D:96A:UN+4+18'", False),
        ("UCI+R+A+B+7'UCM+1+ORDERS:D:96A:UN+1'", False),
    ],
)
def test_a_contrl_is_read_per_message(body: str, expected: bool | None) -> None:
    """UCM decides, without one the interchange does; an unknown code accepts nothing."""
    reading, problems = read_control(message(body, "CONTRL", "D:3:UN"))
    assert reading is not None and problems == []
    assert reading.is_accepted("1") is expected


@pytest.mark.parametrize("body", ["UCI'", "UCM+1+ORDERS+7'", "UCI+R+A+B'"])
def test_a_contrl_without_its_verdict_acknowledges_nothing(body: str) -> None:
    """What is missing is never an acceptance."""
    found, _ = parse(wrap(body, "CONTRL", "D:3:UN").encode())
    reading, problems = read_control(found.messages[0])
    assert reading is None and [p.code for p in problems] == ["edifact.acknowledgement"]
    partly, _ = parse(wrap("UCI+R+A+B+7'UCM+1'", "CONTRL", "D:3:UN").encode())
    reading, problems = read_control(partly.messages[0])
    assert reading is not None and reading.answers == () and len(problems) == 1


def test_another_message_is_no_contrl() -> None:
    """A reader refuses what it does not read."""
    with pytest.raises(RefusalError):
        read_control(message(ORDER, "ORDERS"))


def test_the_tables_name_declared_problems() -> None:
    """Every problem with an error code of CONTRL is declared; codes have one or two digits."""
    tables = (INTERCHANGE_ERRORS, GROUP_ERRORS, MESSAGE_ERRORS, SEGMENT_ERRORS, ELEMENT_ERRORS)
    for table in tables:
        assert set(table) <= set(PROBLEM_CODES)
        for value in table.values():
            code = value if isinstance(value, str) else value[0]
            assert code.isdecimal() and 2 <= int(code) <= 50


@given(st.binary(max_size=200), st.sampled_from(["", wrap(ORDER)]))
def test_anything_can_be_answered(noise: bytes, rest: str) -> None:
    """Whatever was received, an answer can be written, and it is sound."""
    content = rest.encode()[:90] + noise + rest.encode()[90:]
    for found in parse_all(content)[0]:
        problems: list[Problem] = parse(content)[1] + validate(found)
        answer = control(found, problems, envelope())
        if answer:
            back, faults = parse(answer)
            assert faults + validate(back) == []
