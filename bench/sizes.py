"""P5L: what the streaming readers cost in time and memory at 1, 10 and 100 MB.

In: a format and a size. Out: CPU seconds and the peak of memory, by size, and whether they grow
with it as they should: time in proportion, memory not at all. Refuses to know: how figures are
shown. Each size runs in a process of its own (`python -m bench.sizes x12 1000000`); the time to
make the content is measured and taken off.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import made
from bench.figure import Figure, Measured, Series
from bench.machine import ROOT
from suture.formats import cif, cxml, edifact, fhir, hl7v2, x12

SIZES = (made.MB, 10 * made.MB, 100 * made.MB)
_SECONDS_MAX = 600
"""One size of one format; far more than any takes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading one content took."""

    size: int
    cpu_s: float
    peak_mib: float
    items: int


def _x12(pieces: Iterable[bytes]) -> Iterator[bool]:
    return (found is not None and not wrong for found, wrong in x12.read_sets(pieces))


def _edifact(pieces: Iterable[bytes]) -> Iterator[bool]:
    for found, wrong in edifact.read_messages(pieces):
        # The end of the interchange comes as a last one without a message.
        if found is not None or wrong:
            yield not wrong


def _hl7v2(pieces: Iterable[bytes]) -> Iterator[bool]:
    for found in hl7v2.read_messages(pieces):
        _, wrong = hl7v2.parse(found.data)
        yield not found.problems and not wrong


def _fhir(pieces: Iterable[bytes]) -> Iterator[bool]:
    return (line.resource is not None and not line.problems for line in fhir.read_ndjson(pieces))


def _cxml(pieces: Iterable[bytes]) -> Iterator[bool]:
    return (one.item is not None and not one.problems for one in cxml.stream_items(pieces))


def _cif(pieces: Iterable[bytes]) -> Iterator[bool]:
    return (one.item is not None and not one.problems for one in cif.stream_rows(pieces))


_Made = Callable[[int], Iterator[bytes]]
_Read = Callable[[Iterable[bytes]], Iterator[bool]]
READERS: dict[str, tuple[str, _Made, _Read]] = {
    "x12": ("X12 850, sets with checks", made.x12, _x12),
    "edifact": ("EDIFACT ORDERS, messages with checks", made.edifact, _edifact),
    "hl7v2": ("HL7 v2 batch, messages parsed", made.hl7v2, _hl7v2),
    "fhir": ("FHIR NDJSON, resources", made.fhir, _fhir),
    "cxml": ("cXML Index, items", made.cxml, _cxml),
    "cif": ("CIF, rows", made.cif, _cif),
}


def peak_mib() -> float:
    """Return the most memory this process held, in MiB; from before it ran Python does not count.

    `ru_maxrss` of a child starts at what its parent held, so the kernel's mark of the process
    itself is read where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text("ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(name: str, size: int) -> Cost:
    """Read one content in this process; raises AssertionError when it is not read without problems.

    Then the figure would be that of other work.
    """
    _, make, read = READERS[name]
    start = time.process_time()
    made_bytes = sum(map(len, make(size)))
    between = time.process_time()
    count = 0
    for is_sound in read(make(size)):
        assert is_sound, name
        count += 1
    spent = (time.process_time() - between) - (between - start)
    return Cost(made_bytes, round(spent, 4), round(peak_mib(), 1), count)


def apart(name: str, size: int) -> Cost:
    """Read one content in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.sizes", name, str(size)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        timeout=_SECONDS_MAX,
    )
    return Cost(**json.loads(done.stdout))


def run(sizes: tuple[int, ...] = SIZES) -> Measured:
    """Measure every reader at every size, smallest first."""
    figures: list[Figure] = []
    series: list[Series] = []
    for name, (text, _, _) in READERS.items():
        costs = [apart(name, size) for size in sizes]
        figures += _figures(name, text, costs)
        megabytes = [cost.size / made.MB for cost in costs]
        seconds = tuple(zip(megabytes, (c.cpu_s for c in costs), strict=True))
        memory = tuple(zip(megabytes, (c.peak_mib for c in costs), strict=True))
        series.append(Series(f"P5L.{name}_s", f"MB of {name}", "CPU s", seconds))
        series.append(Series(f"P5L.{name}_mib", f"MB of {name}", "peak MiB", memory))
    return Measured(tuple(figures), tuple(series))


def _figures(name: str, text: str, costs: list[Cost]) -> list[Figure]:
    """Return the cost at each size, and what the largest costs beside the smallest."""
    found = []
    for cost in costs:
        size = f"{cost.size / made.MB:.3g} MB"
        per_mb = cost.cpu_s / cost.size * made.MB * 1000
        found.append(Figure(f"P5L.{name}_ms_{size[:-3]}", f"{text}, {size}", per_mb, "ms/MB"))
        key = f"P5L.{name}_mib_{size[:-3]}"
        found.append(Figure(key, f"{name}, {size}: peak", cost.peak_mib, "MiB"))
    first, last = costs[0], costs[-1]
    slower = (last.cpu_s / last.size) / max(first.cpu_s / first.size, 1e-12)
    larger = last.peak_mib / first.peak_mib
    found.append(Figure(f"P5L.{name}_time_ratio", f"{name}: ms/MB, largest / smallest", slower, ""))
    found.append(Figure(f"P5L.{name}_peak_ratio", f"{name}: MiB, largest / smallest", larger, ""))
    return found


if __name__ == "__main__":
    print(json.dumps(asdict(measured(sys.argv[1], int(sys.argv[2])))))
