"""Every wild file: guessed, read, checked and shown without a crash (skips without the corpora).

Any folder will do (SUTURE_CORPORA): files are told apart by their content, not by their names.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from suture.core.refusal import RefusalError
from suture.documents.exchange import kind_of, read_document, standard_of
from suture.formats import x12
from suture.formats.outline import check, differences, guess, read_all

ROOT = Path(__file__).resolve().parents[3]
CORPORA = Path(os.environ.get("SUTURE_CORPORA", ROOT.parent / "shared" / "corpora"))
GUESSED_SHARE_MIN = 0.99
"""A few files of the collections are notes beside the messages."""
HANGS_S, HANGS_S_PER_MB = 20, 30
"""A guard against hanging, some hundred times what reading, checking and showing takes."""


@contextmanager
def not_hanging(path: Path) -> Iterator[None]:
    """Fail with the file's name instead of hanging."""

    def ring(number: int, frame: object) -> None:
        raise AssertionError(f"{path} hangs")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(HANGS_S + HANGS_S_PER_MB * (path.stat().st_size >> 20))
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def files() -> list[Path]:
    """Return every file of the corpora."""
    if not CORPORA.is_dir():
        pytest.skip("the corpora are not beside the repository (SUTURE_CORPORA)")
    return [p for p in sorted(CORPORA.rglob("*")) if p.is_file() and p.name != "SOURCES.tsv"]


def test_every_wild_file_is_shown_and_comes_back() -> None:
    """No crash, no hang, a tree without difference to itself, the same bytes."""
    every = files()
    counts: Counter[str] = Counter()
    for path in every:
        data = path.read_bytes()
        with not_hanging(path):
            format = guess(data)
            counts[format] += 1
            if not format:
                continue
            opened = list(read_all(data))
            for each in opened:
                for problem in check(each):
                    assert problem.text and (problem.path or problem.offset is not None), path
                assert not list(differences(each.tree, each.tree)), path
            documents = [each.document for each in opened if each.document is not None]
            whole = b"".join(bytes(each) for each in documents)
            if format in ("x12", "edifact") or (len(documents) == 1 and format in ("cxml", "fhir")):
                assert whole == data, path
            elif format == "hl7v2":
                assert all(bytes(each) in data for each in documents), path
    assert sum(n for name, n in counts.items() if name) >= GUESSED_SHARE_MIN * len(every) - 3


def test_every_wild_supply_document_is_read_or_refused() -> None:
    """The typed views behind the exchange raise for no content; what is not carried is refused."""
    read: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for path in files():
        data = path.read_bytes()
        if guess(data) not in ("x12", "edifact", "cxml", "fhir"):
            continue
        with not_hanging(path):
            for interchange in x12.parse_all(data)[0] if guess(data) == "x12" else ():
                for each in interchange.sets:
                    x12.view(each)
            try:
                standard = standard_of(data)
                kind = kind_of(data, standard)
            except RefusalError as refusal:
                refused[refusal.code] += 1
                continue
            found, problems = read_document(data, kind, standard)
            assert found or problems, path
            read[f"{standard} {kind}"] += 1
    assert set(refused) <= {"convert.unsupported", "convert.unknown"}
    assert sum(read.values()) >= 20 and len(read) >= 6, read
