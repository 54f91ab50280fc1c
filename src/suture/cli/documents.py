"""`suture inspect`, `validate`, `diff`, `convert`: a file of any format, for a person or a script.

In: paths. Out: lines or JSON on the terminal, exit codes: 0 nothing wrong or no difference, 1
something is, 2 the file or the call cannot be used. Refuses to know: the formats. What is printed
is the document: it may hold patient data, and goes nowhere but to the terminal that asked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.documents.exchange import convert_all
from suture.documents.partner import Addressing
from suture.formats.outline import Change, Node, Opened, check, differences, read_all

FILE_BYTES_MAX = 256 * 1024 * 1024
"""Largest file read as a whole; larger ones belong to the streaming readers."""
COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


def load(path: Path) -> bytes:
    """Return a file's bytes; raises RefusalError `file.too-large`."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise RefusalError("file.too-large", f"at most {FILE_BYTES_MAX // 2**20} MiB are read")
    return path.read_bytes()


def inspect(path: Path, format: str, *, as_json: bool, lines_max: int) -> int:
    """Print the tree of every document of a file, each problem below the node it is about."""
    documents = list(read_all(load(path), format))
    if as_json:
        click.echo(json.dumps([_as_dict(each, each.problems) for each in documents], indent=2))
    else:
        for each in documents:
            _print(_tree(each), lines_max)
    return _exit(p for each in documents for p in each.problems)


def validate(
    paths: Iterable[Path], format: str, profile: Path | None, dtd: Path | None, *, as_json: bool
) -> int:
    """Print every problem of every document of the files; 1 when one is an error."""
    agreed = profile.read_bytes() if profile else None
    rules = dtd.read_bytes() if dtd else None
    found: list[dict[str, Any]] = []
    all_problems: list[Problem] = []
    for path in paths:
        for number, each in enumerate(read_all(load(path), format), 1):
            problems = check(each, agreed, dtd=rules)
            all_problems += problems
            found.append(
                {"file": str(path), "number": number, **_as_dict(each, problems, tree=False)}
            )
            if not as_json:
                _tell(path, each, problems)
    if as_json:
        click.echo(json.dumps(found, indent=2))
    return _exit(all_problems)


def _tell(path: Path, opened: Opened, problems: list[Problem]) -> None:
    errors = sum(p.severity is Severity.ERROR for p in problems)
    warnings = sum(p.severity is Severity.WARNING for p in problems)
    verdict = f"{errors} errors, {warnings} warnings" if problems else "no problem"
    click.echo(f"{path.name}: {opened.format} {opened.title}: {verdict}")
    for problem in problems:
        click.echo("  " + _said(problem))


def diff(before: Path, after: Path, format: str, ignored: tuple[str, ...], *, as_json: bool) -> int:
    """Print what is different in meaning: 1 when something is.

    Delimiters, line ends, white space of markup, attribute and member order are no difference.
    """
    changes = [
        c for c in _changes(before, after, format) if not any(_is_at(c.path, at) for at in ignored)
    ]
    if as_json:
        rows = [
            {"kind": c.kind, "path": c.path, "before": c.before, "after": c.after} for c in changes
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        for change in changes:
            click.echo(_shown(change))
    return 1 if changes else 0


def _is_at(path: str, pattern: str) -> bool:
    """Return whether a pattern names a path, with or without the number of its segment."""
    return fnmatchcase(path, pattern) or fnmatchcase(path.replace("[1]", ""), pattern)


def _changes(before: Path, after: Path, format: str) -> Iterator[Change]:
    old, new = (list(read_all(load(path), format)) for path in (before, after))
    if old and new and old[0].format != new[0].format:
        text = (
            f"{before.name} is {old[0].format}, {after.name} is {new[0].format}: convert one first"
        )
        raise RefusalError("diff.formats", text)
    yield from differences(
        Node("file", children=tuple(x.tree for x in old)),
        Node("file", children=tuple(x.tree for x in new)),
    )


def _shown(change: Change) -> str:
    match change.kind:
        case "added":
            return click.style(f"+ {change.path}: {change.after}", fg="green")
        case "removed":
            return click.style(f"- {change.path}: {change.before}", fg="red")
    return f"~ {change.path}: {change.before} -> {change.after}"


# ---- shapes


def _exit(problems: Iterable[Problem]) -> int:
    return 1 if any(p.severity is Severity.ERROR for p in problems) else 0


def _said(problem: Problem) -> str:
    colour = COLOURS[problem.severity]
    return click.style(f"{problem.severity.value}: {problem.describe()}", fg=colour)


def _as_dict(opened: Opened, problems: Iterable[Problem], *, tree: bool = True) -> dict[str, Any]:
    shown: dict[str, Any] = {"format": opened.format, "title": opened.title}
    shown["problems"] = [
        {
            "code": p.code,
            "severity": p.severity.value,
            "text": p.text,
            "path": p.path,
            "offset": p.offset,
            "clause": p.clause,
            "permitted_by": p.permitted_by,
        }
        for p in problems
    ]
    if tree:
        shown["tree"] = _node_dict(opened.tree)
    return shown


def _node_dict(node: Node) -> dict[str, Any]:
    shown: dict[str, Any] = {"label": node.label}
    for key, value in (("name", node.name), ("path", node.path), ("value", node.value)):
        if value:
            shown[key] = value
    if node.children:
        shown["children"] = [_node_dict(child) for child in node.children]
    return shown


def _print(lines: Iterator[str], lines_max: int) -> None:
    for number, line in enumerate(lines):
        if lines_max and number >= lines_max:
            click.echo("... more lines; --lines 0 shows all")
            return
        click.echo(line)


def _tree(opened: Opened) -> Iterator[str]:
    yield click.style(f"{opened.format}: {opened.title}", bold=True)
    waiting = _by_path(opened)
    yield from _lines(opened.tree, 1, waiting)
    for rest in waiting.values():
        yield from (f"  {_said(problem)}" for problem in rest)


def _by_path(opened: Opened) -> dict[str, list[Problem]]:
    """Return the problems by the path of the node they are shown under; the rest under none."""
    places = {_plain(node.path) for node in opened.tree.walk() if node.path}
    found: dict[str, list[Problem]] = {}
    for problem in opened.problems:
        path = _plain(problem.path)
        found.setdefault(path if path in places else "", []).append(problem)
    return found


def _plain(path: str) -> str:
    return path.replace("[1]", "")


def _lines(node: Node, depth: int, waiting: dict[str, list[Problem]]) -> Iterator[str]:
    indent = "  " * depth
    name = click.style(f" ({node.name})", dim=True) if node.name else ""
    label = click.style(node.label, fg="blue")
    yield f"{indent}{label}{name}" + (f" {node.value}" if node.value else "")
    if node.path:
        for problem in waiting.pop(_plain(node.path), []):
            yield f"{indent}  {_said(problem)}"
    for child in node.children:
        yield from _lines(child, depth + 1, waiting)


# ---- convert


def convert(path: Path, target: str, addressing: Addressing, out: Path | None) -> int:
    """Write every document of a file in another standard; what is lost goes to standard error.

    0 when everything is carried, 1 when something is not (each field is named).
    """
    made = convert_all(load(path), None, target, addressing)
    content = b"\n".join(each.data for each in made)
    if out is None:
        sys.stdout.buffer.write(content)
    else:
        out.write_bytes(content)
    lost = [problem for each in made for problem in each.problems]
    for problem in lost:
        click.echo(_said(problem), err=True)
    said = f"{len(made)} {made[0].kind} from {made[0].source} to {made[0].target}"
    click.echo(f"{said}; {len(lost)} fields not carried" if lost else said, err=True)
    return 1 if lost else 0
