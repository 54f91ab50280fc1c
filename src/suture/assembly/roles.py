"""What one process of a hub does: all of it, or one of the parts that several processes share.

In: a role's name and settings. Out: which parts run here. Refuses to know: how they run.
"""

from __future__ import annotations

from dataclasses import dataclass

from suture.assembly.settings import HubSettings
from suture.core.refusal import MisconfiguredError

NAMES = ("all", "listen", "work", "web")


@dataclass(frozen=True, slots=True)
class Role:
    """The parts of the hub that run in this process."""

    name: str = ""
    """What the others see; empty: this process has its stores alone."""
    listens: bool = True
    """Opens listeners and the partners' door: admits and acknowledges."""
    works: bool = True
    """Crosses, translates, decides, polls, carries the lanes."""
    serves: bool = True
    """Serves console and API."""

    @property
    def is_shared(self) -> bool:
        """True when other processes may write the same stores."""
        return bool(self.name)


ALONE = Role()


def role_of(name: str, settings: HubSettings) -> Role:
    """Return what a process of this role does; `all` on files has them alone.

    Raises MisconfiguredError `run.role` for a part that would need a store that cannot be shared.
    """
    is_shareable = settings.store.clinical is not None and settings.store.operations is not None
    match name:
        case "":
            return ALONE
        case "all":
            return Role("all") if is_shareable else ALONE
        case "listen" | "work" | "web" if is_shareable:
            return Role(name, name == "listen", name == "work", name == "web")
    raise MisconfiguredError(
        "run.role", f"the role {name} needs both zones in PostgreSQL; a file has one process"
    )
