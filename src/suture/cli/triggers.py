"""`suture triggers`: which clinical event starts what, and where it is switched off.

In: a settings file. Out: text or JSON. Refuses to know: how a switch is changed (the policy file).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from suture.cli.options import AS_JSON, CONFIG
from suture.cli.people import asked


@click.command("triggers")
@CONFIG
@click.option("--facility", default="", help="Say for this facility whether each is on.")
@AS_JSON
def show_triggers(config: Path, facility: str, as_json: bool) -> None:
    """Show which clinical event starts what, and where it starts nothing."""
    told = asked(config, "GET", "/triggers" + (f"?facility={facility}" if facility else ""))
    if told is None:
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    policy = told["policy"]
    click.echo(f"policy {policy['id']} {policy['version']} ({policy['sha256'][:12]})")
    for one in told["triggers"]:
        state = "on" if not one["off_at"] else f"off at {', '.join(one['off_at'])}"
        if facility:
            state = "on" if one["is_on"] else "off"
        click.echo(f"{one['name']:8}{state:12}{one['messages']}: {one['starts']}")
    if told["kept_back"]:
        click.echo(f"{told['kept_back']} messages kept back (suture messages --code trigger.off)")
