"""The files of one flow, read once: the declaration, its functions, tables, templates.

In: a folder. Out: their bytes and a version made of them. Refuses to know: what they say.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from suture.core.refusal import MisconfiguredError

FLOW_FILE = "flow.toml"
FILES_MAX = 2_000
BYTES_MAX = 16 * 1024 * 1024
"""Of all files of a flow: tables are some thousand rows; more belongs in a system of its own."""
_PARTS = ("flow.toml", "steps.py", "tables/", "templates/")
"""What makes the version; tests and notes beside them change nothing that runs."""


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A flow's files by path relative to its folder."""

    folder: Path
    files: dict[str, bytes] = field(repr=False)
    version: str
    """Twelve hex digits over the files that run."""

    @property
    def name(self) -> str:
        """The flow's name: that of its folder."""
        return self.folder.name

    @property
    def running_files(self) -> dict[str, bytes]:
        """The files that decide what the flow does, by path."""
        return _running(self.files)

    def text(self, name: str) -> str | None:
        """Return a file as text, None when there is none."""
        data = self.files.get(name)
        return None if data is None else data.decode("utf-8", "replace")


def read_bundle(folder: Path) -> Bundle:
    """Read the files of a flow.

    Raises MisconfiguredError `flow.missing` without a `flow.toml`, `flow.too-large` at a limit.
    """
    if not (folder / FLOW_FILE).is_file():
        raise MisconfiguredError("flow.missing", f"{folder.name} has no {FLOW_FILE}")
    files: dict[str, bytes] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if not path.is_file() or "__pycache__" in name or name.startswith("."):
            continue
        size += path.stat().st_size
        if len(files) >= FILES_MAX or size > BYTES_MAX:
            note = f"a flow has at most {FILES_MAX} files and {BYTES_MAX // 2**20} MiB"
            raise MisconfiguredError("flow.too-large", f"{folder.name}: {note}")
        files[name] = path.read_bytes()
    digest = hashlib.sha256()
    for name, data in sorted(_running(files).items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return Bundle(folder.resolve(), files, digest.hexdigest()[:12])


def _running(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if name.startswith(_PARTS)}


def find_flows(folder: Path) -> list[Path]:
    """Return the flow folders at or directly under a folder, by name."""
    if (folder / FLOW_FILE).is_file():
        return [folder]
    return sorted(path.parent for path in folder.glob(f"*/{FLOW_FILE}"))
