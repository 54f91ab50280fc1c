"""Finds the message structure of a trigger event (HL7 table 0354).

In: MSH-9 and the tables of a version. Out: the name of a structure, or none. Refuses to know:
what stands in the message.
"""

from __future__ import annotations

from typing import Final

from suture.formats.hl7v2.standard import Standard

_SHARED: Final[dict[str, str]] = {
    "ADT_A01": "A01 A04 A08 A13",
    "ADT_A05": "A05 A14 A28 A31",
    "ADT_A06": "A06 A07",
    "ADT_A09": "A09 A10 A11 A12",
    "ADT_A21": "A21 A22 A23 A25 A26 A27 A29 A32 A33",
    "ADT_A30": "A30 A34 A35 A36 A46 A47 A48 A49",
    "ADT_A39": "A39 A40 A41 A42",
    "ADT_A43": "A43 A44",
    "ADT_A50": "A50 A51",
    "ADT_A52": "A52 A53",
    "ADT_A54": "A54 A55",
    "ADT_A61": "A61 A62",
    "SIU_S12": "S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24 S26 S27",
    "SRM_S01": "S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11",
    "SRR_S01": "S01 S02 S03 S04 S05 S06 S07 S08 S09 S10 S11",
    "MDM_T01": "T01 T03 T05 T07 T09 T11",
    "MDM_T02": "T02 T04 T06 T08 T10",
    "REF_I12": "I12 I13 I14 I15",
    "RRI_I12": "I12 I13 I14 I15",
    "RPA_I08": "I08 I09 I10 I11",
    "RQA_I08": "I08 I09 I10 I11",
    "PGL_PC6": "PC6 PC7 PC8",
    "PPP_PCB": "PCB PCC PCD",
    "PPR_PC1": "PC1 PC2 PC3",
    "CRM_C01": "C01 C02 C03 C04 C05 C06 C07 C08",
    "CSU_C09": "C09 C10 C11 C12",
    "PMU_B01": "B01 B02",
    "PMU_B04": "B04 B05 B06",
    "RDE_O11": "O11 O25",
    "MFK_M01": "M01 M02 M03 M04 M05 M06 M07 M08 M09 M10 M11 M12 M13 M14 M15 M16 M17 M18",
}
"""Structure -> events that use it; an event with a structure of its own name needs no row."""

_STRUCTURES: Final = {
    (name.partition("_")[0], event): name
    for name, events in _SHARED.items()
    for event in events.split()
}
_OLDER: Final = {"ADT_A05": "ADT_A01"}
"""Structure -> the one that served its events before it was split off (2.4)."""


def structure_name(kind: str, event: str, stated: str, tables: Standard) -> str:
    """Return the structure of message type `kind` and `event` in a version; empty when none.

    The event decides; what MSH-9.3 states (`stated`) serves where the event is not known.
    """
    if kind == "ACK":
        return "ACK" if tables.structure("ACK") else ""
    shared = _STRUCTURES.get((kind, event), "")
    for name in (f"{kind}_{event}", shared, _OLDER.get(shared, ""), stated):
        if name and tables.structure(name):
            return name
    if event:
        return ""
    # Version 2.1 names no event in MSH-9; a type with one structure needs none.
    family = [name for name in tables.structures() if name.partition("_")[0] == kind]
    return family[0] if len(family) == 1 else ""


def likely_name(kind: str, event: str) -> str:
    """Return the structure a trigger has in the versions that know it."""
    return _STRUCTURES.get((kind, event), f"{kind}_{event}")
