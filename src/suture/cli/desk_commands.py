"""`suture desk`: the exception desk of a running hub, one exception or several at once.

In: a settings file, keys, a name. Out: text, exit code 0 when all were taken. Refuses to know: what
an answer leads to; the table of EXC decides that.
"""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlencode

import click

from suture.cli.options import CONFIG
from suture.cli.people import answer_exception, asked

KEYS_MAX = 100
"""Exceptions of one command: what a person has looked at."""


@click.group("desk")
def desk_group() -> None:
    """Work on the exceptions of a running hub."""


@desk_group.command("list")
@CONFIG
@click.option("--owner", default="", help="Only this role's.")
@click.option("--family", default="", help="Only of this family, e.g. SUPPLIER.")
@click.option("--facility", default="", help="Only of this facility.")
@click.option("--limit", default=50, type=click.IntRange(1, 200), help="At most so many.")
def desk_list(config: Path, owner: str, family: str, facility: str, limit: int) -> None:
    """List open exceptions: urgent first, then by need time, then by money."""
    wanted = {"owner": owner, "family": family, "facility": facility, "limit": limit}
    told = asked(config, "GET", f"/exceptions?{urlencode(wanted)}")
    if told is None:
        sys.exit(1)
    for one in told["exceptions"]:
        risk = f"{len(one['case_tokens'])} case(s), {one['usd_at_risk']} USD"
        click.echo(f"{one['severity']:7} {one['code']:24} {one['owner']:22} {one['state']}  {risk}")
        click.echo(f"{'':7} {one['key']}  {one['summary']}")
        click.echo(f"{'':7} {one['suggestion']}")
    click.echo(f"{len(told['exceptions'])} shown")


def _verdict(name: str, verdict: str, text: str, *, needs_reason: bool) -> None:
    @desk_group.command(name, help=text)
    @CONFIG
    @click.option("--by", required=True, help="Your name; kept with the exception.")
    @click.option("--reason", required=needs_reason, default="", help="Why; kept with it.")
    @click.argument("keys", nargs=-1, required=True)
    def answer(config: Path, by: str, reason: str, keys: tuple[str, ...]) -> None:
        if len(keys) > KEYS_MAX:
            raise click.UsageError(f"at most {KEYS_MAX} at once")
        codes = [answer_exception(config, key, verdict, by=by, reason=reason) for key in keys]
        sys.exit(max(codes))


_verdict("take", "assign", "Take exceptions; the clock goes on.", needs_reason=False)
_verdict("wait", "wait", "Wait for an answer from outside.", needs_reason=False)
_verdict("reply", "reply", "Note the answer from outside.", needs_reason=True)
_verdict("resolve", "resolve", "Say that the cause is fixed.", needs_reason=True)
_verdict("write-off", "accept-loss", "Accept the loss by name.", needs_reason=True)
