"""The rules of the AS2 page, one by one (RFC 4130, RFC 8098)."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from as2_identity import written
from as2_peer import (
    OPENSSL,
    OURS,
    P7M,
    THEIRS,
    Answer,
    Pair,
    Posting,
    Rig,
    Taking,
    destination_entries,
    entity,
    headed,
    mic,
    source_entries,
)
from conformance import HEAD, DestinationRig, SourceRig, fed, feeding
from flow_hub import (
    Peer,
    arrivals,
    connect,
    deliveries,
    hl7,
    open_exceptions_of,
    peer,
    running_hub,
    until,
)
from http_peer import Seen, Told

from suture.assembly.flows.connectors.as2_in import AS_POSTED
from suture.assembly.flows.connectors.as2_out import As2Outlet
from suture.assembly.flows.kept import stage_place
from suture.assembly.hub import Hub
from suture.core.outcome import Accepted, Outcome, outcome_code
from suture.journal.record import Delivery, DeliveryState
from suture.orchestration.flows.connectors.as2 import As2Destination

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed"),
]
LATER = datetime(2027, 1, 4, tzinfo=UTC)


@asynccontextmanager
async def taking_hub(
    folder: Path, pair: Pair, more: str = "", partner: str = ""
) -> AsyncIterator[tuple[Hub, Peer, Posting]]:
    """Run a hub whose flow takes AS2, and a partner who posts."""
    rig = cast(SourceRig, Rig(source_entries(pair, more, partner)))
    async with fed(folder, rig) as (hub, lab):
        yield hub, lab, Posting(pair, hub.flows.addresses["fed"][1])


def refusals(hub: Hub) -> list[str]:
    """Return the codes of what was refused, oldest first."""
    with hub.clinical.read() as reader:
        return [each.code for each in reader.refusals_after(0, 100)]


def test_a_receipt_has_the_digest_of_what_was_signed(tmp_path: Path) -> None:
    """AS2-1: signed, verified by openssl, about this message, with the MIC the partner computes."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        async with taking_hub(tmp_path, pair) as (hub, lab, partner):
            answer = await partner.send(hl7(1), "<1@synth.example>")
            assert answer.disposition == "processed"
            assert answer.fields["original-message-id"] == "<1@synth.example>"
            assert answer.fields["received-content-mic"] == f"{mic(entity(hl7(1)))}, sha-256"
            assert (answer.headers["as2-from"], answer.headers["as2-to"]) == (OURS, f'"{THEIRS}"')
            await until(lambda: lab.got, "the message")
            (arrival,) = arrivals(hub)
            assert (arrival.peer, arrival.ack_code) == (f"as2/{THEIRS}", "processed")

    asyncio.run(story())


def test_receipts_are_as_they_are_wished(tmp_path: Path) -> None:
    """AS2-1: unsigned, none at all, and over the entity when it is encrypted and not signed."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        async with taking_hub(tmp_path, pair, partner="signed = false") as (_, lab, partner):
            partner.options = "signed-receipt-micalg=optional, sha-512"
            sealed = pair.sealed(entity(hl7(1)))
            answer = await partner.post(sealed, P7M, "<1@synth.example>")
            assert answer.headers["content-type"].startswith("multipart/report")
            wanted = f"{mic(entity(hl7(1)), 'sha512')}, sha-512"
            assert answer.fields["received-content-mic"] == wanted
            partner.options = ""
            answer = await partner.send(hl7(2))
            assert (answer.status, answer.body) == (200, b"")
            answer = await partner.send(b"NOT|A|MESSAGE\r")
            assert answer.status == 422 and b"hl7v2." in answer.body
            await until(lambda: len(lab.got) == 2, "both messages")

    asyncio.run(story())


def test_a_repetition_gets_the_very_same_receipt(tmp_path: Path) -> None:
    """AS2-2: also after a restart; the same Message-ID with other content is refused."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        async with taking_hub(tmp_path, pair) as (_, lab, partner):
            first = await partner.send(hl7(1), "<1@synth.example>")
            second = await partner.send(hl7(1), "<1@synth.example>")
            assert first.disposition == "processed"
            assert (second.body, second.headers["message-id"]) == (
                first.body,
                first.headers["message-id"],
            )
            other = await partner.send(hl7(2), "<1@synth.example>")
            assert other.disposition == "processed/error: unexpected-processing-error"
            await until(lambda: lab.got, "the message")
        async with taking_hub(tmp_path, pair) as (hub, lab, partner):
            assert (await partner.send(hl7(1), "<1@synth.example>")).body == first.body
            assert len(deliveries(hub)) == 1
            assert not lab.got

    asyncio.run(story())


async def _stranger(pair: Pair, partner: Posting) -> Answer:
    foreign = Pair(pair.folder)
    foreign.partner = written(pair.folder, "stranger")
    body = pair.sealed(headed(*foreign.signed(entity(hl7(1)))))
    return await partner.post(body, P7M, "<1@synth.example>")


async def _for_somebody_else(pair: Pair, partner: Posting) -> Answer:
    foreign = Pair(pair.folder)
    foreign.hub = written(pair.folder, "stranger")
    body = foreign.sealed(headed(*pair.signed(entity(hl7(1)))))
    return await partner.post(body, P7M, "<1@synth.example>")


async def _changed(pair: Pair, partner: Posting) -> Answer:
    kind, body = pair.signed(entity(hl7(1)))
    changed = headed(kind, body.replace(b"SYN0001", b"SYN0002"))
    return await partner.post(pair.sealed(changed), P7M, "<1@synth.example>")


async def _not_signed(pair: Pair, partner: Posting) -> Answer:
    return await partner.post(pair.sealed(entity(hl7(1))), P7M, "<1@synth.example>")


async def _not_encrypted(pair: Pair, partner: Posting) -> Answer:
    kind, body = pair.signed(entity(hl7(1)))
    return await partner.post(body, kind, "<1@synth.example>")


async def _sha1(pair: Pair, partner: Posting) -> Answer:
    body = pair.sealed(headed(*pair.signed(entity(hl7(1)), "sha1")))
    return await partner.post(body, P7M, "<1@synth.example>")


async def _3des(pair: Pair, partner: Posting) -> Answer:
    body = pair.sealed(headed(*pair.signed(entity(hl7(1)))), "-des3")
    return await partner.post(body, P7M, "<1@synth.example>")


async def _cut(pair: Pair, partner: Posting) -> Answer:
    body = pair.sealed(headed(*pair.signed(entity(hl7(1)))))
    return await partner.post(body[:-40], P7M, "<1@synth.example>")


async def _unknown(pair: Pair, partner: Posting) -> Answer:
    return await Posting(pair, partner.port, sender="SOMEBODY").send(hl7(1))


async def _not_us(pair: Pair, partner: Posting) -> Answer:
    return await Posting(pair, partner.port, receiver="SOMEBODY").send(hl7(1))


async def _unreadable(pair: Pair, partner: Posting) -> Answer:
    return await partner.send(b"NOT|A|MESSAGE\r")


BAD: list[tuple[Callable[[Pair, Posting], Any], str, str]] = [
    (_stranger, "authentication-failed", "as2.authentication-failed"),
    (_for_somebody_else, "decryption-failed", "as2.decryption-failed"),
    (_changed, "integrity-check-failed", "as2.integrity-check-failed"),
    (_not_signed, "insufficient-message-security", "as2.insufficient-message-security"),
    (_not_encrypted, "insufficient-message-security", "as2.insufficient-message-security"),
    (_sha1, "insufficient-message-security", "as2.insufficient-message-security"),
    (_3des, "insufficient-message-security", "as2.insufficient-message-security"),
    (_cut, "unexpected-processing-error", "as2.cms-truncated"),
    (_unknown, "unknown-trading-partner", "as2.unknown-trading-partner"),
    (_not_us, "unknown-trading-partner", "as2.unknown-trading-partner"),
    (_unreadable, "unexpected-processing-error", "hl7v2."),
]


def test_what_is_not_agreed_is_refused_and_said(tmp_path: Path) -> None:
    """AS2-3, AS2-4: partner, signature, encryption, algorithms; then a good one goes on."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        async with taking_hub(tmp_path, pair) as (hub, lab, partner):
            for number, (post, reason, code) in enumerate(BAD):
                answer = await post(pair, partner)
                assert answer.disposition == f"processed/error: {reason}", post.__name__
                assert refusals(hub)[number].startswith(code), post.__name__
                assert "received-content-mic" not in answer.fields
            headless = await partner.post(b"x", P7M, "")
            assert headless.status == 400 and refusals(hub)[-1] == "as2.headers"
            assert not arrivals(hub)
            assert (await partner.send(hl7(1))).disposition == "processed"
            await until(lambda: lab.numbers() == ["MSG00001"], "the good one")

    asyncio.run(story())


def test_old_algorithms_are_taken_where_they_are_named(tmp_path: Path) -> None:
    """AS2-3: a partner's entry softens it by name."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        weak = 'weak = ["sha1", "3des"]'
        async with taking_hub(tmp_path, pair, partner=weak) as (_, lab, partner):
            for post in (_sha1, _3des):
                assert (await post(pair, partner)).disposition == "processed", post.__name__
            await until(lambda: lab.got, "the message")

    asyncio.run(story())


def test_what_was_posted_is_kept_beside_the_content(tmp_path: Path) -> None:
    """AS2-5: sealed, byte for byte, so that the partner's signature can be shown later."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        async with taking_hub(tmp_path, pair) as (hub, lab, partner):
            body = pair.sealed(headed(*pair.signed(entity(hl7(1)))))
            assert (await partner.post(body, P7M, "<1@x>")).disposition == "processed"
            await until(lambda: lab.got, "the message")
            (arrival,) = arrivals(hub)
            with hub.clinical.read() as reader:
                (stage,) = reader.stages_of(arrival.exchange)
            where = stage_place(hub.clinical.zone, arrival.exchange, stage.digest)
            kept = hub.core.clinical.sealer.open(stage.content, stage.key_id, aad=where)
            assert stage.name == AS_POSTED
            assert kept == f"content-type: {P7M}\r\n\r\n".encode() + body
            assert pair.hub.key.read_bytes() not in stage.content and hl7(1) not in stage.content

    asyncio.run(story())


def test_an_answer_may_wait_for_the_delivery(tmp_path: Path) -> None:
    """AS2-10: on_delivered answers 503 without a receipt until every destination has it."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        entries = 'ack = "on_delivered"\nack_timeout_s = 0.3\n'
        rig = Rig(source_entries(pair))
        async with peer() as lab:
            text = (
                f"{HEAD}{entries}[source]\n{rig.entries}\n\n[[destination]]\nname = 'lab'\n"
                f'connector = "mllp"\nhost = "127.0.0.1"\nport = {lab.port}\n'
                "retry = { first_s = 0.1, longest_s = 0.2 }\n"
            )
            await lab.stop()
            async with running_hub(tmp_path, {"fed": text}) as hub:
                partner = Posting(pair, hub.flows.addresses["fed"][1])
                answer = await partner.send(hl7(1))
                assert (answer.status, answer.fields) == (503, {})
                await lab.start()
                await until(lambda: lab.got, "the message")
                await until(
                    lambda: deliveries(hub)[0].state is DeliveryState.DELIVERED, "delivered"
                )
                assert (await partner.send(hl7(1))).disposition == "processed"

    asyncio.run(story())


# ---- out


def outlet(pair: Pair, url: str, more: str = "") -> As2Outlet:
    """Return the way to a partner."""
    table = tomllib.loads(f'name = "partner"\n{destination_entries(pair, url, more)}')
    return As2Outlet(As2Destination.model_validate(table), pair.folder, lambda: LATER)


async def outcome_of(taking: Taking, more: str = "") -> Outcome:
    """Return what becomes of one message."""
    await taking.peer.start()
    way = outlet(taking.pair, taking.peer.url, more)
    try:
        return await way.send(cast(Delivery, SimpleNamespace(id="d1")), b"ISA*SYNTH~")
    finally:
        await way.close()
        await taking.peer.stop()


@pytest.mark.parametrize(
    ("how", "more", "kind", "code"),
    [
        ({}, "", "Accepted", "accepted"),
        ({"say": "processed/warning: duplicate-document"}, "", "Accepted", "accepted"),
        ({"is_signed": False}, 'mdn = "unsigned"', "Accepted", "accepted"),
        ({"is_signed": False}, "", "Uncertain", "as2.mdn-unsigned"),
        ({"mic_of": b"other"}, "", "Refused", "as2.mic-mismatch"),
        ({"digest": "sha1"}, "", "Uncertain", "as2.mdn-signature"),
        ({"digest": "sha1"}, 'weak = ["sha1"]', "Accepted", "accepted"),
        (
            {"digest": "sha1", "is_signed": False},
            'mdn = "unsigned"',
            "Refused",
            "as2.mic-mismatch",
        ),
        (
            {"say": "processed/error: decryption-failed"},
            "",
            "Misconfigured",
            "as2.partner-decryption-failed",
        ),
        (
            {"say": "processed/error: unexpected-processing-error", "is_signed": False},
            "",
            "Refused",
            "as2.partner-unexpected-processing-error",
        ),
        (
            {"say": "failed/failure: unsupported format"},
            "",
            "Refused",
            "as2.partner-unsupported-format",
        ),
    ],
)
def test_a_receipt_says_what_may_be_done_next(
    tmp_path: Path, how: dict[str, Any], more: str, kind: str, code: str
) -> None:
    """AS2-7, AS2-8: only a receipt that is trusted and has our MIC is a delivery."""
    taking = Taking(Pair(tmp_path), **how)
    found = asyncio.run(outcome_of(taking, more))
    assert (type(found).__name__, outcome_code(found)) == (kind, code)
    if isinstance(found, Accepted):
        assert found.response and found.facts["mdn"]


def no_receipt(_: Seen) -> Told:
    """Say yes over HTTP and nothing more."""
    return 200, {"content-type": "text/plain"}, b"OK"


def silent(_: Seen) -> Told:
    """Answer nothing."""
    return 0, {}, b""


@pytest.mark.parametrize(
    ("answer", "more", "kind", "code"),
    [
        (no_receipt, "", "Uncertain", "as2.no-mdn"),
        (no_receipt, 'mdn = "none"', "Accepted", "accepted"),
        (silent, "", "Uncertain", "http.timeout"),
        (lambda _: (503, {"retry-after": "7"}, b""), "", "Unavailable", "http.503"),
        (lambda _: (403, {}, b""), "", "Misconfigured", "http.403"),
        (lambda _: (302, {"location": "/x"}, b""), "", "Misconfigured", "http.302"),
        (lambda _: (422, {}, b"no"), "", "Refused", "http.422"),
        (lambda _: (500, {}, b""), "", "Uncertain", "http.500"),
        (
            lambda _: (200, {"content-type": "multipart/signed; boundary=b"}, b"--b\r\n"),
            "",
            "Uncertain",
            "as2.no-mdn",
        ),
        (lambda _: (200, {}, b"x" * 2_000_000), "", "Uncertain", "http.response-too-large"),
    ],
)
def test_an_answer_without_a_receipt_is_no_delivery(
    tmp_path: Path, answer: Callable[[Seen], Told], more: str, kind: str, code: str
) -> None:
    """AS2-7, AS2-8: an HTTP status alone says nothing, unless the flow believes it."""
    taking = Taking(Pair(tmp_path))
    taking.peer.answer = answer
    found = asyncio.run(outcome_of(taking, more or 'subject = "orders"'))
    assert (type(found).__name__, outcome_code(found)) == (kind, code)


def test_a_receipt_about_another_message_or_by_another_is_none(tmp_path: Path) -> None:
    """AS2-7: neither settles this delivery."""
    pair = Pair(tmp_path)
    taking = Taking(pair)
    taking.peer.answer = lambda seen: taking.receipt("<other@synth>", b"", "processed")
    assert outcome_code(asyncio.run(outcome_of(taking))) == "as2.mdn-other-message"
    foreign = Pair(tmp_path)
    foreign.partner = written(tmp_path, "stranger")
    taking = Taking(pair)
    taking.peer.answer = lambda seen: Taking(foreign).receipt("<d1@suture>", b"", "processed")
    assert outcome_code(asyncio.run(outcome_of(taking))) == "as2.mdn-signature"


@pytest.mark.parametrize(
    "more", ['encrypt = "aes128-gcm"\nsign = "sha512"', 'encrypt = "aes128-cbc"\nsign = "sha384"']
)
def test_a_partner_opens_and_verifies_what_is_declared(tmp_path: Path, more: str) -> None:
    """AS2-7: each cipher and digest, opened and verified by openssl."""
    taking = Taking(Pair(tmp_path))
    taking.digest = "sha512" if "512" in more else "sha384"
    assert isinstance(asyncio.run(outcome_of(taking, more)), Accepted)
    assert taking.got == [b"ISA*SYNTH~"]


def test_every_try_has_the_same_message_id(tmp_path: Path) -> None:
    """AS2-6: a partner that took it and was not heard knows the repetition; the receipt is kept."""

    async def story() -> None:
        taking = Taking(Pair(tmp_path / "as2"))
        heard = taking.peer.answer
        tries: list[str] = []

        def half(seen: Seen) -> Told:
            tries.append(seen.headers["message-id"])
            told = heard(seen)
            return told if len(tries) > 2 else (500, {}, b"")

        taking.peer.answer = half
        await taking.peer.start()
        rig = Rig(destination_entries(taking.pair, taking.peer.url))
        try:
            async with feeding(tmp_path, cast(DestinationRig, rig)) as hub:
                sender = await connect(hub, "feeding")
                await sender.send(hl7(1))
                await until(
                    lambda: deliveries(hub)[0].state is DeliveryState.DELIVERED, "delivered"
                )
                (delivery,) = deliveries(hub)
                assert tries == [f"<{delivery.id}@suture>"] * 3
                assert taking.got == [hl7(1)] * 3
                with hub.clinical.read() as reader:
                    *_, last = reader.attempts_of(delivery.seq)
                assert last.answer_bytes > 500
        finally:
            await taking.peer.stop()

    asyncio.run(story())


def test_another_content_at_the_partner_has_an_owner(tmp_path: Path) -> None:
    """AS2-8: a MIC that differs is no delivery, is not sent again, and is told to a person."""

    async def story() -> None:
        taking = Taking(Pair(tmp_path / "as2"), mic_of=b"other")
        await taking.peer.start()
        rig = Rig(destination_entries(taking.pair, taking.peer.url))
        try:
            async with feeding(tmp_path, cast(DestinationRig, rig)) as hub:
                sender = await connect(hub, "feeding")
                await sender.send(hl7(1))
                await until(lambda: open_exceptions_of(hub), "an exception")
                (delivery,) = deliveries(hub)
                assert (delivery.state, delivery.code) == (
                    DeliveryState.REFUSED,
                    "as2.mic-mismatch",
                )
        finally:
            await taking.peer.stop()

    asyncio.run(story())
