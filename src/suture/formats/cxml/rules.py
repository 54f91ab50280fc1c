"""Holds the rules of cXML as data: what is mandatory, which values there are, what is unique.

In: nothing. Out: tables by element name. Refuses to know: how a rule is checked. Only what no
reader states already stands here; facts of the standard (cXML 1.2), in the house's own form.
"""

from __future__ import annotations

import re
from typing import Final

MANDATORY: Final[dict[str, tuple[str, ...]]] = {
    "OrderRequestHeader": ("@orderID", "@orderDate", "Total/Money", "BillTo/Address"),
    "ItemOut": ("@quantity", "ItemID/SupplierPartID", "ItemDetail|BlanketItemDetail"),
    "ItemDetail": ("UnitPrice/Money", "Description", "UnitOfMeasure", "Classification"),
    "ConfirmationHeader": ("@type", "@noticeDate"),
    "ConfirmationItem": ("@lineNumber", "@quantity", "UnitOfMeasure", "ConfirmationStatus"),
    "ConfirmationStatus": ("@type", "@quantity", "UnitOfMeasure"),
    "ShipNoticeHeader": ("@shipmentID", "@noticeDate"),
    "ShipNoticePortion": ("OrderReference|MasterAgreementReference|OrderIDInfo",),
    "ShipNoticeItem": ("@quantity", "@lineNumber", "UnitOfMeasure"),
    "InvoiceDetailRequestHeader": (
        "@invoiceID",
        "@invoiceDate",
        "InvoiceDetailHeaderIndicator",
        "InvoiceDetailLineIndicator",
    ),
    "InvoiceDetailItem": (
        "@invoiceLineNumber",
        "@quantity",
        "UnitOfMeasure",
        "UnitPrice/Money",
        "InvoiceDetailItemReference",
    ),
    "InvoiceDetailItemReference": ("@lineNumber",),
    "InvoiceDetailServiceItem": ("@invoiceLineNumber", "InvoiceDetailServiceItemReference"),
    "InvoiceDetailSummary": ("SubtotalAmount/Money", "Tax/Money", "NetAmount/Money"),
    "Status": ("@code", "@text"),
    "Money": ("@currency",),
    "Credential": ("@domain", "Identity"),
    "Extrinsic": ("@name",),
    "Classification": ("@domain",),
    "SupplierID": ("@domain",),
    "Distribution": ("Accounting", "Charge/Money"),
    "DocumentReference": ("@payloadID",),
}
"""Element -> attributes and children that must be there; `|` separates what may stand for it."""

LISTED: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("Request", "deploymentMode"): frozenset({"production", "test"}),
    ("Message", "deploymentMode"): frozenset({"production", "test"}),
    ("OrderRequestHeader", "type"): frozenset({"new", "update", "delete"}),
    ("OrderRequestHeader", "orderType"): frozenset(
        {"regular", "release", "blanket", "stockTransport", "stockTransportRelease"}
    ),
    ("ItemOut", "itemType"): frozenset({"composite", "item", "lean"}),
    ("ShipNoticeHeader", "shipmentType"): frozenset({"actual", "planned"}),
    ("ShipNoticeHeader", "fulfillmentType"): frozenset({"complete", "partial"}),
    ("TransportTerms", "value"): frozenset(
        {"FreeCarrier", "CostAndFreight", "DeliveredAtFrontier", "Other", "ExWorks", "CIF"}
        | {"CIP", "CPT", "DAF", "DAP", "DAT", "DDP", "DDU", "DEQ", "DES", "EXW", "FAS", "FCA"}
        | {"FOB", "CFR", "FreeOnBoard", "DeliveredDutyPaid", "DeliveredDutyUnpaid"}
    ),
    ("InvoiceStatus", "type"): frozenset(
        {"processing", "reconciled", "rejected", "paying", "paid", "canceled", "approved"}
        | {"received", "sent"}
    ),
}
"""(element, attribute) -> values it may have. Transport terms are warned of only."""

OPEN_LISTS: Final = frozenset({("TransportTerms", "value"), ("InvoiceStatus", "type")})
"""Lists that grew from version to version: a value outside is a warning."""

LINE_NUMBERS: Final[dict[str, str]] = {
    "ItemOut": "lineNumber",
    "ItemIn": "lineNumber",
    "ConfirmationItem": "lineNumber",
    "ShipNoticeItem": "shipNoticeLineNumber",
    "InvoiceDetailItem": "invoiceLineNumber",
    "InvoiceDetailServiceItem": "invoiceLineNumber",
    "ReceiptItem": "receiptLineNumber",
    "RemittanceDetail": "lineNumber",
}
"""Element -> attribute that is unique within the document."""

MAY_BE_EMPTY: Final = frozenset({"InvoiceDetailHeaderIndicator", "InvoiceDetailLineIndicator"})
"""Elements that say something by standing there."""

CURRENCIES: Final = frozenset(
    re.findall(
        r"[A-Z]{3}",
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL "
        "BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK "
        "DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF "
        "IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR "
        "LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
        "NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK "
        "SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX "
        "USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XDR XOF XPF YER ZAR ZMW ZWG ",
    )
)
"""ISO 4217 codes of money that is in use, and of what left it since 2020."""
