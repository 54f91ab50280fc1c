"""What a partner's profile has in every format: a name, a version, deviations permitted by name.

In: TOML of a profile, problems of a document. Out: the profile, and the problems with the permitted
ones marked. Refuses to know: files, and what a format checks. Each format extends `Profile` with
what only it has (Z segments, a licensed guide, bindings).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TypeVar

import msgspec

from suture.core.problem import Problem, Severity
from suture.core.refusal import MisconfiguredError


class Deviation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing a partner does that the standard does not allow, and that is accepted."""

    name: str
    """What the partner's people call it, e.g. `short-control-number`."""
    code: str
    """The problem it permits, e.g. `x12.control-number-length`."""
    at: str = "*"
    """Where, as a shell pattern on the problem's path, e.g. `PV1-*`."""
    reason: str = ""
    """Why it is accepted, for the reader of the profile."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is agreed with a partner about one standard."""

    name: str
    version: str = ""
    """Version of the standard to hold documents against; empty is the one a document names."""
    deviations: tuple[Deviation, ...] = ()


Kind = TypeVar("Kind", bound=Profile)


def read_profile(data: bytes, kind: type[Kind]) -> Kind:
    """Return the profile in TOML `data`; raises MisconfiguredError `profile.invalid`."""
    try:
        return msgspec.toml.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise MisconfiguredError(
            "profile.invalid", f"the profile cannot be used: {error}"
        ) from None


def permitted(problems: Iterable[Problem], profile: Profile) -> list[Problem]:
    """Return the problems; those a deviation permits carry its name and are `INFO`."""
    return [_marked(problem, profile.deviations) for problem in problems]


def _marked(problem: Problem, deviations: tuple[Deviation, ...]) -> Problem:
    for one in deviations:
        if one.code == problem.code and fnmatchcase(problem.path, one.at):
            return replace(problem, severity=Severity.INFO, permitted_by=one.name)
    return problem
