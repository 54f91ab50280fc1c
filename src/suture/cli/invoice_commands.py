"""`suture invoice ...`: what an invoice waits for, and what accounts payable does about it.

In: arguments. Out: text or JSON; exit code 0 when it was taken. Refuses to know: what it leads to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import click

from suture.cli.options import AS_JSON, CONFIG
from suture.cli.people import asked

SUPPLIER = click.option("--supplier", default="", help="Where several have the same number.")


@click.group("invoice")
def invoice_group() -> None:
    """Supplier invoices: what blocks one, who owns it, when it is paid."""


@invoice_group.command("list")
@CONFIG
@click.option("--state", default="", help="In this state only, e.g. EXCEPTION.")
@click.option("--supplier", default="", help="Of this supplier only.")
@click.option("--after", default="", help="Continue after this key.")
@click.option("--limit", default=50, show_default=True, help="How many.")
@AS_JSON
def invoice_list(config: Path, *, as_json: bool, **search: Any) -> None:
    """List invoices with what blocks them."""
    told = asked(config, "GET", f"/invoices?{urlencode(search)}")
    if told is None:
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    for one in told["invoices"]:
        click.echo(_line(one))
    if told["next"]:
        click.echo(f"more: --after '{told['next']}'")


def _line(one: dict[str, Any]) -> str:
    owners = ", ".join(sorted({x["owner"] for x in one["blocks"]}))
    text = f"{one['state']:18}{one['supplier']} {one['invoice_no']} {one['net']} {one['currency']}"
    return f"{text}  ({owners}: {one['reason']})" if owners else text


@invoice_group.command("show")
@CONFIG
@SUPPLIER
@AS_JSON
@click.argument("number")
def invoice_show(config: Path, number: str, supplier: str, *, as_json: bool) -> None:
    """Show the invoice of a NUMBER: order, receipt and bill per line, what blocks it."""
    told = asked(config, "GET", f"/invoices/{quote(number, safe='')}?supplier={quote(supplier)}")
    if told is None:
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    one = told["invoice"]
    click.echo(f"{_line(one)}  order {one['po_number']}, as of {told['as_of']}")
    for row in one["lines"]:
        click.echo(
            f"  {row['line']:8}{row['result']:12}ordered {row['ordered'] or '-'}, received "
            f"{row['received'] or '-'}, billed {row['billed']}, expected {row['expected']}"
            f"{'  ' + row['detail'] if row['detail'] else ''}"
        )
    for block in one["blocks"]:
        click.echo(f"  {block['code']} ({block['owner']}): {block['summary']}")
    for credit in one["credits"]:
        click.echo(f"  credit {credit}")
    if one["expected_payment"]:
        click.echo(f"  payment expected {one['expected_payment']}")


def _deed(name: str, text: str) -> None:
    @invoice_group.command(name, help=text)
    @CONFIG
    @SUPPLIER
    @click.option("--by", required=True, help="Your name; kept with what you do.")
    @click.option("--reason", required=True, help="Why; kept with what you do.")
    @click.option("--once", default="", help="A key of yours: the same again is taken once.")
    @click.argument("number")
    def command(config: Path, number: str, supplier: str, *, once: str, **body: str) -> None:
        path = f"/invoices/{quote(number, safe='')}/{name}?supplier={quote(supplier)}"
        told = asked(config, "POST", path, body, once=once)
        if told is not None:
            click.echo("taken" if told["taken"] else "was taken before")
        sys.exit(0 if told is not None else 1)


_deed("release", "Release the variance of invoice NUMBER; above the limit a second person signs.")
_deed("reject", "Reject invoice NUMBER, or confirm that it is a duplicate: never paid.")
_deed("dispute", "Dispute invoice NUMBER with its supplier.")
_deed("recheck", "Match invoice NUMBER again at the contract system's price of the order's date.")
_deed("withdraw", "Note that the supplier withdrew invoice NUMBER.")
_deed("void", "Void the posted voucher of invoice NUMBER.")
_deed("payment-return", "Note that the payment of invoice NUMBER came back.")
