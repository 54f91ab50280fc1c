"""Hostile and broken input in every format: bounded, with a code and a position each (issue list).

The table of `docs/formats/bad-input.md` is this one: a test compares them.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from suture.core.problem import Problem
from suture.formats.outline import check, read_all

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "bad-input.md"
HANGS_S = 60
"""A guard against hanging, far above the second that the slowest takes."""
MILLION = 1_000_000
MIB = 2**20

HL7 = (
    "MSH|^~\\&|A|B|C|D|20270104||ADT^A01^ADT_A01|M1|T|2.5.1\rEVN|A01|20270104\r"
    "PID|1||SYN1||Synth^Anna\rPV1|1|I\r"
)
ORDER = "ST*850*0001~BEG*00*NE*PO1**20270104~PO1*1*2*EA*10.5**VC*CAT-1~CTT*1~SE*5*0001~"
EDIFACT = (
    "UNA:+.? 'UNB+UNOC:3+S:14+R:14+270104:0815+7'UNH+1+ORDERS:D:01B:UN'BGM+220+PO1+9'"
    "DTM+137:20270104:102'NAD+BY+9520000000208::9'LIN+1++09520000000017:SRV'QTY+21:2:PCE'UNS+S'"
    "UNT+8+1'UNZ+1+7'"
)
CXML = (
    '<?xml version="1.0"?><cXML payloadID="p" timestamp="2027-01-04T08:15:00-06:00"><Header><From>'
    '<Credential domain="D"><Identity>A</Identity></Credential></From><To><Credential domain="D">'
    '<Identity>B</Identity></Credential></To><Sender><Credential domain="D"><Identity>A</Identity>'
    "</Credential></Sender></Header><Request><OrderRequest>"
    '<OrderRequestHeader orderID="PO1" orderDate="2027-01-04" type="new"/></OrderRequest></Request>'
    "</cXML>"
)
FHIR = '{"resourceType":"SupplyRequest","id":"a","status":"active","quantity":{"value":1.10}}'


def x12(body: str = ORDER, repetition: str = "^", sets: int = 1) -> str:
    """Return an interchange around transaction sets."""
    return (
        "ISA*00*          *00*          *ZZ*SYNTHBUYER     *ZZ*SYNTHSUPPLIER  *270104*0815*"
        f"{repetition}*00501*000000101*0*T*:~GS*PO*AB*CD*20270104*0815*101*X*005010~{body}"
        f"GE*{sets}*101~IEA*1*000000101~"
    )


def dtd(inner: str, content: str) -> bytes:
    """Return cXML with an internal subset."""
    return f'<?xml version="1.0"?><!DOCTYPE cXML [{inner}]><cXML>{content}</cXML>'.encode()


BOMB = '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
FILE = '<!ENTITY x SYSTEM "file:///etc/hostname">'
REPEATED_X12 = f"ST*850*0001~BEG*00*NE*PO1**20270104~REF*DP*{'^'.join('S' * MILLION)}~SE*4*0001~"
SECOND = EDIFACT[EDIFACT.index("UNH") : EDIFACT.index("UNZ")]

Made = Callable[[], bytes]
CASES: dict[tuple[str, str], tuple[Made, str, str]] = {
    ("entity bomb", "cxml"): (lambda: dtd(BOMB, "&b;"), "cxml.entity-declaration", "DOCTYPE"),
    ("external entity", "cxml"): (lambda: dtd(FILE, "&x;"), "cxml.entity-declaration", "DOCTYPE"),
    ("over the limit of bytes", "hl7v2"): (
        lambda: HL7.encode() + b"NTE|1||" + b"x" * (17 * MIB), "hl7v2.too-large", "byte 0",
    ),
    ("over the limit of bytes", "x12"): (
        lambda: x12().encode() + b" " * (33 * MIB), "x12.too-large", "byte 33554432",
    ),
    ("over the limit of bytes", "edifact"): (
        lambda: EDIFACT.encode() + b" " * (33 * MIB), "edifact.too-large", "byte 33554432",
    ),
    ("over the limit of bytes", "cxml"): (
        lambda: CXML.encode() + b" " * (33 * MIB), "cxml.too-large", "byte 16777216",
    ),
    ("over the limit of bytes", "fhir"): (
        lambda: FHIR.encode() + b" " * (17 * MIB), "fhir.too-large", "byte 16777216",
    ),
    ("a million repetitions", "hl7v2"): (
        lambda: HL7.replace("SYN1", "~".join("S" * MILLION)).encode(), "hl7v2.too-large", "PID",
    ),
    ("a million repetitions", "x12"): (
        lambda: x12(REPEATED_X12).encode(), "x12.element-repeats", "REF[3]-2",
    ),
    ("a million repetitions", "edifact"): (
        lambda: EDIFACT.replace("UNS+S", "FTX" + "+S" * MILLION + "'UNS+S").encode(),
        "edifact.too-large", "byte 164",
    ),
    ("a million repetitions", "cxml"): (
        lambda: CXML.replace("<OrderRequestHeader", "<ItemOut/>" * MILLION + "<OrderRequestHeader")
        .encode(),
        "cxml.too-large", "/",
    ),
    ("a million repetitions", "fhir"): (
        lambda: f'{{"resourceType":"Basic","identifier":[{",".join(["{}"] * MILLION)}]}}'.encode(),
        "fhir.too-large", "byte 0",
    ),
    ("deep nesting", "cxml"): (
        lambda: b"<cXML>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</cXML>",
        "cxml.not-xml", "line 1",
    ),
    ("deep nesting", "fhir"): (
        lambda: b'{"resourceType":"Basic","x":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        "fhir.too-deep", "byte 127",
    ),
    ("a NUL", "hl7v2"): (lambda: HL7.replace("nna", "n\0a").encode(), "hl7v2.nul", "byte 92"),
    ("a NUL", "x12"): (
        lambda: x12(ORDER.replace("CAT-1", "C\0")).encode(), "x12.element-character", "PO1[3]-7",
    ),
    ("a NUL", "edifact"): (
        lambda: EDIFACT.replace("PO1", "P\0O").encode(), "edifact.control-character", "BGM[1]",
    ),
    ("a NUL", "cxml"): (lambda: CXML.replace("PO1", "P\0O").encode(), "cxml.not-xml", "line 1"),
    ("a NUL", "fhir"): (lambda: FHIR.replace('"a"', '"a\0"').encode(), "fhir.not-json", "byte 39"),
    ("mixed delimiters", "hl7v2"): (
        lambda: HL7.replace("^~\\&", "^^\\&", 1).encode(), "hl7v2.delimiters", "MSH-2",
    ),
    ("mixed delimiters", "x12"): (
        lambda: x12(repetition="*").encode(), "x12.delimiters", "ISA",
    ),
    ("mixed delimiters", "edifact"): (
        lambda: EDIFACT.replace("UNA:+", "UNA::", 1).encode(), "edifact.delimiters", "UNA",
    ),
    ("a truncated envelope", "hl7v2"): (
        lambda: ("FHS|^~\\&|A\rBHS|^~\\&|A\r" + HL7).encode(), "hl7v2.batch-trailer", "FHS",
    ),
    ("a truncated envelope", "x12"): (
        lambda: x12().encode()[:-40], "x12.interchange-trailer", "ISA[1]",
    ),
    ("a truncated envelope", "edifact"): (
        lambda: EDIFACT.encode()[:-20], "edifact.interchange-trailer", "UNB[1]",
    ),
    ("a truncated envelope", "cxml"): (lambda: CXML.encode()[:-30], "cxml.not-xml", "line 1"),
    ("a truncated envelope", "fhir"): (lambda: FHIR.encode()[:-5], "fhir.not-json", "byte 80"),
    ("a wrong count", "hl7v2"): (
        lambda: ("BHS|^~\\&|A\r" + HL7 + "BTS|9\r").encode(), "hl7v2.batch-count", "BTS-1",
    ),
    ("a wrong count", "x12"): (
        lambda: x12(ORDER.replace("SE*5", "SE*9")).encode(), "x12.segment-count", "SE[5]-1",
    ),
    ("a wrong count", "edifact"): (
        lambda: EDIFACT.replace("UNT+8", "UNT+9").encode(), "edifact.segment-count", "UNT[1]-1",
    ),
    ("a wrong charset label", "hl7v2"): (
        lambda: HL7.replace("|2.5.1", "|2.5.1||||||UNICODE UTF-8").replace("nn", "n\xe9")
        .encode("latin-1"),
        "hl7v2.charset-mismatch", "MSH-18",
    ),
    ("a wrong charset label", "edifact"): (
        lambda: EDIFACT.replace("UNOC", "UNOY").replace("PO1", "PO\xe9").encode("latin-1"),
        "edifact.character", "BGM[1]",
    ),
    ("a wrong charset label", "cxml"): (
        lambda: CXML.replace("PO1", "PO\xe9").encode("latin-1"), "cxml.not-xml", "line 1",
    ),
    ("a wrong charset label", "fhir"): (
        lambda: FHIR.replace('"a"', '"\xe9"').encode("latin-1"), "fhir.not-utf8", "byte 38",
    ),
    ("a repeated control number", "x12"): (
        lambda: x12(ORDER + ORDER, sets=2).encode(), "x12.control-repeated", "ST[1]-2",
    ),
    ("a repeated control number", "edifact"): (
        lambda: EDIFACT.replace("UNZ+1", SECOND + "UNZ+2").encode(),
        "edifact.reference-repeated", "UNH[1]-1",
    ),
}  # fmt: skip
"""(input, format) -> what makes it, the code, the path or byte."""


@contextmanager
def not_hanging(what: str) -> Iterator[None]:
    """Fail with a name instead of hanging."""

    def ring(number: int, frame: object) -> None:
        raise AssertionError(f"{what} hangs")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(HANGS_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def position(problem: Problem) -> str:
    """Return a problem's path, else its byte."""
    return problem.path or (f"byte {problem.offset}" if problem.offset is not None else "")


@pytest.mark.parametrize(("kind", "format"), CASES, ids=lambda value: value)
def test_it_is_told_with_code_and_position(kind: str, format: str) -> None:
    """The code that the page names, at its place; nothing is raised, nothing hangs."""
    make, code, place = CASES[kind, format]
    with not_hanging(f"{kind} in {format}"):
        found = [p for opened in read_all(make(), format) for p in check(opened)]
    assert (code, place) in {(p.code, position(p)) for p in found}, [p.describe() for p in found]


def test_every_problem_of_bad_input_has_a_position() -> None:
    """A path or a byte, whatever else is said beside the main problem."""
    for (kind, format), (make, _, _) in CASES.items():
        for opened in read_all(make(), format):
            for problem in check(opened):
                assert position(problem), (kind, format, problem.code)


def test_the_page_is_this_table() -> None:
    """Every row of the page is tried here, and every case here is on the page."""
    rows = re.findall(r"^\| (.+?) \| (\S+) \| `(\S+)` \| (.+?) \|$", PAGE.read_text("utf-8"), re.M)
    assert rows == [(kind, format, code, at) for (kind, format), (_, code, at) in CASES.items()]
