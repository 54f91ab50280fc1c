"""The hub without its sockets: journals, doors, engine, lanes, joined.

In: two journals, a clock, entropy, settings as values, a way to execute deliveries. Out: `HubCore`,
which the network part (`hub`) and the test kit drive alike. Refuses to know: addresses.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from suture.canonical.master import MasterRecord, load_master
from suture.core.clock import Clock
from suture.core.ids import Entropy
from suture.core.problem import Problem
from suture.documents.from_hl7v2 import SiteProfile
from suture.documents.partner import PartnerProfile
from suture.governance.policy import Policies
from suture.governance.privacy.vault import Vault
from suture.governance.seal import Keyring, Sealer
from suture.journal.contract import Journal, Tx
from suture.journal.record import Fact, NewEvent
from suture.orchestration.engine import Engine
from suture.orchestration.facts import Facts
from suture.orchestration.path.cross import Crossing
from suture.orchestration.path.decide import decide_some
from suture.orchestration.path.deliver import Deliverer, Execute
from suture.orchestration.path.notices import Notices
from suture.orchestration.path.pulse import Pulse
from suture.orchestration.path.receive import Door
from suture.orchestration.path.traffic import Traffic
from suture.orchestration.path.translate import Translator
from suture.orchestration.processes.catalog import ALL
from suture.orchestration.processes.replenishment import can_be_enriched
from suture.systems.adapter import Adapter

MASTER_KINDS = (
    "supplier",
    "item",
    "location",
    "department",
    "cost_center",
    "contract_lines",
    "card",
    "crosswalk",
)
FACTS_PER_COMMIT = 500


@dataclass(frozen=True, slots=True)
class Parties:
    """Who the hub talks to, by endpoint or destination name."""

    sites: Mapping[str, SiteProfile]
    partners: Mapping[str, PartnerProfile]
    """Inbound endpoint -> partner."""
    adapters: Mapping[str, Adapter]
    """Outbound destination -> adapter."""
    suppliers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HubCore:
    """Everything between the doors and the lanes."""

    clinical: Door
    operations: Door
    crossing: Crossing
    notices: Notices
    translator: Translator
    engine: Engine
    deliverer: Deliverer
    clock: Clock

    async def work(self) -> int:
        """Cross, translate and decide once; return how much was done."""
        done = await self.crossing.cross_some()
        done += await self.notices.carry_some()
        done += await self.translator.translate_some()
        done += await decide_some(self.operations.journal, self.engine)
        return done

    def next_due(self) -> datetime | None:
        """Return the business instant of the next timer."""
        with self.operations.journal.read() as reader:
            return reader.next_timer_due()


def build_core(
    *,
    clinical: Journal,
    operations: Journal,
    ring: Keyring,
    clock: Clock,
    entropy: Entropy,
    policies: Policies,
    parties: Parties,
    execute: Execute,
) -> HubCore:
    """Join the rooms of the house."""
    pulse = Pulse()
    clinical_door = Door(clinical, Sealer(ring, "clinical", entropy), clock, entropy, pulse=pulse)
    sealer = Sealer(ring, "operations", entropy)
    operations_door = Door(operations, sealer, clock, entropy, pulse=pulse)
    return HubCore(
        clinical=clinical_door,
        operations=operations_door,
        crossing=Crossing(
            clinical_door,
            operations,
            parties.sites,
            parties.suppliers,
            clock,
            policies.triggers,
        ),
        notices=Notices(clinical, operations),
        translator=Translator(operations_door, parties.partners, clock),
        engine=Engine(ALL, policies, clock),
        deliverer=Deliverer(
            operations, sealer, clock, parties.adapters, execute, Traffic(pulse=pulse)
        ),
        clock=clock,
    )


def store_master(core: HubCore, folder: Path) -> tuple[int, list[Problem]]:
    """Load the master files; return how many facts changed, and the problems.

    A fact's version rises only when its content differs, so a reload changes nothing.
    """

    def pseudonyms(tx: Tx) -> tuple[list[MasterRecord], list[Problem]]:
        vault = Vault(tx, core.clinical.sealer, core.clinical.entropy)
        return load_master(folder, surgeon_ref=lambda npi: vault.pseudonym("surgeon", npi))

    records, problems = core.clinical.journal.write(pseudonyms)
    changed = 0
    for start in range(0, len(records), FACTS_PER_COMMIT):
        batch = records[start : start + FACTS_PER_COMMIT]
        changed += core.operations.journal.write(functools.partial(_put, core, batch))
    return changed, problems


def _put(core: HubCore, records: list[MasterRecord], tx: Tx) -> int:
    now = core.clock.now()
    changed = 0
    for record in records:
        held = tx.fact(record.kind, record.key)
        if held is not None and held.value == record.value:
            continue
        version = held.version + 1 if held else 1
        source = f"master sha256 {record.version_hash[:12]}"
        fact = Fact(record.kind, record.key, version, record.value, now, source)
        changed += tx.put_fact(fact)
    return changed


def publish_items(core: HubCore) -> int:
    """Tell lines that wait for an item or a place that master data has changed (W2.005)."""
    now = core.clock.now()

    def tell(tx: Tx) -> int:
        facts = Facts(tx, now)
        waiting = tx.instances("W2", limit=1000, states=("UNRESOLVED",))
        solved = [x for x in waiting if can_be_enriched(x.data, facts)]
        for stored in solved:
            tx.append(
                NewEvent(
                    id=f"item.published/{stored.key}/{stored.rev}",
                    type="item.published",
                    machine="W2",
                    key=stored.key,
                    time=now,
                    payload=b'{"item":""}',
                    facility=stored.facility,
                ),
                now,
            )
        return len(solved)

    return core.operations.journal.write(tell)
