"""The corpora of public examples are read without loss, quickly and without false alarms.

In: `shared/corpora/fhir` where it is present. Out: a verdict; skipped visibly where it is absent.
The corpora are never part of this repository.
"""

from __future__ import annotations

import json
import os
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from suture.core.problem import Severity
from suture.formats.fhir import (
    FhirProfile,
    Resource,
    detect_version,
    parse,
    privacy_traps,
    to_json,
    validate,
    view,
)

CORPORA = Path(
    os.environ.get("SUTURE_CORPORA", Path(__file__).resolve().parents[4] / "shared" / "corpora")
)
if not CORPORA.is_dir():  # a work tree stands one level deeper than the repository
    CORPORA = Path(__file__).resolve().parents[5] / "shared" / "corpora"
FILES = sorted((CORPORA / "fhir").rglob("*.json"))
R4 = FhirProfile(name="r4", version="R4")

pytestmark = pytest.mark.skipif(
    not FILES, reason="no corpora: set SUTURE_CORPORA or place ../shared/corpora by the repo"
)


def read(path: Path) -> Resource:
    """Return the resource of a file, which every one of the corpora has."""
    resource, problems = parse(path.read_bytes())
    assert resource is not None and problems == [], path.name
    return resource


def exact(data: bytes) -> Any:
    """Return the values with the texts of their numbers."""
    return json.loads(data, parse_float=lambda text: ("number", text), parse_int=str)


def test_every_file_comes_back() -> None:
    """Bytes are equal; written anew from the values, each number has its text."""
    for path in FILES:
        resource, data = read(path), path.read_bytes()
        assert bytes(resource) == data
        assert exact(to_json(resource.data)) == exact(data)


def test_every_file_is_valid_r4() -> None:
    """The published examples and synthetic records are R4, and no error is stated."""
    for path in FILES:
        problems = [p for p in validate(read(path), R4) if p.severity is Severity.ERROR]
        assert problems == [], (path.name, [p.describe() for p in problems])


def test_no_file_is_taken_for_r5() -> None:
    """Detection says R4 or leaves it open."""
    seen = {detect_version(read(path)) for path in FILES}
    assert seen <= {"R4", ""} and "R4" in seen


def test_every_view_can_be_made() -> None:
    """No example makes a view raise."""
    seen = [view(read(path)) for path in FILES]
    assert sum(one is not None for one in seen) > 50


def test_patients_are_found() -> None:
    """A whole patient record is full of traps; its Bundle says so by place."""
    for path in FILES:
        resource = read(path)
        if resource.type == "Patient":
            assert "Patient" in {problem.path for problem in privacy_traps(resource)}


def test_the_largest_files_take_bounded_time() -> None:
    """Reading and checking a whole patient record takes seconds at most."""
    largest = sorted(FILES, key=lambda path: path.stat().st_size)[-3:]
    for path in largest:
        before = time.perf_counter()
        resource = read(path)
        validate(resource, R4)
        privacy_traps(resource)
        assert time.perf_counter() - before < 10


def test_a_change_leaves_every_other_byte() -> None:
    """In real layouts a changed value leaves all before and after it."""
    for path in FILES[::5]:
        resource = read(path)
        if "id" not in resource.data:
            continue
        part = resource.part("id")
        before, _, after = bytes(resource).partition(part)
        changed = bytes(resource.set("id", Decimal("1.10")))
        if bytes(resource).count(part) == 1:
            assert changed == before + b"1.10" + after
