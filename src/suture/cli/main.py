"""`suture`: the commands.

In: arguments. Out: exit code 0 when done, 1 when the answer is no, 2 when the call or the
configuration is wrong (with what to do). Refuses to know: how commands do it (their modules).
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from suture import __version__
from suture.assembly.roles import NAMES
from suture.cli import alerting, partners, people, top, watching
from suture.cli.cart_commands import cart_group, case_group
from suture.cli.desk_commands import desk_group
from suture.cli.file_commands import FILE_COMMANDS
from suture.cli.flow_commands import flow_group
from suture.cli.invoice_commands import invoice_group
from suture.cli.message import one_message
from suture.cli.options import CONFIG
from suture.cli.retention import hold_group, retention_group
from suture.cli.stock_commands import stock_group
from suture.cli.store_commands import store_group
from suture.cli.triggers import show_triggers
from suture.cli.urgent_commands import urgent_group
from suture.core.refusal import MisconfiguredError, RefusalError
from suture.journal.contract import JournalFailedError

if TYPE_CHECKING:
    from suture.cli.showing import Wanted


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="suture")
def cli() -> None:
    """Join the operating room to the supply chain."""


@cli.command()
@CONFIG
@click.option(
    "--role",
    type=click.Choice(NAMES),
    default=None,
    help="Share the stores in PostgreSQL with other processes, as this part of the hub.",
)
def run(config: Path, role: str | None) -> None:
    """Run the hub, for real peers: whole and alone, or one of several processes."""
    from suture.cli.running import run_hub

    asyncio_run(run_hub(config, role or ""))


@cli.command()
@click.option("--once", is_flag=True, help="Play the bounded story, check its end states, exit.")
@click.option("--rate", type=float, default=None, help="Business seconds per real second.")
@click.option("--port", type=int, default=0, help="Port of the board; 0 picks a free one.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("demo-run"),
    show_default=True,
    help="Where the demo keeps its stores, keys and logs (made anew).",
)
@click.option("--store", default="", metavar="URL", help="Keep both zones in PostgreSQL.")
def demo(once: bool, rate: float | None, port: int, folder: Path, store: str) -> None:
    """Run hub, hospital, ERP and two suppliers on this machine."""
    from suture.cli.demo import run_demo

    work = run_demo(folder=folder.resolve(), is_once=once, rate=rate, board_port=port, store=store)
    sys.exit(asyncio_run(work))


@cli.command()
@click.option("--mllp", "target", required=True, metavar="HOST:PORT", help="Where to send.")
@click.option("--timeout", "timeout_s", default=10.0, show_default=True, help="Seconds per ACK.")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def send(target: str, timeout_s: float, files: tuple[Path, ...]) -> None:
    """Send HL7 v2 files over MLLP and show the acknowledgements."""
    from suture.cli.sending import send_file

    sys.exit(asyncio_run(send_file(target, files, timeout_s)))


@cli.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print the lineage as JSON.")
@click.argument("asked")
def trace(config: Path, as_json: bool, asked: str) -> None:
    """Show what became of a case token, order, invoice or control id."""
    from suture.cli import showing

    sys.exit(showing.trace(config, asked, as_json=as_json))


INSTANT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])


def _search(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which messages are meant."""
    for option in (
        click.option("--until", type=INSTANT, default=None, help="Before this time (UTC)."),
        click.option("--since", type=INSTANT, default=None, help="From this time on (UTC)."),
        click.option("--control-id", default="", help="With this number."),
        click.option("--code", default="", help="With this code, e.g. flow.filtered."),
        click.option("--meta", multiple=True, help="With NAME=VALUE of what its flow indexes."),
        click.option("--endpoint", default="", help="Of this flow, feed or partner."),
    ):
        command = option(command)
    return command


def _wanted(zone: str, limit: int, found: dict[str, Any]) -> Wanted:
    from suture.cli import showing

    times = {
        name: found[name].replace(tzinfo=UTC) if found[name] else None
        for name in ("since", "until")
    }
    return showing.Wanted(zone=zone, limit=limit, **{**found, **times})


@cli.command()
@CONFIG
@_search
@click.option("--zone", type=click.Choice(["clinical", "operations"]), default="clinical")
@click.option("--limit", default=20, show_default=True, help="How many.")
@click.option("--exchange", "only_exchange", is_flag=True, help="Print the exchange ids alone.")
def messages(config: Path, zone: str, *, limit: int, only_exchange: bool, **search: Any) -> None:
    """Search the messages received, newest first, without content."""
    from suture.cli import showing

    wanted = _wanted(zone, limit, search)
    sys.exit(showing.messages(config, wanted, only_exchange=only_exchange))


@cli.command()
@CONFIG
def exceptions(config: Path) -> None:
    """List the open exceptions in queue order."""
    from suture.cli import showing

    sys.exit(showing.exceptions(config))


@cli.command()
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor(config: Path, as_json: bool) -> None:
    """Check an installation and say what to do."""
    from suture.cli.doctor import examine

    findings = examine(config)
    if as_json:
        click.echo(json.dumps([f.as_dict() for f in findings], indent=2))
    else:
        for finding in findings:
            click.echo(finding.line())
    sys.exit(1 if any(f.is_bad for f in findings) else 0)


@cli.group()
def task() -> None:
    """Questions that wait for a person."""


@task.command("list")
@CONFIG
def task_list(config: Path) -> None:
    """List the open tasks."""
    from suture.cli import showing

    sys.exit(showing.tasks(config))


def _verdict(name: str) -> None:
    @task.command(name, help=f"{name.capitalize()} an open task of a running hub.")
    @CONFIG
    @click.option("--by", required=True, help="Your name; kept with the decision.")
    @click.option("--reason", default="", help="Why.")
    @click.argument("task_id")
    def answer(config: Path, by: str, reason: str, task_id: str) -> None:
        sys.exit(people.answer_task(config, task_id, name, by=by, reason=reason))


_verdict("approve")
_verdict("reject")
_verdict("return")


@cli.command()
@CONFIG
@click.option("--by", required=True, help="Your name; kept with the exception.")
@click.option("--reason", required=True, help="What was done.")
@click.argument("key")
def resolve(config: Path, by: str, reason: str, key: str) -> None:
    """Resolve an exception of a running hub; what waits for it is tried again."""
    sys.exit(people.answer_exception(config, key, "resolve", by=by, reason=reason))


@cli.command()
@CONFIG
@click.option("--exchange", default="", help="Only this message.")
@click.option("--code", default="", help="Only those given up with this code.")
@click.option("--limit", default=1000, show_default=True, help="How many, oldest first.")
@click.option("--rate", default=0.0, help="So many a second; all at once when left out.")
@click.option("--dry-run", is_flag=True, help="Only say which they would be.")
@click.argument("destination")
def redeliver(
    config: Path, destination: str, rate: float, *, limit: int, dry_run: bool, **search: str
) -> None:
    """Send a destination's given-up deliveries again, the same bytes."""
    sys.exit(
        people.redeliver(config, destination, search=search, rate=rate, is_dry=dry_run, limit=limit)
    )


@cli.command()
@CONFIG
@_search
@click.option("--dry-run", is_flag=True, help="Only say which messages it would be.")
@click.option("--rate", default=20.0, show_default=True, help="Messages a second.")
@click.option("--limit", default=1000, show_default=True, help="Most messages.")
@click.argument("exchange", required=False)
def replay(
    config: Path,
    exchange: str | None,
    *,
    dry_run: bool,
    rate: float,
    limit: int,
    **search: Any,
) -> None:
    """Give kept messages to their flow again, as the flow is now: one, or what a search finds."""
    if exchange:
        sys.exit(people.replay(config, exchange))
    if not any(search.values()):
        raise MisconfiguredError(
            "replay.nothing", "name an EXCHANGE, or search: --endpoint, --code"
        )
    wanted = _wanted("clinical", limit, search)
    sys.exit(people.replay_found(config, wanted, rate=rate, is_dry=dry_run))


@cli.command("lanes")
@CONFIG
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_lanes(config: Path, as_json: bool) -> None:
    """Show what waits for which destination of a running hub."""
    sys.exit(watching.lanes(config, as_json=as_json))


@cli.command("dead")
@CONFIG
@click.option("--destination", default="", help="Of this one only.")
@click.option("--code", default="", help="With this code only.")
@click.option("--limit", default=100, show_default=True, help="How many.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_dead(config: Path, destination: str, code: str, limit: int, as_json: bool) -> None:
    """Show what was given up or refused; exit code 1 when there is any."""
    found = watching.dead(config, destination=destination, code=code, limit=limit, as_json=as_json)
    sys.exit(found)


@cli.command()
@CONFIG
@click.option("--endpoint", default="", help="Of this flow, feed or partner.")
@click.option("--errors", "only_errors", is_flag=True, help="Refused, failed and parked ones only.")
@click.option("--count", default=0, help="End after so many lines.")
def tail(config: Path, endpoint: str, only_errors: bool, count: int) -> None:
    """Follow messages as they come in, until Ctrl-C; no content is shown."""
    sys.exit(watching.tail(config, endpoint=endpoint, only_errors=only_errors, count=count))


@cli.command()
@CONFIG
@click.argument("name")
def pause(config: Path, name: str) -> None:
    """Let a FLOW take nothing, or send nothing to a FLOW.DESTINATION: its messages wait."""
    sys.exit(people.pause(config, name, is_paused=True))


@cli.command()
@CONFIG
@click.argument("flow")
@click.option("--timeout", default=600.0, show_default=True, help="Seconds to wait.")
def drain(config: Path, flow: str, timeout: float) -> None:
    """Let a FLOW take nothing and wait until all it took has ended; 1 when it has not."""
    sys.exit(people.drain(config, flow, timeout_s=timeout))


@cli.command()
@CONFIG
@click.argument("name")
def resume(config: Path, name: str) -> None:
    """Let a FLOW take again, or go on sending to a FLOW.DESTINATION."""
    sys.exit(people.pause(config, name, is_paused=False))


for command in FILE_COMMANDS:
    cli.add_command(command)
cli.add_command(flow_group)
cli.add_command(alerting.show_alerts)
cli.add_command(partners.show_partners)
cli.add_command(top.show_top)
cli.add_command(show_triggers)
cli.add_command(cart_group)
cli.add_command(desk_group)
cli.add_command(invoice_group)
cli.add_command(case_group)
cli.add_command(urgent_group)
cli.add_command(stock_group)
cli.add_command(one_message)
cli.add_command(store_group)
cli.add_command(retention_group)
cli.add_command(hold_group)


@cli.group("process")
def process_group() -> None:
    """The workflows as tables."""


@process_group.command("states")
@click.argument("machine", required=False)
def process_states(machine: str | None) -> None:
    """Print states and rules as Markdown; unbuilt rules are marked."""
    from suture.cli import process

    click.echo(process.states_page(machine))


@process_group.command("coverage")
@click.option("--json", "as_json", is_flag=True, help="Print counts as JSON.")
def process_coverage(as_json: bool) -> None:
    """Print how many rules of each workflow are built."""
    from suture.cli import process

    counts = process.coverage()
    if as_json:
        click.echo(json.dumps(counts, indent=2))
        return
    for name, row in counts.items():
        click.echo(f"{name:6} {row['built']:4} built  {row['unbuilt']:4} not built")


@cli.command()
@click.option(
    "--write",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="The docs folder.",
)
def docs(folder: Path) -> None:
    """Write the generated pages (states.md) again."""
    from suture.cli import process

    (folder / "states.md").write_text(process.states_page(), "utf-8")
    click.echo(f"wrote {folder / 'states.md'}")


@cli.command()
@CONFIG
@click.option("--to", "folder", required=True, type=click.Path(path_type=Path), help="New folder.")
def backup(config: Path, folder: Path) -> None:
    """Copy both stores and the flows of a hub, running or not, into a new folder."""
    from suture.cli import store

    sys.exit(store.backup(config, folder))


@cli.command()
@CONFIG
@click.option("--from", "folder", required=True, type=click.Path(path_type=Path), help="A backup.")
def restore(config: Path, folder: Path) -> None:
    """Make a stopped hub's stores of a backup; what may have been sent since is asked about."""
    from suture.cli import store

    sys.exit(store.restore(config, folder))


@cli.group()
def key() -> None:
    """Keys of the stores."""


@key.command("create")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def key_create(path: Path) -> None:
    """Create a key file (mode 0600); keep a copy away from this machine."""
    from suture.core.ids import SystemEntropy
    from suture.governance.seal import create_key_file

    click.echo(f"key {create_key_file(path, SystemEntropy())} in {path}")


def asyncio_run(work: Coroutine[Any, Any, int | None]) -> int:
    """Run a coroutine on uvloop; return its exit code, 0 when it returns nothing."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code: int | None = runner.run(work)
    return code or 0


def main() -> None:
    """Run the command line; configuration errors exit with 2 and say what to do."""
    try:
        cli()
    except (MisconfiguredError, RefusalError) as error:
        click.echo(f"suture: {error}", err=True)
        sys.exit(2)
    except JournalFailedError as error:
        # The store or another process ended this one: whoever watches starts it again.
        click.echo(f"suture: {error}", err=True)
        sys.exit(1)
