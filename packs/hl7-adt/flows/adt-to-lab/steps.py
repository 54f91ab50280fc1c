"""Functions of this flow: each takes an HL7 v2 message and returns it changed."""

from suture.formats.hl7v2 import Message


def upper_case_names(message: Message) -> Message:
    """The laboratory's labels are printed in capitals."""
    for path in ("PID-5.1", "PID-5.2"):
        message = message.set(path, message.get(path).upper())
    return message
