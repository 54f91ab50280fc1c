"""Declares the transaction sets as data: which segments and loops, in which order, how often.

In: nothing. Out: `DEFINITIONS`, `ELEMENTS`, `FUNCTIONAL_IDS`. Refuses to know: what the sets mean
to a hospital, and code lists. Structure of version 005010, which covers 004010 for the elements
that are read; a further set is a further entry. Notation: see `definition`.
"""

from __future__ import annotations

from typing import Final

from suture.formats.x12.definition import (
    ElementRule,
    LoopDefinition,
    read_definition,
    read_elements,
)

_CARRIER: Final = "TD1/2 TD5/12 TD3/12 TD4/5"
_ALLOWANCES: Final = "(SAC CUR)/25"
_LINE_ALLOWANCES: Final = "(SAC CUR CTP)/25"
_PARTY: Final = f"(N1 N2/2 N3/2 N4* NX2* REF/12 PER* SI* FOB {_CARRIER} PKG/200)/200"
_REFERENCE: Final = "(N9 DTM* MEA/40 MSG/1000 PWK* EFI)/1000"
_REMARKS: Final = "(LM LQ/100)*"
_SCHEDULE: Final = f"(SCH {_CARRIER} REF*)/200"
_SUBLINE: Final = (
    "(SLN MSG* SI* PID/1000 PO3/104 TC2 (SAC CUR CTP)/25 DTM/10 CTP/25 PAM/10 PO4 TAX/3 ADV"
    " (ACK DTM)/104 (QTY SI*)* (N9 DTM* MSG*)* (N1 N2/2 N3/2 N4 NX2* REF/12 PER/3 SI*)/25)/1000"
)
_HEADING: Final = (
    f"CUR REF* PER/3 TAX* FOB* CTP* PAM/10 CSH/25 TC2* {_ALLOWANCES} ITD* DIS/20 INC DTM/10 LIN/5"
    f" SI* PID/200 MEA/40 PWK/25 PKG/200 {_CARRIER} MAN/10 PCT* CTB* TXI* (LDT QTY* MTX* REF)*"
    f" (AMT REF* DTM PCT* (FA1 FA2*)*)* {_REFERENCE} {_PARTY} {_REMARKS}"
    " (SPI REF/5 DTM/5 MSG/50 (N1 N2/2 N3/2 N4 REF/20 G61 MSG/50)/20)* (ADV DTM* MTX*)*"
)
_LINE: Final = (
    "LIN* SI* CUR CN1 PO3/25 (CTP CUR)* PAM/10 MEA/40 (PID MEA/10)/1000 PWK/25 PO4* REF* PER/3"
    f" {_LINE_ALLOWANCES} IT8/25 CSH/25 ITD/2 DIS/20 INC TAX* FOB* SDQ/500 IT3/5 DTM/10 TC2* TXI*"
    f" {_CARRIER} PCT* MAN/10 MSG* SPI* CTB* "
)
_LINE_TAIL: Final = (
    f" (QTY SI*)* {_SCHEDULE} (PKG MEA*)/200 (LDT QTY* MSG REF/3 {_REMARKS})* {_REFERENCE} {_PARTY}"
    f" {_SUBLINE} (AMT REF PCT*)* {_REMARKS}"
)
_TOTAL: Final = "(CTT AMT*)"
_INVOICE_PARTY: Final = "(N1 N2/2 N3/2 N4 REF/12 PER/3 DMG)/200"
_PORTS: Final = "(V1 R4* DTM*)*"
_FUNDS: Final = "(FA1 FA2*)*"

_NOTATIONS: Final[dict[str, str]] = {
    "850": f"BEG! {_HEADING} (PO1 {_LINE} {_LINE_TAIL})!/100000 {_TOTAL}",
    "855": f"BAK! {_HEADING} (PO1 {_LINE} (ACK DTM*)/104 {_LINE_TAIL})/100000 {_TOTAL}",
    "860": f"BCH! {_HEADING} (POC {_LINE} {_LINE_TAIL})* {_TOTAL}",
    "865": f"BCA! {_HEADING} (POC {_LINE} (ACK DTM*)/104 {_LINE_TAIL})* {_TOTAL}",
    "856": (
        "BSN! DTM/10 (HL LIN SN1 SLN/1000 PRF PO4 PID/200 MEA/40 PWK/25 PKG/25 TD1/20 TD5/12"
        " TD3/12 TD4/5 TSD REF* PER/3"
        " (LH1 LH2/4 LH3/12 LFH/20 LEP/3 LH4 LHT/3 LHR/10 PER/5 LHE)/100"
        " (CLD REF/200 DTP)/200 MAN* DTM/10 FOB PAL"
        " (N1 N2/2 N3/2 N4 REF/12 PER/3 FOB)/200 SDQ/50 ETD CUR (SAC CUR)* GF* YNQ/10 (LM LQ*)/10"
        f" {_PORTS})!/200000 CTT"
    ),
    "810": (
        f"BIG! NTE/100 CUR REF/12 YNQ/10 PER/3 {_INVOICE_PARTY} ITD* DTM/10 FOB PID/200 MEA/40"
        " PWK/25 PKG/25 L7 BAL* INC PAM* CRC (LM LQ*)/10 (N9 MSG/10)*"
        f" {_PORTS} {_FUNDS} (IT1 CRC QTY/5 CUR IT3/5 TXI/10 CTP/25 PAM/10 MEA/40 (PID MEA/10)/1000"
        " PWK/25 PKG/25 PO4 ITD/2 REF* YNQ/10 PER/5 SDQ/500 DTM/10 CAD* L7* SR (SAC TXI/10)/25"
        f" (SLN DTM REF* PID/1000 SAC/25 TC2 TXI/10)/1000 {_INVOICE_PARTY} (LM LQ*)/10 {_PORTS}"
        f" {_FUNDS})/200000 TDS! TXI/10 CAD AMT* (SAC TXI/10)/25 (ISS PID)* CTT"
    ),
    "997": "AK1! (AK2 (AK3 AK4/99)* AK5!)* AK9!",
    "999": "AK1! (AK2 (IK3 CTX/10 (IK4 CTX/10)*)* IK5!)* AK9!",
}

DEFINITIONS: Final[dict[str, LoopDefinition]] = {
    set_id: read_definition(notation) for set_id, notation in _NOTATIONS.items()
}
"""ST01 -> structure between ST and SE."""

FUNCTIONAL_IDS: Final[dict[str, str]] = {
    "850": "PO",
    "855": "PR",
    "860": "PC",
    "865": "CA",
    "856": "SH",
    "810": "IN",
    "997": "FA",
    "999": "FA",
}
"""ST01 -> GS01 (spec 2.0.6)."""

_ELEMENT_NOTATIONS: Final[dict[str, str]] = {
    "ACK": "1!ID2 2R15 3ID2 4ID3 5DT8",
    "AK1": "1!ID2 2!N9",
    "AK2": "1!ID3 2!AN9",
    "AK5": "1!ID1",
    "AK9": "1!ID1 2!N6 3!N6 4!N6",
    "AMT": "1!ID3 2!R18",
    "BAK": "1!ID2 2!ID2 3!AN22 4!DT8 9DT8",
    "BCA": "1!ID2 2!ID2 3!AN22 6DT8",
    "BCH": "1!ID2 2!ID2 3!AN22 6DT8",
    "BEG": "1!ID2 2!ID2 3!AN22 5!DT8",
    "BIG": "1!DT8 2!AN22 3DT8 4AN22 7ID2",
    "BSN": "1!ID2 2!AN30 3!DT8 4TM8 5ID4",
    "CTT": "1!N6 2R10",
    "CUR": "1!ID3 2!ID3",
    "DTM": "1!ID3 2DT8 3TM8",
    "HL": "1!AN12 2AN12 3!ID2",
    "IK5": "1!ID1",
    "IT1": "1AN20 2R15 3ID2 4R17 5ID2",
    "ITD": "3R6 5N3 7N3",
    "LIN": "1AN20 2!ID2 3!AN48",
    "MAN": "1!ID2 2!AN48",
    "N1": "1!ID3 2AN60 3ID2 4AN80",
    "PO1": "1AN20 2R15 3ID2 4R17 5ID2",
    "POC": "1AN20 2!ID2 3R15 4R9 6R17",
    "PRF": "1!AN22 4DT8",
    "REF": "1!ID3 2AN50",
    "SAC": "1!ID1 2ID4 5N15",
    "SCH": "1!R15 2!ID2 5!ID3 6!DT8",
    "SN1": "1AN20 2!R10 3!ID2",
    "TA1": "1!N9 2!N6 3!TM4 4!ID1 5!ID3",
    "TDS": "1!N15",
    "TXI": "1!ID2 2R18",
}

ELEMENTS: Final[dict[str, tuple[ElementRule, ...]]] = {
    segment_id: read_elements(notation) for segment_id, notation in _ELEMENT_NOTATIONS.items()
}
"""Segment id -> the elements that the house reads, and what they must be."""
