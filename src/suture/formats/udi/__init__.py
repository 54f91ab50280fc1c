"""The device label codec: GS1, HIBCC and ICCBBA in one value.

In: label text. Out: `Udi` and problems; GS1 element strings. Refuses to know: pictures of bar
codes, catalogs, patients.
"""

from suture.formats.udi.codes import PROBLEM_CODES
from suture.formats.udi.gs1 import FNC1, compose_gs1
from suture.formats.udi.parse import parse_udi
from suture.formats.udi.value import Issuer, Udi

__all__ = ["FNC1", "PROBLEM_CODES", "Issuer", "Udi", "compose_gs1", "parse_udi"]
