"""The tree of a FHIR resource: members in the order of their names.

In: a resource. Out: nodes with the FHIRPaths of the problems. Refuses to know: definitions.
"""

from __future__ import annotations

from collections.abc import Iterator

from suture.formats.fhir import Resource, to_json
from suture.formats.outline.node import NAMELESS, Node


def fhir_node(resource: Resource) -> Node:
    """Return the tree; the order of members has no meaning in JSON, so they are sorted."""
    return Node(
        resource.type or NAMELESS,
        "",
        "",
        resource.type,
        tuple(_members(resource.data, resource.type)),
    )


def _members(data: dict[str, object], path: str) -> Iterator[Node]:
    for name in sorted(data):
        if name == "resourceType":
            continue
        yield from _values(name, data[name], f"{path}.{name}")


def _values(name: str, value: object, path: str) -> Iterator[Node]:
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _values(name, each, f"{path}[{number}]")
    elif isinstance(value, dict):
        yield Node(name or NAMELESS, "", "", path, tuple(_members(value, path)))
    else:
        text = value if isinstance(value, str) else to_json(value).decode()
        yield Node(name or NAMELESS, text, "", path)
