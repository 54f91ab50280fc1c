"""Makes large content piece by piece: the same few kilobytes, numbered, as often as is asked.

In: a format and a size. Out: pieces of bytes that add up to about that size. Refuses to know:
readers. All identifiers are synthetic. A piece is cheap to make beside reading it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bench import codec_edifact, codec_hl7v2, codec_x12

MB = 1_000_000
_ORDER_LINES = 700
"""Lines of one EDIFACT order of a large interchange: about 90 kB, as the X12 ones."""
_CUT = 65_536
"""Bytes of one piece, as a file is read."""

SUPPLY_REQUEST = (
    '{"resourceType":"SupplyRequest","id":"syn-%09d","status":"active","priority":"stat",'
    '"identifier":[{"system":"urn:synth:po","value":"SYN-PO-1"}],'
    '"item":{"concept":{"coding":[{"system":"urn:synth:item","code":"KF-00001",'
    '"display":"SYNTH COMPONENT SIZE 5"}],"text":"SYNTH COMPONENT"}},'
    '"quantity":{"value":2,"unit":"each","system":"http://unitsofmeasure.org","code":"{each}"},'
    '"occurrenceDateTime":"2026-03-01T06:00:00Z","authoredOn":"2026-02-20T10:11:12.123Z",'
    '"requester":{"reference":"Organization/o1"},"supplier":[{"reference":"Organization/s1"}],'
    '"deliverTo":{"reference":"Location/dock"}}'
)
"""A request of FHIR R5, about 650 bytes."""
_CXML_HEAD = (
    b'<?xml version="1.0" encoding="UTF-8"?><cXML payloadID="1@synth.example" '
    b'timestamp="2027-01-08T14:15:00-05:00" version="1.2.060"><Header><From><Credential '
    b'domain="DUNS"><Identity>999999999</Identity></Credential></From><To><Credential '
    b'domain="DUNS"><Identity>999999998</Identity></Credential></To><Sender><Credential '
    b'domain="DUNS"><Identity>999999999</Identity></Credential><UserAgent>synth</UserAgent>'
    b"</Sender></Header><Message><Index><SupplierID domain='DUNS'>999999999</SupplierID>"
)
_CXML_ITEM = (
    b"<IndexItem><IndexItemAdd><ItemID><SupplierPartID>KF-%09d</SupplierPartID></ItemID>"
    b'<ItemDetail><UnitPrice><Money currency="USD">1450.00</Money></UnitPrice>'
    b'<Description xml:lang="en">SYNTH COMPONENT SIZE 5</Description>'
    b"<UnitOfMeasure>EA</UnitOfMeasure>"
    b'<Classification domain="UNSPSC">42320000</Classification></ItemDetail>'
    b"<IndexItemDetail><LeadTime>3</LeadTime></IndexItemDetail></IndexItemAdd></IndexItem>"
)
_CIF_HEAD = (
    b"CIF_I_V3.0\nCHARSET: UTF-8\nLOADMODE: F\nCODEFORMAT: UNSPSC\nCURRENCY: USD\n"
    b"SUPPLIERID_DOMAIN: DUNS\nDATA\n"
)
_CIF_ROW = (
    b"999999999,KF-%09d,MFR-1,SYNTH COMPONENT SIZE 5,42320000,1450.00,EA,3,SYNTH MAKER,,"
    b"http://synth.example/kf,1500.00\n"
)


def _repeated(head: bytes, row: Callable[[int], bytes], size: int, tail: str) -> Iterator[bytes]:
    """Yield a head, numbered rows in pieces, and a tail that may name their count."""
    held, made, number = [head], len(head), 0
    length = len(head)
    while made < size:
        number += 1
        one = row(number)
        held.append(one)
        made += len(one)
        length += len(one)
        if length >= _CUT:
            yield b"".join(held)
            held, length = [], 0
    yield b"".join(held) + tail.replace("COUNT", str(number)).encode()


def x12(size: int) -> Iterator[bytes]:
    """Yield one interchange of 850s of 100 kB."""
    return codec_x12.chunks(size)


def edifact(size: int) -> Iterator[bytes]:
    """Yield one interchange of ORDERS of about 90 kB, each with a reference of its own."""
    whole = codec_edifact.order_bytes(_ORDER_LINES)
    first, last = whole.index(b"UNH+"), whole.rindex(b"UNZ+")
    rest = whole[first:last].removeprefix(b"UNH+")
    name, _, body = rest.partition(b"+")
    body = body[: body.rindex(b"+" + name + b"'") + 1]

    def one(number: int) -> bytes:
        return b"UNH+%d+%s%d'" % (number, body, number)

    return _repeated(whole[:first], one, size, "UNZ+COUNT+101'")


def hl7v2(size: int) -> Iterator[bytes]:
    """Yield a file of one batch of bookings of about 1 kB."""
    before, after = codec_hl7v2.SIU.split(b"SYN000000001", 1)
    head = b"FHS|^~\\&|SYNTHEHR|NCH\rBHS|^~\\&|SYNTHEHR|NCH\r"
    return _repeated(
        head, lambda number: b"%sSYN%09d%s" % (before, number, after), size, "BTS|COUNT\rFTS|1\r"
    )


def fhir(size: int) -> Iterator[bytes]:
    """Yield lines of requests for supplies."""
    return _repeated(b"", lambda number: (SUPPLY_REQUEST % number + "\n").encode(), size, "")


def cxml(size: int) -> Iterator[bytes]:
    """Yield one catalogue."""
    return _repeated(
        _CXML_HEAD, lambda number: _CXML_ITEM % number, size, "</Index></Message></cXML>"
    )


def cif(size: int) -> Iterator[bytes]:
    """Yield one catalogue."""
    return _repeated(_CIF_HEAD, lambda number: _CIF_ROW % number, size, "ENDOFDATA\n")
