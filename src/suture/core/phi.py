"""PHI by type (plan D7, spec 4.2): a value that cannot leave by the side door.

In: a value and its label. Out: a wrapper without a way to print, log, format, serialise, hash or
compare it. Refuses to know: who may open it; `declassify` asks for the rule and the purpose, and an
architecture test allows the call in registered minimiser modules only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T")


class Label(StrEnum):
    """Sensitivity of a value, highest first (spec 4.2)."""

    PHI_DIRECT = "phi_direct"
    PHI_QUASI = "phi_quasi"
    OPS_CONF = "ops_conf"
    FIN_SECRET = "fin_secret"
    PUBLIC = "public"


class PhiLeak(TypeError):
    """Code tried to turn a labelled value into text, bytes or a key."""


class Phi(Generic[T]):
    """Holds a labelled value; every implicit way out raises or renders `<phi:label>`."""

    __slots__ = ("__label", "__value")

    def __init__(self, value: T, label: Label = Label.PHI_DIRECT) -> None:
        self.__value = value
        self.__label = label

    @property
    def label(self) -> Label:
        """The sensitivity of the held value."""
        return self.__label

    def __repr__(self) -> str:
        return f"<phi:{self.__label}>"

    def __str__(self) -> str:
        return f"<phi:{self.__label}>"

    def __format__(self, spec: str) -> str:
        return f"<phi:{self.__label}>"

    def _refuse(self, *_: object) -> NoReturn:
        raise PhiLeak(f"a {self.__label} value may not be converted, compared or stored as text")

    __bytes__ = __iter__ = __len__ = __add__ = __radd__ = __mod__ = __getitem__ = _refuse
    __hash__ = __bool__ = __reduce__ = __int__ = __float__ = __index__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse

    def __eq__(self, other: object) -> bool:
        self._refuse(other)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        self._refuse(protocol)

    def __getstate__(self) -> NoReturn:
        self._refuse()


def declassify(wrapped: Phi[T], rule: str, purpose: str) -> T:
    """Return the held value for one documented rule and purpose.

    `rule` names the row of the field table (spec 4.4), `purpose` the purpose of use. Raises
    `PhiLeak` when either is empty.
    """
    if not rule or not purpose:
        raise PhiLeak("declassify needs the field-table rule and the purpose of use")
    value: T = wrapped._Phi__value  # type: ignore[attr-defined]
    return value
