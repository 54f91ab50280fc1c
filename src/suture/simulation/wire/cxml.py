"""The supplier's own cXML reader and writer (spec 2.0.7): lxml to read, plain strings to write.

In: the buyer's documents; trade documents. Out: orders and changes; Response, ConfirmationRequest,
ShipNoticeRequest and InvoiceDetailRequest bytes. Refuses to know: transport, entities of a DTD.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

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
from suture.simulation.number import money, quantity, quantity_text

SCHEMAS = "http://xml.cxml.org/schemas/cXML/1.2.050"
"""Base of the DTD system ids; never fetched."""


@dataclass(frozen=True, slots=True)
class Received:
    """A document of the buyer."""

    payload_id: str
    sender: str
    """Identity of the Sender credential."""
    secret: str = field(repr=False)
    kind: str
    """`OrderRequest`, or the name of what else came."""
    order_type: str
    """new, update or delete; empty when it is no order."""
    root: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who writes to whom; the secret is the one the hub knows us by."""

    us: str
    them: str
    domain: str = "NetworkId"
    secret: str = field(default="", repr=False)


def _root(data: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError("not XML") from error
    if root.tag != "cXML":
        raise ValueError("not a cXML document")
    return root


def read(data: bytes) -> Received:
    """Return a document; raises ValueError when it is not cXML."""
    root = _root(data)
    request = root.find("Request")
    body = next(iter(request), None) if request is not None else None
    kind = str(body.tag) if body is not None else ""
    header = root.find("Request/OrderRequest/OrderRequestHeader")
    return Received(
        payload_id=root.get("payloadID", ""),
        sender=_text(root, "Header/Sender/Credential/Identity"),
        secret=_text(root, "Header/Sender/Credential/SharedSecret"),
        kind=kind,
        order_type=header.get("type", "new") if header is not None else "",
        root=root,
    )


def read_status(data: bytes) -> str:
    """Return Response/Status@code; raises ValueError when there is none."""
    status = _root(data).find("Response/Status")
    if status is None or not status.get("code"):
        raise ValueError("no Response/Status")
    return str(status.get("code"))


def _text(node: Any, path: str) -> str:
    found = node.findtext(path)
    return (found or "").strip()


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text[:10]) if text else None


def read_order(received: Received) -> IncomingOrder:
    """Return the order of an OrderRequest; raises ValueError when it cannot be read."""
    header = received.root.find("Request/OrderRequest/OrderRequestHeader")
    items = received.root.findall("Request/OrderRequest/ItemOut")
    order_date = _day(header.get("orderDate"))
    if not header.get("orderID") or order_date is None:
        raise ValueError("an order has a number and a date")
    needs = [_day(item.get("requestedDeliveryDate")) for item in items]
    needs.append(_day(header.get("requestedDeliveryDate")))
    ship_to = header.find("ShipTo/Address")
    return IncomingOrder(
        po_number=header.get("orderID"),
        order_date=order_date,
        need_by=min((need for need in needs if need is not None), default=None),
        lines=tuple(_ordered(item) for item in items),
        ship_to_gln=ship_to.get("addressID", "") if ship_to is not None else "",
        reference=received.payload_id,
    )


def _ordered(item: Any) -> OrderedLine:
    return OrderedLine(
        line=str(item.get("lineNumber")),
        quantity=quantity(item.get("quantity")),
        uom=_text(item, "ItemDetail/UnitOfMeasure"),
        unit_price=money(_text(item, "ItemDetail/UnitPrice/Money") or "0"),
        item=_text(item, "ItemID/BuyerPartID"),
        catalog_no=_text(item, "ItemID/SupplierPartID"),
    )


def read_change(received: Received, known: list[str]) -> IncomingChange:
    """Return the change in an OrderRequest of type update or delete.

    `known` are the lines of the order so far: an update restates the order, so a line that is not
    there any more is cancelled. Raises ValueError when it cannot be read.
    """
    order = read_order(received)
    is_delete = received.order_type == "delete"
    restated = {line.line: line for line in order.lines}
    lines: list[ChangedLine] = []
    for number in [] if is_delete else [*known, *(n for n in restated if n not in known)]:
        row = restated.get(number)
        if row is None or row.quantity == 0:
            lines.append(ChangedLine(number, is_cancelled=True))
        else:
            lines.append(ChangedLine(number, quantity=row.quantity, need_by=order.need_by))
    return IncomingChange(
        po_number=order.po_number,
        sequence=received.payload_id,
        lines=tuple(lines),
        is_cancel=is_delete,
        reference=received.payload_id,
    )


# ---- writing


def _document(dtd: str, payload_id: str, at: datetime, body: str) -> bytes:
    stamp = at.isoformat(timespec="seconds")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<!DOCTYPE cXML SYSTEM "{SCHEMAS}/{dtd}">\n'
        f"<cXML payloadID={quoteattr(payload_id)} timestamp={quoteattr(stamp)}"
        f' version="1.2.050" xml:lang="en-US">{body}</cXML>\n'
    ).encode()


def response(code: str, text: str, *, payload_id: str, at: datetime) -> bytes:
    """Return a Response with a Status."""
    status = f'<Status code="{code}" text={quoteattr(text)}/>'
    return _document("cXML.dtd", payload_id, at, f"<Response>{status}</Response>")


def request(
    document: TradeDocument, credentials: Credentials, *, payload_id: str, at: datetime
) -> bytes:
    """Return the request that carries a trade document."""
    match document:
        case Confirmation():
            dtd, body = "Fulfill.dtd", _confirmation(document)
        case ChangeReply():
            dtd, body = "Fulfill.dtd", _change_reply(document)
        case Shipment():
            dtd, body = "Fulfill.dtd", _ship_notice(document)
        case Bill():
            dtd, body = "InvoiceDetail.dtd", _invoice(document)
    head = (
        f"<From>{_credential(credentials, credentials.us)}</From>"
        f"<To>{_credential(credentials, credentials.them)}</To>"
        f"<Sender>{_credential(credentials, credentials.us, credentials.secret)}"
        "<UserAgent>Synthetic supplier</UserAgent></Sender>"
    )
    body = f'<Header>{head}</Header><Request deploymentMode="test">{body}</Request>'
    return _document(dtd, payload_id, at, body)


def kind_of(document: TradeDocument) -> str:
    """Return the request's name."""
    match document:
        case Confirmation() | ChangeReply():
            return "ConfirmationRequest"
        case Shipment():
            return "ShipNoticeRequest"
        case Bill():
            return "InvoiceDetailRequest"


def _credential(credentials: Credentials, identity: str, secret: str = "") -> str:
    shared = f"<SharedSecret>{escape(secret)}</SharedSecret>" if secret else ""
    domain = quoteattr(credentials.domain)
    return (
        f"<Credential domain={domain}><Identity>{escape(identity)}</Identity>{shared}</Credential>"
    )


def _order_reference(order: IncomingOrder, reference: str) -> str:
    return (
        f"<OrderReference orderID={quoteattr(order.po_number)}"
        f' orderDate="{order.order_date.isoformat()}">'
        f"<DocumentReference payloadID={quoteattr(reference)}/></OrderReference>"
    )


def _unit(line: OrderedLine) -> str:
    return f"<UnitOfMeasure>{escape(line.uom)}</UnitOfMeasure>"


def _delivery(day: date | None) -> str:
    return f' deliveryDate="{day.isoformat()}"' if day else ""


def _confirmation(told: Confirmation) -> str:
    results = {line.result for line in told.lines}
    everything = len(told.lines) == len(told.order.lines)
    kind = "reject" if results == {"rejected"} else "allDetail" if everything else "detail"
    head = (
        f"<ConfirmationHeader confirmID={quoteattr(told.number)} type={quoteattr(kind)}"
        f' operation="new" noticeDate="{told.at.isoformat(timespec="seconds")}"/>'
    )
    items = "".join(_confirmed(line) for line in told.lines) if kind != "reject" else ""
    reference = _order_reference(told.order, told.order.reference)
    return f"<ConfirmationRequest>{head}{reference}{items}</ConfirmationRequest>"


def _confirmed(line: ConfirmedLine) -> str:
    kind = {"accepted": "accept", "backordered": "backordered", "rejected": "reject"}[line.result]
    count, unit = quantity_text(line.ordered.quantity), _unit(line.ordered)
    return (
        f'<ConfirmationItem lineNumber="{line.ordered.line}" quantity="{count}">{unit}'
        f'<ConfirmationStatus quantity="{count}" type="{kind}"{_delivery(line.promised)}>{unit}'
        "</ConfirmationStatus></ConfirmationItem>"
    )


def _change_reply(told: ChangeReply) -> str:
    """Answer the change document itself: DocumentReference names its payloadID."""
    kind = "accept" if told.is_accepted else "reject"
    head = (
        f'<ConfirmationHeader confirmID={quoteattr(told.number)} type="{kind}" operation="new"'
        f' noticeDate="{told.at.isoformat(timespec="seconds")}"/>'
    )
    reference = _order_reference(told.order, told.change.reference)
    return f"<ConfirmationRequest>{head}{reference}</ConfirmationRequest>"


def _ship_notice(goods: Shipment) -> str:
    shipped = goods.at.isoformat(timespec="seconds")
    arrives = goods.arrives.isoformat(timespec="seconds")
    head = (
        f"<ShipNoticeHeader shipmentID={quoteattr(goods.shipment)} noticeDate={quoteattr(shipped)}"
        f" shipmentDate={quoteattr(shipped)} deliveryDate={quoteattr(arrives)}"
        ' operation="new"/>'
    )
    control = (
        '<ShipControl><CarrierIdentifier domain="companyName">CARR</CarrierIdentifier>'
        f"<ShipmentIdentifier>1Z{escape(goods.shipment)}</ShipmentIdentifier></ShipControl>"
    )
    items = "".join(_packed(goods, pack) for pack in goods.packs)
    reference = _order_reference(goods.order, goods.order.reference)
    portion = f"<ShipNoticePortion>{reference}{items}</ShipNoticePortion>"
    return f"<ShipNoticeRequest>{head}{control}{portion}</ShipNoticeRequest>"


def _packed(goods: Shipment, pack: Pack) -> str:
    part = escape(pack.ordered.catalog_no)
    expiry = f"{pack.expiry.isoformat()}T00:00:00+00:00"
    serial = f'<AssetInfo serialNumber="{pack.serial}"/>' if pack.serial else ""
    return (
        f'<ShipNoticeItem lineNumber="{pack.ordered.line}"'
        f' quantity="{quantity_text(pack.quantity)}">'
        f"<ItemID><SupplierPartID>{part}</SupplierPartID></ItemID>{_unit(pack.ordered)}"
        '<Packaging><PackagingCode xml:lang="en">carton</PackagingCode>'
        f"<ShippingContainerSerialCode>{goods.sscc}</ShippingContainerSerialCode></Packaging>"
        f'<Batch expirationDate="{expiry}"><SupplierBatchID>{pack.lot}</SupplierBatchID></Batch>'
        f"{serial}</ShipNoticeItem>"
    )


def _money(order: IncomingOrder, amount: object) -> str:
    return f'<Money currency="{order.currency}">{amount}</Money>'


def _invoice(bill: Bill) -> str:
    order = bill.order
    head = (
        f"<InvoiceDetailRequestHeader invoiceID={quoteattr(bill.invoice)}"
        ' purpose="standard" operation="new"'
        f' invoiceDate="{bill.at.isoformat(timespec="seconds")}">'
        "<InvoiceDetailHeaderIndicator/><InvoiceDetailLineIndicator/>"
        '<PaymentTerm payInNumberOfDays="30"/></InvoiceDetailRequestHeader>'
    )
    items = "".join(_billed(order, number, line) for number, line in enumerate(bill.lines, 1))
    info = f"<InvoiceDetailOrderInfo>{_order_reference(order, order.reference)}"
    total = _money(order, bill.total)
    summary = (
        f"<SubtotalAmount>{total}</SubtotalAmount>"
        f'<Tax>{_money(order, "0.00")}<Description xml:lang="en">exempt</Description></Tax>'
        f"<NetAmount>{total}</NetAmount><DueAmount>{total}</DueAmount>"
    )
    return (
        f"<InvoiceDetailRequest>{head}<InvoiceDetailOrder>{info}</InvoiceDetailOrderInfo>{items}"
        f"</InvoiceDetailOrder><InvoiceDetailSummary>{summary}</InvoiceDetailSummary>"
        "</InvoiceDetailRequest>"
    )


def _billed(order: IncomingOrder, number: int, line: BilledLine) -> str:
    part = escape(line.ordered.catalog_no)
    return (
        f'<InvoiceDetailItem invoiceLineNumber="{number}"'
        f' quantity="{quantity_text(line.quantity)}">{_unit(line.ordered)}'
        f"<UnitPrice>{_money(order, line.unit_price)}</UnitPrice>"
        f'<InvoiceDetailItemReference lineNumber="{line.ordered.line}">'
        f"<ItemID><SupplierPartID>{part}</SupplierPartID></ItemID></InvoiceDetailItemReference>"
        f"<SubtotalAmount>{_money(order, line.amount)}</SubtotalAmount></InvoiceDetailItem>"
    )
