"""The device label codec: GS1, HIBCC and ICCBBA in one value.

In: label text. Out: `Udi` and problems; GS1 element strings. Refuses to know: pictures of bar
codes, catalogs, patients.
"""

from suture.formats.udi.codes import PROBLEM_CODES
from suture.formats.udi.compose import compose_udi
from suture.formats.udi.gs1 import (
    FNC1,
    Part,
    compose_gs1,
    compose_parts,
    gs1_parts,
    human_readable,
)
from suture.formats.udi.hibc import compose_hibc, compose_hibc_secondary
from suture.formats.udi.iccbba import compose_iccbba
from suture.formats.udi.parse import parse_udi
from suture.formats.udi.value import Issuer, Udi

__all__ = [
    "FNC1",
    "PROBLEM_CODES",
    "Issuer",
    "Part",
    "Udi",
    "compose_gs1",
    "compose_hibc",
    "compose_hibc_secondary",
    "compose_iccbba",
    "compose_parts",
    "compose_udi",
    "gs1_parts",
    "human_readable",
    "parse_udi",
]
