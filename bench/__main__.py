"""`python -m bench [P1 P1S P2 P3 P4 P5 P5L P6 P7 P9 P10] [--seconds S] [--scale N]`: figures.

In: which workloads. Out: a table, `bench/out/report.json`, `bench/out/plot.svg`; exit code 1 when a
figure about correctness (a message lost, doubled, changed, undecided) is outside its bound. Refuses
to know: how each is measured. Machines are shared and noisy: trust CPU per message and ratios.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from math import isnan
from pathlib import Path

from bench import (
    asked,
    booked,
    codecs,
    events,
    ingest,
    relayed,
    searched,
    shared,
    sizes,
    spread,
    starting,
)
from bench.figure import Budget, Figure, Measured, read_budgets
from bench.machine import describe
from bench.plot import draw

OUT = Path(__file__).parent / "out"
LONG = {"P1S", "P5L", "P7"}
"""Take minutes: run only when they are named."""
CORRECT = {
    "P1.not_once",
    "P1.wrong",
    "P1S.not_once",
    "P3.undecided",
    "P4.undecided",
    "P6.refused",
    "P7.not_once",
    "P10.not_found",
}
"""Figures that say whether the work was right; speed never fails a run."""


def arguments() -> argparse.Namespace:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "which", nargs="*", metavar="P", help="workloads; all but P1S, P5L and P7 when left out"
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="one turn of load")
    parser.add_argument("--scale", type=int, default=100_000, help="open orders, stored messages")
    return parser.parse_args()


def workloads(given: argparse.Namespace, folder: Path) -> dict[str, Callable[[], Measured]]:
    """Return the runs by name."""
    return {
        "P1": lambda: relayed.run(folder / "p1", given.seconds),
        "P1S": lambda: spread.run(folder / "p1s"),
        "P2": lambda: ingest.run(folder / "p2", given.seconds),
        "P3": lambda: events.run(folder / "p3", given.scale),
        "P4": lambda: booked.run(folder / "p4", seconds=max(4.0, given.seconds)),
        "P5": codecs.run,
        "P5L": sizes.run,
        "P6": lambda: asked.run(folder / "p6", max(4.0, given.seconds)),
        "P7": lambda: shared.run(folder / "p7", given.seconds),
        "P9": lambda: starting.run(folder / "p9", given.scale),
        "P10": lambda: searched.run(folder / "p10", given.scale),
    }


def table(figures: Sequence[Figure], budgets: dict[str, Budget]) -> str:
    """Return the figures as text, each beside its budget; `!` marks a gate."""
    lines = []
    for one in figures:
        budget = budgets.get(one.key)
        verdict = "" if budget is None else "met" if budget.holds(one.value) else "NOT MET"
        bound = budget.text() if budget else ""
        name = f"{one.key.partition('.')[0]}  {one.text}"
        lines.append(f"{name:56} {one.value:>10.4g} {one.unit:12} {bound:>11} {verdict}")
    return "\n".join(lines)


def main() -> int:
    """Run, print, write."""
    given = arguments()
    budgets = read_budgets()
    about = describe()
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="bench-run-", dir=Path.cwd()) as name:
        folder = Path(name)
        runs = workloads(given, folder)
        for which in given.which or [name for name in runs if name not in LONG]:
            (folder / which.lower()).mkdir()
            print(f"running {which} ...", file=sys.stderr, flush=True)
            measured.append(runs[which]())
    figures = [f for one in measured for f in one.figures]
    series = [s for one in measured for s in one.series]
    print(", ".join(f"{k} {v}" for k, v in about.items()))
    print(table(figures, budgets))
    OUT.mkdir(exist_ok=True)
    # A figure that was skipped is no number; JSON has none for it.
    rows = [asdict(f) | ({"value": None} if isnan(f.value) else {}) for f in figures]
    report = {"machine": about, "figures": rows, "series": [asdict(s) for s in series]}
    (OUT / "report.json").write_text(json.dumps(report, indent=1), "utf-8")
    (OUT / "plot.svg").write_text(draw(figures, series, budgets), "utf-8")
    print(f"report and plot: {OUT.relative_to(Path.cwd())}")
    wrong = [f for f in figures if f.key in CORRECT and not budgets[f.key].holds(f.value)]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
