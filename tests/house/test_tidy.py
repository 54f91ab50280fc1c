"""The house is tidy: no banned call, nothing oversized, nothing unused, nothing undocumented.

In: `src/suture` and the tracked files. Out: offences that no named exception excuses. Each rule is
also shown to see a planted offence and to leave clean code alone.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
import tidy_rules as tidy

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "suture"

WORKFLOW = "one workflow is one file, table and functions together (decision 0011)"

EXCEPTIONS: dict[tuple[str, str], str] = {
    ("long-module", "documents/events.py"): "one catalogue of payload structs, read as a table",
    ("long-module", "orchestration/processes/case.py"): WORKFLOW,
    ("long-module", "orchestration/processes/replenishment.py"): WORKFLOW,
    ("long-module", "orchestration/processes/supplier_order.py"): WORKFLOW,
    ("banned-call", "connectivity/transports/rabbitmq.py"): "to silence a library's own log",
    ("long-function", "orchestration/engine.py::_apply"): "one transition, written top to bottom",
    ("long-function", "api/app.py::_reads"): "a list of routes, one short function each",
    ("many-parameters", "assembly/core.py::build_core"): "the place where every part is named",
    ("many-parameters", "journal/contract.py::instances"): "a query: each keyword is a filter",
    ("many-parameters", "journal/contract.py::settle_delivery"): "one row, each keyword a column",
    ("many-parameters", "journal/sql_lanes.py::join"): "one row, each parameter a column",
    ("many-parameters", "orchestration/decisions/sourcing.py::choose_step"): "named inputs, "
    "all of them kept in the decision",
}
"""(rule, path) or (rule, path::name) -> why the rule gives way there. Unused ones are refused."""

ENTRY_POINTS = frozenset(
    {
        "suture.__main__",
        "suture.cli.main",
        "suture.simulation.__main__",
    }
)
"""Modules that are started, not imported."""
TEST_KIT = "testing/"
"""For tests to import; the product never does (import contract)."""


def modules() -> list[tidy.Module]:
    """Return every module of the package, parsed."""
    return [
        tidy.read(path.relative_to(SOURCE).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(SOURCE.rglob("*.py"))
    ]


def offences(every: list[tidy.Module]) -> list[tuple[str, tidy.Offence]]:
    """Return each module's offences against the rules over single modules."""
    described = frozenset().union(*(tidy.protocol_methods(module) for module in every))
    found: list[tuple[str, tidy.Offence]] = []
    for module in every:
        for rule in tidy.RULES:
            if rule is tidy.undocumented:
                found += [(module.path, o) for o in tidy.undocumented(module, described)]
            elif rule is tidy.many_parameters:
                excused = described - tidy.protocol_methods(module)
                found += [(module.path, o) for o in tidy.many_parameters(module, excused)]
            else:
                found += [(module.path, o) for o in rule(module)]
    return found


def excuse(path: str, offence: tidy.Offence) -> tuple[str, str] | None:
    """Return the key of the named exception that covers an offence."""
    name = offence.text.split(":")[0]
    for key in ((offence.rule, path), (offence.rule, f"{path}::{name}")):
        if key in EXCEPTIONS:
            return key
    return None


def test_the_source_is_tidy() -> None:
    """No module breaks a tidy rule, except where the list of exceptions gives a reason."""
    found = [
        f"src/suture/{path}:{offence.line} [{offence.rule}] {offence.text}"
        for path, offence in offences(modules())
        if excuse(path, offence) is None
    ]
    assert not found, "\n".join(["", *found])


def test_every_exception_is_still_needed() -> None:
    """An exception whose offence has gone is taken off the list."""
    used = {excuse(path, offence) for path, offence in offences(modules())}
    assert set(EXCEPTIONS) - used == set()


PLANTED = [
    ("clock", "api/a.py", "from datetime import datetime\nx = datetime.now()\n"),
    ("clock", "api/a.py", "import datetime as dt\nx = dt.datetime.utcnow()\n"),
    ("clock", "api/a.py", "from datetime import date\nx = date.today()\n"),
    ("clock", "simulation/a.py", "import time\nx = time.time()\n"),
    ("clock", "api/a.py", "from time import time as t\nx = t()\n"),
    ("clock", "api/a.py", "from datetime import datetime\nmake = dict(default=datetime.now)\n"),
    ("banned-call", "api/a.py", "import uuid\nx = uuid.uuid4()\n"),
    ("banned-call", "core/ids.py", "from uuid import uuid1\nx = uuid1()\n"),
    ("banned-call", "api/a.py", "import os\nx = os.urandom(8)\n"),
    ("banned-call", "api/a.py", "import logging\nlog = logging.getLogger('x')\n"),
    ("banned-call", "api/a.py", "x = eval('1')\n"),
    ("banned-call", "cli/a.py", "exec('x = 1')\n"),
    ("chance", "api/a.py", "import random\n"),
    ("chance", "simulation/a.py", "from random import Random\n"),
    ("chance", "api/a.py", "import secrets\n"),
    ("print", "api/a.py", "print('x')\n"),
    ("print", "core/cli/a.py", "show = print\n"),
    ("bare-except", "api/a.py", "try:\n    x = 1\nexcept:\n    raise\n"),
    ("swallowed", "api/a.py", "try:\n    x = 1\nexcept Exception:\n    pass\n"),
    (
        "swallowed",
        "api/a.py",
        "for y in ():\n  try:\n    x = 1\n  except Exception:\n    continue\n",
    ),
    (
        "swallowed",
        "api/a.py",
        "import contextlib\nwith contextlib.suppress(Exception):\n    x = 1\n",
    ),
    ("float-money", "core/money.py", "x = 0.1\n"),
    ("float-money", "documents/supply.py", "x = float('1')\n"),
    ("float-money", "orchestration/processes/invoice.py", "x = 1.5\n"),
    ("note-to-self", "api/a.py", "x = 1  # TODO later\n"),
    ("note-to-self", "api/a.py", "# FIXME\n"),
    ("note-to-self", "api/a.py", "# XXX\n"),
    ("unfinished", "api/a.py", "def f() -> None:\n    raise NotImplementedError\n"),
    ("opening", "api/a.py", "x = 1\n"),
    ("opening", "api/a.py", '"""One sentence only."""\n'),
    ("opening", "api/__init__.py", ""),
    ("vague-name", "api/utils.py", "x = 1\n"),
    ("vague-name", "common/a.py", "x = 1\n"),
    ("vague-name", "api/manager.py", "x = 1\n"),
    ("long-module", "api/a.py", "x = 1\n" * 501),
    ("long-function", "api/a.py", "def f() -> None:\n" + "    x = 1\n" * 50),
    ("long-function", "api/a.py", "class A:\n    async def f(self):\n" + "        x = 1\n" * 50),
    ("many-parameters", "api/a.py", "def f(a, b, c, d, e, g): ...\n"),
    ("many-parameters", "api/a.py", "def f(a, b, c, d, *, e, g, h, i): ...\n"),
    ("undocumented", "api/a.py", "def f() -> None:\n    return None\n"),
    ("undocumented", "api/a.py", "class A:\n    x = 1\n"),
    ("undocumented", "api/a.py", 'class A:\n    """A."""\n    def f(self):\n        return 1\n'),
    ("undocumented", "api/a.py", 'class A:\n    """A."""\n    def f(self): ...\n'),
]


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_a_planted_offence_is_seen(rule: str, path: str, text: str) -> None:
    """Each rule sees the offence it is there for."""
    module = tidy.read(path, text)
    assert rule in {offence.rule for check in tidy.RULES for offence in check(module)}


def test_every_rule_has_a_planted_offence() -> None:
    """No rule is without a proof that it works."""
    module = Path(tidy.__file__).read_text(encoding="utf-8")
    assert set(re.findall(r'Offence\("([a-z-]+)"', module)) == {rule for rule, _, _ in PLANTED}


CLEAN = [
    ("core/clock.py", "from datetime import UTC, datetime\nx = datetime.now(UTC)\n"),
    ("core/ids.py", "import secrets\n"),
    ("cli/a.py", "print('x')\n"),
    ("simulation/server/a.py", "print('x')\n"),
    ("api/a.py", "def f(clock: object) -> object:\n    return clock.now()\n"),
    ("api/a.py", "import uuid\nx = uuid.uuid5(uuid.NAMESPACE_URL, 'x')\n"),
    ("api/a.py", "x = 0.5\n"),
    ("api/a.py", "try:\n    x = 1\nexcept Exception as e:\n    raise ValueError from e\n"),
    ("api/a.py", "try:\n    x = 1\nexcept KeyError:\n    pass\n"),
    ("api/a.py", "x = 'TODO in text is content'\n"),
    ("api/a.py", "def _private(self):\n    return 1\n"),
    ("api/a.py", "def f(self, a, b, c, d, e, *, g, h):\n    '''Say it.'''\n"),
    (
        "api/a.py",
        "from typing import Protocol\nclass P(Protocol):\n    '''P.'''\n    def f(self): ...\n",
    ),
    ("api/a.py", "def f() -> None:\n    '''Say\n    it.'''\n" + "    x = 1\n" * 49),
]


@pytest.mark.parametrize(("path", "text"), CLEAN)
def test_clean_code_is_left_alone(path: str, text: str) -> None:
    """A rule does not fire at what merely looks like its offence."""
    module = tidy.read(path, text)
    ignored = {"opening", "undocumented"} if "def f(clock" in text else {"opening"}
    found = [offence for check in tidy.RULES for offence in check(module)]
    assert [offence for offence in found if offence.rule not in ignored] == []


def unused(every: list[tidy.Module]) -> list[str]:
    """Return the modules that no other module imports and nothing starts."""
    named: set[str] = set()
    dotted_of: dict[str, tidy.Module] = {}
    for module in every:
        is_package = module.path.endswith("__init__.py")
        name = "suture." + module.path.removesuffix(".py").replace("/", ".")
        name = name.removesuffix(".__init__")
        package = name if is_package else name.rpartition(".")[0]
        named |= tidy.imported_modules(module, package)
        if not is_package and not module.path.startswith(TEST_KIT):
            dotted_of[name] = module
    return sorted(set(dotted_of) - named - ENTRY_POINTS)


def test_every_module_is_used() -> None:
    """Every module is imported by another one or is an entry point."""
    assert unused(modules()) == []


def test_an_unused_module_is_seen() -> None:
    """A module nobody imports is reported; absolute, from- and relative imports count as use."""
    every = [
        tidy.read("api/__init__.py", "from suture.api import a\n"),
        tidy.read("api/a.py", "import suture.api.b\nfrom .c import x\nfrom . import d\n"),
        *(tidy.read(f"api/{name}.py", "") for name in "bcde"),
        tidy.read("cli/main.py", ""),
    ]
    assert unused(every) == ["suture.api.e"]


BANNED_TEXT = {
    "machine path": re.compile(r"(?<![\w.:/<-])/(?:work|tmp|home|Users)(?:/|\b)(?![-\w]*\s*>)"),
    "registry or download address": re.compile(
        r"\b(?:py" + r"pi\.org|test\.py" + r"pi|pythonhosted\.org|registry\.npm|npmjs\.|"
        r"crates\.io|docker\.io|ghcr\.io|quay\.io|gcr\.io|anaconda\.org|githubusercontent\.com|"
        r"hugging" + r"face\.co|maven\.org|proxy\.golang)|/releases/download/",
        re.IGNORECASE,
    ),
    "index option": re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host"),
}
TEXT_SUFFIXES = frozenset(
    {"py", "toml", "txt", "md", "cfg", "ini", "json", "html", "css", "js", "mjs", "svg", "sh"}
    | {"yaml", "yml", "j2", "xml", "csv", "hl7", "edi", "x12"}
)


def repository_files() -> list[Path]:
    """Return the tracked files and those about to be; without git, every file outside caches."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=30)
        names = [name for name in listed.stdout.decode().split("\0") if name]
        paths = [ROOT / name for name in names]
    except (OSError, subprocess.CalledProcessError):
        folders = ("src", "packs", "docs", "tests", "bench")
        paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    return [path for path in paths if path.is_file()]


def banned_text(text: str) -> list[tuple[int, str]]:
    """Return (line, what) of each thing no tracked file may name."""
    return [
        (number, what)
        for number, line in enumerate(text.splitlines(), start=1)
        for what, pattern in BANNED_TEXT.items()
        if pattern.search(line)
    ]


def test_no_file_names_a_machine_a_registry_or_a_download() -> None:
    """Tracked files name no path of a machine, no package registry, no download address."""
    this = Path(__file__)
    found = [
        f"{path.relative_to(ROOT)}:{number} {what}"
        for path in repository_files()
        if path != this
        and (path.suffix.lstrip(".") in TEXT_SUFFIXES or not path.suffix)
        and path.name != "LICENSE"
        for number, what in banned_text(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not found, "\n".join(["", *found])


@pytest.mark.parametrize(
    "text",
    [
        "cd /tmp/x",
        'path = "/' + 'work/shared"',
        "/home/someone/suture",
        "see /Users/someone",
        "https://py" + "pi.org/simple",
        "pip install --index-url x",
        "https://example.com/a/rele" + "ases/download/1/a.whl",
    ],
)
def test_planted_addresses_are_seen(text: str) -> None:
    """The check above sees machine paths, registries and downloads."""
    assert banned_text(text)


@pytest.mark.parametrize(
    "text", ["/workflows", "tmp_path / 'x'", "../shared/corpora", "https://x.example/home"]
)
def test_ordinary_paths_are_left_alone(text: str) -> None:
    """Addresses of the house's own are not taken for a machine's."""
    assert banned_text(text) == []


def test_test_files_have_names_of_their_own() -> None:
    """No two test modules share a file name: pytest collects them without packages."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("*.py"))
    repeated = {name for name, count in names.items() if count > 1}
    assert repeated - {"conftest.py", "__init__.py", "__main__.py"} == set()
