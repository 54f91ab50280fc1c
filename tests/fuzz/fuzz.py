"""Coverage-guided fuzzing of one reader: `python tests/fuzz/fuzz.py x12 --seconds 60`.

In: a reader's name. Out: a crasher file beside this one and exit code 1 when something does not
hold; 0 otherwise. Refuses to know: what must hold (that is `targets`). Skips visibly when the
fuzzer is not installed (`pip install -e .[fuzz]`): it has no wheel for every machine.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CRASHERS = HERE / "crashers"
FINDINGS = ("crash", "timeout", "oom")
"""How the fuzzer names the inputs it keeps."""
GRACE_S = 120
"""For the start, the last input and the report; a fuzzer that takes longer hangs."""
LENGTH_MAX = 4096
"""Bytes of one input: structure is found in small ones."""


def main() -> int:
    """Fuzz each reader named in a process of its own."""
    parser = argparse.ArgumentParser(description="coverage-guided fuzzing of the readers")
    parser.add_argument("readers", nargs="*", default=["hl7v2", "x12", "cxml"])
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    try:
        import atheris  # noqa: F401
    except ImportError:
        print("skipped: the fuzzer is not installed here (pip install -e .[fuzz])")
        return 0
    if given.inside:
        fuzz(given.readers[0], given.seconds)
        return 0
    codes = [outside(reader, given.seconds) for reader in given.readers]
    return max(codes)


def outside(reader: str, seconds: int) -> int:
    """Run one reader's fuzzer and keep what it found."""
    words = [sys.executable, __file__, reader, "--seconds", str(seconds), "--inside"]
    with tempfile.TemporaryDirectory() as folder:
        ends = seconds + GRACE_S
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, check=False, timeout=ends
        )
        found = sorted(p for kind in FINDINGS for p in Path(folder).glob(f"{kind}-*"))
        for path in found:
            content = path.read_bytes()
            kept = CRASHERS / reader / hashlib.sha256(content).hexdigest()[:16]
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(content)
            print(f"{reader}: found {kept.relative_to(HERE)}, {len(content)} bytes")
    if done.returncode != 0 and not found:
        print(done.stderr[-2000:])
    runs = [line for line in done.stderr.splitlines() if line.startswith("Done ")]
    print(f"{reader}: {runs[-1] if runs else 'stopped'}")
    return 1 if done.returncode != 0 else 0


def fuzz(reader: str, seconds: int) -> None:
    """Fuzz in this process; does not return."""
    import atheris

    with atheris.instrument_imports(include=["suture.formats", "suture.documents"]):
        sys.path.insert(0, str(HERE.parents[1]))
        from tests.fuzz import targets

    seeds = Path("seeds")
    seeds.mkdir()
    for number, content in enumerate(targets.SEEDS[reader]):
        (seeds / str(number)).write_bytes(content)
    options = [f"-max_total_time={seconds}", f"-max_len={LENGTH_MAX}", "-timeout=10"]
    atheris.Setup([sys.argv[0], *options, str(seeds)], targets.TARGETS[reader])
    atheris.Fuzz()


if __name__ == "__main__":
    raise SystemExit(main())
