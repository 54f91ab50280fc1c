"""Holds a FHIR resource as received: its bytes, its values, and edits that keep all other bytes.

In: what `parse` found. Out: `Resource`; `bytes(resource)` are the bytes received. Refuses to know:
what the elements mean; `validate` and the views do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from suture.core.refusal import RefusalError
from suture.formats.fhir import scan
from suture.formats.fhir.codes import DEFAULT, Limits
from suture.formats.fhir.path import Step, reached, read_path
from suture.formats.fhir.write import to_json

Json = Any
"""dict, list, str, bool, None, int or `Number`."""


def veiled(value: object) -> str:
    """Return the repr of a value with content: its type, nothing in it."""
    return f"<FHIR {type(value).__name__}>"


class Resource:
    """One FHIR resource; `data` is to be read only."""

    __slots__ = ("_content", "data")

    def __init__(self, data: dict[str, Json], content: bytes | None = None) -> None:
        self.data = data
        self._content = content

    @property
    def type(self) -> str:
        """The resourceType, e.g. `SupplyRequest`."""
        return str(self.data.get("resourceType", ""))

    @property
    def id(self) -> str:
        """The logical id; empty when it has none."""
        found = self.data.get("id")
        return found if isinstance(found, str) else ""

    @property
    def key(self) -> str:
        """`type/id`, as a relative reference names it."""
        return f"{self.type}/{self.id}"

    def get(self, path: str) -> Json:
        """Return the first value at a simple path such as `item.quantity.value`, else None.

        A step is a name, `name[2]`, or `name[x]` for a choice. Without a number an element that
        repeats means its first item. Numbers are int or Decimal.
        """
        return next(iter(self.every(path)), None)

    def every(self, path: str) -> list[Json]:
        """Return the values at a path, of every item of elements that repeat."""
        return [value for _, value in reached(self.data, read_path(path))]

    def part(self, path: str) -> bytes:
        """Return the bytes of the value at a path, as received; raises RefusalError `fhir.path`."""
        data = bytes(self)
        place = _find(data, _exact(self.data, read_path(path)))
        if place is None:
            raise RefusalError("fhir.path", "nothing stands at this path", path=path)
        return data[place.value_start : place.end]

    def set(self, path: str, value: Json, limits: Limits = DEFAULT) -> Resource:
        """Return a resource with `value` at `path`; every other byte stays as it was.

        A missing last step is added: a new element, or the item after the last. None takes the
        element away. `limits` are those the resource was read with. Raises RefusalError `fhir.path`
        or `fhir.value`.
        """
        from suture.formats.fhir.parse import parse  # parse builds resources: a circle otherwise

        steps = _exact(self.data, read_path(path))
        data = bytes(self)
        place = _find(data, steps)
        if value is None:
            changed = _without(data, steps, place)
        elif place is None:
            changed = _with_more(data, steps, to_json(value))
        else:
            changed = data[: place.value_start] + to_json(value) + data[place.end :]
        made, problems = parse(changed, limits)
        if made is None:
            text = problems[0].text if problems else "the change makes no resource"
            raise RefusalError("fhir.value", text, path=path)
        return made

    def __bytes__(self) -> bytes:
        if self._content is None:
            self._content = to_json(self.data)
        return self._content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and bytes(self) == bytes(other)

    def __hash__(self) -> int:
        return hash(bytes(self))

    def __repr__(self) -> str:
        return "<FHIR resource>"


def node(source: Resource | Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the values of a resource, or of an object inside one."""
    return source.data if isinstance(source, Resource) else source


def _exact(data: Json, steps: list[Step]) -> list[scan.Key]:
    """Return the path with choices resolved and a number for each array that is passed."""
    exact: list[scan.Key] = []
    for position, step in enumerate(steps):
        name = step.name
        if step.is_choice and isinstance(data, dict):
            name = next((key for key in data if step.names(key)), "")
            if not name:
                raise RefusalError("fhir.path", "a choice that is absent needs its type's name")
        exact.append(name)
        data = data.get(name) if isinstance(data, dict) else None
        is_last = position == len(steps) - 1
        if step.index is not None or (isinstance(data, list) and not is_last):
            index = step.index or 0
            exact.append(index)
            data = data[index] if isinstance(data, list) and index < len(data) else None
    return exact


def _find(data: bytes, steps: list[scan.Key]) -> scan.Member | None:
    """Return the last member with these names, which is the one that is read."""
    place = scan.Member("", 0, scan.root(data), len(data))
    for step in steps:
        found = [m for m in scan.members(data, place.value_start) if m.key == step]
        if not found:
            return None
        place = found[-1]
    return place


def _with_more(data: bytes, steps: list[scan.Key], written: bytes) -> bytes:
    """Return the bytes with one more member in the container that the path leads to."""
    place = _find(data, steps[:-1])
    opens = data[place.value_start : place.value_start + 1] if place is not None else b""
    if place is None or opens != (b"{" if isinstance(steps[-1], str) else b"["):
        raise RefusalError("fhir.path", "the path leads to no object or array that can take it")
    inside = list(scan.members(data, place.value_start))
    if isinstance(steps[-1], int):
        if steps[-1] != len(inside):
            raise RefusalError("fhir.path", "an item is added after the last one only")
    else:
        written = to_json(steps[-1]) + b":" + written
    if not inside:
        return data[: place.value_start + 1] + written + data[place.value_start + 1 :]
    return data[: inside[-1].end] + b"," + written + data[inside[-1].end :]


def _without(data: bytes, steps: list[scan.Key], place: scan.Member | None) -> bytes:
    """Return the bytes without the member at a path, and without one comma beside it."""
    outer = _find(data, steps[:-1])
    if place is None or outer is None:
        raise RefusalError("fhir.path", "nothing stands at this path")
    inside = list(scan.members(data, outer.value_start))
    number = inside.index(place)
    if number:
        return data[: inside[number - 1].end] + data[place.end :]
    if len(inside) > 1:
        return data[: place.start] + data[inside[1].start :]
    return data[: place.start] + data[place.end :]
