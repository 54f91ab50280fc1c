"""Turns bytes into a `Resource`: JSON with exact numbers, bounded before anything is built.

In: the bytes of one resource. Out: a resource or nothing, and problems. Refuses to know: FHIR in
XML, and what the elements mean. Content never raises.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from suture.core.problem import Problem, Severity
from suture.formats.fhir import scan
from suture.formats.fhir.codes import DEFAULT, Limits
from suture.formats.fhir.number import Number
from suture.formats.fhir.resource import Resource

_MARK: Final = b"\xef\xbb\xbf"
_REPEATS_STATED_MAX: Final = 20
"""Repeated names that are stated; one is reason enough to refuse."""


class _Fault(Exception):
    """What stops the reading of numbers, by its code."""


def looks_like(data: bytes) -> bool:
    """Return whether `data` starts like a JSON object with a resourceType in its first 4 kB."""
    head = data[:4096].removeprefix(_MARK).lstrip(b" \t\r\n")
    return head[:1] == b"{" and b'"resourceType"' in head


def parse(data: bytes, limits: Limits = DEFAULT) -> tuple[Resource | None, list[Problem]]:
    """Return the resource in `data`, or None with the problem that prevents one.

    Numbers are int or `Number` (a Decimal that keeps its text); all elements are kept. A repeated
    name is a problem of severity error beside the resource: two readers may read two values.
    """
    if len(data) > limits.bytes_max:
        note = f"at most {limits.bytes_max} bytes are read"
        return None, [_error("fhir.too-large", note, limits.bytes_max)]
    problems: list[Problem] = []
    content = data.removeprefix(_MARK)
    skipped = len(data) - len(content)
    if skipped:
        note = "send UTF-8 without a byte order mark"
        problems.append(Problem("fhir.byte-order-mark", Severity.WARNING, note, "", 0))
    if scan.values(content) > limits.values_max and scan.values_exceed(content, limits.values_max):
        return None, [*problems, _error("fhir.too-large", f"at most {limits.values_max} values", 0)]
    reader = _Reader(content, skipped, limits)
    values = reader.read(problems)
    if not values:
        return None, problems
    value = values[0]
    if b"\\u" in content and _has_half_pair(value):
        return None, [*problems, _error("fhir.character", "half a surrogate pair stands in a text")]
    if not isinstance(value, dict) or not isinstance(value.get("resourceType"), str):
        note = "an object with a resourceType is expected"
        return None, [*problems, _error("fhir.not-resource", note)]
    return Resource(value, data), problems


@dataclass(slots=True)
class _Reader:
    """Reads one content; offsets count from the start of the bytes received."""

    content: bytes
    skipped: int
    limits: Limits
    has_repeats: bool = False

    def read(self, problems: list[Problem]) -> list[Any]:
        """Return the one value, or nothing after stating the problem."""
        try:
            value = self._decode(self.content.decode("utf-8"))
        except UnicodeDecodeError as error:
            problems.append(self._at("fhir.not-utf8", "the content is not UTF-8", error.start))
        except json.JSONDecodeError as error:
            offset = len(error.doc[: error.pos].encode("utf-8", "surrogatepass"))
            problems.append(self._at("fhir.not-json", "the content is not JSON", offset))
        except RecursionError:
            problems.append(self._deep())
        except _Fault as fault:
            problems.append(self._fault(str(fault)))
        else:
            stopped = self._size(value)
            if stopped is None:
                problems += self._repeats() if self.has_repeats else []
                return [value]
            problems.append(stopped)
        return []

    def _decode(self, text: str) -> Any:
        decoder = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_float=self._number,
            parse_int=self._integer,
            parse_constant=self._strange,
        )
        return decoder.decode(text)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            self.has_repeats = True
        return made

    def _number(self, text: str) -> Number:
        if scan.too_long(text, self.limits.number_chars_max, self.limits.exponent_max):
            raise _Fault("fhir.number")
        return Number(text)

    def _integer(self, text: str) -> int | Number:
        if len(text) > self.limits.number_chars_max:
            raise _Fault("fhir.number")
        return Number(text) if text == "-0" else int(text)

    def _strange(self, text: str) -> NoReturn:
        raise _Fault("fhir.not-finite")

    def _fault(self, code: str) -> Problem:
        if code == "fhir.not-finite":
            note = "NaN and Infinity are no JSON numbers; leave the element out"
            return self._at("fhir.not-finite", note, scan.first_strange(self.content))
        chars, exponent = self.limits.number_chars_max, self.limits.exponent_max
        offset = scan.first_long_number(self.content, chars, exponent)
        note = f"a number has at most {chars} characters and an exponent up to {exponent}"
        return self._at("fhir.number", note, offset)

    def _size(self, value: Any) -> Problem | None:
        """Return the problem of nesting or of an array's length, walking level by level."""
        level, depth = [value], 0
        while level:
            depth += 1
            if depth > self.limits.depth_max + 1:
                return self._deep()
            inner: list[Any] = []
            for one in level:
                if type(one) is dict:
                    inner += [v for v in one.values() if type(v) is dict or type(v) is list]
                elif type(one) is list:
                    if len(one) > self.limits.items_max:
                        note = f"at most {self.limits.items_max} items of one array are read"
                        return _error("fhir.too-large", note, 0)
                    inner += [v for v in one if type(v) is dict or type(v) is list]
            level = inner
        return None

    def _deep(self) -> Problem:
        note = f"at most {self.limits.depth_max} levels are read"
        place = scan.first_deep(self.content, self.limits.depth_max)
        return self._at("fhir.too-deep", note, place)

    def _repeats(self) -> list[Problem]:
        note = "a name stands twice in one object: readers differ in which one they take"
        return [
            Problem("fhir.duplicate-key", Severity.ERROR, note, path, self.skipped + offset)
            for offset, path in scan.repeated_keys(self.content, _REPEATS_STATED_MAX)
        ]

    def _at(self, code: str, text: str, offset: int | None) -> Problem:
        place = None if offset is None else self.skipped + offset
        return Problem(code, Severity.ERROR, text, "", place)


def _has_half_pair(value: Any) -> bool:
    """Return whether any text cannot be written as UTF-8."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and not one.isascii():
            try:
                one.encode()
            except UnicodeEncodeError:
                return True
    return False


def _error(code: str, text: str, offset: int | None = None) -> Problem:
    return Problem(code, Severity.ERROR, text, "", offset)
