"""The commands a stranger meets first behave: Makefile and `.ci/run`.

In: the two files. Out: a verdict; nothing is installed and no hub is started here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORDS = (
    "help setup demo test check lint types imports bench soak storm failures peers postgres browser"
    " flip fuzz docs clean"
)
TARGETS = WORDS.split()

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make on a copy of the Makefile that has no virtual environment."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    environment = {name: value for name, value in os.environ.items() if name != "MAKEFLAGS"}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env={**environment, "TERM": "dumb"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@needs_make
def test_make_alone_lists_every_target(tmp_path: Path) -> None:
    """`make` explains itself: each target has a line."""
    shown = make(tmp_path)
    assert shown.returncode == 0
    assert set(re.findall(r"^  make ([a-z]+)", shown.stdout, re.MULTILINE)) == set(TARGETS)


@needs_make
def test_a_missing_python_is_said_plainly(tmp_path: Path) -> None:
    """Without a fit Python the message names the version needed and how to choose another one."""
    shown = make(tmp_path, "demo", "PYTHON=no-such-python")
    assert shown.returncode != 0
    assert "Python 3.11 or newer" in shown.stderr
    assert "make PYTHON=" in shown.stderr


@needs_make
def test_the_demo_needs_runtime_dependencies_only(tmp_path: Path) -> None:
    """`make demo` installs without the development tools, from wheels, under the constraints."""
    shown = make(tmp_path, "-n", "demo", "ONCE=1")
    assert "-c constraints.txt -e .\n" in shown.stdout
    assert "--only-binary :all:" in shown.stdout
    assert "[dev]" not in shown.stdout
    assert "suture demo --once" in shown.stdout


def test_ci_runs_what_a_person_runs() -> None:
    """`.ci/run` is an executable strict bash script that goes through make."""
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")
    assert os.access(script, os.X_OK)
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert re.findall(r"^make (\w+)", text, re.MULTILINE) == [
        "test",
        "demo",
        "soak",
        "browser",
        "fuzz",
    ]
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=30)
