"""The tree of a cXML document: elements and attributes; secrets are not shown.

In: a document. Out: nodes with the XPaths of the problems. Refuses to know: DTDs.
"""

from __future__ import annotations

from collections import Counter

from suture.formats.cxml import Document
from suture.formats.outline.node import Node

HIDDEN = "(not shown)"
"""Stands for a shared secret: a tree is printed, pasted and mailed."""
_SECRETS = ("SharedSecret", "DigitalSignature", "CredentialMac")


def cxml_node(document: Document) -> Node:
    """Return the tree of the whole document."""
    return _element(document.root, "/cXML")


def _element(element: object, path: str) -> Node:
    tag = str(element.tag)  # type: ignore[attr-defined]
    if tag in _SECRETS:
        return Node(tag, HIDDEN, "", path)
    children = [
        Node(f"@{name}", str(value), "", f"{path}/@{name}")
        for name, value in sorted(element.attrib.items())  # type: ignore[attr-defined]
    ]
    inner = [e for e in element if isinstance(e.tag, str)]  # type: ignore[attr-defined]
    total = Counter(str(e.tag) for e in inner)
    met: Counter[str] = Counter()
    for each in inner:
        name = str(each.tag)
        met[name] += 1
        place = f"[{met[name]}]" if total[name] > 1 else ""
        children.append(_element(each, f"{path}/{name}{place}"))
    text = (element.text or "").strip()  # type: ignore[attr-defined]
    return Node(tag, text, "", path, tuple(children))
