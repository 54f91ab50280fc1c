"""A cloud ERP: requisitions, purchase orders, receipts, issues, vouchers, and a change cursor.

In: request bodies and business time. Out: answers, change rows, dock scans that fall due. Refuses
to know: HTTP, the wall clock, and that two requests may be the same one: it never deduplicates by
`external_ref`, so a blind resend makes a second document (and the counters show it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from hashlib import sha256
from typing import Any

from suture.simulation.model.dock import Dock, DockScanDue
from suture.simulation.model.erp_stock import Shelf, Shelves, ShortageError
from suture.simulation.number import day_of, iso, money, quantity, quantity_text

Row = dict[str, Any]
Answer = tuple[int, Row]
"""HTTP status and body."""

PO_MINUTES = (5, 20)
"""Business minutes between a requisition and its purchase order."""
LINES_MAX = 500
"""Lines per document; the demo has five at most."""
PAGE_MAX = 1000
"""Change rows per page."""
ZONE = "America/Chicago"


@dataclass(slots=True)
class ErpSettings:
    """How the ERP behaves."""

    payment_days: Fraction = Fraction(1)
    """Business days from voucher to payment; the demo pays quickly so that a story ends."""
    dock_gln: dict[str, str] = field(default_factory=dict)
    """Facility -> GLN of its dock."""


@dataclass(frozen=True, slots=True)
class _Due:
    at: datetime
    seq: int
    act: Callable[[datetime], None]


class ErpModel:
    """The state of the ERP. Every method that may change it takes the business time."""

    def __init__(self, items: list[Row], settings: ErpSettings) -> None:
        self.settings = settings
        self.shelves = Shelves(items)
        self.dock = Dock()
        self.changes: list[Row] = []
        self.documents: dict[str, dict[str, Row]] = {
            kind: {}
            for kind in ("requisition", "purchase_order", "receipt", "issue", "voucher", "payment")
        }
        self.scans: list[DockScanDue] = []
        self._due: list[_Due] = []
        self._count = 0

    # ---- time

    def open_stock(self, rows: list[Row], now: datetime) -> None:
        """Put the opening stock on the shelves: the first change rows."""
        for shelf in self.shelves.open(rows):
            self._stock_change(shelf, "opening", None, now)

    def next_due(self) -> datetime | None:
        """Return when something falls due; None when nothing is planned."""
        planned = [due.at for due in self._due]
        planned += [at for at in [self.dock.next_due()] if at is not None]
        return min(planned, default=None)

    def tick(self, now: datetime) -> None:
        """Do what is due: mint orders, pay vouchers, let trucks arrive."""
        for due in sorted(self._due, key=lambda due: (due.at, due.seq)):
            if due.at <= now:
                self._due.remove(due)
                due.act(due.at)
        self.scans += self.dock.tick(now)

    def _plan(self, at: datetime, act: Callable[[datetime], None]) -> None:
        self._count += 1
        self._due.append(_Due(at, self._count, act))

    # ---- reading

    def changes_after(self, after: int, limit: int) -> Answer:
        """Return change rows above `after`, oldest first; `last` is the cursor to go on with."""
        begin = max(after, 0)
        page = self.changes[begin : begin + min(max(limit, 1), PAGE_MAX)]
        return 200, {"changes": page, "last": page[-1]["seq"] if page else begin}

    def find(self, kind: str, external_ref: str) -> Answer:
        """Return every document of a kind with an external reference."""
        number = f"{kind}_no"
        found = [
            {number: no, "external_ref": external_ref, "status": row["status"]}
            for no, row in self.documents[kind].items()
            if row["external_ref"] == external_ref
        ]
        return 200, {"items": found}

    def duplicates(self) -> dict[str, int]:
        """Return kind -> how many documents repeat an external reference."""
        counted = {}
        for kind in ("requisition", "receipt", "issue", "voucher"):
            refs = [row["external_ref"] for row in self.documents[kind].values()]
            counted[kind] = len(refs) - len(set(refs))
        return counted

    def view(self) -> Row:
        """Return the whole state as JSON, for assertions."""
        return {
            **{f"{kind}s": list(rows.values()) for kind, rows in self.documents.items()},
            "stock": [shelf.view() for shelf in self.shelves.all()],
            "trucks": self.dock.view(),
            "changes": len(self.changes),
            "duplicates": self.duplicates(),
        }

    # ---- requisitions and orders

    def create_requisition(self, body: Row, now: datetime) -> Answer:
        """Create a requisition; its purchase order follows after 5 to 20 business minutes."""
        lines = _lines(body, ("line", "item", "quantity", "uom", "unit_price"))
        for line in lines:
            self.shelves.base(line["item"], quantity(line["quantity"]), line["uom"])
            money(line["unit_price"])
        number = self._number("requisition", "RQ", 6)
        row = {
            "requisition_no": number,
            "status": "approved",
            "created_at": iso(now),
            **_texts(body, ("external_ref", "facility", "need_by", "requester", "supplier")),
            "approval": body.get("approval"),
            "lines": lines,
        }
        self.documents["requisition"][number] = row
        self._requisition_change(row, now)
        spread = PO_MINUTES[1] - PO_MINUTES[0] + 1
        minutes = PO_MINUTES[0] + sha256(number.encode()).digest()[0] % spread
        self._plan(now + timedelta(minutes=minutes), lambda at: self._mint_order(number, at))
        return 201, {"requisition_no": number}

    def cancel_requisition(self, number: str, now: datetime) -> Answer:
        """Cancel a requisition that has no order yet."""
        row = self.documents["requisition"].get(number)
        if row is None:
            return 404, {"code": "not_found"}
        if row["status"] == "ordered":
            return 409, {"code": "already_ordered"}
        if row["status"] != "cancelled":
            row["status"] = "cancelled"
            self._requisition_change(row, now)
        return 200, {"requisition_no": number, "status": "cancelled"}

    def _mint_order(self, requisition_no: str, now: datetime) -> None:
        requisition = self.documents["requisition"][requisition_no]
        if requisition["status"] != "approved":
            return
        requisition["status"] = "ordered"
        number = f"PO45000{len(self.documents['purchase_order']) + 10001:05d}"
        lines = [
            {
                "line": str(at),
                "requisition_line": str(line["line"]),
                **{
                    name: line[name]
                    for name in ("item", "quantity", "uom", "unit_price", "currency")
                },
                "contract": line["contract"],
                "deliver_to": line["deliver_to"],
                "status": "open",
            }
            for at, line in enumerate(requisition["lines"], start=1)
        ]
        order = {
            "po_number": number,
            "requisition_no": requisition_no,
            **{
                name: requisition[name]
                for name in ("external_ref", "supplier", "facility", "need_by")
            },
            "order_date": day_of(now, ZONE).isoformat(),
            "ship_to_gln": self.settings.dock_gln.get(requisition["facility"], ""),
            "status": "open",
            "lines": lines,
        }
        self.documents["purchase_order"][number] = order
        self._requisition_change(requisition, now)
        self._order_change(order, now)

    def cancel_order(self, number: str, body: Row, now: datetime) -> Answer:
        """Cancel lines of an order; all of them cancel the order."""
        order = self.documents["purchase_order"].get(number)
        if order is None:
            return 404, {"code": "not_found"}
        wanted = {str(line) for line in body.get("lines") or []}
        for line in order["lines"]:
            if not wanted or line["line"] in wanted:
                line["status"] = "cancelled"
        if all(line["status"] == "cancelled" for line in order["lines"]):
            order["status"] = "cancelled"
        self._order_change(order, now)
        return 200, {"po_number": number, "status": order["status"]}

    def change_order(self, number: str, body: Row, now: datetime) -> Answer:
        """Restate quantity or need date of lines of an order."""
        order = self.documents["purchase_order"].get(number)
        if order is None:
            return 404, {"code": "not_found"}
        changes = {str(row["line"]): row for row in _lines(body, ("line",), checked=())}
        for line in order["lines"]:
            change = changes.get(line["line"])
            if change is not None and change.get("quantity"):
                line["quantity"] = quantity_text(quantity(change["quantity"]))
            if change is not None and change.get("need_by"):
                line["need_by"] = order["need_by"] = str(change["need_by"])
        self._order_change(order, now)
        return 200, {"po_number": number, "status": order["status"]}

    # ---- goods and money

    def post_receipt(self, body: Row, now: datetime) -> Answer:
        """Post a receipt: stock rises in base units."""
        lines = _lines(body, ("po_line", "item", "quantity", "uom", "location"))
        if str(body.get("po_number")) not in self.documents["purchase_order"]:
            return 422, {"code": "unknown_purchase_order"}
        for line in lines:
            self.shelves.base(line["item"], quantity(line["quantity"]), line["uom"])
        number = self._number("receipt", "RC", 6)
        row = {
            "receipt_no": number,
            "status": "posted",
            **_texts(body, ("external_ref", "po_number", "received_at")),
            "posted_at": iso(now),
            "lines": lines,
        }
        self.documents["receipt"][number] = row
        names = ("receipt_no", "external_ref", "po_number", "lines")
        self._change("receipt", {name: row[name] for name in names}, now)
        for line in lines:
            self._put_away(line, str(row["external_ref"]), now)
        return 201, {"receipt_no": number}

    def _put_away(self, line: Row, external_ref: str, now: datetime) -> None:
        shelf = self.shelves.shelf(line["item"], line["location"])
        lots = line.get("lots") or [{"quantity": line["quantity"]}]
        for lot in lots:
            count = self.shelves.base(line["item"], quantity(lot["quantity"]), line["uom"])
            key = (str(lot.get("lot") or ""), str(lot.get("serial") or ""))
            shelf.put(key, lot.get("expiry"), count)
        shelf.version += 1
        self._stock_change(shelf, "receipt", external_ref, now)

    def post_issue(self, body: Row, now: datetime) -> Answer:
        """Post an issue: stock falls, the named lot first; 422 when there is not enough."""
        lines = _lines(body, ("item", "quantity", "uom"))
        location = str(body.get("location", ""))
        needed: dict[str, Fraction] = {}
        for line in lines:
            count = self.shelves.base(line["item"], quantity(line["quantity"]), line["uom"])
            needed[line["item"]] = needed.get(line["item"], Fraction(0)) + count
        for item, count in needed.items():
            if self.shelves.shelf(item, location).on_hand < count:
                return 422, {"code": "insufficient_stock"}
        number = self._number("issue", "IS", 6)
        self.documents["issue"][number] = {
            "issue_no": number,
            "status": "posted",
            **_texts(body, ("external_ref", "reference", "location")),
            "posted_at": iso(now),
            "lines": lines,
        }
        for line in lines:
            self._take_out(line, location, str(body.get("external_ref", "")), now)
        return 201, {"issue_no": number}

    def _take_out(self, line: Row, location: str, external_ref: str, now: datetime) -> None:
        shelf = self.shelves.shelf(line["item"], location)
        count = self.shelves.base(line["item"], quantity(line["quantity"]), line["uom"])
        if count < 0:  # what was issued comes back
            key = (str(line.get("lot") or ""), str(line.get("serial") or ""))
            shelf.put(key, None, -count)
            shelf.version += 1
            self._stock_change(shelf, "issue", external_ref, now)
            return
        try:
            shelf.take(count, str(line.get("lot") or ""), str(line.get("serial") or ""))
        except ShortageError as error:
            raise AssertionError("the shelf was checked before") from error
        shelf.version += 1
        self._stock_change(shelf, "issue", external_ref, now)

    def post_voucher(self, body: Row, now: datetime) -> Answer:
        """Post a voucher; it is paid after the payment days."""
        amount = money(body.get("amount"))
        number = self._number("voucher", "VO", 6)
        row = {
            "voucher_no": number,
            "status": "posted",
            **_texts(body, ("external_ref", "supplier", "invoice_no", "po_number", "currency")),
            "amount": str(amount),
            "posted_at": iso(now),
            "lines": body.get("lines") or [],
        }
        self.documents["voucher"][number] = row
        delay = timedelta(seconds=int(self.settings.payment_days * 86_400))
        self._plan(now + delay, lambda at: self._pay(number, at))
        return 201, {"voucher_no": number}

    def _pay(self, voucher_no: str, now: datetime) -> None:
        voucher = self.documents["voucher"][voucher_no]
        voucher["status"] = "paid"
        number = self._number("payment", "PY", 6)
        payment = {
            "payment_no": number,
            "voucher_no": voucher_no,
            "external_ref": voucher["external_ref"],
            "invoice_no": voucher["invoice_no"],
            "amount": voucher["amount"],
            "paid_at": iso(now),
        }
        self.documents["payment"][number] = payment
        self._change("payment", payment, now)

    def count_stock(self, body: Row, now: datetime) -> Answer:
        """Correct a shelf by a physical count `{item, location, lots}`: cause `count`."""
        shelf = self.shelves.shelf(str(body["item"]), str(body["location"]))
        shelf.lots.clear()
        for lot in body["lots"]:
            key = (str(lot.get("lot", "")), str(lot.get("serial", "")))
            shelf.put(key, lot.get("expiry"), quantity(lot["quantity"]))
        shelf.version += 1
        self._stock_change(shelf, "count", None, now)
        return 200, shelf.view()

    def take_truck(self, body: Row, now: datetime) -> Answer:
        """Take a truck on its way; the dock scans it when it arrives."""
        return self.dock.take_truck(body, now)

    # ---- change rows

    def _number(self, kind: str, prefix: str, digits: int) -> str:
        return f"{prefix}{len(self.documents[kind]) + 1:0{digits}d}"

    def _change(self, kind: str, data: Row, now: datetime) -> None:
        row = {"seq": len(self.changes) + 1, "kind": kind, "at": iso(now), "data": _copy(data)}
        self.changes.append(row)

    def _stock_change(self, shelf: Shelf, cause: str, ref: str | None, now: datetime) -> None:
        data = shelf.view() | {"cause": {"kind": cause, "external_ref": ref}}
        self._change("stock", data, now)

    def _requisition_change(self, row: Row, now: datetime) -> None:
        names = ("requisition_no", "external_ref", "status")
        self._change("requisition", {name: row[name] for name in names}, now)

    def _order_change(self, order: Row, now: datetime) -> None:
        self._change("purchase_order", order, now)


def _copy(data: Row) -> Row:
    return {
        name: [dict(row) for row in value] if name == "lines" else value
        for name, value in data.items()
    }


def _texts(body: Row, names: tuple[str, ...]) -> dict[str, str]:
    return {name: str(body.get(name) or "") for name in names}


def _lines(
    body: Row, required: tuple[str, ...], checked: tuple[str, ...] = ("quantity",)
) -> list[Row]:
    """Return the lines of a body, numbers as text; raises ValueError when one is incomplete."""
    lines = body.get("lines")
    if not isinstance(lines, list) or not 0 < len(lines) <= LINES_MAX:
        raise ValueError(f"a document has 1 to {LINES_MAX} lines")
    rows = []
    for line in lines:
        if not isinstance(line, dict) or any(line.get(name) in (None, "") for name in required):
            raise ValueError("a line lacks a field")
        if any(quantity(line[name]) <= 0 for name in checked):
            raise ValueError("a quantity is not positive")
        texts = {"currency": "USD", "contract": "", "deliver_to": ""}
        rows.append(texts | {k: v if k == "lots" else str(v) for k, v in line.items() if v})
    return rows
