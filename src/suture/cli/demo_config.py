"""The demo's settings: secrets, ports, one file per process.

In: a folder with generated data, a business clock. Out: `hub.toml` and the peers' files. Refuses to
know: what the processes do.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from suture.assembly.settings import store_url
from suture.assembly.stores import ZONES
from suture.core.clock import BusinessTime
from suture.core.ids import Entropy
from suture.core.refusal import MisconfiguredError
from suture.governance.pack import pack_folder
from suture.governance.seal import create_key_file

HUB_X12, HUB_CXML = "HSCIPDEMO", "AN01000000001"
X12_ID, CXML_ID = "SUP9001DEMO", "AN01000009002"
PAYMENT_DAYS = "1"
"""Vouchers are paid after a day, so that the story sees the payment."""


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """Where everything of one demonstration is."""

    folder: Path
    hub_config: Path
    board: str
    ports: dict[str, int]
    control_token: str


def free_ports(count: int) -> list[int]:
    """Return ports that are free on loopback now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def write_secret(path: Path, value: str) -> None:
    """Write a secret file with mode 0600."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(value + "\n")


def store_tables(url: str, entropy: Entropy) -> str:
    """Return the `[store]` tables of a demonstration in PostgreSQL: two schemas of its own.

    Empty without a URL. Raises MisconfiguredError `config.invalid`.
    """
    if not url:
        return ""
    try:
        address = json.dumps(store_url(url))
    except ValueError as error:
        raise MisconfiguredError("config.invalid", f"--store: {error}") from None
    name = f"suture_demo_{entropy.token_bytes(4).hex()}"
    return "".join(
        f'\n[store.{zone}]\nurl = {address}\ntables_in = "{name}_{zone}"\n' for zone in ZONES
    )


def write_plan(
    folder: Path, business: BusinessTime, board_port: int, entropy: Entropy, stores: str = ""
) -> DemoPlan:
    """Write every configuration and return where things are."""
    names = ("mllp", "partners", "erp", "supplier-x12", "supplier-cxml", "ehr", "console")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    ports["console"] = board_port or ports["console"]
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    create_key_file(keys / "hub.key", entropy)
    secrets = {name: entropy.token_bytes(24).hex() for name in ("erp", "dock", "x12", "cxml")}
    for name, value in secrets.items():
        write_secret(keys / name, value)
    control = entropy.token_bytes(24).hex()
    truck = entropy.token_bytes(24).hex()
    clock = {
        "epoch": business.epoch.isoformat(),
        "rate": business.rate,
        "start": business.start.isoformat(),
    }
    hub_config = folder / "hub.toml"
    hub_config.write_text(_hub_toml(ports, clock) + stores, "utf-8")
    peers = folder / "peers"
    peers.mkdir(mode=0o700)
    for name, body in _peers(folder, ports, secrets, truck).items():
        base = {
            "name": name,
            "host": "127.0.0.1",
            "port": ports[name],
            "clock": clock,
            "control_token": control,
            "data_dir": str(folder / "peers"),
        }
        write_secret(peers / f"{name}.json", json.dumps({**base, **body}, indent=1))
    board = f"http://127.0.0.1:{ports['console']}/"
    return DemoPlan(folder, hub_config, board, ports, control)


def _hub_toml(ports: dict[str, int], clock: dict[str, Any]) -> str:
    """Return the hub's settings from the demo pack's template."""
    pack = pack_folder("demo")
    template = Template((pack / "hub.toml.template").read_text("utf-8"))
    return template.substitute(
        policy=json.dumps(str(pack / "policy")),
        **clock,
        console=ports["console"],
        partners=ports["partners"],
        mllp=ports["mllp"],
        erp=ports["erp"],
        x12=ports["supplier-x12"],
        cxml=ports["supplier-cxml"],
        hub_x12=HUB_X12,
        x12_id=X12_ID,
        hub_cxml=HUB_CXML,
        cxml_id=CXML_ID,
    )


def _peers(
    folder: Path, ports: dict[str, int], secrets: dict[str, str], truck: str
) -> dict[str, dict[str, Any]]:
    data, story = folder / "data", folder / "data" / "story"
    hub = f"http://127.0.0.1:{ports['partners']}"
    erp = f"http://127.0.0.1:{ports['erp']}"
    items = str(data / "master" / "items.json")
    return {
        "ehr": {
            "token": "",
            "scenario": str(story / "scenario.json"),
            "peers": {"hub_mllp": f"127.0.0.1:{ports['mllp']}"},
        },
        "erp": {
            "token": secrets["erp"],
            "items": items,
            "stock": str(data / "stock.json"),
            "payment_days": PAYMENT_DAYS,
            "dock_token": truck,
            "peers": {"hub": hub, "hub_token": secrets["dock"]},
        },
        "supplier-x12": {
            "token": secrets["x12"],
            "items": items,
            "rules": str(story / "rules-SUP-9001.json"),
            "x12_id": X12_ID,
            "buyer_x12_id": HUB_X12,
            "supplier_name": "Syntho Orthopedics",
            "gln": "9521009000019",
            "peers": {"hub": hub, "hub_token": secrets["x12"], "erp": erp, "dock_token": truck},
        },
        "supplier-cxml": {
            "token": secrets["cxml"],
            "items": items,
            "rules": str(story / "rules-SUP-9002.json"),
            "cxml_identity": CXML_ID,
            "buyer_identity": HUB_CXML,
            "shared_secret": secrets["cxml"],
            "peers": {
                "hub": hub,
                "hub_token": secrets["cxml"],
                "hub_secret": secrets["cxml"],
                "erp": erp,
                "dock_token": truck,
            },
        },
    }
