"""Evaluates FHIRPath on a resource, with exact numbers, without a clock, within bounds.

In: a resource, an expression, variables. Out: a list of JSON values. Refuses to know: the time
(`now()` is refused: time comes in by the door). The library is imported at the first expression:
it reads tables of all versions, which a process without expressions does not pay for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from suture.core.refusal import RefusalError
from suture.formats.fhir.resource import Resource, node

EXPRESSION_CHARS_MAX: Final = 2_000
"""Longest expression: the standard's own invariants have at most some 500 characters."""
_BRACKETS_MAX: Final = 100
"""Most opening brackets: the parser recurses some ten calls for each."""
INPUT_VALUES_MAX: Final = 20_000
"""Most values of the resource that is asked: a step may visit each of them."""
RESULTS_MAX: Final = 10_000
"""Most results; more is a mistake in the expression."""
_CLOCK_WORDS: Final = frozenset({"now", "today", "timeOfDay"})
_COSTLY: Final = frozenset({"repeat", "descendants", "trace", "combine", "resolve"})
"""Functions left out: their cost is not bounded by the input's size, or they write or fetch."""


def evaluate(
    resource: Resource | Mapping[str, Any],
    expression: str,
    *,
    version: str = "R4",
    variables: Mapping[str, Any] | None = None,
) -> list[Any]:
    """Return what a FHIRPath expression finds; numbers are int or Decimal.

    `variables` are used as `%name`. Raises RefusalError `fhir.expression`,
    `fhir.expression-clock` or `fhir.expression-limit`; its text repeats no value.
    """
    from fhirpathpy import apply_parsed_path
    from fhirpathpy.models import models

    tree = _tree(expression)
    data = node(resource)
    if not _is_small(data):
        raise _limit(f"a resource of at most {INPUT_VALUES_MAX} values is evaluated")
    model = models["r5" if version == "R5" else "r4"]
    try:
        plain = _plain(data)
        known = {"resource": plain, "rootResource": plain, **(variables or {})}
        found: Any = apply_parsed_path(plain, tree, known, model)
    except RecursionError:
        raise _limit("the expression is nested too deeply") from None
    except Exception as error:  # noqa: BLE001  the library raises bare Exception, with values
        note = f"the expression cannot be evaluated ({type(error).__name__})"
        raise RefusalError("fhir.expression", note) from None
    if not isinstance(found, list):
        found = [found]
    if len(found) > RESULTS_MAX:
        raise _limit(f"an expression finds at most {RESULTS_MAX} values")
    return [_exact(value) for value in found]


@lru_cache(maxsize=512)
def _tree(expression: str) -> Any:
    """Return the parsed expression; the same tree serves every resource."""
    from fhirpathpy.parser import parse as parse_expression

    if len(expression) > EXPRESSION_CHARS_MAX or _brackets(expression) > _BRACKETS_MAX:
        note = f"an expression has at most {EXPRESSION_CHARS_MAX} characters"
        raise _limit(f"{note} and {_BRACKETS_MAX} brackets")
    try:
        tree = parse_expression(expression)
    except RecursionError:
        raise _limit("the expression is nested too deeply") from None
    except Exception:  # noqa: BLE001  the parser has no class of its own for its errors
        raise RefusalError("fhir.expression", "the expression is no FHIRPath") from None
    if not isinstance(tree, dict) or not tree.get("children"):
        raise RefusalError("fhir.expression", "the expression is no FHIRPath")
    called = _called(tree)
    if called & _CLOCK_WORDS:
        note = "now(), today() and timeOfDay() are not answered; pass the time as a variable"
        raise RefusalError("fhir.expression-clock", note)
    if called & _COSTLY:
        raise _limit("a function whose cost is not bounded is not evaluated")
    return tree


def _brackets(expression: str) -> int:
    return len(re.findall(r"[(\[{]", expression))


def _called(tree: Any) -> set[str]:
    """Return the names of the functions that a parsed expression calls."""
    found: set[str] = set()
    waiting = [tree]
    while waiting:
        one = waiting.pop()
        inner = one.get("children") or []
        if one.get("type") == "Functn" and inner:
            found.add(str(inner[0].get("text", "")).strip("`"))
        waiting += inner
    return found


def _is_small(data: Any) -> bool:
    waiting, count = [data], 0
    while waiting:
        one = waiting.pop()
        count += 1
        if count > INPUT_VALUES_MAX:
            return False
        if isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return True


def _plain(value: Any) -> Any:
    """Return a copy of JSON values: the library writes into what it is given."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def _exact(value: Any) -> Any:
    if isinstance(value, float):
        return Decimal(repr(value))
    if value is None or isinstance(value, str | int | Decimal | dict | list):
        return value
    return str(value)  # the library's own quantities and times


def _limit(note: str) -> RefusalError:
    return RefusalError("fhir.expression-limit", note)
