"""The field table is complete, decides by itself, and only its package can open a label."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import suture
from suture.core.phi import Label, Phi, PhiLeak
from suture.governance.privacy.field_table import FIELD_TABLE, RULES, Decision, cross

SOURCE = Path(suture.__file__).parent


def test_each_row_has_a_purpose_exactly_when_something_crosses() -> None:
    """S102: a decision per field, consumer and purpose."""
    for rule in FIELD_TABLE:
        assert rule.sources
        assert bool(rule.purpose) == (rule.operations is not Decision.DROP)
        if rule.operations is Decision.DROP:
            assert rule.partner is Decision.DROP


def test_a_source_field_has_one_row() -> None:
    """Two rows for one field would be two answers."""
    sources = [source for rule in FIELD_TABLE for source in rule.sources]
    assert len(sources) == len(set(sources))


def test_no_partner_gets_more_than_the_operations_zone() -> None:
    """A partner never gets the plain value of what operations gets only in part."""
    for rule in FIELD_TABLE:
        if rule.partner is Decision.KEEP:
            assert rule.operations is Decision.KEEP


@pytest.mark.parametrize("rule_id", [r.id for r in FIELD_TABLE if r.operations is Decision.DROP])
def test_a_dropped_field_cannot_cross(rule_id: str) -> None:
    """S99: the gate refuses what the table drops, whoever asks."""
    with pytest.raises(PhiLeak):
        cross(Phi("SYNCANARY", Label.PHI_DIRECT), rule_id)


def test_an_unlisted_rule_lets_nothing_out() -> None:
    """Default deny: no row, no crossing; the refusal repeats nothing."""
    with pytest.raises(PhiLeak) as leak:
        cross(Phi("SYNCANARY"), "4.4/NEW-FIELD")
    assert "SYNCANARY" not in str(leak.value)


def test_a_kept_field_crosses() -> None:
    """The value comes out unchanged under a row that keeps it."""
    assert cross(Phi(120, Label.PHI_QUASI), "4.4/DURATION") == 120


def _calls(tree: ast.AST) -> set[str]:
    """Return every name the module mentions as variable, attribute or import."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.name.rpartition(".")[2] for alias in node.names}
    return names


def test_only_the_privacy_package_declassifies() -> None:
    """S99: unwrapping happens in registered minimiser modules only (spec 4.2, plan D7)."""
    owner = SOURCE / "core" / "phi.py"
    room = SOURCE / "governance" / "privacy"
    users = []
    for path in sorted(SOURCE.rglob("*.py")):
        names = _calls(ast.parse(path.read_text(encoding="utf-8")))
        if names & {"declassify", "_Phi__value", "inspect_protected"} and path != owner:
            users.append(path)
    assert [path for path in users if room not in path.parents] == []
    assert room / "field_table.py" in users


def test_the_gate_names_rows_that_exist() -> None:
    """Every rule id a minimiser module writes down is a row of the table."""
    for path in (SOURCE / "governance" / "privacy").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                looks_like_rule = node.value.startswith("4.4/") and " " not in node.value
                assert not looks_like_rule or node.value in RULES
