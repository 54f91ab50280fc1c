"""Turns declared steps into functions of a message.

In: a step, the flow's files. Out: a function that returns the changed message, or refuses it with a
code. Refuses to know: what comes before and after. A step that raises says its kind of error and
never its text: the text may hold what the message held.
"""

from __future__ import annotations

import csv
import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import Any

import jinja2
import jinja2.sandbox

from suture.core.refusal import MisconfiguredError, RefusalError
from suture.documents.exchange import convert
from suture.documents.partner import Addressing
from suture.formats.hl7v2 import Message
from suture.orchestration.flows.bundle import Bundle
from suture.orchestration.flows.subject import Subject
from suture.orchestration.flows.table import Lookup, Step


@dataclass(frozen=True, slots=True)
class Setting:
    """What a step may know beside the message."""

    at: datetime
    """Business time of the message's arrival."""
    number: int = 1
    """Control number of an interchange that is written."""


Applied = Callable[[Subject, Setting], Subject]


def compiled(step: Step, bundle: Bundle) -> Applied:
    """Return what a step does.

    Raises MisconfiguredError `flow.step-unknown`, `flow.table-missing`, `flow.table-invalid`,
    `flow.template-missing`, `flow.template-invalid`.
    """
    match step.kind:
        case "call":
            return _called(load_function(step.call, bundle))
        case "set":
            return _setting(step.set)
        case "copy":
            return _copying(step.copy_from)
        case "remove":
            return _removing(step.remove)
        case "lookup":
            assert step.lookup is not None, "its kind says so"
            return _looking_up(step.lookup, read_table(step.lookup.table, bundle))
        case "template":
            return _templated(read_template(step.template, bundle))
    return _converting(step)


def guarded(number: int, step: Step, apply: Applied) -> Applied:
    """Return a step whose failure is a refusal that names the step, and nothing of the message."""

    def run(subject: Subject, setting: Setting) -> Subject:
        try:
            made = apply(subject, setting)
        except RefusalError as refusal:
            note = f"step {number} ({step.kind}): {refusal.text}"
            raise RefusalError(refusal.code, note, path=refusal.path) from None
        except Exception as error:  # noqa: BLE001 - a user's function may raise anything
            note = f"step {number} ({step.kind}) raised {type(error).__name__}"
            raise RefusalError("flow.step-failed", note) from None
        return made

    return run


# ---- functions


def load_function(name: str, bundle: Bundle) -> Callable[[Any], Any]:
    """Return `module:function`, or a function of the flow's own `steps.py`.

    Raises MisconfiguredError `flow.step-unknown` with what is missing.
    """
    module_name, colon, function = name.rpartition(":")
    module = _imported(module_name) if colon else _own_module(bundle)
    found = getattr(module, function, None)
    if not callable(found):
        where = module_name or "steps.py"
        raise MisconfiguredError("flow.step-unknown", f"{where} has no function {function}")
    return found  # type: ignore[no-any-return]


def _imported(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        missing = error.name or name
        raise MisconfiguredError("flow.step-unknown", f"no module {missing}") from None


def _own_module(bundle: Bundle) -> ModuleType:
    path = bundle.folder / "steps.py"
    if "steps.py" not in bundle.files:
        raise MisconfiguredError("flow.step-unknown", "the flow has no steps.py")
    name = f"suture_flow_{bundle.name.replace('-', '_')}_{bundle.version}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None, "a path to a Python file"
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # noqa: BLE001 - a user's module may raise anything
        note = f"steps.py cannot be imported: {type(error).__name__}"
        raise MisconfiguredError("flow.step-unknown", note) from None
    return module


def _called(function: Callable[[Any], Any]) -> Applied:
    def apply(subject: Subject, setting: Setting) -> Subject:
        if subject.format == "hl7v2":
            made = function(subject.message)
            if not isinstance(made, Message):
                raise RefusalError("flow.step-result", "the function must return the message")
            return subject if made is subject.message else Subject.of(made)
        content = function(subject.content)
        if not isinstance(content, bytes):
            raise RefusalError("flow.step-result", "the function must return bytes")
        return Subject(subject.format, content)

    return apply


# ---- fields


def _setting(values: dict[str, str]) -> Applied:
    def apply(subject: Subject, setting: Setting) -> Subject:
        message = subject.message
        for path, value in values.items():
            message = message.set(path, value)
        return Subject.of(message)

    return apply


def _copying(paths: dict[str, str]) -> Applied:
    def apply(subject: Subject, setting: Setting) -> Subject:
        message = subject.message
        for target, source in paths.items():
            message = message.set(target, subject.message.get(source))
        return Subject.of(message)

    return apply


def _removing(paths: tuple[str, ...]) -> Applied:
    def apply(subject: Subject, setting: Setting) -> Subject:
        message = subject.message
        for path in paths:
            message = message.set(path, "") if "-" in path else message.without(path)
        return Subject.of(message)

    return apply


# ---- tables


def read_table(name: str, bundle: Bundle) -> dict[str, str]:
    """Return a table of the flow; the first row is its heading.

    Raises MisconfiguredError `flow.table-missing` or `flow.table-invalid` with the row.
    """
    text = bundle.text(f"tables/{name}.csv")
    if text is None:
        raise MisconfiguredError("flow.table-missing", f"there is no tables/{name}.csv")
    table: dict[str, str] = {}
    for number, row in enumerate(csv.reader(text.splitlines()), 1):
        if number == 1 or not row:
            continue
        if len(row) != 2 or row[0] in table:
            note = f"tables/{name}.csv row {number}: two columns, each first value once"
            raise MisconfiguredError("flow.table-invalid", note)
        table[row[0]] = row[1]
    return table


def _looking_up(lookup: Lookup, table: dict[str, str]) -> Applied:
    def apply(subject: Subject, setting: Setting) -> Subject:
        value = subject.get(lookup.field)
        found = table.get(value, lookup.otherwise)
        if found is None:
            if lookup.keep or not value:
                return subject
            note = f"the table {lookup.table} has nothing for it"
            raise RefusalError("flow.lookup-unknown", note, path=lookup.field)
        return Subject.of(subject.message.set(lookup.field, found))

    return apply


# ---- templates


def read_template(name: str, bundle: Bundle) -> jinja2.Template:
    """Return a template of the flow; it may include others of the flow, and reach nothing else.

    Raises MisconfiguredError `flow.template-missing` or `flow.template-invalid` with the line.
    """
    texts = {
        path.removeprefix("templates/"): data.decode("utf-8", "replace")
        for path, data in bundle.files.items()
        if path.startswith("templates/")
    }
    room = jinja2.sandbox.SandboxedEnvironment(
        loader=jinja2.DictLoader(texts),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # HL7 v2 and EDI, not HTML
    )
    try:
        return room.get_template(name)
    except jinja2.TemplateNotFound:
        raise MisconfiguredError("flow.template-missing", f"there is no templates/{name}") from None
    except jinja2.TemplateSyntaxError as error:
        note = f"templates/{name} line {error.lineno}: it is no Jinja template"
        raise MisconfiguredError("flow.template-invalid", note) from None


def _templated(template: jinja2.Template) -> Applied:
    def apply(subject: Subject, setting: Setting) -> Subject:
        text = template.render(
            get=subject.get, trigger=subject.trigger, at=setting.at, number=setting.number
        )
        if subject.format == "hl7v2":
            text = "\r".join(line for line in text.splitlines() if line) + "\r"
        return Subject(subject.format, text.encode())

    return apply


# ---- other standards


def _converting(step: Step) -> Applied:
    def apply(subject: Subject, setting: Setting) -> Subject:
        addressing = Addressing(
            sender=step.sender,
            receiver=step.receiver,
            control=setting.number,
            at=setting.at,
            is_test=False,
        )
        made = convert(subject.content, None, step.convert, addressing)
        return Subject(step.convert, made.data, (*subject.losses, *made.problems))

    return apply
