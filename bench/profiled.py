"""The hub under cProfile, both threads apart: `python -m bench.profiled run --config FILE`.

In: the arguments of `suture`, and SUTURE_PROFILE, the folder for the profiles. Out: `loop.prof` and
one `journal-ZONE.prof` each (CPU time of the thread, not waits), written when the hub ends. Refuses
to know: the load. cProfile makes
Python calls dearer than C calls: read shares, not microseconds.
"""

from __future__ import annotations

import cProfile
import os
import threading
import time
from pathlib import Path

from suture.cli.main import main as suture_main
from suture.journal.sqlite_writer import Writer

FOLDER = Path(os.environ.get("SUTURE_PROFILE", "."))
_RUN = Writer._run


def _profiled_run(self: Writer) -> None:
    """Run a writer thread under a profiler of its own."""
    profiler = cProfile.Profile(time.thread_time)
    name = threading.current_thread().name
    try:
        profiler.runcall(_RUN, self)
    finally:
        profiler.dump_stats(FOLDER / f"{name}.prof")


def main() -> None:
    """Run `suture` with every thread that matters profiled."""
    Writer._run = _profiled_run
    profiler = cProfile.Profile(time.thread_time)
    try:
        profiler.runcall(suture_main)
    finally:
        profiler.dump_stats(FOLDER / "loop.prof")


if __name__ == "__main__":
    main()
