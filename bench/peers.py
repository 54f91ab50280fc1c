"""P5: our codecs beside the libraries others use, the same content and the same work.

In: nothing; the content is generated. Out: CPU time of both sides and theirs / ours. Refuses to
know: how figures are shown. A library that cannot be imported is left out; the table says so with
a figure that is not a number. Both sides take turns in one run, the best turn of each counts.
"""

from __future__ import annotations

import importlib
import io
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench import codec_edifact, codec_hl7v2, codec_x12, made
from bench.figure import Figure
from suture.formats import edifact, fhir, hl7v2, x12

_TURNS = 3
_SMALL = 100_000
"""Bytes of an interchange: enough to be steady, and the slowest library needs seconds for 1 MB."""
_MESSAGES = 30
"""Messages of one turn, where the work is one message."""
_READS = ("SCH-1.1", "SCH-11.4", "PID-3.1", "AIS-3.1", "AIL-3.2", "AIP-3.1")

_Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Peer:
    """One library and the work it is compared on."""

    key: str
    module: str
    text: str
    make: Callable[[Any], tuple[_Work, _Work, float, str]]
    """From the module: our work, theirs, what a second is divided by, and the unit."""


def pydifact(module: Any) -> tuple[_Work, _Work, float, str]:
    """Cut an order into segments, check them against the directory, read every component."""
    content = codec_edifact.order_bytes(_SMALL // 130)
    text = content.decode("latin-1")

    def ours() -> int:
        interchange, _ = edifact.parse(content)
        assert not edifact.validate(interchange)
        segments = (s for m in interchange.messages for s in m.segments)
        return sum(1 for s in segments if [s.components(n) for n in range(1, len(s.elements))])

    def theirs() -> int:
        with warnings.catch_warnings():
            # It names the service segments for which it has no directory.
            warnings.simplefilter("ignore")
            segments = list(module.Parser().parse(text))
        return sum(1 for one in segments if one.tag not in {"UNA", "UNB", "UNZ"})

    assert ours() == theirs(), "both find the same segments"
    return ours, theirs, len(content) / made.MB / 1000, "ms/MB"


def pyx12(module: Any) -> tuple[_Work, _Work, float, str]:
    """Cut an order into segments and elements and check the envelope."""
    content = codec_x12.order_bytes(_SMALL)
    text = content.decode("latin-1")

    def ours() -> int:
        sets = x12.parse(content)[0].sets
        return sum(1 for found in sets for s in found.segments if s.elements)

    def theirs() -> int:
        every = list(module.X12Reader(io.StringIO(text)))
        return sum(1 for one in every if one.get_seg_id() not in {"ISA", "GS", "GE", "IEA"})

    assert ours() == theirs(), "both find the same segments"
    return ours, theirs, len(content) / made.MB / 1000, "ms/MB"


def hl7apy(module: Any) -> tuple[_Work, _Work, float, str]:
    """Parse a booking and read six values."""
    text = codec_hl7v2.SIU.decode("utf-8")

    def theirs() -> list[str]:
        for _ in range(_MESSAGES):
            message = module.parse_message(text, find_groups=False)
            found = [
                message.sch.sch_1.sch_1_1.to_er7(),
                message.sch.sch_11.sch_11_4.to_er7(),
                message.pid.pid_3[0].pid_3_1.to_er7(),
                message.ais.ais_3.ais_3_1.to_er7(),
                message.ail.ail_3.ail_3_2.to_er7(),
                message.aip[0].aip_3.aip_3_1.to_er7(),
            ]
        return found

    def ours() -> list[str]:
        for _ in range(_MESSAGES):
            message, _ = hl7v2.parse(codec_hl7v2.SIU)
            found = [str(message.get(path)) for path in _READS]
        return found

    assert ours() == theirs(), "both read the same values"
    return ours, theirs, _MESSAGES / 1e6, "us/message"


def fhir_resources(module: Any) -> tuple[_Work, _Work, float, str]:
    """Read a request for supplies and check it against R5."""
    contents = [(made.SUPPLY_REQUEST % number).encode() for number in range(_MESSAGES)]
    profile = fhir.FhirProfile(name="R5", version="R5")

    def ours() -> int:
        found = [fhir.parse(content)[0] for content in contents]
        return sum(1 for one in found if one is not None and not fhir.validate(one, profile))

    def theirs() -> int:
        return len([module.SupplyRequest.model_validate_json(one) for one in contents])

    assert ours() == theirs() == _MESSAGES, "both accept every one"
    return ours, theirs, _MESSAGES / 1e6, "us/message"


PEERS = (
    Peer("pydifact", "pydifact.parser", "EDIFACT parse + check + components", pydifact),
    Peer("pyx12", "pyx12.x12file", "X12 850 parse + elements", pyx12),
    Peer("hl7apy", "hl7apy.parser", "HL7 v2 SIU, parse + 6 reads", hl7apy),
    Peer("fhir_resources", "fhir.resources.supplyrequest", "FHIR R5 read + check", fhir_resources),
)


def run() -> list[Figure]:
    """Return three figures for every library that is installed, one that says so otherwise."""
    return [figure for peer in PEERS for figure in compared(peer)]


def compared(peer: Peer) -> list[Figure]:
    """Return ours, theirs and theirs / ours."""
    try:
        module = importlib.import_module(peer.module)
    except ImportError:
        text = f"{peer.key}: skipped, not installed"
        return [Figure(f"P5.{peer.key}_ratio", text, float("nan"), "")]
    ours, theirs, share, unit = peer.make(module)
    mine, other = float("inf"), float("inf")
    for _ in range(_TURNS):
        mine = min(mine, _seconds(ours))
        other = min(other, _seconds(theirs))
    key, text = f"P5.{peer.key}", peer.text
    return [
        Figure(f"{key}_ours", f"{text}: suture", round(mine / share, 1), unit),
        Figure(f"{key}_theirs", f"{text}: {peer.key}", round(other / share, 1), unit),
        Figure(f"{key}_ratio", f"{peer.key} / suture", round(other / mine, 2), ""),
    ]


def _seconds(work: _Work) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start
