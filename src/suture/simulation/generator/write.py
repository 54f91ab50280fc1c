"""A data set as files: canonical JSON and a manifest of digests (spec 7.1).

In: a data set and a directory. Out: files whose bytes are the same on every machine. Refuses to
know: what the rows mean.
"""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

from suture.simulation.generator.dataset import Dataset


def canonical_json(value: Any) -> bytes:
    """Return JSON with sorted keys, no spaces, UTF-8, one final line feed; refuses NaN."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8") + b"\n"


def encode(dataset: Dataset) -> dict[str, bytes]:
    """Return path -> bytes of every file, the manifest included."""
    files = {path: canonical_json(value) for path, value in sorted(dataset.files.items())}
    manifest = {
        "seed": dataset.seed,
        "profile": dataset.profile,
        "start": dataset.start.isoformat(),
        "sha256": {path: sha256(content).hexdigest() for path, content in files.items()},
    }
    return {**files, "manifest.json": canonical_json(manifest)}


def write(dataset: Dataset, directory: Path) -> dict[str, str]:
    """Write every file and return path -> sha256; existing files are replaced."""
    written = {}
    for path, content in encode(dataset).items():
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        written[path] = sha256(content).hexdigest()
    return written
