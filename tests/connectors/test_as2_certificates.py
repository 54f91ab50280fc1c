"""Certificates and entries of AS2 ways: what is taken, what is watched, what stops a flow."""

from __future__ import annotations

import asyncio
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import structlog
from as2_identity import written
from as2_peer import (
    OPENSSL,
    P7M,
    Pair,
    Posting,
    Rig,
    Taking,
    destination_entries,
    entity,
    headed,
    source_entries,
)
from conformance import SourceRig, fed
from flow_hub import hl7, until

from suture.assembly.certificates import Certificates
from suture.assembly.flows.connectors.as2_out import As2Outlet
from suture.core.outcome import outcome_code
from suture.core.refusal import MisconfiguredError
from suture.journal.record import Delivery
from suture.orchestration.flows.connectors.as2 import As2Destination, As2Source

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(OPENSSL is None, reason="the openssl program is not installed"),
]
LATER = datetime(2027, 1, 4, tzinfo=UTC)


def test_a_certificate_that_ended_is_not_used_and_the_next_one_is(tmp_path: Path) -> None:
    """AS2-11: out, the first that holds is encrypted for; when none holds, an operator is told."""
    pair = Pair(tmp_path)
    old = written(tmp_path, "old", days=365)
    entries = destination_entries(pair, "http://127.0.0.1:1/").replace(
        f'["{pair.partner.certificate}"]', f'["{old.certificate}", "{pair.partner.certificate}"]'
    )
    taking = Taking(pair)
    with structlog.testing.capture_logs() as logged:
        table = tomllib.loads(f'name = "partner"\n{entries}')
        way = As2Outlet(As2Destination.model_validate(table), tmp_path, lambda: LATER)
    assert [each["code"] for each in logged] == ["as2.certificate-expired"]
    entity_sent, _ = way._wrapped(b"content", LATER)
    assert b"content" in pair.opened(entity_sent.body)
    only = destination_entries(pair, taking.peer.url).replace(
        str(pair.partner.certificate), str(old.certificate)
    )
    table = tomllib.loads(f'name = "partner"\n{only}')
    way = As2Outlet(As2Destination.model_validate(table), tmp_path, lambda: LATER)
    found = asyncio.run(way.send(cast(Delivery, SimpleNamespace(id="d1")), b"x"))
    assert outcome_code(found) == "as2.certificate-expired"


def test_every_certificate_is_watched(tmp_path: Path) -> None:
    """AS2-11: ours and each of a partner's are looked at for the alert before they end."""
    pair = Pair(tmp_path)
    source = tomllib.loads(f"[source]\n{source_entries(pair)}")["source"]
    out = tomllib.loads(f'name = "partner"\n{destination_entries(pair, "http://127.0.0.1:1/")}')
    for table in (As2Source.model_validate(source), As2Destination.model_validate(out)):
        found = Certificates(tmp_path).look([("flow", table)])
        assert sorted(each.name for each in found) == ["flow: hub.pem", "flow: partner.pem"]


def test_the_current_and_the_next_certificate_of_a_partner_are_taken(tmp_path: Path) -> None:
    """AS2-11: in, either may have signed; ours too: each of `keys` opens."""

    async def story() -> None:
        pair = Pair(tmp_path / "as2")
        soon = Pair(tmp_path / "as2")
        soon.partner = written(pair.folder, "partner-next")
        soon.hub = written(pair.folder, "hub-next")
        entries = (
            source_entries(pair)
            .replace(
                f'["{pair.partner.certificate}"]',
                f'["{pair.partner.certificate}", "{soon.partner.certificate}"]',
            )
            .replace(
                "keys = [",
                f'keys = [{{ certificate = "{soon.hub.certificate}",'
                f' key_file = "{soon.hub.key}" }}, ',
            )
        )
        async with fed(tmp_path, cast(SourceRig, Rig(entries))) as (hub, lab):
            port = hub.flows.addresses["fed"][1]
            old = Posting(pair, port)
            new = Posting(soon, port)
            body = pair.sealed(headed(*pair.signed(entity(hl7(1)))))
            old.pair = soon  # receipts are signed with our first key
            assert (await old.post(body, P7M, "<1@x>")).disposition == "processed"
            assert (await new.send(hl7(2))).disposition == "processed"
            await until(lambda: len(lab.got) == 2, "both")

    asyncio.run(story())


def test_files_that_do_not_fit_stop_the_flow_with_a_code(tmp_path: Path) -> None:
    """AS2-11: a missing certificate, a key of another, a key that others may read."""
    pair = Pair(tmp_path)
    other = written(tmp_path, "other")
    good = destination_entries(pair, "http://127.0.0.1:1/")
    cases = [
        (good.replace(str(pair.hub.key), str(other.key)), "as2.key-mismatch"),
        (good.replace(str(pair.partner.certificate), "none.pem"), "as2.files"),
        (good.replace(str(pair.partner.certificate), str(pair.hub.key)), "as2.files"),
        (good.replace(str(pair.hub.key), "none.key"), "secret.missing"),
    ]
    for entries, code in cases:
        table = tomllib.loads(f'name = "partner"\n{entries}')
        with pytest.raises(MisconfiguredError) as error:
            As2Outlet(As2Destination.model_validate(table), tmp_path, lambda: LATER)
        assert error.value.code == code


def test_entries_that_would_open_a_door_are_found_before(tmp_path: Path) -> None:
    """AS2-3: lint says what an address beyond this machine needs."""
    pair = Pair(tmp_path)

    def wrong(entries: str) -> list[str]:
        found = As2Source.model_validate(tomllib.loads(f"[source]\n{entries}")["source"])
        return [code for code, _, _ in found.wrong()]

    good = source_entries(pair)
    assert wrong(good) == []
    assert wrong(good.replace("port = 0", 'host = "0.0.0.0"\nport = 0')) == ["flow.listen"]
    tls = 'host = "0.0.0.0"\nport = 0\ntls = { certificate = "c", key_file = "k" }'
    assert wrong(good.replace("port = 0", tls)) == []
    assert wrong(good.replace("port = 0", tls) + "\nsigned = false") == ["flow.listen"]
    again = good[good.index("[[source.partner]]") :]
    assert wrong(good + "\n" + again) == ["flow.as2-partner"]

    def wrong_out(url: str, more: str = "") -> list[str]:
        table = tomllib.loads(f'name = "partner"\n{destination_entries(pair, url, more)}')
        return [code for code, _, _ in As2Destination.model_validate(table).wrong()]

    assert wrong_out("http://partner.example/as2") == []
    assert wrong_out("http://partner.example/as2", 'encrypt = "none"') == ["flow.http-plain"]
    assert wrong_out("http://partner.example/as2", 'mdn = "unsigned"') == ["flow.http-plain"]
    assert wrong_out("https://partner.example/as2", 'encrypt = "none"') == []
