"""Runs the tests that lie beside a flow: a message in, and what each destination gets.

In: a sound flow and the files under `tests/`. Out: per case what differs. Refuses to know: a
running hub. A case is a folder with `in.*`, one `out.DESTINATION.*` for each destination that gets
it, and perhaps a `case.toml`: `filtered = true`, `refused = "code"`, `ignore = ["MSH-7"]`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from suture.core.refusal import MisconfiguredError, RefusalError
from suture.formats.outline import Change, differences, read_all
from suture.formats.outline.node import Node
from suture.orchestration.flows.perform import Flow, Performed, perform
from suture.orchestration.flows.steps import Setting
from suture.orchestration.flows.subject import identity

AT = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
"""When every test message arrives."""
_KEYS = frozenset({"filtered", "refused", "ignore"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one case showed."""

    case: str
    differences: tuple[str, ...] = ()
    """Empty when the case holds."""

    @property
    def holds(self) -> bool:
        """Whether the flow does what the case says."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Case:
    """The files of one case."""

    name: str
    content: bytes
    outputs: dict[str, tuple[str, bytes]]
    """Destination -> file and content."""
    settings: dict[str, Any]


def cases(flow: Flow) -> Iterator[Case]:
    """Yield the cases beside a flow, by name.

    Raises MisconfiguredError `flow.test-invalid` for a `case.toml` with an unknown entry.
    """
    folders: dict[str, dict[str, bytes]] = {}
    for name, data in flow.bundle.files.items():
        path = PurePosixPath(name)
        if len(path.parts) == 3 and path.parts[0] == "tests":
            folders.setdefault(path.parts[1], {})[path.name] = data
    for folder, files in sorted(folders.items()):
        inputs = [data for name, data in files.items() if name.startswith("in.")]
        if len(inputs) != 1:
            note = f"tests/{folder} needs one file in.*"
            raise MisconfiguredError("flow.test-invalid", note)
        outputs = {
            name.split(".")[1]: (name, data)
            for name, data in files.items()
            if name.startswith("out.")
        }
        yield Case(folder, inputs[0], outputs, _settings(folder, files.get("case.toml", b"")))


def _settings(folder: str, data: bytes) -> dict[str, Any]:
    try:
        found = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise MisconfiguredError(
            "flow.test-invalid", f"tests/{folder}/case.toml is no TOML"
        ) from None
    unknown = sorted(set(found) - _KEYS)
    if unknown:
        note = f"tests/{folder}/case.toml has unknown entries: {', '.join(unknown)}"
        raise MisconfiguredError("flow.test-invalid", note)
    return found


def prove(flow: Flow) -> list[Verdict]:
    """Run every case of a flow."""
    return [Verdict(case.name, tuple(_differences(flow, case))) for case in cases(flow)]


def produced(flow: Flow, case: Case) -> Performed | RefusalError:
    """Return what the flow makes of a case's message, or why it refuses it."""
    try:
        identity(flow.declared.format, case.content)
        return perform(flow, case.content, Setting(AT))
    except RefusalError as refusal:
        return refusal


def written(flow: Flow) -> dict[str, bytes]:
    """Return the expected files as the flow makes them now, for a person to read and keep."""
    files: dict[str, bytes] = {}
    for case in cases(flow):
        made = produced(flow, case)
        lines = [f'ignore = ["{each}"]' for each in case.settings.get("ignore", [])]
        if isinstance(made, RefusalError):
            lines.append(f'refused = "{made.code}"')
        elif made.is_filtered:
            lines.append("filtered = true")
        else:
            suffix = "hl7" if flow.declared.format == "hl7v2" else "txt"
            for sent in made.sent:
                known = case.outputs.get(sent.destination, (f"out.{sent.destination}.{suffix}",))
                files[f"tests/{case.name}/{known[0]}"] = sent.content
        if lines:
            files[f"tests/{case.name}/case.toml"] = ("\n".join(lines) + "\n").encode()
    return files


def _differences(flow: Flow, case: Case) -> Iterator[str]:
    made = produced(flow, case)
    wanted = case.settings.get("refused", "")
    if isinstance(made, RefusalError):
        if made.code != wanted:
            place = f" at {made.path}" if made.path else ""
            yield f"refused with {made.code}{place}: {made.text}"
        return
    if wanted:
        yield f"not refused; {wanted} was expected"
        return
    if made.is_filtered != bool(case.settings.get("filtered", False)):
        yield "filtered" if made.is_filtered else "not filtered"
        return
    sent = {each.destination: each.content for each in made.sent}
    for name in sorted(set(case.outputs) - set(sent)):
        yield f"nothing goes to {name}"
    for name in sorted(set(sent) - set(case.outputs)):
        yield f"{name} gets a message, and there is no out.{name}.*"
    ignored = tuple(case.settings.get("ignore", ()))
    for name in sorted(set(sent) & set(case.outputs)):
        for said in compared(case.outputs[name][1], sent[name], ignored):
            yield f"{name}: {said}"


def compared(expected: bytes, made: bytes, ignored: tuple[str, ...] = ()) -> list[str]:
    """Return how two contents differ, by path where they are of a known format."""
    if expected == made:
        return []
    trees = []
    for data in (expected, made):
        try:
            trees.append(Node("file", children=tuple(x.tree for x in read_all(data))))
        except RefusalError:
            return ["the bytes differ"]
    found = [
        change
        for change in differences(*trees)
        if not any(fnmatchcase(change.path.replace("[1]", ""), each) for each in ignored)
    ]
    if found:
        return [said(change) for change in found]
    # A person's editor changes line ends and adds a last one; the message says the same.
    return [] if ignored or _lines(expected) == _lines(made) else ["the same fields, other bytes"]


def _lines(data: bytes) -> list[bytes]:
    return [line for line in data.splitlines() if line]


def said(change: Change) -> str:
    """Return a difference as one line."""
    match change.kind:
        case "added":
            return f"+ {change.path}: {change.after}"
        case "removed":
            return f"- {change.path}: {change.before}"
    return f"~ {change.path}: {change.before} -> {change.after}"
