"""`suture top`: a hub at a glance, again and again.

In: a settings file, a terminal. Out: tables of feeds, lanes and alerts, or one look as text.
Refuses to know: content, and stores: it asks the running hub. Rates are what changed between two
looks.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from suture.cli.options import CONFIG
from suture.cli.people import asked
from suture.cli.watching import age

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

ROWS_MAX = 25
"""Of a table; the busiest and the longest waiting first."""
COLUMNS = 140
"""Width of a look that no terminal shows."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the hub said at one moment."""

    at_s: float
    pulse: dict[str, Any]
    lanes: list[dict[str, Any]]
    alerts: list[dict[str, Any]]


@click.command("top")
@CONFIG
@click.option(
    "--interval-s",
    type=click.FloatRange(0.2, 60),
    default=2.0,
    show_default=True,
    help="Between two looks.",
)
@click.option("--once", is_flag=True, help="Print one look as text and end.")
def show_top(config: Path, interval_s: float, once: bool) -> None:
    """Show feeds, lanes, rates, ages and alerts of a running hub until Ctrl-C."""
    sys.exit(_once(config, interval_s) if once else _live(config, interval_s))


def _look(config: Path) -> Look | None:
    """Return what the hub says, None when it does not answer."""
    pulse = asked(config, "GET", "/pulse")
    lanes = asked(config, "GET", "/lanes?limit=1000")
    alerts = asked(config, "GET", "/alerts")
    if pulse is None or lanes is None or alerts is None:
        return None
    return Look(time.monotonic(), pulse, lanes["lanes"], alerts["alerts"])


def _once(config: Path, interval_s: float) -> int:
    from rich.console import Console

    before = _look(config)
    time.sleep(interval_s)
    now = _look(config)
    if before is None or now is None:
        return 2
    Console(width=None if sys.stdout.isatty() else COLUMNS).print(_page(before, now))
    return 0


def _live(config: Path, interval_s: float) -> int:
    from rich.live import Live

    before = _look(config)
    if before is None:
        return 2
    with Live(_page(before, before), screen=True, auto_refresh=False) as live:
        try:
            while True:
                time.sleep(interval_s)
                now = _look(config)
                if now is None:
                    return 2
                live.update(_page(before, now), refresh=True)
                before = now
        except KeyboardInterrupt:
            return 0


def _page(before: Look, now: Look) -> Group:
    from rich.console import Group
    from rich.text import Text

    at = datetime.fromisoformat(now.pulse["as_of"])
    head = Text(f"suture {at:%Y-%m-%d %H:%M:%S}Z  ")
    if now.alerts:
        head.append(f"{len(now.alerts)} alerts", "bold red")
    else:
        head.append("no alerts", "green")
    return Group(head, _alerts(now), _feeds(before, now, at), _lanes(before, now, at))


def _table(title: str, words: tuple[str, ...], numbers: tuple[str, ...]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in words:
        table.add_column(name, overflow="fold")
    for name in numbers:
        table.add_column(name, justify="right")
    return table


def _alerts(now: Look) -> Table | str:
    from rich.markup import escape

    table = _table("", ("alert", "about", "runbook"), ())
    for one in now.alerts[:ROWS_MAX]:
        about = " ".join(filter(None, (one["destination"] or one["zone"], one["level"])))
        table.add_row(one["rule"], escape(about), one["runbook"], style="red")
    return table if now.alerts else ""


def _feeds(before: Look, now: Look, at: datetime) -> Table:
    from rich.markup import escape

    table = _table("feeds", ("feed",), ("a second", "taken", "refused", "95 % within", "last"))
    rates = _rates(before, now, "endpoints")
    feeds = sorted(now.pulse["endpoints"], key=lambda one: (-rates[one["name"]], one["name"]))
    for one in feeds[:ROWS_MAX]:
        last = _ago(one["last_at"], at)
        style = "red" if one["bad"] else ""
        table.add_row(
            escape(one["name"]),
            f"{rates[one['name']]:.1f}",
            str(one["good"]),
            str(one["bad"]),
            _within(one),
            last,
            style=style,
        )
    return table


def _lanes(before: Look, now: Look, at: datetime) -> Table:
    from rich.markup import escape

    table = _table(
        "lanes",
        ("destination", "state"),
        ("waiting", "oldest", "a second", "failed tries", "95 % within", "given up"),
    )
    rates = _rates(before, now, "destinations")
    counted = {one["name"]: one for one in now.pulse["destinations"]}
    waiting = {one["destination"]: one for one in now.lanes}
    names = sorted(
        counted.keys() | waiting.keys(),
        key=lambda name: (-waiting.get(name, {}).get("waiting", 0), -rates.get(name, 0.0), name),
    )
    for name in names[:ROWS_MAX]:
        lane, done = waiting.get(name, {}), counted.get(name, {})
        table.add_row(
            escape(name),
            _state(lane),
            str(lane.get("waiting", 0) + lane.get("sending", 0)),
            _ago(lane.get("oldest"), at),
            f"{rates.get(name, 0.0):.1f}",
            str(done.get("bad", 0)),
            _within(done),
            str(lane.get("given_up", 0)),
            style="red" if lane.get("is_circuit_open") else "",
        )
    return table


def _ago(at: str | None, now: datetime) -> str:
    return age((now - datetime.fromisoformat(at)).total_seconds()) if at else "-"


def _state(lane: dict[str, Any]) -> str:
    if lane.get("is_paused"):
        return "paused"
    return "no answer" if lane.get("is_circuit_open") else "open"


def _within(one: dict[str, Any]) -> str:
    found = one.get("most_within_s")
    return "-" if found is None else f"{found:g} s"


def _rates(before: Look, now: Look, kind: str) -> dict[str, float]:
    """Return what was done a second between two looks, by name."""
    seconds = max(now.at_s - before.at_s, 0.001)
    past = {one["name"]: one["good"] + one["bad"] for one in before.pulse[kind]}
    return {
        one["name"]: max(one["good"] + one["bad"] - past.get(one["name"], 0), 0) / seconds
        for one in now.pulse[kind]
    }
