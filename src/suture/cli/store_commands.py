"""`suture store ...`: the commands on where a hub keeps its record.

In: arguments. Out: exit codes. Refuses to know: how they are done (`store`, imported when a command
runs: no other command should pay for it).
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from suture.cli.options import CONFIG, FILE


@click.group("store")
def store_group() -> None:
    """Where the hub keeps its record."""


@store_group.command("nodes")
@CONFIG
def store_nodes(config: Path) -> None:
    """List the processes that share a store in PostgreSQL, and whether their flows agree."""
    from suture.cli import store

    sys.exit(store.nodes(config))


@store_group.command("move")
@CONFIG
@click.option("--to", "url", required=True, metavar="URL", help="postgresql://, no password.")
@click.option("--zone", "zones", multiple=True, type=click.Choice(("clinical", "operations")))
@click.option("--password-file", type=FILE, default=None, help="Else SUTURE_STORE_PASSWORD.")
def store_move(config: Path, url: str, zones: tuple[str, ...], password_file: Path | None) -> None:
    """Copy a stopped hub's SQLite stores into PostgreSQL and verify every table."""
    from suture.cli import store

    sys.exit(store.move(config, url, zones, password_file))


@store_group.command("compact")
@CONFIG
def store_compact(config: Path) -> None:
    """Write a stopped hub's stores anew without free room; needs as much room again meanwhile."""
    from suture.cli import store

    sys.exit(store.compact(config))
