"""Real interchanges of others: none crashes the reader, and each comes back byte for byte."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from pathlib import Path

import pytest

from suture.core.problem import Severity
from suture.formats.edifact import PROBLEM_CODES, parse_all, read_messages, tree, validate

ROOT = Path(
    os.environ.get("SUTURE_CORPORA", Path(__file__).resolve().parents[4] / "shared" / "corpora")
)
FILES = sorted(path for path in (ROOT / "edifact").rglob("*") if path.is_file())

pytestmark = pytest.mark.skipif(
    not FILES, reason="no corpora: set SUTURE_CORPORA or place ../shared/corpora by the repo"
)


def test_every_file_is_read_and_comes_back() -> None:
    """Interchanges add up to the file, problems are declared, every segment is in a tree."""
    for path in FILES:
        content = path.read_bytes()
        found, problems = parse_all(content)
        assert b"".join(map(bytes, found)) == content, path.name
        for interchange in found:
            problems += validate(interchange)
            for message in interchange.messages:
                walked = sum(len(group.ids) for group in tree(message).walk())
                assert walked == message.end - 1, path.name
        assert {problem.code for problem in problems} <= set(PROBLEM_CODES), path.name


def test_every_file_streams_the_same() -> None:
    """Byte by byte the messages and problems are those of the whole file."""
    for path in FILES:
        content = path.read_bytes()
        single = [content[n : n + 1] for n in range(len(content))]
        whole = [(m and m.table.texts, p) for m, p in read_messages([content])]
        assert [(m and m.table.texts, p) for m, p in read_messages(single)] == whole, path.name


def test_supply_chain_files_fit_the_directories() -> None:
    """Orders, invoices and receiving advices of others have no stray segment."""
    counts: Counter[str] = Counter()
    for path in FILES:
        for interchange in parse_all(path.read_bytes())[0]:
            stated = validate(interchange)
            if any(m.type in {"ORDERS", "INVOIC", "RECADV"} for m in interchange.messages):
                counts["files"] += 1
                counts.update(p.code for p in stated if p.severity is not Severity.INFO)
    assert counts["files"] >= 8
    assert counts["edifact.unexpected-segment"] == 0
    assert counts["edifact.segment-order"] == 0


def test_the_segments_are_those_another_parser_finds() -> None:
    """Where pydifact accepts a file without complaint, tags and values agree."""
    parser = pytest.importorskip("pydifact.parser")
    agreed = 0
    for path in FILES:
        text = path.read_bytes().decode("latin-1")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                segments = list(parser.Parser().parse(text))
        except Exception:  # noqa: BLE001
            continue
        found, problems = parse_all(text.encode("latin-1"))
        if len(found) != 1 or {p.code for p in problems} & UNCOMPARED:
            continue
        if found[0].syntax.delimiters.repetition:
            continue  # the other one knows no repetitions
        ours = [s for m in found[0].messages for s in m.segments]
        theirs = [s for s in segments if s.tag not in {"UNA", "UNB", "UNZ", "UNG", "UNE"}]
        assert [s.id for s in ours] == [s.tag for s in theirs], path.name
        for one, other in zip(ours, theirs, strict=True):
            values = [e if isinstance(e, list) else [e] for e in other.elements]
            read = [one.components(n) or [""] for n in range(1, len(one.elements))]
            # The other one leaves out empty components at the end.
            assert [_ended(r) for r in read] == [_ended(v) for v in values], path.name
        agreed += 1
    assert agreed >= 12


def _ended(values: list[str]) -> list[str]:
    return _ended(values[:-1]) if len(values) > 1 and not values[-1] else values


UNCOMPARED = {
    *("edifact.no-unb", "edifact.line-break", "edifact.envelope", "edifact.control-character"),
    *("edifact.character", "edifact.message-trailer"),
}
"""Problems of files that other parsers read in their own ways."""
