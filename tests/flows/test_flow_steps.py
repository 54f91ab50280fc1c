"""Steps, conditions and routes: what a flow makes of a message, as a pure function."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flow_files import ADMISSION, PLAIN, scaffold, sound, write_flow

from suture.core.refusal import MisconfiguredError, RefusalError
from suture.formats.hl7v2 import parse
from suture.orchestration.flows.perform import Performed, perform
from suture.orchestration.flows.rules import all_hold
from suture.orchestration.flows.steps import Setting
from suture.orchestration.flows.subject import Subject, identity
from suture.orchestration.flows.table import Condition

AT = Setting(datetime(2027, 1, 4, tzinfo=UTC), 7)


def made(tmp_path: Path, steps: str, content: bytes = ADMISSION, **files: str) -> Performed:
    """Return what a flow with these steps makes of a message."""
    text = PLAIN.replace("[[destination]]", steps + "\n[[destination]]")
    named = {name.replace("__", "/").replace("_dot_", "."): data for name, data in files.items()}
    flow = sound(write_flow(tmp_path, "steps", {"flow.toml": text, **named}))
    return perform(flow, content, AT, with_stages=True)


def field(performed: Performed, path: str) -> str:
    """Return a field of what is sent."""
    return parse(performed.sent[0].content)[0].get(path)


def test_constants_are_set(tmp_path: Path) -> None:
    """`set` writes each path."""
    found = made(tmp_path, '[[step]]\nset = { "MSH-5" = "X", "PV1-2" = "O" }')
    assert (field(found, "MSH-5"), field(found, "PV1-2")) == ("X", "O")


def test_copies_read_the_message_before_the_step(tmp_path: Path) -> None:
    """Two fields can be exchanged in one step."""
    found = made(tmp_path, '[[step]]\ncopy = { "PID-5.1" = "PID-5.2", "PID-5.2" = "PID-5.1" }')
    assert (field(found, "PID-5.1"), field(found, "PID-5.2")) == ("Anna", "Synth")


def test_fields_are_emptied_and_segments_left_out(tmp_path: Path) -> None:
    """With a hyphen a field, without one a segment."""
    found = made(tmp_path, '[[step]]\nremove = ["PID-7", "PV1"]')
    assert field(found, "PID-7") == "" and b"PV1" not in found.sent[0].content


TABLE = "from,to\nNORTH2,N2\n"


def test_a_table_replaces_what_it_has(tmp_path: Path) -> None:
    """And keeps nothing else of the field."""
    step = '[[step]]\nlookup = { field = "PV1-3.1", table = "wards" }'
    found = made(tmp_path, step, tables__wards_dot_csv=TABLE)
    assert field(found, "PV1-3.1") == "N2"


@pytest.mark.parametrize(
    ("more", "expected"),
    [("", None), (", keep = true", "WEST9"), (', otherwise = "?"', "?")],
)
def test_what_a_table_lacks_is_refused_kept_or_replaced(
    more: str, expected: str | None, tmp_path: Path
) -> None:
    """As the step says; refused names the field and not its value."""
    step = '[[step]]\nlookup = { field = "PV1-3.1", table = "wards"' + more + " }"
    content = ADMISSION.replace(b"NORTH2", b"WEST9")
    if expected is None:
        with pytest.raises(RefusalError) as caught:
            made(tmp_path, step, content, tables__wards_dot_csv=TABLE)
        assert (caught.value.code, caught.value.path) == ("flow.lookup-unknown", "PV1-3.1")
        assert "WEST9" not in str(caught.value)
    else:
        found = made(tmp_path, step, content, tables__wards_dot_csv=TABLE)
        assert field(found, "PV1-3.1") == expected


@pytest.mark.parametrize("table", ["a,b\nx,1\nx,2\n", "a,b\nx\n"])
def test_a_table_that_is_none_is_told_by_its_row(table: str, tmp_path: Path) -> None:
    """A value twice, or a row of another width."""
    step = '[[step]]\nlookup = { field = "PV1-3.1", table = "wards" }'
    with pytest.raises(AssertionError, match="row"):
        made(tmp_path, step, tables__wards_dot_csv=table)


def test_a_template_writes_the_message_anew(tmp_path: Path) -> None:
    """With the fields of the message, the time and a number; HL7 line ends are put in."""
    template = (
        ("MSH|^~\\&|HUB|||||| ADT^A01|{{ number }}|P|2.5.1\nPID|1||{{ get('PID-3.1') }}\n")
        .replace("||||||", "||||{{ at.strftime('%Y%m%d') }}||")
        .replace("| ADT", "|ADT")
    )
    step = '[[step]]\ntemplate = "out.hl7.j2"'
    found = made(tmp_path, step, templates__out_dot_hl7_dot_j2=template)
    assert field(found, "MSH-10") == "7" and field(found, "PID-3.1") == "SYN0001"
    assert found.sent[0].content.count(b"\r") == 2


def test_a_template_reaches_nothing_of_python(tmp_path: Path) -> None:
    """The sandbox refuses what goes beyond the message; an unknown name is an error."""
    for text in ("{{ get.__globals__ }}", "{{ nothing }}"):
        step = '[[step]]\ntemplate = "x.j2"'
        with pytest.raises(RefusalError) as caught:
            made(tmp_path / str(len(text)), step, templates__x_dot_j2=text)
        assert caught.value.code == "flow.step-failed"


STEPS = '''\
"""Steps."""
def shout(message):
    return message.set("PID-5.1", message.get("PID-5.1").upper())
def fail(message):
    raise ValueError("the patient is " + message.get("PID-5.1"))
def forget(message):
    message.set("PID-5.1", "X")
'''


def test_a_function_changes_the_message(tmp_path: Path) -> None:
    """One of the flow's own file."""
    found = made(tmp_path, '[[step]]\ncall = "shout"', steps_dot_py=STEPS)
    assert field(found, "PID-5.1") == "SYNTH"


@pytest.mark.parametrize(
    ("name", "code"), [("fail", "flow.step-failed"), ("forget", "flow.step-result")]
)
def test_a_function_that_fails_says_its_kind_and_no_content(
    name: str, code: str, tmp_path: Path
) -> None:
    """The text of an exception may hold a patient's name: it goes nowhere (S32)."""
    with pytest.raises(RefusalError) as caught:
        made(tmp_path, f'[[step]]\ncall = "{name}"', steps_dot_py=STEPS)
    assert caught.value.code == code and "step 1" in caught.value.text
    assert "Synth" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_supply_document_changes_its_standard(tmp_path: Path) -> None:
    """An X12 order becomes EDIFACT under the flow's number; what is lost is named."""
    sample = Path(__file__).parents[2] / "packs" / "demo" / "samples"
    order = next(path for path in sorted(sample.iterdir()) if b"ST*850*" in path.read_bytes())
    text = (
        'description = "orders"\nowner = "team"\nformat = "x12"\norder_by = "none"\n'
        '[source]\nconnector = "files"\nfolder = "in"\n'
        '[[step]]\nconvert = "edifact"\nsender = "US"\nreceiver = "THEM"\n'
        '[[destination]]\nname = "out"\nconnector = "files"\nfolder = "out"\nsuffix = ".edi"\n'
    )
    flow = sound(write_flow(tmp_path, "orders", text))
    found = perform(flow, order.read_bytes(), AT)
    assert found.sent[0].content.startswith(b"UNA") or b"UNB+" in found.sent[0].content
    assert b"+7'" in found.sent[0].content


def test_the_filter_keeps_and_sends_nothing(tmp_path: Path) -> None:
    """A discharge is not for the laboratory."""
    flow = sound(scaffold(tmp_path))
    found = perform(flow, ADMISSION.replace(b"ADT^A01^ADT_A01", b"ADT^A03^ADT_A03"), AT)
    assert found.is_filtered and found.sent == ()


ROUTES = (
    PLAIN
    + """
when = [{ path = "PV1-2", in = ["I"] }]
[[destination]]
name = "clinic"
connector = "files"
folder = "clinic"
when = [{ path = "PV1-2", not_in = ["I"] }, { path = "PID-3.1", present = true }]
[[destination.step]]
set = { "MSH-5" = "CLINIC" }
"""
)


@pytest.mark.parametrize(("kind", "where"), [("I", "lab"), ("O", "clinic")])
def test_messages_go_where_conditions_hold(kind: str, where: str, tmp_path: Path) -> None:
    """And the steps of a destination are its own."""
    flow = sound(write_flow(tmp_path, "routes", ROUTES))
    content = ADMISSION.replace(b"PV1|1|I", f"PV1|1|{kind}".encode())
    found = perform(flow, content, AT)
    assert [each.destination for each in found.sent] == [where]
    assert (b"|CLINIC|" in found.sent[0].content) is (where == "clinic")


def test_the_lane_is_the_ordering_key(tmp_path: Path) -> None:
    """As received, before any step; `none` keeps no order."""
    text = PLAIN.replace("[source]", 'order_by = "none"\n[source]')
    for name, declared, lane in (("keyed", PLAIN, "SYN0001"), ("loose", text, "")):
        flow = sound(write_flow(tmp_path, name, declared))
        assert perform(flow, ADMISSION, AT).lane == lane


def test_urgent_messages_are_told(tmp_path: Path) -> None:
    """When every condition of `stat` holds."""
    text = PLAIN.replace("[source]", '[[stat]]\npath = "PV1-4"\nin = ["E*"]\n[source]')
    flow = sound(write_flow(tmp_path, "urgent", text))
    urgent = ADMISSION.replace(b"NORTH2^201^A", b"NORTH2^201^A|EM")
    assert not perform(flow, ADMISSION, AT).is_stat and perform(flow, urgent, AT).is_stat


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"path": "trigger", "in": ["ADT^A*"]}, True),
        ({"path": "trigger", "in": ["ADT^A02", "ORM*"]}, False),
        ({"path": "PID-8", "not_in": ["M"]}, True),
        ({"path": "PID-9", "present": False}, True),
        ({"path": "PID-9", "present": True}, False),
        ({"path": "PID-8", "in": ["F"], "present": True}, True),
        ({"path": "PID-8", "in": ["F"], "present": False}, False),
    ],
)
def test_conditions(condition: dict[str, object], holds: bool) -> None:
    """Every part of a condition that is given must hold."""
    one = Condition.model_validate(condition)
    assert all_hold([one], Subject("hl7v2", ADMISSION)) is holds


def test_messages_are_known_by_their_envelope() -> None:
    """HL7 by sender, time and number; what has no envelope by its bytes."""
    assert identity("hl7v2", ADMISSION).control_id == "MSG0001"
    assert identity("raw", b"a") != identity("raw", b"b")
    for format in ("hl7v2", "x12", "edifact", "cxml", "fhir"):
        with pytest.raises(RefusalError):
            identity(format, b"\x00 nothing of the kind")


def test_a_flow_that_was_not_linted_is_not_built(tmp_path: Path) -> None:
    """A step that cannot be made stops the flow, not the message."""
    from suture.orchestration.flows.steps import compiled
    from suture.orchestration.flows.table import Step

    bundle = write_flow(tmp_path, "bad")
    with pytest.raises(MisconfiguredError):
        compiled(Step(call="nothing"), bundle)
