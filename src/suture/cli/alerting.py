"""`suture alerts`: what needs a look now, and what did.

In: a settings file. Out: text or JSON; exit code 1 when something needs a look, so that a script
notices. Refuses to know: content: names, counts and times only.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from suture.cli.options import AS_JSON, CONFIG
from suture.cli.people import asked
from suture.cli.watching import age


@click.command("alerts")
@CONFIG
@click.option(
    "--oldest-s",
    type=click.FloatRange(0, 31_536_000),
    default=None,
    help="Seconds that something may wait; as in hub.toml when left out.",
)
@click.option("--past", is_flag=True, help="Show what was raised, and when it was over.")
@click.option(
    "--days",
    type=click.FloatRange(0, 365, min_open=True),
    default=7.0,
    show_default=True,
    help="How far --past looks back.",
)
@AS_JSON
def show_alerts(
    config: Path, oldest_s: float | None, past: bool, days: float, as_json: bool
) -> None:
    """Show what needs a look now; exit code 1 when there is any."""
    sys.exit(_past(config, days, as_json) if past else _alerts(config, oldest_s, as_json))


def _alerts(config: Path, oldest_s: float | None, as_json: bool) -> int:
    """Print what an operator should look at now; 1 when there is any, 2 without an answer."""
    told = asked(
        config, "GET", "/alerts" + (f"?oldest_s={oldest_s}" if oldest_s is not None else "")
    )
    if told is None:
        return 2
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return 1 if told["alerts"] else 0
    for one in told["alerts"]:
        line = f"{_about(one)}{_waiting(one)}"
        click.echo(f"{line}  ({one['runbook']})")
    if not told["alerts"]:
        click.echo("no alerts")
    return 1 if told["alerts"] else 0


def _past(config: Path, days: float, as_json: bool) -> int:
    """Print what was raised, the last first; 2 without an answer."""
    told = asked(config, "GET", f"/alerts/past?limit=1000&since_s={days * 86_400}")
    if told is None:
        return 2
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return 0
    for one in told["alerts"]:
        raised = datetime.fromisoformat(one["raised_at"])
        end = "holds"
        if one["cleared_at"]:
            ended = datetime.fromisoformat(one["cleared_at"])
            end = f"over after {age((ended - raised).total_seconds())}"
        click.echo(f"{raised:%Y-%m-%d %H:%M:%S}Z {_about(one)}, {end}")
    if not told["alerts"]:
        click.echo("no alert was raised")
    return 0


def _about(one: dict[str, Any]) -> str:
    words = [one["destination"] or one["zone"], *filter(None, (one["level"], one["detail"]))]
    return f"{one['rule']:11}" + ", ".join(words)


def _waiting(one: dict[str, Any]) -> str:
    if one["waiting"]:
        return f", {one['waiting']} wait, oldest {age(one['oldest_s'])}"
    return f", silent for {age(one['oldest_s'])}" if one["rule"] == "absence" else ""
