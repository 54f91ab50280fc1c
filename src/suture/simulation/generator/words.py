"""The fictional word list (spec 7.1): no name here belongs to a person or a company.

In: nothing. Out: tuples of names. Refuses to know: who gets which name.
"""

from __future__ import annotations

FAMILY = (
    "SYNTHADARE", "SYNTHBELOR", "SYNTHCRUVE", "SYNTHDANTOR", "SYNTHELMIR", "SYNTHFORWEN",
    "SYNTHGALDO", "SYNTHHEXLEY", "SYNTHIRVANE", "SYNTHJORUN", "SYNTHKELDAR", "SYNTHLORMEN",
    "SYNTHMAVIK", "SYNTHNORBEL", "SYNTHOSTREY", "SYNTHPELWIN", "SYNTHQUARDE", "SYNTHROLVEN",
    "SYNTHSARDIN", "SYNTHTOLVAR", "SYNTHUXBEL", "SYNTHVARNEY", "SYNTHWELDON", "SYNTHYARROW",
)  # fmt: skip
"""Family names of patients and surgeons; the prefix makes a leak easy to see."""

GIVEN = (
    "ALBA", "BRANT", "CELIA", "DORIN", "EDDA", "FENNO", "GITTA", "HALVOR", "ILSE", "JORIK",
    "KAJA", "LEVIN", "MIRA", "NILO", "ODA", "PELLE", "QUINN", "RUNE", "SIV", "TILDA",
)  # fmt: skip
"""Given names of patients."""

SUPPLIERS = (
    ("SUP-9001", "Syntho Orthopedics", "x12"),
    ("SUP-9002", "Continental MedSurg", "cxml"),
    ("SUP-9003", "Halcyon Joint", "portal"),
    ("SUP-9004", "Verta Spine", "portal"),
    ("SUP-9005", "Northpoint Biologics", "portal"),
    ("SUP-9006", "Cardium Devices", "portal"),
    ("SUP-9007", "ArcValve", "portal"),
    ("SUP-9008", "Stentara", "portal"),
    ("SUP-9009", "Blue River Supply", "portal"),
    ("SUP-9010", "Meridia Instruments", "portal"),
    ("SUP-9011", "Oakhelm Sterile", "portal"),
    ("SUP-9012", "Tarnwell Imaging", "portal"),
)
"""Key, name and channel of the suppliers (spec 7.6)."""

IMPLANTS = {
    "KNEE": ("FEMORAL COMP", "TIBIAL BASE", "TIBIAL INSERT", "PATELLA"),
    "HIP": ("ACETABULAR CUP", "ACETABULAR LINER", "FEMORAL STEM", "FEMORAL HEAD"),
    "SHOULDER": ("GLENOID COMP", "HUMERAL STEM", "HUMERAL HEAD"),
    "SPINE": ("PEDICLE SCREW", "SPINAL ROD", "INTERBODY CAGE", "SET SCREW"),
}
"""Component names by family."""

CONSUMABLES = (
    "SAW BLADE", "IRRIGATION SET", "SUCTION TUBE", "SKIN STAPLER", "BONE CEMENT", "TROCAR",
    "WOUND DRAIN", "CAUTERY PENCIL", "LIGHT HANDLE COVER", "DRAPE SPLIT", "TOURNIQUET CUFF",
    "HEMOSTAT PAD", "SYRINGE", "SPECIMEN CUP", "DRESSING", "MARKER",
)  # fmt: skip
"""Names of med-surg items."""

PROCEDURES = {
    "TKA-PRIM": ("Total knee arthroplasty, primary", "KNEE", 120),
    "THA-PRIM": ("Total hip arthroplasty, primary", "HIP", 110),
    "SHO-PRIM": ("Shoulder arthroplasty, primary", "SHOULDER", 130),
    "TLIF-1": ("Lumbar interbody fusion, one level", "SPINE", 210),
    "GEN-LAP": ("General laparoscopy", "", 90),
}
"""Local procedure code -> text, implant family, minutes."""
