"""What the price lists of all standards share: an item with its prices from quantities on.

In: lines of a price list. Out: the same by item. Refuses to know: standards.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Final

from suture.core.refusal import RefusalError
from suture.documents.supply import PriceLine

UNSAID_CURRENCY: Final = "the document says no currency; its prices are read as USD"


def by_item(lines: Iterable[PriceLine]) -> list[list[PriceLine]]:
    """Return the lines that price the same item, as they follow each other.

    Raises RefusalError `supply.missing` for a price of nothing, `supply.changed` for a second one
    from the same quantity on.
    """
    found = [list(same) for _, same in groupby(lines, _item)]
    for same in found:
        if not any((same[0].item, same[0].gtin, same[0].catalog_no)):
            raise RefusalError("supply.missing", "a priced line names its item", path="lines")
        if len({line.from_quantity for line in same}) < len(same):
            note = "an item has two prices from the same quantity on"
            raise RefusalError("supply.changed", note, path="lines")
    return found


def _item(line: PriceLine) -> tuple[str, ...]:
    numbers = (line.line, line.uom, line.item, line.gtin, line.catalog_no)
    return (*numbers, line.description, line.classification)
