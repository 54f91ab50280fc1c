"""The journal's statements in PostgreSQL's words.

In: a statement as the journal writes it, with `?` for values. Out: the same for PostgreSQL, with
`$1`; each is turned once. Also texts as PostgreSQL can keep them. Refuses to know: connections.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from typing import Any

_UNIQUE = {
    "meta": ("name",),
    "cursor": ("name",),
    "timer": ("machine", "key", "name"),
}
"""Tables written with INSERT OR REPLACE, and what names a row of theirs."""
_REPLACE = re.compile(r"INSERT OR REPLACE INTO (\w+)\(([^)]*)\) VALUES\(([^)]*)\)")
_IGNORE = re.compile(r"INSERT OR IGNORE INTO (.*)")
_NUMBERED = re.compile(r"INSERT INTO (\w+)\((.*?) VALUES\(", re.DOTALL)
_BLOB = re.compile(r"x'([0-9a-f]*)'")

TEXT_BYTES_MAX = 1000
"""Longer texts are kept as their beginning and digest: an index of PostgreSQL takes 2,704 bytes a
row, and a row of an index may hold two such names."""
_HEAD_BYTES = 800
_NUL = "\u2400"
"""PostgreSQL's text holds no NUL: it is kept as the sign for it."""
_PROSE = ("INSERT INTO meta", "INSERT INTO task", "UPDATE task")
"""Statements whose texts are read by people and stand in no index."""


def _replaced(found: re.Match[str]) -> str:
    table, columns, marks = found.groups()
    names = [name.strip() for name in columns.split(",")]
    rest = [name for name in names if name not in _UNIQUE[table]]
    changed = ", ".join(f"{name} = excluded.{name}" for name in rest)
    unique = ", ".join(_UNIQUE[table])
    return (
        f"INSERT INTO {table}({columns}) VALUES({marks})"
        f" ON CONFLICT({unique}) DO UPDATE SET {changed}"
    )


@lru_cache(maxsize=1024)
def translate(statement: str) -> bytes:
    """Return a statement for PostgreSQL; `?` becomes `$1`, `$2` and so on."""
    text = _REPLACE.sub(_replaced, statement)
    text = _IGNORE.sub(r"INSERT INTO \1 ON CONFLICT DO NOTHING", text)
    text = _BLOB.sub(r"'\\x\1'::bytea", text)
    text = re.sub(r" INDEXED BY \w+", "", text)
    text = re.sub(r"\boffset\b", '"offset"', text)
    pieces = text.split("?")
    made = [pieces[0]]
    for number, piece in enumerate(pieces[1:], start=1):
        made.append(f"${number}{piece}")
    return "".join(made).encode()


def kept(text: str) -> str:
    """Return a text as a PostgreSQL store keeps it, also where it is looked up."""
    if "\0" in text:
        text = text.replace("\0", _NUL)
    if len(text) * 4 <= TEXT_BYTES_MAX or len(data := text.encode()) <= TEXT_BYTES_MAX:
        return text
    head = data[:_HEAD_BYTES].decode("utf-8", "ignore")
    return f"{head}~sha256:{hashlib.sha256(data).hexdigest()}"


def as_kept(table: str, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row of a table as the store keeps it."""
    return fit(f"INSERT INTO {table}".encode(), row)


def fit(statement: bytes, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return values as the store keeps them; in prose only NUL is replaced."""
    if not any(type(v) is str and (len(v) * 4 > TEXT_BYTES_MAX or "\0" in v) for v in values):
        return values
    is_prose = statement.decode().startswith(_PROSE)
    change = (lambda text: text.replace("\0", _NUL)) if is_prose else kept
    return tuple(change(v) if type(v) is str else v for v in values)


@lru_cache(maxsize=64)
def numbered(statement: str) -> str:
    """Return an INSERT that takes the row's sequence as its first value."""
    return _NUMBERED.sub(r"INSERT INTO \1(seq, \2 VALUES(?, ", statement, count=1)


@lru_cache(maxsize=64)
def table_of(statement: str) -> str:
    """Return the table an INSERT writes to."""
    found = _NUMBERED.match(statement)
    assert found is not None
    return found[1]
