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
_FEW_REMARKS: Final = "(LM LQ!/100)/10"
_ANY_CARRIER: Final = "TD1* TD5* TD3* TD4*"
_NOTE: Final = "(N9 DTM* MTX* PWK* EFI*)*"
_PLACE: Final = "(N1 N2/2 N3/2 N4 REF/12 PER/3)"
_ADJUSTED_PARTY: Final = "(N1 N2/2 N3/2 N4 N9/12 PER/3 AMT/10)!/200"
_RECEIVER: Final = "(N1 N2/2 N3/2 N4 REF/100 PER/3 FOB)/200"
_PRICED_PLACE: Final = "(N1 N2/2 N3/2 N4 DTM/10 CTB/25)/10000"
_RETURN_PLACE: Final = "(N1 N2/2 N3/2 N4 PER/5)/200"
_PAID_ITEM: Final = "(IT1 RPA QTY (REF DTM)* (SAC TXI* DTM/10)* (SLN (REF DTM*)* (SAC TXI*)*)*)*"

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
    "812": (
        f"BCD! CUR N9* PER* ITD* DTM* FOB SHD* SAC/25 {_ADJUSTED_PARTY} {_FEW_REMARKS} {_FUNDS}"
        f" (CDD LIN PO4 N9* DTM/5 (SAC DTM/5)/25 {_FEW_REMARKS}"
        f" (N11 AMT/10 PCT/2 (N1 AMT/10 PCT/2)*)* {_FUNDS})*"
    ),
    "820": (
        "BPR! NTE* TRN CUR REF* DTM* (N1 N2* N3* N4 REF* PER* RDM DTM)*"
        f" (ENT {_FUNDS} (NM1 N2* N3* N4 REF* PER*)* (ADX NTE* PER* DTM (REF DTM*)* {_PAID_ITEM}"
        f" {_FUNDS})* (RMR NTE* REF* DTM* VEH {_PAID_ITEM}"
        f" (ADX NTE* PER* (REF DTM*)* {_PAID_ITEM})* {_FUNDS})*)* (TXP TXI* REF* DTM*)* (DED)*"
        " (LX REF* TRN* (NM1 REF* G53 (AIN QTY* DTP*)* (PEN AMT* DTP* (INV DTP*)*)*)*)*"
        " (N9 REF* (AMT REF*)* (N1 REF* (EMS ATN* AIN* PYD*)*)*)"
        " (RYL (NM1 (LOC (PID DTM (PCT QTY (AMT ADX*)*)*)*)* (ASM ADX))*)*"
    ),
    "824": (
        "BGN! (N1 N2/2 N3/2 N4 REF/12 PER/3)* (OTI REF/12 DTM/2 PER/3 AMT* QTY* NM1/9"
        " (TED CTX/10 NTE/100 RED/100)* (LM (LQ RED/100)!/100)*)!*"
    ),
    "832": (
        f"BCT! CTP/100 REF* YNQ/10 PER* DTM/10 CTB/25 CUR/5 ITD/2 LDT* SAC* {_ANY_CARRIER} FOB PKG*"
        " TXI* AAA MTX* PWK/25 (N1 N2/2 N3/2 N4* REF/12 PKG* PER* DTM/10 MTX* SPI)* (LM LQ!*)*"
        f" {_NOTE} (G93 SAC N1 G26)* (LIN PO1 G53 SI* DTM/10 REF* YNQ/10 PER* CRD* CTB/25 PID/200"
        f" MEA/40 PKG/25 PO4 {_ANY_CARRIER} ITD/2 LDT SAC* FOB AAA TC2/2 TXI* MTX* G55 G54"
        " (CTP DTM/10 G36 LDT CUR/5 PO4 CTB/5 REF* G43/9999 SAC* G26/99 TXI* ITD"
        " (G40 SAC G93*)* (LS (LM LQ!*)* (N1 N2/2 N3/2 N4/2)* LE!)/2)*"
        " (N1 N2/2 N3/2 N4 REF/12 PER* DTM/10 MTX* PKG* PAL* SPI)* (G39 CTP)* (PKL CTP PKG/2 G53"
        " DTM*)/20 (LFG (CRC QTY)*) (LM (LQ REF* EFI DTM* (PID MEA* MTX)*)!*)* (SLN SI* PID* DTM*"
        " CTP* PAM* PO4* PKG* QTY* MEA* SAC* MTX* (LM LQ!*)* (N1 N2/2 N3/2 N4* REF/12 PER*"
        f" DTM/10)*)* {_NOTE})* CTT"
    ),
    "846": (
        f"BIA! CUR DTM/10 REF/12 PER/3 MEA/20 {_PLACE}/5 {_FEW_REMARKS} (LIN PID/200 MEA/40 PKG/25"
        " DTM/10 CTP/25 CUR SAC/25 REF* PER/3 SDQ/500 MAN UIT/5 CS DD* G53 PCT* LDT/12"
        f" {_FEW_REMARKS} (SLN PID/200 MEA/40 PKG/25 (MAN MEA/40)/100)/1000 (QTY UIT/12 MEA/25"
        f" LDT/12 DTM/10 (SCH MEA/25)/25 {_REMARKS} (LS (REF DTM* N1 {_FEW_REMARKS})!* LE!))/99"
        f" {_PLACE}/200)!/10000 CTT"
    ),
    "861": (
        f"BRA! CUR REF* PER/3 DTM!/10 PRF/25 TD1/2 TD5/12 TD3/12 TD4/5 MEA/40 {_RECEIVER}"
        f" {_FEW_REMARKS} {_FUNDS} (RCD SN1 CUR LIN/100 PID/1000 PO4/100 REF/12 PER/3 DTM/10 PRF/25"
        f" MEA* FOB TD1/20 TD5/12 TD3/12 TD4/5 SAC/10 MAN* {_FEW_REMARKS}"
        f" (SLN PID/1000 NM1 {_FEW_REMARKS})/100 {_RECEIVER} {_FUNDS})/200000 CTT"
    ),
    "867": (
        "BPT! CUR DTM/10 REF/12 PER/3 MEA/20 PSA/10 (N1 N2/2 N3/2 N4 REF/12 (PER REF*)*)/5"
        " (LM LQ!/100 LCD/2)* (PTD DTM/10 REF/20 PRF PER/3 MAN LCD/2 LQ* MEA*"
        " (N1 N2/2 N3/2 N4 REF/20 PER/3 (SII N9)*)/5 (QTY LIN PO3/25 PO4 UIT/12 AMT/12 ITA/10"
        f" PID/200 MEA/40 PWK/25 PKG/25 REF* PER/3 DTM/10 CUR DD* LDT {_REMARKS}"
        f" (LX REF* DTM N1 {_REMARKS})* {_FUNDS})*)!* (CTT AMT/12 ITA/10)"
    ),
    "844": (
        f"BAA! CUR NTE/10 REF/12 PER/3 DTM/10 {_PLACE}/50 (CON REF/12 PER/3 DTM/10"
        " (N1 N2/2 N3/2 N4 REF/12 PER/3 (SII N9)*)* (PAD LIN PID/200 MEA/40 UIT/5 QTY/5 AMT/2 RCD"
        " REF/12 DTM/10 CUR SSS)*)!/10000 CTT! AMT/5"
    ),
    "845": (
        "BPA! CUR NTE/10 REF/12 PER/3 DTM/10 (N1 N2/2 N3/2 N4 REF/12 PER/3 DTM/10)/10000"
        " (CON REF* PER/3 DTM/10 CTB/10 ITD/2 (N1 N2/2 N3/2 N4 REF/12 PER/3 DTM/2 CTB/25)*"
        f" (PAD CTB/10 PID/200 MEA/40 UIT/20 QTY/5 AMT/5 CUR SSS SHP DTM/2 (LIN G53 SLN/100)"
        f" {_PRICED_PLACE} (CTP DTM/10 CTB/25 {_PRICED_PLACE})*)*)!/10000 CTT!"
    ),
    "849": (
        f"BRC! CUR AAA/10 NTE/10 REF/12 PER/3 DTM/10 {_PLACE}/50 (CON AAA/10 REF/12 PER/3 DTM/10"
        f" {_PLACE}/50 (PAD LIN AAA/10 PID/200 MEA/40 UIT/5 QTY/5 AMT/2 RCD REF/12 DTM/10 CUR"
        " SSS)*)/10000 CTT! AMT/5"
    ),
    "180": (
        f"BGN! RDR PRF DTM/10 N9/10 PER/2 SAC/10 G38 PKG/5 TD1/10 TD5/10 NTE/5 {_RETURN_PLACE}"
        f" {_FEW_REMARKS} (BLI N9/20 PID/5 RDR SAC/10 AMT* MEA* CRC* NTE* PRF DTM/15"
        f" DD/100 GF TD5/5 SDQ/100 {_FEW_REMARKS} {_RETURN_PLACE} (QTY AMT/5 DTM/10 N1"
        f" {_FEW_REMARKS} (LX N9* DTM/10 N1 {_FEW_REMARKS})*)* {_FUNDS})*"
    ),
    "997": "AK1! (AK2 (AK3 AK4/99)* AK5!)* AK9!",
    "999": "AK1! (AK2 (IK3 CTX/10 (IK4 CTX/10)*)* IK5!)* AK9!",
}

DEFINITIONS: Final[dict[str, LoopDefinition]] = {
    set_id: read_definition(notation) for set_id, notation in _NOTATIONS.items()
}
"""ST01 -> structure between ST and SE."""

_GROUPS: Final = (
    "PO:850 PR:855 PC:860 CA:865 SH:856 IN:810 CD:812 RA:820 AG:824 SC:832 IB:846 RC:861 PT:867"
    " PA:845 CF:844,849 AN:180 FA:997,999 OW:940 SW:945 RE:944 AW:947 AR:943 HS:270 HB:271 HR:276"
    " HN:277 HI:278 PI:275 BE:834 HP:835 HC:837 PS:830 RQ:840 RR:843 PD:852 SS:862 TX:864"
    " RS:869,870 SM:204 IM:210 QM:214 GF:990 QO:315"
)
"""GS01 and the sets of such a group; those without a definition are passed on unchecked."""

FUNCTIONAL_IDS: Final[dict[str, str]] = {
    set_id: group[:2] for group in _GROUPS.split() for set_id in group[3:].split(",")
}
"""ST01 -> GS01 (spec 2.0.6 for the sets the house reads)."""

_ELEMENT_NOTATIONS: Final[dict[str, str]] = {
    "ACK": "1!ID2 2R15 3ID2 4ID3 5DT8",
    "ADX": "1!R18 2!ID2",
    "AK1": "1!ID2 2!N9",
    "AK2": "1!ID3 2!AN9",
    "AK5": "1!ID1",
    "AK9": "1!ID1 2!N6 3!N6 4!N6",
    "AMT": "1!ID3 2!R18",
    "BAA": "1!ID2 2!ID2 3!DT8",
    "BAK": "1!ID2 2!ID2 3!AN22 4!DT8 9DT8",
    "BCA": "1!ID2 2!ID2 3!AN22 6DT8",
    "BCD": "1!DT8 2!AN22 4!N15 5!ID1 6DT8 7AN22 9DT8 10AN22",
    "BCH": "1!ID2 2!ID2 3!AN22 6DT8",
    "BCT": "1!ID2",
    "BEG": "1!ID2 2!ID2 3!AN22 5!DT8",
    "BGN": "1!ID2 2!AN50 3!DT8 4TM8",
    "BIA": "1!ID2 2!ID2 3!AN50 4!DT8 5TM8",
    "BIG": "1!DT8 2!AN22 3DT8 4AN22 7ID2",
    "BPA": "1!ID2 2!DT8",
    "BPR": "1!ID2 2!R18 3!ID1 4!ID3 16DT8",
    "BPT": "1!ID2 3!DT8",
    "BRA": "1!AN50 2!DT8 3!ID2 4!ID1 5TM8",
    "BRC": "1!ID2 2!DT8",
    "BSN": "1!ID2 2!AN30 3!DT8 4TM8 5ID4",
    "CDD": "1!ID2 2!ID1 4N15 7R10 9R15 11R17 13R17",
    "CON": "1!ID3 2!AN50 3!ID2",
    "CTP": "3R17 4R15",
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
    "OTI": "1!ID2 2!ID3 3!AN50 6DT8",
    "PO1": "1AN20 2R15 3ID2 4R17 5ID2",
    "POC": "1AN20 2!ID2 3R15 4R9 6R17",
    "PRF": "1!AN22 4DT8",
    "PTD": "1!ID2",
    "QTY": "1!ID2 2R15",
    "RCD": "1AN20 2R9 4R9 6R9",
    "REF": "1!ID3 2AN50",
    "RMR": "1ID3 2AN50 4R18 5R18 6R18 8R18",
    "SAC": "1!ID1 2ID4 5N15",
    "SCH": "1!R15 2!ID2 5!ID3 6!DT8",
    "SN1": "1AN20 2!R10 3!ID2",
    "TA1": "1!N9 2!N6 3!TM4 4!ID1 5!ID3",
    "TDS": "1!N15",
    "TED": "1!ID3",
    "TRN": "1!ID2 2!AN50",
    "TXI": "1!ID2 2R18",
}

ELEMENTS: Final[dict[str, tuple[ElementRule, ...]]] = {
    segment_id: read_elements(notation) for segment_id, notation in _ELEMENT_NOTATIONS.items()
}
"""Segment id -> the elements that the house reads, and what they must be."""
