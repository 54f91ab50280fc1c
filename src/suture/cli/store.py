"""`suture store`, `backup`, `restore`: a hub's stores elsewhere and back, and who shares one.

In: a settings file, an address or a folder. Out: what was done, with counts and digests; the
processes. Refuses to know: SQL.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from suture.assembly.backup import backup as backup_stores
from suture.assembly.backup import restore as restore_stores
from suture.assembly.secret import read_secret
from suture.assembly.settings import PASSWORD_VARIABLE, load_settings, store_url
from suture.assembly.stores import ZONES, compact_store, move_store, nodes_of, table_of
from suture.core.refusal import MisconfiguredError


def nodes(config: Path) -> int:
    """Print the processes of a hub; 1 when those that live run different versions of flows."""
    found = nodes_of(load_settings(config))
    for node in found:
        state = "ended" if node.is_fenced else f"committed {node.silent_s:.0f} s ago"
        click.echo(f"{node.id:>5} {node.role:7} {node.host:30} {state}")
    told = {node.flows for node in found if not node.is_fenced}
    if len(told) < 2:
        return 0
    click.echo("flows differ: deploy the same to each node")
    for node in found:
        if not node.is_fenced:
            click.echo(f"{node.id:>5} {node.flows or 'none'}")
    return 1


def backup(config: Path, folder: Path) -> int:
    """Copy the stores of a hub, running or not."""
    for line in backup_stores(load_settings(config), folder):
        click.echo(line)
    click.echo(f"backup in {folder}; the key is not in it: keep it elsewhere")
    return 0


def restore(config: Path, folder: Path) -> int:
    """Make the stores of a hub of a backup."""
    for line in restore_stores(load_settings(config), folder):
        click.echo(line)
    click.echo("restored; next: suture doctor, then suture run")
    return 0


def compact(config: Path) -> int:
    """Write each zone anew and say how large it was and is."""
    settings = load_settings(config)
    for zone in ZONES:
        click.echo(f"{zone:10} {compact_store(settings, zone)}")
    return 0


def move(config: Path, url: str, zones: tuple[str, ...], password_file: Path | None) -> int:
    """Copy the zones, verify them, and say what the settings need."""
    settings = load_settings(config)
    try:
        address = store_url(url)
    except ValueError as error:
        raise MisconfiguredError("config.invalid", f"--to: {error}") from None
    password = (
        read_secret(password_file) if password_file else os.environ.get(PASSWORD_VARIABLE, "")
    )
    chosen = zones or ZONES
    for zone in chosen:
        if table_of(settings, zone) is not None:
            raise MisconfiguredError("config.invalid", f"the {zone} zone is in PostgreSQL already")
    for zone in chosen:
        for name, rows, digest in move_store(settings, zone, address, password):
            click.echo(f"{zone:10} {name:10} {rows:>9} rows  sha256 {digest[:16]}  same")
    click.echo(f"moved; write into {config.name}, then start the hub:")
    for zone in chosen:
        click.echo(f'\n[store.{zone}]\nurl = "{address}"')
        if password_file:
            click.echo(f'password_file = "{password_file}"')
    return 0
