"""The tutorial runs as it is written, in an empty folder, from nothing to a replay."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial-flow.md"
TIME_OUT_S = 120


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens at; two tests may run at once."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def test_the_tutorial_ends_with_a_replayed_message(tmp_path: Path) -> None:
    """Every block in order under one shell; the hub is ended whatever happens."""
    if not Path("/bin/bash").exists():
        pytest.skip("the tutorial's blocks are for bash")
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 8
    binaries = Path(sys.executable).parent
    ports = free_ports(2)
    first, second = (str(port) for port in ports)
    script = "\n".join(["set -eu -o pipefail", "trap 'kill $(jobs -p) 2>/dev/null' EXIT", *blocks])
    script = script.replace("sleep 1\n", "sleep 3\n").replace(
        "suture flow list", "sleep 4\nsuture flow list", 1
    )
    script = script.replace(
        "suture flow lint flows",
        f"sed -i 's/6661/{first}/; s/6662/{second}/' flows/adt-to-lab/flow.toml\n"
        "suture flow lint flows",
        1,
    )
    script = script.replace("port = 6662", f"port = {second}").replace(
        "127.0.0.1:6661", f"127.0.0.1:{first}"
    )
    done = subprocess.run(
        ["/bin/bash", "-c", script],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
        },
        capture_output=True,
        text=True,
        timeout=TIME_OUT_S,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "SYNTH^ANNA" in said and "2 passed, 0 failed" in said
    assert "flow.lookup-unknown" in said and "lab-files/" in said
