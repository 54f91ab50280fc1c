"""Partner intake: patient-like data is found wherever a supplier puts it (spec 4.1, 4.4)."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.governance.privacy import scan as scanner
from suture.governance.privacy.scan import Finding, scan


def keyed(value: bytes) -> bytes:
    return hmac.digest(b"k" * 32, value, hashlib.sha256)


ISA = (
    "ISA*00*          *00*          *ZZ*SYNTHO         *ZZ*SUTURE         "
    "*270104*0815*U*00501*000000101*0*T*>~"
)
CLEAN = (
    ISA + "GS*PR*SYNTHO*SUTURE*20270104*0815*101*X*005010~\nST*855*0001~\n"
    "BAK*00*AC*PO4500012345*20270104~\n"
    "REF*CO*DMD-0a1b2c3d4e5f~\nN1*ST*North Central*UL*9521000001022~\n"
    "PO1*1*2*EA*1450**UK*09521001001014~\nPID*F****PATIENT GOWN LARGE BLUE~\n"
    "ACK*IA*2*EA*069*20270107~\n"
    "{extra}CTT*1~\nSE*9*0001~\nGE*1*101~\nIEA*1*000000101~\n"
)


def x12(extra: str = "") -> bytes:
    return CLEAN.replace("{extra}", extra).encode()


def kinds(content: bytes, format: str) -> set[tuple[str, str]]:
    return {(found.kind, found.path) for found in scan(content, format, key=keyed)}


def test_an_ordinary_acknowledgement_has_no_findings() -> None:
    """Product words and our own tokens are no patients."""
    assert scan(x12(), "x12", key=keyed) == []


@pytest.mark.parametrize(
    ("segment", "kind"),
    [
        ("N1*QC*SYNTHETIC PATIENT~", "person"),
        ("NM1*QC*1*SYNTHETIC*PATIENT~", "person"),
        ("NM1*IL*1*SYNTHETIC*PATIENT~", "person"),
        ("NM1*ZZ*1*SYNTHETIC*PATIENT~", "person"),
        ("DMG*D8*19580214*F~", "birth_date"),
        ("REF*ZZ*SYNMRN000123~", "mrn"),
        ("NTE*GEN*MRN 4711-22~", "mrn"),
        ("NTE*GEN*Medical record: A00123~", "mrn"),
        ("MSG*DOB 02/14/1958~", "birth_date"),
        ("MSG*date of birth: 1958-02-14~", "birth_date"),
        ("NTE*GEN*for patient Synthetic One~", "name"),
        ("REF*ZZ**PT SYNTHETIC, ONE~", "name"),
        ("PID*F****KNEE SET PATIENT: SYNTHETIC~", "name"),
        ("PID*F****KNEE SET PT NAME: Synthetic One~", "name"),
        ("REF*ZZ**S.P.O.~", "initials"),
        ("MSG*pt initials SP~", "initials"),
        ("NTE*GEN*PID|1||4711||SYNTHETIC^ONE'~", "patient_segment"),
    ],
)
def test_each_kind_is_found_in_its_segment(segment: str, kind: str) -> None:
    """The finding names segment and number; the extra segment is the tenth."""
    found = kinds(x12(segment + "\n"), "x12")
    assert (kind, f"{segment.split('*')[0]}[10]") in found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<Comments>Patient Synthetic One, Monday</Comments>", "name"),
        ('<Extrinsic name="note">patient: Synthetic</Extrinsic>', "name"),
        ("<Comments>SYNMRN000123</Comments>", "mrn"),
        ("<Comments>born 14.02.1958</Comments>", "birth_date"),
        ("<Comments>for S.P.</Comments>", "initials"),
        ("<Comments>\nPID|1||4711^^^NCH^MR</Comments>", "patient_segment"),
    ],
)
def test_cxml_comments_and_extrinsics_are_scanned(text: str, kind: str) -> None:
    """S102: free text of a partner is looked at before anything is mapped."""
    body = f'<?xml version="1.0"?>\n<cXML><Name>Syntho Orthopedics</Name>\n{text}</cXML>'
    assert kind in {found for found, _ in kinds(body.encode(), "cxml")}
    clean = b'<?xml version="1.0"?>\n<cXML><Description>Patient Gown</Description></cXML>'
    assert kinds(clean, "cxml") == set()


def test_a_finding_holds_a_keyed_hash_and_no_value() -> None:
    """The same value gives the same digest; the value is nowhere in the finding."""
    content = b"first SYNMRN000123\nthen synmrn000123 and SYNMRN000123\n"
    found = scan(content, "text", key=keyed)
    assert found == [
        Finding("mrn", "line 1", 6, keyed(b"SYNMRN000123").hex()),
        Finding("mrn", "line 2", 41, keyed(b"SYNMRN000123").hex()),
    ]
    assert "000123" not in repr(found)
    assert content[6:18] == b"SYNMRN000123"


def test_findings_and_content_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hostile document costs a bounded answer or a refusal, never a scan in part."""
    assert len(scan(b"SYNMRN123456 " * 1000, "text", key=keyed)) == scanner.FINDINGS_MAX
    monkeypatch.setattr(scanner, "SCAN_BYTES_MAX", 10)
    with pytest.raises(RefusalError) as refused:
        scan(b"x" * 11, "text", key=keyed)
    assert refused.value.code == "privacy.too-large"


@given(content=st.binary(max_size=300), is_x12=st.booleans())
@example(content=b"DMG", is_x12=True)
@example(content=b"DMG*", is_x12=True)
def test_any_bytes_are_scanned(content: bytes, is_x12: bool) -> None:
    """The scanner needs no parser's consent."""
    body = ISA.encode() + content if is_x12 else content
    for found in scan(body, "x12" if is_x12 else "cxml", key=keyed):
        assert 0 <= found.offset < len(body)


@given(lead=st.text(alphabet="AZaz09 .*~\n", max_size=40), tail=st.text("AZaz ~\n", max_size=40))
def test_a_planted_record_number_is_always_found(lead: str, tail: str) -> None:
    """Whatever surrounds it, as long as it stands as a word."""
    body = x12(f"NTE*GEN*{lead} SYNMRN000123 {tail}~")
    assert keyed(b"SYNMRN000123").hex() in {f.digest for f in scan(body, "x12", key=keyed)}
