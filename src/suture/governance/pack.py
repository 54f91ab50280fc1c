"""Where the shipped packs are: beside the source in a checkout, inside the wheel when installed.

In: a pack's name. Out: its folder. Refuses to know: what a pack holds.
"""

from __future__ import annotations

from pathlib import Path

from suture.core.refusal import MisconfiguredError


def pack_folder(name: str) -> Path:
    """Return the folder of a shipped pack; raises MisconfiguredError `pack.missing`."""
    package = Path(__file__).resolve().parents[1]
    for root in (package / "_packs", package.parents[1] / "packs"):
        folder = root / name
        if folder.is_dir():
            return folder
    raise MisconfiguredError("pack.missing", f"the shipped pack {name!r} is not installed")
