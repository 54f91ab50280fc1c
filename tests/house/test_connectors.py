"""Each connector's page, quality file and tests say the same.

In: the connectors a flow file may name, `docs/connectors/`. Out: a verdict. Nothing runs here.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from suture.orchestration.flows.declaration import DESTINATIONS, SOURCES
from suture.orchestration.flows.expecting import Expecting

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs" / "connectors"
LEVELS = ("bronze", "silver", "gold")


def names(kinds: tuple[Any, ...]) -> set[str]:
    """Return the names by which a flow file chooses connectors."""
    return {get_args(kind.model_fields["connector"].annotation)[0] for kind in kinds}


CONNECTORS = sorted(names(SOURCES) | names(DESTINATIONS))


def quality(name: str) -> dict[str, Any]:
    """Return what is said to be done for a connector."""
    found = yaml.safe_load((PAGES / f"{name}.quality.yaml").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


def rules(name: str) -> dict[str, str]:
    """Return the rules of a page: id -> MUST, MUST NOT or SHOULD."""
    text = (PAGES / f"{name}.md").read_text("utf-8")
    return dict(re.findall(r"^\| ([A-Z0-9]+-\d+) \| (MUST(?: NOT)?|SHOULD) ", text, re.MULTILINE))


def is_there(test: str) -> bool:
    """Return whether `file::name` is a test function or class."""
    file, _, name = test.partition("::")
    path = ROOT / file
    if not path.is_file() or not name:
        return path.is_file()
    tree = ast.parse(path.read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return any(isinstance(node, kinds) and node.name == name for node in ast.walk(tree))


def test_there_is_a_page_and_a_file_for_every_connector_and_no_other() -> None:
    """What a flow can name is documented, and nothing else is."""
    assert {p.name.removesuffix(".quality.yaml") for p in PAGES.glob("*.yaml")} == set(CONNECTORS)
    assert {p.stem for p in PAGES.glob("*.md")} - {"index"} == set(CONNECTORS)
    index = (PAGES / "index.md").read_text("utf-8")
    flows = (ROOT / "docs" / "flows.md").read_text("utf-8")
    for name in CONNECTORS:
        assert f"({name}.md)" in index, name
        assert f'connector = "{name}"' in flows, name


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_rule_of_a_page_has_its_test(name: str) -> None:
    """Each MUST is proven by a test that exists; a SHOULD may be left, with its reason."""
    said = quality(name)
    assert said["connector"] == name and said["level"] in LEVELS
    declared, proven, left = rules(name), said["rules"], said.get("todo", {})
    assert declared, "the page has no rules"
    for rule, word in declared.items():
        if rule in proven:
            assert is_there(proven[rule]), (rule, proven[rule])
        else:
            assert word == "SHOULD" and left.get(rule), f"{rule} has no test and no reason"
    assert set(proven) <= set(declared), "a rule that is on no page"


@pytest.mark.parametrize("name", CONNECTORS)
def test_a_connector_ships_only_when_a_real_peer_was_met(name: str) -> None:
    """It runs the conformance suite in each direction it has, against a named peer."""
    said = quality(name)
    assert said["peers"] and all(each["name"] and is_there(each["test"]) for each in said["peers"])
    if said.get("exempt"):
        return
    for direction, kinds in (("source", SOURCES), ("destination", DESTINATIONS)):
        assert (direction in said) == (name in names(kinds)), direction
        if direction not in said:
            continue
        file, _, suite = said[direction].partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        bases = [
            ast.unparse(base)
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and node.name == suite
            for base in node.bases
        ]
        assert bases == [f"{direction.capitalize()}Conformance"], said[direction]


@pytest.mark.parametrize("name", CONNECTORS)
def test_every_entry_of_a_connector_is_on_its_page(name: str) -> None:
    """An entry that nobody can look up is a defect."""
    text = (PAGES / f"{name}.md").read_text("utf-8")
    shared = {"connector", "name", "when", "step", "retry", "connections", "rate_per_s", "batch"}
    for kind in (*SOURCES, *DESTINATIONS):
        if get_args(kind.model_fields["connector"].annotation)[0] != name:
            continue
        entries = set(kind.model_fields) - shared - {"timeout_s"} - set(Expecting.model_fields)
        assert not {e for e in entries if f"`{e}`" not in text}, name


def test_what_any_source_may_say_is_on_the_page_of_flows() -> None:
    """Entries that all sources share stand once."""
    text = (ROOT / "docs" / "flows.md").read_text("utf-8")
    assert {e for e in Expecting.model_fields if e not in text} == set()
