"""What a profile permits, and how it is read."""

import pytest

from suture.core.problem import Problem, Severity
from suture.core.refusal import MisconfiguredError
from suture.formats.profile import Deviation, Profile, permitted, read_profile

SHORT = Problem("x12.element-missing", Severity.ERROR, "a mandatory element is empty", "PO1[2]-3")


def test_a_permitted_problem_carries_the_name_of_the_deviation() -> None:
    """It is kept and becomes information; another place or code stays as it was."""
    profile = Profile(
        name="p", deviations=(Deviation(name="no-unit", code="x12.element-missing", at="PO1*-3"),)
    )
    other = Problem("x12.element-missing", Severity.ERROR, "a mandatory element is empty", "BEG-3")
    marked = permitted([SHORT, other], profile)
    assert marked[0].permitted_by == "no-unit"
    assert marked[0].severity is Severity.INFO
    assert marked[0].describe().endswith("(permitted: no-unit)")
    assert marked[1] is other


def test_a_profile_is_read_from_toml() -> None:
    """Deviations are tables of the file."""
    text = b'name = "p"\n[[deviations]]\nname = "a"\ncode = "x12.b"\n'
    assert read_profile(text, Profile).deviations == (Deviation(name="a", code="x12.b"),)


@pytest.mark.parametrize("text", [b"name = 1", b"nam = 'p'", b"=", b"\xff"])
def test_a_wrong_profile_is_refused(text: bytes) -> None:
    """With one code, whatever is wrong with it."""
    with pytest.raises(MisconfiguredError) as refusal:
        read_profile(text, Profile)
    assert refusal.value.code == "profile.invalid"
