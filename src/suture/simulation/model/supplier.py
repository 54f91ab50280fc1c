"""A supplier: takes orders and changes, promises, ships and bills, by rules and business time.

In: orders, changes, time. Out: trade documents that fall due. Refuses to know: X12 and cXML,
transport, and shipping twice for one purchase order number (a second order is only counted).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from suture.simulation.generator.check_digit import sscc
from suture.simulation.model.trade import (
    Bill,
    BilledLine,
    ChangedLine,
    ChangeReply,
    Confirmation,
    ConfirmedLine,
    IncomingChange,
    IncomingOrder,
    OrderedLine,
    Pack,
    Shipment,
    TradeDocument,
)
from suture.simulation.number import cents, day_of, quantity, quantity_text, within_hours

Row = dict[str, Any]

ZONE = "America/Chicago"
DOCK_OPENS, DOCK_CLOSES = time(7, 0), time(16, 0)
"""Local hours in which a truck can arrive."""
SHELF_LIFE_DAYS = 900
"""Expiry of what is shipped, days after shipment."""
SERIALS_MAX = 50
"""More units of a serial-controlled line ship as one lot."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a supplier treats a line; times are business hours after the order."""

    kind: str = "accept"
    """accept, backorder (until `date`), reject, silent."""
    date: date | None = None
    ack_after_h: Fraction = Fraction(3, 2)
    ship_after_h: Fraction = Fraction(20)
    transit_h: Fraction = Fraction(16)
    """Business hours after shipment; the dock is open by day only."""
    invoice_after_h: Fraction = Fraction(30)
    """Business hours after shipment."""
    price_variance_percent: Fraction = Fraction(0)
    condition: str = "ok"


def behaviour_of(raw: Row) -> Behaviour:
    """Return the behaviour in a rule `{match, behaviour, ...}`; raises ValueError."""
    hours = ("ack_after_h", "ship_after_h", "transit_h", "invoice_after_h")
    exact = {n: quantity(raw[n]) for n in (*hours, "price_variance_percent") if n in raw}
    kind = str(raw.get("behaviour", "accept"))
    if kind not in ("accept", "backorder", "reject", "silent"):
        raise ValueError("the behaviour is not known")
    day = date.fromisoformat(raw["date"]) if raw.get("date") else None
    if kind == "backorder" and day is None:
        raise ValueError("a backorder has a date")
    return Behaviour(kind=kind, date=day, condition=str(raw.get("condition", "ok")), **exact)


@dataclass(slots=True)
class _Line:
    ordered: OrderedLine
    behaviour: Behaviour
    ship_at: datetime
    arrives: datetime
    state: str = "open"
    """open, confirmed, backordered, rejected, cancelled, shipped, billed."""

    @property
    def is_shippable(self) -> bool:
        return self.state in ("open", "confirmed", "backordered") and self.behaviour.kind not in (
            "reject",
            "silent",
        )

    @property
    def promised(self) -> date:
        return day_of(self.arrives, ZONE)


@dataclass(slots=True)
class _Open:
    order: IncomingOrder
    lines: dict[str, _Line]
    number: str
    ack_at: datetime
    is_acked: bool = False
    replies: dict[str, ChangeReply] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _DueBill:
    at: datetime
    po_number: str
    lines: tuple[str, ...]


class SupplierModel:
    """One supplier; `items` are the master rows it sells."""

    def __init__(self, items: list[Row], rules: list[Row], prefix: str = "S") -> None:
        self.orders: dict[str, _Open] = {}
        self.violations: list[Row] = []
        self._prefix = prefix
        self._items = items
        self._rules = [(dict(rule.get("match", {})), behaviour_of(rule)) for rule in rules]
        self._bills: list[_DueBill] = []
        self._documents: list[TradeDocument] = []
        self._counts = {"shipment": 0, "invoice": 0, "change": 0}

    # ---- input

    def take_order(self, order: IncomingOrder, now: datetime) -> bool:
        """Take an order; False when its number is known: counted, not shipped twice."""
        if order.po_number in self.orders:
            self.violations.append({"kind": "duplicate_order", "po_number": order.po_number})
            return False
        lines = {line.line: self._planned(line, now) for line in order.lines}
        ack = min((x.behaviour.ack_after_h for x in lines.values()), default=Fraction(1))
        self.orders[order.po_number] = _Open(
            order=order,
            lines=lines,
            number=f"SO{self._prefix}{len(self.orders) + 1:06d}",
            ack_at=now + _hours(ack),
        )
        return True

    def take_change(self, change: IncomingChange, now: datetime) -> ChangeReply:
        """Answer a change: accepted while nothing of the line has shipped."""
        held = self.orders.get(change.po_number)
        if held is None:
            self.violations.append({"kind": "change_unknown_order", "po_number": change.po_number})
            unknown = IncomingOrder(change.po_number, day_of(now, ZONE), None, ())
            return self._reply(unknown, change, (), now)
        if change.sequence in held.replies:
            self.violations.append({"kind": "duplicate_change", "po_number": change.po_number})
            return held.replies[change.sequence]
        wanted = change.lines or tuple(ChangedLine(at, is_cancelled=True) for at in held.lines)
        answers = []
        needed = held.order.need_by
        for row in wanted:
            line = held.lines.get(row.line)
            accepted = line is not None and _apply(line, row, needed, now)
            if accepted and row.need_by is not None:
                held.order = replace(held.order, need_by=row.need_by)
            ordered = line.ordered if line else _nothing(row.line)
            answers.append((ordered, accepted, line.promised if line and accepted else None))
        reply = self._reply(held.order, change, tuple(answers), now)
        held.replies[change.sequence] = reply
        return reply

    def status(self, po_number: str) -> str | None:
        """Return the status of an order; None when it is not known."""
        held = self.orders.get(po_number)
        if held is None:
            return None
        states = {line.state for line in held.lines.values()}
        for state in ("open", "backordered", "confirmed", "shipped", "billed"):
            if state in states:
                return state
        return "cancelled" if "cancelled" in states else "rejected"

    # ---- time

    def next_due(self) -> datetime | None:
        """Return when the next document falls due."""
        due = [bill.at for bill in self._bills]
        for held in self.orders.values():
            if not held.is_acked:
                due.append(held.ack_at)
            due += [line.ship_at for line in held.lines.values() if line.is_shippable]
        return min(due, default=None)

    def tick(self, now: datetime) -> list[TradeDocument]:
        """Return the documents that are due: confirmations, shipments, bills."""
        self._documents = []
        for held in self.orders.values():
            if not held.is_acked and held.ack_at <= now:
                self._confirm(held)
            self._ship(held, now)
        for bill in [bill for bill in self._bills if bill.at <= now]:
            self._bills.remove(bill)
            self._bill(bill)
        return self._documents

    def view(self) -> Row:
        """Return the state as JSON, for assertions."""
        orders = [
            {
                "po_number": number,
                "status": self.status(number),
                "supplier_order": held.number,
                "lines": [
                    {
                        "line": line.ordered.line,
                        "item": self.item_key(line.ordered),
                        "state": line.state,
                        "quantity": quantity_text(line.ordered.quantity),
                        "uom": line.ordered.uom,
                        "promised": line.promised.isoformat(),
                    }
                    for line in held.lines.values()
                ],
            }
            for number, held in self.orders.items()
        ]
        duplicates = [v for v in self.violations if v["kind"] == "duplicate_order"]
        return {
            "orders": orders,
            "violations": list(self.violations),
            "duplicates": len(duplicates),
            "shipments": self._counts["shipment"],
            "invoices": self._counts["invoice"],
        }

    # ---- planning

    def _item(self, ordered: OrderedLine) -> Row | None:
        for row in self._items:
            gtins = {level["gtin"] for level in row["packaging"]}
            if ordered.item == row["key"] or ordered.gtin in gtins:
                return row
            if ordered.catalog_no and ordered.catalog_no == row["catalog_no"]:
                return row
        return None

    def gtin_of(self, ordered: OrderedLine) -> str:
        """Return the GTIN of the ordered packaging level."""
        row = self._item(ordered)
        levels = row["packaging"] if row else []
        return next((str(x["gtin"]) for x in levels if x["uom"] == ordered.uom), ordered.gtin)

    def item_key(self, ordered: OrderedLine) -> str:
        """Return the buyer's item number, looked up in the catalogue when it was not given."""
        row = self._item(ordered)
        return str(row["key"]) if row else ordered.item

    def _behaviour(self, ordered: OrderedLine) -> Behaviour:
        item = self.item_key(ordered)
        for match, behaviour in self._rules:
            if match.get("item", item) == item:
                return behaviour
        return Behaviour()

    def _planned(self, ordered: OrderedLine, now: datetime) -> _Line:
        how = self._behaviour(ordered)
        ship_at = now + _hours(how.ship_after_h)
        arrives = within_hours(ship_at + _hours(how.transit_h), ZONE, DOCK_OPENS, DOCK_CLOSES)
        if how.kind == "backorder" and how.date is not None:
            arrives = datetime.combine(how.date, time(9, 0), tzinfo=ZoneInfo(ZONE))
            ship_at = arrives - _hours(how.transit_h)
        return _Line(ordered, how, ship_at, arrives)

    # ---- output

    def _reply(
        self,
        order: IncomingOrder,
        change: IncomingChange,
        answers: tuple[tuple[OrderedLine, bool, date | None], ...],
        now: datetime,
    ) -> ChangeReply:
        self._counts["change"] += 1
        number = f"CA{self._prefix}{self._counts['change']:06d}"
        return ChangeReply(order, change, answers, number, now)

    def _confirm(self, held: _Open) -> None:
        held.is_acked = True
        told = []
        for line in held.lines.values():
            if line.behaviour.kind == "silent" or line.state != "open":
                continue
            line.state = {"backorder": "backordered", "reject": "rejected"}.get(
                line.behaviour.kind, "confirmed"
            )
            result = {"confirmed": "accepted"}.get(line.state, line.state)
            promised = None if line.state == "rejected" else line.promised
            told.append(ConfirmedLine(line.ordered, result, promised))
        if told:
            confirmed = Confirmation(held.order, held.number, tuple(told), held.ack_at)
            self._documents.append(confirmed)

    def _ship(self, held: _Open, now: datetime) -> None:
        due = [x for x in held.lines.values() if x.is_shippable and x.ship_at <= now]
        for ship_at in sorted({line.ship_at for line in due}):
            lines = [line for line in due if line.ship_at == ship_at]
            self._counts["shipment"] += 1
            packs: list[Pack] = []
            for line in lines:
                line.state = "shipped"
                packs += self._packs(held.order, line)
            number = self._counts["shipment"]
            self._documents.append(
                Shipment(
                    order=held.order,
                    shipment=f"SHP{self._prefix}{number:06d}",
                    sscc=sscc(_digest(self._prefix, str(number)) % 1_000_000_000),
                    packs=tuple(packs),
                    at=ship_at,
                    arrives=max(line.arrives for line in lines),
                )
            )
            wait = max(line.behaviour.invoice_after_h for line in lines)
            names = tuple(line.ordered.line for line in lines)
            self._bills.append(_DueBill(ship_at + _hours(wait), held.order.po_number, names))

    def _packs(self, order: IncomingOrder, line: _Line) -> list[Pack]:
        ordered = line.ordered
        row = self._item(ordered)
        expiry = day_of(line.ship_at, ZONE) + timedelta(days=SHELF_LIFE_DAYS)
        lot = f"L{_digest(order.po_number, ordered.line) % 16**5:05X}"
        count = ordered.quantity
        is_serial = bool(row and row["serial_controlled"])
        if not is_serial or count.denominator != 1 or count > SERIALS_MAX:
            return [Pack(ordered, count, lot, "", expiry, line.behaviour.condition)]
        return [
            Pack(
                ordered,
                Fraction(1),
                lot,
                f"S{_digest(order.po_number, ordered.line, str(n)) % 900_000 + 100_000}",
                expiry,
                line.behaviour.condition,
            )
            for n in range(int(count))
        ]

    def _bill(self, due: _DueBill) -> None:
        held = self.orders[due.po_number]
        lines = []
        for name in due.lines:
            line = held.lines[name]
            line.state = "billed"
            lines.append(_billed(line))
        self._counts["invoice"] += 1
        invoice = f"INV-{self._prefix}{self._counts['invoice']:05d}"
        total = sum((line.amount for line in lines), Decimal(0))
        self._documents.append(Bill(held.order, invoice, tuple(lines), due.at, total))


def _apply(line: _Line, row: ChangedLine, needed: date | None, now: datetime) -> bool:
    """Apply one changed line; False when it is too late."""
    same_day = row.need_by in (None, needed)
    same_quantity = row.quantity in (None, line.ordered.quantity)
    if not row.is_cancelled and same_day and same_quantity:
        return line.state != "cancelled"
    if line.state in ("shipped", "billed", "rejected"):
        return False
    if row.is_cancelled:
        line.state = "cancelled"
        return True
    if line.state == "cancelled" or not (same_day or _move(line, row.need_by, needed, now)):
        return False
    if row.quantity is not None:
        line.ordered = replace(line.ordered, quantity=row.quantity)
    return True


def _move(line: _Line, wanted: date | None, needed: date | None, now: datetime) -> bool:
    """Move shipment and promise by as much as the need moved; False when it cannot be met."""
    if wanted is None:
        return True
    moved = wanted - (needed or line.promised)
    ship_at = max(line.ship_at + moved, now + timedelta(hours=1))
    transit = _hours(line.behaviour.transit_h)
    arrives = within_hours(ship_at + transit, ZONE, DOCK_OPENS, DOCK_CLOSES)
    if day_of(arrives, ZONE) > wanted:
        return False
    line.ship_at, line.arrives = ship_at, arrives
    return True


def _billed(line: _Line) -> BilledLine:
    factor = 1 + line.behaviour.price_variance_percent / 100
    price = cents(Fraction(line.ordered.unit_price) * factor)
    amount = cents(Fraction(price) * line.ordered.quantity)
    return BilledLine(line.ordered, line.ordered.quantity, price, amount)


def _nothing(line: str) -> OrderedLine:
    return OrderedLine(line, Fraction(1), "EA", Decimal(0))


def _hours(hours: Fraction) -> timedelta:
    return timedelta(seconds=int(hours * 3600))


def _digest(*parts: str) -> int:
    return int.from_bytes(sha256("/".join(parts).encode()).digest()[:8], "big")


def truck_of(model: SupplierModel, shipment: Shipment) -> Row:
    """Return the truck notice for the ERP's dock."""
    lines = [
        {
            "po_line": pack.ordered.line,
            "item": model.item_key(pack.ordered),
            "gtin": model.gtin_of(pack.ordered),
            "quantity": quantity_text(pack.quantity),
            "uom": pack.ordered.uom,
            "lot": pack.lot,
            "serial": pack.serial,
            "expiry": pack.expiry.isoformat(),
            "condition": pack.condition,
        }
        for pack in shipment.packs
    ]
    return {
        "shipment_id": shipment.shipment,
        "po_number": shipment.order.po_number,
        "sscc": shipment.sscc,
        "lines": lines,
        "arrives_at": shipment.arrives.isoformat(),
    }
