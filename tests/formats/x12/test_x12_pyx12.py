"""Another reader, written by others, cuts the same segments: own samples and the corpora."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from suture.formats.x12 import parse_all, view

x12file = pytest.importorskip("pyx12.x12file")
errors = pytest.importorskip("pyx12.errors")

ROOT = Path(
    os.environ.get("SUTURE_CORPORA", Path(__file__).resolve().parents[4] / "shared" / "corpora")
)
FILES = sorted(path for path in (ROOT / "x12").rglob("*") if path.is_file())

HEAD = (
    "ISA*00*          *00*          *ZZ*SYNTHSUB       *ZZ*SYNTHPAY       "
    "*270109*0920*^*00501*000000104*0*T*:~GS*{group}*SYNTHSUB*SYNTHPAY*20270109*0920*7*X*{version}~"
)
CLAIM = [
    "ST*837*0001*005010X222A1",
    "BHT*0019*00*SYN1*20270109*0920*CH",
    "NM1*41*2*SYNTH CLINIC*****46*SYNTHSUB",
    "PER*IC*SYNTH*TE*5550100000",
    "NM1*40*2*SYNTH PAYER*****46*SYNTHPAY",
    "HL*1**20*1",
    "NM1*85*2*SYNTH CLINIC*****XX*9999999999",
    "HL*2*1*22*0",
    "SBR*P*18*******CI",
    "NM1*IL*1*SYNTH*PATIENT****MI*SYN0001",
    "CLM*SYN-C1*125***11:B:1*Y*A*Y*Y",
    "HI*ABK:Z0000^ABF:Z0001",
    "LX*1",
    "SV1*HC:99213*125*UN*1***1",
    "DTP*472*D8*20270105",
    "SE*16*0001",
]
PAYMENT = [
    "ST*835*0001",
    "BPR*I*100*C*CHK************20270109",
    "TRN*1*SYN-T1*1999999999",
    "N1*PR*SYNTH PAYER",
    "N1*PE*SYNTH CLINIC*XX*9999999999",
    "LX*1",
    "CLP*SYN-C1*1*125*100**12*SYN-P1",
    "CAS*CO*45*25",
    "SVC*HC:99213*125*100",
    "SE*10*0001",
]


def interchange(body: list[str], group: str, version: str) -> bytes:
    """Return an interchange of one set."""
    head = HEAD.format(group=group, version=version)
    return f"{head}{'~'.join(body)}~GE*1*7~IEA*1*000000104~".encode()


def theirs(content: bytes) -> list[str] | None:
    """Return the segments between ST and SE as they cut them; None when they do not read it."""
    try:
        reader = x12file.X12Reader(io.StringIO(content.decode("latin-1")))
        every = [segment.format("~", "*", ":").rstrip("~") for segment in reader]
    except (errors.X12Error, errors.EngineError, IndexError):
        return None
    found: list[str] = []
    is_inside = False
    for text in every:
        is_inside = is_inside or text.startswith("ST*")
        if is_inside:
            found.append(text)
        is_inside = is_inside and not text.startswith("SE*")
    return found


def ours(content: bytes) -> list[str]:
    """Return the same by our reader."""
    found = []
    for one in parse_all(content)[0]:
        component = one.delimiters.component
        for transaction_set in one.sets:
            for segment in transaction_set.segments:
                found.append("*".join(segment.elements).replace(component, ":"))
    return found


def trimmed(texts: list[str]) -> list[str]:
    """Return segments without what is empty at their end; binary data (BIN) is not read by us."""
    kept = [text for text in texts if not text.startswith("BIN*")]
    cut = [":".join(part.rstrip("*") for part in text.split(":")) for text in kept]
    return [text.rstrip("*: ").replace(":*", "*") for text in cut]


@pytest.mark.parametrize(
    ("body", "group", "version"),
    [(CLAIM, "HC", "005010X222A1"), (PAYMENT, "HP", "005010X221A1")],
)
def test_clinical_and_financial_sets_are_cut_alike(
    body: list[str], group: str, version: str
) -> None:
    """They are passed on unchecked: every segment, the counts and the group agree."""
    content = interchange(body, group, version)
    assert theirs(content) == ours(content) == body
    found, problems = parse_all(content)
    assert [p.code for p in problems] == ["x12.unknown-set"]
    assert view(found[0].sets[0])[0] is None


@pytest.mark.skipif(
    not FILES, reason="no corpora: set SUTURE_CORPORA or place ../shared/corpora by the repo"
)
def test_the_corpora_are_cut_alike() -> None:
    """Of the files they read, every segment agrees, but for blanks at the end of an element."""
    read = 0
    for path in FILES:
        content = path.read_bytes()
        expected = theirs(content)
        if expected is not None:
            read += 1
            assert trimmed(ours(content)) == trimmed(expected), path.name
    assert read >= 60
