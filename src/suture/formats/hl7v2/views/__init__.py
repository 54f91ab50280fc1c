"""Typed views of the messages the house reads and writes (spec 2.0.5).

In: a `Message`. Out: a frozen view with problems, never an exception; a message again from a view.
Refuses to know: whether a message keeps its standard (`validate`), and what it means for a case.
"""

from suture.formats.hl7v2.views.charge import ChargeLine, Charges, view_charges
from suture.formats.hl7v2.views.encounter import Encounter, view_encounter
from suture.formats.hl7v2.views.item import (
    ItemMaster,
    MasterAnswer,
    answer_items,
    gtin,
    view_items,
    view_master_answer,
)
from suture.formats.hl7v2.views.order import (
    ClinicalOrder,
    OrderAnswer,
    answer_order,
    view_order,
    view_order_answer,
)
from suture.formats.hl7v2.views.result import Results, view_results
from suture.formats.hl7v2.views.schedule import Schedule, view_schedule
from suture.formats.hl7v2.views.write import write_view

__all__ = [
    "ChargeLine",
    "Charges",
    "ClinicalOrder",
    "Encounter",
    "ItemMaster",
    "MasterAnswer",
    "OrderAnswer",
    "Results",
    "Schedule",
    "answer_items",
    "answer_order",
    "gtin",
    "view_charges",
    "view_encounter",
    "view_items",
    "view_master_answer",
    "view_order",
    "view_order_answer",
    "view_results",
    "view_schedule",
    "write_view",
]
