"""X12 as supply documents: 855, 865, 856, 810, 997 and 999 (spec 2.0.6).

In: a parsed interchange, a partner profile. Out: documents and problems with positions. Refuses to
know: orders of ours (unlisted lines are read where the order is known). Free text (NTE, MSG, PID05)
and references outside the known qualifiers are dropped: default deny (spec 4.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from suture.core.problem import Problem, Severity
from suture.documents.partner import PartnerProfile
from suture.documents.supply import (
    AcknowledgedLine,
    Acknowledgement,
    ChangeAnswer,
    FunctionalAck,
    Invoice,
    InvoiceLine,
    Lot,
    ShipNotice,
    ShippedLine,
)
from suture.formats import x12

Document = Acknowledgement | ChangeAnswer | ShipNotice | Invoice | FunctionalAck

DOOR_CODES = frozenset(
    {
        "x12.no-isa",
        "x12.delimiters",
        "x12.envelope",
        "x12.interchange-trailer",
        "x12.interchange-control",
        "x12.group-count",
        "x12.group-trailer",
        "x12.group-control",
        "x12.set-count",
        "x12.set-trailer",
        "x12.set-control",
        "x12.segment-count",
        "x12.too-large",
    }
)
"""Problems of the envelope: refused at the door unless the profile softens them (plan D5)."""

_RESULTS = {
    "ACCEPTED": "accepted",
    "CHANGED": "changed",
    "PARTIAL_BACKORDER": "partially_backordered",
    "BACKORDERED": "backordered",
    "SUBSTITUTION": "substituted",
    "HOLD": "held",
    "REJECTED": "rejected",
    "CHANGE_REVIEW": "changed",
}
_HEADERS = {
    "AK": "accepts_all",
    "AT": "accepts_all",
    "RJ": "rejects_all",
    "RD": "rejects_all",
    "AD": "all_detail",
    "AC": "all_detail",
    "AE": "exceptions_only",
}
"""BAK02 -> how unlisted lines are read (spec 2.0.6)."""
_DELIVERY, _SHIP = "069", "079"
_SCHEDULED_SHIP, _SCHEDULED_DELIVERY = "068", "067"


def documents(
    interchange: x12.Interchange, profile: PartnerProfile
) -> tuple[list[Document], list[Problem]]:
    """Return the documents of every set we read; other sets give an INFO problem."""
    found: list[Document] = []
    problems: list[Problem] = []
    for group in interchange.groups:
        for each in group.sets:
            try:
                found += _read(each, group, profile, problems)
            except (ValueError, ArithmeticError):
                problems.append(
                    Problem(
                        "x12.value",
                        Severity.ERROR,
                        f"a value of this {each.id} cannot be read",
                        each.id,
                        each.offset,
                    )
                )
    return found, problems


def _read(
    found: x12.TransactionSet,
    group: x12.Group,
    profile: PartnerProfile,
    problems: list[Problem],
) -> list[Document]:
    match found.id:
        case "855":
            return [_acknowledgement(found, profile)]
        case "865":
            return list(_change_answers(found, profile))
        case "856":
            return [_ship_notice(found, profile)]
        case "810":
            return [_invoice(found, profile)]
        case "997" | "999":
            return list(_functional(found, profile))
    problems.append(
        Problem(
            "x12.set-unread",
            Severity.INFO,
            f"transaction set {found.id} is kept and acknowledged, not read",
            found.id,
            found.offset,
        )
    )
    return []


def _day(text: str) -> date | None:
    return x12.date8(text) if text else None


def _amount(text: str) -> Fraction | None:
    return x12.quantity(text) if text else None


# ---- 855


def _acknowledgement(found: x12.TransactionSet, profile: PartnerProfile) -> Acknowledgement:
    tree = found.tree
    head = tree.first("BAK")
    if head is None:
        raise ValueError("no BAK")
    po_number = head.element(3)
    lines: list[AcknowledgedLine] = []
    for loop in tree.within("PO1"):
        lines += _lines(loop, po_number, profile)
    return Acknowledgement(
        po_number=po_number,
        supplier=profile.supplier,
        header=_HEADERS.get(head.element(2), "detail_only"),
        lines=tuple(lines),
        supplier_order=head.element(8),
        issued=_day(head.element(4)),
    )


def _lines(loop: x12.Loop, po_number: str, profile: PartnerProfile) -> Iterator[AcknowledgedLine]:
    """Yield the answer of one order line; the ACK that decides is the gravest one."""
    item = loop.segments[0]
    answers = [ack for inner in loop.within("ACK") for ack in inner.segments if ack.id == "ACK"]
    answers += loop.all("ACK")
    if not answers:
        return
    ranked = sorted(answers, key=lambda a: _GRAVITY.get(_result(a.element(1)), 0), reverse=True)
    chosen = ranked[0]
    result = _result(chosen.element(1))
    dates = dict(_dates(loop, chosen))
    delivery = dates.get(_DELIVERY)
    ship = dates.get(_SHIP)
    if profile.promise_from_schedule:
        delivery = delivery or dates.get(_SCHEDULED_DELIVERY)
        ship = ship or dates.get(_SCHEDULED_SHIP)
    price = item.element(4)
    yield AcknowledgedLine(
        po_number=po_number,
        line=item.element(1),
        result=result,
        code=chosen.element(1),
        quantity=_amount(chosen.element(2)),
        uom=chosen.element(3) or item.element(3),
        promised_delivery=delivery,
        promised_ship=ship,
        unit_price=x12.real(price) if price else None,
    )


_GRAVITY = {
    "accepted": 1,
    "changed": 2,
    "held": 3,
    "substituted": 4,
    "partially_backordered": 5,
    "backordered": 6,
    "rejected": 7,
}


def _result(code: str) -> str:
    return _RESULTS[x12.line_result(code).name]


def _dates(loop: x12.Loop, chosen: x12.Segment) -> Iterator[tuple[str, date]]:
    if chosen.element(4) and chosen.element(5):
        yield chosen.element(4), x12.date8(chosen.element(5))
    for inner in loop.within("ACK"):
        for segment in inner.all("DTM"):
            if segment.element(2):
                yield segment.element(1), x12.date8(segment.element(2))


# ---- 865


_ACCEPTING = frozenset({"AT", "AC", "AK", "AD"})


def _change_answers(found: x12.TransactionSet, profile: PartnerProfile) -> Iterator[ChangeAnswer]:
    head = found.tree.first("BCA")
    if head is None:
        raise ValueError("no BCA")
    sequence = head.element(5)
    number = int(sequence) if sequence.isdecimal() and len(sequence) <= 9 else None
    yield ChangeAnswer(
        po_number=head.element(3),
        supplier=profile.supplier,
        change_seq=number,
        is_accepted=head.element(2) in _ACCEPTING,
        code=head.element(2),
    )


# ---- 856


def _ship_notice(found: x12.TransactionSet, profile: PartnerProfile) -> ShipNotice:
    head = found.tree.first("BSN")
    if head is None:
        raise ValueError("no BSN")
    levels, _ = x12.hierarchy(found.tree)
    reader = _Hierarchy(levels)
    return ShipNotice(
        shipment=head.element(2),
        supplier=profile.supplier,
        lines=tuple(reader.lines()),
        shipped=reader.day("011"),
        expected=reader.day("017"),
        sscc=tuple(reader.sscc()),
        tracking=reader.tracking(),
        is_cancel=head.element(1) == "01",
    )


class _Hierarchy:
    """Reads shipment, order, pack and item levels of an 856 (BSN05 0001: S-O-P-I)."""

    def __init__(self, roots: list[x12.Level]) -> None:
        self._roots = roots

    def _all(self) -> Iterator[tuple[x12.Level, tuple[x12.Level, ...]]]:
        pending: list[tuple[x12.Level, tuple[x12.Level, ...]]] = [(r, ()) for r in self._roots]
        while pending:
            level, above = pending.pop(0)
            yield level, above
            pending = [(c, (*above, level)) for c in level.children] + pending

    def day(self, qualifier: str) -> date | None:
        """Return a date of the shipment level: 011 shipped, 017 estimated delivery."""
        for level, _ in self._all():
            if level.code == "S":
                for segment in level.loop.all("DTM", qualifier):
                    return _day(segment.element(2))
        return None

    def tracking(self) -> str:
        """Return the carrier's number (REF CN)."""
        for level, _ in self._all():
            for segment in level.loop.all("REF", "CN"):
                return segment.element(2)
        return ""

    def sscc(self) -> Iterator[str]:
        """Yield the SSCC-18 of every pack (MAN GM)."""
        for level, _ in self._all():
            for segment in level.loop.all("MAN", "GM"):
                yield segment.element(2)

    def lines(self) -> Iterator[ShippedLine]:
        """Yield one line per item level, with its lots and serials."""
        position: dict[str, int] = {}
        for level, above in self._all():
            if level.code != "I":
                continue
            order = next((x for x in above if x.code == "O"), None)
            prf = order.loop.first("PRF") if order else None
            po_number = prf.element(1) if prf else ""
            position[po_number] = position.get(po_number, 0) + 1
            yield _shipped(level, po_number, position[po_number])


def _shipped(level: x12.Level, po_number: str, position: int) -> ShippedLine:
    item, count = level.loop.first("LIN"), level.loop.first("SN1")
    if item is None or count is None:
        raise ValueError("an item level needs LIN and SN1")
    pairs = item.pairs(2)
    quantity = x12.quantity(count.element(2))
    expiry = next((_day(x.element(2)) for x in level.loop.all("DTM", "036")), None)
    lot = Lot(
        quantity=quantity,
        lot=pairs.get("LT", ""),
        serial=pairs.get("SN", ""),
        expiry=expiry,
    )
    is_traced = bool(lot.lot or lot.serial or lot.expiry)
    return ShippedLine(
        po_number=po_number,
        line=pairs.get("PL", "") or item.element(1) or str(position),
        quantity=quantity,
        uom=count.element(3),
        lots=(lot,) if is_traced else (),
        gtin=pairs.get("UK", ""),
        catalog_no=pairs.get("VC", ""),
    )


# ---- 810


def _invoice(found: x12.TransactionSet, profile: PartnerProfile) -> Invoice:
    tree = found.tree
    head, total = tree.first("BIG"), tree.first("TDS")
    if head is None or total is None:
        raise ValueError("an 810 needs BIG and TDS")
    remit = tree.within("N1", "RE")
    currency = tree.first("CUR")
    lines = tuple(_billed(loop, n) for n, loop in enumerate(tree.within("IT1"), start=1))
    charges = sum(
        (
            x12.implied_decimal(s.element(5), 2)
            for loop in tree.within("SAC")
            for s in loop.all("SAC", "C")
            if s.element(5)
        ),
        Decimal(0),
    )
    tax = sum((x12.real(s.element(2)) for s in tree.all("TXI") if s.element(2)), Decimal(0))
    contract = tree.first("REF", "CT")
    return Invoice(
        invoice_no=head.element(2),
        supplier=profile.supplier,
        invoice_date=x12.date8(head.element(1)),
        po_number=head.element(4),
        lines=lines,
        total=x12.implied_decimal(total.element(1), 2),
        currency=currency.element(2) if currency else "USD",
        kind="credit" if head.element(7) == "CR" else "standard",
        charges=charges,
        tax=tax,
        contract=contract.element(2) if contract else "",
        remit_to_gln=_gln(remit[0].segments[0]) if remit else "",
    )


def _gln(party: x12.Segment) -> str:
    return party.element(4) if party.element(3) == "UL" else ""


def _billed(loop: x12.Loop, number: int) -> InvoiceLine:
    line = loop.segments[0]
    pairs = line.pairs(6)
    return InvoiceLine(
        line=line.element(1) or str(number),
        po_line=pairs.get("PL", "") or line.element(1) or str(number),
        quantity=x12.quantity(line.element(2)),
        uom=line.element(3),
        unit_price=x12.real(line.element(4)),
        item=pairs.get("IN", ""),
        gtin=pairs.get("UK", ""),
        catalog_no=pairs.get("VC", ""),
    )


# ---- 997, 999


def _functional(found: x12.TransactionSet, profile: PartnerProfile) -> Iterator[FunctionalAck]:
    """Yield one answer per set of ours; a rejected group without sets speaks for set 0001."""
    for answer in x12.read_functional_ack(found):
        control = answer.control or x12.set_control(1)
        if answer.is_group_level and answer.code == "P":
            continue
        yield FunctionalAck(
            supplier=profile.supplier,
            control_id=f"{answer.group_control.lstrip('0')}/{control}",
            code=answer.code,
            is_accepted=answer.is_accepted,
            has_errors=answer.code == "E",
        )
