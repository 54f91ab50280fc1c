"""Says what is wrong with flows, with file, line and what to do, before any of them runs.

In: the files of flows. Out: findings, and the flows that are sound. Refuses to know: what runs now;
a flow with an error is never given to run.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import get_args

from pydantic import ValidationError

from suture.core.refusal import MisconfiguredError, RefusalError
from suture.formats.hl7v2.path import parse_path
from suture.orchestration.flows.bundle import FLOW_FILE, Bundle
from suture.orchestration.flows.connectors.flow import FlowDestination
from suture.orchestration.flows.declaration import DESTINATIONS, SOURCES, Declared
from suture.orchestration.flows.finding import Finding, line_of
from suture.orchestration.flows.perform import NO_ORDER, PERFORM, RECEIPTS, Flow, build
from suture.orchestration.flows.steps import compiled
from suture.orchestration.flows.subject import TRIGGER, Subject
from suture.orchestration.flows.table import (
    NAME,
    Condition,
    DestinationTable,
    Place,
    SourceTable,
    Step,
    Table,
)
from suture.orchestration.flows.timing import contradictions

_SECRET_KEY = re.compile(r"(?i)^[\"']?[\w-]*(password|passwd|secret|token|api[_-]?key)[\"']?\s*=")
_SECRET_TEXT = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")


def _tables(table: type[Table]) -> Iterator[type[Table]]:
    """Yield every kind of table there is."""
    for kind in table.__subclasses__():
        yield kind
        yield from _tables(kind)


_CONNECTORS = frozenset(
    str(get_args(kind.model_fields["connector"].annotation)[0])
    for kind in (*SOURCES, *DESTINATIONS)
)
_KNOWN_KEYS = sorted(
    {info.alias or name for kind in _tables(Table) for name, info in kind.model_fields.items()}
)

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Linted:
    """What a check of flows found."""

    flows: tuple[Flow, ...]
    """Those that are sound by themselves and together."""
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong; warnings do not count."""
        return all(found.is_warning for found in self.findings)


@dataclass(slots=True)
class _Check:
    """The findings of one flow, and where its entries stand."""

    bundle: Bundle
    text: str
    found: list[Finding] = field(default_factory=list)

    @property
    def file(self) -> str:
        return str(PurePosixPath(self.bundle.name, FLOW_FILE))

    def state(
        self, code: str, loc: Loc, text: str, suggestion: str = "", *, is_warning: bool = False
    ) -> None:
        line = line_of(self.text, loc) if loc else 0
        self.found.append(Finding(code, self.file, line, text, suggestion, is_warning))

    @property
    def is_bad(self) -> bool:
        return any(not each.is_warning for each in self.found)


def lint(bundles: Sequence[Bundle], known: Mapping[Bundle, Flow] | None = None) -> Linted:
    """Check flows one by one and together.

    `known` are flows found sound before: they are checked again only together with the others.
    """
    checks = [_Check(bundle, bundle.text(FLOW_FILE) or "") for bundle in bundles]
    before = known or {}
    made = {check.bundle.name: before.get(check.bundle) or _one(check) for check in checks}
    together = {name: flow.declared for name, flow in made.items() if flow is not None}
    for check in checks:
        if made[check.bundle.name] is not None:
            _links(check, together)
    _shared(checks, together)
    flows = tuple(
        flow
        for check in checks
        if not check.is_bad and (flow := made[check.bundle.name]) is not None
    )
    return Linted(flows, tuple(each for check in checks for each in check.found))


def _one(check: _Check) -> Flow | None:
    bundle = check.bundle
    if re.match(NAME, bundle.name) is None:
        check.state("flow.name", (), "name the folder in small letters, digits and hyphens")
    _secrets(check)
    declared = _declared(check)
    if declared is None:
        return None
    _paths(check, declared)
    _addresses(check, declared)
    names = [each.name for each in declared.destination]
    for number, name in enumerate(names):
        if name in names[:number] or name in (PERFORM, RECEIPTS):
            note = (
                f"{name} is the hub's own"
                if name in (PERFORM, RECEIPTS)
                else f"{name} is there twice"
            )
            check.state("flow.destination-repeated", ("destination", number, "name"), note)
    for loc, step in _steps(declared):
        try:
            compiled(step, bundle)
        except MisconfiguredError as error:
            check.state(error.code, (*loc, step.kind), error.text, _similar_step(step, bundle))
    if check.is_bad:
        return None
    _tests(check, declared)
    return None if check.is_bad else build(bundle, declared)


# ---- the file


def _declared(check: _Check) -> Declared | None:
    try:
        table = tomllib.loads(check.text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else 0
        note = str(error).partition("(")[0].strip()
        check.found.append(Finding("flow.syntax", check.file, line, note))
        return None
    try:
        return Declared.model_validate(table)
    except ValidationError as invalid:
        listed = invalid.errors(include_url=False, include_input=False)[:50]
        for each in listed:
            if each["type"] == "too_short" and len(listed) > 1:
                continue  # its entries are there, and are what is wrong
            _invalid(check, each["type"], each["loc"], each["msg"])
        return None


def _invalid(check: _Check, kind: str, loc: Loc, message: str) -> None:
    # Pydantic names the variant of a union inside the path; the file does not.
    plain = tuple(part for part in loc if part not in _CONNECTORS or part == loc[-1])
    name = str(plain[-1]) if plain else ""
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(name, _KNOWN_KEYS, 1, 0.6)
        hint = f"did you mean {near[0]}?" if near else "see docs/flows.md for the entries"
        check.state("flow.unknown-key", plain, f"{name} is no entry here", hint)
        return
    where = ".".join(str(part) for part in plain)
    if kind == "missing":
        check.state("flow.invalid", plain[:-1] or plain, f"{where} is missing", f"add {name}")
        return
    hint = f"write [[{name}]] for each, or a list" if kind == "tuple_type" else ""
    said = "there may be several" if hint else message.removeprefix("Value error, ")
    check.state("flow.invalid", plain, f"{where}: {said}", hint)


def _secrets(check: _Check) -> None:
    for name, data in check.bundle.files.items():
        text = data.decode("utf-8", "replace")
        file = str(PurePosixPath(check.bundle.name, name))
        for number, line in enumerate(text.splitlines(), 1):
            is_key = name.endswith(".toml") and _SECRET_KEY.match(line.strip()) is not None
            if is_key or _SECRET_TEXT.search(line):
                hint = "name a file of mode 0600 instead"
                note = "a secret must not stand in a flow"
                check.found.append(Finding("flow.secret", file, number, note, hint))


# ---- entries


def _steps(declared: Declared) -> Iterator[tuple[Loc, Step]]:
    for number, step in enumerate(declared.step):
        yield ("step", number), step
    for place, destination in enumerate(declared.destination):
        for number, step in enumerate(destination.step):
            yield ("destination", place, "step", number), step


def _paths(check: _Check, declared: Declared) -> None:
    """State every path that HL7 v2 has not, and paths where the format has none."""
    if declared.format == "hl7v2" and declared.order_by != NO_ORDER:
        _path(check, ("order_by",), declared.order_by)
    for name, path in declared.index.items():
        if declared.format == "hl7v2" or path == TRIGGER:
            _condition(check, declared, ("index", name), Condition(path=path, present=True))
        else:
            note = f"{declared.format} has one path here: trigger"
            check.state("flow.format", ("index", name), note)
    for name in ("filter", "stat"):
        for number, condition in enumerate(getattr(declared, name)):
            _condition(check, declared, (name, number, "path"), condition)
    for place, destination in enumerate(declared.destination):
        for number, condition in enumerate(destination.when):
            _condition(check, declared, ("destination", place, "when", number, "path"), condition)
    for loc, step in _steps(declared):
        paths = [*step.set, *step.copy_from, *step.copy_from.values()]
        paths += [path for path in step.remove if "-" in path]
        paths += [step.lookup.field] if step.lookup is not None else []
        if declared.format != "hl7v2" and step.kind in ("set", "copy", "remove", "lookup"):
            note = f"{step.kind} works on HL7 v2; {declared.format} has no paths here"
            check.state("flow.format", (*loc, step.kind), note, "use call, template or convert")
            continue
        for path in paths:
            _path(check, (*loc, step.kind), path)


def _condition(check: _Check, declared: Declared, loc: Loc, condition: Condition) -> None:
    if condition.path == TRIGGER:
        return
    if declared.format != "hl7v2":
        note = f"{declared.format} has one path here: trigger"
        check.state("flow.format", loc, note)
        return
    _path(check, loc, condition.path)


def _path(check: _Check, loc: Loc, path: str) -> None:
    try:
        parse_path(path)
    except ValueError:
        check.state("flow.path", loc, "this is no path of HL7 v2", "write it like PID-3.1")


def _addresses(check: _Check, declared: Declared) -> None:
    """State ends that do not carry the format, and what their entries show to be wrong."""
    ends: list[tuple[Loc, SourceTable | DestinationTable]] = [(("source",), declared.source)]
    ends += [(("destination", n), each) for n, each in enumerate(declared.destination)]
    for loc, end in ends:
        if end.carries and declared.format not in end.carries:
            note = f"{end.connector.upper()} carries {' and '.join(sorted(end.carries))}"
            check.state("flow.format", (*loc, "connector"), note, "use files")
        for code, entry, text in end.wrong():
            check.state(code, (*loc, entry), text)
    for where, text, hint in contradictions(declared):
        check.state("flow.timing", where, text, hint)


def _similar_step(step: Step, bundle: Bundle) -> str:
    if step.kind == "call":
        own = re.findall(r"^def (\w+)", bundle.text("steps.py") or "", re.MULTILINE)
        near = difflib.get_close_matches(step.call.rpartition(":")[2], own, 1, 0.5)
        return (
            f"did you mean {near[0]}?" if near else "write module:function, or add it to steps.py"
        )
    if step.kind == "lookup":
        return "add the table, its first row being a heading"
    return "add the template" if step.kind == "template" else ""


def _tests(check: _Check, declared: Declared) -> None:
    """State a flow without tests, and an ordering key that no test message has."""
    inputs = [
        data
        for name, data in check.bundle.files.items()
        if name.startswith("tests/") and PurePosixPath(name).name.startswith("in.")
    ]
    if not inputs:
        note = "there is no test beside the flow"
        hint = "put a message into tests/NAME/in.hl7 and run suture flow test --write"
        check.state("flow.no-test", (), note, hint, is_warning=True)
        return
    if declared.order_by == NO_ORDER or declared.format != "hl7v2":
        return
    if not any(_value(data, declared) for data in inputs):
        note = f"no test message has a value in {declared.order_by}"
        hint = 'choose a field that is there, or order_by = "none"'
        check.state("flow.order-never-present", ("order_by",), note, hint)


def _value(data: bytes, declared: Declared) -> str:
    try:
        return Subject(declared.format, data).get(declared.order_by)
    except RefusalError:
        return ""


# ---- several flows


def _links(check: _Check, every: dict[str, Declared]) -> None:
    """State destinations that lead nowhere, and circles."""
    for number, destination in enumerate(every[check.bundle.name].destination):
        if not isinstance(destination, FlowDestination):
            continue
        target = every.get(destination.flow)
        loc = ("destination", number, "flow")
        if target is None or target.source.connector != "flow":
            near = difflib.get_close_matches(destination.flow, sorted(every), 1, 0.6)
            hint = f"did you mean {near[0]}?" if near else 'its source must be connector = "flow"'
            check.state("flow.destination-unknown", loc, f"no such flow: {destination.flow}", hint)
    circle = _circle(check.bundle.name, every)
    if circle:
        check.state("flow.cycle", ("destination", 0), " -> ".join(circle), "take one link out")


def _targets(name: str, every: dict[str, Declared]) -> Iterator[str]:
    """Yield the flows that a flow's destinations reach: by name, or at a flow's own address."""
    places: dict[Place | None, str] = {
        declared.source.place(other): other for other, declared in every.items()
    }
    for destination in every[name].destination:
        place = destination.place()
        if place is not None and place in places:
            yield places[place]


def _circle(start: str, every: dict[str, Declared]) -> list[str]:
    """Return the shortest way from a flow back to itself, empty when there is none."""
    ways: list[list[str]] = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        for target in _targets(way[-1], every):
            if target == start:
                return [*way, start]
            if target not in seen:
                seen.add(target)
                ways.append([*way, target])
    return []


def _shared(checks: Iterable[_Check], every: dict[str, Declared]) -> None:
    """State sources that two flows share."""
    taken: dict[Place, str] = {}
    for check in checks:
        declared = every.get(check.bundle.name)
        if declared is None:
            continue
        place = declared.source.place(check.bundle.name)
        if place is None:
            continue
        if place in taken:
            note = f"{taken[place]} takes messages at this {place[0]} too"
            check.state("flow.endpoint-shared", ("source", place[0]), note)
        taken.setdefault(place, check.bundle.name)
