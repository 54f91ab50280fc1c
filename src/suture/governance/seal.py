"""Encryption at rest: what the journal keeps of a message is unreadable without the zone's key.

In: bytes, the place they are stored at, a ring of keys. Out: sealed bytes and the id of the key;
the bytes again; blind indices. Refuses to know: what the bytes say and where the store is.
AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce; the place is authenticated, so that a row
moved to another record, table or zone does not open. Every zone has keys of its own, derived by
HKDF-SHA256 (RFC 5869); zones run by separate processes get separate key files too.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from suture.core.ids import Entropy
from suture.core.refusal import MisconfiguredError

KEY_BYTES = 32
"""AES-256."""
NONCE_BYTES = 12
"""The GCM nonce; at random it allows 2**32 seals under one key (SP 800-38D, 8.3)."""
TAG_BYTES = 16
KEYS_MAX = 64
"""Rotated yearly, a ring this long outlasts every retention rule."""
KEY_FILE_BYTES_MAX = 64 * 1024
"""A key file is `KEYS_MAX` short lines; more is not a key file."""
PLAIN_BYTES_MAX = 1 << 30
"""Above every message limit of the house and below what one GCM call takes."""
KEY_VARIABLE = "SUTURE_KEY"
"""Environment variable: base64 keys separated by commas, the current one last."""


class SealError(Exception):
    """Sealed bytes did not open; the text never says what they held. `code` is stable."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Keyring:
    """Keys by id, oldest first. The last one seals; all of them open; the first one indexes."""

    keys: Mapping[str, bytes] = field(repr=False)
    """Key id -> 32 bytes, in order of age."""

    def __post_init__(self) -> None:
        if not 0 < len(self.keys) <= KEYS_MAX:
            raise MisconfiguredError("key.count", f"a key ring holds 1 to {KEYS_MAX} keys")
        if any(len(key) != KEY_BYTES for key in self.keys.values()):
            raise MisconfiguredError("key.invalid", f"a key is {KEY_BYTES} bytes long")

    @property
    def current_id(self) -> str:
        """The id of the key that seals."""
        return list(self.keys)[-1]

    @property
    def first_id(self) -> str:
        """The id of the key of the blind indices; it stays in the ring for good."""
        return next(iter(self.keys))


def key_name(key: bytes) -> str:
    """Return the id of a key: the start of a digest, so that it cannot be mislabelled."""
    return hashlib.sha256(b"suture key id|" + key).hexdigest()[:12]


def create_key_file(path: Path, entropy: Entropy) -> str:
    """Create a file with one new key, mode 0600, and return the key's id.

    Raises MisconfiguredError `key.exists` when there is a file already.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise MisconfiguredError("key.exists", "a key file is never overwritten") from error
    return _write_key(handle, entropy)


def rotate_key_file(path: Path, entropy: Entropy) -> str:
    """Add a new current key to a key file and return its id; the older keys still open.

    Raises what `load_keyring` raises.
    """
    if len(_read_key_file(path).keys) >= KEYS_MAX:
        raise MisconfiguredError("key.count", f"a key ring holds 1 to {KEYS_MAX} keys")
    return _write_key(os.open(path, os.O_WRONLY | os.O_APPEND), entropy)


def load_keyring(path: Path | None, environment: Mapping[str, str]) -> Keyring:
    """Return the keys of `SUTURE_KEY` when it is set, else those of the file.

    Raises MisconfiguredError: `key.missing`, `key.permissions`, `key.invalid`, `key.count`.
    """
    given = environment.get(KEY_VARIABLE, "")
    if given:
        return _ring(given.split(","))
    if path is None:
        raise MisconfiguredError("key.missing", f"set {KEY_VARIABLE} or name a key file")
    return _read_key_file(path)


def place(zone: str, table: str, record: str) -> bytes:
    """Return the additional authenticated data of a stored value: zone|table|record id."""
    return f"{zone}|{table}|{record}".encode()


class Sealer:
    """Seals and opens the values of one zone."""

    def __init__(self, ring: Keyring, zone: str, entropy: Entropy) -> None:
        self._ciphers = {
            name: AESGCM(_derive(key, f"seal|{zone}")) for name, key in ring.keys.items()
        }
        self._current_id = ring.current_id
        self._current = self._ciphers[ring.current_id]
        self._index_key = _derive(ring.keys[ring.first_id], f"blind|{zone}")
        self._entropy = entropy

    def __repr__(self) -> str:
        return f"<Sealer with {len(self._ciphers)} keys>"

    @property
    def key_id(self) -> str:
        """The id of the key `seal` uses."""
        return self._current_id

    def seal(self, plaintext: bytes, *, aad: bytes) -> tuple[bytes, str]:
        """Return nonce || ciphertext || tag, and the id of the key.

        `aad` is the `place` of the value. Raises SealError `seal.size` above `PLAIN_BYTES_MAX`.
        """
        if len(plaintext) > PLAIN_BYTES_MAX:
            raise SealError("seal.size", f"more than {PLAIN_BYTES_MAX} bytes")
        nonce = self._entropy.token_bytes(NONCE_BYTES)
        return nonce + self._current.encrypt(nonce, plaintext, aad), self._current_id

    def open(self, sealed: bytes, key_id: str, *, aad: bytes) -> bytes:
        """Return what was sealed at this place.

        Raises SealError: `seal.unknown-key`, `seal.short`, `seal.broken` (changed bytes, another
        place or another key).
        """
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise SealError("seal.unknown-key", "the key ring does not hold the key; add it")
        if len(sealed) < NONCE_BYTES + TAG_BYTES:
            raise SealError("seal.short", "too short to be a sealed value")
        try:
            return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
        except InvalidTag:
            raise SealError("seal.broken", "changed, or sealed for another place") from None

    def blind(self, value: bytes) -> bytes:
        """Return the blind index of a value: equal values give equal 32 bytes, nothing else shows.

        HMAC-SHA256 under a key derived from the ring's first key: rotation leaves indices valid.
        """
        return hmac.digest(self._index_key, value, "sha256")


def _derive(key: bytes, purpose: str) -> bytes:
    info = f"suture|{purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def _write_key(handle: int, entropy: Entropy) -> str:
    key = entropy.token_bytes(KEY_BYTES)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return key_name(key)


def _read_key_file(path: Path) -> Keyring:
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise MisconfiguredError("key.missing", "the key file cannot be opened") from error
    with os.fdopen(handle, "rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise MisconfiguredError(
                "key.permissions", "others may read the key file; set its mode to 0600"
            )
        text = file.read(KEY_FILE_BYTES_MAX + 1)
    if len(text) > KEY_FILE_BYTES_MAX:
        raise MisconfiguredError("key.invalid", "the key file is too large")
    return _ring(text.decode("ascii", "replace").splitlines())


def _ring(lines: list[str]) -> Keyring:
    keys: dict[str, bytes] = {}
    for line in lines:
        if not line.strip():
            continue
        try:
            key = base64.b64decode(line.strip(), validate=True)
        except (binascii.Error, ValueError):
            # `from None`: the cause would carry the key's text into a traceback.
            raise MisconfiguredError("key.invalid", "a key is base64 text") from None
        keys[key_name(key)] = key
    return Keyring(keys)
