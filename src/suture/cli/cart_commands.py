"""`suture cart ...` and `suture case ...`: carts, and what people decide about a case.

In: arguments. Out: text or JSON; exit code 0 when it was taken. Refuses to know: what it leads to.
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

BY = click.option("--by", required=True, help="Your name; kept with what you do.")
REASON = click.option("--reason", required=True, help="Why; kept with what you do.")
ONCE = click.option("--once", default="", help="A key of yours: the same again is taken once.")


@click.group("cart")
def cart_group() -> None:
    """Case carts: what to pick, what is missing, what came back."""


@cart_group.command("list")
@CONFIG
@click.option("--facility", default="", help="Of this facility only.")
@click.option("--state", default="", help="In this state only, e.g. INCOMPLETE.")
@click.option("--days", default=2, show_default=True, help="How far ahead.")
@AS_JSON
def cart_list(config: Path, facility: str, state: str, days: int, as_json: bool) -> None:
    """List carts by the start of their case; exit code 1 when one has gaps."""
    path = f"/carts?facility={facility}&state={state}&days={days}"
    told = asked(config, "GET", path)
    if told is None:
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    for one in () if as_json else told["carts"]:
        start = datetime.fromisoformat(one["start"])
        click.echo(
            f"{start:%Y-%m-%d %H:%M}Z {one['facility']} {one['room']:6}{one['state']:20}"
            f"{one['score']:3} %  {one['token']}"
        )
        for gap in one["gaps"][:3]:
            click.echo(f"    {gap}")
    if not told["carts"] and not as_json:
        click.echo("no cart in this time")
    sys.exit(1 if any(one["gaps"] for one in told["carts"]) else 0)


@cart_group.command("show")
@CONFIG
@AS_JSON
@click.argument("case")
def cart_show(config: Path, as_json: bool, case: str) -> None:
    """Show the pick list of a CASE token: lines, lots, what is missing."""
    found = _cart(config, case)
    if as_json:
        click.echo(json.dumps(found, indent=2))
        return
    click.echo(f"{found['procedure']}  {found['state']} v{found['version']}, {found['score']} %")
    for one in found["lines"]:
        lots = f" lots {', '.join(one['lots'])}" if one["lots"] else ""
        note = f"  ({one['note']})" if one["note"] else ""
        click.echo(
            f"{one['line']}  {one['criticality'].lower():9}{one['picked']}/{one['planned']} "
            f"{one['state']:12}{one['description']} at {one['location']}{lots}{note}"
        )


def _cart(config: Path, case: str) -> dict[str, Any]:
    told = asked(config, "GET", f"/carts/{case}")
    if told is None:
        sys.exit(1)
    found: dict[str, Any] = told["cart"]
    return found


def _send(
    config: Path, path: str, body: dict[str, Any], *, once: str = "", method: str = "POST"
) -> bool:
    told = asked(config, method, path, body, once=once)
    if told is not None:
        click.echo("taken" if told["taken"] else "was taken before")
    return told is not None


@cart_group.command("pick")
@CONFIG
@BY
@ONCE
@click.option("--all", "is_all", is_flag=True, help="Every open line, as planned.")
@click.option("--quantity", default=None, help="Less than all that is open.")
@click.option("--lot", default="", help="The lot picked.")
@click.option("--not-sterile", is_flag=True, help="The indicator is not good.")
@click.argument("case")
@click.argument("line", required=False)
def cart_pick(config: Path, case: str, line: str | None, *, is_all: bool, **scan: Any) -> None:
    """Put a LINE of a CASE's cart, or --all of them, on it."""
    if not line and not is_all:
        raise click.UsageError("name a line (suture cart show CASE) or say --all")
    lines = [line] if line else []
    if is_all:
        lines = [x["line"] for x in _cart(config, case)["lines"] if x["state"] == "open"]
    body = {
        "by": scan["by"],
        "quantity": scan["quantity"],
        "lot": scan["lot"],
        "is_sterile": not scan["not_sterile"],
    }
    done = [_send(config, f"/carts/{case}/picks", {**body, "line": x}) for x in lines]
    sys.exit(0 if all(done) else 1)


def _gap_command(name: str, path: str, text: str) -> None:
    @cart_group.command(name, help=text)
    @CONFIG
    @BY
    @REASON
    @ONCE
    @click.option("--lot", default="", help="The lot it is about.")
    @click.argument("case")
    @click.argument("line")
    def command(config: Path, case: str, line: str, *, once: str, **scan: Any) -> None:
        taken = _send(config, f"/carts/{case}/{path}", {"line": line, **scan}, once=once)
        sys.exit(0 if taken else 1)


_gap_command("short", "shorts", "Say that a LINE of a CASE cannot be picked.")
_gap_command("lost", "losses", "Say that a picked LINE is dropped, taken or unsterile.")
_gap_command("recalled", "recalls", "Pull a recalled LINE from the cart.")


@cart_group.command("deliver")
@CONFIG
@BY
@ONCE
@click.option("--gaps-accepted-by", default="", help="The charge nurse, when the cart has gaps.")
@click.argument("case")
def cart_deliver(config: Path, by: str, once: str, gaps_accepted_by: str, case: str) -> None:
    """Say that the cart of a CASE is at the room."""
    body = {"by": by, "gaps_accepted_by": gaps_accepted_by}
    taken = _send(config, f"/carts/{case}/delivery", body, once=once, method="PUT")
    sys.exit(0 if taken else 1)


@cart_group.command("returns")
@CONFIG
@BY
@ONCE
@click.option(
    "--back", "backs", multiple=True, metavar="LINE=QUANTITY", help="Sterile, to the shelf."
)
@click.option("--wasted", multiple=True, metavar="LINE=QUANTITY=REASON", help="Opened, not used.")
@click.argument("case")
def cart_returns(
    config: Path, case: str, *, by: str, once: str, backs: tuple[str, ...], wasted: tuple[str, ...]
) -> None:
    """Scan what came back of a CASE's cart; without lines: compare again."""
    rows = []
    for text in backs:
        line, _, quantity = text.partition("=")
        rows.append({"line": line, "quantity": quantity})
    for text in wasted:
        line, quantity, reason = [*text.split("=", 2), "", ""][:3]
        rows.append({"line": line, "quantity": quantity, "condition": "opened", "reason": reason})
    body = {"by": by, "rows": rows}
    taken = _send(config, f"/carts/{case}/returns", body, once=once, method="PUT")
    sys.exit(0 if taken else 1)


@click.group("case")
def case_group() -> None:
    """What people decide about a case."""


@case_group.command("accept-risk")
@CONFIG
@BY
@REASON
@ONCE
@click.argument("case")
def accept_risk(config: Path, by: str, reason: str, once: str, case: str) -> None:
    """Accept the supply risk of a CASE that is at risk."""
    taken = _send(config, f"/cases/{case}/risk", {"by": by, "reason": reason}, once=once)
    sys.exit(0 if taken else 1)


@case_group.command("attach-card")
@CONFIG
@BY
@ONCE
@click.option("--card", required=True, help="The preference card, or a generic one.")
@click.option("--reason", default="", help="Why this one.")
@click.argument("case")
def attach_card(config: Path, case: str, *, once: str, **told: str) -> None:
    """Name a preference card for a CASE that has none we know."""
    sys.exit(0 if _send(config, f"/cases/{case}/card", dict(told), once=once) else 1)


@case_group.command("reconcile")
@CONFIG
@BY
@REASON
@ONCE
@click.argument("case")
def reconcile(config: Path, by: str, reason: str, once: str, case: str) -> None:
    """Say that the usage of a CASE without a cart is final."""
    body = {"by": by, "reason": reason}
    sys.exit(0 if _send(config, f"/cases/{case}/usage-final", body, once=once) else 1)
