"""The flows a hub runs: whole versions beside its stores, and which one is current.

In: bundles that were linted and tested. Out: folders `NAME/VERSION`, a file `NAME/current`. Refuses
to know: whether a hub is running. A version is written whole before it becomes current, and stays:
what a message went through can be read later.
"""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from suture.core.refusal import MisconfiguredError
from suture.journal.record import NewEvent
from suture.orchestration.flows.bundle import FLOW_FILE, Bundle, read_bundle

CURRENT = "current"


def flows_folder(data: Path) -> Path:
    """Return where the flows of a hub are kept."""
    return data / "flows"


def deploy(data: Path, bundles: Sequence[Bundle]) -> list[Bundle]:
    """Make versions of flows the current ones; return those that were not.

    All files are on the disk before the first version becomes current.
    """
    new = [each for each in bundles if current_version(data, each.name) != each.version]
    for bundle in new:
        _keep(flows_folder(data) / bundle.name, bundle)
    if new:
        os.sync()
    for bundle in new:
        path = flows_folder(data) / bundle.name / CURRENT
        part = path.with_name(f".{CURRENT}.part")
        part.write_text(bundle.version, "ascii")
        part.replace(path)
    if new:
        os.sync()
    return new


def _keep(home: Path, bundle: Bundle) -> None:
    """Write a version's folder whole, or leave the one that is there."""
    target = home / bundle.version
    if target.is_dir():
        return
    part = home / f".{bundle.version}.part"
    shutil.rmtree(part, ignore_errors=True)
    for name, content in bundle.files.items():
        path = part / bundle.name / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    part.replace(target)


def loaded(bundle: Bundle, now: datetime) -> NewEvent:
    """Return the record that a version of a flow works from now on."""
    return NewEvent(
        id=f"flow.loaded/{bundle.name}/{bundle.version}/{now.isoformat()}",
        type="flow.loaded",
        machine="",
        key=bundle.name,
        time=now,
        payload=json.dumps({"version": bundle.version}).encode(),
    )


def remove(data: Path, name: str) -> None:
    """Stop a flow from being current; raises MisconfiguredError `flow.missing`."""
    path = flows_folder(data) / name / CURRENT
    if not path.is_file():
        raise MisconfiguredError("flow.missing", f"no flow {name} is deployed")
    path.unlink()


def current_version(data: Path, name: str) -> str:
    """Return the version of a flow that runs, empty when none does."""
    path = flows_folder(data) / name / CURRENT
    return path.read_text("ascii").strip() if path.is_file() else ""


def current_versions(data: Path) -> str:
    """Return every flow with its current version: a text that changes with each deployment."""
    found = sorted(flows_folder(data).glob(f"*/{CURRENT}"))
    names = [path.parent.name for path in found]
    return " ".join(f"{name}={current_version(data, name)}" for name in names)


def deployed(data: Path, known: Mapping[Path, Bundle] | None = None) -> list[Bundle]:
    """Return the current version of every deployed flow, by name.

    `known` are bundles read before, by folder: a version's folder never changes. Raises
    MisconfiguredError `flow.missing` when a version is not there whole.
    """
    found = []
    for path in sorted(flows_folder(data).glob(f"*/{CURRENT}")):
        name = path.parent.name
        folder = (path.parent / path.read_text("ascii").strip() / name).resolve()
        before = known.get(folder) if known else None
        found.append(before or read_bundle(folder))
    return found


def retention_declared(data: Path) -> dict[str, int]:
    """Return how many days each flow keeps its messages, where it says so.

    Of a flow that no longer runs, the longest that any version of it said.
    """
    found = {}
    for home in sorted(path for path in flows_folder(data).glob("*") if path.is_dir()):
        version = current_version(data, home.name) or "*"
        said = [_retention_of(path) for path in home.glob(f"{version}/{home.name}/{FLOW_FILE}")]
        if any(said):
            found[home.name] = max(said)
    return found


def _retention_of(path: Path) -> int:
    try:
        return int(tomllib.loads(path.read_text("utf-8")).get("retention_days") or 0)
    except (OSError, ValueError, TypeError):
        return 0
