"""Starts one simulated peer, or writes the generated data: `python -m suture.simulation KIND`.

In: a kind (ehr, erp, supplier-x12, supplier-cxml, generate) and a configuration file. Out: a
process that prints one line when it is ready. Refuses to know: the hub beyond its addresses.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from datetime import date
from pathlib import Path
from typing import Protocol

from suture.simulation.generator import generate, write
from suture.simulation.server.config import PeerConfig, peer_config, read_json
from suture.simulation.server.ehr import EhrServer
from suture.simulation.server.erp import ErpServer
from suture.simulation.server.supplier_cxml import CxmlSupplierServer
from suture.simulation.server.supplier_x12 import X12SupplierServer
from suture.simulation.story import build_story, write_story


class Peer(Protocol):
    """A simulated process."""

    @property
    def url(self) -> str:
        """Base address of its HTTP door."""

    async def start(self) -> None:
        """Serve."""

    async def close(self) -> None:
        """Stop."""


KINDS = ("ehr", "erp", "supplier-x12", "supplier-cxml")


def peer_of(kind: str, config: PeerConfig) -> Peer:
    """Return the peer of a kind, not started; raises ValueError for an unknown kind."""
    match kind:
        case "ehr":
            return EhrServer(config)
        case "erp":
            return ErpServer(config)
        case "supplier-x12":
            return X12SupplierServer(config)
        case "supplier-cxml":
            return CxmlSupplierServer(config)
        case _:
            raise ValueError(f"kind is one of {', '.join(KINDS)}")


async def serve(kind: str, config: PeerConfig) -> None:
    """Run a peer until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    peer = peer_of(kind, config)
    await peer.start()
    print(f"listening {config.name} {peer.url}", flush=True)
    await stop.wait()
    await peer.close()


def generated(arguments: argparse.Namespace) -> None:
    """Write the data set and the story of a seed below a directory."""
    dataset = generate(arguments.seed, arguments.profile, date.fromisoformat(arguments.start))
    directory = Path(arguments.out)
    files = write(dataset, directory)
    files |= write_story(build_story(dataset, dataset.start), directory)
    print(f"wrote {len(files)} files to {directory}")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    top = argparse.ArgumentParser(prog="python -m suture.simulation", description=__doc__)
    commands = top.add_subparsers(dest="kind", required=True)
    for kind in KINDS:
        command = commands.add_parser(kind)
        command.add_argument("--config", required=True, help="JSON file, see README.md")
    command = commands.add_parser("generate")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--profile", default="ci")
    command.add_argument("--start", default="2027-01-04", help="first day, ISO date")
    command.add_argument("--out", required=True, help="directory to write to")
    return top


def main(arguments: list[str] | None = None) -> None:
    """Run a command."""
    chosen = parser().parse_args(arguments)
    if chosen.kind == "generate":
        generated(chosen)
        return
    asyncio.run(serve(chosen.kind, peer_config(read_json(Path(chosen.config)))))


if __name__ == "__main__":
    main()
