"""`@pytest.mark.walks("W2.005", ...)`: the rules a test walks, checked against what it really took.

In: the marker, and the engine's choices while the test runs. Out: a failure that names the rules
which were not taken. Refuses to know: what the test expects of them.
"""

from __future__ import annotations

from typing import Any

import pytest

from suture.orchestration import engine
from suture.orchestration.definition import Moment, Rule

_TAKEN: set[str] = set()


def _watch() -> None:
    original = engine.choose

    def choose(candidates: tuple[Rule, ...], moment: Moment[Any]) -> Rule | None:
        found = original(candidates, moment)
        if found is not None:
            _TAKEN.add(found.id)
        return found

    engine.choose = choose


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker and watch the engine."""
    config.addinivalue_line("markers", "walks(*rules): rules of the workflow tables it walks")
    _watch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Run a test and hold what it took against its marker."""
    _TAKEN.clear()
    result = yield
    marked = {str(rule) for marker in item.iter_markers("walks") for rule in marker.args}
    missed = sorted(marked - _TAKEN)
    assert not missed, f"marked as walked and not taken: {', '.join(missed)}"
    return result
