"""Answers of people, handed to a running hub over its interface.

In: a settings file and an answer. Out: exit code 0 when it was taken, 1 with the problem otherwise.
Refuses to know: the stores (one process writes them: the hub).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import httpx

from suture.assembly.settings import load_settings
from suture.core.refusal import MisconfiguredError

TIMEOUT_S = 10.0


def _post(config: Path, path: str, body: dict[str, Any]) -> int:
    settings = load_settings(config)
    token_file = settings.data / "api.token"
    if not token_file.is_file():
        raise MisconfiguredError("hub.never-started", "start the hub first (suture run)")
    token = token_file.read_text("ascii").strip()
    base = f"http://{settings.console.host}:{_port(settings.data, settings.console.port)}"
    try:
        answer = httpx.post(
            f"{base}/api/v1{path}",
            json=body,
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
        )
    except httpx.HTTPError:
        raise MisconfiguredError("hub.not-running", f"no hub answers at {base}") from None
    if answer.status_code >= 400:
        told = answer.json()
        click.echo(f"{told.get('title')}: {told.get('detail')}", err=True)
        return 1
    click.echo(answer.text)
    return 0


def _port(data: Path, configured: int) -> int:
    """Return the console's port; one picked at the start is kept beside the stores."""
    kept = data / "console.port"
    return int(kept.read_text("ascii")) if configured == 0 and kept.is_file() else configured


def answer_task(config: Path, task_id: str, verdict: str, *, by: str, reason: str) -> int:
    """Approve or reject a task."""
    body = {"verdict": verdict, "by": by, "reason": reason}
    return _post(config, f"/tasks/{task_id}/answer", body)


def answer_exception(config: Path, key: str, verdict: str, *, by: str, reason: str) -> int:
    """Take or resolve an exception."""
    body = {"verdict": verdict, "by": by, "reason": reason}
    return _post(config, f"/exceptions/{key}/answer", body)


def redeliver(config: Path, destination: str) -> int:
    """Requeue a destination's dead deliveries."""
    return _post(config, f"/destinations/{destination}/redeliver", {})
