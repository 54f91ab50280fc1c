"""Tests beside a flow: they hold, fail with the field, and are written for a person to read."""

from __future__ import annotations

from pathlib import Path

import pytest
from flow_files import scaffold, sound, write_flow

from suture.core.refusal import MisconfiguredError
from suture.orchestration.flows.bundle import read_bundle
from suture.orchestration.flows.proof import AT, prove, written
from suture.orchestration.flows.scaffold import new_flow
from suture.orchestration.flows.show import changed, explained, followed, graph
from suture.orchestration.flows.steps import Setting


def verdicts(tmp_path: Path, **files: str) -> dict[str, tuple[str, ...]]:
    """Return what the scaffold's tests say with files changed or added."""
    every = {**new_flow("adt-to-lab"), **files}
    flow = sound(write_flow(tmp_path, "adt-to-lab", every))
    return {each.case: each.differences for each in prove(flow)}


def test_the_scaffold_passes(tmp_path: Path) -> None:
    """Two cases: one that is sent and one that is filtered."""
    assert verdicts(tmp_path) == {"admission": (), "discharge-is-not-for-the-lab": ()}


def test_another_field_is_told_by_its_path(tmp_path: Path) -> None:
    """The expected value and the one that was made."""
    files = new_flow("adt-to-lab")
    expected = files["tests/admission/out.lab.hl7"].replace("SYNTH^ANNA", "SYNTH^ANNE")
    found = verdicts(tmp_path, **{"tests/admission/out.lab.hl7": expected})
    assert found["admission"] == ("lab: ~ PID[1]-5.2: ANNE -> ANNA",)


def test_a_field_may_be_left_out_of_the_comparison(tmp_path: Path) -> None:
    """`ignore` names paths; line ends never count."""
    files = new_flow("adt-to-lab")
    expected = files["tests/admission/out.lab.hl7"].replace("|HUB|", "|OTHER|").replace("\r", "\n")
    more = {
        "tests/admission/out.lab.hl7": expected,
        "tests/admission/case.toml": 'ignore = ["MSH-3"]\n',
    }
    assert verdicts(tmp_path, **more)["admission"] == ()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"tests/admission/out.other.hl7": "MSH|^~\\&|\r"}, "nothing goes to other"),
        ({"tests/admission/case.toml": "filtered = true\n"}, "not filtered"),
        ({"tests/admission/case.toml": 'refused = "x.y"\n'}, "not refused; x.y was expected"),
        ({"tests/discharge-is-not-for-the-lab/case.toml": ""}, "filtered"),
    ],
)
def test_what_goes_elsewhere_is_told(files: dict[str, str], said: str, tmp_path: Path) -> None:
    """In words, and the case fails."""
    found = verdicts(tmp_path, **files)
    assert [said] in [list(each) for each in found.values()]


def test_a_refusal_may_be_what_is_expected(tmp_path: Path) -> None:
    """By its code; another one is told."""
    more = {
        "tests/broken/in.hl7": "no message at all",
        "tests/broken/case.toml": 'refused = "hl7v2.no-msh"\n',
    }
    assert verdicts(tmp_path, **more)["broken"] == ()
    more["tests/broken/case.toml"] = 'refused = "hl7v2.other"\n'
    (said,) = verdicts(tmp_path, **more)["broken"]
    assert said.startswith("refused with hl7v2.no-msh")


@pytest.mark.parametrize("text", ["filterd = true\n", "= 1"])
def test_a_case_file_that_is_wrong_is_refused(text: str, tmp_path: Path) -> None:
    """A misspelt entry would make a test that cannot fail."""
    with pytest.raises(MisconfiguredError) as caught:
        verdicts(tmp_path, **{"tests/admission/case.toml": text})
    assert caught.value.code == "flow.test-invalid"


def test_expected_files_are_written_from_what_the_flow_makes(tmp_path: Path) -> None:
    """A case with its input alone gets its outputs; then it passes."""
    files = new_flow("adt-to-lab")
    del files["tests/admission/out.lab.hl7"]
    flow = sound(write_flow(tmp_path, "adt-to-lab", files))
    assert not all(each.holds for each in prove(flow))
    for name, content in written(flow).items():
        (flow.bundle.folder / name).write_bytes(content)
    assert all(each.holds for each in prove(sound(read_bundle(flow.bundle.folder))))


def test_a_flow_is_said_in_words(tmp_path: Path) -> None:
    """Where from, what is done, where to, how it repeats."""
    flow = sound(scaffold(tmp_path))
    text = "\n".join(explained(flow))
    for part in (
        "mllp://127.0.0.1:6661",
        "PID-3.1",
        "trigger is ADT^A01",
        "look PV1-3.1 up in wards",
        "-> lab: mllp://127.0.0.1:6662",
        "gives up after",
    ):
        assert part in text


def test_a_message_is_followed_step_by_step(tmp_path: Path) -> None:
    """Each step with what it changed, then the destinations."""
    flow = sound(scaffold(tmp_path))
    content = flow.bundle.files["tests/admission/in.hl7"]
    assert list(followed(flow, content, Setting(AT))) == [
        "ADT^A01, lane SYN0001",
        "step 1 set:",
        "    ~ MSH[1]-3: EHR -> HUB",
        "step 2 lookup:",
        "    ~ PV1[1]-3.1: NORTH2 -> N2",
        "step 3 call:",
        "    ~ PID[1]-5.1: Synth -> SYNTH",
        "    ~ PID[1]-5.2: Anna -> ANNA",
        "-> lab: 161 bytes",
    ]


def test_flows_are_drawn(tmp_path: Path) -> None:
    """Source, flow and destination, as Mermaid reads them."""
    lines = list(graph([sound(scaffold(tmp_path))]))
    assert lines[0] == "flowchart LR"
    assert any("-->|on_admitted| f0" in line for line in lines)
    assert any(line.strip().startswith("f0 --> d0_0") for line in lines)


def test_two_versions_differ_by_what_runs(tmp_path: Path) -> None:
    """A changed test is no new version; a changed step is, and its lines are shown."""
    first = scaffold(tmp_path / "a")
    same = write_flow(
        tmp_path / "b", "adt-to-lab", {**new_flow("adt-to-lab"), "tests/more/in.hl7": "x"}
    )
    assert first.version == same.version and list(changed(first, same)) == []
    other = scaffold(tmp_path / "c", **{'"HUB"': '"HUB2"'})
    assert first.version != other.version
    lines = list(changed(first, other))
    assert '-set = { "MSH-3" = "HUB" }' in lines and '+set = { "MSH-3" = "HUB2" }' in lines
