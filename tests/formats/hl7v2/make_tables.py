"""Writes the structure tables of the package from the tables of hl7apy (MIT).

In: hl7apy, installed. Out: one text file per version below `src/suture/formats/hl7v2/tables`,
holding what changes from the version before. Taken are facts alone: names of segments, structures
and types, order, optionality, repetition, table numbers, codes. No prose, no group or field names.
Run as `python tests/formats/hl7v2/make_tables.py`; a test compares the files with its output.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parents[3] / "src/suture/formats/hl7v2/tables"
VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.8", "2.8.1")
VERSIONS += ("2.8.2",)
HOUSE_TABLES = """
    0008 0017 0038 0061 0065 0070 0080 0085 0091 0103 0106 0119 0121 0122 0123 0136 0148 0155
    0159 0160 0174 0177 0178 0179 0180 0181 0185 0190 0191 0200 0202 0206 0207 0224 0225 0227
    0277 0278 0279 0280 0281 0323 0356 0391 0394 0465 0472 0482 0516 0529
"""
"""HL7-defined tables of the fields the house reads or writes; 0125 is the list of types itself."""
ROUNDS = {(0, 1): "?", (1, 1): "", (0, -1): "*", (1, -1): "+"}
"""Cardinality -> sign, as in a regular expression; `{0,3}` for others."""


def sign(cardinality: Sequence[int]) -> str:
    """Return the sign of a cardinality of a segment or group."""
    low, high = cardinality
    if (low, high) == (0, 0):
        return "?"
    return ROUNDS.get((low, high), f"{{{low},{high}}}")


def structure(kind: str, members: Sequence[Any], groups: Mapping[str, Any], depth: int = 0) -> str:
    """Return the members of a structure or group as one expression."""
    parts = []
    for name, _, cardinality, what in members:
        if name.upper() == "ANYHL7SEGMENT":
            parts.append("any" + ("*" if cardinality[0] == 0 else "+"))
        elif what == "SEG":
            parts.append(name + sign(cardinality))
        elif depth < 12:
            inner_kind, inner, *_ = groups[name]
            inside = structure(inner_kind, inner, groups, depth + 1)
            # The library has groups without members where a version says "to be defined".
            parts += [f"({inside}){sign(cardinality)}"] if inside else []
    return ("|" if kind == "choice" else " ").join(parts)


def cell(reference: Any, cardinality: Sequence[int]) -> str:
    """Return type, `!` when required, `*` or `~n` when it repeats, `#nnnn` for its table."""
    text = str(reference[2] or "ST")
    low, high = cardinality
    if (low, high) == (0, 0):
        return "WD"
    text += "!" if low else ""
    text += "*" if high == -1 else f"~{high}" if high > 1 else ""
    table = reference[4] or ""
    return text + (f"#{table[-4:]}" if table else "")


def cells(members: Sequence[Any]) -> str:
    """Return the cells of a segment or type by number; `.` stands for a number left out."""
    found = {int(one[0].rpartition("_")[2]): cell(one[1], one[2]) for one in members}
    return " ".join(found.get(number, ".") for number in range(1, max(found, default=0) + 1))


def lines(version: str) -> dict[str, str]:
    """Return every line of one version by its key."""
    at = "hl7apy.v" + version.replace(".", "_")
    messages = importlib.import_module(at + ".messages").MESSAGES
    groups = importlib.import_module(at + ".groups").GROUPS
    segments = importlib.import_module(at + ".segments").SEGMENTS
    types = importlib.import_module(at + ".datatypes").DATATYPES_STRUCTS
    found: dict[str, str] = {}
    for name, (kind, members, *_) in messages.items():
        found[f"M {name}"] = structure(kind, members, groups)
    for name, (*_, members) in segments.items():
        if len(name) == 3 and name.isupper():
            # The library has one wrong row in 2.1: it has no cardinality to read.
            sound = [one for one in members if len(one) > 3 and isinstance(one[2], tuple)]
            found |= {f"S {name}": cells(sound)} if sound else {}
    for name, members in types.items():
        found[f"D {name}"] = cells(members)
    try:
        tables = importlib.import_module(at + ".tables").TABLES
    except ImportError:
        tables = {}
    for number in HOUSE_TABLES.split():
        codes = tables.get(f"HL7{number}", ("", ()))[1]
        known = sorted({code for code in codes if code and " " not in code and "..." not in code})
        if known:
            found[f"T {number}"] = " ".join(known)
    # A structure equal to the first of its family is said once: SIU_S13 is SIU_S12.
    return shared(found)


def shared(found: dict[str, str]) -> dict[str, str]:
    """Return the lines with each structure that equals an earlier one as `= NAME`."""
    first: dict[tuple[str, str], str] = {}
    made = {}
    for key in sorted(found):
        body = found[key]
        if key.startswith("M "):
            family = (key[2:].partition("_")[0], body)
            if family in first:
                body = f"= {first[family]}"
            else:
                first[family] = key[2:]
        made[key] = body
    return made


def changed(before: dict[str, str], after: dict[str, str]) -> str:
    """Return what `after` has otherwise than `before`, line by line."""
    gone = [f"- {key}" for key in sorted(before) if key not in after]
    new = [f"{key} {body}".rstrip() for key, body in after.items() if before.get(key) != body]
    return "\n".join([*gone, *new]) + "\n"


def files() -> dict[str, str]:
    """Return the text of each file by its name."""
    made = {}
    before: dict[str, str] = {}
    for version in VERSIONS:
        after = lines(version)
        made[f"{version}.txt"] = changed(before, after)
        before = after
    return made


if __name__ == "__main__":
    for name, text in files().items():
        (TARGET / name).write_text(text, encoding="ascii")
