"""Each alert has a runbook, each runbook an alert, and both say the same things.

In: the rules of alerts, `docs/runbooks`, the page on alerts. Out: a verdict. Nothing runs here.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from suture.cli.main import cli
from suture.intelligence.alerts import RULES
from suture.intelligence.view import AlertView

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "runbooks"
PARTS = ("**What it means.**", "**Look.**", "**Do.**", "**Over when**")


def test_rules_and_runbooks_are_the_same() -> None:
    """No alert without a page, no page without an alert, and the page on alerts lists each."""
    assert {page.stem for page in PAGES.glob("*.md")} == set(RULES)
    listed = re.findall(
        r"^\| `([a-z]+)` \|.*\(runbooks/\1\.md\) \|$",
        (ROOT / "docs" / "alerts.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert listed == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_runbook_is_whole(rule: str) -> None:
    """What it means, what to look at, what to do, when it is over; its commands are there."""
    alert = AlertView(rule, "clinical", "adt.lab", 0, 0.0)
    text = (ROOT / alert.runbook).read_text("utf-8")
    assert text.startswith(f"# Runbook: {rule}\n")
    assert [text.count(part) for part in PARTS] == [1] * len(PARTS)
    assert [text.index(part) for part in PARTS] == sorted(text.index(part) for part in PARTS)
    named = set(re.findall(r"`suture ([a-z]+)", text))
    assert named - set(cli.commands) == set()
    assert named, "a runbook names a command to look with"


def test_every_rule_is_raised_by_the_rules() -> None:
    """The list of rules is that of the code: what is yielded, and nothing else."""
    folder = ROOT / "src" / "suture"
    text = "".join(
        (folder / name).read_text("utf-8")
        for name in ("intelligence/alerts.py", "assembly/watch.py")
    )
    said = set(re.findall(r'AlertView\(\s*"([a-z]+)"', text))
    said |= set(re.findall(r'rule = "([a-z]+)"', text))
    assert said == set(RULES)
