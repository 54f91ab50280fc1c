"""Random names for cases, persons and usages, minted once and kept in the clinical zone (spec 4.3).

In: an identifier and a unit of work on the clinical journal. Out: its token, the same every time.
Refuses to know: any way to compute a token from an identifier (45 CFR 164.514(c)); losing the map
makes the data unlinkable, and that is meant.
"""

from __future__ import annotations

from typing import Protocol

from suture.core.ids import CaseToken, Entropy
from suture.governance.seal import place

TOKEN_BYTES = 16
"""128 bits (spec 4.3)."""
SHORT_BYTES = 6
"""12 hex digits: a demand token must fit an X12 reference and be read over the phone."""
MINT_ATTEMPTS_MAX = 8
"""Two in a row collide once in 10**17 at 10**6 short tokens; more means broken entropy."""


class VaultTx(Protocol):
    """What the vault needs of a journal unit; `journal.contract.Tx` is one."""

    def vault(self, scope: str, blind: bytes) -> str | None:
        """Return the stored value under a blind index."""

    def put_vault(self, scope: str, blind: bytes, value: str, sealed: bytes, key_id: str) -> None:
        """Store a value and what it stands for, sealed."""


class VaultSealer(Protocol):
    """What the vault needs of `governance.seal.Sealer`."""

    def seal(self, plaintext: bytes, *, aad: bytes) -> tuple[bytes, str]:
        """Return sealed bytes and the key id."""

    def blind(self, value: bytes) -> bytes:
        """Return the keyed index of a value."""


class VaultPort(Protocol):
    """What the minimiser asks of a vault."""

    def case_token(self, facility: str, case_number: str) -> CaseToken: ...
    def alias(self, case: CaseToken, recipient: str) -> str: ...
    def pseudonym(self, kind: str, value: str) -> str: ...
    def usage_token(self, facility: str, transaction: str) -> str: ...


class VaultExhaustedError(Exception):
    """No free token was found: the entropy source repeats itself."""

    code = "vault.entropy"


class Vault:
    """The vault of one clinical store, seen from inside one unit of work."""

    __slots__ = ("_entropy", "_sealer", "_tx", "_zone")

    def __init__(
        self, tx: VaultTx, sealer: VaultSealer, entropy: Entropy, *, zone: str = "clinical"
    ) -> None:
        self._tx = tx
        self._sealer = sealer
        self._entropy = entropy
        self._zone = zone

    def __repr__(self) -> str:
        return "<Vault>"

    def case_token(self, facility: str, case_number: str) -> CaseToken:
        """Return the case's token of 32 hex digits, minting it on first sight.

        The case is (facility, case number); patient merges (ADT^A40) do not touch it.
        """
        return CaseToken(self._get_or_mint("case", (facility, case_number), "", TOKEN_BYTES))

    def alias(self, case: CaseToken, recipient: str) -> str:
        """Return the demand token of a case for one recipient: `DMD-` and 12 hex digits.

        Another recipient gets another one, so that two suppliers cannot join what they see.
        """
        return self._get_or_mint("alias", (case, recipient), "DMD-", SHORT_BYTES)

    def case_of_alias(self, recipient: str, alias: str) -> CaseToken | None:
        """Return the case a recipient's alias stands for; None when it never got that alias."""
        found = self._tx.vault("alias.of", self._blind("alias.of", (recipient, alias)))
        return None if found is None else CaseToken(found)

    def pseudonym(self, kind: str, value: str) -> str:
        """Return the reference of a person by role, e.g. `SRG-` and 12 hex digits."""
        prefix = {"surgeon": "SRG-"}.get(kind, "PSN-")
        return self._get_or_mint(f"person.{kind}", (value,), prefix, SHORT_BYTES)

    def usage_token(self, facility: str, transaction: str) -> str:
        """Return the token of a usage line, 32 hex digits; the same source id gives the same."""
        return self._get_or_mint("usage", (facility, transaction), "", TOKEN_BYTES)

    def _get_or_mint(self, scope: str, parts: tuple[str, ...], prefix: str, size: int) -> str:
        blind = self._blind(scope, parts)
        known = self._tx.vault(scope, blind)
        if known is not None:
            return known
        token = self._unused(scope, prefix, size)
        self._put(scope, blind, token, parts)
        self._put(f"{scope}.used", self._blind(f"{scope}.used", (token,)), token, (token,))
        if scope == "alias":
            case, recipient = parts
            self._put("alias.of", self._blind("alias.of", (recipient, token)), case, parts)
        return token

    def _unused(self, scope: str, prefix: str, size: int) -> str:
        for _ in range(MINT_ATTEMPTS_MAX):
            token = prefix + self._entropy.token_bytes(size).hex()
            if self._tx.vault(f"{scope}.used", self._blind(f"{scope}.used", (token,))) is None:
                return token
        raise VaultExhaustedError("the entropy source gave known tokens only")

    def _put(self, scope: str, blind: bytes, value: str, stands_for: tuple[str, ...]) -> None:
        aad = place(self._zone, "vault", f"{scope}|{blind.hex()}")
        sealed, key_id = self._sealer.seal(_joined(stands_for), aad=aad)
        self._tx.put_vault(scope, blind, value, sealed, key_id)

    def _blind(self, scope: str, parts: tuple[str, ...]) -> bytes:
        return self._sealer.blind(_joined((scope, *parts)))


def _joined(parts: tuple[str, ...]) -> bytes:
    """Return the parts with their lengths, so that no two lists of parts give the same bytes."""
    encoded = [part.strip().encode("utf-8") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
