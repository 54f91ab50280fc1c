"""The whole demonstration with both zones in PostgreSQL: the story's end states hold there too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.postgres_server import postgres_server

SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.mark.slow
@pytest.mark.processes
@pytest.mark.timeout(400)
def test_the_story_ends_well_on_postgresql(tmp_path: Path) -> None:
    """`suture demo --once --store URL` ends with 0; nothing is written into files."""
    folder = tmp_path / "demo"
    command = ["demo", "--once", "--folder", str(folder), "--store", postgres_server().url()]
    done = subprocess.run(
        [sys.executable, "-m", "suture", *command],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert " 0 do not" in done.stdout
    assert list((folder / "stores").glob("*.db")) == []
