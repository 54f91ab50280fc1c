"""The message a flow works on: its bytes, what kind it is, and its fields by path.

In: content and a format. Out: values by path, the key it is known by. Refuses to know: flows. Only
HL7 v2 has paths; the other formats are told apart by kind, and changed by functions, templates and
conversion.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.formats import cxml, edifact, fhir, x12
from suture.formats.hl7v2 import Message, header, parse

TRIGGER = "trigger"
"""The path that every format has: the kind of the document."""


class Subject:
    """One message in one format; `repr` shows no content.

    A changed HL7 v2 message is written as bytes only when somebody asks for them.
    """

    __slots__ = ("_content", "_message", "format", "losses")

    def __init__(
        self,
        format: str,
        content: bytes | None = None,
        losses: tuple[Problem, ...] = (),
        message: Message | None = None,
    ) -> None:
        self.format = format
        self.losses = losses
        """What a conversion did not carry."""
        self._content = content
        self._message = message

    @classmethod
    def of(cls, message: Message) -> Subject:
        """Return an HL7 v2 message as a subject."""
        return cls("hl7v2", message=message)

    @property
    def content(self) -> bytes:
        """The bytes."""
        if self._content is None:
            self._content = bytes(self.message)
        return self._content

    @property
    def message(self) -> Message:
        """The HL7 v2 message; raises RefusalError when it cannot be read as one."""
        if self._message is None:
            self._message = parse(self._content or b"")[0]
        return self._message

    @property
    def trigger(self) -> str:
        """`ADT^A01`, `850`, `ORDERS`, `OrderRequest`, `SupplyRequest`; empty when unknown."""
        return self.message.trigger if self.format == "hl7v2" else kind_of(self)

    def get(self, path: str) -> str:
        """Return a field's text; `trigger` is the kind. Other formats have no paths: empty."""
        if path == TRIGGER:
            return self.trigger
        return self.message.get(path) if self.format == "hl7v2" else ""

    def __repr__(self) -> str:
        return f"<subject {self.format}>"


@dataclass(frozen=True, slots=True)
class Identity:
    """By what a message is known: its number, and the key that tells a repetition."""

    control_id: str
    transport_key: str


def identity(format: str, content: bytes) -> Identity:
    """Return what a message is known by.

    Raises RefusalError with the format's code and position when its envelope cannot be read.
    """
    match format:
        case "hl7v2":
            found = header(content)
            return Identity(found.control_id, found.transport_key)
        case "x12":
            interchange, problems = x12.parse(content)
            _check(problems)
            parties = (interchange.sender.id, interchange.receiver.id)
            key = "\x1f".join((*parties, interchange.control_number))
            return Identity(interchange.control_number, key)
        case "edifact":
            exchange, found_problems = edifact.parse(content)
            _check(found_problems)
            at = exchange.header
            reference = exchange.reference
            return Identity(reference, "\x1f".join((at.value(2), at.value(3), reference)))
        case "cxml":
            document, xml_problems = cxml.parse(content)
            if document is None:
                first = xml_problems[0]
                raise RefusalError(first.code, first.text, path=first.path, offset=first.offset)
            return Identity(document.payload_id, document.payload_id or _digest(content))
        case "fhir":
            resource, json_problems = fhir.parse(content)
            if resource is None:
                first = json_problems[0]
                raise RefusalError(first.code, first.text, path=first.path, offset=first.offset)
            return Identity(resource.id, _digest(content))
    return Identity("", _digest(content))


def kind_of(subject: Subject) -> str:
    """Return what the format calls the first document of the content, empty when unknown."""
    content = subject.content
    match subject.format:
        case "x12":
            return next((found.id for found in x12.parse(content)[0].sets), "")
        case "edifact":
            return next((found.type for found in edifact.parse(content)[0].messages), "")
        case "cxml":
            document, _ = cxml.parse(content)
            return document.kind if document is not None else ""
        case "fhir":
            resource, _ = fhir.parse(content)
            return resource.type if resource is not None else ""
    return ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _check(problems: list[Problem]) -> None:
    for found in problems:
        if found.severity is Severity.ERROR:
            raise RefusalError(found.code, found.text, path=found.path, offset=found.offset)
