"""A labelled value has no implicit way out (S99, spec 4.2)."""

from __future__ import annotations

import copy
import json
import logging
import operator
import pickle
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from suture.core.phi import Label, Phi, PhiLeak, declassify
from suture.documents import codec

CANARY = "SYNCANARY-7731"
HELD: Phi[str] = Phi(CANARY)

RENDERED: dict[str, Callable[[Any], str]] = {
    "str": str,
    "repr": repr,
    "f-string": lambda v: f"{v}",
    "f-string with a width": lambda v: f"{v:>40}",
    "f-string with repr": lambda v: f"{v!r}",
    "percent": lambda v: "%s %r" % (v, v),  # noqa: UP031 -- this way out is what is tested
    "format": "{}".format,
    "list": lambda v: str([v]),
    "dict": lambda v: repr({"a": v}),
    "ascii": ascii,
    "json default": lambda v: json.dumps(v, default=str),
    "exception": lambda v: str(ValueError(v)),
}

REFUSED: dict[str, Callable[[Any], Any]] = {
    "bytes": bytes,
    "iterate": list,
    "star": lambda v: [*v],
    "length": len,
    "index": lambda v: v[0],
    "slice": lambda v: v[1:],
    "add": lambda v: v + "x",
    "radd": lambda v: "x" + v,
    "modulo": lambda v: v % (),
    "int": int,
    "float": float,
    "as index": operator.index,
    "hash": hash,
    "set": lambda v: {v},
    "key of a dict": lambda v: {v: 1},
    "truth": bool,
    "not": lambda v: not v,
    "equal": lambda v: v == CANARY,
    "equal to itself": lambda v: v == HELD,
    "not equal": lambda v: v != CANARY,
    "reflected equal": lambda v: CANARY == v,  # noqa: SIM300 -- the reflected way is tested
    "less": lambda v: v < "z",
    "at most": lambda v: v <= "z",
    "greater": lambda v: v > "a",
    "at least": lambda v: v >= "a",
    "sort": lambda v: sorted([v, v]),
    "membership": lambda v: CANARY in [v],
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickle.dumps,
    "pickle protocol 0": lambda v: pickle.dumps(v, protocol=0),
    "reduce": lambda v: v.__reduce__(),
    "state": lambda v: v.__getstate__(),
}

NO_SUCH_WAY: dict[str, Callable[[Any], Any]] = {
    "membership in it": lambda v: "SYN" in v,
    "json": json.dumps,
    "msgspec json": msgspec.json.encode,
    "msgspec msgpack": msgspec.msgpack.encode,
    "house json": codec.encode,
    "house builtins": codec.builtins,
    "join": lambda v: "".join([v]),
    "write to text": lambda v: "a".replace("a", v),
    "times": lambda v: v * 2,
    "subtract": lambda v: v - 1,
    "attributes": vars,
}


@pytest.mark.parametrize("way", RENDERED)
def test_rendering_shows_the_label_only(way: str) -> None:
    """Text of any kind says what sort of value it was, nothing of the value."""
    text = RENDERED[way](HELD)
    assert "<phi:phi_direct>" in text
    assert "SYNCANARY" not in text


@pytest.mark.parametrize("way", REFUSED)
def test_conversions_are_refused(way: str) -> None:
    """Comparing, hashing, copying, iterating and converting raise, without the value."""
    with pytest.raises(PhiLeak) as refused:
        REFUSED[way](HELD)
    assert "SYNCANARY" not in str(refused.value)


@pytest.mark.parametrize("way", NO_SUCH_WAY)
def test_serialisers_cannot_take_it(way: str) -> None:
    """No serialiser of the house or of the library knows the wrapper."""
    with pytest.raises(TypeError) as refused:
        NO_SUCH_WAY[way](HELD)
    assert "SYNCANARY" not in str(refused.value)


def test_a_log_line_shows_the_label(caplog: pytest.LogCaptureFixture) -> None:
    """The standard library's logging formats it like any other text."""
    with caplog.at_level(logging.INFO):
        logging.getLogger("test").info("seen %s", HELD)
    assert caplog.messages == ["seen <phi:phi_direct>"]


def test_a_traceback_of_an_assertion_shows_nothing() -> None:
    """Even a failing comparison does not print the value."""
    with pytest.raises(PhiLeak, match="a phi_quasi value may not be converted"):
        assert Phi(20270104, Label.PHI_QUASI) == 1


def test_declassify_opens_for_a_rule_and_a_purpose() -> None:
    """Both must be named (spec 4.2)."""
    assert declassify(HELD, "SCH-1", "case token") == CANARY
    assert declassify(Phi(3, Label.OPS_CONF), "r", "p") == 3
    for rule, purpose in (("", "p"), ("r", ""), ("", "")):
        with pytest.raises(PhiLeak, match="rule and the purpose"):
            declassify(HELD, rule, purpose)


def test_the_label_is_readable() -> None:
    """A policy may ask how sensitive a value is."""
    assert Phi(1, Label.PUBLIC).label is Label.PUBLIC
    assert HELD.label is Label.PHI_DIRECT
    assert [str(x) for x in Label] == [
        "phi_direct",
        "phi_quasi",
        "ops_conf",
        "fin_secret",
        "public",
    ]
