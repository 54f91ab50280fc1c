"""The words of GLOSSARY.md are the words of the code.

In: the glossary's tables and the public names of `src/suture`. Out: a verdict in both directions,
and a check that no class carries a word that is never used bare.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "suture"
GLOSSARY = ROOT / "GLOSSARY.md"

TRUNK = (
    "core/*.py",
    "journal/contract.py",
    "journal/record.py",
    "orchestration/definition.py",
    "systems/adapter.py",
)
"""Modules whose public types everybody meets: each type has a row."""

BARE_ALLOWED = {
    ("Item", "canonical/"): "canonical record of spec 3.2; elsewhere CatalogItem, OrderLine",
    ("Resource", "formats/fhir/"): "the standard's own term inside the module of that standard",
    ("Segment", "formats/"): "the standard's own term inside the module of that standard",
    ("Element", "formats/"): "the standard's own term inside the module of that standard",
    ("Status", "canonical/"): "life cycle of a canonical record, the specification's field name",
}
"""(word, folder) -> why the word stands alone there."""


def sections() -> dict[str, list[list[str]]]:
    """Return the table rows of each section of the glossary, split into cells."""
    found: dict[str, list[list[str]]] = {}
    title = ""
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            title = line[3:]
        elif line.startswith("| ") and not line.startswith(("| Term", "| Word")):
            found.setdefault(title, []).append([cell.strip() for cell in line.split("|")[1:-1]])
    return found


def types_named() -> set[str]:
    """Return every type that a row of the glossary names."""
    rows = [row for title, rows in sections().items() if title != "Never bare" for row in rows]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row[1])}


def never_bare() -> set[str]:
    """Return the words that no class may be called by alone."""
    return {word.strip() for row in sections()["Never bare"] for word in row[0].split(",")}


def classes(tree: ast.Module) -> set[str]:
    """Return the public classes of a module."""
    return {n.name for n in tree.body if isinstance(n, ast.ClassDef) and n.name[0] != "_"}


def aliases(tree: ast.Module) -> set[str]:
    """Return the public capitalised names a module assigns: unions, new types, callables."""
    targets = [t for n in tree.body if isinstance(n, ast.Assign) for t in n.targets]
    names = {t.id for t in targets if isinstance(t, ast.Name)}
    return {name for name in names if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name)}


def parsed(pattern: str) -> dict[str, ast.Module]:
    """Return path below the package -> tree for every module that matches."""
    return {
        path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.glob(pattern))
    }


def bare(word_classes: dict[str, set[str]], words: set[str]) -> list[str]:
    """Return the classes that carry a word of `words` alone where nothing excuses it."""
    return [
        f"{path}: {name}"
        for path, names in word_classes.items()
        for name in sorted(names & words)
        if not any(name == word and path.startswith(at) for word, at in BARE_ALLOWED)
    ]


def test_every_type_of_the_glossary_exists() -> None:
    """A type named by the glossary is a public name of the code."""
    public = {name for tree in parsed("**/*.py").values() for name in classes(tree) | aliases(tree)}
    assert types_named() - public == set()


def test_every_type_of_the_trunk_is_explained() -> None:
    """A public class of the trunk modules has a row in the glossary."""
    trunk = {name for at in TRUNK for tree in parsed(at).values() for name in classes(tree)}
    assert trunk - types_named() == set()


def test_no_class_carries_a_word_that_is_never_bare() -> None:
    """A word with two meanings in hospitals names no class by itself."""
    assert (
        bare({path: classes(tree) for path, tree in parsed("**/*.py").items()}, never_bare()) == []
    )


def test_planted_bare_words_are_seen() -> None:
    """The check above sees a bare word, and leaves the qualified and the excused ones alone."""
    planted = {
        "documents/a.py": {"Order", "PurchaseOrder"},
        "canonical/item.py": {"Item"},
        "formats/hl7v2/a.py": {"Segment"},
        "systems/a.py": {"Segment", "Status"},
    }
    assert bare(planted, never_bare()) == [
        "documents/a.py: Order",
        "systems/a.py: Segment",
        "systems/a.py: Status",
    ]


def test_event_is_the_journals_record_only() -> None:
    """`Event` alone is the record in the journal; HL7's is a trigger event."""
    assert [path for path, tree in parsed("**/*.py").items() if "Event" in classes(tree)] == [
        "journal/record.py"
    ]
