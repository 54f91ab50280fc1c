"""What the figures were made on, and how fast it was at that moment.

In: nothing. Out: a description, a yardstick, the disk's own sync times. Refuses to know: workloads.
A shared machine gives the same work very different times: the yardstick says by how much.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SYNC_BYTES = 4096
"""One page: what a lone commit appends at least."""


def describe() -> dict[str, str]:
    """Return cores, processor, memory, system, Python, commit and load average as text."""
    commit = _git("rev-parse", "--short", "HEAD") or "unknown"
    changed = _git("status", "--porcelain", "--untracked-files=no", "src", "bench")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return {
        "commit": commit + ("+changes" if changed else ""),
        "cores": str(os.cpu_count()),
        "cpu": _processor(),
        "memory": f"{memory:.1f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": " ".join(f"{x:.1f}" for x in os.getloadavg()),
    }


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], capture_output=True, text=True, check=False, cwd=ROOT)
    return done.stdout.strip()


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                return value.strip()
    return platform.machine()


def yardstick_us() -> float:
    """Return the CPU time of 100 multiplications and additions in Python, in microseconds."""
    began = time.thread_time()
    for _ in range(300):
        total = 0
        for i in range(100):
            total += i * i
    return (time.thread_time() - began) / 300 * 1e6


class Yardstick:
    """Takes the yardstick while something else runs: 2 ms every half second on another thread."""

    def __init__(self) -> None:
        self.samples: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._ended.wait(0.5):
            self.samples.append(yardstick_us())

    def __enter__(self) -> Yardstick:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def median_us(self) -> float:
        """Return the median sample; one taken now when there was no time for any."""
        return statistics.median(self.samples or [yardstick_us()])


def sync_ms(folder: Path, count: int = 200) -> tuple[float, float]:
    """Return p50 and p99 of `fdatasync` after an append of one page, in milliseconds."""
    took = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(count):
            file.write(b"x" * SYNC_BYTES)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return took[count // 2], took[min(count - 1, int(count * 0.99))]
