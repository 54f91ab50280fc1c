"""The journal's statements in PostgreSQL's words.

In: a statement as the journal writes it, with `?` for values. Out: the same for PostgreSQL, with
`$1`; each is turned once. Refuses to know: values and connections.
"""

from __future__ import annotations

import re
from functools import lru_cache

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

_HASHED = (
    r"hashtextextended(transport_key, 0) = hashtextextended(\1::text, 0) AND transport_key = \1"
)
"""A transport key may be as long as a frame: the index holds its hash, the row is compared."""


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
    text = "".join(made)
    text = re.sub(r"transport_key = (\$\d+)", _HASHED, text)
    return text.encode()


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
