"""Readings of HL7 v2: labelled values at the right places (spec 2.0.5 key fields)."""

from __future__ import annotations

from suture.core.phi import Label
from suture.core.problem import Severity
from suture.documents.from_hl7v2 import SERVICES_MAX, USAGES_MAX, SiteProfile
from suture.documents.from_hl7v2 import read_schedule as schedule
from suture.documents.from_hl7v2 import read_usage as usage
from suture.formats.hl7v2 import Message, parse

SITE = SiteProfile(facility="NCH", timezone="America/Chicago")
SIU = [
    r"MSH|^~\&|ORSCHED|NCH|SUTURE|IDN|20270104081500||SIU^S12^SIU_S12|MSG0001|T|2.5.1",
    "SCH|P1^EHR|77001^ORSCHED|||||||60|MIN|^^^20270111073000",
    "PID|1||SYNMRN000777||SYNTHIA^PATIENTLY||19610203",
    "AIS|1|A|TKA-PRIM",
    "AIL|1|A|HOLD^BAY1^^NCH|PREOP",
    "AIL|2|A|MAIN^OR04^^NCH^^^^^SYNTEXT|OR",
    "AIP|1|A|9000000015|SURGEON",
]
FT1 = "FT1|1|U1|77001|20270111091000||CG|ITM-1^^ERP|||1"


def message(lines: list[str]) -> Message:
    return parse("\r".join([*lines, ""]).encode())[0]


def test_values_carry_their_label() -> None:
    """Direct, quasi and confidential values are told apart (spec 4.2)."""
    reading, problems = schedule(message(SIU), SITE)
    assert reading is not None
    assert problems == []
    assert reading.case_number.label is Label.PHI_DIRECT
    assert reading.start.label is Label.PHI_QUASI
    assert reading.persons[0].identifier.label is Label.OPS_CONF
    assert reading.protected.label is Label.PHI_DIRECT
    assert reading.envelope.trigger == "S12"
    assert reading.envelope.sent_at.isoformat() == "2027-01-04T14:15:00+00:00"


def test_missing_things_are_reported_together() -> None:
    """One message, one list: the sender sees all that is wrong at once."""
    broken = [SIU[0].replace("20270104081500", ""), "SCH|P1"]
    reading, problems = schedule(message(broken), SITE)
    assert reading is None
    assert [(p.code, p.path, p.severity) for p in problems] == [
        ("hl7v2.no-message-time", "MSH-7", Severity.ERROR),
        ("hl7v2.no-case-number", "SCH-2", Severity.ERROR),
        ("hl7v2.no-start", "SCH-11.4", Severity.ERROR),
    ]


def test_reading_is_limited() -> None:
    """A message with thousands of services is cut; one with too many usages is refused."""
    many = [*SIU, *(f"AIS|{n}|A|P{n}" for n in range(SERVICES_MAX * 2))]
    reading, _ = schedule(message(many), SITE)
    assert reading is not None
    assert len(reading.services) == SERVICES_MAX
    dft = [SIU[0].replace("SIU^S12^SIU_S12", "DFT^P03"), *[FT1] * (USAGES_MAX + 1)]
    found, problems = usage(message(dft), SITE)
    assert found is None
    assert [p.code for p in problems] == ["hl7v2.too-many-usages"]


def test_a_traced_segment_belongs_to_its_own_ft1() -> None:
    """An OBX before the first FT1, or after another segment, is not read."""
    dft = [
        SIU[0].replace("SIU^S12^SIU_S12", "DFT^P03"),
        "OBX|1|ST|LOT||LBEFORE",
        FT1,
        "NTE|1||text",
        "OBX|1|ST|LOT||LONE",
        FT1.replace("|1|U1|", "|2|U2|"),
        "DG1|1||X",
        "OBX|1|ST|LOT||LAFTER",
    ]
    found, problems = usage(message(dft), SITE)
    assert found is not None
    assert problems == []
    assert [u.position for u in found.usages] == ["FT1[1]", "FT1[2]"]
