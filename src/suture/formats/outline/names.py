"""Short names of segments and of the fields people look at most, in the house's own words.

In: nothing. Out: dictionaries. Refuses to know: the standards' texts; what has no entry has no
name.
"""

from __future__ import annotations

from typing import Final


def _read(text: str) -> dict[str, str]:
    """Return label -> name of `MSH header, MSH-3 sending application, ...`."""
    rows = (" ".join(row.split()).partition(" ") for row in text.split(","))
    return {label: name for label, _, name in rows if label}


HL7: Final = _read(
    """MSH header, MSH-3 sending application, MSH-4 sending facility, MSH-5 receiving application,
    MSH-6 receiving facility, MSH-7 sent at, MSH-9 type, MSH-10 control id, MSH-11 processing
    id, MSH-12 version, MSH-15 accept answer, MSH-16 application answer, MSH-18 character set,
    MSA answer, MSA-1 code, MSA-2 control id answered, ERR error, EVN event, EVN-2 recorded at,
    PID patient, PID-3 identifiers, PID-5 name, PID-7 birth date, PID-8 sex, PID-11 address,
    PID-18 account, PD1 patient (more), NK1 next of kin, PV1 visit, PV1-2 class, PV1-3 location,
    PV1-19 visit number, PV1-44 admitted at, PV2 visit (more), AL1 allergy, DG1 diagnosis, PR1
    procedure, GT1 guarantor, IN1 insurance, MRG merge, SCH schedule, SCH-1 placer number, SCH-2
    filler number, SCH-6 event reason, SCH-9 duration, SCH-11 timing, SCH-25 status, RGS
    resource group, AIS service, AIS-3 procedure, AIS-4 start, AIS-7 duration, AIG resource,
    AIG-3 resource, AIL location, AIL-3 room, AIP person, AIP-3 person, TQ1 timing, NTE note,
    NTE-3 text, ORC order control, OBR request, OBX observation, OBX-3 what, OBX-5 value, RQD
    requisition line, RQ1 requisition (more), FT1 transaction, FT1-4 date, FT1-6 kind, FT1-7
    item or service, FT1-10 quantity, FT1-16 location, MFI master file, MFE master entry, MFA
    master answer, IIM inventory item, ITM item, ITM-1 item number, ITM-2 description, STZ
    sterilisation, VND vendor, PKG packaging, PCE price by cost center, IVT stock location, ILT
    lot, PRT device or participant, SPM specimen, RXO pharmacy order, BHS batch header, BTS
    batch trailer, FHS file header, FTS file trailer, ZPA inventory location"""
)

X12: Final = _read(
    """ISA interchange header, ISA06 sender, ISA08 receiver, ISA13 control number, ISA15 usage, IEA
    interchange trailer, GS group header, GS01 functional id, GS02 sender, GS03 receiver, GS06
    control number, GS08 version, GE group trailer, ST set header, ST01 set, ST02 control
    number, SE set trailer, TA1 interchange answer, BEG order, BEG02 type, BEG03 order number,
    BEG05 date, BAK acknowledgement, BAK02 kind, BAK03 order number, BCH change, BCH03 order
    number, BCA change answer, BCA03 order number, BIG invoice, BIG01 date, BIG02 invoice
    number, BIG04 order number, BIG07 kind, BSN ship notice, BSN02 shipment, BSN03 date, BRA
    receiving advice, BPT product transfer, BIA inventory advice, BCT price list, BCD credit or
    debit, BPR payment, OTI application answer, TED technical error, BGN beginning, PO1 order
    line, PO101 line, PO102 quantity, PO103 unit, PO104 unit price, POC changed line, IT1
    invoice line, IT101 line, IT102 quantity, IT103 unit, IT104 unit price, ACK line answer,
    ACK01 answer, ACK02 quantity, ACK03 unit, ACK04 date kind, ACK05 date, PID description,
    PID05 text, PO4 packing, LIN item, SN1 shipped quantity, SN102 quantity, SN103 unit, RCD
    receiving condition, HL level, HL03 level, PRF order reference, PRF01 order number, MAN
    marks, TD1 packages, TD3 equipment, TD5 carrier, N1 party, N101 role, N102 name, N104
    identifier, N2 name (more), N3 address, N4 place, PER contact, REF reference, REF01 kind,
    REF02 number, DTM date, DTM01 kind, DTM02 date, CUR currency, SAC allowance or charge, TXI
    tax, ITD terms, TDS total, TDS01 total, AMT amount, CTT totals, SCH schedule, SLN subline,
    QTY quantity, CTP price, FOB delivery terms, NTE note, MSG message, AK1 group answered, AK2
    set answered, AK3 segment in error, AK4 element in error, AK5 set verdict, AK9 group
    verdict, IK3 segment in error, IK4 element in error, IK5 set verdict, CTX context, RMR
    remittance line, TRN trace, ENT entity, ADX adjustment, PTD transfer line"""
)

EDIFACT: Final = _read(
    """UNA service string, UNB interchange header, UNZ interchange trailer, UNG group header, UNE
    group trailer, UNH message header, UNT message trailer, UNS section, BGM beginning, DTM
    date, NAD party, LIN line, PIA more identifiers, IMD description, QTY quantity, PRI price,
    MOA amount, RFF reference, CUX currency, TAX tax, ALC allowance or charge, PAT terms, TOD
    delivery, TDT transport, LOC place, PAC packages, PCI marks, GIN serial or lot, CPS packing,
    FTX text, CTA contact, COM communication, CNT control total, SCC schedule, STS status, DOC
    document, ERC error, UCI interchange answered, UCM message answered, UCS segment in error,
    UCD element in error, UCF group answered, INV inventory, PGI product group, AJT adjustment"""
)
