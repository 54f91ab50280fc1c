"""Joins a message that was sent in fragments (DSC and ADD, HL7 2.9 2.10.2).

In: the fragments in order. Out: one message. Refuses to know: where fragments wait for each other.
A fragment says in DSC-1 the pointer its successor repeats in MSH-14; a segment cut between
fragments ends with a bare ADD and goes on in the next fragment's first ADD line.
"""

from __future__ import annotations

from collections.abc import Sequence

from suture.core.refusal import RefusalError
from suture.formats.hl7v2.codes import DEFAULT, Limits
from suture.formats.hl7v2.parse import parse


def pointer(data: bytes) -> str:
    """Return DSC-1, the pointer to the next fragment; empty when the message is complete."""
    return parse(data)[0].get("DSC-1")


def join_fragments(fragments: Sequence[bytes], *, limits: Limits = DEFAULT) -> bytes:
    """Return the whole message: the first MSH, then every segment in order, without DSC.

    The lines keep their bytes; only a segment that was cut is made one again. Raises
    `RefusalError`: `hl7v2.fragment` when a pointer does not fit, one is still open or nothing was
    given; `hl7v2.too-large` when the whole is over the limit.
    """
    if not fragments:
        raise RefusalError("hl7v2.fragment", "there is no fragment to join")
    if sum(map(len, fragments)) > limits.bytes_max:
        raise RefusalError("hl7v2.too-large", f"a message has at most {limits.bytes_max} bytes")
    whole: list[bytes] = []
    expected = ""
    for number, fragment in enumerate(fragments):
        message, _ = parse(fragment, limits=limits)
        if number and (not expected or message.get("MSH-14") != expected):
            text = f"fragment {number + 1} does not continue the one before it"
            raise RefusalError("hl7v2.fragment", text, path="MSH-14")
        expected = message.get("DSC-1")
        separator = message.delimiters.octets[0]
        _take(whole, fragment.splitlines(True), separator, first=number == 0)
    if expected:
        text = "the last fragment points to another"
        raise RefusalError("hl7v2.fragment", text, path="DSC-1")
    return b"".join(whole)


def _take(whole: list[bytes], lines: list[bytes], separator: bytes, *, first: bool) -> None:
    """Add the lines of one fragment to `whole`, joining a cut segment."""
    cut = bool(whole) and whole[-1].rstrip(b"\r\n") == b"ADD"
    if cut:
        whole.pop()
    body = [line for line in lines if line[:3] != b"DSC" or line[3:4].isalnum()]
    if not first:
        body = [line for line in body if not line.startswith(b"MSH" + separator)]
        if cut and body and body[0].startswith(b"ADD" + separator):
            whole[-1] = whole[-1].rstrip(b"\r\n") + body[0][4:]
            body = body[1:]
        elif body and whole and not whole[-1].endswith((b"\r", b"\n")):
            whole[-1] += b"\r"
    whole.extend(body)
