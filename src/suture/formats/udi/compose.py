"""Writes the text of a device label from what it says, whoever issued it.

In: a `Udi`. Out: text that `parse_udi` reads as the same value. Refuses to know: bar code images.
"""

from __future__ import annotations

from typing import assert_never

from suture.formats.udi.gs1 import compose_gs1
from suture.formats.udi.hibc import compose_hibc
from suture.formats.udi.iccbba import compose_iccbba
from suture.formats.udi.value import Issuer, Udi


def compose_udi(udi: Udi) -> str:
    """Return the label's text in its issuer's form.

    Raises RefusalError `udi.value` or `udi.check-digit` for what the form cannot hold.
    """
    match udi.issuer:
        case Issuer.GS1:
            return compose_gs1(
                udi.device_identifier,
                lot=udi.lot,
                serial=udi.serial,
                expiry=udi.expiry,
                manufactured=udi.manufactured,
            )
        case Issuer.HIBCC:
            return compose_hibc(
                udi.device_identifier,
                lot=udi.lot,
                serial=udi.serial,
                expiry=udi.expiry,
                manufactured=udi.manufactured,
            )
        case Issuer.ICCBBA:
            return compose_iccbba(udi)
        case _:
            assert_never(udi.issuer)
