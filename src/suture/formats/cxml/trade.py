"""Declares the documents before an order: punch-out, catalogues, suppliers, what a peer can do.

In: elements, by `shape`. Out: `PunchOutSetupRequest`, `PunchOutSetupResponse`,
`PunchOutOrderMessage`, `CatalogUploadRequest`, `SupplierChangeMessage`, `SupplierDataRequest`,
`ProfileRequest`, `ProfileResponse`, and `IndexItem` of a catalogue. Refuses to know: who may shop.
"""

# ruff: noqa: RUF009 - `at` returns a new dataclass field at each call, as `field` does.

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Final

from suture.formats.cxml.document import veiled
from suture.formats.cxml.shape import Kind, at
from suture.formats.cxml.supply import ItemIdentity, PlaceContact

SETUP_OPERATIONS: Final = frozenset({"create", "inspect", "edit", "source"})
CART_OPERATIONS: Final = frozenset({"create", "inspect", "edit"})
CHANGE_TYPES: Final = frozenset({"new", "update", "delete"})
UPLOAD_OPERATIONS: Final = frozenset({"new", "update"})
INDEX_OPERATIONS: Final = frozenset({"full", "incremental"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """`ItemDetail`: what a supplier says of an item."""

    __repr__ = veiled

    unit_price: Decimal | None = at("UnitPrice/Money", Kind.NUMBER)
    currency: str = at("UnitPrice/Money/@currency")
    description: str = at("Description", Kind.WHOLE)
    unit: str = at("UnitOfMeasure")
    price_basis_quantity: Fraction | None = at("PriceBasisQuantity/@quantity", Kind.QUANTITY)
    price_basis_conversion: Fraction | None = at(
        "PriceBasisQuantity/@conversionFactor", Kind.QUANTITY
    )
    price_basis_unit: str = at("PriceBasisQuantity/UnitOfMeasure")
    classification_domain: str = at("Classification/@domain")
    classification: str = at("Classification")
    manufacturer_part_id: str = at("ManufacturerPartID")
    manufacturer_name: str = at("ManufacturerName")
    url: str = at("URL")
    lead_time_days: Fraction | None = at("LeadTime", Kind.QUANTITY)
    extrinsics: tuple[tuple[str, str], ...] = at("Extrinsic", Kind.PAIRS)


# ---- punch-out


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchOutSetupRequest:
    """A buyer's wish to shop at a supplier's site, or to change a cart."""

    __repr__ = veiled

    operation: str = at("@operation", required=True, allowed=SETUP_OPERATIONS)
    buyer_cookie: str = at("BuyerCookie", required=True)
    """Names the session; the cart comes back with it."""
    extrinsics: tuple[tuple[str, str], ...] = at("Extrinsic", Kind.PAIRS)
    return_url: str = at("BrowserFormPost/URL")
    """Where the cart is sent to."""
    contacts: tuple[PlaceContact, ...] = at("Contact", Kind.MANY, of=PlaceContact)
    supplier_url: str = at("SupplierSetup/URL")
    ship_to_id: str = at("ShipTo/Address/@addressID")
    ship_to_domain: str = at("ShipTo/Address/@addressIDDomain")
    ship_to_name: str = at("ShipTo/Address/Name")
    selected: ItemIdentity | None = at("SelectedItem/ItemID", Kind.ONE, of=ItemIdentity)


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchOutSetupResponse:
    """Where the shopper's browser goes to."""

    __repr__ = veiled

    start_url: str = at("StartPage/URL", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CartItem:
    """`ItemIn`: one line of a cart."""

    __repr__ = veiled

    quantity: Fraction = at("@quantity", Kind.QUANTITY, required=True)
    line_number: str = at("@lineNumber", Kind.LINE)
    item: ItemIdentity = at("ItemID", Kind.ONE, of=ItemIdentity, required=True)
    detail: ItemFacts = at("ItemDetail", Kind.ONE, of=ItemFacts, required=True)
    supplier_id: str = at("SupplierID")
    supplier_domain: str = at("SupplierID/@domain")
    shipping: Decimal | None = at("Shipping/Money", Kind.NUMBER)
    tax: Decimal | None = at("Tax/Money", Kind.NUMBER)


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchOutOrderMessage:
    """A cart that comes back from a supplier's site; it is no order yet."""

    __repr__ = veiled

    buyer_cookie: str = at("BuyerCookie", required=True)
    operation_allowed: str = at(
        "PunchOutOrderMessageHeader/@operationAllowed", required=True, allowed=CART_OPERATIONS
    )
    total: Decimal = at("PunchOutOrderMessageHeader/Total/Money", Kind.NUMBER, required=True)
    currency: str = at("PunchOutOrderMessageHeader/Total/Money/@currency", required=True)
    shipping: Decimal | None = at("PunchOutOrderMessageHeader/Shipping/Money", Kind.NUMBER)
    tax: Decimal | None = at("PunchOutOrderMessageHeader/Tax/Money", Kind.NUMBER)
    items: tuple[CartItem, ...] = at("ItemIn", Kind.MANY, of=CartItem)


# ---- catalogues


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogUploadRequest:
    """A catalogue that a supplier hands over; its content is an attachment (CIF or Index)."""

    __repr__ = veiled

    operation: str = at("@operation", required=True, allowed=UPLOAD_OPERATIONS)
    catalog_name: str = at("CatalogName", Kind.WHOLE, required=True)
    description: str = at("Description", Kind.WHOLE)
    attachments: tuple[str, ...] = at("Attachment/URL", Kind.TEXTS, required=True)
    """`cid:` addresses of the parts that hold the catalogue."""
    commodities: tuple[str, ...] = at("Commodities/CommodityCode", Kind.TEXTS)
    auto_publish: bool = at("AutoPublish/@enabled", Kind.FLAG, allowed=frozenset({"true"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexItem:
    """`IndexItemAdd`, `IndexItemDelete` or `IndexItemPunchout`: one item of a catalogue."""

    __repr__ = veiled

    item: ItemIdentity = at("ItemID", Kind.ONE, of=ItemIdentity, required=True)
    detail: ItemFacts | None = at("ItemDetail", Kind.ONE, of=ItemFacts)
    punch_out_url: str = at("PunchoutDetail/URL")
    lead_time_days: Fraction | None = at("IndexItemDetail/LeadTime", Kind.QUANTITY)
    effective: datetime | None = at("IndexItemDetail/EffectiveDate", Kind.MOMENT)
    expires: datetime | None = at("IndexItemDetail/ExpirationDate", Kind.MOMENT)
    search_group: str = at("IndexItemDetail/SearchGroupData/Name")
    territories: tuple[str, ...] = at("IndexItemDetail/TerritoryAvailable", Kind.TEXTS)


# ---- suppliers


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyNumber:
    """`SupplierID`: a supplier's number in a domain."""

    __repr__ = veiled

    domain: str = at("@domain", required=True)
    number: str = at(".", required=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierSite:
    """`SupplierLocation`: a place of a supplier and how orders get there."""

    __repr__ = veiled

    address_id: str = at("Address/@addressID")
    name: str = at("Address/Name")
    streets: tuple[str, ...] = at("Address/PostalAddress/Street", Kind.TEXTS)
    city: str = at("Address/PostalAddress/City")
    state: str = at("Address/PostalAddress/State")
    postal_code: str = at("Address/PostalAddress/PostalCode")
    country: str = at("Address/PostalAddress/Country/@isoCountryCode")
    email: str = at("Address/Email")
    order_url: str = at("OrderMethods/OrderMethod/OrderTarget/URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierFacts:
    """`Supplier`: a supplier's name, numbers and places."""

    __repr__ = veiled

    corporate_url: str = at("@corporateURL")
    store_url: str = at("@storeFrontURL")
    name: str = at("Name", required=True)
    comments: str = at("Comments", Kind.WHOLE)
    numbers: tuple[PartyNumber, ...] = at("SupplierID", Kind.MANY, of=PartyNumber, required=True)
    sites: tuple[SupplierSite, ...] = at("SupplierLocation", Kind.MANY, of=SupplierSite)


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierChangeMessage:
    """News of suppliers that a buyer has dealings with."""

    __repr__ = veiled

    type: str = at("@type", required=True, allowed=CHANGE_TYPES)
    suppliers: tuple[SupplierFacts, ...] = at(
        "Supplier", Kind.MANY, of=SupplierFacts, required=True
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierDataRequest:
    """A question for a supplier's data, by its numbers."""

    __repr__ = veiled

    numbers: tuple[PartyNumber, ...] = at("SupplierID", Kind.MANY, of=PartyNumber, required=True)


# ---- what a peer can do


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRequest:
    """A question for the kinds of request that a peer takes, and where."""

    __repr__ = veiled


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedRequest:
    """`Transaction`: a kind of request that a peer takes, and where."""

    __repr__ = veiled

    name: str = at("@requestName", required=True)
    url: str = at("URL", required=True)
    options: tuple[tuple[str, str], ...] = at("Option", Kind.PAIRS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileResponse:
    """The kinds of request that a peer takes."""

    __repr__ = veiled

    effective: datetime = at("@effectiveDate", Kind.MOMENT, required=True)
    last_refresh: datetime | None = at("@lastRefresh", Kind.MOMENT)
    options: tuple[tuple[str, str], ...] = at("Option", Kind.PAIRS)
    offered: tuple[OfferedRequest, ...] = at("Transaction", Kind.MANY, of=OfferedRequest)
