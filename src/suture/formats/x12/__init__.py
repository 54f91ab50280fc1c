"""The X12 codec: lossless, without IO, with the structure of transaction sets as data (plan D6).

In: bytes of an interchange, or segments to send. Out: interchanges with loops and problems, written
interchanges, functional acknowledgements. Refuses to know: transports, partners, orders.
"""

from suture.formats.x12.ack_code import ACK_CODES, AckCodes
from suture.formats.x12.ack_reading import (
    ACCEPTED_CODES,
    REJECTED_CODES,
    AckDetail,
    GroupAck,
    SetAck,
    read_functional_ack,
    read_group_ack,
)
from suture.formats.x12.acknowledgement import (
    ACK01,
    BAK02,
    HeaderReading,
    LineResult,
    header_reading,
    line_result,
)
from suture.formats.x12.codes import DEFAULT, PROBLEM_CODES, Limits
from suture.formats.x12.control import (
    ControlEvent,
    ControlFilled,
    ControlGap,
    ControlJumped,
    ControlNumbers,
    ControlRepeated,
    repeated_problem,
)
from suture.formats.x12.delimiters import STANDARD, Delimiters
from suture.formats.x12.edit import set_element
from suture.formats.x12.element import (
    date6,
    date8,
    implied_decimal,
    implied_text,
    quantity,
    real,
    time_of_day,
)
from suture.formats.x12.functional_ack import functional_ack, implementation_ack
from suture.formats.x12.guide import Marks, SetGuide, X12Profile, structure_of
from suture.formats.x12.hierarchy import Level, hierarchy
from suture.formats.x12.interchange import (
    Group,
    Interchange,
    Party,
    SetContext,
    TransactionSet,
)
from suture.formats.x12.interchange_ack import (
    InterchangeAck,
    interchange_ack,
    read_interchange_acks,
)
from suture.formats.x12.parse import looks_like, parse, parse_all
from suture.formats.x12.segment import Segment
from suture.formats.x12.sets import DEFINITIONS, FUNCTIONAL_IDS
from suture.formats.x12.stream import STREAM, SetReader, read_sets
from suture.formats.x12.structure import HOUSE, Structure
from suture.formats.x12.tree import Loop
from suture.formats.x12.validate import HOUSE_PROFILE, validate
from suture.formats.x12.view import View, view
from suture.formats.x12.write import Envelope, SetSegments, compose, set_control

__all__ = [
    "ACCEPTED_CODES",
    "ACK01",
    "ACK_CODES",
    "BAK02",
    "DEFAULT",
    "DEFINITIONS",
    "FUNCTIONAL_IDS",
    "HOUSE",
    "HOUSE_PROFILE",
    "PROBLEM_CODES",
    "REJECTED_CODES",
    "STANDARD",
    "STREAM",
    "AckCodes",
    "AckDetail",
    "ControlEvent",
    "ControlFilled",
    "ControlGap",
    "ControlJumped",
    "ControlNumbers",
    "ControlRepeated",
    "Delimiters",
    "Envelope",
    "Group",
    "GroupAck",
    "HeaderReading",
    "Interchange",
    "InterchangeAck",
    "Level",
    "Limits",
    "LineResult",
    "Loop",
    "Marks",
    "Party",
    "Segment",
    "SetAck",
    "SetContext",
    "SetGuide",
    "SetReader",
    "SetSegments",
    "Structure",
    "TransactionSet",
    "View",
    "X12Profile",
    "compose",
    "date6",
    "date8",
    "functional_ack",
    "header_reading",
    "hierarchy",
    "implementation_ack",
    "implied_decimal",
    "implied_text",
    "interchange_ack",
    "line_result",
    "looks_like",
    "parse",
    "parse_all",
    "quantity",
    "read_functional_ack",
    "read_group_ack",
    "read_interchange_acks",
    "read_sets",
    "real",
    "repeated_problem",
    "set_control",
    "set_element",
    "structure_of",
    "time_of_day",
    "validate",
    "view",
]
