"""P5: the codecs in CPU per message, beside the libraries others use.

In: nothing. Out: figures. Refuses to know: how they are shown. python-hl7 is measured in the same
run on the same message; it makes no acknowledgement, ours is in the figure it is compared with.
"""

from __future__ import annotations

import statistics
import time

import hl7

from bench import codec_edifact, codec_hl7v2, codec_x12, journal_ingest, peers
from bench.figure import Figure, Measured

_KEYS = {
    "hl7v2 header": "P5.hl7v2_header_us",
    "hl7v2 parse": "P5.hl7v2_parse_us",
    "hl7v2 parse + 6 reads + ack": "P5.hl7v2_whole_us",
    "hl7v2 parse + set + write": "P5.hl7v2_set_us",
}
_ROUNDS, _REPEATS = 5, 200
_ARRIVALS = 5_000


def run() -> Measured:
    """Measure the codecs, the libraries beside them, and the journal without sockets."""
    rows = {str(row["name"]): float(str(row["value"])) for row in codec_hl7v2.run()}
    figures = [Figure(key, name, rows[name], "us/message") for name, key in _KEYS.items()]
    other = python_hl7_us()
    whole = rows["hl7v2 parse + 6 reads + ack"]
    figures.append(Figure("P5.python_hl7_us", "python-hl7 parse + 6 reads", other, "us/message"))
    figures.append(Figure("P5.python_hl7_ratio", "python-hl7 / suture", other / whole, ""))
    figures += [_row(row) for row in (*codec_x12.run(), *codec_edifact.run())]
    return Measured((*figures, *peers.run(), *_journal()))


def _row(row: dict[str, object]) -> Figure:
    """Return a row of a codec's own measurement; only the first X12 row has a budget."""
    name = str(row["name"])
    key = "P5.x12_ms" if name == "x12 850 tokenise + loops" else f"P5.{name.replace(' ', '_')}"
    return Figure(key, f"{name}, 1 MB", float(str(row["value"])), "ms")


def python_hl7_us() -> float:
    """Return the median CPU time of python-hl7 for parse and the same six reads."""
    text = codec_hl7v2.SIU.decode("utf-8")
    rounds = []
    for _ in range(_ROUNDS):
        start = time.process_time()
        for _ in range(_REPEATS):
            message = hl7.parse(text)
            for segment, field in (("SCH", 1), ("SCH", 11), ("PID", 3), ("AIS", 3), ("AIL", 3)):
                str(message.segment(segment)[field])
            str(message.segment("AIP")[3])
        rounds.append((time.process_time() - start) / _REPEATS * 1e6)
    return round(statistics.median(rounds), 1)


def _journal() -> tuple[Figure, ...]:
    found = journal_ingest.run(_ARRIVALS, 1)
    best = {m.is_durable: m for m in found if m.batch == journal_ingest.BATCHES[-1]}
    return (
        Figure("P5.admit_us", "journal alone: CPU per arrival", best[True].cpu_us, "us"),
        Figure(
            "P5.admit_ratio",
            "journal alone: durable / not durable",
            best[True].per_second / best[False].per_second,
            "",
        ),
    )
