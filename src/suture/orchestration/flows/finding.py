"""What is wrong with a flow: a stable code, the file, the line, the reason, what to do.

In: a place in a TOML file by its path of keys. Out: findings. Refuses to know: what is checked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\"' -]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]+\"|'[^']+')\s*(?:\.[^=]+)?=")

PROBLEM_CODES = {
    "flow.syntax": "a flow file is no TOML",
    "flow.unknown-key": "a flow file has an entry that no flow has",
    "flow.invalid": "an entry of a flow file has a value it cannot have, or is missing",
    "flow.path": "a path of a condition, step or ordering key is none",
    "flow.order-never-present": "no test message of the flow has a value in its ordering key",
    "flow.endpoint-shared": "two flows listen at one address or folder",
    "flow.destination-unknown": "a destination names a flow that is not there or takes no messages",
    "flow.destination-repeated": "two destinations of a flow have one name",
    "flow.cycle": "flows hand messages round in a circle",
    "flow.secret": "a secret stands in a flow's files as plain text",
    "flow.listen": "a flow listens beyond this machine without TLS and client certificates",
    "flow.name": "the folder of a flow is not named in small letters, digits and hyphens",
    "flow.no-test": "a flow has no test beside it",
    "flow.http-header": "a flow writes a header that is the connector's to write",
    "flow.http-plain": "a flow would send beyond this machine over plain HTTP",
    "flow.format": "a step needs fields by path, which only HL7 v2 has",
}
"""Problem code -> what it means, one line each."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a flow."""

    code: str
    file: str
    line: int
    """From 1; 0 for the flow as a whole."""
    text: str
    suggestion: str = ""
    is_warning: bool = False

    def describe(self) -> str:
        """Return one line as compilers write them."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        kind = "warning" if self.is_warning else "error"
        hint = f" ({self.suggestion})" if self.suggestion else ""
        return f"{place}: {kind}: {self.code}: {self.text}{hint}"


def line_of(text: str, path: Sequence[str | int]) -> int:
    """Return the line of an entry of a TOML file by its path, e.g. `("step", 1, "call")`.

    The nearest enclosing table's line when the entry itself stands inline or is missing.
    """
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    best, best_depth = 1, 0
    wanted = tuple(path)
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        if header is not None and "=" not in line.split("#")[0].split("]")[0]:
            table = _table(header.group(2), header.group(1) == "[[", counts)
            depth = _common(table, wanted)
        else:
            key = _KEY.match(line)
            if key is None:
                continue
            depth = _common((*table, key.group(1).strip("\"'")), wanted)
            if depth <= len(table):
                continue
        if depth > best_depth:
            best, best_depth = number, depth
    return best


def _table(name: str, is_array: bool, counts: dict[str, int]) -> tuple[str | int, ...]:
    """Return the path of a table header; arrays count up, an inner one in its latest outer one."""
    found: list[str | int] = []
    parts = [part.strip(" \"'") for part in name.split(".")]
    for place, part in enumerate(parts):
        found.append(part)
        key = "/".join(map(str, found))
        if is_array and place == len(parts) - 1:
            counts[key] = counts.get(key, -1) + 1
        if key in counts:
            found.append(counts[key])
    return tuple(found)


def _common(found: Sequence[str | int], wanted: Sequence[str | int]) -> int:
    """Return how deep a path leads towards the wanted one; 0 when it leads elsewhere."""
    if len(found) > len(wanted) or tuple(wanted[: len(found)]) != tuple(found):
        return 0
    return len(found)
