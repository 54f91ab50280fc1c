"""`docs/errors.md` lists every stable code of the source, and no other.

In: the source and the page. Out: a verdict; `make docs` renews the page.
"""

from __future__ import annotations

import ast
import re

import codes
import pytest


def page() -> str:
    """Return the page as it stands."""
    return codes.PAGE.read_text(encoding="utf-8")


def test_the_page_lists_exactly_the_codes_of_the_source() -> None:
    """A code without a row, or a row without a code, is an error: run `make docs`."""
    between = page().partition(codes.BEGIN)[2].partition(codes.END)[0]
    listed = set(re.findall(r"^\| `([^`]+)` \|", between, re.MULTILINE))
    assert listed == {use.code for use in codes.collect()}


def test_every_code_has_the_form_of_the_house() -> None:
    """A code is `area.reason`, or an upper-case code of the specification's exceptions."""
    assert [use for use in codes.collect() if not codes.CODE.fullmatch(use.code)] == []


@pytest.mark.parametrize(
    ("source", "code", "kind"),
    [
        ("raise RefusalError('hl7v2.no-msh', 'no header')", "hl7v2.no-msh", "refused"),
        (
            "raise MisconfiguredError(code='store.in-use', text='x')",
            "store.in-use",
            "misconfigured",
        ),
        ("x = Problem('x12.segment-count', s, 'the count')", "x12.segment-count", "problem"),
        ("x = outcome.Uncertain(f'erp.http-{n}')", "erp.http-*", "uncertain"),
        ("PROBLEM_CODES = {'udi.check-digit': 'wrong'}", "udi.check-digit", "problem"),
        (
            "x = ExceptionRaised(family='PRICE', code='PRICE_VARIANCE')",
            "PRICE_VARIANCE",
            "exception",
        ),
    ],
)
def test_each_way_of_naming_a_code_is_seen(source: str, code: str, kind: str) -> None:
    """The collector sees every constructor that takes a code."""
    assert (code, kind) in {(u.code, u.kind) for u in codes.codes_of(ast.parse(source), "a.py")}


@pytest.mark.parametrize(
    "source", ["fault('mllp.ack-timeout', 'no answer in time')", "CODE = 'mllp.ack-timeout'"]
)
def test_a_code_is_known_by_its_form(source: str) -> None:
    """A literal `area.two-words` is a code wherever it stands."""
    assert {u.code for u in codes.codes_of(ast.parse(source), "a.py")} == {"mllp.ack-timeout"}


def test_a_missing_row_is_seen() -> None:
    """Renewing a page that lacks a code adds its row."""
    use = codes.Code("area.reason", "refused", "a.py", "what it means")
    text = f"head\n{codes.BEGIN}\n{codes.END}\ntail\n"
    assert "| `area.reason` | refused | what it means | `a.py` |" in codes.renewed(text, [use])
    assert codes.renewed(text, [use]).endswith(f"{codes.END}\ntail\n")
