"""Declares where the values of a view stand, and reads and writes views by that declaration.

In: dataclasses whose fields say their place with `at`, elements. Out: the same values from
elements, and elements from values. Refuses to know: which documents there are. One declaration
serves the reader, the writer and the check, so that they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Any, Final, TypeVar, cast

from lxml import etree

from suture.core.money import quantity_text
from suture.core.refusal import RefusalError
from suture.formats.cxml.document import Element
from suture.formats.cxml.read import Reading, text_at
from suture.formats.cxml.write import LANG, LANGUAGE, fit, instant_text

View = TypeVar("View")

_KEY: Final = "cxml"
_WITH_LANGUAGE: Final = frozenset({"Name", "Description", "Comments", "ShortName"})
"""Elements whose `xml:lang` the DTD wants."""
_FLAGS: Final = frozenset({"yes", "true"})


class Kind(StrEnum):
    """How a value is written."""

    TEXT = "text"
    WHOLE = "whole"
    """All text below an element, also that of its children (`Description/ShortName`)."""
    NUMBER = "number"
    QUANTITY = "quantity"
    LINE = "line"
    DAY = "day"
    MOMENT = "moment"
    FLAG = "flag"
    """True is `yes`, or the one value allowed; false is left out."""
    TEXTS = "texts"
    PAIRS = "pairs"
    """Named texts: `Extrinsic`, `Option`."""
    ONE = "one"
    MANY = "many"


_EMPTY: Final[dict[Kind, Any]] = {
    Kind.TEXT: "",
    Kind.WHOLE: "",
    Kind.LINE: "",
    Kind.FLAG: False,
    Kind.TEXTS: (),
    Kind.PAIRS: (),
    Kind.MANY: (),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where one value stands below the element of its view."""

    path: str
    """Children, the last part may be an attribute: `Total/Money/@currency`; `.` is the text."""
    kind: Kind
    is_required: bool = False
    allowed: frozenset[str] = frozenset()
    of: type | None = None


def at(
    path: str,
    kind: Kind = Kind.TEXT,
    *,
    required: bool = False,
    allowed: frozenset[str] = frozenset(),
    of: type | None = None,
) -> Any:
    """Return the dataclass field of the value at `path`.

    A required value has no default. The one list of views that gives `of` is `MANY`, one is `ONE`.
    """
    metadata = {_KEY: Place(path, kind, required, allowed, of)}
    if required and kind not in (Kind.MANY, Kind.TEXTS):
        return field(metadata=metadata)
    return field(default=_EMPTY.get(kind), metadata=metadata)


def places(view: type[Any]) -> dict[str, Place]:
    """Return field name -> place, in the order in which the elements are written."""
    return _places(cast(Hashable, view))


@cache
def _places(view: Hashable) -> dict[str, Place]:
    assert isinstance(view, type)
    return {one.name: one.metadata[_KEY] for one in fields(view) if _KEY in one.metadata}


# ---- reading


def read_view(read: Reading, element: Element, view: type[View]) -> View | None:
    """Return the view of `element`, or None when a value that it cannot do without is unreadable.

    What is missing or wrong is stated in `read`.
    """
    values: dict[str, Any] = {}
    is_whole = True
    for name, place in places(view).items():
        value = _value(read, element, place)
        if place.is_required and value in (None, "", ()):
            is_whole = False
        values[name] = value
    return view(**values) if is_whole else None


def _value(read: Reading, element: Element, place: Place) -> Any:
    below, needs = place.path, place.is_required
    match place.kind:
        case Kind.TEXT:
            return _text(read, element, place)
        case Kind.WHOLE:
            found = element.find(below)
            text = "" if found is None else " ".join("".join(map(str, found.itertext())).split())
            if needs and not text:
                read.required(element, below)
            return text
        case Kind.NUMBER:
            return read.number(element, below, is_required=needs)
        case Kind.QUANTITY:
            return read.quantity(element, below, is_required=needs)
        case Kind.LINE:
            return read.line(element, below, is_required=needs)
        case Kind.DAY:
            return read.day(element, below, is_required=needs)
        case Kind.MOMENT:
            if needs:
                read.required(element, below)
            return read.moment(element, below)
        case Kind.FLAG:
            return text_at(element, below).lower() in _FLAGS
        case _:
            return _values(read, element, place)


def _text(read: Reading, element: Element, place: Place) -> str:
    found = read.required(element, place.path) if place.is_required else ""
    found = found or text_at(element, place.path)
    if found and place.allowed and found not in place.allowed:
        read.state("cxml.value-unknown", element, place.path, "the value is not in its list")
    return found


def _values(read: Reading, element: Element, place: Place) -> Any:
    """Return the value of a place that holds elements: texts, pairs, one view, many views."""
    found = element.findall(place.path)
    if place.is_required and not found:
        read.state("cxml.value-missing", element, place.path, "a mandatory element is missing")
    if place.kind is Kind.TEXTS:
        return tuple(text for text in (text_at(one, ".") for one in found) if text)
    if place.kind is Kind.PAIRS:
        return tuple((text_at(one, "@name"), text_at(one, ".")) for one in found)
    assert place.of is not None
    views = [read_view(read, one, place.of) for one in found]
    if place.kind is Kind.ONE:
        return views[0] if views else None
    return tuple(view for view in views if view is not None)


# ---- writing


def write_view(element: Element, value: Any) -> None:
    """Write a view into its element, in the order of its fields; what is empty is left out.

    Raises RefusalError `cxml.value-missing`, `cxml.value-unknown`, `cxml.value-number` or
    `cxml.character`.
    """
    for name, place in places(type(value)).items():
        held = getattr(value, name)
        # By identity: a zero is equal to False, and is a value.
        if held is None or held is False or held == "" or held == ():
            if place.is_required:
                note = "a mandatory value is missing"
                raise RefusalError("cxml.value-missing", note, path=place.path)
            continue
        if place.kind is Kind.ONE:
            write_view(_reach(element, place.path), held)
        elif place.kind is Kind.MANY:
            for one in held:
                write_view(_reach(element, place.path, is_new=True), one)
        elif place.kind is Kind.TEXTS:
            for one in held:
                _put(_reach(element, place.path, is_new=True), "", one)
        elif place.kind is Kind.PAIRS:
            for key, text in held:
                made = _reach(element, place.path, is_new=True)
                made.set("name", fit(key))
                _put(made, "", text)
        else:
            path, _, attribute = _split(place.path)
            _put(_reach(element, path) if path else element, attribute, _written(place, held))


def _split(path: str) -> tuple[str, str, str]:
    """Return (children, "/@", attribute) of a path; a `@` within a condition is none of these."""
    head, mark, last = path.rpartition("@")
    if not mark or "]" in last:
        return ("" if path == "." else path), "", ""
    return head.rstrip("/"), "/@", last


def _written(place: Place, held: Any) -> str:
    match held:
        case bool():
            return next(iter(place.allowed), "yes")
        case Fraction():
            text = quantity_text(held)
            if "/" in text:
                note = "the quantity is no decimal number"
                raise RefusalError("cxml.value-number", note, path=place.path)
            return text
        case Decimal():
            return f"{held:f}"
        case datetime():
            return instant_text(held)
        case date():
            return held.isoformat()
        case _:
            if place.allowed and held not in place.allowed:
                note = "the value is not in its list"
                raise RefusalError("cxml.value-unknown", note, path=place.path)
            return str(held)


def _put(element: Element, attribute: str, text: str) -> None:
    if attribute:
        element.set(attribute, fit(text))
    else:
        element.text = fit(text)


def _reach(element: Element, path: str, *, is_new: bool = False) -> Element:
    """Return the element at `path`, made where it is not there; `is_new` makes the last one.

    A step `Name[@a='v']` is made with its attribute.
    """
    steps = path.split("/")
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        found = None if last and is_new else element.find(step)
        if found is None:
            tag, _, condition = step.partition("[@")
            found = etree.SubElement(element, tag)
            if condition:
                name, _, value = condition.rstrip("]").partition("=")
                found.set(name, value.strip("'"))
            if tag in _WITH_LANGUAGE:
                found.set(LANG, LANGUAGE)
        element = found
    return element
