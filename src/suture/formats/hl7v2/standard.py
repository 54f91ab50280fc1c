"""Holds what the published versions say: structures, segments, types and tables, read when asked.

In: the text files below `tables`, each saying what changed since the version before. Out: cells,
expressions and code sets of one version. Refuses to know: any message, any profile. The facts come
from hl7apy (MIT) by `tests/formats/hl7v2/make_tables.py`; field lengths are not among them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources
from typing import Final, NamedTuple

VERSIONS: Final = (
    "2.1",
    "2.2",
    "2.3",
    "2.3.1",
    "2.4",
    "2.5",
    "2.5.1",
    "2.6",
    "2.7",
    "2.8",
    "2.8.1",
    "2.8.2",
)
"""Versions with tables of their own, in order."""

DERIVED: Final = {"2.7.1": "2.7", "2.9": "2.8.2", "2.9.1": "2.8.2"}
"""Version -> the one whose tables serve: the source has none of its own."""

_CELL: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(!?)(?:(\*)|~(\d{1,3}))?(?:#(\w{1,12}))?")


class Cell(NamedTuple):
    """Says what may stand in one field or component."""

    type: str
    """Data type, e.g. `CX`; `WD` is withdrawn; empty where the number is not defined."""
    is_required: bool = False
    repetitions: int = 1
    """Most repetitions; 0 is any number."""
    table: str = ""
    """Number of its table, e.g. `0103`."""


def read_cell(text: str) -> Cell:
    """Return the cell written `CX!*#0203`; `.` is no definition; raises ValueError otherwise."""
    if text == ".":
        return Cell("")
    match = _CELL.fullmatch(text)
    if match is None:
        raise ValueError("a cell reads TYPE, then ! required, * or ~n repeats, #table")
    name, required, any_number, number, table = match.groups()
    most = 0 if any_number else int(number or 1)
    return Cell(name, bool(required), most, table or "")


class Standard:
    """Answers questions about one version; lines are read at the first need and kept."""

    def __init__(self, version: str, lines: dict[str, str]) -> None:
        self.version = version
        """The version whose tables these are, e.g. `2.8.2` for a 2.9 message."""
        self._lines = lines
        self._cells: dict[str, tuple[Cell, ...]] = {}
        self._tables: dict[str, frozenset[bytes]] = {}

    def structures(self) -> list[str]:
        """Return the names of all message structures, e.g. `ADT_A01`."""
        return [key[2:] for key in self._lines if key.startswith("M ")]

    def structure(self, name: str) -> str:
        """Return the expression of a message structure; empty when this version has none."""
        body = self._lines.get(f"M {name}", "")
        return self._lines.get(f"M {body[2:]}", "") if body.startswith("= ") else body

    def has_segment(self, name: str) -> bool:
        """Return whether this version defines a segment."""
        return f"S {name}" in self._lines

    def fields(self, segment: str) -> tuple[Cell, ...]:
        """Return the cells of a segment's fields, the first being field 1; empty when unknown."""
        return self._read(f"S {segment}")

    def components(self, data_type: str) -> tuple[Cell, ...]:
        """Return the cells of a data type's components; empty when it has none."""
        return self._read(f"D {data_type}")

    def table(self, number: str) -> frozenset[bytes]:
        """Return the codes of an HL7-defined table; empty when the package does not hold it."""
        found = self._tables.get(number)
        if found is None:
            found = frozenset(self._lines.get(f"T {number}", "").encode("ascii").split())
            self._tables[number] = found
        return found

    def _read(self, key: str) -> tuple[Cell, ...]:
        found = self._cells.get(key)
        if found is None:
            found = tuple(_cached_cell(text) for text in self._lines.get(key, "").split())
            self._cells[key] = found
        return found


_cached_cell = lru_cache(maxsize=4_096)(read_cell)


@lru_cache(maxsize=len(VERSIONS))
def _lines(version: str) -> dict[str, str]:
    """Return every line of a version: the file of each version before it, then its own."""
    place = VERSIONS.index(version)
    lines = dict(_lines(VERSIONS[place - 1])) if place else {}
    file = resources.files("suture.formats.hl7v2").joinpath("tables", f"{version}.txt")
    for line in file.read_text(encoding="ascii").splitlines():
        kind, name, body = (*line.split(" ", 2), "")[:3]
        if kind == "-":
            lines.pop(f"{name} {body}", None)
        else:
            lines[f"{kind} {name}"] = body
    return lines


@lru_cache(maxsize=32)
def _standard(version: str) -> Standard:
    return Standard(version, _lines(version))


def standard(version: str) -> Standard | None:
    """Return the tables of a version, e.g. `2.5.1`; None when it is none of HL7's."""
    version = DERIVED.get(version, version)
    return _standard(version) if version in VERSIONS else None


def nearest(version: str) -> Standard:
    """Return the tables for any MSH-12: the version, else the last before it, else 2.5.1."""
    exact = standard(version)
    if exact is not None:
        return exact
    match = re.match(r"2\.(\d)(?:\.(\d))?", version)
    if match is None:
        return _standard("2.5.1")
    wanted = (2, int(match[1]), int(match[2] or 0))
    older = [one for one in VERSIONS if _numbers(one) <= wanted]
    return _standard(older[-1] if older else VERSIONS[0])


def _numbers(version: str) -> tuple[int, ...]:
    parts = [int(part) for part in version.split(".")]
    return tuple(parts + [0] * (3 - len(parts)))


@lru_cache(maxsize=1_024)
def versions_of(structure: str) -> tuple[str, ...]:
    """Return the versions that have a message structure."""
    return tuple(one for one in VERSIONS if _standard(one).structure(structure))


@lru_cache(maxsize=1)
def data_types() -> frozenset[bytes]:
    """Return the names of the compound data types of all versions, for table 0125."""
    keys = (key for version in VERSIONS for key in _lines(version) if key.startswith("D "))
    return frozenset(key[2:].encode("ascii") for key in keys)
