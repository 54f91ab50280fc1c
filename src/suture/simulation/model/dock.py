"""The receiving docks: trucks arrive, cartons are scanned, then counted.

In: trucks as the suppliers announce them, business time. Out: dock scans to be told to the hub.
Refuses to know: purchase orders, stock (nothing is booked here), HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from suture.simulation.number import instant, iso

Row = dict[str, Any]

COUNT_MINUTES = 30
"""Business minutes between the arrival scan and the count."""
LINES_MAX = 500
"""Lines per truck; the demo has a few."""


@dataclass(frozen=True, slots=True)
class DockScanDue:
    """A scan the hub must hear of; `body["scan_id"]` is its idempotency key."""

    body: Row


@dataclass(slots=True)
class _Truck:
    body: Row
    arrives: datetime
    state: str = "under_way"
    """under_way, arrived, counted."""


@dataclass(slots=True)
class Dock:
    """Trucks by shipment; a shipment announced twice is one truck."""

    trucks: dict[str, _Truck] = field(default_factory=dict)
    repeated: int = 0
    """Trucks announced more than once."""

    def take_truck(self, body: Row, now: datetime) -> tuple[int, Row]:
        """Take a truck; raises ValueError or KeyError when the body is not one."""
        shipment = str(body["shipment_id"])
        lines = body["lines"]
        if not isinstance(lines, list) or not 0 < len(lines) <= LINES_MAX:
            raise ValueError(f"a truck has 1 to {LINES_MAX} lines")
        if shipment in self.trucks:
            self.repeated += 1
            return 200, {"shipment_id": shipment}
        arrives = max(instant(str(body["arrives_at"])), now)
        self.trucks[shipment] = _Truck(body=body, arrives=arrives)
        return 201, {"shipment_id": shipment}

    def next_due(self) -> datetime | None:
        """Return when the next scan falls due."""
        return min((_due(t) for t in self.trucks.values() if t.state != "counted"), default=None)

    def tick(self, now: datetime) -> list[DockScanDue]:
        """Return the scans that are due, in order of arrival."""
        scans = []
        for truck in sorted(self.trucks.values(), key=lambda truck: truck.arrives):
            if truck.state == "under_way" and _due(truck) <= now:
                truck.state = "arrived"
                scans.append(_scan(truck, "arrived", truck.arrives))
            if truck.state == "arrived" and _due(truck) <= now:
                at = _due(truck)
                truck.state = "counted"
                scans.append(_scan(truck, "counted", at))
        return scans

    def view(self) -> list[Row]:
        """Return the trucks as JSON."""
        return [
            {"shipment_id": name, "state": truck.state, "arrives_at": iso(truck.arrives)}
            for name, truck in self.trucks.items()
        ]


def _due(truck: _Truck) -> datetime:
    counting = timedelta(minutes=COUNT_MINUTES if truck.state == "arrived" else 0)
    return truck.arrives + counting


def _scan(truck: _Truck, kind: str, at: datetime) -> DockScanDue:
    body = truck.body
    lines = [_counted(line) if kind == "counted" else _seen(line) for line in body["lines"]]
    return DockScanDue(
        {
            "scan_id": f"SCN-{body['shipment_id']}-{kind[0].upper()}",
            "kind": kind,
            "shipment_id": body["shipment_id"],
            "sscc": body.get("sscc", ""),
            "po_number": body["po_number"],
            "lines": lines,
            "at": iso(at),
        }
    )


def _seen(line: Row) -> Row:
    return {name: line[name] for name in ("po_line", "quantity", "uom")}


def _counted(line: Row) -> Row:
    return {
        **_seen(line),
        "udi": gs1_element_string(line),
        "lot": line.get("lot", ""),
        "serial": line.get("serial", ""),
        "expiry": line.get("expiry"),
        "condition": line.get("condition", "ok"),
    }


def gs1_element_string(line: Row) -> str:
    """Return the UDI the scanner reads: AI 01, 17, 10 and 21, FNC1 as GS (spec 3.10)."""
    parts = [f"01{line['gtin']}"] if line.get("gtin") else []
    if line.get("expiry"):
        parts.append("17" + str(line["expiry"]).replace("-", "")[2:])
    variable = [
        f"{ai}{line[name]}" for ai, name in (("10", "lot"), ("21", "serial")) if line.get(name)
    ]
    return "".join(parts) + "\x1d".join(variable)
