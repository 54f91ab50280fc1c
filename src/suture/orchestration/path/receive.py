"""RECEIVE: store, then acknowledge (style 1).

In: one frame or body with its endpoint and peer. Out: the answer to send back, after the commit.
Refuses to know: what the message means. What is wrong at the door (frame, header, charset, size) is
refused with a code and an audit row; everything else is accepted and kept (plan D5). Same key and
body: the earlier acknowledgement again. Same key, other body: `KEY_REUSE`, accepted and parked.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from suture.core.clock import Clock
from suture.core.ids import Entropy, uuid7
from suture.core.problem import Problem, Severity
from suture.core.refusal import MisconfiguredError, RefusalError, StoreFullError
from suture.formats.hl7v2 import AcceptMode, AckCode, accept_mode, ack, ack_for_unparsable, header
from suture.formats.hl7v2.charset import choose
from suture.formats.hl7v2.header import Header
from suture.governance.seal import Sealer, SealError, place
from suture.journal.contract import Journal
from suture.journal.record import (
    Admission,
    Admitted,
    KeyReused,
    NewArrival,
    Refusal,
    Replayed,
)
from suture.orchestration.path.pulse import Pulse

HEAD_BYTES_MAX = 64 * 1024
"""What is kept of something refused at the door (plan D5)."""


@dataclass(frozen=True, slots=True)
class Door:
    """What every door of one zone shares."""

    journal: Journal
    sealer: Sealer
    clock: Clock
    entropy: Entropy
    refuses_key_reuse: bool = False
    """Partner profile: refuse a reused key at the door instead of parking it (spec 2.0.2)."""
    pulse: Pulse = field(default_factory=Pulse)
    """Counts what was taken and refused."""

    def seal_arrival(self, exchange: str, content: bytes) -> tuple[bytes, str]:
        """Return sealed content and key id of an arrival."""
        return self.sealer.seal(content, aad=place(self.journal.zone, "arrival", exchange))

    def open_arrival(self, exchange: str, content: bytes, key_id: str) -> bytes:
        """Return the content of a stored arrival.

        Raises MisconfiguredError when the key ring lacks its key (all work waits for the operator)
        and RefusalError when the record itself was changed (the next one goes on).
        """
        try:
            where = place(self.journal.zone, "arrival", exchange)
            return self.sealer.open(content, key_id, aad=where)
        except SealError as error:
            kind = MisconfiguredError if error.code == "seal.unknown-key" else RefusalError
            raise kind(error.code, error.text) from None

    def new_exchange(self) -> str:
        """Return a fresh exchange id."""
        return uuid7(self.clock.wall(), self.entropy)

    async def admit(self, arrival: NewArrival) -> Admission:
        """Store an arrival; resolves after the commit. Raises StoreFullError."""
        return await self.journal.submit(lambda tx: tx.admit(arrival))

    async def refuse(self, endpoint: str, peer: str, content: bytes, refusal: RefusalError) -> None:
        """Keep the audit row of a refusal: code, position, head and digest."""
        at = self.clock.now()
        self.pulse.received(endpoint, refusal.code, is_bad=True)
        digest = hashlib.sha256(content).digest()
        sealed, key_id = self.sealer.seal(
            content[:HEAD_BYTES_MAX], aad=place(self.journal.zone, "refusal", digest.hex())
        )
        row = Refusal(
            endpoint=endpoint,
            peer=peer,
            code=refusal.code,
            path=refusal.path,
            offset=refusal.offset,
            size_bytes=len(content),
            digest=digest,
            head=sealed,
            key_id=key_id,
            at=at,
        )
        await self.journal.submit(lambda tx: tx.record_refusal(row))


async def receive_hl7(
    door: Door, endpoint: str, peer: str, content: bytes, fault: str = ""
) -> bytes | None:
    """Answer one MLLP frame: AA or CA once stored, AE, AR, CE or CR with a code otherwise.

    `fault` is what the framing found wrong (e.g. `mllp.frame-too-large`). None: no answer is owed.
    """
    try:
        if fault:
            raise RefusalError(fault, "the frame is not acceptable")
        found = header(content)
        _check_charset(found, content)
    except RefusalError as refusal:
        return await nack(door, endpoint, peer, content, refusal)
    return await _store_hl7(door, endpoint, peer, content, found)


def _check_charset(found: Header, content: bytes) -> None:
    if content.isascii() or not found.charset:
        return
    _, problems = choose((found.charset,), content)
    for problem in problems:
        if problem.code == "hl7v2.charset-mismatch":
            raise RefusalError(
                problem.code,
                "bytes contradict the charset of MSH-18",
                path="MSH-18",
                offset=problem.offset,
            )


async def _store_hl7(
    door: Door, endpoint: str, peer: str, content: bytes, found: Header
) -> bytes | None:
    mode = accept_mode(found)
    good: AckCode = "CA" if mode.enhanced else "AA"
    exchange = door.new_exchange()
    answer = ack(found, code=good, control_id=_ack_id(exchange), at=door.clock.now())
    sealed, key_id = door.seal_arrival(exchange, content)
    arrival = NewArrival(
        exchange=exchange,
        endpoint=endpoint,
        peer=peer,
        format="hl7v2",
        transport_key=found.transport_key,
        control_id=found.control_id,
        digest=hashlib.sha256(content).digest(),
        size_bytes=len(content),
        content=sealed,
        key_id=key_id,
        ack=answer,
        ack_code=good,
        received_at=door.clock.now(),
    )
    try:
        admission = await door.admit(arrival)
    except StoreFullError as full:
        error = Problem(full.code, Severity.ERROR, "the store is low on space; send again later")
        bad: AckCode = "CE" if mode.enhanced else "AE"
        return ack(found, code=bad, control_id=_ack_id(exchange), at=door.clock.now(), error=error)
    except RefusalError as busy:
        error = Problem(busy.code, Severity.ERROR, busy.text)
        bad = "CE" if mode.enhanced else "AE"
        return ack(found, code=bad, control_id=_ack_id(exchange), at=door.clock.now(), error=error)
    match admission:
        case Replayed(_, earlier):
            return earlier if owes_answer(mode, True) else None
        case Admitted() | KeyReused():
            return answer if owes_answer(mode, True) else None


async def nack(
    door: Door, endpoint: str, peer: str, content: bytes, refusal: RefusalError
) -> bytes | None:
    """Refuse at the door: audit row, then AR or CR (AE or CE when the fault is ours)."""
    await door.refuse(endpoint, peer, content, refusal)
    error = Problem(
        refusal.code, Severity.ERROR, refusal.text, path=refusal.path, offset=refusal.offset
    )
    control_id = _ack_id(door.new_exchange())
    at = door.clock.now()
    try:
        found = header(content)
    except RefusalError:
        return ack_for_unparsable(content, code="AR", control_id=control_id, at=at, error=error)
    mode = accept_mode(found)
    bad: AckCode = "CR" if mode.enhanced else "AR"
    if not owes_answer(mode, False):
        return None
    return ack(found, code=bad, control_id=control_id, at=at, error=error)


def owes_answer(mode: AcceptMode, is_good: bool) -> bool:
    """Return whether the sender is owed an answer now.

    Original mode: always one, AA, AE or AR. Enhanced mode: the accept acknowledgement as MSH-15
    asks (HL7 2.5.1 section 2.9.3); application acknowledgements of enhanced mode are not sent.
    """
    return mode.wants_accept(is_good) if mode.enhanced else True


def _ack_id(exchange: str) -> str:
    """Return our MSH-10: 20 characters (HL7 2.5.1 length) of the exchange id."""
    return exchange.replace("-", "")[-20:].upper()
