"""CloudEvents 1.0: written and read as the reference library does, refused with a code."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_binary_event,
    from_structured_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent as Reference
from hypothesis import given
from hypothesis import strategies as st

from suture.connectivity.cloudevents import (
    STRUCTURED,
    CloudEvent,
    binary_headers,
    read_binary,
    read_structured,
    structured,
)
from suture.core.refusal import RefusalError

AT = datetime(2026, 11, 23, 18, 30, 15, 250_000, tzinfo=UTC)
TEXT = st.text(
    st.characters(min_codepoint=0x20, exclude_categories=("Cs", "Cc")), min_size=1, max_size=60
)
EVENTS = st.builds(
    CloudEvent,
    id=TEXT,
    source=TEXT,
    type=TEXT,
    content=st.binary(max_size=200),
    content_type=st.sampled_from(["", "application/octet-stream", "text/plain", "application/xml"]),
    subject=st.one_of(st.just(""), TEXT),
    time=st.one_of(st.none(), st.datetimes(timezones=st.just(UTC))),
)


def event(content: bytes = b"MSH|", content_type: str = "x-application/hl7-v2+er7") -> CloudEvent:
    """Return an event with everything."""
    return CloudEvent("id-1", "urn:x", "org.x", content, content_type, "sub ject", AT)


def test_headers_are_percent_encoded() -> None:
    """Blanks, quotes, percent signs and what is not ASCII are; the rest stands as it is."""
    made = binary_headers(CloudEvent('a b"c%', "urn:é/x?y=1", "t", b"", "text/plain", time=AT))
    assert made == {
        "ce-specversion": "1.0",
        "ce-id": "a%20b%22c%25",
        "ce-source": "urn:%C3%A9/x?y=1",
        "ce-type": "t",
        "ce-time": "2026-11-23T18:30:15.250000Z",
        "content-type": "text/plain",
    }


def test_json_stands_as_json_and_all_else_as_base64() -> None:
    """What says it is JSON and is none goes as bytes; numbers keep their digits."""
    as_json = structured(event(b'{"price": 1.10}', "application/fhir+json"))
    assert b'"data":{"price": 1.10}' in as_json
    assert read_structured(STRUCTURED, as_json) == event(
        b'{"price": 1.10}', "application/fhir+json"
    )
    for content, kind in ((b"{broken", "application/json"), (b"MSH|\xe9\r", "text/plain")):
        members = json.loads(structured(event(content, kind)))
        assert "data" not in members
        assert base64.b64decode(members["data_base64"]) == content


@given(EVENTS)
def test_both_modes_give_back_what_was_written(one: CloudEvent) -> None:
    """Any event of any content."""
    assert read_binary(binary_headers(one).items(), one.content) == one
    if one.content_type or not _is_json(one.content):
        assert read_structured(STRUCTURED + "; charset=utf-8", structured(one)) == one


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


@given(EVENTS)
def test_the_reference_library_reads_what_is_written(one: CloudEvent) -> None:
    """In both modes: the same attributes, the same content."""
    headers = binary_headers(one)
    seen: Any = from_binary_event(HTTPMessage(headers, one.content))
    whole: Any = from_structured_event(HTTPMessage({"content-type": STRUCTURED}, structured(one)))
    for found in (seen, whole):
        assert found.get_id() == one.id
        assert found.get_source() == one.source
        assert found.get_type() == one.type
        assert (found.get_subject() or "") == one.subject
        assert one.time is None or found.get_time() == one.time
    if one.content_type:
        assert (whole.get_data() or b"") == one.content


@given(EVENTS)
def test_what_the_reference_library_writes_is_read(one: CloudEvent) -> None:
    """In both modes."""
    attributes: dict[str, Any] = {"id": one.id, "source": one.source, "type": one.type}
    if one.content_type:
        attributes["datacontenttype"] = one.content_type
    for made in (
        to_binary_event(Reference(dict(attributes), one.content)),
        to_structured_event(Reference(dict(attributes), one.content)),
    ):
        if "ce-id" in made.headers:
            found = read_binary(made.headers.items(), made.body)
        else:
            found = read_structured(made.headers["content-type"], made.body)
        assert (found.id, found.source, found.type) == (one.id, one.source, one.type)
        assert found.content == one.content
        assert found.key == one.key


def test_a_time_keeps_its_instant() -> None:
    """Offsets and small letters are as RFC 3339 has them."""
    members = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": 1}
    found = read_structured(
        STRUCTURED, json.dumps(members | {"time": "2026-11-23t20:30:15.25+02:00"}).encode()
    )
    assert found.time == AT.astimezone(timezone(timedelta(hours=2)))


def test_text_is_content_when_its_type_is_no_json() -> None:
    """Else it is a JSON string, quotes and all (JSON format 3.1)."""
    members = {"specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": "a\r"}
    whole = read_structured(STRUCTURED, json.dumps(members).encode())
    plain = read_structured(
        STRUCTURED, json.dumps(members | {"datacontenttype": "text/plain"}).encode()
    )
    assert (whole.content, plain.content) == (b'"a\\r"', b"a\r")


def test_extensions_may_be_numbers_and_null_is_absent() -> None:
    """Small whole numbers, true and false; nothing is made of them."""
    members = {
        "specversion": "1.0", "id": "1", "source": "s", "type": "t", "data": 1,
        "sequence": -5, "sampled": True, "subject": None, "data_base64": None,
    }  # fmt: skip
    assert read_structured(STRUCTURED, json.dumps(members).encode()).subject == ""


def test_an_id_alone_is_no_key() -> None:
    """Source and id together are, and their border counts."""
    keys = {
        CloudEvent(id, source, "t", b"").key
        for id, source in (("1", "a"), ("1", "b"), ("2", "a"), ("a", "1"))
    }
    assert len(keys) == 4
    assert CloudEvent("1", "a", "t", b"x").key in keys


GOOD = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "t"}


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ({"ce-id": ""}, "cloudevents.missing", "id"),
        ({"ce-type": ""}, "cloudevents.missing", "type"),
        ({"ce-specversion": "0.3"}, "cloudevents.version", "specversion"),
        ({"content-type": STRUCTURED}, "cloudevents.mode", ""),
        ({"content-type": "application/cloudevents-batch+json"}, "cloudevents.mode", ""),
        ({"CE-ID": "2"}, "cloudevents.attribute", "id"),
        ({"ce-id": "%ff"}, "cloudevents.attribute", "id"),
        ({"ce-id": "\xe9"}, "cloudevents.attribute", "id"),
        ({"ce-id": "a%0d%0ab"}, "cloudevents.attribute", "id"),
        ({"ce-id": "x" * 1025}, "cloudevents.attribute", "id"),
        ({"ce-a_b": "x"}, "cloudevents.attribute", ""),
        ({"ce-time": "yesterday"}, "cloudevents.attribute", "time"),
        ({"ce-time": "2026-02-30T00:00:00Z"}, "cloudevents.attribute", "time"),
        ({f"ce-x{n}": "1" for n in range(60)}, "cloudevents.attribute", "x46"),
    ],
)
def test_headers_that_are_no_event_are_refused(
    change: dict[str, str], code: str, path: str
) -> None:
    """With a code and the attribute's name; its value is in no text."""
    with pytest.raises(RefusalError) as caught:
        read_binary([*GOOD.items(), *change.items()] if "CE-ID" in change else
                    (GOOD | change).items(), b"")  # fmt: skip
    assert (caught.value.code, caught.value.path) == (code, path)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "cloudevents.json"),
        (b"[]", "cloudevents.json"),
        (b'{"data": ' + b"[" * 100_000 + b"}", "cloudevents.json"),
        (b"\xff{}", "cloudevents.json"),
        (b"{}", "cloudevents.data"),
        (b'{"data": 1}', "cloudevents.missing"),
        (b'{"data": 1, "data_base64": "aa=="}', "cloudevents.data"),
        (b'{"data_base64": "SYN"}', "cloudevents.data"),
        (b'{"data_base64": "aaa\xc3\xa9"}', "cloudevents.data"),
        (b'{"data_base64": 5}', "cloudevents.data"),
        (b'{"data": 1, "id": 5}', "cloudevents.attribute"),
        (b'{"data": 1, "x": {"SYN": 1}}', "cloudevents.attribute"),
        (b'{"data": 1, "x": 4294967296}', "cloudevents.attribute"),
        (b'{"specversion":"1.0","id":"\\u0000","source":"s","type":"t","data":1}',
         "cloudevents.attribute"),
    ],
)  # fmt: skip
def test_bodies_that_are_no_event_are_refused(body: bytes, code: str) -> None:
    """With a code, and without a word of what they hold."""
    with pytest.raises(RefusalError) as caught:
        read_structured(STRUCTURED, body)
    assert caught.value.code == code
    assert "SYN" not in str(caught.value)


@pytest.mark.parametrize("kind", ["", "application/json", STRUCTURED + "; charset=utf-16"])
def test_another_media_type_is_not_read_as_an_event(kind: str) -> None:
    """A guess would make an event of anything."""
    with pytest.raises(RefusalError) as caught:
        read_structured(kind, b"{}")
    assert caught.value.code == "cloudevents.mode"


def test_an_event_shows_no_content() -> None:
    """Its repr may stand in a log."""
    assert "MSH" not in repr(event())
