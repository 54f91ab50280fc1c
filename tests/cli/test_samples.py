"""The samples that ship with the demo: what a stranger tries first."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from suture.cli.file_commands import TARGETS
from suture.cli.main import cli
from suture.documents.exchange import Standard, read_order
from suture.governance.pack import pack_folder

SAMPLES = pack_folder("demo") / "samples"
ORDERS = {"x12": "order.x12", "edifact": "order.edi", "cxml": "order.xml"}


def call(*words: str | Path) -> tuple[int, str]:
    """Return exit code and output of a command."""
    done = CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)
    return done.exit_code, done.output


@pytest.mark.parametrize("name", ["order.x12", "order.edi", "order.xml", "order.json"])
def test_an_order_is_sound_and_shown(name: str) -> None:
    """Nothing is wrong with it, and its number is in the tree."""
    assert call("validate", SAMPLES / name)[0] == 0
    code, shown = call("inspect", SAMPLES / name)
    assert code == 0
    assert "PO4500019001" in shown


def test_it_is_one_order_in_three_standards() -> None:
    """X12, EDIFACT and cXML say the same; FHIR has no place for prices."""
    orders = [read_order((SAMPLES / name).read_bytes(), s)[0] for s, name in ORDERS.items()]
    assert orders[0] == orders[1] == orders[2]
    assert [line.item for line in orders[0][0].lines] == ["ITM-100230", "ITM-100302"]


def test_the_booking_deviates_as_its_profile_says() -> None:
    """The visit class is missing: an error by the standard, permitted by the partner's profile."""
    code, said = call("validate", SAMPLES / "booking.hl7")
    assert "hl7v2.required at PV1[1]-2" in said
    profile = SAMPLES / "partner.toml"
    code, said = call("validate", "--profile", profile, SAMPLES / "booking.hl7")
    assert code == 0
    assert "(permitted: no-visit-class)" in said


def test_every_standard_may_be_converted_to() -> None:
    """The command names what the registry knows."""
    assert set(TARGETS) == {standard.value for standard in Standard}
