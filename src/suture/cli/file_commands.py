"""The commands on files: inspect, validate, diff, convert.

In: files. Out: exit codes. Refuses to know: how they are done (`documents`, imported when a command
runs: all formats together cost a third of a second, which the hub's start would pay).
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from suture.cli.options import AS_JSON, FILE
from suture.core.clock import SystemClock, real_time
from suture.formats import FORMATS

TARGETS = ("x12", "edifact", "cxml", "fhir", "cif")
"""Values of `documents.exchange.Standard`."""
FORMAT = click.option(
    "--format", "format", type=click.Choice(FORMATS), default=None, help="Guessed when left out."
)


@click.command()
@FORMAT
@AS_JSON
@click.option("--lines", "lines_max", default=2000, show_default=True, help="0 shows all.")
@click.argument("file", type=FILE)
def inspect(file: Path, format: str | None, as_json: bool, lines_max: int) -> None:
    """Show a file of any format as a readable tree, problems inline."""
    from suture.cli import documents

    sys.exit(documents.inspect(file, format or "", as_json=as_json, lines_max=lines_max))


@click.command()
@FORMAT
@AS_JSON
@click.option("--profile", type=FILE, default=None, help="A partner's profile (TOML).")
@click.option("--dtd", type=FILE, default=None, help="A cXML DTD of yours to check against.")
@click.argument("files", nargs=-1, required=True, type=FILE)
def validate(
    files: tuple[Path, ...],
    format: str | None,
    profile: Path | None,
    dtd: Path | None,
    as_json: bool,
) -> None:
    """Hold files against their standard and a partner's profile."""
    from suture.cli import documents

    sys.exit(documents.validate(files, format or "", profile, dtd, as_json=as_json))


@click.command()
@FORMAT
@AS_JSON
@click.option("--ignore", "ignored", multiple=True, metavar="PATH", help="E.g. MSH-7, 'ISA*'.")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
def diff(
    before: Path, after: Path, format: str | None, ignored: tuple[str, ...], as_json: bool
) -> None:
    """Show what two documents say differently, whatever their delimiters and order."""
    from suture.cli import documents

    sys.exit(documents.diff(before, after, format or "", ignored, as_json=as_json))


@click.command()
@click.option("--to", "target", type=click.Choice(TARGETS), required=True)
@click.option("--sender", default="SENDER", show_default=True, help="Identity of the sender.")
@click.option("--receiver", default="RECEIVER", show_default=True, help="Of the receiver.")
@click.option("--control", default=1, show_default=True, help="Interchange control number.")
@click.option("--production", is_flag=True, help="Mark as production; test when left out.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default=None)
@click.argument("file", type=FILE)
def convert(
    file: Path,
    target: str,
    *,
    sender: str,
    receiver: str,
    control: int,
    production: bool,
    out: Path | None,
) -> None:
    """Write a supply document in another standard; every field it loses is named."""
    from suture.cli import documents
    from suture.documents.partner import Addressing

    addressing = Addressing(
        sender=sender,
        receiver=receiver,
        control=control,
        at=SystemClock(real_time()).now(),
        is_test=not production,
    )
    sys.exit(documents.convert(file, target, addressing, out))


FILE_COMMANDS = (inspect, validate, diff, convert)
