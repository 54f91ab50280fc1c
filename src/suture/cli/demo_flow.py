"""The flow of the demonstration: an X12 order laid into a folder comes out as EDIFACT.

In: the demonstration's folder. Out: a deployed flow, an order in its folder; later, whether the
order came out. Refuses to know: how flows run.
"""

from __future__ import annotations

from pathlib import Path

from suture.assembly.flows.store import deploy
from suture.cli.demo_check import StoryCheck
from suture.governance.pack import pack_folder
from suture.orchestration.flows.bundle import read_bundle

FLOW = "orders-to-edifact"


def place_flow(folder: Path) -> None:
    """Deploy the flow and lay an order before its door."""
    flow = pack_folder("orders-by-file") / "flows" / FLOW
    deploy(folder / "stores", [read_bundle(flow)])
    given = folder / "orders-in"
    given.mkdir(parents=True, exist_ok=True)
    order = pack_folder("demo") / "samples" / "order.x12"
    (given / order.name).write_bytes(order.read_bytes())


def check_flow(check: StoryCheck, folder: Path) -> None:
    """Note whether the one order came out once, as an EDIFACT order."""
    made = [path.read_bytes() for path in (folder / "orders-out").glob("*.edi")]
    is_good = len(made) == 1 and b"+ORDERS:D:01B:UN'" in made[0] and b"PO4500019001" in made[0]
    check.note(is_good, f"flow {FLOW}: the X12 order came out once, as EDIFACT", len(made))
    taken = (folder / "orders-in" / "done" / "order.x12").is_file()
    check.note(taken, f"flow {FLOW}: the order's file was moved to done", taken)
