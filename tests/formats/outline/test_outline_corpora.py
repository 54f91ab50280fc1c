"""Every wild file: guessed, read, checked and shown without a crash (skips without the corpora)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from suture.formats.outline import check, differences, guess, read_all

ROOT = Path(__file__).resolve().parents[3]
CORPORA = Path(os.environ.get("SUTURE_CORPORA", ROOT.parent / "shared" / "corpora"))
GUESSED_SHARE_MIN = 0.99
"""A few files of the collections are notes beside the messages."""


@pytest.mark.parametrize("name", ["hl7v2", "x12", "edifact", "cxml", "fhir"])
def test_every_wild_file_is_shown(name: str) -> None:
    """No crash, a tree, no difference to itself, and a position for what is wrong."""
    folder = CORPORA / name
    if not folder.is_dir():
        pytest.skip("the corpora are not beside the repository (SUTURE_CORPORA)")
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    guessed = 0
    for path in files:
        data = path.read_bytes()
        if guess(data) != name:
            continue
        guessed += 1
        for opened in read_all(data):
            for problem in check(opened):
                assert problem.text, path.name
            assert not list(differences(opened.tree, opened.tree)), path.name
    assert guessed >= GUESSED_SHARE_MIN * len(files) - 3
