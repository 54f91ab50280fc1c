"""The supplier's own X12 005010 reader and writer (spec 2.0.6): plain strings, no library.

In: interchanges of the buyer; trade documents. Out: orders and changes; 997, 855, 856, 810 and 865
bytes. Refuses to know: transport, and when something is due.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from suture.simulation.model.trade import (
    Bill,
    ChangedLine,
    ChangeReply,
    Confirmation,
    IncomingChange,
    IncomingOrder,
    OrderedLine,
    Shipment,
    TradeDocument,
)
from suture.simulation.number import money, quantity, quantity_text

Fields = list[str]

ISA_CHARS = 106
"""An ISA segment has fixed widths; the terminator is its 106th character."""
BYTES_MAX = 4 * 1024 * 1024
"""An order of the demo has a kilobyte."""


@dataclass(frozen=True, slots=True)
class ReceivedSet:
    """One transaction set with the control numbers an acknowledgement repeats."""

    id: str
    control: str
    group: str
    """GS01."""
    group_control: str
    """GS06."""
    segments: list[Fields]

    def first(self, name: str) -> Fields:
        """Return the first segment of a name, [] when there is none."""
        return next((s for s in self.segments if s[0] == name), [])


@dataclass(frozen=True, slots=True)
class Party:
    """A sender or receiver: interchange id (ISA05-08) and name and GLN for N1."""

    id: str
    qualifier: str = "ZZ"
    name: str = ""
    gln: str = ""


def read(data: bytes) -> list[ReceivedSet]:
    """Return the transaction sets of an interchange; raises ValueError when it is not one."""
    text = data[:BYTES_MAX].decode("utf-8", "replace").lstrip()
    if len(text) < ISA_CHARS or not text.startswith("ISA"):
        raise ValueError("not an X12 interchange")
    element, terminator = text[3], text[ISA_CHARS - 1]
    rows = [raw.strip().split(element) for raw in text.split(terminator) if raw.strip()]
    sets: list[ReceivedSet] = []
    group = group_control = ""
    for row in rows:
        if row[0] == "GS":
            group, group_control = at(row, 1), at(row, 6)
        elif row[0] == "ST":
            sets.append(ReceivedSet(at(row, 1), at(row, 2), group, group_control, []))
        elif row[0] not in ("ISA", "SE", "GE", "IEA") and sets:
            sets[-1].segments.append(row)
    return sets


def at(fields: Fields, number: int) -> str:
    """Return an element by its number, `` when it is not there."""
    return fields[number] if len(fields) > number else ""


def day(text: str) -> date:
    """Return the date of CCYYMMDD; raises ValueError."""
    return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 -- a date has no zone


def _pairs(fields: Fields, start: int) -> dict[str, str]:
    return {at(fields, n): at(fields, n + 1) for n in range(start, len(fields) - 1, 2)}


def _dated(segments: list[Fields], qualifier: str) -> date | None:
    found = next((s for s in segments if s[0] == "DTM" and at(s, 1) == qualifier), [])
    return day(at(found, 2)) if at(found, 2) else None


def _party_gln(segments: list[Fields], code: str) -> str:
    return next((at(s, 4) for s in segments if s[0] == "N1" and at(s, 1) == code), "")


def read_order(received: ReceivedSet) -> IncomingOrder:
    """Return the order of an 850; raises ValueError when it cannot be read."""
    beg = received.first("BEG")
    contract = next((at(s, 2) for s in received.segments if s[:2] == ["REF", "CT"]), "")
    lines = []
    for row in received.segments:
        if row[0] != "PO1":
            continue
        names = _pairs(row, 6)
        lines.append(
            OrderedLine(
                line=at(row, 1),
                quantity=quantity(at(row, 2)),
                uom=at(row, 3),
                unit_price=money(at(row, 4) or "0"),
                item=names.get("IN", ""),
                gtin=names.get("UK", ""),
                catalog_no=names.get("VC", ""),
            )
        )
    if not at(beg, 3) or not lines:
        raise ValueError("an order has a number and lines")
    return IncomingOrder(
        po_number=at(beg, 3),
        order_date=day(at(beg, 5)),
        need_by=_dated(received.segments, "002"),
        lines=tuple(lines),
        ship_to_gln=_party_gln(received.segments, "ST"),
        bill_to_gln=_party_gln(received.segments, "BY"),
        contract=contract,
    )


def read_change(received: ReceivedSet) -> IncomingChange:
    """Return the change of an 860; raises ValueError when it cannot be read."""
    bch = received.first("BCH")
    if not at(bch, 3):
        raise ValueError("a change names its order")
    is_cancel = at(bch, 1) == "01"
    header_date = _dated(received.segments[: _first_poc(received)], "002")
    lines: list[ChangedLine] = []
    for index, row in enumerate(received.segments):
        if row[0] != "POC":
            continue
        inner = received.segments[index + 1 :]
        until = next((n for n, s in enumerate(inner) if s[0] in ("POC", "CTT")), len(inner))
        cancelled = is_cancel or at(row, 2) == "DI"
        count = at(row, 3)
        lines.append(
            ChangedLine(
                line=at(row, 1),
                is_cancelled=cancelled,
                quantity=quantity(count) if count and not cancelled else None,
                need_by=None if cancelled else _dated(inner[:until], "002") or header_date,
            )
        )
    return IncomingChange(
        po_number=at(bch, 3), sequence=at(bch, 5), lines=tuple(lines), is_cancel=is_cancel
    )


def _first_poc(received: ReceivedSet) -> int:
    named = (n for n, s in enumerate(received.segments) if s[0] == "POC")
    return next(named, len(received.segments))


# ---- writing


def interchange(
    us: Party, them: Party, *, group: str, sets: list[list[Fields]], control: int, at: datetime
) -> bytes:
    """Return one interchange with one group; set control numbers count from 0001."""
    stamp, clock = at.strftime("%Y%m%d"), at.strftime("%H%M")
    rows: list[Fields] = [
        [
            "ISA",
            "00",
            " " * 10,
            "00",
            " " * 10,
            us.qualifier,
            f"{us.id:<15}",
            them.qualifier,
            f"{them.id:<15}",
            stamp[2:],
            clock,
            "^",
            "00501",
            f"{control:09d}",
            "0",
            "T",
            ":",
        ],
        ["GS", group, us.id, them.id, stamp, clock, str(control), "X", "005010"],
    ]
    for number, body in enumerate(sets, start=1):
        name, tail = body[0][0], body[1:]
        rows.append(["ST", name, f"{number:04d}"])
        rows += tail
        rows.append(["SE", str(len(tail) + 2), f"{number:04d}"])
    rows.append(["GE", str(len(sets)), str(control)])
    rows.append(["IEA", "1", f"{control:09d}"])
    return "".join("*".join(_trimmed(row)) + "~" for row in rows).encode("ascii")


def _trimmed(row: Fields) -> Fields:
    while len(row) > 1 and not row[-1]:
        row = row[:-1]
    return row


def functional_ack(received: list[ReceivedSet], codes: list[str]) -> list[list[Fields]]:
    """Return the 997 sets that answer received sets, one AK2 per set (A or R)."""
    groups: dict[tuple[str, str], list[tuple[ReceivedSet, str]]] = {}
    for entry, code in zip(received, codes, strict=True):
        groups.setdefault((entry.group, entry.group_control), []).append((entry, code))
    sets = []
    for (group, control), entries in groups.items():
        good = sum(code == "A" for _, code in entries)
        verdict = "A" if good == len(entries) else "P" if good else "R"
        body: list[Fields] = [["997"], ["AK1", group, control]]
        for entry, code in entries:
            body += [["AK2", entry.id, entry.control], ["AK5", code]]
        count = str(len(entries))
        body.append(["AK9", verdict, count, count, str(good)])
        sets.append(body)
    return sets


GROUPS = {"997": "FA", "855": "PR", "856": "SH", "810": "IN", "865": "CA"}
"""Transaction set -> GS01 (spec 2.0.6)."""


def set_id(document: TradeDocument) -> str:
    """Return the transaction set that carries a document."""
    match document:
        case Confirmation():
            return "855"
        case ChangeReply():
            return "865"
        case Shipment():
            return "856"
        case Bill():
            return "810"


def transaction_set(document: TradeDocument, us: Party) -> list[Fields]:
    """Return the segments of a document's transaction set, its id first."""
    match document:
        case Confirmation():
            return [["855"], *_confirmation(document)]
        case ChangeReply():
            return [["865"], *_change_reply(document)]
        case Shipment():
            return [["856"], *_shipment(document)]
        case Bill():
            return [["810"], *_bill(document, us)]


def _ymd(value: date) -> str:
    return value.strftime("%Y%m%d")


def _names(line: OrderedLine) -> Fields:
    pairs = (("UK", line.gtin), ("VC", line.catalog_no), ("IN", line.item))
    return [text for name, value in pairs if value for text in (name, value)]


def _po1(line: OrderedLine) -> Fields:
    price = f"{line.unit_price:f}"
    return ["PO1", line.line, quantity_text(line.quantity), line.uom, price, "CT", *_names(line)]


CODES = {"accepted": "IA", "backordered": "IB", "rejected": "IR"}
"""Result -> ACK01 (spec 2.0.6)."""


def _ack(code: str, line: OrderedLine, promised: date | None) -> Fields:
    row = ["ACK", code, quantity_text(line.quantity), line.uom]
    return [*row, "069", _ymd(promised)] if promised else row


def _confirmation(told: Confirmation) -> list[Fields]:
    results = {line.result for line in told.lines}
    header = "AD" if results == {"accepted"} else "RD" if results == {"rejected"} else "AC"
    order = told.order
    rows: list[Fields] = [
        ["BAK", "00", header, order.po_number, _ymd(order.order_date), "", "", "", told.number]
    ]
    for line in told.lines:
        rows.append(_po1(line.ordered))
        rows.append(_ack(CODES[line.result], line.ordered, line.promised))
    return [*rows, ["CTT", str(len(told.lines))]]


def _change_reply(told: ChangeReply) -> list[Fields]:
    answers = [ok for _, ok, _ in told.accepted]
    header = "AT" if told.is_accepted else "AC" if any(answers) else "RJ"
    order, change = told.order, told.change
    rows: list[Fields] = [
        ["BCA", "00", header, order.po_number, "", change.sequence, _ymd(order.order_date)]
    ]
    code = "DI" if change.is_cancel else "CA"
    cancelled = {line.line for line in change.lines if line.is_cancelled}
    for line, ok, promised in told.accepted:
        kind = "DI" if line.line in cancelled else code
        count = quantity_text(line.quantity)
        price = f"{line.unit_price:f}"
        rows.append(["POC", line.line, kind, count, count, line.uom, price, "CT", *_names(line)])
        rows.append(_ack("IA" if ok else "IR", line, promised if kind == "CA" else None))
    return [*rows, ["CTT", str(len(told.accepted))]]


def _shipment(goods: Shipment) -> list[Fields]:
    order = goods.order
    rows: list[Fields] = [
        [
            "BSN",
            "00",
            goods.shipment,
            goods.at.strftime("%Y%m%d"),
            goods.at.strftime("%H%M"),
            "0001",
        ],
        ["HL", "1", "", "S"],
        ["TD5", "", "2", "CARR"],
        ["REF", "CN", f"1Z{goods.shipment}"],
        ["DTM", "011", goods.at.strftime("%Y%m%d")],
        ["DTM", "017", goods.arrives.strftime("%Y%m%d")],
        ["N1", "ST", "RECEIVING DOCK", "UL", order.ship_to_gln],
        ["HL", "2", "1", "O"],
        ["PRF", order.po_number],
        ["HL", "3", "2", "P"],
        ["MAN", "GM", goods.sscc],
    ]
    for number, pack in enumerate(goods.packs, start=4):
        line = pack.ordered
        row = ["LIN", line.line]
        for name, value in (
            ("UK", line.gtin),
            ("VC", line.catalog_no),
            ("LT", pack.lot),
            ("SN", pack.serial),
        ):
            row += [name, value] if value else []
        rows += [
            ["HL", str(number), "3", "I"],
            row,
            ["SN1", line.line, quantity_text(pack.quantity), line.uom],
            ["DTM", "036", _ymd(pack.expiry)],
        ]
    return [*rows, ["CTT", str(len(goods.packs) + 3)]]


def _bill(bill: Bill, us: Party) -> list[Fields]:
    order = bill.order
    rows: list[Fields] = [
        ["BIG", bill.at.strftime("%Y%m%d"), bill.invoice, _ymd(order.order_date), order.po_number]
    ]
    if order.contract:
        rows.append(["REF", "CT", order.contract])
    rows.append(["N1", "RE", us.name.upper(), "UL", us.gln])
    if order.bill_to_gln:
        rows.append(["N1", "BT", "SYNTHETIC HEALTH", "UL", order.bill_to_gln])
    rows.append(["ITD", "01", "3", "", "", "", "", "30"])
    for billed in bill.lines:
        line = billed.ordered
        count, price = quantity_text(billed.quantity), f"{billed.unit_price:f}"
        rows.append(["IT1", line.line, count, line.uom, price, "CT", *_names(line)])
    rows.append(["TDS", str(int(bill.total * Decimal(100)))])
    return [*rows, ["CTT", str(len(bill.lines))]]
