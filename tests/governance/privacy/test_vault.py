"""Tokens are random, stable and unlinkable; the vault's map is the only way back (spec 4.3)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.core.ids import SystemEntropy
from suture.governance.privacy.vault import Vault, VaultExhaustedError
from suture.governance.seal import Keyring, Sealer
from suture.journal.contract import Tx
from suture.journal.sqlite import open_sqlite


@dataclass
class Store:
    """The vault table of one clinical store."""

    rows: dict[tuple[str, bytes], tuple[str, bytes, str]] = field(default_factory=dict)

    def vault(self, scope: str, blind: bytes) -> str | None:
        row = self.rows.get((scope, blind))
        return None if row is None else row[0]

    def put_vault(self, scope: str, blind: bytes, value: str, sealed: bytes, key_id: str) -> None:
        self.rows[scope, blind] = (value, sealed, key_id)


class Counter:
    """Entropy that never repeats and is the same in every run."""

    def __init__(self) -> None:
        self.count = 0

    def token_bytes(self, count: int) -> bytes:
        self.count += 1
        return hashlib.sha256(str(self.count).encode()).digest()[:count]


def vault(store: Store, entropy: object = None, key: bytes = b"k" * 32) -> Vault:
    source = entropy or SystemEntropy()
    return Vault(store, Sealer(Keyring({"k1": key}), "clinical", SystemEntropy()), source)  # type: ignore[arg-type]


def test_a_case_keeps_its_token() -> None:
    """The same case gives the same 128-bit token, in this unit of work and in later ones."""
    store = Store()
    first = vault(store).case_token("NCH", "88123")
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert vault(store).case_token("NCH", " 88123 ") == first


def test_tokens_are_random_and_not_derived() -> None:
    """45 CFR 164.514(c): two stores with the same key give one case two tokens."""
    assert vault(Store()).case_token("NCH", "88123") != vault(Store()).case_token("NCH", "88123")


def test_every_name_has_its_own_token() -> None:
    """Another facility, another number or another scope is another thing."""
    one = vault(Store())
    made = [
        one.case_token("NCH", "88123"),
        one.case_token("SMC", "88123"),
        one.case_token("NCH", "88124"),
        one.case_token("NC", "H88123"),
        one.usage_token("NCH", "88123"),
    ]
    assert len(set(made)) == len(made)


def test_two_suppliers_cannot_join_their_aliases() -> None:
    """An alias belongs to one case and one recipient, and says nothing about the token."""
    store = Store()
    one = vault(store)
    case = one.case_token("NCH", "88123")
    first, second = one.alias(case, "SUP-1"), one.alias(case, "SUP-2")
    assert re.fullmatch(r"DMD-[0-9a-f]{12}", first)
    assert first != second
    assert first[4:] not in case
    assert vault(store).alias(case, "SUP-1") == first
    assert one.case_of_alias("SUP-1", first) == case
    assert one.case_of_alias("SUP-2", first) is None
    assert one.case_of_alias("SUP-1", "DMD-000000000000") is None


def test_a_surgeon_has_one_reference_per_store() -> None:
    """The reference is random, so the NPI is not computable from it."""
    one = vault(Store())
    assert re.fullmatch(r"SRG-[0-9a-f]{12}", one.pseudonym("surgeon", "9000000015"))
    assert one.pseudonym("surgeon", "9000000015") == one.pseudonym("surgeon", "9000000015")
    assert one.pseudonym("surgeon", "9000000023") != one.pseudonym("surgeon", "9000000015")


def test_the_store_shows_neither_identifier_nor_plain_hash() -> None:
    """What the vault keeps is blind and sealed; only the key opens it."""
    store = Store()
    vault(store).case_token("NCH", "SYNCASE88123")
    raw = repr(store.rows)
    digest = hashlib.sha256(b"SYNCASE88123").digest()
    assert "SYNCASE88123" not in raw
    assert all(digest not in blind for _, blind in store.rows)
    (scope, blind), (_, sealed, key_id) = next(
        item for item in store.rows.items() if item[0][0] == "case"
    )
    sealer = Sealer(Keyring({"k1": b"k" * 32}), "clinical", SystemEntropy())
    opened = sealer.open(sealed, key_id, aad=f"clinical|vault|{scope}|{blind.hex()}".encode())
    assert b"SYNCASE88123" in opened


def test_a_known_short_token_is_not_given_twice() -> None:
    """When entropy repeats, the vault draws again, and gives up loudly."""

    class Stuck:
        def token_bytes(self, count: int) -> bytes:
            return b"\x01" * count

    one = vault(Store(), Stuck())
    one.pseudonym("surgeon", "9000000015")
    with pytest.raises(VaultExhaustedError):
        one.pseudonym("surgeon", "9000000023")


def test_the_same_entropy_gives_the_same_tokens() -> None:
    """Chance comes in by the door: a simulation from a seed is repeatable."""
    one, two = vault(Store(), Counter()), vault(Store(), Counter())
    assert one.case_token("NCH", "1") == two.case_token("NCH", "1")


def test_the_clinical_journal_keeps_the_map() -> None:
    """Get-or-create holds across units of work of a real journal."""
    journal = open_sqlite(None, zone="clinical")
    sealer = Sealer(Keyring({"k1": b"k" * 32}), "clinical", SystemEntropy())

    def unit(tx: Tx) -> tuple[str, str, str]:
        one = Vault(tx, sealer, SystemEntropy())
        case = one.case_token("NCH", "88123")
        return case, one.alias(case, "SUP-1"), one.pseudonym("surgeon", "9000000015")

    try:
        assert journal.write(unit) == journal.write(unit)
    finally:
        journal.close()


@given(names=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), unique=True, max_size=8))
def test_distinct_names_never_share_a_token(names: list[tuple[str, str]]) -> None:
    """No two pairs of facility and number run together."""
    stripped = {(facility.strip(), number.strip()) for facility, number in names}
    one = vault(Store(), Counter())
    assert len({one.case_token(*name) for name in names}) == len(stripped)
