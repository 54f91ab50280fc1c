"""Measures the X12 codec: a 1 MB purchase order, and a stream of 100 MB (P5).

In: nothing; the content is generated. Out: CPU milliseconds, against the budget of 60 ms for
tokenising and loops; the peak of memory for the stream. Refuses to know: partners, files. Run as
`python -m bench.codec_x12`; `--stream` adds the large stream.
"""

from __future__ import annotations

import json
import sys
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

from suture.formats.x12 import Envelope, compose, parse, read_sets, validate, view

BUDGET_MS = 60.0
"""P5: X12 1 MB 850 tokenise + loops, CPU time."""
_BYTES = 1_000_000
_LINE_BYTES = 114
"""One line of the order below; only decides how many lines are made."""
_RUNS = 7
"""Best of: the first runs warm the caches, later ones meet the noise of a shared machine."""


def order_bytes(size: int = _BYTES) -> bytes:
    """Return an interchange with one 850 of about `size` bytes, three segments per line."""
    segments = [
        ["BEG", "00", "NE", "PO4500012345", "", "20270108"],
        ["CUR", "BY", "USD"],
        ["REF", "CT", "CTR-KNEE-2027"],
        ["DTM", "002", "20270110"],
        ["N1", "BY", "SYNTH HEALTH", "UL", "9521000000001"],
        ["N1", "ST", "SYNTH MAIN DOCK", "UL", "9521000001022"],
    ]
    count = size // _LINE_BYTES
    for line in range(1, count + 1):
        product = ["UK", "09521001001014", "VC", f"KF-{line:05}"]
        segments.append(["PO1", str(line), "1", "EA", "1450.00", "CT", *product])
        segments.append(["PID", "F", "", "", "", "SYNTH COMPONENT CEMENTED SIZE 5"])
        segments.append(["REF", "CO", f"DMD-{line:06X}"])
    segments.append(["CTT", str(count)])
    envelope = Envelope(
        set_id="850",
        sender="SYNTHBUYER",
        receiver="SYNTHSUPPLIER",
        interchange_control=101,
        group_control=101,
        at=datetime(2027, 1, 8, 14, 15, tzinfo=UTC),
    )
    return compose(envelope, [segments])


def run() -> list[dict[str, object]]:
    """Return one row: CPU milliseconds (best of several) for tokenise, loops and element checks.

    Raises AssertionError when the bytes do not come back or a problem is found: then the number
    would be that of other work.
    """
    content = order_bytes()
    best = float("inf")
    for _ in range(_RUNS):
        start = time.process_time()
        interchange, problems = parse(content)
        lines = len(interchange.sets[0].tree.within("PO1"))
        best = min(best, (time.process_time() - start) * 1000)
        assert not problems and lines and bytes(interchange) == content
    row: dict[str, object] = {"name": "x12 850 tokenise + loops", "value": round(best, 1)}
    rows = [row | {"unit": "ms", "budget": BUDGET_MS, "bytes": len(content)}]
    interchange, _ = parse(content)
    start = time.process_time()
    assert not validate(interchange)
    rows.append(_row("x12 850 validate", start, len(content)))
    start = time.process_time()
    found, problems = view(interchange.sets[0])
    assert found is not None and not problems
    rows.append(_row("x12 850 typed view", start, len(content)))
    return rows


def stream(megabytes: int) -> list[dict[str, object]]:
    """Return a row: time and peak memory of reading a generated interchange of many orders."""
    count = 0
    start = time.process_time()
    for found, _ in read_sets(chunks(megabytes * _BYTES)):
        count += found is not None
    row = _row(f"x12 stream of {megabytes} MB, {count} sets", start, megabytes * _BYTES)
    tracemalloc.start()
    for found, _ in read_sets(chunks(max(megabytes // 10, 1) * _BYTES)):
        count += found is not None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return [row | {"peak_bytes_of_a_tenth": peak}]


def chunks(size: int) -> Iterator[bytes]:
    """Yield one interchange of about `size` bytes, of orders of 100 kB, in pieces of 64 kB."""
    whole = order_bytes(_BYTES // 10)
    first, last = whole.index(b"ST*850"), whole.index(b"GE*1")
    body = whole[first:last]
    yield whole[:first]
    count = max(size // len(body), 1)
    for number in range(1, count + 1):
        one = body.replace(b"*0001~", b"*%09d~" % number)
        for place in range(0, len(one), 65_536):
            yield one[place : place + 65_536]
    yield b"GE*%d*101~IEA*1*000000101~" % count


def _row(name: str, start: float, size: int) -> dict[str, object]:
    spent = (time.process_time() - start) * 1000
    return {"name": name, "value": round(spent, 1), "unit": "ms", "bytes": size}


if __name__ == "__main__":
    every = run() + (stream(100) if "--stream" in sys.argv else [])
    print(json.dumps(every, indent=2))
