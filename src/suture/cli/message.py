"""`suture message`: what one exchange was, where it went and what every try was told.

In: a settings file, an exchange id. Out: text or JSON without content; with `--content` what was
received, made, sent and answered, after the hub has noted who looks and why. Exit code 1 when
neither zone knows it. Refuses to know: SQL.
"""

from __future__ import annotations

import base64
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from suture.assembly.content import Content

from suture.assembly.settings import load_settings
from suture.assembly.stores import reading_stores
from suture.cli.options import CONFIG
from suture.cli.people import asked
from suture.core.refusal import MisconfiguredError
from suture.intelligence.message import DELIVERIES_MAX, message


@click.command("message")
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--content", "with_content", is_flag=True, help="Show what it says; needs the key.")
@click.option("--by", default="", help="Your name; kept with the record when content is shown.")
@click.option("--reason", default="", help="Why you look; kept too.")
@click.argument("exchange")
def one_message(
    config: Path, exchange: str, *, as_json: bool, with_content: bool, by: str, reason: str
) -> None:
    """Show one message: arrival, what was made of it, deliveries and every try."""
    if with_content and not (by and reason):
        raise MisconfiguredError("message.who", "content is shown with --by NAME and --reason WHY")
    if with_content:
        who = {"by": by, "reason": reason}
        if asked(config, "POST", f"/messages/{exchange}/opened", who) is None:
            sys.exit(1)
    sys.exit(_show(config, exchange, as_json=as_json, with_content=with_content))


def _show(config: Path, exchange: str, *, as_json: bool, with_content: bool) -> int:
    from suture.assembly.content import contents  # the formats cost a third of a second

    settings = load_settings(config)
    with reading_stores(settings) as (operations, clinical):
        zones = {"clinical": clinical, "operations": operations}
        found = {zone: message(reader, exchange) for zone, reader in zones.items()}
        read = {
            zone: contents(settings, zone, reader, exchange) if with_content else []
            for zone, reader in zones.items()
        }
    known: dict[str, dict[str, Any]] = {zone: told for zone, told in found.items() if told}
    if not known:
        click.echo("no such message", err=True)
        return 1
    if as_json:
        if with_content:
            for zone, told in known.items():
                told["content"] = [_as_json(each) for each in read[zone]]
        click.echo(json.dumps(known, indent=2, default=_when))
        return 0
    for zone, told in known.items():
        _print(zone, told)
        for each in read[zone]:
            click.echo(f"---- {zone}: {each.name}" + (", cut off" if each.is_cut else ""))
            click.echo(_text(each.content))
    return 0


def _as_json(one: Content) -> dict[str, Any]:
    content = base64.b64encode(one.content).decode()
    return {"name": one.name, "is_cut": one.is_cut, "base64": content}


def _text(content: bytes) -> str:
    """Return content for a terminal: segments on lines of their own, no control characters."""
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)


def _print(zone: str, found: dict[str, Any]) -> None:
    arrival = found["arrival"]
    if arrival is not None:
        click.echo(
            f"{zone}  received {_when(arrival['received_at'])} by {arrival['endpoint']} "
            f"{arrival['format']} {arrival['control_id']}"
        )
        click.echo(f"  {arrival['size_bytes']} bytes  sha256 {arrival['sha256']}")
        click.echo(_line("  answered", arrival["ack_code"] or "-", arrival))
    for one in found["stages"]:
        size = f"{one['size_bytes']} bytes  sha256 {one['sha256']}"
        click.echo(f"  {one['name']}  {size}")
    for one in found["deliveries"]:
        click.echo(_line(f"{zone}  ->", f"{one['destination']} {one['kind']}", one))
        for each in one["attempts"]:
            told = f"{each['outcome'] or 'on the wire'} {each['code']}".rstrip()
            size = f"  answered {each['answer_bytes']} bytes" if each["answer_bytes"] else ""
            click.echo(f"  try {each['number']} {_when(each['started_at'])}  {told}{size}")
    if found["is_truncated"]:
        click.echo(f"  (only the first {DELIVERIES_MAX} deliveries are shown)")
    for one in found["opened"]:
        click.echo(f"  content shown {_when(one['at'])} to {one['by']}: {one['reason']}")


def _when(at: datetime | None) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}" if at else ""


def _line(lead: str, what: str, one: dict[str, Any]) -> str:
    return f"{lead} {what}  {one['state']} {one['code']}".rstrip()
