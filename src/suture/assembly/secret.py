"""Secrets stand in files of mode 0600, named by settings and flows, never in them.

In: a path. Out: the secret. Refuses to know: what it opens.
"""

from __future__ import annotations

from pathlib import Path

from suture.core.refusal import MisconfiguredError


def read_secret(path: Path) -> str:
    """Return a secret file's content.

    Raises MisconfiguredError `secret.missing`, and `secret.permissions` for a file others may read.
    """
    if not path.is_file():
        raise MisconfiguredError("secret.missing", f"no such secret file: {path.name}")
    if path.stat().st_mode & 0o077:
        raise MisconfiguredError("secret.permissions", f"chmod 600 {path.name}")
    return path.read_text("utf-8").strip()
