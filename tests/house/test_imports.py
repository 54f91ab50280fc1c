"""The import rules hold, and each rule is proven to catch a wrong import.

In: `.importlinter` and the source tree. Out: a verdict on the real tree, and for every contract a
copy of the tree with one offending import planted, on which exactly that contract must be broken.
"""

from __future__ import annotations

import ast
import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / ".importlinter"
SOURCE = ROOT / "src" / "suture"

# Each contract runs in a process of its own on a spoilt copy of the tree: about 0.4 s a piece.
OFFENCES: dict[str, tuple[tuple[str, str], ...]] = {
    "floors": (
        ("suture.core", "suture.formats"),
        ("suture.formats", "suture.canonical"),
        ("suture.canonical", "suture.documents"),
        ("suture.documents", "suture.governance"),
        ("suture.governance", "suture.systems"),
        ("suture.systems", "suture.connectivity"),
        ("suture.connectivity", "suture.orchestration"),
        ("suture.orchestration", "suture.intelligence"),
        ("suture.intelligence", "suture.api"),
        ("suture.api", "suture.console"),
        ("suture.console", "suture.assembly"),
        ("suture.assembly", "suture.cli"),
    ),
    "journal-on-core": (
        ("suture.journal", "suture.documents"),
        ("suture.journal.contract", "suture.formats"),
    ),
    "journal-from-governance-up": (("suture.documents", "suture.journal"),),
    "drivers-by-assembly": (
        ("suture.orchestration", "suture.journal.sqlite"),
        ("suture.cli", "suture.journal.sqlite_tx"),
        ("suture.journal.contract", "suture.journal.sqlite"),
    ),
    "database-in-driver": (
        ("suture.governance", "apsw"),
        ("suture.journal.record", "apsw"),
        ("suture.connectivity.transports.database", "psycopg"),
    ),
    "formats-independent": (
        ("suture.formats.x12", "suture.formats.cxml"),
        ("suture.formats.edifact", "suture.formats.x12"),
    ),
    "formats-shared": (
        ("suture.formats.edi", "suture.formats.x12"),
        ("suture.formats.edi.tree", "suture.formats.edifact"),
    ),
    "formats-no-io": (("suture.formats.hl7v2", "socket"), ("suture.formats.udi", "asyncio")),
    "mappings-and-adapters-no-io": (("suture.systems", "httpx"), ("suture.documents", "pathlib")),
    "processes-are-pure": (
        ("suture.orchestration.processes", "time"),
        ("suture.orchestration.processes", "suture.connectivity"),
    ),
    "xml-is-hardened": (("suture.documents", "lxml"), ("suture.systems", "xml")),
    "answers-from-the-record": (
        ("suture.api", "suture.systems"),
        ("suture.console", "suture.connectivity"),
        ("suture.intelligence", "httpx"),
    ),
    "intelligence-reads": (("suture.intelligence", "suture.orchestration.engine"),),
    "no-key-in-views": (
        ("suture.intelligence", "suture.governance.seal"),
        ("suture.console", "suture.governance.privacy"),
    ),
    "product-without-simulation": (
        ("suture.orchestration", "suture.simulation"),
        ("suture.cli", "suture.simulation"),
        ("suture.assembly", "suture.testing"),
    ),
    "simulation-apart": (
        ("suture.simulation", "suture.formats"),
        ("suture.simulation", "suture.documents"),
        ("suture.simulation", "suture.core.money"),
        ("suture.simulation", "suture.testing"),
    ),
}
"""Contract id -> planted imports (importer, imported), each of which must break it."""

PLANTED = [(contract, *pair) for contract, pairs in OFFENCES.items() for pair in pairs]


def lint(tree: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter on the package in `tree`, limited to the contracts named."""
    limits = [part for contract in contracts for part in ("--contract", contract)]
    command = "from importlinter.cli import lint_imports_command as main; main()"
    return subprocess.run(
        [
            sys.executable,
            "-c",
            command,
            "--config",
            str(CONFIG),
            "--no-cache",
            "--no-logo",
            *limits,
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def module_file(tree: Path, module: str) -> Path:
    """Return the file of a module of the copied tree, making an empty package where none is."""
    base = tree.joinpath(*module.split("."))
    single = base.with_suffix(".py")
    if single.exists():
        return single
    for folder in [base, *base.parents]:
        if folder == tree:
            break
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "__init__.py").exists():
            (folder / "__init__.py").write_text("")
    return base / "__init__.py"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Give a copy of the source tree that may be spoilt, each floor present if only as a shell."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    shutil.copytree(SOURCE, tmp_path / "suture", ignore=ignored)
    for floor in contracts().get(f"{SECTION}floors", "layers").split():
        module_file(tmp_path, f"suture.{floor.strip('()')}")
    for section in contracts().sections():
        for option in ("source_modules", "forbidden_modules", "modules", "allowed_importers"):
            for name in contracts().get(section, option, fallback="").split():
                if name.startswith("suture.") and "*" not in name:
                    module_file(tmp_path, name)
    return tmp_path


SECTION = "importlinter:contract:"


def contracts() -> configparser.ConfigParser:
    """Return `.importlinter`, read."""
    parser = configparser.ConfigParser()
    parser.read(CONFIG)
    return parser


def contract_ids() -> set[str]:
    """Return the ids of the contracts in `.importlinter`."""
    names = contracts().sections()
    return {name.removeprefix(SECTION) for name in names if name.startswith(SECTION)}


def test_the_house_keeps_its_import_rules() -> None:
    """Every contract of `.importlinter` is kept by the real source tree."""
    verdict = lint(ROOT / "src")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    assert "0 broken" in verdict.stdout


def test_every_contract_has_a_planted_offence() -> None:
    """No contract is without a test that it catches a wrong import."""
    assert contract_ids() == set(OFFENCES)


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
def test_a_wrong_import_breaks_its_contract(
    tree: Path, contract: str, importer: str, imported: str
) -> None:
    """One wrong import planted in a copy of the tree breaks the contract that forbids it."""
    file = module_file(tree, importer)
    if imported.startswith("suture."):
        module_file(tree, imported)
    file.write_text(f"{file.read_text()}\nimport {imported}\n")
    verdict = lint(tree, contract)
    assert verdict.returncode == 1, verdict.stdout + verdict.stderr
    assert "1 broken" in verdict.stdout, verdict.stdout + verdict.stderr
    assert f"{importer} -> {imported}" in " ".join(verdict.stdout.split())


def test_every_module_of_a_driver_is_protected() -> None:
    """No module of a driver of the journal is missing from the contract that protects them."""
    named = contracts().get(f"{SECTION}drivers-by-assembly", "protected_modules").split()
    shared = {"__init__", "contract", "record"}
    modules = {path.stem for path in (SOURCE / "journal").glob("*.py")} - shared
    drivers = {f"suture.journal.{name}" for name in modules}
    assert drivers == set(named)


def test_a_new_folder_must_take_its_place_among_the_floors(tree: Path) -> None:
    """A package that no floor names is refused: nothing stands outside the order."""
    module_file(tree, "suture.helpers_of_everything")
    verdict = lint(tree, "floors")
    assert verdict.returncode == 1
    assert "helpers_of_everything" in verdict.stdout


def writing_names(source: str) -> list[str]:
    """Return the names in a module by which the journal could be written."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("suture.journal"):
            found += [alias.name for alias in node.names if alias.name == "Tx"]
        if isinstance(node, ast.Attribute) and node.attr in {"submit", "write", "Tx"}:
            found.append(node.attr)
    return found


def test_intelligence_has_no_way_to_write() -> None:
    """No module of intelligence names the journal's `Tx`, nor calls `write` or `submit`."""
    offenders = {
        str(path.relative_to(ROOT)): names
        for path in sorted((SOURCE / "intelligence").rglob("*.py"))
        if (names := writing_names(path.read_text(encoding="utf-8")))
    }
    assert offenders == {}


@pytest.mark.parametrize(
    "source",
    [
        "from suture.journal.contract import Tx\n",
        "def f(journal):\n    journal.write(lambda tx: None)\n",
        "async def f(journal):\n    await journal.submit(None)\n",
    ],
)
def test_a_planted_writer_in_intelligence_is_seen(source: str) -> None:
    """The check above sees each way of writing."""
    assert writing_names(source)
