"""Copies of a hub's stores while it runs, and a hub made of such a copy.

In: settings, a folder. Out: the folder with both stores, the deployed flows and a manifest; or a
data folder made of it. Refuses to know: keys: the copy is as readable as the stores, with the key
only. The operations store is copied first: what it has taken over from the clinical one is then in
the clinical copy too, and what came later is taken over again, once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from suture import __version__
from suture.assembly.hub import open_hub
from suture.assembly.settings import HubSettings
from suture.assembly.stores import table_of
from suture.core.clock import SystemClock
from suture.core.refusal import MisconfiguredError
from suture.governance.seal import load_keyring
from suture.journal.record import NewEvent
from suture.journal.sqlite_backup import check_sqlite, copy_sqlite, skip_numbers

MANIFEST = "manifest.json"
ORDER = ("operations", "clinical")
"""See above: the order is what makes the two copies fit."""


def backup(settings: HubSettings, folder: Path) -> Iterator[str]:
    """Write a copy into a folder that is not there; yield what was done, in words.

    Raises MisconfiguredError: `backup.exists`, `backup.not-a-file` for a zone in PostgreSQL,
    `backup.failed`, `backup.damaged`, `backup.no-room`.
    """
    if folder.exists():
        raise MisconfiguredError("backup.exists", f"{folder.name} is there already")
    sources = {zone: _source(settings, zone) for zone in ORDER}
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    wanted = sum(path.stat().st_size for path in sources.values())
    if shutil.disk_usage(part).free < wanted:
        raise MisconfiguredError("backup.no-room", "less room than the stores take")
    files: dict[str, dict[str, Any]] = {}
    for zone, source in sources.items():
        found = copy_sqlite(source, part / source.name)
        digest = _digest(part / source.name)
        files[source.name] = {
            "zone": zone,
            "schema": found.schema,
            "bytes": found.size_bytes,
            "sha256": digest,
        }
        yield f"{zone}: {found.size_bytes:,} bytes, sha256 {digest[:16]}, checked"
    flows = settings.data / "flows"
    if flows.is_dir():
        shutil.copytree(flows, part / "flows")
        yield f"flows: {sum(1 for _ in flows.glob('*/current'))}"
    ring = load_keyring(settings.key_file, os.environ)
    manifest = {
        "suture": __version__,
        "hub": settings.name,
        "made_at": SystemClock(settings.business_time()).wall().isoformat(),
        "key_ids": list(ring.keys),
        "files": files,
    }
    (part / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    os.sync()
    part.replace(folder)
    os.sync()


def restore(settings: HubSettings, folder: Path) -> Iterator[str]:
    """Make a data folder of a copy; yield what was done, in words.

    What may have been sent after the copy was made is not sent again blindly: it becomes uncertain,
    and the processes ask. Raises MisconfiguredError: `restore.not-a-backup`, `restore.not-empty`,
    `restore.other-key`, `backup.damaged`.
    """
    manifest = read_manifest(folder)
    for zone in ORDER:
        target = settings.data / f"{zone}.db"
        if table_of(settings, zone) is not None or target.exists():
            text = f"{target.name} is there, or the zone is in PostgreSQL: move it away first"
            raise MisconfiguredError("restore.not-empty", text)
    ring = load_keyring(settings.key_file, os.environ)
    missing = [key for key in manifest["key_ids"] if key not in ring.keys]
    if missing:
        raise MisconfiguredError("restore.other-key", f"the key file lacks {', '.join(missing)}")
    for name, about in manifest["files"].items():
        if _digest(folder / name) != about["sha256"]:
            raise MisconfiguredError("backup.damaged", f"{name} is not what was written")
        check_sqlite(folder / name)
        yield f"{about['zone']}: sound"
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / "flows").is_dir() and not (settings.data / "flows").exists():
        shutil.copytree(folder / "flows", settings.data / "flows")
    for name in manifest["files"]:
        part = settings.data / f".{name}.part"
        shutil.copyfile(folder / name, part)
        part.chmod(0o600)
        skip_numbers(part)
        part.replace(settings.data / name)
    os.sync()
    count = _ask_first(settings, manifest["made_at"])
    yield f"{count} deliveries may have been sent since {manifest['made_at']}: they are asked about"


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return a copy's manifest; raises MisconfiguredError `restore.not-a-backup`."""
    try:
        found = json.loads((folder / MANIFEST).read_text("utf-8"))
        names = {about["zone"] for about in found["files"].values()}
        plain = all(Path(name).name == name for name in found["files"])
        if names != set(ORDER) or not plain or not isinstance(found["key_ids"], list):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise MisconfiguredError(
            "restore.not-a-backup", f"{folder.name} was not made by suture backup"
        ) from None
    return dict(found)


def _ask_first(settings: HubSettings, made_at: str) -> int:
    """Mark what may have been sent since as uncertain; note the restoration in both zones."""
    hub = open_hub(settings)
    try:
        count = hub.core.operations.journal.write(hub.core.deliverer.doubt_waiting)
        now = hub.core.clock.now()
        note = NewEvent(
            id=f"store.restored/{now.isoformat()}",
            type="store.restored",
            machine="",
            key="",
            time=now,
            payload=json.dumps({"made_at": made_at}).encode(),
        )
        for journal in (hub.clinical, hub.operations):
            journal.write(lambda tx: tx.append(note, now))
    finally:
        hub.operations.close()
        hub.clinical.close()
    return count


def _source(settings: HubSettings, zone: str) -> Path:
    path = settings.data / f"{zone}.db"
    if table_of(settings, zone) is not None:
        raise MisconfiguredError(
            "backup.not-a-file", f"the {zone} zone is in PostgreSQL: use its own backup"
        )
    if not path.is_file():
        raise MisconfiguredError("store.missing", f"no store {path.name}: has the hub run?")
    return path


def _digest(path: Path) -> str:
    if not path.is_file():
        raise MisconfiguredError("backup.damaged", f"{path.name} is missing")
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
