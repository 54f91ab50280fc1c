"""Answers: modes, echoes, errors per version, and answers to what cannot be parsed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import (
    PROBLEM_CODES,
    AckCode,
    accept_mode,
    ack,
    ack_for_unparsable,
    answered,
    error_code,
    header,
    parse,
)

AT = datetime(2026, 3, 2, 19, 15, 0, 250_000, tzinfo=UTC)


def msh(
    version: str = "2.5.1", accept: str = "", application: str = "", charset: str = ""
) -> bytes:
    """Return one MSH with the given version, answer wishes and character set."""
    return (
        "MSH|^~\\&|EHR^1.2^ISO|NCH|SUTURE|HUB|20260302141500||SIU^S12^SIU_S12|SYN000001|T|"
        f"{version}|||{accept}|{application}||{charset}\r"
    ).encode()


PROBLEM = Problem("hl7v2.required", Severity.ERROR, "SCH-1 or SCH-2 must be valued", "SCH-1")


def test_a_positive_answer_swaps_sender_and_receiver() -> None:
    """MSA-2 is the received control id; type, version and processing id follow the message."""
    answer = ack(header(msh(charset="UNICODE UTF-8")), code="AA", control_id="S1", at=AT)
    assert answer == (
        b"MSH|^~\\&|SUTURE|HUB|EHR^1.2^ISO|NCH|20260302191500.250+0000||ACK^S12^ACK|S1|T|2.5.1"
        b"||||||UNICODE UTF-8\rMSA|AA|SYN000001\r"
    )


def test_an_error_since_2_5_stands_in_err_2_to_8() -> None:
    """Location, table 0357 code, severity, and the house's code and words."""
    answer = ack(header(msh()), code="AE", control_id="S1", at=AT, error=PROBLEM, text="see ERR")
    message, problems = parse(answer)
    assert problems == []
    assert message.get("MSA-1") == "AE"
    assert message.get("MSA-3") == "see ERR"
    assert message.get("ERR-1") == ""
    assert message.get("ERR-2") == "SCH^1^1^1"
    assert message.get("ERR-3") == "101^^HL70357"
    assert message.get("ERR-4") == "E"
    assert message.get("ERR-7") == "hl7v2.required"
    assert message.get("ERR-8") == "SCH-1 or SCH-2 must be valued"


@pytest.mark.parametrize(
    ("version", "message_type"),
    [("2.3", "ACK^S12"), ("2.3.1", "ACK^S12^ACK"), ("2.4", "ACK^S12^ACK")],
)
def test_an_error_before_2_5_stands_in_err_1(version: str, message_type: str) -> None:
    """Older versions have one coded location field; the structure came with 2.3.1."""
    answer = ack(header(msh(version)), code="AR", control_id="S1", at=AT, error=PROBLEM)
    message, _ = parse(answer)
    assert message.get("MSH-9") == message_type
    assert message.get("ERR") == "ERR|SCH^1^1^101&hl7v2.required&HL70357"
    assert message.get("MSA") == "MSA|AR|SYN000001||||101^^HL70357"


def test_several_errors_are_several_segments() -> None:
    """ERR repeats; ten are enough for a sender to begin with."""
    errors = [PROBLEM] * 12
    message, _ = parse(ack(header(msh()), code="AE", control_id="S1", at=AT, error=errors))
    assert message.count("ERR") == 10
    assert message.get("ERR[10]-3.1") == "101"
    assert message.get("MSA-6") == ""


@pytest.mark.parametrize("code", sorted(PROBLEM_CODES))
def test_what_the_codec_finds_is_no_internal_error(code: str) -> None:
    """A problem of content tells the sender what kind it is; only the house's own are 207."""
    own = {"check-stopped", "too-large", "no-escape", "no-segment", "charset-unencodable"}
    if error_code(code) == "207":
        kinds = own | {"leading-bytes", "charset-unlabelled", "charset-escape", "field-unknown"}
        kinds |= {"batch-count", "batch-trailer", "batch-stray", "withdrawn", "structure-name"}
        assert code.partition(".")[2] in kinds | {"profile-forbidden", "view-null", "view-repeats"}


LOCATIONS = [
    ("SCH-11.4", "SCH^1^11^1^4"),
    ("OBX[2]-5[3].1.2", "OBX^2^5^3^1^2"),
    ("MSH", "MSH^1"),
    ("line 3", ""),
    ("", ""),
]


@pytest.mark.parametrize(("path", "location"), LOCATIONS)
def test_a_problem_path_becomes_an_error_location(path: str, location: str) -> None:
    """ERR-2 is segment, which, field, repetition, component, subcomponent."""
    problem = Problem("hl7v2.required", Severity.WARNING, "x", path)
    message, _ = parse(ack(header(msh()), code="AE", control_id="S", at=AT, error=problem))
    assert message.get("ERR-2") == location
    assert message.get("ERR-4") == "W"


CODES = [
    ("hl7v2.no-msh", "100"),
    ("hl7v2.no-control-id", "101"),
    ("hl7v2.delimiters", "102"),
    ("hl7v2.table-value", "103"),
    ("hl7v2.unsupported-message", "200"),
    ("hl7v2.unsupported-event", "201"),
    ("hl7v2.processing-id", "202"),
    ("hl7v2.version", "203"),
    ("hl7v2.unknown-key", "204"),
    ("journal.key-reuse", "205"),
    ("hl7v2.locked", "206"),
    ("store.low-space", "207"),
    ("anything", "207"),
]


@pytest.mark.parametrize(("code", "number"), CODES)
def test_each_reason_has_its_table_0357_code(code: str, number: str) -> None:
    """A reason without its own code is an internal error."""
    assert error_code(code) == number


MODES = [
    ("", "", False, (False, False), (True, True)),
    ('""', '""', False, (False, False), (True, True)),
    ("AL", "NE", True, (True, True), (False, False)),
    ("AL", "AL", True, (True, True), (True, True)),
    ("ER", "SU", True, (False, True), (True, False)),
    ("NE", "ER", True, (False, False), (False, True)),
    ("AL", "", True, (True, True), (False, False)),
    ("", "AL", True, (False, False), (True, True)),
    ("XX", "NE", True, (True, True), (False, False)),
]


@pytest.mark.parametrize(("accept", "application", "enhanced", "accepts", "applications"), MODES)
def test_the_sender_decides_which_answers_it_gets(
    accept: str,
    application: str,
    enhanced: bool,
    accepts: tuple[bool, bool],
    applications: tuple[bool, bool],
) -> None:
    """Original mode answers once; enhanced mode follows table 0155, for success and failure."""
    mode = accept_mode(header(msh("2.5.1", accept, application)))
    assert mode.enhanced is enhanced
    assert (mode.wants_accept(True), mode.wants_accept(False)) == accepts
    assert (mode.wants_application(True), mode.wants_application(False)) == applications


@pytest.mark.parametrize("code", ["AA", "AE", "AR", "CA", "CE", "CR"])
def test_every_code_of_table_0008_is_written(code: AckCode) -> None:
    """Application and accept answers differ in MSA-1 only."""
    assert parse(ack(header(msh()), code=code, control_id="S", at=AT))[0].get("MSA-1") == code


def test_the_answer_speaks_the_senders_delimiters_and_character_set() -> None:
    """Delimiters, five-character MSH-2 and the bytes of echoed fields are the sender's."""
    data = "MSH!*+/%#!ÄHR!NCH!!!2026!!ADT*A01!ID/F/1!P!2.3!!!!!!8859/1\r".encode("latin-1")
    answer = ack(header(data), code="AA", control_id="S", at=AT, text="a!b")
    assert answer == (
        b"MSH!*+/%#!SUTURE!HUB!\xc4HR!NCH!20260302191500.250+0000!!ACK*A01!S!P!2.3!!!!!!8859/1\r"
        b"MSA!AA!ID/F/1!a/F/b\r"
    )
    message, problems = parse(answer)
    assert problems == []
    assert message.get("MSH-5") == "ÄHR"
    assert message.get("MSA-2") == "ID!1"


def test_an_answer_is_possible_without_escape_or_event() -> None:
    """A short MSH-2 loses delimiters in text; a type without event is answered by a bare ACK."""
    data = b"MSH|^~|EHR|NCH|||2026||ADT|SYN1|P|2.2\r"
    answer = ack(header(data), code="AE", control_id="S", at=AT, text="a|b^c", error=PROBLEM)
    message, _ = parse(answer)
    assert message.get("MSH-9") == "ACK"
    assert message.get("MSA-3") == "a b c"
    assert message.get("ERR-1") == "SCH^1^1^101"


def test_an_answer_needs_an_aware_instant() -> None:
    """Time without a zone is refused."""
    with pytest.raises(ValueError, match="zone"):
        ack(header(msh()), code="AA", control_id="S", at=datetime(2026, 3, 2))


def test_an_echo_cannot_end_the_frame() -> None:
    """Frame bytes inside a received field are not sent back."""
    data = msh().replace(b"SYN000001", b"SYN1\x1c").replace(b"NCH", b"N\x0bH")
    answer = ack(header(data), code="AA", control_id="S", at=AT)
    assert answer.endswith(b"\rMSA|AA|SYN1\r")
    assert b"|NH|" in answer
    assert not {0x0B, 0x1C} & set(answer)


def answer_to(data: bytes) -> bytes:
    """Return the negative answer to bytes that `header` refuses."""
    with pytest.raises(RefusalError) as caught:
        header(data)
    refusal = caught.value
    error = Problem(refusal.code, Severity.ERROR, refusal.text, refusal.path, refusal.offset)
    return ack_for_unparsable(data, code="AR", control_id="S", at=AT, error=error)


def test_bytes_without_header_get_a_standard_answer() -> None:
    """No MSH: standard delimiters, empty MSA-2, and where the fault is."""
    message, problems = parse(answer_to(b"hello"))
    assert problems == []
    assert message.get("MSH-3") == "SUTURE"
    assert message.get("MSA") == "MSA|AR|"
    assert message.get("ERR-2") == "MSH^1"
    assert message.get("ERR-3.1") == "100"


def test_a_faulty_header_is_echoed_as_far_as_it_reads() -> None:
    """A missing control id still tells the sender who is meant."""
    message, _ = parse(answer_to(b"MSH|^~\\&|EHR|NCH|SUTURE|HUB|2026||SIU^S12||T|2.4\r"))
    assert message.get("MSH-5") == "EHR"
    assert message.get("MSH-9") == "ACK^S12^ACK"
    assert message.get("MSA-2") == ""
    assert message.get("ERR-1.1") == "MSH"
    assert message.get("ERR-1.4.2") == "hl7v2.no-control-id"


def test_an_over_long_field_is_not_echoed() -> None:
    """An answer stays small whatever was sent."""
    data = b"MSH|^~\\&|" + b"A" * 5000 + b"|NCH|||2026||SIU^S12|1|P|2.5\r"
    assert len(ack(header(data), code="AA", control_id="S", at=AT)) < 200


@given(st.binary(max_size=120))
def test_any_refused_bytes_get_a_readable_answer(data: bytes) -> None:
    """Whatever is refused, the answer is a message with MSA and ERR."""
    for sample in (data, b"MSH" + data, b"MSH|^~\\&|" + data, b"\xff\xfeM\0" + data):
        error = Problem("hl7v2.no-msh", Severity.ERROR, "x", "MSH-9")
        answer = ack_for_unparsable(sample, code="AR", control_id="S", at=AT, error=error)
        message, _ = parse(answer)
        assert message.get("MSA-1") == "AR"
        assert message.count("ERR") == 1


PIECES = st.sampled_from(
    [b"MSH", b"MSA", b"ADD", b"|", b"^", b"~", b"\\", b"&", b"\\F\\", b"\r", b"\n", b"\0"]
) | st.sampled_from([b"AA", b"SYN1", b"UNICODE UTF-8", b" ", b"\xc3\xbc", b"\xfc"])


@given(st.lists(PIECES, max_size=12), st.lists(PIECES, max_size=12))
def test_an_answer_reads_as_a_parse_of_the_whole_reads_it(
    before: list[bytes], after: list[bytes]
) -> None:
    """The short way gives what the paths MSA-1 and MSA-2 give, whatever a partner sends."""
    head = b"MSH|^~\\&|SINK|S|HUB|H|20270104||ACK|7|T|2.5.1" + b"".join(before)
    for content in (
        head + b"\rMSA|AA|SYN1" + b"".join(after),
        head + b"\rMSA|" + b"".join(after),
        b"".join(before) + b"MSA|AA|1" + b"".join(after),
    ):
        message, _ = parse(content)
        assert answered(content) == (message.get("MSA-1"), message.get("MSA-2"))


def test_what_partners_send_is_read() -> None:
    """MSA-1 and MSA-2; empty where there is no MSA."""
    head = b"MSH|^~\\&|SINK|S|HUB|H|20270104||ACK|7|T|2.5.1\r"
    assert answered(head + b"MSA|AA|SYN000001\r") == ("AA", "SYN000001")
    assert answered(head + b"MSA|AR|SYN000002|said why\rERR|x\r") == ("AR", "SYN000002")
    assert answered(head + b"SFT|1\rMSA|CE|SYN3\r") == ("CE", "SYN3")
    assert answered(head) == ("", "")
