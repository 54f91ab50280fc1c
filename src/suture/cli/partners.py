"""`suture partners`: what is outstanding with each trading partner.

In: a settings file. Out: text or JSON; exit code 1 when something is late or missing, so that a
script notices. Refuses to know: contents: order numbers, counts and times only.
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

WORDS = (
    ("unproven", "sent without proof of delivery"),
    ("unanswered", "without an answer"),
    ("changes", "changes without an answer"),
    ("repairs", "refused by their translator"),
    ("waiting", "not sent yet"),
    ("given_up", "given up"),
)


@click.command("partners")
@CONFIG
@click.option("--orders", "with_orders", is_flag=True, help="List each order that waits.")
@AS_JSON
def show_partners(config: Path, with_orders: bool, as_json: bool) -> None:
    """Show what is outstanding with each partner; exit code 1 when it is late or missing."""
    told = asked(config, "GET", "/partners")
    if told is None:
        sys.exit(2)
    found = told["partners"]
    if as_json:
        click.echo(json.dumps(told, indent=2))
    as_of = datetime.fromisoformat(told["as_of"])
    for one in () if as_json else found:
        _print(one, as_of, with_orders)
    if not found and not as_json:
        click.echo("no partner is configured")
    sys.exit(1 if any(one["late"] or one["missing"] for one in found) else 0)


def _print(one: dict[str, Any], as_of: datetime, with_orders: bool) -> None:
    parts = [f"{one[name]} {words}" for name, words in WORDS if one[name]]
    if one["oldest_at"]:
        parts.append(f"oldest {_ago(one['oldest_at'], as_of)}")
    if one["late"]:
        parts.append(click.style(f"{one['late']} late", fg="red"))
    if one["missing"]:
        runs = ", ".join(_run(each) for each in one["gaps"])
        parts.append(
            click.style(f"{one['missing']} control numbers did not come: {runs}", fg="red")
        )
    came = f", last heard {_ago(one['received_at'], as_of)} ago" if one["received_at"] else ""
    more = " and more" if one["is_truncated"] else ""
    click.echo(f"{one['partner']} {one['dialect']}: {', '.join(parts) or 'nothing'}{more}{came}")
    for each in one["outstanding"] if with_orders else ():
        late = click.style(" late", fg="red") if each["is_late"] else ""
        since = _ago(each["since"], as_of)
        click.echo(f"  {each['document']} waits for {each['answer']} since {since}{late}")


def _run(one: dict[str, Any]) -> str:
    first, last = one["first"], one["last"]
    return f"{first:09}" if first == last else f"{first:09}-{last:09}"


def _ago(at: str, as_of: datetime) -> str:
    return age((as_of - datetime.fromisoformat(at)).total_seconds())
