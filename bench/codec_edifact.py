"""Measures the EDIFACT codec: cut a 1 MB order, check it, and read its typed view.

In: nothing; the order is generated. Out: CPU milliseconds for each step. Refuses to know: partners,
files. Run as `python -m bench.codec_edifact`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

from suture.formats.edifact import (
    Envelope,
    InterchangeParty,
    OutMessage,
    build,
    compose,
    parse,
    read_messages,
    read_order,
    validate,
)

_LINES = 7_700
_RUNS = 5
"""Best of: the first runs warm the caches, later ones meet the noise of a shared machine."""


def order_bytes(lines: int = _LINES) -> bytes:
    """Return an interchange with one ORDERS of about 1 MB, six segments per line."""
    segments = [
        build.bgm("220", "PO4500012345"),
        build.dtm("137", date(2027, 1, 8)),
        build.nad("BY", "9521000000001"),
        build.nad("SU", "9521009000019"),
    ]
    for line in range(1, lines + 1):
        segments += [
            build.lin(str(line), "09521001001014"),
            build.pia("1", (f"KF-{line:05}", "SA")),
            build.imd("SYNTH COMPONENT SIZE 5"),
            build.qty("21", 1, "PCE"),
            build.pri("AAA", Decimal("1450.00")),
            build.rff("CT", "CTR-KNEE-2027"),
        ]
    segments += [build.uns(), build.cnt("2", lines)]
    envelope = Envelope(
        sender=InterchangeParty("9521000000001", "14"),
        receiver=InterchangeParty("9521009000019", "14"),
        reference="101",
        at=datetime(2027, 1, 8, 14, 15, tzinfo=UTC),
    )
    return compose(envelope, [OutMessage(type="ORDERS", segments=segments)])


def best(work: Callable[[], object]) -> float:
    """Return the CPU milliseconds of the fastest run."""
    found = float("inf")
    for _ in range(_RUNS):
        start = time.process_time()
        work()
        found = min(found, (time.process_time() - start) * 1000)
    return round(found, 1)


def run() -> list[dict[str, object]]:
    """Return a row per step; raises AssertionError when the order is not read without problems."""
    content = order_bytes()
    interchange, problems = parse(content)
    message = interchange.messages[0]
    assert not problems and not validate(interchange) and bytes(interchange) == content
    pieces = [content[n : n + 4096] for n in range(0, len(content), 4096)]
    steps: dict[str, Callable[[], object]] = {
        "edifact ORDERS parse": lambda: parse(content),
        "edifact ORDERS validate": lambda: validate(interchange),
        "edifact ORDERS typed view": lambda: read_order(message),
        "edifact ORDERS stream of 4 kB with checks": lambda: list(read_messages(pieces)),
    }
    return [
        {"name": name, "value": best(work), "unit": "ms", "bytes": len(content)}
        for name, work in steps.items()
    ]


if __name__ == "__main__":
    print(json.dumps(run(), indent=2))
