"""Hostile and large documents: bounded, refused or streamed, and never changed by reading."""

from __future__ import annotations

import itertools
import resource
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.formats.cxml import (
    Document,
    StreamLimits,
    offsets_of,
    parse,
    set_text,
    stream_items,
    unpack,
    validate,
)
from suture.formats.cxml.attachment import PackageLimits

PARTY = '<Credential domain="NetworkId"><Identity>SYNTH</Identity></Credential>'
HEAD = (
    '<cXML payloadID="1@synth" timestamp="2027-01-08T09:15:00Z" xml:lang="en">'
    f"<Header><From>{PARTY}</From><To>{PARTY}</To><Sender>{PARTY}</Sender></Header>"
)


def text(body: str, declaration: str = "") -> str:
    """Return a request around `body`."""
    return f"{declaration}{HEAD}<Request>{body}</Request></cXML>"


def read(body: str, declaration: str = "", codec: str = "utf-8") -> Document:
    """Return the parsed request around `body`."""
    found, _ = parse(text(body, declaration).encode(codec))
    assert found is not None
    return found


# ---- what may arrive


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a million elements", text("<A>" + "<B/>" * 1_000_000 + "</A>").encode()),
        ("a million attributes", text(
            "<A " + " ".join(f'a{n}=""' for n in range(1_000_000)) + "/>").encode()),
        ("a million end tags", (text("") + "</A>" * 1_000_000).encode()),
        ("deep nesting", text("<A>" * 100_000 + "</A>" * 100_000).encode()),
        ("a million comments", text("<!---->" * 1_000_000).encode()),
        ("a long name", text("<" + "A" * 5_000_000 + "/>").encode()),
        ("zero bytes", text("<A/>").encode().replace(b"<A/>", b"<A>\0\0</A>")),
        ("zero bytes all over", text("<A/>").encode("utf-32")),
        ("wrong encoding label", text("<A>\xe9</A>", '<?xml version="1.0" encoding="UTF-8"?>')
         .encode("latin-1")),
        ("unknown encoding", text("<A/>", '<?xml version="1.0" encoding="SYNTH-9"?>').encode()),
        ("wide label on narrow bytes",
         text("<A/>", '<?xml version="1.0" encoding="UTF-16"?>').encode()),
        ("narrow label on wide bytes", b"\xff\xfe" + text(
            "<A/>", '<?xml version="1.0" encoding="ISO-8859-1"?>').encode("utf-16-le")),
        ("old version", text("<A/>", '<?xml version="7.0"?>').encode()),
        ("truncated", text("<A/>").encode()[:-3]),
        ("two documents", (text("<A/>") * 2).encode()),
        ("many namespaces", text(
            "<A " + " ".join(f'xmlns:n{n}="n{n}"' for n in range(20_000)) + "/>").encode()),
        ("text of twelve megabytes", text("<A>" + "x" * 12_000_000 + "</A>").encode()),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)  # fmt: skip
def test_what_is_hostile_costs_little(name: str, content: bytes) -> None:
    """Read or refused, within seconds; a document gives its bytes back."""
    start = time.process_time()
    found, problems = parse(content)
    assert time.process_time() - start < 10, name
    assert found is not None or problems[0].severity is Severity.ERROR
    assert found is None or bytes(found) == content


@given(st.binary(max_size=60), st.integers(0, 400))
def test_a_damaged_document_is_checked_without_exception(junk: bytes, place: int) -> None:
    """Whatever parses can be checked, with or without sense."""
    content = text('<OrderRequest><OrderRequestHeader orderID="1"/></OrderRequest>').encode()
    found, _ = parse(content[:place] + junk + content[place + len(junk) :])
    if found is not None:
        validate(found)
        assert len(offsets_of(found, found.root.iter("*"))) in (
            0,
            sum(1 for _ in found.root.iter("*")),
        )


# ---- changing one value


@pytest.mark.parametrize(
    ("body", "xpath", "value", "expected"),
    [
        ("<A>one</A>", "//A", "two", "<A>two</A>"),
        ("<A/>", "//A", "<&>", "<A>&lt;&amp;&gt;</A>"),
        ("<A  b = 'x' />", "//A", "y", "<A  b = 'x' >y</A>"),
        ("<A><!-- <x> -->one<![CDATA[<]]></A>", "//A", "two", "<A>two</A>"),
        ("<A  b = 'x'  c=\"y\"/>", "//A/@b", "it's", "<A  b = \"it's\"  c=\"y\"/>"),
        ("<A c=\" b='z' \" b='x'/>", "//A/@b", 'a"b\nc', "<A c=\" b='z' \" b=\"a&quot;b&#10;c\"/>"),
        ("<A>one</A>", "//A/text()", "two", "<A>two</A>"),
        ("<A xml:lang='en'/>", "//A/@xml:lang", "de", "<A xml:lang=\"de\"/>"),
        ("<A b='1'/><A b='2'/>", "//A[2]/@b", "3", "<A b='1'/><A b=\"3\"/>"),
    ],
)  # fmt: skip
def test_one_value_changes_and_nothing_else(
    body: str, xpath: str, value: str, expected: str
) -> None:
    """Blanks, quotes and comments around the value stay as they were written."""
    before = read(f"<O>\n {body} </O>")
    after = set_text(before, xpath, value)
    assert bytes(after).decode() == text(f"<O>\n {expected} </O>")
    assert bytes(before).decode() == text(f"<O>\n {body} </O>")


@pytest.mark.parametrize(
    ("codec", "expected"), [("utf-8", "é€".encode()), ("iso-8859-1", b"\xe9&#8364;")]
)
def test_a_change_keeps_the_encoding(codec: str, expected: bytes) -> None:
    """What the encoding lacks is written as a reference."""
    found = read("<A>x</A>", f'<?xml version="1.0" encoding="{codec}"?>', codec)
    after = set_text(found, "//A", "é€")
    assert b"<A>" + expected + b"</A>" in bytes(after)
    assert after.root.findtext(".//A") == "é€"


@pytest.mark.parametrize(
    "xpath", ["//B", "//A", "//C", "//C/text()", "count(//A)", "//[", "string(//A)", "/cXML"]
)
def test_a_change_needs_one_target(xpath: str) -> None:
    """Nothing, several, or an element with children is refused."""
    with pytest.raises(RefusalError) as caught:
        set_text(read("<O><A/><A/><C>x<D/></C></O>"), xpath, "y")
    assert caught.value.code == "cxml.edit-target"


def test_a_change_that_cannot_be_written_is_refused() -> None:
    """A character that XML does not have; an encoding whose markup is not ASCII."""
    with pytest.raises(RefusalError) as caught:
        set_text(read("<A>x</A>"), "//A", "\x00")
    assert caught.value.code == "cxml.character"
    wide = read("<A>x</A>", '<?xml version="1.0" encoding="UTF-16"?>', "utf-16")
    with pytest.raises(RefusalError) as caught:
        set_text(wide, "//A", "y")
    assert caught.value.code == "cxml.edit-target"


TEXT = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc",)))


@given(TEXT, st.sampled_from(["//A", "//A/@b"]))
def test_any_text_is_set(value: str, xpath: str) -> None:
    """The document holds exactly what was set."""
    after = set_text(read("<O><A b='x'>y</A></O>"), xpath, value)
    (element,) = after.root.iter("A")
    assert ((element.text or "") if xpath == "//A" else element.get("b")) == value


# ---- streaming


def item(number: int) -> bytes:
    """Return one item of a catalogue."""
    return (
        f"<IndexItem><IndexItemAdd><ItemID><SupplierPartID>KF-{number}</SupplierPartID></ItemID>"
        '<ItemDetail><UnitPrice><Money currency="USD">1.50</Money></UnitPrice>'
        '<Description xml:lang="en">SYNTH</Description><UnitOfMeasure>EA</UnitOfMeasure>'
        '<Classification domain="UNSPSC">42320000</Classification></ItemDetail>'
        "<IndexItemDetail><LeadTime>3</LeadTime></IndexItemDetail></IndexItemAdd></IndexItem>"
    ).encode()


def catalogue(count: int, end: bytes = b"</Index></Message></cXML>") -> Iterator[bytes]:
    """Yield the pieces of a catalogue."""
    yield f"{HEAD}<Message><Index><SupplierID domain='DUNS'>9</SupplierID>".encode()
    yield from (item(number) for number in range(count))
    yield end


def test_a_catalogue_is_read_item_by_item() -> None:
    """Each item has its values; the pieces may be cut anywhere."""
    whole = b"".join(catalogue(3))
    for size in (1, 7, 4096):
        pieces = (whole[place : place + size] for place in range(0, len(whole), size))
        found = list(stream_items(pieces))
        assert [one.operation for one in found] == ["add"] * 3
        assert [one.item.item.supplier_part_id for one in found if one.item] == [
            "KF-0",
            "KF-1",
            "KF-2",
        ]
        assert not any(one.problems for one in found)


def test_the_memory_does_not_grow_with_the_catalogue() -> None:
    """Twenty megabytes of items pass through a process that grows by less than a third of them."""
    fat = item(1).replace(b"SYNTH", b"SYNTH" * 1_000)

    def run(count: int) -> int:
        head, end = catalogue(0)
        pieces = itertools.chain([head], itertools.repeat(fat, count), [end])
        assert sum(1 for _ in stream_items(pieces)) == count
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = run(100)
    assert run(4_000) - before < 6_000


@pytest.mark.parametrize(
    ("pieces", "code"),
    [
        ([b"<a"], "cxml.not-xml"),
        ([b""], "cxml.not-xml"),
        (list(catalogue(2, b"")), "cxml.not-xml"),
        ([b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"], "cxml.entity-declaration"),
        ([b"<!DOCTYPE a [<!ELEMENT a ANY>]><a/>"], "cxml.entity-declaration"),
        ([b"<a>" * 250], "cxml.too-large"),
    ],
)
def test_a_stream_that_stops_says_why(pieces: list[bytes], code: str) -> None:
    """The last one has no operation, and the reason."""
    *_, last = stream_items(pieces)
    assert (last.operation, last.item, last.problems[0].code) == ("", None, code)


@pytest.mark.parametrize(
    "limits", [StreamLimits(bytes_max=500), StreamLimits(items_max=1), StreamLimits(depth_max=3)]
)
def test_a_stream_has_limits(limits: StreamLimits) -> None:
    """Bytes, items and depth are bounded."""
    *_, last = stream_items(catalogue(5), limits=limits)
    assert last.problems[0].code == "cxml.too-large"


def test_one_item_cannot_fill_the_memory() -> None:
    """An item with thousands of elements ends the stream."""
    pieces = [HEAD.encode(), b"<Message><Index><IndexItemAdd>", b"<X/>" * 6_000]
    *_, last = stream_items(pieces)
    assert last.problems[0].code == "cxml.too-large"


def test_an_item_that_cannot_be_read_does_not_stop_the_stream() -> None:
    """Its problems are stated and the next one is read."""
    bad = b"<IndexItem><IndexItemDelete/></IndexItem>"
    pieces = [next(catalogue(0)), bad, item(1), b"</Index></Message></cXML>"]
    first, second = stream_items(pieces)
    assert (first.operation, first.item) == ("delete", None)
    assert first.problems[0].code == "cxml.value-missing"
    assert second.item is not None


# ---- parts


def package(*parts: tuple[str, bytes], end: bytes = b"--b1--\r\n") -> bytes:
    """Return a multipart content of (headers, body)."""
    whole = b"".join(
        b"--b1\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n" for head, body in parts
    )
    return b"preamble\r\n" + whole + end


XML = ("Content-Type: text/xml; charset=UTF-8\r\nContent-ID: <doc@synth>", b"<cXML/>")
SCAN = (
    'Content-Type: application/pdf; name="a.pdf"\r\nContent-ID:\r\n <scan@synth>\r\n'
    "Content-Transfer-Encoding: base64",
    b"U1lO\r\nVEg=",
)
TYPE = 'multipart/related; boundary="b1"; type="text/xml"; start="<doc@synth>"'


def test_a_package_is_taken_apart() -> None:
    """The document, and its attachments by their address, decoded."""
    found, problems = unpack(package(SCAN, XML), TYPE)
    assert problems == []
    assert found is not None and found.document == b"<cXML/>"
    (scan,) = found.attachments
    assert (scan.content_id, scan.content_type, scan.file_name) == (
        "scan@synth",
        "application/pdf",
        "a.pdf",
    )
    assert scan.content == b"SYNTH"
    assert found.find("cid:scan@synth") is scan
    assert found.find("cid:other") is None
    assert "SYNTH" not in repr(found) + repr(scan)


def test_what_is_one_part_is_the_document() -> None:
    """Without multipart there is nothing to take apart."""
    found, problems = unpack(b"<cXML/>", "text/xml; charset=UTF-8")
    assert problems == []
    assert found is not None and (found.document, found.attachments) == (b"<cXML/>", ())


@pytest.mark.parametrize(
    ("data", "kind", "code"),
    [
        (package(XML), "multipart/related", "cxml.multipart"),
        (package(XML), f"multipart/related; boundary={'b' * 71}", "cxml.multipart"),
        (package(XML, end=b""), TYPE, "cxml.multipart"),
        (package(SCAN), TYPE, "cxml.multipart"),
        (package(SCAN), "multipart/mixed; boundary=b1", "cxml.multipart"),
        (b"", TYPE, "cxml.multipart"),
        (package(*[XML] * 101), TYPE, "cxml.too-large"),
    ],
)
def test_parts_that_cannot_be_told_apart_are_refused(data: bytes, kind: str, code: str) -> None:
    """No boundary, no end, no document, too many."""
    found, problems = unpack(data, kind)
    assert found is None
    assert problems[-1].code == code


@pytest.mark.parametrize(
    "part",
    [
        ("Content-Transfer-Encoding: base64", b"?"),
        ("Content-Transfer-Encoding: rot13", b"x"),
        ("X: " + "y" * 9_000, b"x"),
    ],
)
def test_a_part_that_cannot_be_decoded_is_left_out(part: tuple[str, bytes]) -> None:
    """The document is read all the same."""
    found, problems = unpack(package(XML, part), TYPE)
    assert found is not None and found.attachments == ()
    assert [problem.code for problem in problems] == ["cxml.attachment"]


def test_an_address_that_stands_twice_is_stated() -> None:
    """Which attachment is meant would be a guess."""
    _, problems = unpack(package(XML, SCAN, SCAN), TYPE)
    assert [problem.code for problem in problems] == ["cxml.attachment"]


def test_empty_parts_and_other_encodings_are_read() -> None:
    """An empty part, quoted-printable, bare line feeds."""
    quoted = ("Content-Transfer-Encoding: quoted-printable", b"a=3Db")
    data = package(XML, quoted).replace(b"--b1--", b"--b1\r\n\r\n--b1--")
    found, problems = unpack(data, TYPE)
    assert problems == []
    assert found is not None
    assert [part.content for part in found.attachments] == [b"a=b", b""]
    bare, _ = unpack(package(XML).replace(b"\r\n", b"\n"), TYPE)
    assert bare is not None and bare.document == b"<cXML/>"


def test_a_package_is_bounded() -> None:
    """Bytes are counted before anything else."""
    found, problems = unpack(package(XML), TYPE, limits=PackageLimits(bytes_max=10))
    assert (found, problems[0].code) == (None, "cxml.too-large")


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_parts_are_read_without_exception(data: bytes, more: str) -> None:
    """Nothing that arrives raises, whatever its type says."""
    unpack(data, more)
    unpack(b"--b1\r\n" + data + b"\r\n--b1--", TYPE + more)
