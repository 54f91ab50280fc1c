"""`suture doctor`: is this installation fit to run, and what to do where it is not.

In: a settings file. Out: findings with a remedy each. Refuses to know: repairing anything.
"""

from __future__ import annotations

import functools
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from suture.assembly.secret import read_secret
from suture.assembly.settings import HubSettings, load_settings
from suture.assembly.stores import ZONES, reading_stores, server_of, sqlite_version
from suture.canonical.master import load_master
from suture.core.refusal import MisconfiguredError, RefusalError
from suture.governance.pack import pack_folder
from suture.governance.policy import load_policies
from suture.governance.seal import load_keyring

SQLITE_MIN = (3, 51, 3)
"""Older versions may corrupt a WAL file (plan D1)."""


@dataclass(frozen=True, slots=True)
class FindingOfDoctor:
    """One check."""

    name: str
    is_bad: bool
    text: str
    remedy: str = ""

    def line(self) -> str:
        """Return the finding on one line, the remedy on a second."""
        mark = "FAIL" if self.is_bad else "ok  "
        return f"{mark} {self.name}: {self.text}" + (
            f"\n     -> {self.remedy}" if self.remedy else ""
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the finding for JSON."""
        return asdict(self)


def examine(config: Path) -> list[FindingOfDoctor]:
    """Return every finding; checks that need the settings are left out when there are none."""
    found = list(_machine())
    try:
        settings = load_settings(config)
    except MisconfiguredError as error:
        remedy = "write a hub.toml (docs/running.md) or give --config"
        return [*found, FindingOfDoctor("settings", True, str(error), remedy)]
    found.append(FindingOfDoctor("settings", False, f"{config.name} is complete"))
    return [*found, *_settings(settings)]


def _machine() -> Iterator[FindingOfDoctor]:
    good = sys.version_info >= (3, 11)
    yield FindingOfDoctor(
        "python", not good, sys.version.split()[0], "" if good else "use Python 3.11 or newer"
    )
    version = tuple(int(x) for x in sqlite_version().split(".")[:3])
    good = version >= SQLITE_MIN
    remedy = "" if good else "upgrade apsw: this SQLite may corrupt a WAL file"
    yield FindingOfDoctor("sqlite", not good, sqlite_version(), remedy)


def _settings(settings: HubSettings) -> Iterator[FindingOfDoctor]:
    yield _try(
        "keys",
        lambda: f"key {load_keyring(settings.key_file, os.environ).current_id}",
        "suture key create FILE, and name it as key_file",
    )
    folders = [pack_folder("default") / "policy", *settings.policies]
    yield _try(
        "policies",
        lambda: f"approval {load_policies(folders).approval.id}",
        "see packs/default/policy for a complete example",
    )
    for table in settings.supplier:
        yield _try(
            f"supplier {table.key}",
            functools.partial(_secret, table.secret_file),
            "write the secret into the file and chmod 600 it",
        )
    if settings.erp is not None:
        token = settings.erp.token_file
        yield _try("erp", functools.partial(_secret, token), "chmod 600")
    if settings.master is not None:
        yield _master(settings.master)
    yield _space(settings)
    for table_in in settings.mllp_in:
        yield _port(f"listener {table_in.endpoint}", table_in.host, table_in.port)
    yield _port("console", settings.console.host, settings.console.port)
    yield from _stores(settings)


def _try(name: str, check: Callable[[], object], remedy: str) -> FindingOfDoctor:
    try:
        return FindingOfDoctor(name, False, str(check()))
    except (MisconfiguredError, RefusalError, OSError) as error:
        return FindingOfDoctor(name, True, str(error), remedy)


def _secret(path: Path) -> str:
    read_secret(path)
    return f"{path.name} is readable by us only"


def _master(folder: Path) -> FindingOfDoctor:
    records, problems = load_master(folder)
    text = f"{len(records)} records, {len(problems)} problems"
    if problems:
        return FindingOfDoctor("master data", True, text, problems[0].describe())
    return FindingOfDoctor("master data", not records, text)


def _space(settings: HubSettings) -> FindingOfDoctor:
    folder = settings.data if settings.data.is_dir() else settings.data.parent
    free = shutil.disk_usage(folder).free
    text = f"{free // 1_000_000} MB free, watermark {settings.space_bytes_min // 1_000_000} MB"
    bad = free < settings.space_bytes_min * 2
    return FindingOfDoctor("disk", bad, text, "free space, or move the data folder" if bad else "")


def _port(name: str, host: str, port: int) -> FindingOfDoctor:
    if port == 0:
        return FindingOfDoctor(name, False, f"{host}, a free port is picked")
    with socket.socket() as probe:
        probe.settimeout(1.0)
        if probe.connect_ex((host, port)) == 0:
            return FindingOfDoctor(name, False, f"{host}:{port} answers (a hub is running?)")
    return FindingOfDoctor(name, False, f"{host}:{port} is free")


def _stores(settings: HubSettings) -> Iterator[FindingOfDoctor]:
    for zone in ZONES:
        yield from _server(settings, zone)
    try:
        with reading_stores(settings) as (operations, _):
            waiting = operations.last_event_seq() - operations.cursor("decide")
            dead = sum(
                n for (_, state), n in operations.count_deliveries().items() if state == "dead"
            )
            yield FindingOfDoctor("stores", False, f"{waiting} events wait to be decided")
            remedy = "suture exceptions; mend the endpoint; suture redeliver NAME" if dead else ""
            yield FindingOfDoctor("deliveries", dead > 0, f"{dead} given up", remedy)
    except MisconfiguredError as error:
        if error.code == "store.missing":
            text = f"{error.text} (made at the first start)"
            yield FindingOfDoctor("stores", False, text)
        else:
            yield FindingOfDoctor("stores", True, str(error), "see docs/store.md")


def _server(settings: HubSettings, zone: str) -> Iterator[FindingOfDoctor]:
    """Look at the server of a zone that is not in a file."""
    try:
        found = server_of(settings, zone)
    except MisconfiguredError as error:
        yield FindingOfDoctor(f"store {zone}", True, str(error), "see docs/store.md")
        return
    if found is not None:
        text, wrong = found
        remedy = "set it to on in postgresql.conf" if wrong else ""
        yield FindingOfDoctor(f"store {zone}", bool(wrong), wrong or text, remedy)
