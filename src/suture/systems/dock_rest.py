"""A receiving dock's scans and counts over REST.

In: the JSON body of one scan. Out: a `DockScan`, or a refusal with the field's position. Refuses to
know: what a count means. The UDI's own lot, serial and expiry go before the typed ones (spec 2.5:
the scan is mandatory, hand-typed values are not trusted over it). Rows of one order line become one
line.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import msgspec

from suture.core.money import parse_quantity
from suture.core.refusal import RefusalError
from suture.documents.supply import CountedLine, DockScan, Lot
from suture.documents.traced import counted_by_line
from suture.formats.udi import parse_udi

LINES_MAX = 2_000
"""Lines of one scan; a truck has some hundred."""


class _Line(msgspec.Struct, kw_only=True):
    po_line: str
    quantity: str
    uom: str
    po_number: str = ""
    udi: str = ""
    lot: str | None = ""
    serial: str | None = ""
    expiry: date | None = None
    condition: str = "ok"


class _Scan(msgspec.Struct, kw_only=True):
    scan_id: str
    kind: str
    shipment_id: str
    po_number: str
    lines: list[_Line]
    at: datetime
    sscc: str | None = ""


_DECODER = msgspec.json.Decoder(_Scan, strict=False)


def read_scan(body: bytes) -> DockScan:
    """Return the scan; raises RefusalError `dock.scan-invalid` or `dock.scan-too-large`."""
    try:
        scan = _DECODER.decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        where = str(error).rpartition("at `")[2].rstrip("`") if "at `" in str(error) else "$"
        raise RefusalError("dock.scan-invalid", "not a dock scan", path=where) from None
    if scan.kind not in ("arrived", "counted"):
        raise RefusalError("dock.scan-invalid", "kind is arrived or counted", path="$.kind")
    if len(scan.lines) > LINES_MAX:
        raise RefusalError("dock.scan-too-large", f"more than {LINES_MAX} lines", path="$.lines")
    return DockScan(
        scan=scan.scan_id,
        kind=scan.kind,
        shipment=scan.shipment_id,
        po_number=scan.po_number,
        lines=counted_by_line(_line(row, scan, n) for n, row in enumerate(scan.lines)),
        at=_instant(scan.at),
        sscc=scan.sscc or "",
    )


def _line(row: _Line, scan: _Scan, number: int) -> CountedLine:
    quantity = _quantity(row.quantity, number)
    udi, _ = parse_udi(row.udi) if row.udi else (None, [])
    lot = Lot(
        quantity=quantity,
        lot=(udi.lot if udi else "") or row.lot or "",
        serial=(udi.serial if udi else "") or row.serial or "",
        expiry=(udi.expiry if udi else None) or row.expiry,
    )
    is_traced = bool(lot.lot or lot.serial or lot.expiry)
    return CountedLine(
        po_number=row.po_number or scan.po_number,
        line=row.po_line,
        quantity=quantity,
        uom=row.uom,
        lots=(lot,) if is_traced else (),
        device_identifier=udi.device_identifier if udi else "",
        condition=row.condition,
    )


def _instant(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise RefusalError("dock.scan-invalid", "the time needs an offset", path="$.at")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise RefusalError("dock.scan-invalid", "the time is no date", path="$.at") from None


def _quantity(text: str, number: int) -> Fraction:
    path = f"$.lines[{number}].quantity"
    try:
        quantity = parse_quantity(text)
    except (ValueError, ZeroDivisionError):
        raise RefusalError("dock.scan-invalid", "not a quantity", path=path) from None
    if quantity < 0:
        raise RefusalError("dock.scan-invalid", "a count is not negative", path=path)
    return quantity
