"""997 and TA1 that we send, 997 and 999 that we read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from suture.core.problem import Problem, Severity
from suture.formats.x12 import (
    Envelope,
    Limits,
    SetAck,
    compose,
    functional_ack,
    interchange_ack,
    parse,
    read_functional_ack,
    read_interchange_acks,
)

THEIRS = Envelope(
    set_id="855",
    sender="SYNTHSUP",
    receiver="SYNTHBUYER",
    interchange_control=555,
    group_control=55,
    at=datetime(2027, 1, 8, 15, 2, tzinfo=UTC),
    ack_requested=True,
)
OURS = Envelope(
    set_id="997",
    sender="SYNTHBUYER",
    receiver="SYNTHSUP",
    interchange_control=900,
    group_control=90,
    at=datetime(2027, 1, 8, 15, 5, tzinfo=UTC),
)
GOOD = ["BAK*00*AD*PO7*20270108", "PO1*1*1*EA*5.00", "ACK*IA*1*EA*069*20270110"]
MILD = [*GOOD, "ZZZ*1"]
BAD = ["BAK*00*AD*PO7*20270108", "PO1*1*many*EA*5.00", "ACK*IA*1*EA*069*20270199"]


def received(*sets: list[str]) -> bytes:
    """Return a supplier's interchange of acknowledgements."""
    return compose(THEIRS, [[text.split("*") for text in one] for one in sets])


def body(content: bytes) -> list[str]:
    """Return the segments between ST and SE of an answer."""
    segments = content.decode().split("~")
    start = next(n for n, text in enumerate(segments) if text.startswith("ST*"))
    end = next(n for n, text in enumerate(segments) if text.startswith("SE*"))
    return segments[start + 1 : end]


def answer(content: bytes) -> list[str]:
    """Return what we answer to `content`."""
    found, problems = parse(content)
    written = functional_ack(found, problems, OURS)
    again, faults = parse(written)
    assert faults == []
    assert again.groups[0].functional_id == "FA"
    return body(written)


def test_a_sound_group_is_accepted() -> None:
    """A set without problems is A, and the group says how many (S51)."""
    assert answer(received(GOOD)) == [
        "AK1*PR*55*005010",
        "AK2*855*0001",
        "AK5*A",
        "AK9*A*1*1*1",
    ]


def test_warnings_accept_with_errors() -> None:
    """A segment that we do not know is accepted with errors and named."""
    assert answer(received(MILD))[1:] == [
        "AK2*855*0001",
        "AK3*ZZZ*5**2",
        "AK5*E*5",
        "AK9*E*1*1*1",
    ]


def test_errors_reject_the_set_and_name_the_elements() -> None:
    """AK3 and AK4 give segment, element and reason, never the value."""
    written = answer(received(BAD))
    assert written[1:] == [
        "AK2*855*0001",
        "AK3*PO1*3**8",
        "AK4*2*330*6",
        "AK3*ACK*4**8",
        "AK4*5*373*8",
        "AK5*R*5",
        "AK9*R*1*1*0",
    ]
    assert not any("many" in text or "20270199" in text for text in written)


def test_a_mixed_group_is_accepted_in_part() -> None:
    """Each set has its own answer; the group is P."""
    written = answer(received(GOOD, BAD, MILD))
    assert [text for text in written if text.startswith(("AK2", "AK5", "AK9"))] == [
        *("AK2*855*0001", "AK5*A", "AK2*855*0002", "AK5*R*5", "AK2*855*0003", "AK5*E*5"),
        "AK9*P*3*3*2",
    ]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"SE*5*0001", b"SE*6*0001", "AK5*R*4"),
        (b"SE*5*0001", b"SE*5*0009", "AK5*R*3"),
        (b"SE*5*0001~", b"", "AK5*R*2"),
    ],
)
def test_a_broken_set_envelope_is_rejected(old: bytes, new: bytes, code: str) -> None:
    """AK502 says what is wrong with ST and SE."""
    assert code in answer(received(GOOD).replace(old, new))


def test_a_missing_segment_is_named() -> None:
    """AK304 3: a mandatory segment is missing, at the segment where its loop starts."""
    written = answer(received(["PO1*1*1*EA*5.00"]))
    assert "AK3*BAK*1**3" in written


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [(b"GE*1*55", b"GE*2*55", "5"), (b"GE*1*55", b"GE*1*56", "4"), (b"GE*1*55~", b"", "3")],
)
def test_a_broken_group_is_rejected(old: bytes, new: bytes, note: str) -> None:
    """AK905 says what is wrong with GS and GE; nothing of the group is accepted."""
    last = answer(received(GOOD).replace(old, new))[-1]
    fields = last.split("*")
    assert (fields[1], fields[4], fields[5]) == ("R", "0", note)


def test_a_softened_problem_accepts() -> None:
    """A profile that permits a deviation passes the problem with a lower severity."""
    found, problems = parse(received(BAD))
    softened = [replace(problem, severity=Severity.INFO) for problem in problems]
    assert "AK5*A" in body(functional_ack(found, softened, OURS))


def test_errors_beyond_the_limit_accept_nothing() -> None:
    """When errors were left out, a set without a stated error may still have one."""
    found, problems = parse(received(GOOD, *[BAD] * 5), limits=Limits(problems_max=4))
    assert problems[-1].severity is Severity.ERROR
    written = functional_ack(found, problems, OURS).decode().split("~")
    assert {text[:5] for text in written if text.startswith("AK5")} == {"AK5*R"}


def test_acknowledgements_are_not_acknowledged() -> None:
    """A 997 is never answered by a 997."""
    found, problems = parse(received(GOOD))
    ours, faults = parse(functional_ack(found, problems, OURS))
    assert functional_ack(ours, faults, THEIRS) == b""


def test_an_unknown_set_is_accepted_as_passed_on() -> None:
    """Its envelope was checked; that is what a 997 for it says."""
    content = received(GOOD).replace(b"ST*855", b"ST*862").replace(b"GS*PR", b"GS*SS")
    assert answer(content)[1:] == ["AK2*862*0001", "AK5*A", "AK9*A*1*1*1"]


def acks(set_id: str, *segments: str) -> list[SetAck]:
    """Return what a partner's 997 or 999 says."""
    content = compose(replace(OURS, set_id=set_id), [[text.split("*") for text in segments]])
    found, _ = parse(content)
    return read_functional_ack(found.sets[0])


@pytest.mark.parametrize(
    ("code", "accepted"),
    [("A", True), ("E", True), ("R", False), ("M", False), ("W", False), ("X", False)],
)
@pytest.mark.parametrize(("set_id", "verdict"), [("997", "AK5"), ("999", "IK5")])
def test_the_verdict_of_each_set_is_read(
    set_id: str, verdict: str, code: str, accepted: bool
) -> None:
    """A and E were taken, all others were not (spec 2.0.6)."""
    (found,) = acks(set_id, "AK1*PO*101", "AK2*850*0001", f"{verdict}*{code}*5", "AK9*A*1*1*1")
    assert found == SetAck("850", "0001", code, "101", "PO", ("5",))
    assert found.is_accepted is accepted
    assert not found.is_group_level


def test_a_group_accepted_in_part_is_decided_set_by_set() -> None:
    """Under AK9 P each set's own verdict counts."""
    found = acks(
        "997", "AK1*PO*101", "AK2*850*0001", "AK5*A", "AK2*850*0002", "AK5*R", "AK9*P*2*2*1"
    )
    assert [(one.control, one.code) for one in found] == [("0001", "A"), ("0002", "R")]


def test_a_group_level_answer_is_read_when_no_set_is_named() -> None:
    """AK1 and AK9 alone answer for the whole group."""
    (found,) = acks("997", "AK1*PO*101", "AK9*R*1*1*0*4")
    assert (found.group_control, found.code, found.notes) == ("101", "R", ("4",))
    assert found.is_group_level
    assert not found.is_accepted


def test_a_set_without_verdict_is_not_acknowledged() -> None:
    """AK2 without AK5 says nothing, and AK9 does not speak for it."""
    assert acks("997", "AK1*PO*101", "AK2*850*0001", "AK9*A*1*1*1") == []
    assert acks("997", "AK9*A*1*1*1") == []


def test_other_sets_are_no_acknowledgements() -> None:
    """An 855 acknowledges business, not syntax."""
    found, _ = parse(received(GOOD))
    assert read_functional_ack(found.sets[0]) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda c: c, ("A", "000")),
        (lambda c: c.replace(b"IEA*1*000000555", b"IEA*1*000000556"), ("R", "001")),
        (lambda c: c.replace(b"IEA*1*", b"IEA*2*"), ("R", "021")),
        (lambda c: c[: c.index(b"IEA")], ("R", "023")),
        (lambda c: c.replace(b"PO1*1*1", b"PO1*1*x"), ("A", "000")),
    ],
)
def test_the_interchange_acknowledgement(change: object, expected: tuple[str, str]) -> None:
    """TA1 answers for ISA and IEA only, and repeats the control number."""
    assert callable(change)
    found, problems = parse(change(received(GOOD)))
    written = interchange_ack(found, problems, OURS)
    assert b"~TA1*000000555*270108*1502*" in written
    again, faults = parse(written)
    assert faults == []
    (ack,) = read_interchange_acks(again)
    assert ack.control == "000000555"
    assert (ack.code, ack.note) == expected


def test_an_unreadable_interchange_can_still_be_answered() -> None:
    """A TA1 for content without ISA has zeros where nothing was read."""
    found, problems = parse(b"rubbish")
    assert b"TA1*000000000*000000*0000*R*022" in interchange_ack(found, problems, OURS)


def test_problems_of_another_set_do_not_count() -> None:
    """A problem belongs to the set in whose bytes it lies."""
    found, _ = parse(received(GOOD, GOOD))
    second = found.sets[1]
    problem = Problem("x12.segment-order", Severity.WARNING, "late", "ACK[4]", second.offset + 5)
    written = body(functional_ack(found, [problem], OURS))
    assert [text for text in written if text.startswith("AK5")] == ["AK5*A", "AK5*E*5"]
