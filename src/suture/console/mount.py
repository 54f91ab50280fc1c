"""Mounts the console's pages on the API application.

In: the application, the hub. Out: routes. Refuses to know: stores.
"""

from __future__ import annotations

from fastapi import FastAPI

from suture.api.hub import HubPort


def mount_console(app: FastAPI, hub: HubPort) -> None:
    """Add the console's routes to the application."""
