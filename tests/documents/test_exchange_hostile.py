"""Damaged documents are read without an exception: what is unreadable is stated."""

from __future__ import annotations

from contextlib import suppress
from random import Random

import pytest
from test_exchange_answers import ANSWER, CONFIRMATION
from test_exchange_changes import WHOLE as RESTATED
from test_exchange_goods_and_bills import FIRST, INVOICE, NOTICE, TO, received
from test_exchange_orders import WHOLE
from test_exchange_prices import PRICES
from test_exchange_replies import REPLY
from test_exchange_stock import STOCK

from suture.core.refusal import RefusalError
from suture.documents.exchange import CARRIERS, Kind, Standard, convert_all, write_document

SAMPLES = {
    Kind.PURCHASE_ORDER: WHOLE,
    Kind.ORDER_CHANGE: RESTATED,
    Kind.ACKNOWLEDGEMENT: ANSWER,
    Kind.CHANGE_ANSWER: REPLY,
    Kind.SHIP_NOTICE: NOTICE,
    Kind.INVOICE: INVOICE,
    Kind.RECEIPT_ADVICE: received(FIRST),
    Kind.PRICE_LIST: PRICES,
    Kind.STOCK_REPORT: STOCK,
}
WAYS = [
    (kind, standard)
    for kind, ways in CARRIERS.items()
    for standard, way in ways.items()
    if way.write is not None
]


def damaged(data: bytes, chance: Random) -> bytes:
    """Return the bytes with a few cut out, doubled or changed."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(made))
        end = place + chance.randint(1, 12)
        match chance.randrange(3):
            case 0:
                del made[place:end]
            case 1:
                made[place:place] = made[place:end]
            case _:
                made[place] = chance.randrange(256)
    return bytes(made)


@pytest.mark.parametrize(("kind", "standard"), WAYS)
def test_a_damaged_document_is_read_without_an_exception(kind: Kind, standard: Standard) -> None:
    """Each reader gives documents and problems, whatever the bytes are."""
    data, _ = write_document(kind, SAMPLES[kind], standard, TO)
    chance = Random(7)
    for _ in range(150):
        found, problems = CARRIERS[kind][standard].read(damaged(data, chance))
        assert found or problems


def test_a_damaged_document_converts_or_is_refused() -> None:
    """Nothing but a refusal comes out of a conversion that fails."""
    chance = Random(8)
    for data in (CONFIRMATION, write_document(Kind.INVOICE, INVOICE, "x12", TO)[0]):
        for _ in range(100):
            with suppress(RefusalError):
                assert convert_all(damaged(data, chance), None, "edifact", TO)
