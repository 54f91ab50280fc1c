"""The catalogue codec: CIF 3.0, whole and streamed, without IO.

In: bytes of a catalogue, or a header and items to write. Out: catalogues that give their bytes
back, items, problems. Refuses to know: transports, partners, contracts.
"""

from suture.formats.cif.catalogue import FIELD_NAMES, Catalogue, CatalogueItem, Header
from suture.formats.cif.codes import DEFAULT, PROBLEM_CODES, Limits
from suture.formats.cif.parse import StreamedRow, looks_like, parse, stream_rows
from suture.formats.cif.write import write

__all__ = [
    "DEFAULT",
    "FIELD_NAMES",
    "PROBLEM_CODES",
    "Catalogue",
    "CatalogueItem",
    "Header",
    "Limits",
    "StreamedRow",
    "looks_like",
    "parse",
    "stream_rows",
    "write",
]
