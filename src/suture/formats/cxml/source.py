"""Finds elements in the bytes of a document, and changes one value in them.

In: a `Document`. Out: byte offsets of elements; a new document in which nothing but one value is
different. Refuses to know: what the value means. Works on encodings in which markup is ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from lxml import etree

from suture.core.refusal import RefusalError
from suture.formats.cxml.document import Document, Element
from suture.formats.cxml.parse import parse
from suture.formats.cxml.write import LANG, fit

_MARKUP: Final = re.compile(
    rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>"
    rb"|<!(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>"
    rb"|(?P<end></[^>]*+>)"
    rb"|(?P<start><(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>)",
    re.DOTALL,
)
"""What begins with `<`; only start and end tags have a name. For well-formed documents."""


_IN_TEXT: Final[dict[str, str | int | None]] = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "\r": "&#13;",
}
_IN_ATTRIBUTE: Final = _IN_TEXT | {'"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


def offsets_of(document: Document, elements: Iterable[Element]) -> dict[Element, int]:
    """Return the byte offset of the start tag of each element.

    Empty for encodings in which markup is not ASCII (UTF-16).
    """
    return {element: tag.start() for element, tag in _tags_of(document, elements).items()}


def _tags_of(document: Document, elements: Iterable[Element]) -> dict[Element, re.Match[bytes]]:
    wanted = set(elements)
    if not wanted or b"\0" in document.content:
        return {}
    tags = (mark for mark in _MARKUP.finditer(document.content) if mark["start"])
    # Start tags stand in the order of the tree, one for each element.
    every = zip(document.root.iter("*"), tags, strict=False)
    return {element: tag for element, tag in every if element in wanted}


def set_text(document: Document, xpath: str, text: str) -> Document:
    """Return a new document in which the attribute or text at `xpath` is `text`.

    All other bytes stay as they are. A signature over the document no longer verifies. Raises
    RefusalError: `cxml.edit-target` when the XPath names nothing, several things, an element with
    children, or the encoding is not ASCII-like; `cxml.character` for a character XML does not have.
    """
    element, attribute = _target(document, xpath)
    tag = _tags_of(document, [element]).get(element)
    if tag is None:
        raise _no_target("the document's encoding is not edited")
    encoding = document.root.getroottree().docinfo.encoding or "UTF-8"
    if attribute:
        value = f'"{_escaped(text, _IN_ATTRIBUTE)}"'
        start, end = _attribute(tag, attribute)
    else:
        value = _escaped(text, _IN_TEXT)
        start, end, value = _inside(document.content, tag, value)
    made = value.encode(encoding, "xmlcharrefreplace")
    content = document.content[:start] + made + document.content[end:]
    found, _ = parse(content)
    if found is None:
        raise _no_target("the document cannot be read after the change")
    return found


def _target(document: Document, xpath: str) -> tuple[Element, str]:
    """Return the element at an XPath, and the name of its attribute as written, or empty."""
    try:
        found: Any = document.root.getroottree().xpath(xpath)
    except etree.XPathError:
        raise _no_target("the XPath cannot be read") from None
    if not isinstance(found, list) or len(found) != 1:
        raise _no_target("the XPath must name one attribute or text")
    one = found[0]
    if isinstance(one, etree._Element):
        if len(one):
            raise _no_target("an element with children has no text to change")
        return one, ""
    parent = one.getparent()
    if getattr(one, "is_attribute", False):
        name = str(one.attrname)
        return parent, "xml:lang" if name == LANG else name
    if len(parent):
        raise _no_target("an element with children has no text to change")
    return parent, ""


def _escaped(text: str, marks: dict[str, str | int | None]) -> str:
    return fit(text).translate(str.maketrans(marks))


def _attribute(tag: re.Match[bytes], name: str) -> tuple[int, int]:
    """Return where the quoted value of an attribute stands."""
    pattern = rb"\s" + re.escape(name.encode()) + rb"\s*=\s*(\"[^\"]*\"|'[^']*')"
    # Values may hold what looks like an attribute; walk over them one by one.
    for mark in re.finditer(rb"\s[^\s=]+\s*=\s*(?:\"[^\"]*\"|'[^']*')", tag[0]):
        found = re.fullmatch(pattern, mark[0])
        if found:
            place = tag.start() + mark.start()
            return place + found.start(1), place + found.end(1)
    raise _no_target("the attribute is not written in the document")


def _inside(content: bytes, tag: re.Match[bytes], value: str) -> tuple[int, int, str]:
    """Return where the text of an element stands, and what to write there."""
    if tag[0].endswith(b"/>"):
        name = re.match(rb"<([^\s/>]+)", tag[0])
        assert name is not None
        return tag.end() - 2, tag.end(), f">{value}</{name[1].decode()}>"
    end = next(m for m in _MARKUP.finditer(content, tag.end()) if m["end"])
    return tag.end(), end.start(), value


def _no_target(note: str) -> RefusalError:
    return RefusalError("cxml.edit-target", note)
