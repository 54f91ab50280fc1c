"""Opens what a flow declares: its source and the ways to its destinations.

In: declared ends. Out: open ones. Refuses to know: what a connector does.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Literal

from suture.assembly.flows.connectors.as2_in import open_as2
from suture.assembly.flows.connectors.as2_out import As2Outlet
from suture.assembly.flows.connectors.as2_receipts import As2ReceiptOutlet
from suture.assembly.flows.connectors.database import DatabaseOpen, DatabaseOutlet
from suture.assembly.flows.connectors.ends import HandOver, OpenSource, Outlet
from suture.assembly.flows.connectors.files import FilesOpen, FilesOutlet
from suture.assembly.flows.connectors.flow import FlowOutlet
from suture.assembly.flows.connectors.http_in import open_http
from suture.assembly.flows.connectors.http_out import HttpOutlet, Wall
from suture.assembly.flows.connectors.mllp import MllpOutlet, open_mllp
from suture.assembly.flows.door import FlowDoor
from suture.core.refusal import MisconfiguredError
from suture.orchestration.flows.connectors.as2 import As2Destination, As2Source
from suture.orchestration.flows.connectors.database import DatabaseDestination, DatabaseSource
from suture.orchestration.flows.connectors.files import FilesDestination, FilesSource
from suture.orchestration.flows.connectors.flow import FlowDestination, FlowSource
from suture.orchestration.flows.connectors.http import HttpDestination, HttpSource
from suture.orchestration.flows.connectors.mllp import MllpDestination, MllpSource
from suture.orchestration.flows.connectors.nats import NatsDestination, NatsSource
from suture.orchestration.flows.connectors.rabbitmq import RabbitDestination, RabbitSource
from suture.orchestration.flows.connectors.sftp import SftpDestination, SftpSource
from suture.orchestration.flows.declaration import Destination, Source
from suture.orchestration.flows.perform import RECEIPTS


def is_listener(declared: Source) -> bool:
    """Return whether senders come to a source, in any process."""
    return isinstance(declared, MllpSource | HttpSource | As2Source)


def is_reader(declared: Source) -> bool:
    """Return whether a source is read by itself: by one process for all."""
    return not is_listener(declared) and not isinstance(declared, FlowSource)


async def open_source(
    declared: Source, door: FlowDoor, base: Path, *, is_shared: bool = False
) -> OpenSource | None:
    """Open a flow's source; None for one that other flows hand over to.

    `is_shared`: other processes on this machine may listen at the same port.
    """
    match declared:
        case MllpSource():
            return await open_mllp(declared, door, base, is_shared=is_shared)
        case HttpSource():
            return await open_http(declared, door, base, is_shared=is_shared)
        case As2Source():
            return await open_as2(declared, door, base, is_shared=is_shared)
        case SftpSource():
            return extra("sftp").SftpOpen(declared, door, base)  # type: ignore[no-any-return]
        case NatsSource():
            return extra("nats").NatsOpen(declared, door, base)  # type: ignore[no-any-return]
        case RabbitSource():
            return extra("rabbitmq").RabbitOpen(declared, door, base)  # type: ignore[no-any-return]
        case DatabaseSource():
            return DatabaseOpen(declared, door, base)
        case FilesSource():
            return FilesOpen(declared, door, base)
    return None


def extra(name: Literal["nats", "rabbitmq", "sftp"]) -> ModuleType:
    """Return a connector whose library is optional.

    Raises MisconfiguredError `connector.not-installed`, naming what to install.
    """
    try:
        if name == "nats":
            from suture.assembly.flows.connectors import nats as module
        elif name == "rabbitmq":
            from suture.assembly.flows.connectors import (  # type: ignore[no-redef]
                rabbitmq as module,
            )
        else:
            from suture.assembly.flows.connectors import sftp as module  # type: ignore[no-redef]
        return module
    except ImportError:
        raise MisconfiguredError(
            "connector.not-installed", f"{name} needs: pip install 'suture[{name}]'"
        ) from None


def is_same_way(one: Destination, other: Destination) -> bool:
    """Return whether two declarations reach a destination alike: its outlet can stay."""
    left, right = (
        x.model_dump(exclude={"when", "step", "retry", "rate_per_s"}) for x in (one, other)
    )
    return left == right


def open_outlet(
    declared: Destination, base: Path, name: str, hand_over: HandOver, wall: Wall
) -> Outlet:
    """Return the way to a destination of flow `name`; raises MisconfiguredError of its files."""
    match declared:
        case MllpDestination():
            return MllpOutlet(declared, base)
        case HttpDestination():
            return HttpOutlet(declared, base, wall)
        case As2Destination():
            return As2Outlet(declared, base, wall)
        case SftpDestination():
            return extra("sftp").SftpOutlet(declared, base)  # type: ignore[no-any-return]
        case NatsDestination():
            return extra("nats").NatsOutlet(declared, base)  # type: ignore[no-any-return]
        case RabbitDestination():
            return extra("rabbitmq").RabbitOutlet(declared, base)  # type: ignore[no-any-return]
        case DatabaseDestination():
            return DatabaseOutlet(declared, base)
        case FilesDestination():
            return FilesOutlet(declared, base)
        case FlowDestination():
            return FlowOutlet(declared, hand_over, name)


def owed_outlets(declared: Source, base: Path, name: str, wall: Wall) -> dict[str, Outlet]:
    """Return the ways of what the source of flow `name` owes later, by what they are called."""
    if not isinstance(declared, As2Source) or not any(each.mdn_url for each in declared.partner):
        return {}
    return {f"{name}.{RECEIPTS}": As2ReceiptOutlet(declared, base, wall)}
