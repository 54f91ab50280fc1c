"""Flow folders for the tests: the scaffold's, and changed ones."""

from __future__ import annotations

from pathlib import Path

from suture.orchestration.flows.bundle import Bundle, read_bundle
from suture.orchestration.flows.finding import Finding
from suture.orchestration.flows.lint import Linted, lint
from suture.orchestration.flows.perform import Flow
from suture.orchestration.flows.scaffold import new_flow

ADMISSION = new_flow("any")["tests/admission/in.hl7"].encode()

PLAIN = """\
description = "a plain interface"
owner = "integration team"

[source]
connector = "mllp"
port = 0

[[destination]]
name = "lab"
connector = "mllp"
host = "127.0.0.1"
port = 6662
"""


def write_flow(folder: Path, name: str, files: dict[str, str] | str = PLAIN) -> Bundle:
    """Write a flow's files (text alone is its flow.toml) and read them back."""
    found = {"flow.toml": files} if isinstance(files, str) else files
    for path, text in found.items():
        target = folder / name / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    return read_bundle(folder / name)


def scaffold(folder: Path, name: str = "adt-to-lab", **changes: str) -> Bundle:
    """Write the scaffold's flow; `changes` replace text of its flow.toml, old=new by pairs."""
    files = new_flow(name)
    for old, new in changes.items():
        files["flow.toml"] = files["flow.toml"].replace(old, new)
    return write_flow(folder, name, files)


def sound(bundle: Bundle) -> Flow:
    """Return a flow that must be sound."""
    linted: Linted = lint([bundle])
    assert linted.is_sound, [found.describe() for found in linted.findings]
    return linted.flows[0]


def errors(linted: Linted) -> list[Finding]:
    """Return the findings that are errors."""
    return [found for found in linted.findings if not found.is_warning]
