"""Real messages of others: none crashes the reader, each comes back, python-hl7 reads the same."""

from __future__ import annotations

import os
import re
from pathlib import Path

import hl7
import pytest

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.formats.hl7v2 import PROBLEM_CODES, header, parse, split_batch

ROOT = Path(
    os.environ.get("SUTURE_CORPORA", Path(__file__).resolve().parents[4] / "shared" / "corpora")
)
FILES = sorted(path for path in (ROOT / "hl7v2").rglob("*") if path.is_file())

pytestmark = [
    pytest.mark.skipif(
        not FILES, reason="no corpora: set SUTURE_CORPORA or place ../shared/corpora by the repo"
    ),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:hl7.util"),
]

PATHS = (
    [f"MSH-{n}" for n in (3, 4, 5, 6, 7, 10, 11, 12)]
    + ["MSH-9.1", "MSH-9.2", "PID-3.1", "PID-3.4", "PID-5.1", "PID-5.2", "PID-7", "PID-8"]
    + ["PV1-2", "PV1-3.1", "PV1-19.1", "EVN-2", "OBR-4.1", "OBR-4.2", "OBX-3.1", "OBX[2]-5.1"]
    + ["ORC-1", "ORC-2.1", "NTE-3.1", "SCH-1.1", "AIS-3.1", "AL1-3.2", "DG1-3.1", "IN1-3.1"]
)
FORMATTING = re.compile(r"\\(?:\.[a-z]{2}[^\\]*|[HN]|[CMZX][0-9A-Fa-f]*|[a-zA-Z.][^\\]*)\\")
"""Escapes that the two readers render differently by choice: line ends, highlighting, unknown."""


def messages() -> list[tuple[str, bytes]]:
    """Return every message of every file with a name for it."""
    found = []
    for path in FILES:
        parts, _ = split_batch(path.read_bytes())
        found += [(f"{path.name}#{n}", part) for n, part in enumerate(parts)]
    return found


def test_every_file_comes_back_byte_for_byte() -> None:
    """Whole files, batches and messages: what is not touched is not changed (plan D6)."""
    for path in FILES:
        data = path.read_bytes()
        message, problems = parse(data)
        assert bytes(message) == data, path.name
        assert all(problem.code in PROBLEM_CODES for problem in problems), path.name
        parts, stated = split_batch(data)
        assert parts or stated, path.name
        assert all(part in data for part in parts), path.name


def refusal_of(data: bytes) -> RefusalError | None:
    """Return why the door refuses a message; None when it does not."""
    try:
        header(data)
    except RefusalError as refusal:
        return refusal
    return None


def test_every_message_is_taken_or_refused_with_its_position() -> None:
    """The door and the reader agree; a refusal has a path; nearly all real messages are taken."""
    refused = []
    for name, data in messages():
        _, problems = parse(data)
        errors = {problem.code for problem in problems if problem.severity is Severity.ERROR}
        refusal = refusal_of(data)
        if refusal is None:
            assert not errors, name
        else:
            refused.append(name)
            assert refusal.path, name
            assert refusal.code in errors, name
    assert len(refused) <= len(messages()) * 0.05, refused


def test_every_piece_of_every_message_reads() -> None:
    """No field of a real message makes the reader fail."""
    for name, data in messages():
        message, _ = parse(data)
        for segment in message.segments():
            for number in range(1, 12):
                assert isinstance(segment.get(str(number)), str), name
                assert isinstance(segment.get(f"{number}[2].2.2"), str), name


def oracle(data: bytes, codec: str) -> hl7.Message | None:
    """Return python-hl7's reading of a message with CR line ends; None where it refuses."""
    lines = [line for line in re.split(r"[\r\n]+", data.decode(codec, "replace")) if line]
    try:
        return hl7.parse("\r".join(lines))
    except (hl7.HL7Exception, ValueError, IndexError, KeyError):
        return None


def oracle_get(message: hl7.Message, path: str) -> str | None:
    """Return python-hl7's text at a path; None where it has nothing or refuses."""
    match = re.fullmatch(r"(\w{3})(?:\[(\d)\])?-(\d+)(?:\.(\d))?", path)
    assert match is not None
    name, which, field, component = match.groups()
    try:
        segment = message.segments(name)[int(which or 1) - 1]
        repetition = segment[int(field)]
        value = repetition[0] if isinstance(repetition, hl7.Field) else repetition
        if component is None:
            return message.unescape(str(value))
        if not isinstance(value, hl7.Repetition):
            return message.unescape(str(value)) if component == "1" else ""
        return message.unescape(str(value[int(component) - 1]))
    except (KeyError, IndexError):
        return ""
    except hl7.HL7Exception:
        return None


def test_python_hl7_reads_the_same_values() -> None:
    """Where both accept a message they agree, but for escapes that have no one text."""
    compared = 0
    differing = []
    for name, data in messages():
        message, problems = parse(data)
        if message.charset.wide or any(p.severity is Severity.ERROR for p in problems):
            continue  # python-hl7 takes any delimiters and knows no MSH-18
        other = oracle(data.removeprefix(b"\xef\xbb\xbf"), message.charset.codec)
        if other is None:
            continue
        for path in PATHS:
            theirs = oracle_get(other, path)
            if theirs is None or FORMATTING.search(message.raw(path).decode("latin-1")):
                continue
            compared += 1
            if theirs != message.get(path):
                differing.append(f"{name} {path}")
    assert compared > 1_000 or len(FILES) < 100
    assert differing == []


@pytest.mark.parametrize("step", [7])
def test_cut_real_messages_are_read(step: int) -> None:
    """Every seventh prefix of some real messages is read and comes back."""
    for _, data in messages()[::60]:
        for size in range(0, min(len(data), 3_000), step):
            assert bytes(parse(data[:size])[0]) == data[:size]
