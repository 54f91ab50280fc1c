"""The FHIR codec for R4 and R5 in JSON: lossless, without IO, checked by tables and profiles.

In: bytes of a resource, or values to send. Out: resources that give their bytes back, problems,
views. Refuses to know: transports, servers, terminologies, FHIR in XML.
"""

from suture.formats.fhir.bulk import BulkLine, read_ndjson
from suture.formats.fhir.codes import DEFAULT, PROBLEM_CODES, Limits
from suture.formats.fhir.expression import evaluate
from suture.formats.fhir.number import Number
from suture.formats.fhir.parse import looks_like, parse
from suture.formats.fhir.primitive import Moment, Precision, moment
from suture.formats.fhir.privacy import privacy_traps
from suture.formats.fhir.profile import Binding, Constraint, FhirProfile
from suture.formats.fhir.resource import Resource
from suture.formats.fhir.validate import validate
from suture.formats.fhir.version import detect_version
from suture.formats.fhir.write import to_json

__all__ = [
    "DEFAULT",
    "PROBLEM_CODES",
    "Binding",
    "BulkLine",
    "Constraint",
    "FhirProfile",
    "Limits",
    "Moment",
    "Number",
    "Precision",
    "Resource",
    "detect_version",
    "evaluate",
    "looks_like",
    "moment",
    "parse",
    "privacy_traps",
    "read_ndjson",
    "to_json",
    "validate",
]
