"""The codecs: bytes in, (value, problems) out, and the same bytes back.

In: octets. Out: values, problems, octets. Refuses to know: sockets, clocks, files, logs, what a
case or an order is, and each other.
"""

from typing import Final

FORMATS: Final = ("hl7v2", "x12", "edifact", "cxml", "cif", "fhir")
"""Names of the formats, in the order they are guessed in."""
