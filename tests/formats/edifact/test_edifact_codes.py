"""Every problem code can be provoked, at a stated place; none is stated that is not declared."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from edifact_samples import EXAMPLES, ORDER, envelope, read, wrap

from suture.core.problem import Problem
from suture.core.refusal import RefusalError
from suture.formats.edifact import (
    PROBLEM_CODES,
    Limits,
    OutMessage,
    build,
    compose,
    moment,
    number,
    parse,
    parse_all,
    read_control,
    read_invoice,
    read_order,
    replaced,
    validate,
)

SOUND = wrap(ORDER)


def stated(text: str) -> list[Problem]:
    """Return every problem of reading and checking."""
    return read(text)[1]


def grouped(trailer: str, kind: str = "ORDERS") -> str:
    """Return an interchange with one group."""
    return SOUND.replace("UNH", f"UNG+{kind}+A+B+270108:1415+G1+UN+D:96A'UNH", 1).replace(
        "UNZ", f"{trailer}UNZ"
    )


def order_values(text: str) -> list[Problem]:
    """Return the problems of the typed view of an order."""
    return read_order(parse(text.encode())[0].messages[0])[1]


def refusal(act: Callable[[], object]) -> list[Problem]:
    """Return the refusal as a problem."""
    try:
        act()
    except RefusalError as error:
        return [Problem(error.code, None, error.text, error.path)]  # type: ignore[arg-type]
    return []


PROVOKED: dict[str, Callable[[], list[Problem]]] = {
    "no-unb": lambda: stated("hello"),
    "leading-bytes": lambda: stated("\r\n" + SOUND),
    "delimiters": lambda: stated("UNA++.? '" + SOUND),
    "syntax": lambda: stated(wrap(ORDER, syntax="XXXX:9")),
    "charset": lambda: stated(wrap(ORDER, syntax="UNOX:3")),
    "character": lambda: stated(SOUND.replace("UNOC", "UNOA").replace("SYNTH:", "synth:")),
    "control-character": lambda: stated(SOUND.replace("SYNTH:", "\x00:")),
    "line-end": lambda: stated(SOUND.replace("'", "'\n")),
    "line-break": lambda: stated(SOUND.replace("SYNTH:", "SYN\nTH:")),
    "too-large": lambda: parse(SOUND.encode(), Limits(bytes_max=9))[1],
    "too-many-problems": lambda: stated(wrap(ORDER + "ZZZ'" * 300)),
    "more-interchanges": lambda: parse((SOUND * 2).encode())[1],
    "stray-bytes": lambda: parse_all((SOUND + "junk").encode())[1],
    "envelope": lambda: stated(SOUND.replace("UNH", "UNE+1+G'UNH", 1)),
    "mixed-groups": lambda: stated(
        grouped("UNE+1+G1'UNH+2+ORDERS:D:96A:UN'BGM+1'UNT+3+2'").replace("UNZ+1", "UNZ+1")
    ),
    "interchange-trailer": lambda: stated(SOUND.partition("UNZ")[0]),
    "interchange-reference": lambda: stated(SOUND.replace("UNZ+1+REF1", "UNZ+1+REF2")),
    "interchange-count": lambda: stated(SOUND.replace("UNZ+1", "UNZ+2")),
    "group-trailer": lambda: stated(grouped("")),
    "group-reference": lambda: stated(grouped("UNE+1+G2'")),
    "group-count": lambda: stated(grouped("UNE+2+G1'")),
    "group-type": lambda: stated(grouped("UNE+1+G1'", "INVOIC")),
    "message-trailer": lambda: stated(SOUND.replace("UNT", "XXX")),
    "message-reference": lambda: stated(SOUND.replace("+1'UNZ", "+9'UNZ")),
    "segment-count": lambda: stated(SOUND.replace("UNT+", "UNT+9")),
    "reference-repeated": lambda: stated(
        SOUND.replace("UNZ", "UNH+1+CONTRL:D:3:UN'UCI+1+A+B+7'UNT+3+1'UNZ")
    ),
    "unknown-message": lambda: stated(wrap("BGM'", "IFTMIN")),
    "version": lambda: stated(wrap(ORDER, version="D:98B:UN")),
    "unexpected-segment": lambda: stated(wrap(ORDER + "ZZZ'")),
    "segment-order": lambda: stated(wrap(ORDER + "BGM+1'")),
    "segment-missing": lambda: stated(wrap("BGM+1'")),
    "segment-repeats": lambda: stated(wrap("BGM+1'" + ORDER)),
    "group-repeats": lambda: stated(wrap(ORDER.replace("CUX", "CUX+2'" * 6 + "CUX", 1))),
    "elements": lambda: stated(wrap(ORDER.replace("BGM+220", "BGM+220" + "+" * 300))),
    "element-missing": lambda: stated(SOUND.replace("RFF+CT:CTR-KNEE", "RFF")),
    "element-length": lambda: stated(SOUND.replace("PCE", "PIECE")),
    "element-type": lambda: stated(SOUND.replace("UNS+S", "UNS+1")),
    "element-number": lambda: stated(SOUND.replace("QTY+21:2", "QTY+21:X")),
    "element-date": lambda: order_values(SOUND.replace("20270108:102", "20270230:102")),
    "date-format": lambda: order_values(SOUND.replace("20270108:102", "20270108:999")),
    "decimal-mark": lambda: stated("UNA:+,? '" + SOUND),
    "acknowledgement": lambda: read_control(
        parse(wrap("UCM+1'", "CONTRL", "D:3:UN").encode())[0].messages[0]
    )[1],
    "wrong-message": lambda: refusal(lambda: read_invoice(parse(SOUND.encode())[0].messages[0])),
    "path": lambda: refusal(lambda: replaced(parse(SOUND.encode())[0], {"ZZZ-1": "x"})),
    "value": lambda: refusal(
        lambda: compose(envelope(), [OutMessage(type="ORDERS", segments=[["FTX", "東"]])])
    ),
    "envelope-value": lambda: refusal(lambda: compose(envelope("x" * 20), [])),
}


@pytest.mark.parametrize("name", PROVOKED)
def test_each_code_is_stated_where_it_applies(name: str) -> None:
    """The table's example has its problem, and no problem has an undeclared code or a value."""
    problems = PROVOKED[name]()
    assert f"edifact.{name}" in {problem.code for problem in problems}
    for problem in problems:
        assert problem.code in PROBLEM_CODES
        assert "SYNTH" not in problem.describe() and "952" not in problem.describe()


def test_every_code_has_an_example() -> None:
    """The table above and the declared codes are the same set."""
    assert {f"edifact.{name}" for name in PROVOKED} == set(PROBLEM_CODES)


@pytest.mark.parametrize(
    "act",
    [
        lambda: number("1e5"),
        lambda: number(""),
        lambda: number("1.2.3"),
        lambda: moment("20270230", "102", None),
        lambda: moment("2027", "102", None),
        lambda: moment("202701012500", "203", None),
        lambda: moment("202713", "610", None),
        lambda: moment("202754", "616", None),
        lambda: moment("2027010120270131", "717", None),
        lambda: moment("202701081415XYZ", "303", None),
        lambda: moment("209901081415+99", "303", None),
        lambda: moment("２０２７０１０８", "102", None),
        lambda: build.dtm("137", moment("20270108", "102", None), "718"),  # type: ignore[arg-type]
    ],
)
def test_values_that_cannot_be_read_are_refused_with_a_code(act: Callable[[], object]) -> None:
    """Nothing is guessed: a refusal carries a declared code."""
    with pytest.raises(RefusalError) as caught:
        act()
    assert caught.value.code in PROBLEM_CODES


def test_the_examples_are_sound() -> None:
    """The samples that other tests change have no problem themselves."""
    for kind, body in EXAMPLES.items():
        found, problems = parse(wrap(body, kind).encode())
        assert problems + validate(found) == [], kind
