"""The scripted items, cards and cases that every seed contains (spec 7.8).

In: nothing but the tables below. Out: what the catalogue, the stock and the story are built from.
Refuses to know: what the hub makes of them (that is `story.py`'s expectation).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StoryItem:
    """An item of the scripted cases; `stock` is its opening quantity in base units."""

    key: str
    description: str
    family: str
    """KNEE, HIP, SHOULDER, SPINE (bought by X12) or MEDSURG, COMMON (bought by cXML)."""
    catalog_no: str
    price: str
    """Per EA for implants, per BX of ten for the rest."""
    stock: int = 0

    @property
    def is_implant(self) -> bool:
        """Whether the item stays in the patient: lot and serial controlled."""
        return self.family not in ("MEDSURG", "COMMON")


ITEMS = (
    StoryItem("ITM-100200", "FEMORAL COMP KNEE CEMENTED SZ 5 RT", "KNEE", "KF-1234", "1450.00", 4),
    StoryItem("ITM-100201", "TIBIAL BASE KNEE SZ 4", "KNEE", "KT-2104", "980.00", 4),
    StoryItem("ITM-100210", "ACETABULAR CUP 52 MM", "HIP", "HC-5200", "1260.00"),
    StoryItem("ITM-100211", "FEMORAL STEM STD SZ 6", "HIP", "HS-0600", "1875.00", 4),
    StoryItem("ITM-100220", "TROCAR KIT 12 MM", "MEDSURG", "CM-TR12", "218.50"),
    StoryItem("ITM-100230", "INTERBODY CAGE 10 MM", "SPINE", "SC-1010", "2350.00"),
    StoryItem("ITM-100231", "PEDICLE SCREW 6.5X45", "SPINE", "SP-6545", "310.00", 12),
    StoryItem("ITM-100240", "FEMORAL COMP KNEE CEMENTED SZ 3 LT", "KNEE", "KF-1303", "1450.00"),
    StoryItem("ITM-100241", "TIBIAL INSERT 10 MM", "KNEE", "KI-1000", "540.00", 4),
    StoryItem("ITM-100250", "GLENOID COMP SZ 2", "SHOULDER", "SG-0200", "1690.00"),
    StoryItem("ITM-100251", "SHOULDER POSITIONER KIT", "MEDSURG", "CM-SP01", "342.00"),
    StoryItem("ITM-100252", "HUMERAL STEM SZ 8", "SHOULDER", "SH-0800", "2120.00", 2),
    StoryItem("ITM-100260", "FEMORAL HEAD 36 MM", "HIP", "HH-3600", "890.00"),
    StoryItem("ITM-100261", "ACETABULAR LINER 36 MM", "HIP", "HL-3600", "640.00", 4),
    StoryItem("ITM-100301", "SURGICAL GLOVE SZ 7.5", "COMMON", "CM-GL75", "31.20", 400),
    StoryItem("ITM-100302", "SURGICAL HOOD", "COMMON", "CM-HD01", "96.00", 400),
    StoryItem("ITM-100303", "DRAPE PACK ORTHO", "COMMON", "CM-DP01", "410.00", 400),
    StoryItem("ITM-100304", "SUTURE 2-0 ABSORBABLE", "COMMON", "CM-SU20", "74.50", 400),
    StoryItem("ITM-100305", "SPONGE LAP STERILE", "COMMON", "CM-SL05", "22.80", 400),
    StoryItem("ITM-100306", "IRRIGATION SALINE 3 L", "COMMON", "CM-IR03", "58.00", 400),
)

BY_KEY = {item.key: item for item in ITEMS}
COMMON = tuple(item.key for item in ITEMS if item.family == "COMMON")


@dataclass(frozen=True, slots=True)
class StoryCase:
    """A scripted case: where, when (days after the start, local time), with which card lines."""

    number: str
    name: str
    title: str
    facility: str
    room: int
    day: int
    at: str
    """Local time of day, `HH:MM`."""
    procedure: str
    laterality: str | None
    card: str
    lines: tuple[tuple[str, str, str], ...]
    """(item, quantity, criticality) of the lines that matter; the common lines are added."""
    common: tuple[str, ...] = field(
        default=("ITM-100301", "ITM-100302", "ITM-100303", "ITM-100304")
    )


CASES = (
    StoryCase(
        "88101", "stock", "fully covered from stock, used and reported",
        "NCH", 4, 3, "07:30", "TKA-PRIM", "RT", "PC-4471",
        (("ITM-100200", "1", "CRITICAL"), ("ITM-100201", "1", "CRITICAL")),
    ),
    StoryCase(
        "88102", "implant", "short implant bought by X12, received, invoiced, paid",
        "NCH", 3, 3, "12:30", "THA-PRIM", "RT", "PC-4472",
        (("ITM-100210", "1", "CRITICAL"), ("ITM-100211", "1", "CRITICAL")),
    ),
    StoryCase(
        "88103", "consumable", "short consumable bought by cXML, received, invoiced, paid",
        "SMC", 1, 4, "07:30", "GEN-LAP", None, "PC-4473",
        (("ITM-100220", "2", "REQUIRED"),),
    ),
    StoryCase(
        "88104", "backorder", "supplier backorders past the need date",
        "NCH", 2, 7, "15:00", "TLIF-1", None, "PC-4474",
        (("ITM-100230", "1", "CRITICAL"), ("ITM-100231", "4", "CRITICAL")),
    ),
    StoryCase(
        "88105", "rescheduled", "moved two days while the order is open",
        "NCH", 3, 5, "08:00", "TKA-PRIM", "LT", "PC-4475",
        (("ITM-100240", "1", "CRITICAL"), ("ITM-100241", "1", "CRITICAL")),
    ),
    StoryCase(
        "88106", "cancelled", "cancelled while two orders are open",
        "SMC", 2, 7, "10:00", "SHO-PRIM", "RT", "PC-4476",
        (
            ("ITM-100250", "1", "CRITICAL"),
            ("ITM-100251", "1", "REQUIRED"),
            ("ITM-100252", "1", "CRITICAL"),
        ),
    ),
    StoryCase(
        "88107", "price", "invoice three per cent above the contract price",
        "NCH", 1, 4, "10:00", "THA-PRIM", "LT", "PC-4477",
        (("ITM-100260", "1", "CRITICAL"), ("ITM-100261", "1", "CRITICAL")),
    ),
)  # fmt: skip

CASE_BY_NAME = {case.name: case for case in CASES}
