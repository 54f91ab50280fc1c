"""CIF catalogues: read, streamed, written, and every fault stated by line."""

from __future__ import annotations

import itertools
import resource
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.problem import Severity
from suture.core.refusal import RefusalError
from suture.formats import cif
from suture.formats.cif import CatalogueItem, Header, Limits

NAMES = ",".join(cif.FIELD_NAMES)
ROW = "900000001,KF-1,MF-1,SYNTH VALVE,42320000,14.50,EA,3,SYNTH,,,20.00"
HEAD = "CIF_I_V3.0\nLOADMODE: F\nCODEFORMAT: UNSPSC\nCURRENCY: USD\nUNUOM: TRUE\n"


def catalogue(*rows: str, head: str = HEAD, end: str = "ENDOFDATA\n") -> bytes:
    """Return a catalogue of our own."""
    lines = "".join(row + "\n" for row in rows)
    return f"{head}DATA\n{lines}{end}".encode()


def codes(data: bytes) -> list[str]:
    """Return the codes of the problems of a catalogue."""
    return [problem.code for problem in cif.parse(data)[1]]


def test_a_catalogue_is_read() -> None:
    """Header and rows have their values, prices are exact, and the bytes come back (W13)."""
    data = catalogue(ROW, head=HEAD.replace("\n", "\r\n"), end="ENDOFDATA")
    found, problems = cif.parse(data)
    assert problems == []
    assert found is not None and bytes(found) == data
    assert (found.header.load_mode, found.header.code_format) == ("F", "UNSPSC")
    assert found.items == (
        CatalogueItem(
            line=7,
            supplier_id="900000001",
            supplier_part_id="KF-1",
            manufacturer_part_id="MF-1",
            description="SYNTH VALVE",
            classification="42320000",
            unit_price=Decimal("14.50"),
            unit="EA",
            lead_time_days=3,
            manufacturer_name="SYNTH",
            market_price=Decimal("20.00"),
            currency="USD",
        ),
    )
    assert "SYNTH" not in repr(found) + repr(found.items[0])


def test_field_names_rule_the_order() -> None:
    """Fields stand where FIELDNAMES says; what has no place of its own is kept by name."""
    head = HEAD + (
        "FIELDNAMES: Unit Price,Supplier ID,Supplier Part ID,Item Description,SPSC Code,"
        'Unit of Measure,Currency,Expiration Date,Delete,"Own, Name"\n'
    )
    data = catalogue('.5,9,KF-1,"a ""b"", c\nd",42320000,EA,eur,01/31/2028,,x', head=head)
    found, problems = cif.parse(data)
    assert problems == []
    assert found is not None
    (item,) = found.items
    assert (item.unit_price, item.currency) == (Decimal("0.5"), "EUR")
    assert item.description == 'a "b", c\nd'
    assert item.expires == date(2028, 1, 31)
    assert item.others == (("Own, Name", "x"),)


@pytest.mark.parametrize(
    ("charset", "codec"),
    [("UTF-8", "utf-8"), ("8859_1", "latin-1"), ("", "utf-8"), ("SJIS", "shift_jis")],
)
def test_the_charset_of_the_header_holds(charset: str, codec: str) -> None:
    """The rows are text in the charset that the header names."""
    word = "弁" if codec == "shift_jis" else "é"
    head = HEAD + (f"CHARSET: {charset}\n" if charset else "") + f"COMMENTS: {word}\n"
    data = catalogue(ROW.replace("VALVE", word), head=head).decode().encode(codec)
    found, problems = cif.parse(data)
    assert problems == []
    assert found is not None
    assert found.items[0].description == f"SYNTH {word}"
    assert ("COMMENTS", word) in found.header.others


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ["cif.not-cif"]),
        (b"Supplier ID,\n", ["cif.not-cif"]),
        (b"CIF_I_V3.0\n", ["cif.no-data"]),
        (catalogue(ROW).replace(b"V3.0", b"V2.1"), ["cif.version"]),
        (catalogue(ROW, head=HEAD + "nonsense\n"), ["cif.header"]),
        (catalogue(ROW, head=HEAD + "CURRENCY: EUR\n"), ["cif.header"]),
        (catalogue(ROW, head=HEAD + "ITEMCOUNT: many\n"), ["cif.header-value"]),
        (catalogue(ROW, head=HEAD.replace("MODE: F", "MODE: X")), ["cif.header-value"]),
        (catalogue(ROW, head=HEAD + "ITEMCOUNT: 2\n"), ["cif.item-count"]),
        (catalogue(ROW, head=HEAD + "CHARSET: SYNTH\n"), ["cif.encoding"]),
        (catalogue(ROW.replace("VALVE", "é")).decode().encode("latin-1"), ["cif.encoding"]),
        (catalogue(ROW, head=HEAD + f"FIELDNAMES: {NAMES},Unit Price\n"),
         ["cif.field-names", "cif.field-count"]),
        (catalogue(ROW, end=""), ["cif.no-trailer"]),
        (catalogue(ROW, end="ENDOFDATA\nmore\n"), ["cif.after-trailer"]),
        (catalogue(ROW + ",x"), ["cif.field-count"]),
        (catalogue(ROW.replace("SYNTH VALVE", 'SYNTH "VALVE"')), ["cif.quoting"]),
        (catalogue(ROW.replace("SYNTH VALVE", '"SYNTH" VALVE')), ["cif.quoting"]),
        (catalogue(ROW.replace("SYNTH VALVE", '"SYNTH VALVE')),
         ["cif.quoting", "cif.field-count", "cif.no-trailer"]),
        (catalogue(ROW.replace("EA", "")), ["cif.value-missing"]),
        (catalogue(ROW.replace("14.50", "1e3")), ["cif.value-number"]),
        (catalogue(ROW.replace("14.50", "-1")), ["cif.value-number"]),
        (catalogue(ROW.replace(",3,", ",soon,")), ["cif.value-number"]),
        (catalogue(ROW.replace("EA", "QQ")), ["cif.value-unknown"]),
        (catalogue(ROW, head=HEAD.replace("USD", "dollars")), ["cif.value-unknown"]),
        (catalogue(ROW.replace("42320000", "4232")), ["cif.classification"]),
        (catalogue(ROW, ROW), ["cif.row-repeated"]),
        (catalogue(ROW + ",soon",
                   head=HEAD + f"FIELDNAMES: {NAMES},Expiration Date\n"), ["cif.value-date"]),
        (catalogue(*[ROW] * 300), [*["cif.row-repeated"] * 200, "cif.more-problems"]),
    ],
)  # fmt: skip
def test_every_fault_is_stated(data: bytes, expected: list[str]) -> None:
    """By its code; what is wrong is never guessed, and never repeated."""
    assert codes(data) == expected
    assert set(expected) <= set(cif.PROBLEM_CODES)
    assert "SYNTH" not in "".join(problem.describe() for problem in cif.parse(data)[1])


def test_a_fault_names_its_line_and_field() -> None:
    """Lines are counted from the top of the file, those within quotes too."""
    data = catalogue(ROW.replace("SYNTH VALVE", '"a\nb"'), ROW.replace("14.50", "x"))
    (problem,) = cif.parse(data)[1]
    assert problem.path == "line 9/unit price"


def test_a_row_that_cannot_be_read_is_left_out() -> None:
    """The others are there."""
    found, _ = cif.parse(catalogue(ROW.replace("14.50", ""), ROW))
    assert found is not None
    assert [item.line for item in found.items] == [8]


def test_a_delete_needs_no_price() -> None:
    """In an incremental catalogue a row may take its item away."""
    head = HEAD.replace("MODE: F", "MODE: I")
    head += "FIELDNAMES: Supplier ID,Supplier Part ID,Item Description,SPSC Code,Unit Price,"
    found, problems = cif.parse(catalogue("9,KF-1,,,,,T", head=head + "Unit of Measure,Delete\n"))
    assert problems == []
    assert found is not None and found.items[0].is_delete


def test_the_trailer_within_quotes_ends_nothing() -> None:
    """A line that reads ENDOFDATA is text while a quotation mark is open."""
    found, problems = cif.parse(catalogue(ROW.replace("SYNTH VALVE", '"a\nENDOFDATA\nb"')))
    assert problems == []
    assert found is not None and found.items[0].description == "a\nENDOFDATA\nb"


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (catalogue(ROW), Limits(bytes_max=20)),
        (catalogue(ROW, ROW), Limits(rows_max=1)),
        (catalogue(ROW), Limits(fields_max=5)),
        (catalogue(ROW.replace("VALVE", "x" * 99)), Limits(row_characters_max=90)),
        (catalogue('"' + "x\n" * 99), Limits(row_characters_max=90)),
        (catalogue(ROW, head=HEAD + "A: b\n" * 9), Limits(header_lines_max=5)),
        (b"CIF_I_V3.0\n" + b"x" * 9_999, Limits(row_characters_max=90)),
    ],
)
def test_limits_hold(data: bytes, limits: Limits) -> None:
    """Bytes, rows, fields, the length of a row and the header are bounded."""
    assert "cif.too-large" in [problem.code for problem in cif.parse(data, limits=limits)[1]]


@pytest.mark.parametrize("part", [b'"', b",", b'""', b'",', b'a"b', b"\r", b"\n", b'"\n'])
def test_reading_is_linear(part: bytes) -> None:
    """Ten times the marks cost about ten times as much, not a hundred."""

    def cost(size: int) -> float:
        data = HEAD.encode() + b"DATA\n" + part * (size // len(part))
        start = time.process_time()
        cif.parse(data)
        return time.process_time() - start

    assert cost(1_000_000) < 40 * max(cost(100_000), 0.02)


def test_a_stream_gives_the_same_rows() -> None:
    """Wherever the pieces are cut."""
    data = catalogue(ROW, ROW.replace("KF-1", "KF-2"), ROW + ",x")
    whole, problems = cif.parse(data)
    assert whole is not None
    for size in (1, 5, 1_000):
        pieces = (data[place : place + size] for place in range(0, len(data), size))
        rows = list(cif.stream_rows(pieces))
        assert tuple(row.item for row in rows if row.item) == whole.items
        assert [p for row in rows for p in row.problems] == problems


def test_the_memory_does_not_grow_with_a_stream() -> None:
    """Forty megabytes pass through a process that grows by a fraction of them."""
    head = (HEAD + "DATA\n").encode()
    row = (ROW.replace("VALVE", "V" * 2_000) + "\n").encode()

    def run(count: int) -> int:
        pieces = itertools.chain([head], itertools.repeat(row, count), [b"ENDOFDATA\n"])
        assert sum(row.item is not None for row in cif.stream_rows(pieces)) == count
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    before = run(100)
    assert run(20_000) - before < 6_000


@pytest.mark.parametrize(
    ("data", "expected"),
    [(catalogue(ROW), True), (b"\xef\xbb\xbfCIF_I_V3.0", True), (b"<cXML", False), (b"", False)],
)
def test_a_catalogue_is_told_by_its_first_bytes(data: bytes, expected: bool) -> None:
    """The first line says what it is, behind a byte order mark too."""
    assert cif.looks_like(data) is expected


TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_categories=("Cc", "Zs"))
    | st.sampled_from(' ,"\n'),
    max_size=12,
).map(str.strip)
NAMED = TEXT.filter(bool)
ITEMS = st.builds(
    CatalogueItem,
    supplier_id=NAMED,
    supplier_part_id=NAMED,
    description=NAMED,
    classification=NAMED,
    unit_price=st.decimals(0, 10**9, places=4),
    unit=NAMED,
    manufacturer_part_id=TEXT,
    manufacturer_name=TEXT,
    lead_time_days=st.none() | st.integers(0, 9_999),
    supplier_url=TEXT,
    manufacturer_url=TEXT,
    market_price=st.none() | st.decimals(0, 10**9, places=2),
    currency=st.sampled_from(["USD", "EUR"]),
    effective=st.none() | st.dates(date(1971, 1, 1), date(2100, 1, 1)),
    is_delete=st.booleans(),
    others=st.just(()) | st.just((("Own", "ENDOFDATA"),)),
)


@given(st.lists(ITEMS, max_size=4))
def test_what_is_written_is_read(items: list[CatalogueItem]) -> None:
    """Any text, with commas, quotation marks and line ends, comes back; prices are exact."""
    header = Header(charset="UTF-8", load_mode="I", others=(("COMMENTS", "SYNTH"),))
    data = cif.write(header, items)
    assert data == cif.write(header, items)
    found, problems = cif.parse(data)
    assert found is not None
    assert {problem.code for problem in problems} <= {"cif.row-repeated"}
    assert [replace(item, line=0) for item in found.items] == items
    assert found.header.item_count == len(items)


ITEM = CatalogueItem(
    supplier_id="9",
    supplier_part_id="KF-1",
    description="é",
    classification="42320000",
    unit_price=Decimal(1),
    unit="EA",
)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (Header(charset="ASCII"), "cif.character"),
        (Header(charset="SYNTH"), "cif.encoding"),
        (Header(currency="US\nD"), "cif.character"),
    ],
)
def test_what_cannot_be_written_is_refused(header: Header, code: str) -> None:
    """A charset that is not known or lacks a character; a line end in the header."""
    with pytest.raises(RefusalError) as caught:
        cif.write(header, [ITEM])
    assert caught.value.code == code


@given(st.data())
def test_a_damaged_catalogue_never_raises(data: st.DataObject) -> None:
    """Any bytes may be replaced; what is read gives its bytes back."""
    content = catalogue(ROW, ROW.replace("KF-1", '"K, F"'), head=HEAD + f"FIELDNAMES: {NAMES}\n")
    place = data.draw(st.integers(0, len(content) - 1))
    damaged = content[:place] + data.draw(st.binary(max_size=6)) + content[place + 2 :]
    found, problems = cif.parse(damaged)
    assert {problem.code for problem in problems} <= set(cif.PROBLEM_CODES)
    assert found is None or bytes(found) == damaged


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_exception(content: bytes) -> None:
    """Nothing that arrives raises; without a catalogue there is an error."""
    for head in (b"", b"CIF_I_V3.0\n", HEAD.encode() + b"DATA\n", HEAD.encode() + b"FIELDNAMES: "):
        found, problems = cif.parse(head + content)
        assert found is not None or problems[0].severity is Severity.ERROR or problems
