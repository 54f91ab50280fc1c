"""One SQL statement with named parameters (`:id`): which it has, and its text for a driver.

In: a statement as a person wrote it. Out: its parameters, its text with other marks. Refuses to
know: databases. Literals, quoted names, comments, dollar quotes and casts (`::date`) stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_PIECES = re.compile(
    r"""
    (?P<skip>
        '(?:[^']|'')*'            # a literal
      | "(?:[^"]|"")*"            # a quoted name
      | --[^\n]*                  # a comment to the end of the line
      | /\*.*?\*/                 # a comment
      | (?P<quote>\$[A-Za-z_0-9]*\$).*?(?P=quote)
      | ::
    )
    | :(?P<name>[A-Za-z_][A-Za-z_0-9]*)
    | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement."""

    text: str
    parameters: tuple[str, ...]
    """Their names, each once, in the order they come first."""
    verb: str
    """Its first word, in capitals."""

    def marked(self, mark: Callable[[str], str], plain: Callable[[str], str] = str) -> str:
        """Return the text with each parameter written by `mark`, the rest by `plain`."""
        parts: list[str] = []
        place = 0
        for found in _PIECES.finditer(self.text):
            if found["name"]:
                parts += [plain(self.text[place : found.start()]), mark(found["name"])]
                place = found.end()
        return "".join([*parts, plain(self.text[place:])])


def statement(text: str) -> Statement:
    """Return a statement; raises ValueError when it is none, or several."""
    whole = text.strip()
    names: list[str] = []
    end = len(whole)
    for found in _PIECES.finditer(whole):
        if found["name"] and found["name"] not in names:
            names.append(found["name"])
        if found["end"]:
            end = min(end, found.start())
    if _COMMENTS.sub("", whole[end:]).strip("; \t\r\n"):
        raise ValueError("there are several statements: write one")
    whole = whole[:end].rstrip()
    verb = _COMMENTS.sub("", whole).split(None, 1)
    if not verb:
        raise ValueError("there is no statement")
    return Statement(whole, tuple(names), verb[0].upper())
