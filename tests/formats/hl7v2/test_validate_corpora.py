"""Real messages of others, checked: none fails or takes long, and hl7apy agrees but for reasons."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from suture.core.problem import Severity
from suture.formats.hl7v2 import PROBLEM_CODES, parse, read_messages, split_batch, validate
from suture.formats.hl7v2.views import (
    view_charges,
    view_encounter,
    view_items,
    view_master_answer,
    view_order,
    view_order_answer,
    view_results,
    view_schedule,
)

ROOT = Path(
    os.environ.get("SUTURE_CORPORA", Path(__file__).resolve().parents[4] / "shared" / "corpora")
)
FILES = sorted(path for path in (ROOT / "hl7v2").rglob("*") if path.is_file())

VIEWS = {
    "SIU": view_schedule,
    "ADT": view_encounter,
    "DFT": view_charges,
    "ORM": view_order,
    "OMG": view_order,
    "OMS": view_order,
    "OMN": view_order,
    "ORS": view_order_answer,
    "ORN": view_order_answer,
    "MFN": view_items,
    "MFK": view_master_answer,
    "ORU": view_results,
}

with_corpora = pytest.mark.skipif(
    not FILES, reason="no corpora: set SUTURE_CORPORA or place ../shared/corpora by the repo"
)


def messages() -> list[tuple[str, bytes]]:
    """Return every message of every file with a name for it."""
    found = []
    for path in FILES:
        parts, _ = split_batch(path.read_bytes())
        found += [(f"{path.name}#{n}", part) for n, part in enumerate(parts)]
    return found


@with_corpora
def test_every_message_is_checked_in_bounded_time() -> None:
    """Every file, batch and message: known codes, a place inside, no value repeated, no crash."""
    for name, data in messages():
        message, _ = parse(data)
        start = time.perf_counter()
        problems = validate(message)
        assert time.perf_counter() - start < 2, name
        assert len(problems) <= 201, name
        for problem in problems:
            assert problem.code in PROBLEM_CODES, name
            assert problem.offset is None or 0 <= problem.offset <= len(data), (name, problem)


@with_corpora
def test_a_whole_file_taken_for_a_message_is_checked() -> None:
    """What is no message at all gets problems as well."""
    for path in FILES:
        assert len(validate(parse(path.read_bytes())[0])) <= 201, path.name


@with_corpora
def test_few_real_messages_are_unreadable() -> None:
    """Errors are kept for what cannot be read: nine in ten whole messages have none."""
    whole = [(name, data) for name, data in messages() if data.count(b"\r") + data.count(b"\n") > 4]
    errors = Counter(
        max((p.severity for p in validate(parse(data)[0])), key=list(Severity).index, default=None)
        for _, data in whole
    )
    assert errors[Severity.ERROR] <= len(whole) * 0.1, errors


@with_corpora
def test_every_message_has_its_view() -> None:
    """Each message of a kind the house reads is viewed; only what it lacks is an error."""
    seen: Counter[str] = Counter()
    for name, data in messages():
        message, _ = parse(data)
        kind = message.get("MSH-9.1")
        if kind not in VIEWS:
            continue
        _, problems = VIEWS[kind](message)
        seen[kind] += 1
        errors = {p.code for p in problems if p.severity is Severity.ERROR}
        assert errors <= {"hl7v2.view-missing"}, name
    assert {"ADT", "ORU", "ORM", "SIU", "DFT"} <= set(seen) or len(FILES) < 100


@with_corpora
def test_a_stream_of_every_file_gives_the_same_messages() -> None:
    """The stream cuts real files as the batch reader does, in small chunks as in one."""
    for path in FILES[::5]:
        data = path.read_bytes()
        if b"\x1c" in data or b"\x0b" in data:
            continue
        chunks = [data[n : n + 700] for n in range(0, len(data), 700)]
        found = [one.data for one in read_messages(chunks) if one.data]
        assert found == split_batch(data)[0], path.name


THEIRS = (
    "Invalid children detected",  # a Z, unknown or unexpected segment: we say it as INFO
    "Invalid encoding chars",  # it takes no fifth separator before 2.7, and not every set
    "Child limit exceeded",  # it counts over the message, we walk the groups
    "Missing required child",  # every member of a choice, and components, which are INFO with us
    "is not correct for",  # it knows no `varies` but of OBX-5
    "crash",  # it fails by itself
    "Unexpected",
)
"""Why hl7apy rejects what we find sound; each is a choice of its own, not a fault found."""
OURS = {
    "hl7v2.data-type",  # it lets a wrong number or date pass as text when tolerant
    "hl7v2.table-value",  # it has no table check
    "hl7v2.segment-sequence",  # it sorts segments into groups whatever their order
}
"""What we state in messages that hl7apy accepts."""


def their_verdict(data: bytes) -> str:
    """Return `ok`, or why hl7apy rejects a message."""
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.exceptions import HL7apyException
    from hl7apy.parser import parse_message

    lines = re.split(r"[\r\n]+", data.decode("utf-8", "replace").lstrip("\ufeff"))
    try:
        text = "\r".join(line for line in lines if line)
        parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT).validate()
    except HL7apyException as error:
        return str(error)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        return f"crash {type(error).__name__}"
    return "ok"


@with_corpora
def test_hl7apy_agrees_but_for_known_reasons() -> None:
    """Every tenth small message: both accept, both reject, or the reason is one of the lists."""
    pytest.importorskip("hl7apy")
    unexplained = []
    agreed = 0
    for name, data in [one for one in messages() if len(one[1]) < 6_000][::10]:
        ours = {p.code for p in validate(parse(data)[0]) if p.severity is not Severity.INFO}
        theirs = their_verdict(data)
        if bool(ours) == (theirs != "ok"):
            agreed += 1
        elif not ours and not any(reason in theirs for reason in THEIRS):
            unexplained.append(f"{name}: they say {theirs}")
        elif ours and not ours <= OURS:
            unexplained.append(f"{name}: we say {ours - OURS}")
    assert unexplained == []
    assert agreed > 40 or len(FILES) < 100


def test_the_tables_are_those_of_hl7apy() -> None:
    """The files of the package are what `make_tables.py` writes from the source named there."""
    pytest.importorskip("hl7apy")
    import make_tables

    for name, text in make_tables.files().items():
        assert (make_tables.TARGET / name).read_text(encoding="ascii") == text, name


def test_the_tables_are_small() -> None:
    """All versions together stay under a megabyte, by far."""
    target = Path(__file__).resolve().parents[3] / "src/suture/formats/hl7v2/tables"
    assert sum(path.stat().st_size for path in target.glob("*.txt")) < 250_000
