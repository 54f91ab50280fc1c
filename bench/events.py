"""P3: events through processes: open order lines take a 997, an 855, an 856 and a receipt each.

In: a folder, a scale, a number of events. Out: figures, and cost against the number of open orders.
Refuses to know: wires. The open lines are written into the journal directly, half of them SENT and
half TRANSPORT_ACKED; the events are decided by the engine in batches of its own size.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from bench.figure import Figure, Measured, Series
from bench.hub_process import HubProcess, running
from suture.core.clock import SystemClock, real_time
from suture.documents import codec
from suture.documents.events import (
    Acknowledged,
    LineApproved,
    ReceiptPosted,
    ShipmentNotified,
    TransportAnswered,
)
from suture.documents.supply import AcknowledgedLine, OrderLine, ShippedLine
from suture.governance.pack import pack_folder
from suture.governance.policy import load_policies
from suture.journal.contract import Journal, Tx
from suture.journal.record import Instance, NewEvent
from suture.journal.sqlite import open_sqlite
from suture.orchestration.engine import Engine
from suture.orchestration.path.decide import BATCH_EVENTS
from suture.orchestration.processes.catalog import ALL
from suture.orchestration.processes.supplier_order import OrderLineData

ROWS_PER_COMMIT = 2000
"""Rows written per transaction while a store is prepared; not part of any figure."""
KINDS = 4
"""Events each touched line takes."""


@dataclass(frozen=True, slots=True)
class Run:
    """One size: what deciding and opening cost."""

    orders: int
    per_s: float
    cpu_us: float
    open_s: float
    undecided: int


def run(folder: Path, scale: int = 100_000, events: int = 8_000, idle_s: float = 3.0) -> Measured:
    """Measure at a hundredth, a tenth and all of `scale`; restart and idle at `scale`."""
    folder.mkdir(parents=True, exist_ok=True)
    runs = [
        measure(folder / str(size) / "stores", size, events)
        for size in sorted({max(1, scale // 100), max(1, scale // 10), scale})
    ]
    last = runs[-1]
    start_s, idle = idle_hub(folder / str(scale), idle_s)
    text = f"{scale:,} open orders"
    figures = (
        Figure("P3.per_s", f"events decided, {text}", last.per_s, "events/s"),
        Figure("P3.cpu_us", f"CPU, {text}", last.cpu_us, "us/event"),
        Figure("P3.restart_s", f"store opened, first batch, {text}", last.open_s, "s"),
        Figure("P3.start_s", f"whole hub started, {text}", start_s, "s"),
        Figure("P3.idle_percent", f"CPU idle, {text}", idle, "% of a core"),
        Figure("P3.undecided", "events without the expected state", last.undecided, "lines"),
    )
    points = tuple((float(each.orders), each.cpu_us) for each in runs)
    return Measured(figures, (Series("P3.cpu_us", "open orders", "CPU us/event", points),))


def make_engine() -> Engine:
    """Return the engine with the shipped policy."""
    policies = load_policies([pack_folder("default") / "policy"])
    return Engine(ALL, policies, SystemClock(real_time()))


def measure(folder: Path, size: int, events: int) -> Run:
    """Prepare a store with `size` open lines and decide `events` events of some of them."""
    engine = make_engine()
    now = engine.clock.now()
    path = folder / "operations.db"
    journal = open_sqlite(path, zone="operations")
    fill(journal, size, now)
    touched = min(size, max(1, events // KINDS))
    step = size // touched
    keys = [f"P{number * step}/1" for number in range(touched)]
    post(journal, keys, now)
    wall, cpu = time.perf_counter(), time.process_time()
    decided = drain(journal, engine)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    with journal.read() as reader:
        states = [reader.instance("W3", key) for key in keys]
    undecided = sum(1 for found in states if found is None or found.state != "RECEIVED")
    journal.close()
    began = time.perf_counter()
    journal = open_sqlite(path, zone="operations")
    journal.write(lambda tx: engine.step(tx, BATCH_EVENTS))
    opened = time.perf_counter() - began
    journal.close()
    return Run(size, decided / wall, cpu / max(1, decided) * 1e6, opened, undecided)


def drain(journal: Journal, engine: Engine) -> int:
    """Decide everything; return how many events that was (own ones of the engine included)."""
    total = 0
    while done := journal.write(lambda tx: engine.step(tx, BATCH_EVENTS)):
        total += done
    return total


def fill(journal: Journal, size: int, now: datetime) -> None:
    """Write `size` open order lines."""
    line = OrderLine(
        line="1", item="F5", quantity=Fraction(1), uom="EA", unit_price=Decimal("1450.00")
    )
    approved = LineApproved(
        po_number="P0",
        line=line,
        supplier="SUP-9001",
        facility="NCH",
        order_date=now.date(),
        need_by=now.date() + timedelta(days=9),
        ship_to_gln="9521000001022",
        requisition="R0",
        case_tokens=(),
        demand_lines=(),
        item_class="CONSUMABLE",
    )
    data = codec.encode(OrderLineData(approved=approved))
    first = Instance("W3", "P0/1", "SENT", 1, 1, now, data, "P0", "NCH", now + timedelta(days=9))

    def some(start: int, tx: Tx) -> None:
        for number in range(start, min(size, start + ROWS_PER_COMMIT)):
            state = "SENT" if number % 2 else "TRANSPORT_ACKED"
            po = f"P{number}"
            tx.put_instance(replace(first, key=f"{po}/1", parent=po, state=state))

    for start in range(0, size, ROWS_PER_COMMIT):
        journal.write(functools.partial(some, start))


def post(journal: Journal, keys: list[str], now: datetime) -> None:
    """Append the four answers of every line, kind by kind, as partners send them."""

    def one(tx: Tx, kind: str, key: str, payload: object) -> None:
        data = codec.encode(payload)
        tx.append(NewEvent(f"{kind}/{key}", kind, "W3", key, now, data, facility="NCH"), now)

    def some(tx: Tx) -> None:
        for key in keys:
            told = TransportAnswered(code="A", control_id="1/0001")
            one(tx, "purchase_order.transport_acknowledged", key, told)
        for key in keys:
            po = key.partition("/")[0]
            answer = AcknowledgedLine(
                po_number=po, line="1", result="accepted", code="IA", promised_delivery=now.date()
            )
            one(tx, "purchase_order.acknowledged.accepted", key, Acknowledged(answer=answer))
        for key in keys:
            po = key.partition("/")[0]
            shipped = ShippedLine(po_number=po, line="1", quantity=Fraction(1), uom="EA")
            notice = ShipmentNotified(shipment=f"S{po}", supplier="SUP-9001", shipped=shipped)
            one(tx, "shipment.notified", key, notice)
        for key in keys:
            po = key.partition("/")[0]
            receipt = ReceiptPosted(
                receipt=f"R{po}",
                receipt_no=f"N{po}",
                po_number=po,
                line="1",
                quantity=Fraction(1),
                uom="EA",
            )
            one(tx, "receipt.posted", key, receipt)

    journal.write(some)


def idle_hub(folder: Path, seconds: float) -> tuple[float, float]:
    """Start a hub on a prepared store; return its start in seconds and its idle CPU in percent."""
    hub = HubProcess(folder)
    with running(hub):
        time.sleep(min(2.0, seconds))  # what the start left over is done first
        before = hub.cpu_s()
        time.sleep(seconds)
        return hub.started_s, (hub.cpu_s() - before) / seconds * 100
