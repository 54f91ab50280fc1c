"""X12 as supply documents: 855, 865, 856, 810, 997 and 999 (spec 2.0.6).

In: a parsed interchange, a partner profile. Out: documents and problems with positions. Refuses to
know: orders of ours (unlisted lines are read where the order is known). Free text (NTE, MSG, PID05)
and references outside the known qualifiers are dropped: default deny (spec 4.4). A set that cannot
be read does not stop the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

import msgspec

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.documents.answer import REVIEW, Answered, Part, joined
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
from suture.documents.traced import shipped_by_line
from suture.formats import x12
from suture.formats.x12.acknowledgement import (
    PROMISED_DELIVERY,
    PROMISED_SHIP,
    REJECTION_CAUSES,
    SCHEDULED_DELIVERY,
    SCHEDULED_SHIP,
)

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
    x12.LineResult.ACCEPTED: "accepted",
    x12.LineResult.CHANGED: "changed",
    x12.LineResult.PARTIAL_BACKORDER: "partially_backordered",
    x12.LineResult.BACKORDERED: "backordered",
    x12.LineResult.SUBSTITUTION: "substituted",
    x12.LineResult.HOLD: "held",
    x12.LineResult.REJECTED: "rejected",
    x12.LineResult.CHANGE_REVIEW: REVIEW,
}


def documents(
    interchange: x12.Interchange, profile: PartnerProfile
) -> tuple[list[Document], list[Problem]]:
    """Return the documents of every set we read; other sets give an INFO problem."""
    found: list[Document] = []
    problems: list[Problem] = []
    for group in interchange.groups:
        for each in group.sets:
            try:
                found += _read(each, profile, problems)
            except (RefusalError, ValueError, ArithmeticError):
                problems.append(
                    Problem(
                        "x12.value",
                        Severity.ERROR,
                        "a value of this transaction set cannot be read",
                        "ST",
                        each.offset,
                    )
                )
    return found, problems


def _read(
    found: x12.TransactionSet, profile: PartnerProfile, problems: list[Problem]
) -> list[Document]:
    match found.id:
        case "855":
            return [_acknowledgement(found, profile)]
        case "865":
            return list(_change_answers(found, profile))
        case "856":
            return list(_ship_notices(found, profile, problems))
        case "810":
            return [_invoice(found, profile)]
        case "997" | "999":
            return list(_functional(found, profile))
    problems.append(
        Problem(
            "x12.set-unread",
            Severity.INFO,
            "this kind of transaction set is kept and acknowledged, not read",
            "ST",
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
    answers = (_line(loop, po_number, profile) for loop in tree.within("PO1"))
    return Acknowledgement(
        po_number=po_number,
        supplier=profile.supplier,
        header=str(x12.header_reading(head.element(2)) or "detail_only"),
        lines=tuple(line for line in answers if line is not None),
        supplier_order=head.element(8),
        issued=_day(head.element(9)),
    )


def _line(loop: x12.Loop, po_number: str, profile: PartnerProfile) -> AcknowledgedLine | None:
    """Return the answer of one order line; None when it is listed without an answer."""
    item = loop.opening
    parts = _parts(loop, profile)
    if not parts:
        return None
    answered = Answered(
        po_number=po_number,
        line=item.element(1),
        quantity=_amount(item.element(2)),
        uom=item.element(3),
    )
    return joined(answered, parts)


def _parts(loop: x12.Loop, profile: PartnerProfile, price_at: int = 4) -> list[Part]:
    price = loop.opening.element(price_at)
    return [
        _part(inner, profile, x12.real(price) if price else None) for inner in loop.within("ACK")
    ]


def _part(loop: x12.Loop, profile: PartnerProfile, price: Decimal | None) -> Part:
    ack = loop.opening
    code = ack.element(1)
    dates = dict(_dates(loop))
    delivery, ship = dates.get(PROMISED_DELIVERY), dates.get(PROMISED_SHIP)
    if profile.promise_from_schedule:
        delivery = delivery or dates.get(SCHEDULED_DELIVERY)
        ship = ship or dates.get(SCHEDULED_SHIP)
    has_date = delivery is not None or ship is not None
    return Part(
        result=_RESULTS[x12.line_result(code, has_date=has_date)],
        code=code,
        quantity=_amount(ack.element(2)),
        uom=ack.element(3),
        promised_delivery=delivery,
        promised_ship=ship,
        unit_price=price,
        reason=REJECTION_CAUSES.get(code, ""),
    )


def _dates(loop: x12.Loop) -> Iterator[tuple[str, date]]:
    """Yield qualifier and date of ACK04/05 and of the DTM segments under the ACK."""
    ack = loop.opening
    if ack.element(4) and ack.element(5):
        yield ack.element(4), x12.date8(ack.element(5))
    for segment in loop.all("DTM"):
        if segment.element(2):
            yield segment.element(1), x12.date8(segment.element(2))


# ---- 865


def _change_answers(found: x12.TransactionSet, profile: PartnerProfile) -> Iterator[ChangeAnswer]:
    """Yield the answer to the whole change, or one per line where the header leaves it to them."""
    head = found.tree.first("BCA")
    if head is None:
        raise ValueError("no BCA")
    code, po_number = head.element(2), head.element(3)
    sequence = _sequence(head.element(5))
    reading = x12.header_reading(code)
    lines = list(_changed_lines(found.tree, po_number, profile))
    if reading in (x12.HeaderReading.ACCEPTS_ALL, x12.HeaderReading.REJECTS_ALL) or not lines:
        # AC promises details; without any, nothing says that the change was taken.
        accepting = {x12.HeaderReading.ACCEPTS_ALL, x12.HeaderReading.EXCEPTIONS_ONLY}
        lines = [("", code, reading in accepting or code == "AD")]
    for line, answer, is_accepted in lines:
        yield ChangeAnswer(
            po_number=po_number,
            supplier=profile.supplier,
            change_seq=sequence,
            is_accepted=is_accepted,
            line=line,
            code=answer,
        )


def _sequence(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def _changed_lines(
    tree: x12.Loop, po_number: str, profile: PartnerProfile
) -> Iterator[tuple[str, str, bool]]:
    """Yield line, ACK01 and whether the change of that line was taken as asked for."""
    for loop in tree.within("POC"):
        answer = changed_line(loop, po_number, profile)
        if answer is not None:
            yield answer.line, answer.code, answer.result == "accepted"


def changed_line(
    loop: x12.Loop, po_number: str, profile: PartnerProfile
) -> AcknowledgedLine | None:
    """Return the answer to the change of one line, a POC loop; None when none is given.

    A line that was to be deleted and is (ACK01 ID) is accepted.
    """
    asked, parts = loop.opening, _parts(loop, profile, 6)
    if not parts:
        return None
    is_delete = asked.element(2) == "DI"
    answered = Answered(
        po_number=po_number,
        line=asked.element(1),
        quantity=None if is_delete else _amount(asked.element(3)),
        uom=asked.element(5),
    )
    answer = joined(answered, parts)
    is_deleted = is_delete and {part.code for part in parts} == {"ID"}
    if not is_deleted:
        return answer
    return msgspec.structs.replace(answer, result="accepted", reason="")


# ---- 856


def _ship_notices(
    found: x12.TransactionSet, profile: PartnerProfile, problems: list[Problem]
) -> Iterator[ShipNotice]:
    """Yield the notice; none when its levels do not hold together: whose goods is not guessed."""
    head = found.tree.first("BSN")
    if head is None:
        raise ValueError("no BSN")
    roots, broken = x12.hierarchy(found.tree)
    if broken:
        problems += broken
        return
    levels = [level for root in roots for level in root.walk()]
    shipment = [level for level in levels if level.code == "S"]
    yield ShipNotice(
        shipment=head.element(2),
        supplier=profile.supplier,
        lines=shipped_by_line(_items(levels)),
        shipped=_day(_first(shipment, "DTM", "011")),
        expected=_day(_first(shipment, "DTM", "017")),
        sscc=tuple(dict.fromkeys(_all(levels, "MAN", "GM"))),
        tracking=_first(levels, "REF", "CN"),
        is_cancel=head.element(1) == "01",
    )


def _all(levels: list[x12.Level], segment_id: str, qualifier: str) -> Iterator[str]:
    for level in levels:
        for segment in level.loop.all(segment_id, qualifier):
            yield segment.element(2)


def _first(levels: list[x12.Level], segment_id: str, qualifier: str) -> str:
    return next(_all(levels, segment_id, qualifier), "")


def _items(levels: list[x12.Level]) -> Iterator[ShippedLine]:
    """Yield one row per item level; without PL and LIN01 the line is its place in the order."""
    position: dict[str, int] = {}
    for level in levels:
        if level.code == "I":
            order = level.above("O")
            prf = order.first("PRF") if order is not None else None
            if prf is None:
                raise ValueError("an item level needs an order level")
            po_number = prf.element(1)
            position[po_number] = position.get(po_number, 0) + 1
            yield _shipped(level, po_number, position[po_number])


def _shipped(level: x12.Level, po_number: str, position: int) -> ShippedLine:
    item, count = level.first("LIN"), level.first("SN1")
    if item is None or count is None:
        raise ValueError("an item level needs LIN and SN1")
    pairs = item.pairs(2)
    quantity = x12.quantity(count.element(2))
    if quantity < 0:
        raise ValueError("a shipped quantity is not below zero")
    lot = Lot(
        quantity=quantity,
        lot=pairs.get("LT", ""),
        serial=pairs.get("SN", ""),
        expiry=_day(_first([level], "DTM", "036")),
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
    contract, about = tree.first("REF", "CT"), tree.first("REF", "OI")
    items = tree.within("IT1")
    return Invoice(
        invoice_no=head.element(2),
        supplier=profile.supplier,
        invoice_date=x12.date8(head.element(1)),
        po_number=head.element(4),
        lines=tuple(_billed(loop, n) for n, loop in enumerate(items, start=1)),
        total=x12.implied_decimal(total.element(1), 2),
        currency=currency.element(2) if currency else "USD",
        kind="credit" if head.element(7) == "CR" else "standard",
        charges=sum((_charges(loop) for loop in (tree, *items)), Decimal(0)),
        tax=_tax([tree]) or _tax(items),
        contract=contract.element(2) if contract else "",
        remit_to_gln=_gln(remit[0].opening) if remit else "",
        about=about.element(2) if about else "",
        purpose=_INVOICE_PURPOSE.get(head.element(8), "original"),
    )


_INVOICE_PURPOSE = {"05": "replace", "01": "cancel"}
"""BIG08; everything else is an invoice of its own."""


def _charges(above: x12.Loop) -> Decimal:
    """Return SAC05 of the charges less that of the allowances, directly in a loop (type N2)."""
    total = Decimal(0)
    for segment in (loop.opening for loop in above.within("SAC")):
        if segment.element(5) and segment.element(1) in ("A", "C"):
            amount = x12.implied_decimal(segment.element(5), 2)
            total += amount if segment.element(1) == "C" else -amount
    return total


def _tax(loops: list[x12.Loop]) -> Decimal:
    """Return TXI02 summed; the summary's taxes are those of the lines once more."""
    taxes = (segment.element(2) for loop in loops for segment in loop.all("TXI"))
    return sum((x12.real(tax) for tax in taxes if tax), Decimal(0))


def _gln(party: x12.Segment) -> str:
    return party.element(4) if party.element(3) == "UL" else ""


def _billed(loop: x12.Loop, number: int) -> InvoiceLine:
    line = loop.opening
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
    """Yield one answer per set of ours; a rejected group without sets speaks for set 0001.

    A group taken without naming our set acknowledges nothing (spec 2.0.6: a missing AK2 or AK5).
    """
    for answer in x12.read_functional_ack(found):
        if answer.is_group_level and answer.code not in x12.REJECTED_CODES:
            continue
        yield FunctionalAck(
            supplier=profile.supplier,
            control_id=f"{_number(answer.group_control)}/{_set_control(answer.control)}",
            code=answer.code,
            is_accepted=answer.is_accepted,
            has_errors=answer.code == "E",
        )


def _number(control: str) -> str:
    return control.lstrip("0") or control


def _set_control(control: str) -> str:
    """Return AK202 as we write ST02, also when a translator dropped its zeros."""
    number = _sequence(control or "1")
    return control if number is None else x12.set_control(number)
