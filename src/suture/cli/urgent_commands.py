"""`suture urgent ...`: call for what is missing now, name who brings it, say that it is there.

In: arguments. Out: text or JSON; exit code 0 when it was taken. Refuses to know: who wins.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from suture.cli.cart_commands import BY, ONCE, REASON
from suture.cli.options import AS_JSON, CONFIG
from suture.cli.people import asked
from suture.documents.urgent import CAUSES

AT = click.option("--arrives-at", default=None, help="When it is there, e.g. 2027-01-11T14:00Z.")
COST = click.option("--cost", default="0", help="Goods and courier.")


@click.group("urgent")
def urgent_group() -> None:
    """Urgent requests: what is missing now and who brings it."""


@urgent_group.command("list")
@CONFIG
@click.option("--facility", default="", help="Of this facility only.")
@click.option("--all", "is_all", is_flag=True, help="Those that have ended too.")
@AS_JSON
def urgent_list(config: Path, facility: str, *, is_all: bool, as_json: bool) -> None:
    """List requests by need time; exit code 1 when one is open."""
    told = asked(config, "GET", f"/urgent?facility={facility}&is_open={not is_all}")
    if told is None:
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    for one in () if as_json else told["requests"]:
        click.echo(
            f"{one['need_at'][:16]}Z {one['urgency']:8}{one['state']:12}{one['facility']} "
            f"{one['room']:6}{one['quantity']} x {one['description']}  {one['key']}"
        )
        click.echo(f"    {one['reason']}")
    if not told["requests"] and not as_json:
        click.echo("no urgent request")
    sys.exit(1 if told["requests"] and not is_all else 0)


@urgent_group.command("show")
@CONFIG
@AS_JSON
@click.argument("key")
def urgent_show(config: Path, as_json: bool, key: str) -> None:
    """Show a request by KEY: who was asked, who brings it."""
    told = asked(config, "GET", f"/urgent/{key}")
    if told is None:
        sys.exit(1)
    one = told["request"]
    if as_json:
        click.echo(json.dumps(one, indent=2))
        return
    click.echo(f"{one['quantity']} x {one['description']} for {one['facility']} {one['room']}")
    click.echo(f"{one['urgency']} {one['state']}, needed {one['need_at']}: {one['reason']}")
    for source in one["sources"]:
        click.echo(
            f"  {source['standing']:10}{source['source']:20}{source['kind']:12}"
            f"{source['arrives_at'] or '':28}{source['cost']:>10}  {source['detail']}"
        )


@urgent_group.command("request")
@CONFIG
@BY
@ONCE
@click.option("--item", required=True, help="Item number, as ERP or EHR has it.")
@click.option("--quantity", default="1", show_default=True)
@click.option("--facility", required=True)
@click.option("--room", required=True, help="The room as the EHR names it.")
@click.option("--need-at", default=None, help="When; without it: now.")
@click.option("--criticality", type=click.Choice(["CRITICAL", "REQUIRED", "OPTIONAL"]))
@click.option("--in-room", "is_in_room", is_flag=True, help="The patient is in the room.")
@click.option("--cause", type=click.Choice(CAUSES), default="not_known", show_default=True)
@click.option("--case", default="", help="The case token.")
def urgent_ask(config: Path, once: str, **call: Any) -> None:
    """Call for an item that is missing now."""
    told = asked(config, "POST", "/urgent", call, once=once)
    if told is None:
        sys.exit(1)
    click.echo(told["key"])


def _tell(config: Path, key: str, deed: str, body: dict[str, Any], once: str) -> None:
    told = asked(config, "POST", f"/urgent/{key}/{deed}", body, once=once)
    if told is None:
        sys.exit(1)
    click.echo("taken" if told["taken"] else "was taken before")


@urgent_group.command("take")
@CONFIG
@BY
@ONCE
@AT
@COST
@click.option("--source", required=True, help="Shelf or supplier (suture urgent show KEY).")
@click.argument("key")
def urgent_take(config: Path, key: str, once: str, **told: Any) -> None:
    """Say that a source brings the request KEY; the first one wins."""
    _tell(config, key, "commitments", told, once)


@urgent_group.command("depart")
@CONFIG
@BY
@ONCE
@AT
@click.argument("key")
def urgent_depart(config: Path, key: str, once: str, **told: Any) -> None:
    """Say that courier or picker of KEY is under way."""
    _tell(config, key, "departure", told, once)


@urgent_group.command("lose")
@CONFIG
@BY
@REASON
@ONCE
@click.option("--source", default="", help="Which; without it the one that brings it.")
@click.argument("key")
def urgent_lose(config: Path, key: str, once: str, **told: Any) -> None:
    """Say that a source of KEY falls away."""
    _tell(config, key, "loss", told, once)


@urgent_group.command("confirm")
@CONFIG
@BY
@ONCE
@COST
@click.option("--cause", type=click.Choice(CAUSES), default=None, help="Why it was missing.")
@click.option("--lot", default="")
@click.argument("key")
def urgent_confirm(config: Path, key: str, once: str, **told: Any) -> None:
    """Say that KEY was handed over at the point of use."""
    _tell(config, key, "handover", told, once)


@urgent_group.command("cancel")
@CONFIG
@BY
@REASON
@ONCE
@click.argument("key")
def urgent_cancel(config: Path, key: str, once: str, **told: Any) -> None:
    """Withdraw the need of KEY."""
    _tell(config, key, "withdrawal", told, once)


@urgent_group.command("triage")
@CONFIG
@BY
@ONCE
@click.option("--criticality", type=click.Choice(["CRITICAL", "REQUIRED", "OPTIONAL"]))
@click.option("--urgency", type=click.Choice(["IN_ROOM", "STAT", "URGENT"]), default=None)
@click.argument("key")
def urgent_triage(config: Path, key: str, once: str, **told: Any) -> None:
    """Judge how critical KEY is."""
    _tell(config, key, "triage", {k: v for k, v in told.items() if v}, once)


@urgent_group.command("change")
@CONFIG
@BY
@ONCE
@click.option("--add", default="0", help="More, or less when negative.")
@click.option("--need-at", default=None)
@click.option("--in-room", "is_in_room", is_flag=True)
@click.argument("key")
def urgent_change(config: Path, key: str, once: str, **told: Any) -> None:
    """Change quantity, need time or class of KEY."""
    _tell(config, key, "change", told, once)
