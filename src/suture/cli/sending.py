"""`suture send`: HL7 files over MLLP.

In: files, an address. Out: one line per message with its acknowledgement. Refuses to know: the
content beyond its header.
"""

from __future__ import annotations

from pathlib import Path

import click

from suture.connectivity.transports.mllp import MllpSender
from suture.connectivity.transports.result import NotSent, Replied, Unanswered
from suture.core.refusal import MisconfiguredError, RefusalError
from suture.formats.hl7v2 import header, parse, split_batch


async def send_file(target: str, files: tuple[Path, ...], timeout_s: float) -> int:
    """Send every message of every file; 0 when all were acknowledged positively."""
    host, _, port = target.rpartition(":")
    if not host or not port.isdigit():
        raise MisconfiguredError("send.address", "write --mllp HOST:PORT")
    sender = MllpSender(host, int(port))
    failed = 0
    try:
        for path in files:
            messages, _ = split_batch(path.read_bytes())
            for content in messages:
                failed += not await _send(sender, path.name, content, timeout_s)
    finally:
        await sender.close()
    return 1 if failed else 0


async def _send(sender: MllpSender, name: str, content: bytes, timeout_s: float) -> bool:
    try:
        found = header(content)
        label = f"{name} {found.trigger} {found.control_id}"
    except RefusalError as refusal:
        label = f"{name} ({refusal.code})"
    result = await sender.send(content, timeout_s)
    match result:
        case NotSent(code=code):
            click.echo(f"{label}: not sent, {code}: is the listener up at this address?")
            return False
        case Unanswered(code=code):
            click.echo(f"{label}: no answer, {code}: it may have been taken")
            return False
        case Replied(content=reply):
            answer, _ = parse(reply)
            code, control = answer.get("MSA-1"), answer.get("MSA-2")
            detail = answer.get("ERR-8") or answer.get("MSA-3")
            click.echo(f"{label}: {code} {control} {detail}".rstrip())
            return code in ("AA", "CA")
