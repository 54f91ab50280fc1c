"""What must hold for streams cut anywhere, for answers, and for what documents are read from bytes.

In: bytes; for a stream the first four say how long its pieces are. Out: nothing; an AssertionError
or any other exception is a finding. Refuses to know: who makes the bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import cycle

from suture.core.problem import Problem, Severity
from suture.core.refusal import RefusalError
from suture.documents.exchange import Standard, kind_of, read_document
from suture.formats import cxml, edifact, fhir, hl7v2, x12

_AT = datetime(2027, 1, 4, tzinfo=UTC)
_CUTS = 4
"""Bytes at the head of an input that are lengths of pieces, not content."""
_X12 = x12.Envelope(
    set_id="997",
    sender="SYNTHA",
    receiver="SYNTHB",
    interchange_control=1,
    group_control=1,
    at=_AT,
)
_EDIFACT = edifact.Envelope(
    sender=edifact.InterchangeParty("SYNTHA"),
    receiver=edifact.InterchangeParty("SYNTHB"),
    reference="1",
    at=_AT,
)


def hl7_v2_stream(data: bytes) -> None:
    """The cuts change neither messages nor places nor problems."""
    content, pieces = _cut(data)
    assert list(hl7v2.read_messages(pieces)) == list(hl7v2.read_messages([content]))


def x12_stream(data: bytes) -> None:
    """The cuts change neither sets nor places nor problems."""
    content, pieces = _cut(data)
    assert _sets(pieces) == _sets([content])


def edifact_stream(data: bytes) -> None:
    """The cuts change nothing, and the messages are those of the whole file."""
    content, pieces = _cut(data)
    read = [(m and (m.table.texts, m.table.offsets), p) for m, p in edifact.read_messages(pieces)]
    whole = edifact.read_messages([content])
    assert read == [(m and (m.table.texts, m.table.offsets), p) for m, p in whole]
    found, _ = edifact.parse_all(content)
    every = [(m.table.texts, m.table.offsets) for one in found for m in one.messages]
    assert [one for one, _ in read if one] == every


def cxml_stream(data: bytes) -> None:
    """The cuts change neither items nor problems of a catalogue."""
    content, pieces = _cut(data)
    assert list(cxml.stream_items(pieces)) == list(cxml.stream_items([content]))


def fhir_stream(data: bytes) -> None:
    """The cuts change neither lines nor problems; each line is what parsing it alone gives."""
    content, pieces = _cut(data)
    read = list(fhir.read_ndjson(pieces))
    whole = list(fhir.read_ndjson([content]))
    assert [_line(one) for one in read] == [_line(one) for one in whole]


def answers(data: bytes) -> None:
    """Whatever was parsed is answered with something that is read again, or refused with a code."""
    for received in x12.parse_all(data)[0]:
        problems = x12.validate(received)
        for make in (x12.functional_ack, x12.implementation_ack, x12.interchange_ack):
            try:
                answer = make(received, problems, _X12)
            except RefusalError:
                continue
            assert not answer or b"".join(map(bytes, x12.parse_all(answer)[0])) == answer
    for one in edifact.parse_all(data)[0]:
        faults = edifact.validate(one)
        try:
            made = [edifact.control(one, faults, _EDIFACT), edifact.receipt(one, _EDIFACT)]
        except RefusalError:
            continue
        for answer in made:
            assert not answer or len(edifact.parse_all(answer)[0]) == 1
    error = Problem("hl7v2.fuzz", Severity.ERROR, "fuzz", "PID-3")
    hl7v2.parse(hl7v2.ack_for_unparsable(data, code="AR", control_id="F1", at=_AT, error=error))


def exchange(data: bytes) -> None:
    """A document of any standard is read with problems, or refused with a code."""
    for standard in Standard:
        try:
            read_document(data, kind_of(data, standard), standard)
        except RefusalError:
            continue


def _cut(data: bytes) -> tuple[bytes, Iterator[bytes]]:
    lengths, content = data[:_CUTS] or b"\x01", data[_CUTS:]
    return content, _pieces(content, lengths)


def _pieces(content: bytes, lengths: bytes) -> Iterator[bytes]:
    start = 0
    for length in cycle(lengths):
        if start >= len(content):
            return
        yield content[start : start + max(length, 1)]
        start += max(length, 1)


def _sets(pieces: Iterable[bytes]) -> list[object]:
    return [
        (one and [(s.elements, s.offset, s.index) for s in one.segments], faults)
        for one, faults in x12.read_sets(pieces)
    ]


def _line(one: fhir.BulkLine) -> tuple[int, int, bytes | None, list[Problem]]:
    content = None if one.resource is None else bytes(one.resource)
    return one.number, one.offset, content, one.problems
