"""Encryption at rest: what opens, what does not, and that nothing is said about it.

In: fixed and random bytes. Out: a verdict on `governance.seal`.
"""

from __future__ import annotations

import base64
import hmac
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from suture.core.ids import SystemEntropy
from suture.core.refusal import MisconfiguredError
from suture.governance.seal import (
    KEYS_MAX,
    Keyring,
    Sealer,
    SealError,
    create_key_file,
    key_name,
    load_keyring,
    place,
    rotate_key_file,
)

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
PLACE = place("clinical", "arrival", "x-1")
TEXT = b"PID|1||SYN0001||SYNTHMARKED^PATIENT"


class Steady:
    """Entropy that counts, so that a test knows what comes."""

    def __init__(self, start: int = 0) -> None:
        self.next = start

    def token_bytes(self, count: int) -> bytes:
        """Return `count` bytes, other ones each time."""
        self.next += 1
        return self.next.to_bytes(count, "big")


def ring(*keys: bytes) -> Keyring:
    """Return a ring of these keys, oldest first."""
    return Keyring({key_name(key): key for key in keys})


def sealer(*keys: bytes, zone: str = "clinical") -> Sealer:
    """Return a sealer over these keys."""
    return Sealer(ring(*(keys or (OLD,))), zone, Steady())


@given(st.binary(max_size=2000), st.binary(max_size=50))
def test_what_was_sealed_opens(plaintext: bytes, aad: bytes) -> None:
    """Any bytes come back, and the sealed form is 28 bytes longer."""
    sealed, key_id = sealer().seal(plaintext, aad=aad)
    assert sealer().open(sealed, key_id, aad=aad) == plaintext
    assert len(sealed) == len(plaintext) + 12 + 16


def test_nonce_comes_in_by_the_door_and_leads() -> None:
    """The nonce is the entropy's, and two seals of the same bytes differ."""
    subject = sealer()
    first, _ = subject.seal(TEXT, aad=PLACE)
    second, _ = subject.seal(TEXT, aad=PLACE)
    assert (first[:12], second[:12]) == ((1).to_bytes(12, "big"), (2).to_bytes(12, "big"))
    assert first[12:] != second[12:]
    assert b"SYNTHMARKED" not in first


@given(st.data())
def test_any_changed_byte_is_seen(data: st.DataObject) -> None:
    """Whichever byte is changed, nothing opens."""
    sealed, key_id = sealer().seal(TEXT, aad=PLACE)
    at = data.draw(st.integers(0, len(sealed) - 1))
    change = data.draw(st.integers(1, 255))
    broken = sealed[:at] + bytes([sealed[at] ^ change]) + sealed[at + 1 :]
    with pytest.raises(SealError) as caught:
        sealer().open(broken, key_id, aad=PLACE)
    assert caught.value.code == "seal.broken"


@pytest.mark.parametrize("length", [0, 12, 27])
def test_short_is_refused(length: int) -> None:
    """Less than a nonce and a tag is no sealed value."""
    with pytest.raises(SealError) as caught:
        sealer().open(b"x" * length, key_name(OLD), aad=PLACE)
    assert caught.value.code == "seal.short"


@pytest.mark.parametrize(
    "other",
    [
        place("operations", "arrival", "x-1"),
        place("clinical", "delivery", "x-1"),
        place("clinical", "arrival", "x-2"),
        b"",
    ],
)
def test_a_moved_value_does_not_open(other: bytes) -> None:
    """Zone, table and record are part of the seal."""
    sealed, key_id = sealer().seal(TEXT, aad=PLACE)
    with pytest.raises(SealError):
        sealer().open(sealed, key_id, aad=other)


def test_zones_have_keys_of_their_own() -> None:
    """Under one master key the operations zone neither opens nor indexes what is clinical."""
    sealed, key_id = sealer().seal(TEXT, aad=PLACE)
    other = sealer(zone="operations")
    with pytest.raises(SealError):
        other.open(sealed, key_id, aad=PLACE)
    assert other.blind(TEXT) != sealer().blind(TEXT)


def test_rotation() -> None:
    """The newest key seals, the older ones still open, a retired one does not."""
    sealed, old_id = sealer(OLD).seal(TEXT, aad=PLACE)
    rotated = sealer(OLD, NEW)
    resealed, new_id = rotated.seal(TEXT, aad=PLACE)
    assert (old_id, new_id) == (key_name(OLD), key_name(NEW)) != (new_id, old_id)
    assert rotated.key_id == new_id
    assert rotated.open(sealed, old_id, aad=PLACE) == TEXT
    assert rotated.open(resealed, new_id, aad=PLACE) == TEXT
    with pytest.raises(SealError) as caught:
        sealer(NEW).open(sealed, old_id, aad=PLACE)
    assert caught.value.code == "seal.unknown-key"
    with pytest.raises(SealError):
        rotated.open(sealed, new_id, aad=PLACE)


def test_blind_index() -> None:
    """Equal values give equal indices, through a rotation too; the value does not show."""
    index = sealer(OLD).blind(b"SYN0001")
    assert len(index) == 32
    assert index == sealer(OLD, NEW).blind(b"SYN0001")
    assert index != sealer(OLD).blind(b"SYN0002")
    assert index != sealer(NEW).blind(b"SYN0001")


def test_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither keys nor content stand in texts of errors, rings and sealers."""
    sealed, key_id = sealer().seal(TEXT, aad=PLACE)
    said = [repr(ring(OLD)), repr(sealer()), str(ring(OLD))]
    for broken, name in ((sealed[:-1] + b"?", key_id), (TEXT, key_id), (sealed, "SYNTHMARKED")):
        with pytest.raises(SealError) as caught:
            sealer().open(broken, name, aad=PLACE)
        said.append(str(caught.value))
        assert caught.value.__cause__ is None
    secrets = [OLD.hex(), repr(OLD), base64.b64encode(OLD).decode(), "SYNTHMARKED", "SYN0001"]
    assert [text for text in said for secret in secrets if secret in text] == []


def test_key_file(tmp_path: Path) -> None:
    """A new key file holds one key, for its owner only, and is never overwritten."""
    path = tmp_path / "keys" / "clinical.key"
    name = create_key_file(path, Steady())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert load_keyring(path, {}).current_id == name == key_name((1).to_bytes(32, "big"))
    before = path.read_bytes()
    with pytest.raises(MisconfiguredError) as caught:
        create_key_file(path, Steady())
    assert caught.value.code == "key.exists"
    assert path.read_bytes() == before


def test_key_file_rotation(tmp_path: Path) -> None:
    """Rotating adds a key at the end; the first one keeps indexing."""
    path = tmp_path / "clinical.key"
    entropy = SystemEntropy()
    first = create_key_file(path, entropy)
    second = rotate_key_file(path, entropy)
    found = load_keyring(path, {})
    assert list(found.keys) == [first, second]
    assert (found.first_id, found.current_id) == (first, second)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_ring_is_bounded(tmp_path: Path) -> None:
    """More keys than `KEYS_MAX` are not added."""
    path = tmp_path / "clinical.key"
    entropy = Steady()
    create_key_file(path, entropy)
    for _ in range(KEYS_MAX - 1):
        rotate_key_file(path, entropy)
    with pytest.raises(MisconfiguredError) as caught:
        rotate_key_file(path, entropy)
    assert caught.value.code == "key.count"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o620, 0o601])
def test_readable_key_file_is_refused(tmp_path: Path, mode: int) -> None:
    """A key file that others can reach is refused, for reading and for rotating."""
    path = tmp_path / "clinical.key"
    create_key_file(path, Steady())
    path.chmod(mode)
    for attempt in (lambda: load_keyring(path, {}), lambda: rotate_key_file(path, Steady())):
        with pytest.raises(MisconfiguredError) as caught:
            attempt()
        assert caught.value.code == "key.permissions"


def test_keys_from_the_environment(tmp_path: Path) -> None:
    """`SUTURE_KEY` wins over the file; several keys stand in order of age."""
    text = ", ".join(base64.b64encode(key).decode() for key in (OLD, NEW))
    found = load_keyring(tmp_path / "absent", {"SUTURE_KEY": text})
    assert list(found.keys.values()) == [OLD, NEW]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("c2hvcnQ=", "key.invalid"),
        ("not base64!", "key.invalid"),
        (base64.b64encode(OLD).decode()[:-2], "key.invalid"),
        (",", "key.count"),
        ("é" * 44, "key.invalid"),
    ],
)
def test_bad_keys_are_refused(text: str, code: str) -> None:
    """Anything but 32 bytes in base64 is refused without being repeated."""
    with pytest.raises(MisconfiguredError) as caught:
        load_keyring(None, {"SUTURE_KEY": text})
    assert caught.value.code == code
    assert text not in str(caught.value) or text == ","


def test_missing_keys(tmp_path: Path) -> None:
    """Without a variable and a file there is no key."""
    for path in (None, tmp_path / "absent"):
        with pytest.raises(MisconfiguredError) as caught:
            load_keyring(path, {})
        assert caught.value.code == "key.missing"


def test_damaged_key_file(tmp_path: Path) -> None:
    """A file that is no key file is refused, however long."""
    path = tmp_path / "clinical.key"
    for content in (b"", b"\xff\xfe" * 10, b"x" * 70_000):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(MisconfiguredError):
            load_keyring(path, {})


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_the_blind_index_is_an_hmac(key: bytes, value: bytes) -> None:
    """HMAC-SHA256 (RFC 2104) under the key HKDF derives: indices of older hubs stay valid."""
    ring = Keyring({"k1": key})
    info = b"suture|blind|clinical"
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(key)
    made = Sealer(ring, "clinical", SystemEntropy()).blind(value)
    assert made == hmac.digest(derived, value, "sha256")
