"""The tree of a CIF catalogue: header entries and items.

In: a catalogue. Out: nodes; the path is the line of the file. Refuses to know: prices' meaning.
"""

from __future__ import annotations

from dataclasses import fields

from suture.formats.cif import Catalogue, CatalogueItem
from suture.formats.outline.node import Node


def cif_node(catalogue: Catalogue) -> Node:
    """Return the tree; fields without a value are left out."""
    header = _leaves(catalogue.header, "", ("field_names", "others"))
    items = (_item(item) for item in catalogue.items)
    return Node("catalogue", "", "", "", (Node("header", "", "", "", header), *items))


def _item(item: CatalogueItem) -> Node:
    path = f"line {item.line}"
    return Node("item", "", "", path, _leaves(item, path, ("line", "others")))


def _leaves(value: object, path: str, left_out: tuple[str, ...]) -> tuple[Node, ...]:
    found = []
    for each in fields(value):  # type: ignore[arg-type]
        content = getattr(value, each.name)
        if each.name in left_out or content in (None, "", False):
            continue
        name = each.name.replace("_", " ")
        found.append(Node(name, str(content), "", path))
    for name, content in getattr(value, "others", ()):
        found.append(Node(name, content, "", path))
    return tuple(found)
