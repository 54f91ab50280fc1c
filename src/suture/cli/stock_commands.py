"""`suture stock ...`: what is there of an item, what was counted.

In: arguments. Out: text or JSON; exit code 1 when something is not freshly known. Refuses to know:
what a count leads to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from suture.cli.cart_commands import BY, ONCE, REASON
from suture.cli.options import AS_JSON, CONFIG
from suture.cli.people import asked


@click.group("stock")
def stock_group() -> None:
    """Stock: what is there, how well it is known, what was counted."""


@stock_group.command("show")
@CONFIG
@click.option("--facility", default="", help="Of this facility only.")
@click.option("--location", default="", help="At this store room only.")
@click.option("--need-at", default="", help="Instant of the need with its zone: what expires.")
@click.option("--at", default="", help="As it was thought at this instant, with its zone.")
@AS_JSON
@click.argument("item")
def stock_show(config: Path, item: str, as_json: bool, **narrowed: str) -> None:
    """Show what is there of an ITEM, place by place, and what is on order."""
    query = {"item": item} | {k: v for k, v in narrowed.items() if v}
    told = asked(config, "GET", f"/availability?{urlencode(query)}")
    if told is None:
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        total = told["available"] if told["available"] is not None else "UNKNOWN"
        click.echo(f"{told['item']}  {told['description']}")
        click.echo(f"available {total} {told['uom']}  ({told['freshness']})")
        _print(told["positions"])
        for one in told["inbound"]:
            eta = one["eta"] or "no date promised"
            click.echo(f"  on order  {one['quantity']:10} {one['order']:24} {eta}  {one['state']}")
    sys.exit(0 if told["freshness"] == "FRESH" else 1)


@stock_group.command("list")
@CONFIG
@click.option("--facility", default="", help="Of this facility only.")
@click.option("--state", default="", help="In this state only, e.g. DISPUTED.")
@click.option("--after", default="", help="The last position of the page before.")
@AS_JSON
def stock_list(config: Path, facility: str, state: str, after: str, as_json: bool) -> None:
    """List positions, a hundred at a time."""
    query = urlencode({"facility": facility, "state": state, "after": after})
    told = asked(config, "GET", f"/stock?{query}")
    if told is None:
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    _print(told["positions"], with_item=True)
    if not told["positions"]:
        click.echo("no position")
    if told["next"]:
        click.echo(f"more: suture stock list --after {told['next']}")


def _print(positions: list[dict[str, Any]], *, with_item: bool = False) -> None:
    for one in positions:
        item = f"{one['item']:14}" if with_item else ""
        name = f"  {item}{one['location']:18} {one['freshness']:9}"
        if one["on_hand"] is None:
            last = f", last known {one['last_known']}" if one["last_known"] else ""
            click.echo(f"{name} not known{last}")
            continue
        lots = f"  {'; '.join(one['lots'][:3])}" if one["lots"] else ""
        click.echo(
            f"{name} {one['available']:>6} free of {one['on_hand']:>6}, "
            f"{one['reserved']} held{lots}"
        )
        if one["dispute"]:
            click.echo(f"      {one['dispute']}")


@stock_group.command("count")
@CONFIG
@click.option("--source", default="", help="The system that counted; left out: you.")
@BY
@ONCE
@click.argument("item")
@click.argument("location")
@click.argument("quantity")
def stock_count(config: Path, once: str, **body: str) -> None:
    """Hand in that QUANTITY base units of ITEM were counted at LOCATION."""
    told = asked(config, "POST", "/stock/counts", body, once=once)
    if told is None:
        sys.exit(2)
    click.echo(f"{told['position']}: {'taken' if told['taken'] else 'was taken before'}")


@stock_group.command("retire")
@CONFIG
@BY
@REASON
@click.argument("item")
@click.argument("location")
def stock_retire(config: Path, by: str, reason: str, item: str, location: str) -> None:
    """Say that ITEM is no longer held at LOCATION."""
    body = {"item": item, "location": location, "by": by, "reason": reason}
    told = asked(config, "POST", "/stock/retirements", body)
    if told is None:
        sys.exit(2)
    click.echo(f"{told['position']}: {'taken' if told['taken'] else 'was taken before'}")
