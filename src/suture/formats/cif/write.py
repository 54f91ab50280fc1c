"""Writes catalogues.

In: a `Header` and items. Out: bytes, the same for the same input. Refuses to know: the clock; the
time stamp comes in with the header. ITEMCOUNT is counted, not believed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from suture.core.refusal import RefusalError
from suture.formats.cif.catalogue import FIELD_NAMES, CatalogueItem, Header
from suture.formats.cif.parse import charset_codec
from suture.formats.cif.rows import row_text

_MORE_NAMES: Final = ("Currency", "Effective Date", "Expiration Date", "Delete")


def write(header: Header, items: Iterable[CatalogueItem]) -> bytes:
    """Return the catalogue, its fields those of the items.

    Raises RefusalError `cif.encoding` for a charset that is not known, `cif.character` for a value
    that it, or a line of the header, cannot hold.
    """
    codec = charset_codec(header.charset)
    if codec is None:
        raise RefusalError("cif.encoding", "the charset of the header is not known")
    rows = list(items)
    names = [*FIELD_NAMES, *_MORE_NAMES]
    names += list(dict.fromkeys(name for item in rows for name, _ in item.others))
    lines = [f"CIF_I_V{header.version}"]
    lines += [f"{name}: {_line(value)}" for name, value in _header(header, len(rows)) if value]
    lines.append(f"FIELDNAMES: {_line(row_text(names))}")
    lines.append("DATA")
    lines += [row_text(_fields(item, names)) for item in rows]
    lines.append("ENDOFDATA")
    try:
        return "".join(f"{line}\n" for line in lines).encode(codec)
    except UnicodeEncodeError:
        note = "a value has a character that the charset does not have"
        raise RefusalError("cif.character", note) from None


def _header(header: Header, count: int) -> list[tuple[str, str]]:
    return [
        ("CHARSET", header.charset),
        ("LOADMODE", header.load_mode),
        ("CODEFORMAT", header.code_format),
        ("CURRENCY", header.currency),
        ("SUPPLIERID_DOMAIN", header.supplier_id_domain),
        ("ITEMCOUNT", str(count)),
        ("TIMESTAMP", header.timestamp),
        ("UNUOM", "TRUE" if header.is_unuom else ""),
        *header.others,
    ]


def _line(text: str) -> str:
    if any(mark in text for mark in "\r\n"):
        raise RefusalError("cif.character", "a line of the header holds no line end")
    return text


def _fields(item: CatalogueItem, names: list[str]) -> list[str]:
    price = item.market_price
    fixed = {
        "Supplier ID": item.supplier_id,
        "Supplier Part ID": item.supplier_part_id,
        "Manufacturer Part ID": item.manufacturer_part_id,
        "Item Description": item.description,
        "SPSC Code": item.classification,
        "Unit Price": f"{item.unit_price:f}",
        "Unit of Measure": item.unit,
        "Lead Time": "" if item.lead_time_days is None else str(item.lead_time_days),
        "Manufacturer Name": item.manufacturer_name,
        "Supplier URL": item.supplier_url,
        "Manufacturer URL": item.manufacturer_url,
        "Market Price": "" if price is None else f"{price:f}",
        "Currency": item.currency,
        "Effective Date": item.effective.isoformat() if item.effective else "",
        "Expiration Date": item.expires.isoformat() if item.expires else "",
        "Delete": "T" if item.is_delete else "",
    }
    values = dict(item.others) | fixed
    return [_cleared(values.get(name, "")) for name in names]


def _cleared(text: str) -> str:
    """Return a value whose line ends are of one kind; a lone carriage return would be lost."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
