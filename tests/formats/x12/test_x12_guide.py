"""A partner's guide: read from TOML, it replaces structure, elements and codes of the house."""

from __future__ import annotations

import pytest
from test_x12_validate import ORDER, interchange

from suture.core.refusal import MisconfiguredError
from suture.formats.profile import read_profile
from suture.formats.x12 import X12Profile, parse, structure_of, validate

GUIDE = b"""
name = "synth-supplier"
version = "005010"
character_set = "basic"

[[deviations]]
name = "lower-case-descriptions"
code = "x12.character-set"
at = "PID*"
reason = "the supplier's catalogue is in lower case"

[delimiters]
segment = "~"
component = ">"

[codes]
"CUR-2" = ["USD"]

[segments]
ZA = "AN.1-10! R.1-9"

[sets.850]
structure = "BEG! CUR REF* ZA! (N1 N3/2)/5 (PO1 PID/2)!/3 CTT!"
required = ["N1:ST", "REF:CT"]
codes = { "BEG-2" = ["NE", "RO"] }
"""


def profile() -> X12Profile:
    """Return the guide, read."""
    return read_profile(GUIDE, X12Profile)


def codes(*body: str) -> list[tuple[str, str]]:
    """Return what validation under the guide says of an order."""
    content = interchange(*body)
    own = profile()
    found, _ = parse(content, structure=structure_of(own))
    return [(p.code, p.path) for p in validate(found, own) if not p.permitted_by]


GOOD = [*ORDER[:3], "ZA*OK*1", *ORDER[3:5], "PID*F****SYNTH", "CTT*1*12"]
MARKS = ("x12.profile-delimiters", "ISA")


def test_an_order_by_the_guide_has_only_the_other_delimiter() -> None:
    """The guide's own segment ZA has its place and its elements."""
    assert codes(*GOOD) == [MARKS]


@pytest.mark.parametrize(
    ("number", "text", "code", "path"),
    [
        (0, "BEG*00*SA*PO1**20270108", "x12.profile-code", "BEG[2]-2"),
        (1, "CUR*BY*EUR", "x12.profile-code", "CUR[3]-2"),
        (2, "REF*DP*CTR-1", "x12.profile-segment", "REF[1]"),
        (3, "ZA*TOO LONG BY FAR", "x12.element-length", "ZA[5]-1"),
        (3, "ZB*1", "x12.segment-missing", "ZA[1]"),
        (4, "N1*BY*SYNTH DOCK", "x12.profile-segment", "N1[1]"),
        (4, "N1*ST*Synth", "x12.character-set", "N1[6]-2"),
        (6, "MEA*PD", "x12.unexpected-segment", "MEA[8]"),
    ],
)
def test_what_the_guide_forbids_is_found(number: int, text: str, code: str, path: str) -> None:
    """With the guide's code, at the element."""
    assert (code, path) in codes(*GOOD[:number], text, *GOOD[number + 1 :])


def test_a_deviation_covers_its_place_only() -> None:
    """Lower case is permitted in PID and nowhere else."""
    assert codes(*GOOD[:6], "PID*F****Synth", GOOD[7]) == [MARKS]


def test_the_house_knows_nothing_of_the_guide() -> None:
    """Another partner's order is read by the declared structure."""
    _, problems = parse(interchange(*GOOD))
    assert [p.code for p in problems] == ["x12.unexpected-segment"]


@pytest.mark.parametrize(
    "text",
    [
        b'name = "p"\n[sets.850]\nstructure = "(BEG"',
        b'name = "p"\n[sets.850]\nstructure = "()"',
        b'name = "p"\n[sets.850]\nstruct = "BEG"',
        b'name = "p"\n[segments]\nZA = "XX.1"',
        b'name = "p"\ncharacter_set = "latin"',
    ],
)
def test_a_wrong_guide_is_refused(text: bytes) -> None:
    """One code, whichever notation is wrong."""
    found, _ = parse(interchange(*ORDER))
    with pytest.raises(MisconfiguredError) as refusal:
        validate(found, read_profile(text, X12Profile))
    assert refusal.value.code == "profile.invalid"
