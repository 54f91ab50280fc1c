"""The append-only JSONL of a peer: what it took and sent, flushed line by line.

In: a kind and a JSON value, business time. Out: lines in a file. Refuses to know: reading it back;
a peer lives in memory, the file is for people and for assertions after a run.
"""

from __future__ import annotations

import json
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from suture.simulation.number import iso


class Record:
    """An open JSONL file."""

    def __init__(self, directory: Path, name: str) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / f"{name}.jsonl"
        self._file: TextIOWrapper = self.path.open("a", encoding="utf-8")

    def add(self, at: datetime, kind: str, data: Any) -> None:
        """Append one line and flush it."""
        line = json.dumps({"at": iso(at), "kind": kind, "data": data}, sort_keys=True, default=str)
        self._file.write(line + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()
