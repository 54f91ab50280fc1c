"""A hub over in-memory journals, and the messages the scenarios send it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "flip"))

from small_master import CONTINENTAL, SYNTHO, write_master
from tests.postgres_server import new_schema, postgres_server

import flip
from suture.assembly.core import Parties
from suture.documents.from_hl7v2 import SiteProfile
from suture.documents.partner import PartnerProfile
from suture.governance.policy import load_policies
from suture.journal.contract import Journal
from suture.journal.sqlite import open_sqlite
from suture.systems.erp_rest import ErpRestAdapter
from suture.systems.supplier_cxml import SupplierCxmlAdapter
from suture.systems.supplier_x12 import SupplierX12Adapter
from suture.testing.world import World, make_world

ROOT = Path(__file__).resolve().parents[2]
MONDAY = datetime(2027, 1, 4, 14, 0, tzinfo=UTC)
"""08:00 at the hospital (America/Chicago)."""

SYNTHO_PROFILE = PartnerProfile(
    supplier=SYNTHO, name="Syntho", dialect="x12", our_id="HSCIPDEMO", their_id="SUP9001DEMO"
)
CONTINENTAL_PROFILE = PartnerProfile(
    supplier=CONTINENTAL, name="Continental", dialect="cxml", our_id="AN01", their_id="AN9002"
)


def build(
    tmp_path: Path, *, policy: str = "demo", seed: int = 0, store: Path | None = None
) -> World:
    """Return a world under the demo policy (implants pass) or the shipped default.

    `store` is the folder of the two journals; None keeps them in memory.
    """
    flip_rule()
    folders = [ROOT / "packs" / "default" / "policy"]
    if policy != "default":
        folders.append(ROOT / "packs" / policy / "policy")
    profile = {SYNTHO: SYNTHO_PROFILE, CONTINENTAL: CONTINENTAL_PROFILE}
    return make_world(
        journals=journals(store),
        now=MONDAY,
        policies=load_policies(folders),
        parties=Parties(
            sites={"ehr": SiteProfile(facility="NCH", timezone="America/Chicago")},
            partners=profile,
            adapters={
                "erp": ErpRestAdapter(),
                SYNTHO: SupplierX12Adapter(SYNTHO_PROFILE),
                CONTINENTAL: SupplierCxmlAdapter(CONTINENTAL_PROFILE, "s3cret"),
            },
            suppliers=(SYNTHO, CONTINENTAL),
        ),
        master=write_master(tmp_path / "master"),
        seed=seed,
    )


def journals(store: Path | None) -> tuple[Journal, Journal]:
    """Return (clinical, operations); in PostgreSQL when SUTURE_TEST_STORE says so."""
    if store is None and os.environ.get("SUTURE_TEST_STORE") == "postgres":
        from suture.journal.postgres import open_postgres

        name, url = new_schema(), postgres_server().url()
        return (
            open_postgres(url, zone="clinical", schema=f"{name}_c"),
            open_postgres(url, zone="operations", schema=f"{name}_o"),
        )
    return (
        open_sqlite(store and store / "clinical.db", zone="clinical"),
        open_sqlite(store and store / "operations.db", zone="operations"),
    )


def flip_rule() -> None:
    """Break the one rule named by SUTURE_FLIP, for the check of the checks (tests/flip)."""
    wanted = os.environ.get("SUTURE_FLIP", "")
    if wanted:
        flip.break_rule(wanted)


def pytest_configure(config: pytest.Config) -> None:
    """Record which test takes which rule when SUTURE_RULES names a file to write."""
    target = os.environ.get("SUTURE_RULES", "")
    if target:
        config.pluginmanager.register(flip.Recorder(Path(target)), "suture-rules")


def close(world: World) -> None:
    """Close both journals."""
    world.core.operations.journal.close()
    world.core.clinical.journal.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Give a hub under the demo policy."""
    made = build(tmp_path)
    yield made
    close(made)
