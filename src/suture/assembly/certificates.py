"""When the certificates end that the settings and the flows name.

In: tables with TLS entries. Out: name and end of each file. Refuses to know: keys, and whether a
peer would accept them. A file that cannot be read is left to `suture doctor` and to its user; of a
file with several certificates the one that ends first counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from pydantic import BaseModel

from suture.intelligence.alerts import Certificate

ENTRIES = frozenset({"certificate", "client_ca", "ca", "certificates", "partner_certificates"})
FILE_BYTES_MAX = 1024 * 1024
"""A bundle of all public authorities is a quarter of that."""
DEPTH_MAX = 6
"""Tables in tables; a flow file has three."""

Stamp = tuple[int, int]
"""(bytes, nanoseconds of the last change)."""


@dataclass(slots=True)
class Certificates:
    """Reads files again only when they have changed."""

    base: Path
    """Where relative names start."""
    _known: dict[Path, tuple[Stamp, Certificate | None]] = field(default_factory=dict)

    def look(self, owners: Iterable[tuple[str, BaseModel]]) -> list[Certificate]:
        """Return the certificates that tables name; `owners` are (name, table)."""
        found: dict[str, Certificate] = {}
        for owner, table in owners:
            for file in sorted({str(x) for x in _files(table, DEPTH_MAX)}):
                name = f"{owner}: {_short(Path(file), self.base)}"
                one = self._read(self.base / file, name)
                if one is not None:
                    found[name] = Certificate(name, one.ends)
        return list(found.values())

    def _read(self, path: Path, name: str) -> Certificate | None:
        try:
            told = path.stat()
            stamp = (told.st_size, told.st_mtime_ns)
            known = self._known.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            one = None
            if told.st_size <= FILE_BYTES_MAX:
                made = x509.load_pem_x509_certificates(path.read_bytes())
                one = Certificate(name, min(x.not_valid_after_utc for x in made))
        except (OSError, ValueError):
            return None
        self._known[path] = (stamp, one)
        return one


def _files(table: BaseModel, depth: int) -> Iterator[str | Path]:
    """Yield the files of a table and of the tables in it."""
    for name in type(table).model_fields:
        value = getattr(table, name)
        for one in value if isinstance(value, tuple) else (value,):
            if name in ENTRIES and isinstance(one, str | Path) and str(one):
                yield one
            if isinstance(one, BaseModel) and depth:
                yield from _files(one, depth - 1)


def _short(path: Path, base: Path) -> str:
    """Return a path as an operator wrote it: from the settings' folder where it is there."""
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()
