"""Answers of people, handed to a running hub over its interface.

In: a settings file and an answer. Out: exit code 0 when it was taken, 1 with the problem otherwise.
Refuses to know: the stores (one process writes them: the hub).
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from suture.assembly.settings import load_settings
from suture.core.refusal import MisconfiguredError

if TYPE_CHECKING:
    from suture.cli.showing import Wanted

TIMEOUT_S = 10.0


def _post(config: Path, path: str, body: dict[str, Any]) -> int:
    """Hand something in and print the answer."""
    told = asked(config, "POST", path, body)
    if told is not None:
        click.echo(json.dumps(told))
    return 0 if told is not None else 1


def asked(
    config: Path, method: str, path: str, body: Any = None, *, once: str = ""
) -> dict[str, Any] | None:
    """Return the hub's answer, None after printing its problem; `once` makes a deed happen once.

    Raises MisconfiguredError `hub.never-started`, `hub.not-running`.
    """
    import httpx  # here, where it is needed: no other command pays for it

    settings = load_settings(config)
    token_file = settings.data / "api.token"
    if not token_file.is_file():
        raise MisconfiguredError("hub.never-started", "start the hub first (suture run)")
    token = token_file.read_text("ascii").strip()
    base = f"http://{settings.console.host}:{_port(settings.data, settings.console.port)}"
    try:
        answer = httpx.request(
            method,
            f"{base}/api/v1{path}",
            json=body,
            headers={
                "authorization": f"Bearer {token}",
                **({"idempotency-key": once} if once else {}),
            },
            timeout=TIMEOUT_S,
        )
    except httpx.HTTPError:
        raise MisconfiguredError("hub.not-running", f"no hub answers at {base}") from None
    if answer.status_code >= 400:
        told = answer.json()
        click.echo(f"{told.get('title')}: {told.get('detail')}", err=True)
        return None
    found: dict[str, Any] = answer.json()
    return found


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


def reload_flows(config: Path) -> int:
    """Let a running hub take over the flows that are deployed now."""
    told = asked(config, "POST", "/flows/reload", {})
    for line in told["changed"] if told is not None else []:
        click.echo(f"running {line}")
    return 0 if told is not None else 1


def list_flows(config: Path) -> int:
    """Print the flows of a running hub."""
    told = asked(config, "GET", "/flows")
    for flow in told["items"] if told is not None else []:
        where = f" at {flow['address'][0]}:{flow['address'][1]}" if flow["address"] else ""
        where = " paused" if flow["paused"] else where
        click.echo(f"{flow['flow']} {flow['version']}{where}: {flow['description']}")
        for one in flow["destinations"]:
            state = "paused" if one["paused"] else "no answer" if one["circuit_open"] else "open"
            click.echo(f"  -> {one['name']} {state}")
    return 0 if told is not None else 1


def replay(config: Path, exchange: str) -> int:
    """Give a kept message to its flow again."""
    return _post(config, f"/messages/{exchange}/replay", {})


def replay_found(config: Path, wanted: Wanted, *, rate: float, is_dry: bool) -> int:
    """Replay what a search finds, oldest first, at a rate; 1 when one was refused or none found."""
    from suture.cli.showing import find

    found = find(config, wanted)[::-1]
    refused = 0
    for number, one in enumerate(found):
        if is_dry:
            click.echo(f"would replay {one.endpoint} {one.control_id}  {one.exchange}")
            continue
        if number:
            time.sleep(1 / max(rate, 0.01))
        refused += asked(config, "POST", f"/messages/{one.exchange}/replay", {}) is None
    done = "would be replayed" if is_dry else "replayed"
    click.echo(f"{len(found) - refused} {done}" + (f", {refused} refused" if refused else ""))
    return 1 if refused or not found else 0


def pause(config: Path, name: str, *, is_paused: bool) -> int:
    """Stop or go on with a flow's source, or with one of its destinations."""
    return _post(config, f"/destinations/{name}/{'pause' if is_paused else 'resume'}", {})


def drain(config: Path, flow: str, *, timeout_s: float) -> int:
    """Pause a flow and wait until nothing of it waits; its progress goes to stderr."""
    if pause(config, flow, is_paused=True):
        return 1
    end = time.monotonic() + timeout_s
    before = -1
    while (left := _waiting(config, flow)) > 0:
        if left != before:
            click.echo(f"{flow}: {left} to go", err=True)
        before = left
        if time.monotonic() > end:
            click.echo(f"{flow}: {left} did not end in time; see: suture flow list", err=True)
            return 1
        time.sleep(0.2)
    if left < 0:
        return 1
    click.echo(f"{flow} is drained; go on with: suture resume {flow}")
    return 0


def _waiting(config: Path, flow: str) -> int:
    """Return how many deliveries of a flow have not ended, -1 when the hub did not say."""
    told = asked(config, "GET", "/health")
    if told is None:
        return -1
    ends = ("/waiting", "/sending")
    return sum(
        count
        for name, count in told["deliveries"].items()
        if name.startswith(f"{flow}.") and name.endswith(ends)
    )


def redeliver(
    config: Path, destination: str, *, search: dict[str, str], rate: float, is_dry: bool, limit: int
) -> int:
    """Send what a destination was given up on again, the same bytes; at a rate, one by one."""
    path = f"/destinations/{destination}/redeliver"
    is_paced = rate > 0 and not is_dry
    body = {**search, "limit": limit, "dry_run": is_dry or is_paced}
    told = asked(config, "POST", path, body)
    if told is None:
        return 1
    found = told["exchanges"]
    for number, exchange in enumerate(found):
        if is_dry:
            click.echo(f"would send {destination}  {exchange}")
        elif is_paced:
            if number:
                time.sleep(1 / rate)
            asked(config, "POST", path, {**search, "exchange": exchange, "limit": 1})
    click.echo(f"{len(found)} {'would be sent again' if is_dry else 'sent again'}")
    return 0 if found else 1
