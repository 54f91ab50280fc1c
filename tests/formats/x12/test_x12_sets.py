"""The declared transaction sets: a sound example of each reads without a problem."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from suture.formats.x12 import DEFINITIONS, FUNCTIONAL_IDS, Envelope, compose, parse

EXAMPLES = {
    "180": "BGN*00*RMA1*20270110|N1*SU*SYNTH SUP|BLI*VC*KF-1*2*EA|QTY*76*2|LX*1|N9*SE*S1",
    "812": "BCD*20270112*CM1*M*1250*C*20270111*INV1**20270101*PO1*00*CR|N1*SU*SYNTH SUP"
    "|CDD*01*C*1*1250***1*EA**UCP*12.5|LIN**UK*09521001001014",
    "820": "BPR*C*125*C*ACH************20270115|TRN*1*PAY1|N1*PR*SYNTH BUYER|ENT*1"
    "|RMR*IV*INV1**125*130|REF*PO*PO1|DTM*003*20270101|ADX*-5*01",
    "824": "BGN*00*ADV1*20270112|OTI*TR*IV*INV1*****1*1*810|REF*PO*PO1|TED*848*SYNTH",
    "832": "BCT*PC*CAT1|DTM*196*20270101|CUR*SE*USD|N1*SU*SYNTH SUP"
    "|LIN*1*UK*09521001001014*VC*KF-1|PID*F****SYNTH KNEE|PO4*10|CTP**CON*12.5*1*EA"
    "|DTM*007*20270101|CTT*1",
    "844": "BAA*00*CB*20270112|N1*SU*SYNTH SUP|CON*CT*CTR1*NR|N1*ST*SYNTH DOCK"
    "|PAD*1*CB|LIN**UK*09521001001014|QTY*32*5|CTT*1",
    "845": "BPA*00*20270112|CON*CT*CTR1*NR|N1*ST*SYNTH DOCK|PAD*1|LIN**VC*KF-1|CTP**CON*12.5|CTT*1",
    "846": "BIA*00*SI*STOCK1*20270112|N1*WH*SYNTH WAREHOUSE|LIN*1*UK*09521001001014*LT*LOT1"
    "|QTY*33*12*EA|LS*REF|REF*LT*LOT1|DTM*036*20280101|LE*REF|CTT*1",
    "849": "BRC*00*20270112|CON*CT*CTR1*RA|AAA*Y|PAD*1|LIN**VC*KF-1|CTT*1",
    "861": "BRA*RA1*20270112*00*1|DTM*050*20270112|PRF*PO1|RCD*1*10*EA*2*EA****1*EA*01"
    "|LIN**UK*09521001001014|SLN*1**I*1",
    "867": "BPT*00*TR1*20270112|N1*DB*SYNTH DISTRIBUTOR|PTD*SS***IV*INV1|N1*ST*SYNTH DOCK"
    "|QTY*32*5*EA|LIN**UK*09521001001014*LT*LOT1|CTT*1",
}


@pytest.mark.parametrize("set_id", sorted(EXAMPLES))
def test_a_sound_set_reads_without_problems(set_id: str) -> None:
    """Every segment has its place, and the group fits the set."""
    envelope = Envelope(
        set_id=set_id,
        sender="SYNTHSUP",
        receiver="SYNTHBUYER",
        interchange_control=1,
        group_control=1,
        at=datetime(2027, 1, 12, tzinfo=UTC),
    )
    segments = [text.split("*") for text in EXAMPLES[set_id].split("|")]
    found, problems = parse(compose(envelope, [segments]))
    assert problems == []
    assert found.sets[0].is_declared


def test_every_declared_set_has_a_functional_id() -> None:
    """Without it no group could be written or checked."""
    assert set(DEFINITIONS) <= set(FUNCTIONAL_IDS)


@pytest.mark.parametrize(("set_id", "group"), [("837", "HC"), ("835", "HP"), ("271", "HB")])
def test_sets_that_are_passed_on_have_a_known_group(set_id: str, group: str) -> None:
    """Clinical and financial sets are routed by envelope; their group is checked."""
    assert set_id not in DEFINITIONS
    assert FUNCTIONAL_IDS[set_id] == group
