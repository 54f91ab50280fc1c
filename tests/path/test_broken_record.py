"""A stored record that does not open: damage has an owner, a missing key waits for the operator."""

from __future__ import annotations

import hashlib

import pytest
from stage import open_codes
from wire import siu

from suture.core.refusal import MisconfiguredError
from suture.journal.record import NewArrival
from suture.orchestration.path.receive import Door
from suture.testing.world import World


def stored(door: Door, world: World, *, format: str, endpoint: str, key_id: str) -> NewArrival:
    """Return an arrival whose content is not what was sealed."""
    content = b"not what was sealed" * 4
    exchange = door.new_exchange()
    return NewArrival(
        exchange=exchange,
        endpoint=endpoint,
        peer="test",
        format=format,
        transport_key=f"damaged/{exchange}",
        control_id="damaged",
        digest=hashlib.sha256(content).digest(),
        size_bytes=len(content),
        content=content,
        key_id=key_id or door.seal_arrival(exchange, b"x")[1],
        ack=b"",
        ack_code="AA",
        received_at=world.clock.now(),
    )


@pytest.mark.parametrize("zone", ["clinical", "operations"])
def test_a_damaged_record_has_an_owner_and_the_next_message_goes_on(
    world: World, zone: str
) -> None:
    """S8: one record changed on the disk stops nobody else."""
    door = world.core.clinical if zone == "clinical" else world.core.operations
    format, endpoint = ("hl7v2", "ehr") if zone == "clinical" else ("erp", "erp")
    damaged = stored(door, world, format=format, endpoint=endpoint, key_id="")
    world.run(door.admit(damaged))
    world.settle()
    assert open_codes(world) == {"seal.broken": "integration engineer"}
    world.hl7(siu())
    assert len(world.all("CASE")) == 1


@pytest.mark.parametrize("zone", ["clinical", "operations"])
def test_a_missing_key_stops_the_work_and_says_what_to_do(world: World, zone: str) -> None:
    """Nothing is marked as failed: with the key back, the work goes on where it stood."""
    door = world.core.clinical if zone == "clinical" else world.core.operations
    format, endpoint = ("hl7v2", "ehr") if zone == "clinical" else ("erp", "erp")
    world.run(door.admit(stored(door, world, format=format, endpoint=endpoint, key_id="k9")))
    with pytest.raises(MisconfiguredError) as stopped:
        world.settle()
    assert stopped.value.code == "seal.unknown-key"
    assert not world.exceptions()
