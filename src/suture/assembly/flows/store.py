"""The flows a hub runs: whole versions beside its stores, and which one is current.

In: bundles that were linted and tested. Out: folders `NAME/VERSION`, a file `NAME/current`. Refuses
to know: whether a hub is running. A version is written whole before it becomes current, and stays:
what a message went through can be read later.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from suture.core.refusal import MisconfiguredError
from suture.orchestration.flows.bundle import Bundle, read_bundle

CURRENT = "current"


def flows_folder(data: Path) -> Path:
    """Return where the flows of a hub are kept."""
    return data / "flows"


def deploy(data: Path, bundle: Bundle) -> bool:
    """Make a version of a flow the current one; False when it is already."""
    home = flows_folder(data) / bundle.name
    if current_version(data, bundle.name) == bundle.version:
        return False
    target = home / bundle.version
    if not target.is_dir():
        part = home / f".{bundle.version}.part"
        shutil.rmtree(part, ignore_errors=True)
        for name, content in bundle.files.items():
            path = part / bundle.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        part.replace(target)
    _write(home / CURRENT, bundle.version)
    return True


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


def deployed(data: Path) -> list[Bundle]:
    """Return the current version of every deployed flow, by name.

    Raises MisconfiguredError `flow.missing` when a version is not there whole.
    """
    found = []
    for path in sorted(flows_folder(data).glob(f"*/{CURRENT}")):
        name = path.parent.name
        version = path.read_text("ascii").strip()
        found.append(read_bundle(path.parent / version / name))
    return found


def _write(path: Path, text: str) -> None:
    """Replace a file in one step, so that a reader sees the old content or the new one."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
