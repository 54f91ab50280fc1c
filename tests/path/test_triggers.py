"""The trigger registry: switched off, a clinical event is kept and starts nothing (S173)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import build, close
from stage import book, case_of, the_erp_answers
from wire import siu

from suture.core.refusal import MisconfiguredError
from suture.governance.policy import load_policies
from suture.governance.triggers import Triggers
from suture.testing.world import World

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = (ROOT / "packs" / "default" / "policy" / "triggers.toml").read_text("utf-8")


def switched(folder: Path, text: str) -> Triggers:
    """Return the registry a folder's file says, over the shipped policies."""
    folder.mkdir(exist_ok=True)
    (folder / "triggers.toml").write_text(text, "utf-8")
    return load_policies([ROOT / "packs" / "default" / "policy", folder]).triggers


def off(name: str, *places: str) -> str:
    """Return the shipped file with one trigger off at some places."""
    head, _, rest = SHIPPED.partition(f'name = "{name}"')
    quoted = ", ".join(f'"{place}"' for place in places)
    return f'{head}name = "{name}"{rest.replace("off_at = []", f"off_at = [{quoted}]", 1)}'


def switch(world: World, held: Triggers) -> None:
    """Let the hub run on under another registry, as after a restart."""
    core = world.core
    world.core = replace(core, crossing=replace(core.crossing, triggers=held))


def codes(world: World) -> list[str]:
    """Return the codes of the messages kept back."""
    with world.core.clinical.journal.read() as reader:
        return [a.code for a in reader.find_arrivals(10, code="trigger.off")]


def test_a_facility_that_is_off_takes_no_new_case_on(tmp_path: Path) -> None:
    """The message is acknowledged, kept and found; switched on, the next one begins the case."""
    world = build(tmp_path)
    shipped = world.core.crossing.triggers
    switch(world, switched(tmp_path / "off", off("case", "NCH")))
    the_erp_answers(world)
    assert b"MSA|CA" in world.hl7(siu())
    assert world.all("CASE") == []
    assert codes(world) == ["trigger.off"]
    switch(world, shipped)
    world.hl7(siu("S14", control="C2", sent="20270104091500-0600"))
    [case] = world.all("CASE")
    assert case.facility == "NCH"
    close(world)


def test_a_case_that_was_taken_on_is_changed_and_cancelled_whatever_the_switch(
    tmp_path: Path,
) -> None:
    """A switch stops what is new; nothing that was ordered is left without its cancel."""
    world = build(tmp_path)
    token = book(world, card="PC-PACK")
    switch(world, switched(tmp_path / "off", off("case", "*")))
    world.hl7(
        siu("S15", card="PC-PACK", control="C2", sent="20270104091500-0600", status="CANCELLED")
    )
    assert case_of(world, token).state == "CANCELLED"
    assert codes(world) == []
    close(world)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHIPPED.replace('"procedure.completed"', '"usage.recorded"'), "procedure.completed"),
        (SHIPPED.replace('"case.reported"', '"case.dreamt"'), "case.dreamt"),
    ],
)
def test_a_registry_that_contradicts_itself_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    """An event in two triggers, in none, or unknown: the file is refused with the event named."""
    with pytest.raises(MisconfiguredError) as refused:
        switched(tmp_path / "bad", text)
    assert refused.value.code == "policy.invalid"
    assert said in refused.value.text


def test_room_and_usage_of_a_case_that_was_never_taken_on_start_nothing(tmp_path: Path) -> None:
    """`usage` alone may be off too: the case goes on, consumption is then booked by hand."""
    held = switched(tmp_path / "off", off("case", "NCH"))
    assert not held.starts("usage.recorded", "NCH", is_known=False)
    assert held.starts("usage.recorded", "NCH", is_known=True)
    assert held.starts("case.reported", "SMC", is_known=False)
    held = switched(tmp_path / "off", off("usage", "NCH"))
    assert not held.starts("usage.recorded", "NCH", is_known=True)
    assert held.starts("case.reported", "NCH", is_known=False)
