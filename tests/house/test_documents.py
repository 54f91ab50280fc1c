"""The documents say what is: paths, tests, links, targets and dependencies they name exist.

In: every Markdown page of the repository. Out: a verdict on what the pages claim about the tree.
"""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = ROOT / "docs" / "decisions"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
HEADINGS = (
    "Background",
    "Goals",
    "Non-goals",
    "Decision",
    "Consequences",
    "How it is enforced",
)


def ids(path: Path) -> str:
    """Return a page's name for test reports."""
    return path.relative_to(ROOT).as_posix()


@cache
def names_in(path: Path) -> frozenset[str]:
    """Return the names of the test functions, and of the classes, of a test module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, kinds))


def missing_tests(text: str) -> list[str]:
    """Return the `tests/...[::name]` references of a page that lead nowhere."""
    found: list[str] = []
    for path, name in re.findall(r"`(tests/[\w./-]*)(?:::(\w+))?`", text):
        target = ROOT / path
        if not target.exists() or (name and name not in names_in(target)):
            found.append(f"{path}::{name}" if name else path)
    return found


def missing_paths(text: str) -> list[str]:
    """Return the source paths in code quotes that do not exist."""
    quoted = re.findall(r"`((?:src|docs|packs|bench|tests)/[\w./-]*|[\w-]+\.md)`", text)
    return [path for path in quoted if not (ROOT / path).exists()]


def missing_links(page: Path, text: str) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    relative = [target for target in targets if not re.match(r"[a-z]+:", target)]
    return [target for target in relative if not (page.parent / target).exists()]


def missing_targets(text: str) -> list[str]:
    """Return the `make` targets in code quotes that the Makefile lacks."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    return [name for name in re.findall(r"`make ([a-z]+)", text) if name not in known]


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_what_a_page_names_exists(page: Path) -> None:
    """Tests, paths, links and make targets that a page names are there."""
    text = page.read_text(encoding="utf-8")
    found = missing_tests(text) + missing_paths(text) + missing_links(page, text)
    assert found + missing_targets(text) == []


def test_dead_references_are_seen() -> None:
    """The check above sees each kind of reference that leads nowhere."""
    assert missing_tests("`tests/house/test_nothing.py`") == ["tests/house/test_nothing.py"]
    assert missing_tests("`tests/house/test_documents.py::test_nothing`")
    assert missing_tests("`tests/house/test_documents.py::test_dead_references_are_seen`") == []
    assert missing_paths("`src/suture/nothing.py`") == ["src/suture/nothing.py"]
    assert missing_links(ROOT / "README.md", "[a](docs/nothing.md#b)") == ["docs/nothing.md"]
    assert missing_targets("`make nothing`") == ["nothing"]


def test_every_invariant_of_the_architecture_names_its_test() -> None:
    """Each row of the table of invariants ends in a test of this repository."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.partition("## Invariants")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if re.match(r"\| [A-Z0-9]", line)][1:]
    assert rows
    assert [row for row in rows if "`tests/" not in row] == []


def test_every_folder_of_the_source_is_on_the_map() -> None:
    """The code map of the architecture names each package of the source."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    packages = {path.parent.name for path in (ROOT / "src" / "suture").glob("*/__init__.py")}
    assert {name for name in packages if f"{name}/" not in text} == set()


def test_decisions_are_numbered_and_complete() -> None:
    """Records are numbered without a gap and each has every section of the form."""
    pages = sorted(DECISIONS.glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {page.name[:4]} ")
        assert [name for name in HEADINGS if f"\n## {name}\n" not in text] == [], page.name


def test_every_page_is_in_the_index() -> None:
    """The index of the documents links every page, decisions included."""
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)#]+\.md)", index))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert pages - linked - {"index.md"} == set()


def test_every_dependency_has_its_line() -> None:
    """Each dependency of pyproject.toml is in decision 0013 and the other way round."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    declared = [*project["dependencies"], *extras]
    names = {re.split(r"[<>=!~\[ ]", line)[0].lower() for line in declared}
    page = (DECISIONS / "0013-dependencies.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| ([a-z0-9-]+) \|", page, re.MULTILINE))
    assert rows == names
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower().replace("_", "-")
    assert {name for name in names if f"\n{name}==" not in f"\n{pinned}"} == set()


def test_the_licence_is_whole() -> None:
    """LICENSE holds the Apache License 2.0 from its title to its appendix."""
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("Apache License")
    assert "9. Accepting Warranty or Additional Liability." in text
    assert "APPENDIX: How to apply the Apache License to your work." in text


def test_every_setting_of_the_hub_is_documented() -> None:
    """The page on running the hub names each entry that `hub.toml` may have, and no other."""
    tree = ast.parse((ROOT / "src/suture/assembly/settings.py").read_text(encoding="utf-8"))
    declared = {
        field.target.id
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
    }
    text = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if re.match(r"\| (\(top\)|`\[)", line)]
    entries = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[2])}
    tables = {name for row in rows for name in re.findall(r"\[([a-z_]+)\]", row)}
    assert declared - entries - tables == set()
    assert entries - declared == set()
