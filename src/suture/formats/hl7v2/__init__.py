"""The HL7 v2 codec: lazy, lossless, without IO (plan D6).

In: bytes of a message, a batch or fragments. Out: messages read by path and written back byte for
byte, headers, acknowledgements, problems. Refuses to know: sockets, what a case is. `validate`
knows which segments and fields a version wants; reading never asks it.
"""

from suture.formats.hl7v2.acknowledge import (
    AcceptMode,
    AckCode,
    accept_mode,
    ack,
    ack_for_unparsable,
    answered,
    error_code,
)
from suture.formats.hl7v2.batch import join_batch, split_batch
from suture.formats.hl7v2.build import Field, Repeats, build, fields
from suture.formats.hl7v2.charset import Charset
from suture.formats.hl7v2.codes import DEFAULT, PROBLEM_CODES, Limits
from suture.formats.hl7v2.continuation import join_fragments, pointer
from suture.formats.hl7v2.delimiters import STANDARD, Delimiters
from suture.formats.hl7v2.escape import escape, unescape
from suture.formats.hl7v2.header import Header, header
from suture.formats.hl7v2.message import Message, Segment
from suture.formats.hl7v2.parse import parse
from suture.formats.hl7v2.profile import Hl7Profile, read_hl7_profile
from suture.formats.hl7v2.standard import Standard, standard
from suture.formats.hl7v2.stream import Streamed, read_messages
from suture.formats.hl7v2.timestamp import timestamp, timestamp_text
from suture.formats.hl7v2.validate import validate

__all__ = [
    "DEFAULT",
    "PROBLEM_CODES",
    "STANDARD",
    "AcceptMode",
    "AckCode",
    "Charset",
    "Delimiters",
    "Field",
    "Header",
    "Hl7Profile",
    "Limits",
    "Message",
    "Repeats",
    "Segment",
    "Standard",
    "Streamed",
    "accept_mode",
    "ack",
    "ack_for_unparsable",
    "answered",
    "build",
    "error_code",
    "escape",
    "fields",
    "header",
    "join_batch",
    "join_fragments",
    "parse",
    "pointer",
    "read_hl7_profile",
    "read_messages",
    "split_batch",
    "standard",
    "timestamp",
    "timestamp_text",
    "unescape",
    "validate",
]
