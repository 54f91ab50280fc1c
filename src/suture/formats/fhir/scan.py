"""Finds byte positions in JSON without building it: places of members, faults, depth.

In: bytes. Out: spans and offsets. Refuses to know: what the values mean. Everything here walks
tokens in a loop, never by recursion, so nesting costs no stack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from suture.formats.fhir.path import shown

_TOKEN: Final = re.compile(
    rb'(?P<text>"[^"\\]*+(?:\\.[^"\\]*+)*+")|(?P<open>[{\[])|(?P<close>[}\]])|(?P<comma>,)'
    rb"|(?P<colon>:)|(?P<strange>-?(?:NaN|Infinity))|(?P<plain>[-+.0-9A-Za-z]++)",
    re.DOTALL,
)
"""One token; possessive, so linear in the bytes."""
_BRACKET: Final = re.compile(
    rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([{}\[\]])', re.DOTALL
)
"""The next bracket outside texts: values inside a member are passed over in few steps."""

Key = str | int


@dataclass(frozen=True, slots=True)
class Member:
    """One member of an object or item of an array, by its place in the bytes."""

    key: Key
    start: int
    """Where the name begins, or the value of an array's item."""
    value_start: int
    end: int


def values(data: bytes) -> int:
    """Return an upper bound of the number of values in `data`."""
    return data.count(b",") + data.count(b"{") + data.count(b"[") + 1


def values_exceed(data: bytes, values_max: int) -> bool:
    """Return whether `data` holds more values; commas inside texts are not counted."""
    count = 1
    for token in _TOKEN.finditer(data):
        count += token.lastgroup in ("comma", "open")
        if count > values_max:
            return True
    return False


def first_strange(data: bytes) -> int | None:
    """Return the offset of the first NaN or Infinity outside texts."""
    found = (t.start() for t in _TOKEN.finditer(data) if t.lastgroup == "strange")
    return next(found, None)


def first_long_number(data: bytes, chars_max: int, exponent_max: int) -> int | None:
    """Return the offset of the first number that is too long or has too large an exponent."""
    for token in _TOKEN.finditer(data):
        if token.lastgroup == "plain" and too_long(token[0].decode(), chars_max, exponent_max):
            return token.start()
    return None


def too_long(number: str, chars_max: int, exponent_max: int) -> bool:
    """Return whether a number's text is longer, or its exponent larger, than allowed."""
    exponent = number.lower().partition("e")[2].lstrip("+-").lstrip("0")
    is_large = len(exponent) > 6 or (exponent.isdigit() and int(exponent) > exponent_max)
    return len(number) > chars_max or is_large


def repeated_keys(data: bytes, found_max: int) -> list[tuple[int, str]]:
    """Return (offset, path of the object) of the names that repeat one of their object."""
    found: list[tuple[int, str]] = []
    stack: list[tuple[set[bytes] | None, list[Key]]] = []
    previous: re.Match[bytes] | None = None
    for token in _TOKEN.finditer(data):
        kind = token.lastgroup
        if kind == "open":
            stack.append((set() if token[0] == b"{" else None, [0]))
        elif kind == "close" and stack:
            stack.pop()
        elif kind == "comma" and stack and stack[-1][0] is None:
            _, place = stack[-1]
            place[0] = int(place[0]) + 1
        elif kind == "colon" and stack and previous is not None:
            seen, place = stack[-1]
            name = _name(previous[0])
            if seen is not None:
                if name.encode(errors="surrogatepass") in seen and len(found) < found_max:
                    found.append((previous.start(), _path(stack)))
                seen.add(name.encode(errors="surrogatepass"))
            place[0] = name
        previous = token
    return found


def members(data: bytes, start: int) -> Iterator[Member]:
    """Yield the members of the object or array that begins at `start`, in order.

    The bytes must be JSON that was read before; a value that is no container yields nothing.
    """
    opening = _TOKEN.search(data, start)
    if opening is None or opening.lastgroup != "open":
        return
    number, token = 0, _TOKEN.search(data, opening.end())
    while token is not None and token.lastgroup != "close":
        if token.lastgroup == "comma":
            token = _TOKEN.search(data, token.end())
            continue
        key: Key = number
        began, value = token.start(), token
        if opening[0] == b"{":
            key = _name(token[0])
            value = _after_colon(data, token.end()) or token
        end = _end(data, value)
        yield Member(key, began, value.start(), end)
        number, token = number + 1, _TOKEN.search(data, end)


def _after_colon(data: bytes, start: int) -> re.Match[bytes] | None:
    colon = _TOKEN.search(data, start)
    return _TOKEN.search(data, colon.end()) if colon is not None else None


def _end(data: bytes, token: re.Match[bytes]) -> int:
    """Return where the value ends that begins with a token."""
    if token.lastgroup != "open":
        return token.end()
    depth = 0
    for bracket in _BRACKET.finditer(data, token.start()):
        depth += 1 if bracket[1] in b"{[" else -1
        if depth == 0:
            return bracket.end()
    return len(data)


def root(data: bytes) -> int:
    """Return where the outermost value begins."""
    token = _TOKEN.search(data)
    return token.start() if token else 0


def _name(token: bytes) -> str:
    try:
        return str(json.loads(token))
    except ValueError:
        return ""


def _path(stack: list[tuple[set[bytes] | None, list[Key]]]) -> str:
    """Return the path of the innermost object, by the members that lead to it."""
    path = ""
    for seen, place in stack[:-1]:
        path += f"[{place[0]}]" if seen is None else f".{shown(str(place[0]))}"
    return path.lstrip(".")


def first_deep(content: bytes, depth_max: int) -> int:
    """Return the byte of the first bracket that opens a level below `depth_max`, else 0."""
    depth = 0
    for found in _BRACKET.finditer(content):
        depth += 1 if found[1] in b"{[" else -1
        if depth > depth_max:
            return found.start(1)
    return 0
