"""Every problem has its answer; 999, TA1 notes and the details of a partner's answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from test_x12_guide import GOOD
from test_x12_guide import profile as guide
from test_x12_validate import GS, ISA, ORDER, interchange

from suture.formats.x12 import (
    ACK_CODES,
    PROBLEM_CODES,
    AckDetail,
    Envelope,
    GroupAck,
    X12Profile,
    compose,
    functional_ack,
    implementation_ack,
    interchange_ack,
    parse,
    read_functional_ack,
    read_group_ack,
    read_interchange_acks,
    validate,
)

OURS = Envelope(
    set_id="997",
    sender="SYNTHBUYER",
    receiver="SYNTHSUP",
    interchange_control=900,
    group_control=90,
    at=datetime(2027, 1, 8, 15, 5, tzinfo=UTC),
)


def answered(content: bytes, profile: X12Profile | None = None) -> tuple[list[str], list[str]]:
    """Return the segments of the 997 and of the 999 for `content`; both are sound."""
    found, _ = parse(content)
    problems = validate(found, profile) if profile else validate(found)
    bodies = []
    for write in (functional_ack, implementation_ack):
        written = write(found, problems, OURS)
        again, faults = parse(written)
        assert faults == [] and validate(again) == []
        texts = written.decode().split("~")
        bodies.append(texts[3 : texts.index(next(t for t in texts if t.startswith("SE*")))])
    return bodies[0], bodies[1]


def test_every_problem_has_a_row() -> None:
    """A new code cannot be forgotten in the answers."""
    assert set(ACK_CODES) == set(PROBLEM_CODES)


def test_relations_are_answered_with_a_context() -> None:
    """A 999 says that the fault comes from another element; a 997 cannot."""
    body = [*ORDER[:2], "REF*CT", *ORDER[3:]]
    functional, implementation = answered(interchange(*body))
    assert functional[1:] == [
        *("AK2*850*0001", "AK3*REF*4**8", "AK4*2*127*2", "AK5*E*5", "AK9*E*1*1*1"),
    ]
    assert implementation[1:] == [
        *("AK2*850*0001", "IK3*REF*4**8", "IK4*2*127*2", "CTX*SITUATIONAL TRIGGER*REF*4"),
        *("IK5*E*5", "AK9*E*1*1*1"),
    ]


def test_rules_of_a_guide_have_codes_of_their_own() -> None:
    """The standard is kept, the guide is not: I6 and I5 in a 999, 7 and 5 in a 997."""
    body = ["BEG*00*SA*PO1**20270108", *GOOD[1:]]
    own = guide()
    found, _ = parse(interchange(*body))
    problems = [p for p in validate(found, own) if p.code.startswith("x12.profile-code")]
    written = implementation_ack(found, problems, OURS).decode()
    assert "~IK3*BEG*2**8~IK4*2*92*I6~IK5*R*I5~" in written
    assert "~AK3*BEG*2**8~AK4*2*92*7~AK5*R*5~" in functional_ack(found, problems, OURS).decode()


def test_a_component_is_named() -> None:
    """AK401 is a composite: element and component."""
    body = [*ORDER[:2], "REF*CT*A**CT", *ORDER[3:]]
    assert "AK4*4:2*127*1" in answered(interchange(*body))[0]


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        ("*ZZ*SYNTHSUP", "*YY*SYNTHSUP", "005"),
        ("*14*SYNTHBUYER", "*YY*SYNTHBUYER", "007"),
        ("SYNTHSUP       ", " " * 15, "006"),
        ("*270109*", "*271309*", "014"),
        ("*0920*^", "*2520*^", "015"),
        ("*00501*", "*50100*", "017"),
        ("*1*T*", "*2*T*", "019"),
        ("*1*T*", "*1*X*", "020"),
        ("*270109*", "*270109*", "000"),
    ],
)
def test_the_note_says_which_element_of_isa(old: str, new: str, note: str) -> None:
    """TA105 by element; a warning is `E`."""
    found, _ = parse(interchange(*ORDER, isa=ISA.replace(old, new)))
    problems = [p for p in validate(found) if p.code != "x12.version"]
    written, _ = parse(interchange_ack(found, problems, OURS))
    (ack,) = read_interchange_acks(written)
    assert (ack.code, ack.note) == ("A" if note == "000" else "E", note)


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [(b"IEA*1*000000104", b"IEA*1*000000105", "001"), (b"IEA*1*", b"IEA*2*", "021")],
)
def test_a_wrong_trailer_rejects_the_interchange(old: bytes, new: bytes, note: str) -> None:
    """Counts and control numbers of IEA."""
    found, problems = parse(interchange(*ORDER).replace(old, new))
    (ack,) = read_interchange_acks(parse(interchange_ack(found, problems, OURS))[0])
    assert (ack.code, ack.note) == ("R", note)


def test_a_group_of_two_versions_is_told() -> None:
    """AK905 is filled for errors only; the version is a warning and stands in no note."""
    found, _ = parse(interchange(*ORDER, gs=GS.replace("005010", "009999")))
    assert b"AK9*A*1*1*1~" in functional_ack(found, validate(found), OURS)


def test_details_of_their_answer_are_read() -> None:
    """Segments, elements, codes and contexts; never a value."""
    segments = [
        *("AK1*PO*101", "AK2*850*0001", "IK3*REF*4**8", "CTX*SITUATIONAL TRIGGER*REF*4"),
        *("IK4*4:2*127*1*SYNTHSECRET", "IK3*ZZZ*9**2", "IK5*R*5", "AK9*P*2*2*1*5"),
    ]
    body = [[one.split(":") if ":" in one else one for one in text.split("*")] for text in segments]
    content = compose(replace(OURS, set_id="999"), [body])
    found = parse(content)[0].sets[0]
    (ack,) = read_functional_ack(found)
    assert ack.details == (
        AckDetail("REF", "4", "8", "4:2", "1", ("SITUATIONAL TRIGGER",)),
        AckDetail("ZZZ", "9", "2"),
    )
    assert read_group_ack(found) == GroupAck("PO", "101", "P", "2", "2", "1", ("5",))
    assert read_group_ack(parse(interchange(*ORDER))[0].sets[0]) is None
