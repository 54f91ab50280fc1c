"""What is agreed with one partner about FHIR: version, elements, codes, constraints.

In: TOML, by `read_profile(data, FhirProfile)`. Out: `FhirProfile`. Refuses to know: how its parts
are checked. Expressions are configuration and trusted as such; they are bounded, not caged.
"""

from __future__ import annotations

from typing import Final

import msgspec

from suture.core.problem import Severity
from suture.formats.profile import Profile


class Constraint(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule in FHIRPath."""

    name: str
    """Short key, e.g. `or-room-known`."""
    expression: str
    """True, or empty, when the rule is met; evaluated on the resource."""
    text: str
    """What the sender must change, without a value."""
    severity: Severity = Severity.ERROR
    clause: str = ""


class Binding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The values that are allowed at one path."""

    path: str
    """Simple path, e.g. `status` or `item.concept.coding.system`."""
    values: tuple[str, ...]


class FhirProfile(Profile, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A partner's or a use case's rules over one kind of resource; `version` is `R4` or `R5`."""

    resource: str = ""
    """resourceType the profile is for; empty is any."""
    required: tuple[str, ...] = ()
    """Simple paths; the last step must stand in each object that the steps before it reach."""
    forbidden: tuple[str, ...] = ()
    """Simple paths where nothing may stand."""
    bindings: tuple[Binding, ...] = ()
    constraints: tuple[Constraint, ...] = ()


PLAIN: Final = FhirProfile(name="plain")
"""Nothing beyond the standard."""
