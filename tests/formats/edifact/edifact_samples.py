"""Messages of our own for the tests of the EDIFACT codec (GS1 prefix 952, names SYNTH)."""

from __future__ import annotations

from datetime import UTC, datetime

from suture.core.problem import Problem
from suture.formats.edifact import (
    Envelope,
    Interchange,
    InterchangeParty,
    Message,
    parse,
    validate,
)

BUYER, SUPPLIER = "9521000000001", "9521009000019"
AT = datetime(2027, 1, 8, 14, 15, tzinfo=UTC)


def envelope(reference: str = "REF1", **changes: object) -> Envelope:
    """Return the envelope that most tests use."""
    values: dict[str, object] = {
        "sender": InterchangeParty(BUYER, "14"),
        "receiver": InterchangeParty(SUPPLIER, "14"),
        "reference": reference,
        "at": AT,
        **changes,
    }
    return Envelope(**values)  # type: ignore[arg-type]


def wrap(body: str, kind: str = "ORDERS", version: str = "D:96A:UN", syntax: str = "UNOC:3") -> str:
    """Return an interchange around the segments `body` (each with its terminator)."""
    count = body.count("'") - body.count("?'") + 2
    return (
        f"UNB+{syntax}+{BUYER}:14+{SUPPLIER}:14+270108:1415+REF1'"
        f"UNH+1+{kind}:{version}'{body}UNT+{count}+1'UNZ+1+REF1'"
    )


def read(text: str) -> tuple[Interchange, list[Problem]]:
    """Return the first interchange with all its problems, those of checking included."""
    found, problems = parse(text.encode("latin-1"))
    return found, problems + validate(found)


def message(body: str, kind: str, version: str = "D:96A:UN") -> Message:
    """Return one message of a sound interchange."""
    found, problems = read(wrap(body, kind, version))
    assert problems == [], problems
    return found.messages[0]


ORDER = (
    "BGM+220+PO7+9'DTM+137:20270108:102'DTM+2:202701100730:203'RFF+CT:CTR-KNEE'"
    f"NAD+BY+{BUYER}::9'RFF+API:D7'"
    f"NAD+SU+{SUPPLIER}::9++SYNTH:SUPPLY+1 SYNTH ROAD+SYNTHTOWN++123+US'"
    "CUX+2:USD:9'LIN+1++09521001001014:SRV'PIA+1+KF-5:SA+B-1:IN'IMD+F++:::SYNTH COMPONENT: SIZE 5'"
    "QTY+21:2:PCE'DTM+2:20270110:102'MOA+203:2900'PRI+AAA:1450.00:::1:PCE'RFF+ON:PO7:1'"
    "LIN+2+1'PIA+5+KF-6:SA'QTY+21:1.5:PCE'PRI+AAA:10'UNS+S'MOA+79:2915'CNT+2:2'"
)
EXAMPLES: dict[str, str] = {
    "ORDERS": ORDER,
    "ORDCHG": (
        "BGM+230+CH1+4'DTM+137:20270109:102'RFF+ON:PO7'NAD+BY+9521000000001::9'"
        "LIN+1+3+09521001001014:SRV'QTY+21:3'LIN+2+2'UNS+S'"
    ),
    "ORDRSP": (
        "BGM+231+RS1+4'DTM+137:20270109:102'RFF+ON:PO7'NAD+SU+9521009000019::9'"
        "LIN+1+5+09521001001014:SRV'QTY+21:2'LIN+2+3'QTY+21:1'QTY+83:1'DTM+2:20270120:102'"
        "RFF+ON:PO7:2'LIN+3+7'LIN+4'UNS+S'"
    ),
    "DESADV": (
        "BGM+351+SHP1+9'DTM+137:20270109:102'DTM+11:20270109:102'RFF+ON:PO7'"
        "NAD+DP+9521000001022::9'CPS+1'PAC+1++PX'CPS+2+1+3'PAC+1++CT'PCI+33E'"
        "GIN+BJ+095210090000000019'LIN+1++09521001001014:SRV'QTY+12:2:PCE'GIN+BN+S1:S3+S7'"
        "RFF+ON:PO7:1'PCI+36E+L7F21'DTM+361:20290630:102'GIN+BX+L7F21+L7F22'CNT+2:1'"
    ),
    "RECADV": (
        "BGM+632+RC1+9'DTM+137:20270110:102'RFF+DQ:SHP1'NAD+BY+9521000000001::9'CPS+1'"
        "LIN+1++09521001001014:SRV'QTY+194:1:PCE'QVR+-1:66+SC'DTM+36:20290630:102'RFF+BT:L7F21'"
        "CNT+2:1'"
    ),
    "INVOIC": (
        "BGM+380+INV1+9'DTM+137:20270110:102'RFF+ON:PO7'NAD+SU+9521009000019::9'"
        "NAD+IV+9521000000001::9'CUX+2:USD:4'PAT+1'DTM+13:20270209:102'"
        "LIN+1++09521001001014:SRV'QTY+47:2:PCE'MOA+203:2900.00'PRI+AAA:1450.00'RFF+ON:PO7:1'"
        "TAX+7+VAT+++:::20+S'MOA+124:580'ALC+A+++1+DI:::SYNTH REBATE'PCD+3:5'MOA+8:145'"
        "UNS+S'CNT+2:1'MOA+79:2900.00'MOA+77:3480.00'TAX+7+VAT+++:::20+S'MOA+124:580'"
    ),
    "PRICAT": (
        "BGM+9+CAT1+9'DTM+137:20270101:102'NAD+SU+9521009000019::9'CUX+2:EUR'PGI+9'PRI+AAB:1'"
        "LIN+1++09521001001014:SRV'IMD+F++:::SYNTH'QTY+53:1'PRI+AAA:1450.00:CT::1:PCE'"
        "DTM+194:20270101:102'PGI+9'LIN+2++09521001001021:SRV'PRI+AAA:5'"
    ),
    "INVRPT": (
        "BGM+35+IR1+9'DTM+137:20270108:102'NAD+SU+9521009000019::9'"
        "LIN+1++09521001001014:SRV'LOC+14+9521000001022'QTY+145:12:PCE'INV+1'GIN+BX+L7F21'"
        "LOC+18+BIN4'DTM+361:20290630:102'QTY+156:3'"
    ),
    "SLSRPT": (
        "BGM+73+SR1+9'DTM+137:20270108:102'NAD+SU+9521009000019::9'LOC+162+9521000001022'"
        "LIN+1++09521001001014:SRV'PRI+AAA:1'QTY+153:4'"
    ),
    "REMADV": (
        "BGM+481+RA1+9'DTM+137:20270212:102'RFF+PQ:P1'NAD+PE+9521009000019::9'CUX+2:USD:11'"
        "DOC+380+INV1'MOA+9:3480.00'MOA+12:3400.00'DTM+171:20270110:102'RFF+ON:PO7'"
        "AJT+1'MOA+165:80'FTX+ABN+++SYNTH DAMAGE'DOC+381+CN1'MOA+12:100'UNS+S'MOA+12:3300.00'"
    ),
    "APERAK": (
        "BGM+305+AP1+27'DTM+137:20270109:102'RFF+ACW:REF1'NAD+SU+9521009000019::9'"
        "ERC+21::ZZZ'FTX+AAO+++SYNTH ITEM:IS UNKNOWN'RFF+LI:2'"
    ),
    "CONTRL": "UCI+REF1+9521000000001:14+9521009000019:14+7'UCM+1+ORDERS:D:96A:UN+7'",
}
"""Message type -> a sound message of directory D.96A between UNH and UNT."""
