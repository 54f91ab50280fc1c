"""A hub in a process of its own, with the figures only the system knows.

In: a folder, a settings text. Out: ports, CPU seconds, resident memory, store sizes. Refuses to
know: what is measured. A hub without durability is allowed by SUTURE_BENCH=1, which is set here.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.machine import ROOT
from suture.assembly.settings import BENCH_VARIABLE
from suture.core.ids import SystemEntropy
from suture.governance.seal import create_key_file

TICKS = os.sysconf("SC_CLK_TCK")
START_S_MAX = 60.0
"""A hub that does not listen after a minute never will."""
HUB_MODULE = "suture"
"""What is run; `bench.profiled` is the same under a profiler."""


class HubProcess:
    """`suture run` on a folder of its own."""

    def __init__(
        self, folder: Path, settings: str = "", *, module: str = HUB_MODULE, role: str = ""
    ) -> None:
        """Write settings and key; `settings` is TOML, top-level entries first.

        `role` makes it one of several processes on stores in PostgreSQL.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.module = module
        self.role = role
        if not (folder / "hub.key").exists():
            create_key_file(folder / "hub.key", SystemEntropy())
        (folder / "hub.toml").write_text(
            'data = "stores"\nkey_file = "hub.key"\nspace_bytes_min = 0\n'
            "console = { port = 0 }\npartners = { port = 0 }\n" + settings,
            "utf-8",
        )
        self.started_s = 0.0
        self.is_up = False
        self.ports: dict[str, int] = {}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start and wait until every door listens; raises RuntimeError when it ends instead."""
        began = time.perf_counter()
        words = ["run", "--config", str(self.folder / "hub.toml")]
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, *words, *(["--role", self.role] * bool(self.role))],
            stdout=subprocess.PIPE,
            stderr=(self.folder / f"hub{self.role}.log").open("a"),
            text=True,
            cwd=ROOT,
            env={**os.environ, BENCH_VARIABLE: "1", "PYTHONPATH": _python_path()},
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.match(r"listening (\S+) \w+://[^:]+:(\d+)", line)
            if found:
                self.ports[found[1]] = int(found[2])
            if line.startswith(("listening console", "running ")):
                self.is_up = True
                break
        if not self.is_up:
            raise RuntimeError(f"the hub did not start; see {self.folder.name}/hub.log")
        self.started_s = time.perf_counter() - began

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    def cpu_s(self) -> float:
        """Return user and system CPU seconds so far (proc(5), stat fields 14 and 15)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_mb(self) -> float:
        """Return resident memory in MiB."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+)", text)
        return int(found[1]) / 1024 if found else 0.0

    def stop(self) -> None:
        """Stop in order (the stores are checkpointed); kill what does not stop in a minute."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def store_bytes(self, zone: str) -> int:
        """Return the size of a zone's file without its WAL."""
        path = self.folder / "stores" / f"{zone}.db"
        return path.stat().st_size if path.exists() else 0


def _python_path() -> str:
    given = os.environ.get("PYTHONPATH", "")
    return f"{given}{os.pathsep}{ROOT}" if given else str(ROOT)


@contextmanager
def running(*hubs: HubProcess) -> Iterator[None]:
    """Start hubs, and stop them whatever happens."""
    try:
        for hub in hubs:
            hub.start()
        yield
    finally:
        for hub in hubs:
            hub.stop()


def free_port() -> int:
    """Return a port that is free on loopback now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
