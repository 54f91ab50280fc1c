"""The EDIFACT codec: lossless, without IO, with the structure of messages as data.

In: bytes of a file, or segments to send. Out: interchanges with messages and problems, typed views
of business messages, written interchanges, CONTRL. Refuses to know: transports, partners, orders.
"""

from suture.formats.edifact import build
from suture.formats.edifact.application_error import (
    ApplicationAnswer,
    ApplicationFault,
    read_application_answer,
)
from suture.formats.edifact.charset import CODECS
from suture.formats.edifact.codes import DEFAULT, PROBLEM_CODES, Limits
from suture.formats.edifact.contrl import (
    Control,
    ControlDetail,
    MessageAnswer,
    control,
    read_control,
    receipt,
)
from suture.formats.edifact.delimiters import LEVEL_B, STANDARD, Delimiters
from suture.formats.edifact.delivery import (
    DeliveryDocument,
    PackageLevel,
    Packing,
    read_delivery,
)
from suture.formats.edifact.directory import D01B, D96A, ELEMENTS, MESSAGES
from suture.formats.edifact.edit import replaced, spliced
from suture.formats.edifact.element import Moment, Period, moment, number, quantity
from suture.formats.edifact.interchange import Group, Interchange, InterchangeParty, Message
from suture.formats.edifact.invoice import InvoiceDocument, read_invoice
from suture.formats.edifact.order import (
    HeaderAnswer,
    LineAnswer,
    OrderDocument,
    line_answer,
    read_order,
)
from suture.formats.edifact.parse import looks_like, parse, parse_all, read_messages
from suture.formats.edifact.profile import STANDARD_PROFILE, EdifactProfile
from suture.formats.edifact.remittance import (
    RemittanceAdjustment,
    RemittanceDocument,
    SettledDocument,
    read_remittance,
)
from suture.formats.edifact.sales import (
    SalesDocument,
    SalesFigure,
    SalesLine,
    SalesPlace,
    read_sales,
)
from suture.formats.edifact.segment import Segment, Syntax
from suture.formats.edifact.stock import (
    InventoryDocument,
    PriceDocument,
    PriceGroup,
    StockFigure,
    StockLine,
    read_inventory,
    read_prices,
)
from suture.formats.edifact.structure import SegmentGroup, check_profile, tree
from suture.formats.edifact.validate import envelope_problems, validate
from suture.formats.edifact.write import Envelope, OutMessage, Repeated, compose

__all__ = [
    "CODECS",
    "D01B",
    "D96A",
    "DEFAULT",
    "ELEMENTS",
    "LEVEL_B",
    "MESSAGES",
    "PROBLEM_CODES",
    "STANDARD",
    "STANDARD_PROFILE",
    "ApplicationAnswer",
    "ApplicationFault",
    "Control",
    "ControlDetail",
    "Delimiters",
    "DeliveryDocument",
    "EdifactProfile",
    "Envelope",
    "Group",
    "HeaderAnswer",
    "Interchange",
    "InterchangeParty",
    "InventoryDocument",
    "InvoiceDocument",
    "Limits",
    "LineAnswer",
    "Message",
    "MessageAnswer",
    "Moment",
    "OrderDocument",
    "OutMessage",
    "PackageLevel",
    "Packing",
    "Period",
    "PriceDocument",
    "PriceGroup",
    "RemittanceAdjustment",
    "RemittanceDocument",
    "Repeated",
    "SalesDocument",
    "SalesFigure",
    "SalesLine",
    "SalesPlace",
    "Segment",
    "SegmentGroup",
    "SettledDocument",
    "StockFigure",
    "StockLine",
    "Syntax",
    "build",
    "check_profile",
    "compose",
    "control",
    "envelope_problems",
    "line_answer",
    "looks_like",
    "moment",
    "number",
    "parse",
    "parse_all",
    "quantity",
    "read_application_answer",
    "read_control",
    "read_delivery",
    "read_inventory",
    "read_invoice",
    "read_messages",
    "read_order",
    "read_prices",
    "read_remittance",
    "read_sales",
    "receipt",
    "replaced",
    "spliced",
    "tree",
    "validate",
]
