"""Holds a document against a DTD that the user supplies; fetches none, and bounds its entities.

In: a `Document`, the bytes of a DTD. Out: problems. Refuses to know: where DTDs come from. A DTD
that names another file is refused, because the parser would open it.
"""

from __future__ import annotations

import io
import re
from typing import Any, Final

from lxml import etree

from suture.core.problem import Problem, Severity
from suture.core.refusal import MisconfiguredError
from suture.formats.cxml.document import Document
from suture.formats.cxml.read import PROBLEMS_MAX

_BYTES_MAX: Final = 4 * 1024 * 1024
"""Largest DTD: those of cXML have some 400 kB."""
_ENTITIES_MAX: Final = 5_000
_EXPANDED_CHARACTERS_MAX: Final = 32 * 1024 * 1024
"""Most text after all parameter entities are put in: those of cXML make less than 2 MB."""
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)
_EXTERNAL: Final = re.compile(r"<!(?:ENTITY|NOTATION)\s+(?:%\s+)?[^\s>]+\s+(?:SYSTEM|PUBLIC)\b")
_ENTITY: Final = re.compile(r"<!ENTITY\s+%?\s*([^\s>]+)\s+(?:\"([^\"]*)\"|'([^']*)')")
_REFERENCE: Final = re.compile(r"[%&]([A-Za-z_:][\w.:-]*);")
_WORDS: Final[dict[str, str]] = {
    "DTD_CONTENT_MODEL": "the children of the element are not those of the DTD",
    "DTD_UNKNOWN_ELEM": "the element is not in the DTD",
    "DTD_UNKNOWN_ATTRIBUTE": "the element has an attribute that is not in the DTD",
    "DTD_MISSING_ATTRIBUTE": "the element lacks an attribute of the DTD",
    "DTD_ATTRIBUTE_VALUE": "an attribute has a value that the DTD does not allow",
    "DTD_NOT_EMPTY": "the element has content and the DTD wants none",
    "DTD_NOT_PCDATA": "the element has children and the DTD wants text",
}


def check_dtd(document: Document, dtd: bytes) -> list[Problem]:
    """Return where a document does not follow a DTD (`cxml.dtd`), at most 200 places.

    Raises MisconfiguredError `cxml.dtd-unusable` for a DTD that cannot be read, names a file or
    address, or whose entities grow beyond bounds.
    """
    _refuse_unsafe(dtd)
    try:
        rules = etree.DTD(io.BytesIO(dtd))
    except etree.DTDParseError:
        raise _unusable("the DTD cannot be read") from None
    if rules.validate(document.root):
        return []
    found = []
    log: Any = rules.error_log
    for entry in list(log)[:PROBLEMS_MAX]:
        # The parser's own message repeats values; its kind does not.
        note = _WORDS.get(str(entry.type_name), "the document does not follow the DTD")
        path = str(getattr(entry, "path", "") or "")
        found.append(Problem("cxml.dtd", Severity.ERROR, note, path, clause="DTD"))
    return found


def _refuse_unsafe(dtd: bytes) -> None:
    if len(dtd) > _BYTES_MAX:
        raise _unusable(f"a DTD has at most {_BYTES_MAX} bytes")
    text = dtd.replace(b"\0", b"").decode("latin-1")
    # A comment may hide the beginning of a declaration from a search, never the reverse.
    for form in (text, _COMMENT.sub("", text)):
        if _EXTERNAL.search(form):
            raise _unusable("the DTD names a file or an address; give one that is whole")
    bare = _COMMENT.sub("", text)
    literals = {name: double or single for name, double, single in _ENTITY.findall(bare)}
    if len(literals) > _ENTITIES_MAX:
        raise _unusable(f"a DTD has at most {_ENTITIES_MAX} entities")
    if _expanded(bare, literals, {}) > _EXPANDED_CHARACTERS_MAX:
        raise _unusable("the entities of the DTD grow beyond bounds")


def _expanded(text: str, literals: dict[str, str], sizes: dict[str, int], depth: int = 0) -> int:
    """Return the characters of `text` with its entities put in; huge for one that holds itself."""
    if depth > 40:
        return _EXPANDED_CHARACTERS_MAX + 1
    total = len(text)
    for name in _REFERENCE.findall(text):
        if name not in sizes:
            sizes[name] = _EXPANDED_CHARACTERS_MAX + 1
            sizes[name] = _expanded(literals.get(name, ""), literals, sizes, depth + 1)
        total += sizes[name]
        if total > _EXPANDED_CHARACTERS_MAX:
            return total
    return total


def _unusable(note: str) -> MisconfiguredError:
    return MisconfiguredError("cxml.dtd-unusable", note)
