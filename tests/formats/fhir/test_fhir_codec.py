"""The FHIR codec gives back what it was given, and refuses what it must by code and place.

In: JSON made by Hypothesis and by hand. Out: a verdict on parse, get, set, write and bulk reading.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suture.core.refusal import RefusalError
from suture.formats.fhir import Limits, Number, Resource, looks_like, parse, read_ndjson, to_json

NAMES = st.from_regex(r"[a-z][A-Za-z0-9]{0,8}", fullmatch=True)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,8})\.[0-9]{1,8}", fullmatch=True),
    st.from_regex(r"-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,3})?[eE][-+]?[0-9]{1,2}", fullmatch=True),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LEAVES = st.one_of(
    NUMBERS.map(Number), TEXTS, st.booleans(), st.none(), st.integers(-(10**18), 10**18)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)
RESOURCES = st.dictionaries(NAMES, VALUES, max_size=5).map(
    lambda made: {"resourceType": "Basic", **made}
)


def read(data: bytes) -> Resource:
    """Return the resource in data that is well-formed."""
    resource, problems = parse(data)
    assert resource is not None
    assert problems == []
    return resource


def codes(data: bytes, limits: Limits | None = None) -> list[tuple[str, int | None]]:
    """Return code and offset of each problem."""
    _, problems = parse(data, limits) if limits else parse(data)
    return [(problem.code, problem.offset) for problem in problems]


@given(st.binary(max_size=80))
def test_any_bytes_are_answered(data: bytes) -> None:
    """No content raises: there is a resource with these bytes, or a problem."""
    resource, problems = parse(data)
    assert resource is not None or problems
    if resource is not None:
        assert bytes(resource) == data


@given(RESOURCES)
def test_any_json_comes_back(made: dict[str, Any]) -> None:
    """What is written is read as the same values, and its bytes come back."""
    data = to_json(made)
    resource = read(data)
    assert resource.data == made
    assert bytes(resource) == data
    assert to_json(resource.data) == data


@given(NUMBERS)
def test_a_number_keeps_its_text(text: str) -> None:
    """A number is exact and is written again as it was read."""
    resource = read(b'{"resourceType":"Basic","value":' + text.encode() + b"}")
    assert Decimal(resource.get("value")) == Decimal(text)
    assert to_json(resource.data).endswith(text.encode() + b"}")


@given(RESOURCES, NUMBERS)
def test_setting_one_value_leaves_the_others(made: dict[str, Any], text: str) -> None:
    """A change keeps order and text of all that is not changed."""
    made = {**made, "target": {"before": Number("1.10"), "x": Number("2.50"), "after": [1]}}
    changed = read(to_json(made)).set("target.x", Number(text))
    expected = deepcopy(made)
    expected["target"]["x"] = Number(text)
    assert bytes(changed) == to_json(expected)


@given(RESOURCES)
def test_setting_keeps_white_space(made: dict[str, Any]) -> None:
    """In a pretty-printed resource nothing but the value changes."""
    plain = json.loads(to_json({**made, "target": "old-SYNTH"}))
    text = json.dumps(plain, indent=3, ensure_ascii=False)
    resource = read(text.encode())
    changed = bytes(resource.set("target", "new-SYNTH"))
    assert changed == text.replace('"target": "old-SYNTH"', '"target": "new-SYNTH"').encode()


SAMPLE = (
    b' {"resourceType" : "SupplyRequest",\n "quantity": {"value": 1.10, "unit":"EA"},'
    b' "identifier":[{"value":"SYN-1"},{"value":"SYN-2"}], "text":{} } '
)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("quantity.value", Decimal("2.00"), b'"value": 2.00,'),
        ("quantity.code", "EA", b'"unit":"EA","code":"EA"}'),
        ("identifier[1].value", "SYN-9", b'{"value":"SYN-9"}]'),
        ("identifier[2]", {"value": "SYN-3"}, b'{"value":"SYN-2"},{"value":"SYN-3"}]'),
        ("identifier[0]", None, b'"identifier":[{"value":"SYN-2"}]'),
        ("identifier[1]", None, b'"identifier":[{"value":"SYN-1"}]'),
        ("text.status", "empty", b'"text":{"status":"empty"}'),
        ("text", None, b'{"value":"SYN-2"}] } '),
        ("identifier.value", "SYN-8", b'[{"value":"SYN-8"},'),
        ("quantity", None, b'"SupplyRequest", "identifier"'),
    ],
)
def test_set_adds_changes_and_takes_away(path: str, value: Any, expected: bytes) -> None:
    """A value is replaced, added at the end of its object or array, or taken away."""
    changed = bytes(read(SAMPLE).set(path, value))
    assert expected in changed
    assert parse(changed)[1] == []


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("identifier[7]", "x", "fhir.path"),
        ("quantity.value.deeper", 1, "fhir.path"),
        ("missing.deeper", 1, "fhir.path"),
        ("missing", None, "fhir.path"),
        ("missing[0]", None, "fhir.path"),
        ("occurrence[x]", "2026", "fhir.path"),
        ("a..b", 1, "fhir.path"),
        ("a[", 1, "fhir.path"),
        (".".join("a" * 60), 1, "fhir.path"),
        ("quantity.value", 0.1, "fhir.value"),
        ("quantity.value", Decimal("NaN"), "fhir.value"),
        ("quantity.value", {1: 2}, "fhir.value"),
        ("quantity.unit", "\ud800", "fhir.value"),
        ("resourceType", 3, "fhir.value"),
    ],
)
def test_set_refuses(path: str, value: Any, code: str) -> None:
    """What cannot be written, or where nothing can stand, is refused by code."""
    with pytest.raises(RefusalError) as refusal:
        read(SAMPLE).set(path, value)
    assert refusal.value.code == code


def test_a_loop_of_values_is_refused() -> None:
    """Values nested without end are not written."""
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(RefusalError, match=r"fhir\.value"):
        to_json(loop)


def test_get_and_every() -> None:
    """A path reaches the first value or all of them, and choices by name[x]."""
    resource = read(SAMPLE)
    assert resource.get("quantity.value") == Decimal("1.10")
    assert str(resource.get("quantity.value")) == "1.10"
    assert resource.get("identifier.value") == "SYN-1"
    assert resource.get("identifier[1].value") == "SYN-2"
    assert resource.every("identifier.value") == ["SYN-1", "SYN-2"]
    assert resource.get("identifier[5].value") is None
    assert resource.get("nothing.here") is None
    assert resource.part("quantity") == b'{"value": 1.10, "unit":"EA"}'
    with pytest.raises(RefusalError, match=r"fhir\.path"):
        resource.part("nothing")
    choice = read(b'{"resourceType":"X","occurrenceDateTime":"2026-01-02","occurrences":1}')
    assert choice.get("occurrence[x]") == "2026-01-02"
    assert choice.set("occurrence[x]", "2026-01-03").get("occurrenceDateTime") == "2026-01-03"


def test_the_last_of_repeated_names_is_read_and_set() -> None:
    """A change reaches the member that is read."""
    resource, _ = parse(b'{"resourceType":"X","a":1,"a":2}')
    assert resource is not None
    assert resource.get("a") == 2
    assert bytes(resource.set("a", 3)) == b'{"resourceType":"X","a":1,"a":3}'


def test_nothing_shows_content() -> None:
    """The repr of what was read has no value in it."""
    resource = read(SAMPLE)
    assert repr(resource) == "<FHIR resource>"
    assert "SYN" not in repr(next(iter(read_ndjson([SAMPLE.replace(b"\n", b"")]))))


def test_resources_are_compared_by_bytes() -> None:
    """Two resources are equal when their bytes are."""
    assert read(SAMPLE) == read(SAMPLE)
    assert len({read(SAMPLE), read(SAMPLE)}) == 1
    assert read(SAMPLE) != read(SAMPLE.strip())
    assert read(SAMPLE).key == "SupplyRequest/"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"resourceType":"X","a":\xff}', ("fhir.not-utf8", 24)),
        ('{"resourceType":"X"}'.encode("utf-16"), ("fhir.not-utf8", 0)),
        (b"\xef\xbb\xbf{}", ("fhir.byte-order-mark", 0)),
        (b'{"resourceType":"X",}', ("fhir.not-json", 20)),
        ('{"resourceType":"é",}'.encode(), ("fhir.not-json", 21)),
        (b"<SupplyRequest/>", ("fhir.not-json", 0)),
        (b"", ("fhir.not-json", 0)),
        (b'{"resourceType":"X","a":01}', ("fhir.not-json", 25)),
        (b'{"resourceType":"X","a":"NaN","b":NaN}', ("fhir.not-finite", 34)),
        (b'{"resourceType":"X","b":[1,-Infinity]}', ("fhir.not-finite", 27)),
        (b'\xef\xbb\xbf{"resourceType":"X","b":Infinity}', ("fhir.byte-order-mark", 0)),
        (b'{"resourceType":"X","b":1e301}', ("fhir.number", 24)),
        (b'{"resourceType":"X","b":1e-9999999999}', ("fhir.number", 24)),
        (b'{"resourceType":"X","b":' + b"9" * 101 + b"}", ("fhir.number", 24)),
        (b'{"resourceType":"X","b":0.' + b"9" * 101 + b"}", ("fhir.number", 24)),
        (b'{"resourceType":"X","a":{"b":1,"b":2}}', ("fhir.duplicate-key", 31)),
        (b'{"resourceType":"X","a":"\\ud83d"}', ("fhir.character", None)),
        (b"[]", ("fhir.not-resource", None)),
        (b'{"a":1}', ("fhir.not-resource", None)),
        (b'{"resourceType":1}', ("fhir.not-resource", None)),
        (b"null", ("fhir.not-resource", None)),
    ],
)
def test_each_fault_has_its_code_and_place(data: bytes, expected: tuple[str, int | None]) -> None:
    """What is wrong is said by code and byte offset, counted in the bytes received."""
    assert expected in codes(data)


def test_a_place_behind_a_byte_order_mark_is_counted_from_the_start() -> None:
    """The mark's three bytes count."""
    data = b'\xef\xbb\xbf{"resourceType":"X","b":NaN}'
    assert ("fhir.not-finite", data.index(b"NaN")) in codes(data)


def test_a_repeated_name_is_placed_by_path() -> None:
    """The path leads to the object; a name that may be content is not shown."""
    data = b'{"resourceType":"X","a":[{"b":1},{"c":{"d":1,"\\u0064":2}}],"MRN 1":{"x":1,"x":1}}'
    _, problems = parse(data)
    assert [problem.path for problem in problems] == ["a[1].c", "?"]


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [102, 5_000, 400_000])
def test_deep_nesting_is_refused(bracket: str, depth: int) -> None:
    """However deep the content, it costs no stack and is refused."""
    data = b'{"resourceType":"X","a":' + bracket.encode() * depth
    closed = data + b"1" + (b"]" if bracket == "[" else b"}") * depth + b"}"
    # The outermost object is the first level, so the hundredth bracket is one too many.
    place = len(b'{"resourceType":"X","a":') + 99 * len(bracket)
    assert codes(closed) == [("fhir.too-deep", place)]
    assert {code for code, _ in codes(data)} <= {"fhir.too-deep", "fhir.not-json"}


def test_a_hundred_levels_are_read_and_written() -> None:
    """The limit is usable on both ways."""
    data = b'{"resourceType":"X","a":' + b"[" * 99 + b"]" * 99 + b"}"
    assert bytes(read(data).set("b", 1)) == data[:-1] + b',"b":1}'


@pytest.mark.parametrize(
    "data",
    [
        b'{"resourceType":"X","a":[' + b"1," * 60_000 + b"1]}",
        b'{"resourceType":"X","a":[' + b"[]," * 6_000_000 + b"1]}",
        b'{"resourceType":"X","a":[' + b"{}," * 520_000 + b"1]}",
        b" " * (16 * 1024 * 1024 + 1),
    ],
    ids=["array", "bytes", "values", "blanks"],
)
def test_a_bomb_is_refused_in_bounded_time(data: bytes) -> None:
    """Many values, long arrays and many bytes are refused without being built first."""
    before = time.perf_counter()
    assert [code for code, _ in codes(data)] == ["fhir.too-large"]
    assert time.perf_counter() - before < 5


def test_commas_in_texts_are_no_values() -> None:
    """A long text with commas is one value."""
    data = b'{"resourceType":"X","a":"' + b"," * 600_000 + b'"}'
    assert codes(data) == []


def test_hostile_strings_do_not_cost_more_than_their_length() -> None:
    """Quotes and backslashes without end are walked once."""
    data = b'{"resourceType":"X","a":1,"a":' + b'"\\' * 500_000
    before = time.perf_counter()
    assert [code for code, _ in codes(data)] == ["fhir.not-json"]
    assert time.perf_counter() - before < 3


def test_looks_like() -> None:
    """A resource in JSON is recognised by its start; XML is not."""
    assert looks_like(SAMPLE)
    assert looks_like(b"\xef\xbb\xbf" + SAMPLE)
    assert not looks_like(b'<Patient xmlns="http://hl7.org/fhir"/>')
    assert not looks_like(b'{"a":1}')


def in_chunks(data: bytes, size: int) -> Iterator[bytes]:
    """Yield data in pieces."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


@given(st.integers(1, 40))
@settings(max_examples=40)
def test_a_bulk_file_is_read_line_by_line(size: int) -> None:
    """Wherever the chunks end, each line is a resource or a problem with its place."""
    lines = [b'{"resourceType":"A"}\r', b"", b"{bad}", b'{"resourceType":"B","x":1.10}']
    data = b"\n".join(lines)
    found = list(read_ndjson(in_chunks(data, size)))
    assert [line.number for line in found] == [1, 3, 4]
    assert [line.offset for line in found] == [0, 23, 29]
    assert [line.resource.type if line.resource else "" for line in found] == ["A", "", "B"]
    assert [problem.offset for problem in found[1].problems] == [24]
    last = found[2].resource
    assert last is not None and bytes(last) == lines[3]


def test_a_long_line_is_skipped_without_being_held() -> None:
    """A line above the limit is stated; the lines after it are read."""
    limits = Limits(bytes_max=30)
    data = b'{"resourceType":"A"}\n' + b"x" * 5_000 + b'\n{"resourceType":"B"}\n' + b"y" * 50
    found = list(read_ndjson(in_chunks(data, 7), limits))
    assert [[p.code for p in line.problems] for line in found] == [
        [],
        ["fhir.line"],
        [],
        ["fhir.line"],
    ]
    assert found[1].offset == 21
    assert found[2].offset == data.index(b'{"resourceType":"B"}')
