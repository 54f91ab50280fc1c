"""Runs the demo in a folder of its own and looks at its pages: `python -m tests.browser [--axe F]`.

In: nothing but Chromium. Out: pictures in `build/browser`, findings, an exit code. Refuses to know:
what is looked for (that is `check`). Skips visibly when no Chromium is installed.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tests.browser.check import check
from tests.browser.chromium import find_chromium

OUT = Path("build") / "browser"
CASES_WITHIN_S = 90.0
"""Real seconds within which the first cases are on the board; twenty on two quiet cores."""


def address(demo: subprocess.Popen[str]) -> str:
    """Return the board's address the demo prints; raises RuntimeError when it ends before."""
    assert demo.stdout is not None
    for line in demo.stdout:
        found = re.match(r"board: (\S+)", line)
        if found:
            return found[1]
    raise RuntimeError("the demo ended before it had a board")


def wait_for_cases(base: str) -> None:
    """Wait until the board has cases; raises RuntimeError when it has none in time."""
    ends = time.monotonic() + CASES_WITHIN_S
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(f"{base}api/v1/board", timeout=10) as answer:
                if json.load(answer)["rooms"]:
                    return
        except TimeoutError:  # a machine that starts six programs at once may be slow for once
            continue
        time.sleep(1.0)
    raise RuntimeError("no case came onto the board")


def main() -> int:
    """Run the demo, look, tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser")
    parser.add_argument("--axe", type=Path, help="axe.min.js, to check WCAG 2.2 A and AA as well")
    given = parser.parse_args()
    chromium = find_chromium()
    if chromium is None:
        print("skipped: no Chromium here; install one or set CHROMIUM")
        return 0
    axe = given.axe.read_text("utf-8") if given.axe else ""
    with tempfile.TemporaryDirectory() as folder:
        words = ["-m", "suture", "demo", "--folder", str(Path(folder) / "demo"), "--rate", "7200"]
        demo = subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, text=True)
        try:
            base = address(demo)
            wait_for_cases(base)
            found = check(base, OUT, axe, chromium)
        finally:
            demo.terminate()
            demo.wait(30)
    print(json.dumps(found, indent=1, ensure_ascii=False) if found else "no findings")
    print(f"pictures in {OUT}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
