"""The configuration of one simulated peer, read from its JSON file.

In: a path or a JSON object. Out: a `PeerConfig` with the business clock. Refuses to know: what the
peer does with the fields under `extra`. Secrets never appear in a repr.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from suture.core.clock import BusinessTime, SystemClock
from suture.simulation.number import instant

FILE_BYTES_MAX = 16 * 1024 * 1024
"""A scenario of the ci profile is about 200 kB; a larger file is a wrong file."""


@dataclass(frozen=True, slots=True)
class PeerConfig:
    """Where a peer listens, which clock it lives by, whom it talks to."""

    name: str
    clock: SystemClock
    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 0
    token: str = field(default="", repr=False)
    """Bearer token the peer demands of the hub."""
    control_token: str = field(default="", repr=False)
    """Bearer token of the `/_sim` routes."""
    peers: dict[str, str] = field(default_factory=dict, repr=False)
    """Addresses and tokens of the other processes, see README.md."""
    extra: dict[str, Any] = field(default_factory=dict, repr=False)
    """Fields of one kind of peer only."""

    def load(self, name: str) -> Any:
        """Return the JSON of a file named by an `extra` field, or the field's own value."""
        value = self.extra.get(name)
        return read_json(Path(value)) if isinstance(value, str) else value


def read_json(path: Path) -> Any:
    """Return the JSON of a file; raises ValueError when it is too large or not JSON."""
    if path.stat().st_size > FILE_BYTES_MAX:
        raise ValueError(f"a file has more than {FILE_BYTES_MAX} bytes")
    return json.loads(path.read_bytes())


def peer_config(raw: dict[str, Any]) -> PeerConfig:
    """Return the configuration in a JSON object; raises KeyError or ValueError when it is wrong."""
    clock = raw["clock"]
    business = BusinessTime(
        epoch=instant(clock["epoch"]), rate=float(clock["rate"]), start=instant(clock["start"])
    )
    known = {"name", "clock", "data_dir", "host", "port", "token", "control_token", "peers"}
    return PeerConfig(
        name=str(raw["name"]),
        clock=SystemClock(business),
        data_dir=Path(raw["data_dir"]),
        host=str(raw.get("host", "127.0.0.1")),
        port=int(raw.get("port", 0)),
        token=str(raw.get("token", "")),
        control_token=str(raw.get("control_token", "")),
        peers={str(k): str(v) for k, v in raw.get("peers", {}).items()},
        extra={name: value for name, value in raw.items() if name not in known},
    )
