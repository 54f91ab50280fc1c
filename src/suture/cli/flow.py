"""`suture flow`: declared interfaces checked, tested, shown, compared, put to work.

In: folders with flows. Out: lines on the terminal, exit codes: 0 fine, 1 something is wrong with a
flow, 2 the call cannot be used. Refuses to know: how flows run (`assembly.flows`). `explain` with a
message and a failing `test` print values of messages: test messages hold no patient's data.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from suture.assembly.flows.store import current_version, deploy, flows_folder, remove
from suture.assembly.settings import load_settings
from suture.cli import people
from suture.core.refusal import MisconfiguredError
from suture.orchestration.flows.asyncapi import asyncapi
from suture.orchestration.flows.bundle import Bundle, find_flows, read_bundle
from suture.orchestration.flows.finding import Finding
from suture.orchestration.flows.lint import Linted, lint
from suture.orchestration.flows.perform import Flow
from suture.orchestration.flows.proof import AT, prove, written
from suture.orchestration.flows.scaffold import new_flow
from suture.orchestration.flows.show import changed, explained, followed, graph
from suture.orchestration.flows.steps import Setting
from suture.orchestration.flows.table import NAME


def bundles_in(folders: Sequence[Path]) -> list[Bundle]:
    """Return the flows at or under the folders; raises MisconfiguredError `flow.missing`."""
    found = [read_bundle(path) for folder in folders for path in find_flows(folder)]
    if not found:
        names = ", ".join(folder.name for folder in folders)
        raise MisconfiguredError("flow.missing", f"no flow.toml in {names} or one folder below")
    return found


def check(folders: Sequence[Path], *, as_json: bool) -> int:
    """Say what is wrong with flows; 1 when something is."""
    bundles = bundles_in(folders)
    linted = lint(bundles)
    if as_json:
        click.echo(json.dumps([_as_dict(found) for found in linted.findings], indent=2))
    else:
        _tell(linted)
        click.echo(f"{len(bundles)} flows, {len(linted.flows)} sound")
    return 0 if linted.is_sound else 1


def _as_dict(found: Finding) -> dict[str, object]:
    return {
        "code": found.code,
        "severity": "warning" if found.is_warning else "error",
        "file": found.file,
        "line": found.line,
        "text": found.text,
        "suggestion": found.suggestion,
    }


def _tell(linted: Linted, *, aside: bool = False) -> None:
    for found in linted.findings:
        click.secho(found.describe(), fg="yellow" if found.is_warning else "red", err=aside)


def _sound(folders: Sequence[Path], *, aside: bool = False) -> list[Flow] | None:
    """Return the flows when all are sound, else say what is wrong.

    `aside`: on standard error, because a document goes to standard output.
    """
    linted = lint(bundles_in(folders))
    _tell(linted, aside=aside)
    return list(linted.flows) if linted.is_sound else None


def test(folders: Sequence[Path], *, writes: bool) -> int:
    """Run the tests beside flows; 1 when one fails. `writes` keeps what the flows make now."""
    flows = _sound(folders)
    if flows is None:
        return 1
    if writes:
        for flow in flows:
            for name, content in written(flow).items():
                (flow.bundle.folder / name).write_bytes(content)
                click.echo(f"wrote {flow.name}/{name}: read it before you keep it")
        return 0
    return _proved(flows)


def _proved(flows: Sequence[Flow]) -> int:
    failed = count = 0
    for flow in flows:
        for verdict in prove(flow):
            count += 1
            failed += not verdict.holds
            mark = click.style("ok  ", fg="green") if verdict.holds else click.style("FAIL", "red")
            click.echo(f"{mark} {flow.name} {verdict.case}")
            for line in verdict.differences:
                click.echo(f"       {line}")
    click.echo(f"{count - failed} passed, {failed} failed")
    return 1 if failed else 0


def explain(folder: Path, message: Path | None) -> int:
    """Say what a flow does, or what it does to one message."""
    flows = _sound([folder])
    if flows is None:
        return 1
    for flow in flows:
        lines: Iterator[str] = explained(flow)
        if message is not None:
            lines = followed(flow, message.read_bytes(), Setting(AT))
        for line in lines:
            click.echo(line)
    return 0


def draw(folders: Sequence[Path]) -> int:
    """Print a Mermaid flowchart of flows."""
    flows = _sound(folders, aside=True)
    if flows is None:
        return 1
    for line in graph(flows):
        click.echo(line)
    return 0


def describe(folders: Sequence[Path]) -> int:
    """Print an AsyncAPI document of flows."""
    flows = _sound(folders, aside=True)
    if flows is None:
        return 1
    click.echo(json.dumps(asyncapi(flows), indent=2))
    return 0


def diff(folders: Sequence[Path], config: Path) -> int:
    """Show what deploying would change; 1 when it would change something."""
    data = load_settings(config).data
    said = False
    for bundle in bundles_in(folders):
        for line in changed(_deployed(data, bundle.name), bundle):
            said = True
            colour = {"+": "green", "-": "red"}.get(line[:1])
            click.secho(line, fg=colour)
    if not said:
        click.echo("nothing would change")
    return 1 if said else 0


def _deployed(data: Path, name: str) -> Bundle | None:
    version = current_version(data, name)
    return read_bundle(flows_folder(data) / name / version / name) if version else None


def put(folders: Sequence[Path], config: Path) -> int:
    """Lint, test and deploy flows, together with those that run; a running hub takes them over."""
    settings = load_settings(config)
    bundles = bundles_in(folders)
    mine = {bundle.name for bundle in bundles}
    running = [
        found
        for path in sorted(flows_folder(settings.data).glob("*/current"))
        if path.parent.name not in mine
        and (found := _deployed(settings.data, path.parent.name)) is not None
    ]
    linted = lint([*bundles, *running])
    _tell(linted)
    if not linted.is_sound:
        click.echo("nothing was deployed", err=True)
        return 1
    flows = [flow for flow in linted.flows if flow.name in mine]
    if _proved(flows):
        click.echo("nothing was deployed", err=True)
        return 1
    new = deploy(settings.data, [flow.bundle for flow in flows])
    for flow in flows:
        said = "deployed" if flow.bundle in new else "is deployed already"
        click.echo(f"{flow.name} {flow.bundle.version} {said}")
    return _reload(config)


def take_away(name: str, config: Path) -> int:
    """Stop a flow; what it kept stays."""
    remove(load_settings(config).data, name)
    click.echo(f"{name} removed; what it kept stays")
    return _reload(config)


def _reload(config: Path) -> int:
    try:
        return people.reload_flows(config)
    except MisconfiguredError:
        click.echo("the hub is not running: this takes effect when it starts")
        return 0


def make(name: str, folder: Path) -> int:
    """Write the files of a new flow."""
    if re.match(NAME, name) is None:
        raise MisconfiguredError("flow.name", "small letters, digits and hyphens")
    target = folder / name
    if target.exists():
        raise MisconfiguredError("flow.exists", f"{target} is there already")
    try:
        for path, text in new_flow(name).items():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            (target / path).write_bytes(text.encode())
    except OSError as error:
        shutil.rmtree(target, ignore_errors=True)
        raise MisconfiguredError("flow.exists", f"cannot write: {type(error).__name__}") from None
    click.echo(f"made {target}; next: suture flow test {target}")
    return 0
