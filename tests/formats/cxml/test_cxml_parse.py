"""cXML documents: the envelope is read, the secret stays hidden, hostile documents are refused."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Problem, Severity
from suture.formats.cxml import (
    PROBLEM_CODES,
    Credential,
    Limits,
    free_texts,
    looks_like,
    parse,
    status_for,
)

DOCTYPE = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.063/Fulfill.dtd">'
HEADER = """<Header>
<From><Credential domain="DUNS"><Identity>900000001</Identity></Credential>
<Credential domain="NetworkId"><Identity>SYNTHSUP</Identity></Credential></From>
<To><Credential domain="NetworkId"><Identity>SYNTHBUYER</Identity></Credential></To>
<Sender><Credential domain="NetworkId"><Identity>SYNTHNET</Identity>
<SharedSecret>open-sesame</SharedSecret></Credential><UserAgent>SYNTH 1</UserAgent></Sender>
</Header>"""


def document(
    request: str = "<ProfileRequest/>",
    *,
    doctype: str = DOCTYPE,
    header: str = HEADER,
    attributes: str = 'payloadID="1.2@synth" timestamp="2027-01-08T09:15:00-05:00"',
) -> bytes:
    """Return a cXML request of our own."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}\n<cXML {attributes}>{header}'
        f'<Request deploymentMode="test">{request}</Request></cXML>\n'
    ).encode()


def codes(content: bytes) -> list[str]:
    """Return the codes of the problems of a document."""
    return [problem.code for problem in parse(content)[1]]


def test_a_sound_document_gives_its_envelope() -> None:
    """Payload id, time in UTC, kind, parties and mode are read; the bytes come back (S52)."""
    content = document()
    found, problems = parse(content)
    assert problems == []
    assert found is not None
    assert bytes(found) == content
    assert (found.payload_id, found.kind) == ("1.2@synth", "ProfileRequest")
    assert found.timestamp == datetime(2027, 1, 8, 14, 15, tzinfo=UTC)
    assert (found.deployment_mode, found.is_test) == ("test", True)
    assert found.credentials.sender_of_document == (
        Credential("DUNS", "900000001"),
        Credential("NetworkId", "SYNTHSUP"),
    )
    assert found.credentials.receiver == (Credential("NetworkId", "SYNTHBUYER"),)
    assert found.credentials.sender == (Credential("NetworkId", "SYNTHNET"),)


@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "iso-8859-1"])
def test_declared_encodings_are_read(codec: str) -> None:
    """The XML declaration names the encoding."""
    text = document(header=HEADER.replace("SYNTHNET", "SYNTHÜ")).decode()
    found, problems = parse(text.replace("UTF-8", codec).encode(codec))
    assert problems == []
    assert found is not None
    assert found.credentials.sender == (Credential("NetworkId", "SYNTHÜ"),)


def test_the_secret_is_compared_and_never_shown() -> None:
    """The right secret agrees, any other does not, and no repr or format gives it away."""
    found, _ = parse(document())
    assert found is not None
    assert found.verify_secret("open-sesame")
    for wrong in ("open-sesam", "open-sesame ", "", "OPEN-SESAME", "é"):
        assert not found.verify_secret(wrong)
    shown = [repr(found), str(found), repr(found.secret), str(found.secret), f"{found.secret:>20}"]
    assert not any("sesame" in text for text in shown)


def test_without_a_secret_nothing_agrees() -> None:
    """A missing secret is not equal to an empty expectation."""
    bare = HEADER.replace("<SharedSecret>open-sesame</SharedSecret>", "")
    found, _ = parse(document(header=bare))
    assert found is not None
    assert not found.verify_secret("")
    assert not found.verify_secret("open-sesame")


LAUGHS = "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' if n else '<!ENTITY l0 "lol">' for n in range(10)
)
HOSTILE = {
    "internal entity": '<!DOCTYPE cXML [<!ENTITY a "b">]>',
    "billion laughs": f"<!DOCTYPE cXML [{LAUGHS}]>",
    "external file": '<!DOCTYPE cXML [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "external address": '<!DOCTYPE cXML [<!ENTITY a SYSTEM "http://127.0.0.1:9/a">]>',
    "parameter entity": '<!DOCTYPE cXML [<!ENTITY % a SYSTEM "http://127.0.0.1:9/a.dtd"> %a;]>',
    "beside the public DTD": DOCTYPE[:-1] + ' [<!ENTITY a "b">]>',
    "element declaration": "<!DOCTYPE cXML [<!ELEMENT cXML ANY>]>",
    "default attribute": '<!DOCTYPE cXML [<!ATTLIST cXML payloadID CDATA "1">]>',
    "empty subset": "<!DOCTYPE cXML []>",
    "bracket after quotes": '<!DOCTYPE cXML SYSTEM "a>\'b" [ ]>',
}


@pytest.mark.parametrize("doctype", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_a_doctype_that_declares_is_refused_at_once(doctype: str, codec: str) -> None:
    """Bombs, files and addresses are refused before anything expands, in any encoding."""
    text = document("<A>&a;</A><B>&l9;</B>", doctype=doctype).decode()
    start = time.process_time()
    found, (problem,) = parse(text.replace("UTF-8", codec).encode(codec))
    assert time.process_time() - start < 0.5
    assert found is None
    assert (problem.code, problem.severity) == ("cxml.entity-declaration", Severity.ERROR)
    assert status_for(problem) == 406


@pytest.mark.parametrize(
    "part", [b"<!DOCTYPE ", b"<!DOCTYPE a '", b"<!DOCTYPE a \"'", b"'a' ", b"<a>", b"<!DOCTYPE ["]
)
def test_the_search_for_declarations_is_linear(part: bytes) -> None:
    """A megabyte of beginnings costs no more than a look at each byte."""
    start = time.process_time()
    assert parse(b"<!DOCTYPE cXML " + part * (1_000_000 // len(part)))[0] is None
    assert time.process_time() - start < 1


def test_an_entity_that_nobody_declared_is_refused() -> None:
    """With an external DTD a reference to an unknown entity would stay in the tree."""
    assert codes(document("<A>&unknown;</A>"))[0] in {"cxml.entity-declaration", "cxml.not-xml"}
    assert parse(document("<A>&unknown;</A>"))[0] is None


def test_the_five_entities_of_xml_are_text() -> None:
    """`&amp;` and character references are no entities in this sense."""
    found, problems = parse(document("<A><Comments>a &amp; b &#233;</Comments></A>"))
    assert problems == []
    assert found is not None
    assert free_texts(found) == ["a & b é"]


@pytest.mark.parametrize(
    "content",
    [b"", b"   ", b"<cXML>", b"not xml", b"\xff\xfe\x00", b"\x00" * 9, b"ISA*00*", document()[:-9]],
)
def test_what_is_no_xml_is_stated_without_its_text(content: bytes) -> None:
    """The parser's own message, which repeats content, is not passed on."""
    found, (problem,) = parse(content)
    assert found is None
    assert problem.code == "cxml.not-xml"
    assert problem.text == "the content is not XML"


@pytest.mark.parametrize("content", [b"<html/>", b"<cXML/>", b"<cXML><Request/></cXML>"])
def test_what_is_no_cxml_is_stated(content: bytes) -> None:
    """XML that holds no request, message or response is refused."""
    assert parse(content)[0] is None
    assert codes(content) == ["cxml.not-cxml"]


def test_limits_hold() -> None:
    """Too many bytes or elements are refused, and nesting has an end."""
    assert parse(document(), limits=Limits(bytes_max=100))[1][0].code == "cxml.too-large"
    many = document("<A>" + "<B/>" * 50 + "</A>")
    assert parse(many, limits=Limits(elements_max=40))[1][0].code == "cxml.too-large"
    assert codes(document("<A>" * 5000 + "</A>" * 5000)) == ["cxml.not-xml"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (document(attributes='timestamp="2027-01-08T09:15:00Z"'), "cxml.no-payload-id"),
        (document(attributes='payloadID="1" timestamp="yesterday"'), "cxml.timestamp"),
        (document(attributes='payloadID="1" timestamp="2027-01-08T09:15:00"'), "cxml.no-zone"),
        (document(attributes='payloadID="1" timestamp="0001-01-01T00:00:00+14:00"'),
         "cxml.timestamp"),
        (document(header=""), "cxml.credential"),
        (document(header=HEADER.replace("SYNTHNET", " ")), "cxml.credential"),
    ],
)  # fmt: skip
def test_a_weak_envelope_is_stated(content: bytes, code: str) -> None:
    """What is missing from the envelope is stated; the document is still there to be kept."""
    found, _ = parse(content)
    assert found is not None
    assert bytes(found) == content
    assert codes(content)[0] == code


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("cxml.not-xml", 406),
        ("cxml.credential", 401),
        ("cxml.secret", 401),
        ("cxml.kind", 450),
        ("cxml.value-missing", 400),
        ("x.other", 400),
    ],
)
def test_every_error_has_its_status(code: str, status: int) -> None:
    """Errors of content answer 4xx, so that nobody repeats them; warnings answer 200 (2.0.7)."""
    assert status_for(Problem(code, Severity.ERROR, "text")) == status
    assert status_for(Problem(code, Severity.WARNING, "text")) == 200


def test_comments_and_processing_instructions_do_not_matter() -> None:
    """They may stand anywhere and are no request."""
    found, problems = parse(document("<!-- SYNTH --><?synth x?><ProfileRequest/>"))
    assert problems == []
    assert found is not None and found.kind == "ProfileRequest"


def test_free_texts_are_gathered_for_the_scan() -> None:
    """Comments and Extrinsic anywhere are given to the scan before egress (spec 2.0.7)."""
    body = (
        '<A><Comments>one<Attachment/> two</Comments><B><Extrinsic name="x">3</Extrinsic></B></A>'
    )
    found, _ = parse(document(body))
    assert found is not None
    assert free_texts(found) == ["one two", "3"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (document(), True),
        (document().decode().encode("utf-16"), True),
        (b"\xef\xbb\xbf" + document(), True),
        (b"<html>", False),
        (b"ISA*00", False),
        (b"", False),
    ],
)
def test_looks_like_tells_documents_apart(content: bytes, expected: bool) -> None:
    """A document is told to be cXML by its first bytes."""
    assert looks_like(content) is expected


@given(st.data())
def test_a_damaged_document_never_raises(data: st.DataObject) -> None:
    """Any byte may be replaced, removed or doubled; what is read gives its bytes back."""
    content = document()
    place = data.draw(st.integers(0, len(content) - 1))
    damaged = content[:place] + data.draw(st.binary(max_size=4)) + content[place + 1 :]
    found, problems = parse(damaged)
    assert {problem.code for problem in problems} <= set(PROBLEM_CODES)
    assert found is None or bytes(found) == damaged


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_exception(content: bytes) -> None:
    """Nothing that arrives raises; without a document there is an error."""
    found, problems = parse(content)
    assert found is not None or problems[0].severity is Severity.ERROR
