"""A flow that is wrong is refused with file, line, reason and what to do (S157)."""

from __future__ import annotations

from pathlib import Path

import pytest
from flow_files import PLAIN, errors, scaffold, write_flow

from suture.core.refusal import MisconfiguredError
from suture.orchestration.flows.bundle import read_bundle
from suture.orchestration.flows.finding import PROBLEM_CODES, line_of
from suture.orchestration.flows.lint import lint
from suture.orchestration.flows.scaffold import new_flow


def test_the_scaffold_is_sound(tmp_path: Path) -> None:
    """A new flow lints without a word."""
    assert lint([scaffold(tmp_path)]).findings == ()


def changed(old: str, new: str) -> dict[str, str]:
    """Return the scaffold with one change in its flow.toml."""
    files = new_flow("adt-to-lab")
    assert old in files["flow.toml"]
    files["flow.toml"] = files["flow.toml"].replace(old, new, 1)
    return files


WRONG = [
    ("order_by", "orderby", "flow.unknown-key", 5, "order_by"),
    ('connector = "mllp"\nport = 6661', 'connector = "mlp"\nport = 6661', "flow.invalid", 7, ""),
    ("port = 6662", 'port = "high"', "flow.invalid", 31, ""),
    ("port = 6662", "", "flow.invalid", 27, "port"),
    (
        '[[destination]]\nname = "lab"',
        '[destination]\nname = "lab"',
        "flow.invalid",
        27,
        "[[destination]]",
    ),
    ('path = "trigger"', 'path = "PID3"', "flow.path", 13, "PID-3.1"),
    ('"MSH-3" = "HUB"', '"MSH.3" = "HUB"', "flow.path", 18, "PID-3.1"),
    ('order_by = "PID-3.1"', 'order_by = "patient"', "flow.path", 5, "PID-3.1"),
    (
        'order_by = "PID-3.1"',
        'order_by = "ZZZ-9"',
        "flow.order-never-present",
        5,
        'order_by = "none"',
    ),
    ('call = "upper_case_names"', 'call = "upper_case"', "flow.step-unknown", 25, "upper_case_nam"),
    ('call = "upper_case_names"', 'call = "no.such:thing"', "flow.step-unknown", 25, "module:fun"),
    ('table = "wards"', 'table = "ward"', "flow.table-missing", 22, "add the table"),
    ('call = "upper_case_names"', 'template = "x.j2"', "flow.template-missing", 25, "template"),
    ('call = "upper_case_names"', 'note = "nothing"', "flow.invalid", 24, ""),
    ("port = 6661", 'port = 6661\npassword = "hunter2"', "flow.secret", 10, "file"),
    ("port = 6661", 'port = 6661\nhost = "10.0.0.1"', "flow.listen", 10, ""),
    ('description = "', 'description = ""\nx = "', "flow.unknown-key", 4, ""),
    ('name = "lab"', 'name = "perform"', "flow.destination-repeated", 28, ""),
    ('owner = "integration team"', "owner = ", "flow.syntax", 4, ""),
    (
        'order_by = "PID-3.1"',
        'order_by = "PID-3.1"\nindex = { visit = "PV1_19" }',
        "flow.path",
        6,
        "PID-3.1",
    ),
]


@pytest.mark.parametrize(("old", "new", "code", "line", "hint"), WRONG)
def test_each_mistake_is_told_with_its_line(
    old: str, new: str, code: str, line: int, hint: str, tmp_path: Path
) -> None:
    """Code, file, line and suggestion; and the flow is not given to run."""
    linted = lint([write_flow(tmp_path, "adt-to-lab", changed(old, new))])
    assert linted.flows == ()
    found = {(each.code, each.line): each for each in errors(linted)}
    assert (code, line) in found, [each.describe() for each in errors(linted)]
    each = found[code, line]
    assert each.file == "adt-to-lab/flow.toml"
    assert hint in each.suggestion
    assert "hunter2" not in each.describe()


def test_every_code_is_declared(tmp_path: Path) -> None:
    """What lint says is in the list of codes, or is a step's own."""
    for old, new, code, *_ in WRONG:
        del old, new
        is_step = code.startswith(("flow.step", "flow.table", "flow.template"))
        assert code in PROBLEM_CODES or is_step


def test_a_private_key_beside_a_flow_is_found(tmp_path: Path) -> None:
    """Not only in the flow's own file."""
    files = {**new_flow("adt-to-lab"), "notes.txt": "one\n-----BEGIN PRIVATE KEY-----\n"}
    linted = lint([write_flow(tmp_path, "adt-to-lab", files)])
    assert [(e.code, e.file, e.line) for e in errors(linted)] == [
        ("flow.secret", "adt-to-lab/notes.txt", 2)
    ]


def test_a_flow_without_a_test_is_warned_of(tmp_path: Path) -> None:
    """It may run; somebody should know."""
    linted = lint([write_flow(tmp_path, "plain")])
    assert linted.is_sound
    assert [(each.code, each.is_warning) for each in linted.findings] == [("flow.no-test", True)]


LINK = """\
description = "hands on"
owner = "integration team"
order_by = "none"
[source]
connector = "{source}"
[[destination]]
name = "next"
connector = "flow"
flow = "{target}"
"""


def test_a_circle_of_flows_is_refused(tmp_path: Path) -> None:
    """Both flows are told, with the way round."""
    bundles = [
        write_flow(tmp_path, "one", LINK.format(source="flow", target="two")),
        write_flow(tmp_path, "two", LINK.format(source="flow", target="one")),
    ]
    linted = lint(bundles)
    assert linted.flows == ()
    assert [(each.code, each.text) for each in errors(linted)] == [
        ("flow.cycle", "one -> two -> one"),
        ("flow.cycle", "two -> one -> two"),
    ]


def test_a_circle_over_a_port_is_a_circle(tmp_path: Path) -> None:
    """A flow that sends to its own listener would never come to an end."""
    text = PLAIN.replace("port = 0", "port = 6662")
    assert [e.code for e in errors(lint([write_flow(tmp_path, "loop", text)]))] == ["flow.cycle"]


def test_a_link_to_nowhere_is_refused(tmp_path: Path) -> None:
    """With the flow that may have been meant."""
    bundles = [
        write_flow(tmp_path, "one", LINK.format(source="flow", target="labb")),
        write_flow(
            tmp_path, "lab", PLAIN.replace('connector = "mllp"\nport = 0', "connector = 'flow'")
        ),
    ]
    (found,) = errors(lint(bundles))
    assert (found.code, found.line) == ("flow.destination-unknown", 9)
    assert "lab" in found.suggestion


def test_two_flows_may_not_share_a_port(tmp_path: Path) -> None:
    """The second one is told who has it."""
    text = PLAIN.replace("port = 0", "port = 6000")
    bundles = [write_flow(tmp_path, name, text) for name in ("one", "two")]
    (found,) = errors(lint(bundles))
    assert (found.code, found.file) == ("flow.endpoint-shared", "two/flow.toml")
    assert "one" in found.text


def test_paths_belong_to_hl7(tmp_path: Path) -> None:
    """X12 has the kind of the set and no fields by path here; its source is no MLLP either."""
    text = PLAIN.replace("[source]", 'format = "x12"\n[source]', 1).replace(
        "[[destination]]", '[[step]]\nset = { "BEG-1" = "00" }\n[[destination]]'
    )
    codes = [each.code for each in errors(lint([write_flow(tmp_path, "edi", text)]))]
    assert codes == ["flow.format", "flow.format", "flow.format"]


def test_a_folder_without_a_flow_is_refused(tmp_path: Path) -> None:
    """With the name of the folder."""
    with pytest.raises(MisconfiguredError) as caught:
        read_bundle(tmp_path)
    assert caught.value.code == "flow.missing"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("owner",), 2),
        (("source", "port"), 6),
        (("step", 0, "set"), 9),
        (("step", 1, "call"), 12),
        (("destination", 1, "name"), 20),
        (("destination", 1, "step", 1, "call"), 26),
        (("destination", 0, "missing"), 14),
        (("nowhere",), 1),
    ],
)
def test_an_entry_is_found_by_its_path(path: tuple[str | int, ...], line: int) -> None:
    """Tables, arrays of tables and arrays inside them; the nearest line for what is not there."""
    text = """description = "x"
owner = "y"
# [source] in a comment is none
[source]
connector = "mllp"
port = 1

[[step]]
set = { "A-1" = "[[step]]" }

[[step]]
call = "f"

[[destination]]
name = "a"
  [[destination.step]]
  call = "g"

[[destination]]
name = "b"

[[destination.step]]
call = "h"

[[destination.step]]
call = "i"
"""
    assert line_of(text, path) == line
