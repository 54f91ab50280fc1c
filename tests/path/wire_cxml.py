"""Documents of Continental, written by hand: cXML 1.2 with shared-secret credentials."""

from __future__ import annotations

PO = "PO4500067890"

_HEAD = (
    "<Header><From><Credential domain='NetworkId'><Identity>AN9002</Identity></Credential></From>"
    "<To><Credential domain='NetworkId'><Identity>AN01</Identity></Credential></To>"
    "<Sender><Credential domain='NetworkId'><Identity>AN9002</Identity>"
    "<SharedSecret>s3cret</SharedSecret></Credential><UserAgent>synthetic</UserAgent></Sender>"
    "</Header>"
)


def request(body: str, *, payload: str = "c1@synth") -> bytes:
    """Return a request with a body."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<cXML payloadID="{payload}" timestamp="2027-01-04T15:00:00+00:00" version="1.2.050">'
        f'{_HEAD}<Request deploymentMode="test">{body}</Request></cXML>'
    ).encode()


def _reference(po: str, sequence: int) -> str:
    return (
        f'<OrderReference orderID="{po}" orderDate="2027-01-04">'
        f'<DocumentReference payloadID="{po}.{sequence}@suture"/></OrderReference>'
    )


def confirmation(
    status: str, *, po: str = PO, day: str = "2027-01-08", unit: str = "BX", quantity: str = "1"
) -> bytes:
    """Return a ConfirmationRequest that answers line 1 in detail."""
    when = f' deliveryDate="{day}"' if day else ""
    return request(
        '<ConfirmationRequest><ConfirmationHeader confirmID="C1" type="allDetail" operation="new"'
        f' noticeDate="2027-01-04T15:00:00+00:00"/>{_reference(po, 0)}'
        f'<ConfirmationItem lineNumber="1" quantity="{quantity}">'
        f"<UnitOfMeasure>{unit}</UnitOfMeasure>"
        f'<ConfirmationStatus quantity="{quantity}" type="{status}"{when}>'
        f"<UnitOfMeasure>{unit}</UnitOfMeasure></ConfirmationStatus></ConfirmationItem>"
        "</ConfirmationRequest>",
        payload=f"confirm-{status}-{day}@synth",
    )


def confirmation_of_all(kind: str, *, po: str = PO) -> bytes:
    """Return a ConfirmationRequest without lines: its header type speaks for all of them."""
    return request(
        f'<ConfirmationRequest><ConfirmationHeader confirmID="C1" type="{kind}" operation="new"'
        f' noticeDate="2027-01-04T15:00:00+00:00"/>{_reference(po, 0)}</ConfirmationRequest>',
        payload=f"confirm-all-{kind}@synth",
    )


def change_answer(kind: str, *, sequence: int = 1001, po: str = PO) -> bytes:
    """Return the answer to one of our changes: it names the change's payloadID."""
    return request(
        f'<ConfirmationRequest><ConfirmationHeader confirmID="C2" type="{kind}" operation="new"'
        f' noticeDate="2027-01-05T15:00:00+00:00"/>{_reference(po, sequence)}'
        "</ConfirmationRequest>",
        payload=f"answer-{kind}-{sequence}@synth",
    )


def ship_notice(*, po: str = PO, shipment: str = "CSHP1", note: str = "") -> bytes:
    """Return a ShipNoticeRequest for one box of gloves of lot G33."""
    return request(
        f'<ShipNoticeRequest><ShipNoticeHeader shipmentID="{shipment}" operation="new"'
        ' noticeDate="2027-01-06T09:00:00+00:00" shipmentDate="2027-01-06T09:00:00+00:00"'
        f' deliveryDate="2027-01-08T12:00:00+00:00">{note}</ShipNoticeHeader>'
        '<ShipControl><CarrierIdentifier domain="SCAC">CARR</CarrierIdentifier>'
        f"<ShipmentIdentifier>1Z{shipment}</ShipmentIdentifier></ShipControl>"
        f'<ShipNoticePortion>{_reference(po, 0)}<ShipNoticeItem lineNumber="1" quantity="1">'
        "<ItemID><SupplierPartID>CAT-GLV</SupplierPartID></ItemID>"
        "<UnitOfMeasure>BX</UnitOfMeasure>"
        '<Batch expirationDate="2029-06-30T00:00:00+00:00"><SupplierBatchID>G33</SupplierBatchID>'
        "</Batch></ShipNoticeItem></ShipNoticePortion></ShipNoticeRequest>",
        payload=f"ship-{shipment}@synth",
    )


def _money(amount: str) -> str:
    return f'<Money currency="USD">{amount}</Money>'


def invoice(
    *,
    po: str = PO,
    number: str = "C-9001",
    price: str = "12.50",
    quantity: str = "1",
    unit: str = "BX",
    total: str = "12.50",
    shipping: str = "",
) -> bytes:
    """Return an InvoiceDetailRequest for line 1."""
    freight = f"<ShippingAmount>{_money(shipping)}</ShippingAmount>" if shipping else ""
    return request(
        f'<InvoiceDetailRequest><InvoiceDetailRequestHeader invoiceID="{number}"'
        ' purpose="standard" operation="new" invoiceDate="2027-01-09T09:00:00+00:00">'
        "<InvoiceDetailHeaderIndicator/><InvoiceDetailLineIndicator/>"
        "</InvoiceDetailRequestHeader><InvoiceDetailOrder><InvoiceDetailOrderInfo>"
        f'{_reference(po, 0)}</InvoiceDetailOrderInfo><InvoiceDetailItem invoiceLineNumber="1"'
        f' quantity="{quantity}"><UnitOfMeasure>{unit}</UnitOfMeasure>'
        f"<UnitPrice>{_money(price)}</UnitPrice>"
        '<InvoiceDetailItemReference lineNumber="1"><ItemID><SupplierPartID>CAT-GLV'
        "</SupplierPartID></ItemID></InvoiceDetailItemReference>"
        f"<SubtotalAmount>{_money(price)}</SubtotalAmount></InvoiceDetailItem>"
        f"</InvoiceDetailOrder><InvoiceDetailSummary><SubtotalAmount>{_money(price)}"
        f"</SubtotalAmount><Tax>{_money('0.00')}</Tax>{freight}"
        f"<NetAmount>{_money(total)}</NetAmount><DueAmount>{_money(total)}</DueAmount>"
        "</InvoiceDetailSummary></InvoiceDetailRequest>",
        payload=f"invoice-{number}@synth",
    )
