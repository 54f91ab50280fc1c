"""Real cXML of others: each document is read, comes back byte for byte, and fits its view."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from suture.core.problem import Severity
from suture.formats.cxml import (
    DECLARED,
    PROBLEM_CODES,
    confirmation_request,
    invoice_detail_request,
    order_request,
    parse,
    read_as,
    response_status,
    ship_notice_request,
    validate,
)

ROOT = Path(
    os.environ.get("SUTURE_CORPORA", Path(__file__).resolve().parents[4] / "shared" / "corpora")
)
FILES = sorted(path for path in (ROOT / "cxml").rglob("*.xml") if path.is_file())
VIEWS: dict[str, Callable[..., Any]] = {
    "OrderRequest": order_request,
    "ConfirmationRequest": confirmation_request,
    "ShipNoticeRequest": ship_notice_request,
    "InvoiceDetailRequest": invoice_detail_request,
    "Response": response_status,
}

pytestmark = pytest.mark.skipif(
    not FILES, reason="no corpora: set SUTURE_CORPORA or place ../shared/corpora by the repo"
)


def test_every_document_is_read_and_comes_back() -> None:
    """No document of the corpora is refused, and none is changed."""
    for path in FILES:
        content = path.read_bytes()
        found, problems = parse(content)
        assert found is not None, path.name
        assert bytes(found) == content, path.name
        assert not [p for p in problems if p.severity is Severity.ERROR], path.name


def test_every_view_reads_its_documents() -> None:
    """Documents of the order-to-pay path give a view without an error."""
    seen = 0
    for path in FILES:
        found, _ = parse(path.read_bytes())
        assert found is not None
        view = VIEWS.get(found.kind)
        if view is not None:
            value, problems = view(found)
            assert value is not None, path.name
            assert not [p for p in problems if p.severity is Severity.ERROR], path.name
            seen += 1
    assert seen >= 8


def test_every_declared_view_reads_its_documents() -> None:
    """Carts, set-ups, stock messages and profiles of others give a view without an error."""
    seen = 0
    for path in FILES:
        found, _ = parse(path.read_bytes())
        assert found is not None
        if found.kind in DECLARED:
            value, problems = read_as(found, DECLARED[found.kind])
            assert value is not None, path.name
            assert not [p for p in problems if p.severity is Severity.ERROR], path.name
            seen += 1
    assert seen >= 6


def test_every_document_can_be_checked() -> None:
    """Problems have listed codes, a place in the bytes, and the document stays as it is."""
    for path in FILES:
        content = path.read_bytes()
        found, _ = parse(content)
        assert found is not None
        for problem in validate(found):
            assert problem.code in PROBLEM_CODES, path.name
            assert (
                problem.offset is not None and content[problem.offset : problem.offset + 1] == b"<"
            )
        assert bytes(found) == content
