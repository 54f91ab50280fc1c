"""`suture run`: the hub alone.

In: a settings file. Out: a process that runs until SIGTERM or SIGINT and closes in order. Refuses
to know: the demo.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import sys
from pathlib import Path

import click
import structlog

from suture.assembly.hub import open_hub
from suture.assembly.roles import role_of
from suture.assembly.settings import load_settings

SWITCH_S = 0.0005
"""Longest turn of a thread while another waits: the journal's threads and the event loop hand work
to each other some thousand times a second, and Python's own 5 ms would stand between them."""

GC_NEW_OBJECTS = 10_000
"""New containers before a collection; a group of messages in hand makes some thousand, none of
them in a cycle, and Python's own 700 looks at them several times over."""


def set_up_logs() -> None:
    """Log JSON lines to standard error; content never reaches a log call."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


async def run_hub(config: Path, role: str = "") -> int:
    """Run until a signal; returns the exit code."""
    set_up_logs()
    sys.setswitchinterval(SWITCH_S)
    settings = load_settings(config)
    part = role_of(role, settings)
    hub = await asyncio.to_thread(open_hub, settings, role=part)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, hub.stop)
    try:
        await hub.start()
        # What the start made stays for good: later collections need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_NEW_OBJECTS, 20, 20)
        if part.is_shared:
            click.echo(f"running {part.name}")
        for name, (host, port) in hub.addresses.items():
            scheme = "http" if name in ("console", "partners", "health") else "mllp"
            click.echo(f"listening {name} {scheme}://{host}:{port}")
        sys.stdout.flush()
        await hub.run_until_stopped()
    finally:
        await hub.close()
    return 0
