"""`suture flow ...`: the commands on declared interfaces.

In: arguments. Out: exit codes. Refuses to know: how they are done (`flow`, `people`), which is
imported when a command runs: the formats cost a third of a second that no other command should pay.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from suture.cli import people
from suture.cli.options import AS_JSON, CONFIG, FILE


@click.group("flow")
def flow_group() -> None:
    """Declared interfaces: check, test, explain, deploy."""


FOLDERS = click.argument(
    "folders",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
)


@flow_group.command("new")
@click.option(
    "--in",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("flows"),
    show_default=True,
)
@click.argument("name")
def flow_new(folder: Path, name: str) -> None:
    """Write a new flow with a test, to be changed from there."""
    from suture.cli import flow

    sys.exit(flow.make(name, folder))


@flow_group.command("lint")
@AS_JSON
@FOLDERS
def flow_lint(folders: tuple[Path, ...], as_json: bool) -> None:
    """Say what is wrong with flows: file, line, reason, what to do."""
    from suture.cli import flow

    sys.exit(flow.check(folders, as_json=as_json))


@flow_group.command("test")
@click.option("--write", "writes", is_flag=True, help="Keep what the flows make now as expected.")
@FOLDERS
def flow_test(folders: tuple[Path, ...], writes: bool) -> None:
    """Run the tests that lie beside flows."""
    from suture.cli import flow

    sys.exit(flow.test(folders, writes=writes))


@flow_group.command("explain")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("message", required=False, type=FILE)
def flow_explain(folder: Path, message: Path | None) -> None:
    """Say what a flow does, or what each step does to a message."""
    from suture.cli import flow

    sys.exit(flow.explain(folder, message))


@flow_group.command("graph")
@FOLDERS
def flow_graph(folders: tuple[Path, ...]) -> None:
    """Print flows as a Mermaid flowchart."""
    from suture.cli import flow

    sys.exit(flow.draw(folders))


@flow_group.command("asyncapi")
@FOLDERS
def flow_asyncapi(folders: tuple[Path, ...]) -> None:
    """Print flows as an AsyncAPI 3.0 document (JSON)."""
    from suture.cli import flow

    sys.exit(flow.describe(folders))


@flow_group.command("diff")
@CONFIG
@FOLDERS
def flow_diff(config: Path, folders: tuple[Path, ...]) -> None:
    """Show what deploying these flows would change."""
    from suture.cli import flow

    sys.exit(flow.diff(folders, config))


@flow_group.command("deploy")
@CONFIG
@FOLDERS
def flow_deploy(config: Path, folders: tuple[Path, ...]) -> None:
    """Lint and test flows, then run them; a running hub takes them over without a restart."""
    from suture.cli import flow

    sys.exit(flow.put(folders, config))


@flow_group.command("remove")
@CONFIG
@click.argument("name")
def flow_remove(config: Path, name: str) -> None:
    """Stop a flow; what it kept stays."""
    from suture.cli import flow

    sys.exit(flow.take_away(name, config))


@flow_group.command("list")
@CONFIG
def flow_list(config: Path) -> None:
    """List the flows of a running hub with their destinations."""
    sys.exit(people.list_flows(config))
