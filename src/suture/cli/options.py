"""Options and arguments that several commands share.

In: nothing. Out: decorators. Refuses to know: commands.
"""

from __future__ import annotations

from pathlib import Path

import click

CONFIG = click.option(
    "--config",
    "config",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("hub.toml"),
    show_default=True,
    help="The hub's settings.",
)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
