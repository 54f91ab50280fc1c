"""The problems of 34 wild files are those that a person found when reading them."""

from __future__ import annotations

import hashlib
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from suture.formats.outline import check, read_all

HERE = Path(__file__).parent
CORPORA = Path(
    os.environ.get("SUTURE_CORPORA", HERE.parents[2].parent / "shared" / "corpora")
).resolve()
FILES: list[dict[str, Any]] = tomllib.loads((HERE / "problems.toml").read_text("utf-8"))["file"]


@pytest.mark.parametrize("known", FILES, ids=lambda known: Path(known["path"]).name)
def test_a_file_has_the_problems_a_person_sees(known: dict[str, Any]) -> None:
    """Document, severity, code, path and byte (-1: of the whole) of each problem, and no more."""
    path = CORPORA / known["path"]
    if not path.is_file():
        pytest.skip("the corpora are not beside the repository (SUTURE_CORPORA)")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != known["sha256"]:
        pytest.skip("the collection holds another version of this file")
    found = [
        [number, p.severity.value, p.code, p.path, -1 if p.offset is None else p.offset]
        for number, opened in enumerate(read_all(data), 1)
        for p in check(opened)
    ]
    assert found == known["problems"], known["reading"]


def test_thirty_files_of_every_format_were_read() -> None:
    """At least 30, of each of the five formats, each with a remark; the wrong ones outnumber."""
    assert len(FILES) >= 30
    assert {known["path"].split("/")[0] for known in FILES} == {
        "cxml", "edifact", "fhir", "hl7v2", "x12",
    }  # fmt: skip
    assert all(known["reading"] for known in FILES)
    assert sum(bool(known["problems"]) for known in FILES) > 25
