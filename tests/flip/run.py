"""A check of the checks: break every rule the tests take, one at a time; some test must fail.

Usage: `python tests/flip/run.py [--rules CASE,W2.010] [--kinds target,action] [--story] [--jobs 2]
[--budget-s 1500]`. First the suite under tests/path records which test takes which rule; then, for
each rule and kind of break, the tests that take the rule run until one fails. What no test notices
is a survivor. `explained.toml` beside this file tells why some break changes nothing. Exits 0 when
every survivor is explained and every explanation is of a survivor. Property tests and the table
test are left out: they would notice for other reasons than the behaviour of the one rule, and they
are slow.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SUITE = ROOT / "tests" / "path"
sys.path[:0] = [str(HERE), str(SUITE), str(ROOT / "src")]

EXPLAINED = HERE / "explained.toml"
"""Break -> why it changes nothing."""
LEFT_OUT = ("test_any_order.py", "test_tables.py", "test_decisions.py", "test_matching.py")
"""Files that say nothing of a single rule."""
STORY = ("test_stock_case.py", "test_bought_case.py", "test_story_")
"""Files that tell the story of the demo."""
FIRST_TESTS = 6
"""Tests tried first, the fastest of each file; most breaks are noticed by them."""
SECOND_TESTS = 60
"""Tests of the second try; what they do not notice is tried on every test that takes the rule."""
RUN_TIMEOUT_S = 120
"""A broken rule may make the house talk to itself; far above any honest run."""

Break = tuple[str, str, list[str]]
"""(rule, kind, tests that take it)."""


def main() -> int:
    """Run the check and return the exit code."""
    wanted = arguments()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        taken = record(Path(folder) / "rules.json")
    breaks = list(chosen(taken, wanted))
    print(
        f"{len(taken)} tests take {len({b[0] for b in breaks})} of the rules asked for; "
        f"{len(breaks)} breaks"
    )
    explained: dict[str, str] = tomllib.loads(EXPLAINED.read_text("utf-8"))
    survivors: list[str] = []
    stale: list[str] = []
    untried = 0
    with ThreadPoolExecutor(wanted.jobs) as pool:
        for name, verdict in pool.map(lambda b: attempt(b, started + wanted.budget_s), breaks):
            if verdict == "survived" and name in explained:
                print(f"explained {name}: {explained[name]}", flush=True)
            elif verdict == "survived":
                survivors.append(name)
                print(f"SURVIVED {name}", flush=True)
            elif verdict == "noticed" and name in explained:
                stale.append(name)
                print(f"NOTICED AFTER ALL {name}: take it out of {EXPLAINED.name}", flush=True)
            untried += verdict == "untried"
    report(breaks, survivors, untried, time.monotonic() - started)
    return 1 if survivors or untried or stale else 0


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rules", default="", help="machines or rule ids, comma-separated")
    parser.add_argument("--kinds", default="target,guard,drop,action")
    parser.add_argument("--story", action="store_true", help="only rules the story's tests take")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--budget-s", type=float, default=1500, help="seconds for the whole run")
    return parser.parse_args()


def record(target: Path) -> dict[str, dict[str, Any]]:
    """Run the suite once and return {test: {rules, seconds}}; raises when it is not green."""
    ignored = [f"--ignore={SUITE / name}" for name in LEFT_OUT]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *ignored]
    command += ["-k", "not StockMachine", str(SUITE)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "SUTURE_RULES": str(target), "SUTURE_FLIP": ""},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit("the suite is not green:\n" + done.stdout[-2000:])
    found: dict[str, dict[str, Any]] = json.loads(target.read_text("utf-8"))
    return found


def chosen(taken: dict[str, dict[str, Any]], wanted: argparse.Namespace) -> Iterator[Break]:
    """Yield the breaks asked for, of rules that some test takes."""
    import flip
    from suture.orchestration.processes.catalog import ALL

    by_rule: dict[str, list[str]] = {}
    for test in sorted(taken, key=lambda t: taken[t]["seconds"]):
        for rule_id in taken[test]["rules"]:
            by_rule.setdefault(rule_id, []).append(test)
    names = [n for n in wanted.rules.split(",") if n]
    kinds = wanted.kinds.split(",")
    for process in ALL.values():
        for rule in process.rules:
            tests = by_rule.get(rule.id, [])
            if wanted.story and not any(
                Path(t.partition("::")[0]).name.startswith(STORY) for t in tests
            ):
                continue
            if not tests or (names and rule.id not in names and process.machine not in names):
                continue
            rivals = {
                test
                for state in rule.from_states
                for other in process.candidates(state, rule.event)
                for test in by_rule.get(other.id, [])
            }
            for kind in flip.kinds_of(process, rule):
                if kind in kinds:
                    may_notice = tests if kind in ("target", "action") else sorted(rivals)
                    yield rule.id, kind, spread(may_notice)


def spread(tests: list[str]) -> list[str]:
    """Return the tests so that the fastest of every file comes before a second of any."""
    by_file: dict[str, list[str]] = {}
    for test in tests:
        by_file.setdefault(test.partition("::")[0], []).append(test)
    longest = max(len(rows) for rows in by_file.values())
    return [rows[n] for n in range(longest) for rows in by_file.values() if n < len(rows)]


def attempt(broken: Break, deadline: float) -> tuple[str, str]:
    """Return (name, `noticed`, `survived` or `untried`) of one break."""
    rule_id, kind, tests = broken
    name = f"{rule_id}:{kind}"
    if time.monotonic() > deadline:
        return name, "untried"
    first, then = FIRST_TESTS, FIRST_TESTS + SECOND_TESTS
    for some in (tests[:first], tests[first:then], tests[then:]):
        if some and is_noticed(name, some):
            return name, "noticed"
    return name, "survived"


def is_noticed(name: str, tests: list[str]) -> bool:
    """Run the tests in a forked child with the rule broken; True when one fails."""
    child = os.fork()
    if child == 0:
        os._exit(run_tests(name, tests))
    ends = time.monotonic() + RUN_TIMEOUT_S
    while time.monotonic() < ends:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status) != 0
        time.sleep(0.01)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return True


def run_tests(name: str, tests: list[str]) -> int:
    """Run the tests in this process and return pytest's exit code."""
    import pytest

    os.environ["SUTURE_FLIP"] = name
    os.chdir(ROOT)
    options = ["-x", "-q", "-p", "no:cacheprovider", "--assert=plain", "--no-header"]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return int(pytest.main([*options, *tests]))


def report(breaks: list[Break], survivors: list[str], untried: int, seconds: float) -> None:
    """Say what was noticed."""
    tried = len(breaks) - untried
    print(
        f"{tried} breaks tried in {seconds:.0f} s: {tried - len(survivors)} noticed or explained, "
        f"{len(survivors)} survived, {untried} not tried (out of time)"
    )
    for name in survivors:
        print(f"  {name}")


if __name__ == "__main__":
    # Imported before forking: each child starts with everything loaded.

    raise SystemExit(main())
