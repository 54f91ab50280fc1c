"""What must hold for any bytes at all: one function per reader.

In: bytes. Out: nothing; an AssertionError or any other exception is a finding. Refuses to know: who
makes the bytes (a fuzzer, a crasher kept from an earlier run, a property test).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime

from tests.fuzz import streams

from suture.core.refusal import RefusalError
from suture.formats import as2, cif, cxml, edifact, fhir, hl7v2, x12
from suture.formats.as2.compressed import compress
from suture.formats.outline import check, read_all

_AT = datetime(2027, 1, 4, tzinfo=UTC)


def hl7_v2(data: bytes) -> None:
    """Refused with a code, or the same bytes back, checked and shown; header and answer too."""
    try:
        head = hl7v2.header(data)
        hl7v2.ack(head, code="AA", control_id="F1", at=_AT)
    except RefusalError:
        pass
    try:
        message, _ = hl7v2.parse(data)
    except RefusalError:
        return
    assert bytes(message) == data
    hl7v2.validate(message)
    _shown(data, "hl7v2")


def x12_reader(data: bytes) -> None:
    """The bytes of all interchanges add up; every set has a view or none; answers can be made."""
    found, _ = x12.parse_all(data)
    assert b"".join(bytes(each) for each in found) == data
    for interchange in found:
        x12.validate(interchange)
        for each in interchange.sets:
            x12.view(each)
    _shown(data, "x12")


def edifact_reader(data: bytes) -> None:
    """The bytes of all interchanges add up; checks hold for any structure."""
    found, _ = edifact.parse_all(data)
    assert b"".join(bytes(each) for each in found) == data
    for interchange in found:
        edifact.validate(interchange)
    _shown(data, "edifact")


def cxml_reader(data: bytes) -> None:
    """A document with the same bytes, or none and the reason."""
    document, problems = cxml.parse(data)
    if document is None:
        assert problems
        return
    assert bytes(document) == data
    cxml.validate(document, cxml.CxmlProfile(name="fuzz"))
    _shown(data, "cxml")


def cif_reader(data: bytes) -> None:
    """A catalogue with the same bytes, or none and the reason."""
    catalogue, problems = cif.parse(data)
    assert catalogue is not None or problems
    assert catalogue is None or bytes(catalogue) == data


def fhir_reader(data: bytes) -> None:
    """A resource with the same bytes, or none and the reason."""
    resource, problems = fhir.parse(data)
    if resource is None:
        assert problems
        return
    assert bytes(resource) == data
    fhir.validate(resource)
    fhir.privacy_traps(resource)
    _shown(data, "fhir")


def as2_reader(data: bytes) -> None:
    """The same bytes, or refused; unwrapped without keys or pins, or refused with a code."""
    agreed = as2.Agreement((), must_sign=False, must_encrypt=False, content_bytes_max=100_000)
    for read in (
        lambda one: as2.unwrap(one, [], agreed),
        lambda one: as2.verify_entity(one, [], as2.STRONG_DIGESTS),
        as2.read_receipt,
    ):
        with contextlib.suppress(RefusalError):
            found = as2.read(data)
            assert bytes(found) == data
            read(found)


def _shown(data: bytes, format: str) -> None:
    for opened in read_all(data, format):
        check(opened)
        for node in opened.tree.walk():
            assert node.label


TARGETS: dict[str, Callable[[bytes], None]] = {
    "hl7v2": hl7_v2,
    "x12": x12_reader,
    "cxml": cxml_reader,
    "edifact": edifact_reader,
    "fhir": fhir_reader,
    "cif": cif_reader,
    "as2": as2_reader,
    "hl7v2-stream": streams.hl7_v2_stream,
    "x12-stream": streams.x12_stream,
    "edifact-stream": streams.edifact_stream,
    "cxml-stream": streams.cxml_stream,
    "fhir-stream": streams.fhir_stream,
    "answers": streams.answers,
    "exchange": streams.exchange,
}
"""Target -> what must hold; CI fuzzes the first three kinds `fuzz.py` names, seeds run for all."""

SEEDS: dict[str, tuple[bytes, ...]] = {
    "hl7v2": (
        b"MSH|^~\\&|SYNTH|NCH|HUB|IDN|20270104081500-0600||SIU^S12^SIU_S12|M1|T|2.5.1|||AL|NE\r"
        b"SCH|1^A|2^B||||E^x|R^y\rPID|1||SYN1^^^NCH^MR~SYN2||A^B^\\T\\||19600101|F\rAIS|1|A|X^Y^Z\r",
        b"FHS|^~\\&|A\rBHS|^~\\&|B\rMSH|^~\\&|A|B|C|D|2027||ADT^A01|1|P|2.3\rBTS|1\rFTS|1\r",
    ),
    "x12": (
        b"ISA*00*          *00*          *ZZ*SYNTHBUYER     *ZZ*SYNTHSUPPLIER  *270104*0815*^*"
        b"00501*000000101*0*T*:~GS*PO*A*B*20270104*0815*101*X*005010~ST*850*0001~BEG*00*NE*PO1**20270104~"
        b"REF*CT*C1~DTM*002*20270110~N1*ST*X*UL*9520000000208~PO1*1*2*EA*10.5*CT*VC*CAT-1~CTT*1~"
        b"SE*8*0001~GE*1*101~IEA*1*000000101~",
    ),
    "edifact": (
        b"UNA:+.? 'UNB+UNOC:3+S:14+R:14+270104:0815+7'UNH+1+ORDERS:D:01B:UN:EAN010'BGM+220+PO1+9'"
        b"DTM+137:20270104:102'NAD+BY+9520000000208::9'LIN+1++09520000000017:SRV'QTY+21:2:PCE'"
        b"PRI+AAA:10.5'UNS+S'CNT+2:1'UNT+10+1'UNZ+1+7'",
    ),
    "cxml": (
        b'<?xml version="1.0"?><!DOCTYPE cXML SYSTEM "x.dtd"><cXML payloadID="p" '
        b'timestamp="2027-01-04T08:15:00-06:00"><Header><From><Credential domain="D"><Identity>A'
        b'</Identity></Credential></From><To><Credential domain="D"><Identity>B</Identity>'
        b'</Credential></To><Sender><Credential domain="D"><Identity>A</Identity><SharedSecret>s'
        b"</SharedSecret></Credential></Sender></Header><Request><OrderRequest>"
        b'<OrderRequestHeader orderID="PO1" orderDate="2027-01-04" type="new"/></OrderRequest>'
        b"</Request></cXML>",
    ),
    "fhir": (
        b'{"resourceType":"SupplyRequest","id":"a","status":"active","quantity":{"value":1.10,'
        b'"unit":"EA"},"authoredOn":"2027-01-04T08:15:00-06:00","item":{"concept":{"text":"x"}}}',
    ),
    "cif": (
        b"CIF_I_V3.0\r\nCHARSET: UTF-8\r\nLOADMODE: F\r\nITEMCOUNT: 1\r\nDATA\r\n"
        b'9,"A, ""1""",M,Synth clamp,42,1.50,EA,2,SYNTH,,,\r\nENDOFDATA\r\n',
    ),
    "as2": (
        b'Content-Type: multipart/report; report-type=disposition-notification; boundary="r"\r\n'
        b"\r\n"
        b"--r\r\n\r\nSeen.\r\n--r\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Original-Message-ID: <1@synth>\r\nDisposition: automatic-action/MDN-sent-automatically;"
        b" processed\r\nReceived-content-MIC: YWJj, sha-256\r\n\r\n--r--\r\n",
        b"Content-Type: application/pkcs7-mime; smime-type=compressed-data\r\n\r\n"
        + compress(b"Content-Type: a/b\r\n\r\n" + b"SYNTH" * 9),
        b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Type: a/b\r\n"
        b"\r\nSYNTH\r\n"
        b"--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n"
        b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00"
        b"\x00\x00\x00\x00\x00\x00\r\n--b--\r\n",
    ),
}
"""Own samples a fuzzer starts from."""

_CATALOGUE = (
    b'<cXML payloadID="p" timestamp="2027-01-04T08:15:00-06:00"><Message><IndexMessage><Index>'
    b"<IndexItem><IndexItemDelete><ItemID><SupplierPartID>CAT-1</SupplierPartID></ItemID>"
    b"</IndexItemDelete></IndexItem></Index></IndexMessage></Message></cXML>"
)
_CUTS = b"\x01\x07\x40\x03"
_STREAMED = ("hl7v2", "x12", "edifact", "fhir")
SEEDS |= {f"{name}-stream": tuple(_CUTS + one for one in SEEDS[name]) for name in _STREAMED}
SEEDS["fhir-stream"] += (_CUTS + b"\n".join(SEEDS["fhir"] * 2) + b"\r\n\n{",)
SEEDS["cxml-stream"] = (_CUTS + _CATALOGUE,)
SEEDS["answers"] = (*SEEDS["hl7v2"], *SEEDS["x12"], *SEEDS["edifact"])
SEEDS["exchange"] = (*SEEDS["x12"], *SEEDS["edifact"], *SEEDS["cxml"], *SEEDS["fhir"])
