"""What the HTTP connector promises beyond the common rules, one test each (S42, S52, S61)."""

from __future__ import annotations

import asyncio
import base64
import json
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from certificates import Authority
from conformance import HEAD
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
from http_peer import HttpPeer, Seen, Told
from standardwebhooks.webhooks import Webhook

from suture.assembly.hub import Hub
from suture.connectivity.webhook import secrets_of, signed, verified
from suture.core.refusal import MisconfiguredError, RefusalError

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


def secret_file(folder: Path, name: str, text: str) -> None:
    """Write a file of mode 0600."""
    path = folder / name
    path.write_text(text, "utf-8")
    path.chmod(0o600)


@asynccontextmanager
async def posted_to(
    folder: Path, source: str = "", top: str = 'format = "raw"\norder_by = "none"'
) -> AsyncIterator[tuple[Hub, str, Peer]]:
    """Run a hub whose flow is posted to; yield it, its address, and the peer it sends to."""
    head = f'description = "posted"\nowner = "integration team"\n{top}\n'
    async with peer() as lab:
        text = (
            f'{head}[source]\nconnector = "http"\nport = 0\npath = "/in"\n{source}\n'
            '[[destination]]\nname = "lab"\nconnector = "mllp"\nhost = "127.0.0.1"\n'
            f"port = {lab.port}\nretry = {{ first_s = 0.1, longest_s = 0.2 }}\n"
        )
        async with running_hub(folder, {"posted": text}) as hub:
            host, port = hub.flows.addresses["posted"]
            yield hub, f"http://{host}:{port}/in", lab


@asynccontextmanager
async def posting(
    folder: Path, taker: HttpPeer, more: str = "", url: str = ""
) -> AsyncIterator[Hub]:
    """Run a hub whose flow posts."""
    text = (
        f'{HEAD.replace("none", "PID-3.1")}[source]\nconnector = "mllp"\nport = 0\n'
        f'[[destination]]\nname = "there"\nconnector = "http"\nurl = "{url or taker.url}"\n'
        f"timeout_s = 1\nretry = {{ first_s = 0.1, longest_s = 0.2 }}\n{more}\n"
    )
    async with running_hub(folder, {"out": text}) as hub:
        yield hub


async def send(hub: Hub, *numbers: int) -> None:
    """Give messages to the posting flow."""
    sender = await connect(hub, "out")
    for number in numbers:
        assert await sender.send(hl7(number)) == ("AA", "")


def codes(hub: Hub) -> list[tuple[str, str]]:
    """Return state and code of every delivery."""
    return [(each.state.value, each.code) for each in deliveries(hub)]


# ---- in


def test_good_and_bad_answers_are_documents(tmp_path: Path) -> None:
    """202 with the exchange for what is kept; other methods and paths are 405 and 404."""

    async def story() -> None:
        async with posted_to(tmp_path) as (hub, url, _), httpx.AsyncClient() as client:
            good = await client.post(url, content=hl7(1))
            assert good.status_code == 202
            assert good.json()["exchange"] == arrivals(hub)[0].exchange
            assert (await client.get(url)).status_code == 405
            assert (await client.post(url + "/other", content=b"x")).status_code == 404

    asyncio.run(story())


def test_what_cannot_be_read_is_a_problem_document(tmp_path: Path) -> None:
    """With a stable code and no word of the content."""
    files = {
        "flow.toml": (
            'description = "x12"\nowner = "integration team"\nformat = "x12"\norder_by = "none"\n'
            '[source]\nconnector = "http"\nport = 0\n'
            '[[destination]]\nname = "there"\nconnector = "files"\nfolder = "out"\n'
        )
    }

    async def story() -> None:
        async with running_hub(tmp_path, {"x": files}) as hub, httpx.AsyncClient() as client:
            host, port = hub.flows.addresses["x"]
            bad = await client.post(f"http://{host}:{port}/", content=b"SYNTHETIC PATIENT")
            assert bad.status_code == 422
            assert bad.headers["content-type"] == "application/problem+json"
            assert bad.json()["title"].startswith("x12.")
            assert "SYNTHETIC" not in bad.text

    asyncio.run(story())


@pytest.mark.parametrize("kind", ["bearer", "basic"])
def test_credentials_are_asked_for_before_the_body_is_read(tmp_path: Path, kind: str) -> None:
    """Wrong or missing: 401 with a challenge and an audit row; right: taken."""
    tmp_path.mkdir(exist_ok=True)
    secret_file(tmp_path, "key", "pass-1234")
    auth = {
        "bearer": 'auth = { bearer_file = "key" }',
        "basic": 'auth = { user = "lab", password_file = "key" }',
    }[kind]

    async def story() -> None:
        async with posted_to(tmp_path, auth) as (hub, url, _), httpx.AsyncClient() as client:
            right: dict[str, Any] = (
                {"headers": {"authorization": "Bearer pass-1234"}}
                if kind == "bearer"
                else {"auth": ("lab", "pass-1234")}
            )
            none = await client.post(url, content=hl7(1))
            wrong = await client.post(url, content=hl7(1), auth=("lab", "pass-9999"))
            assert (none.status_code, wrong.status_code) == (401, 401)
            assert none.headers["www-authenticate"].lower() == kind
            assert arrivals(hub) == []
            with hub.clinical.read() as reader:
                assert {r.code for r in reader.refusals(9)} == {"http.unauthorised"}
            assert (await client.post(url, content=hl7(1), **right)).status_code == 202

    asyncio.run(story())


def test_a_signed_message_is_taken_once(tmp_path: Path) -> None:
    """Signed by the reference library: taken; sent again: answered, not delivered again.

    A changed body, another secret, an old signature: refused with its code.
    """
    secret_file(tmp_path, "key", f"{OTHER}\n{SECRET}\n")

    async def story() -> None:
        auth = 'auth = { webhook_file = "key" }'
        async with posted_to(tmp_path, auth) as (hub, url, lab), httpx.AsyncClient() as client:

            async def give(body: bytes, id: str, secret: str = SECRET, age_s: int = 0) -> int:
                at = datetime.now(UTC) - timedelta(seconds=age_s)
                headers = {
                    "webhook-id": id,
                    "webhook-timestamp": str(int(at.timestamp())),
                    "webhook-signature": Webhook(secret).sign(id, at, body.decode()),
                }
                sent = body if id != "changed" else body + b"ZZZ|\r"
                return (await client.post(url, content=sent, headers=headers)).status_code

            assert await give(hl7(1), "m1") == 202
            assert await give(hl7(1), "m1") == 202
            assert await give(hl7(2), "changed") == 401
            assert await give(hl7(2), "m2", secret="whsec_" + "A" * 43 + "=") == 401
            assert await give(hl7(2), "m2", age_s=600) == 401
            assert (await client.post(url, content=hl7(2))).status_code == 401
            await until(lambda: lab.got, "the message")
            await asyncio.sleep(0.3)
            assert lab.numbers() == ["MSG00001"]
            with hub.clinical.read() as reader:
                assert sorted(r.code for r in reader.refusals(9)) == [
                    "webhook.headers",
                    "webhook.signature",
                    "webhook.signature",
                    "webhook.timestamp",
                ]

    asyncio.run(story())


def test_a_key_tells_a_repetition(tmp_path: Path) -> None:
    """Idempotency-Key: the same body is taken once; another body under it is refused."""

    async def story() -> None:
        async with posted_to(tmp_path) as (_, url, lab), httpx.AsyncClient() as client:
            headers = {"idempotency-key": "k1"}
            first = await client.post(url, content=hl7(1), headers=headers)
            again = await client.post(url, content=hl7(1), headers=headers)
            other = await client.post(url, content=hl7(2), headers=headers)
            assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422)
            assert other.json()["title"] == "http.key-reused"
            await until(lambda: lab.got, "the message")
            await asyncio.sleep(0.3)
            assert lab.numbers() == ["MSG00001"]

    asyncio.run(story())


def test_an_answer_may_wait_for_the_delivery(tmp_path: Path) -> None:
    """on_delivered: 503 and a wish while the destination is away, 200 when it has the message."""
    top = 'format = "raw"\norder_by = "none"\nack = "on_delivered"\nack_timeout_s = 0.5'

    async def story() -> None:
        async with posted_to(tmp_path, top=top) as (_, url, lab), httpx.AsyncClient() as client:
            await lab.stop()
            late = await client.post(url, content=hl7(1))
            assert late.status_code == 503 and int(late.headers["retry-after"]) > 0
            await lab.start()
            await until(lambda: lab.got, "the message")
            assert (await client.post(url, content=hl7(1))).status_code == 200
            assert len(lab.got) == 1

    asyncio.run(story())


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_client_certificate_is_asked_for(tmp_path: Path) -> None:
    """curl with the authority's certificate is served over TLS, without one it is not."""
    authority = Authority(tmp_path)
    for name in ("server", "client"):
        authority.issue(name, days=10)
    tls = 'tls = { certificate = "server.pem", key_file = "server.key", client_ca = "ca.pem" }'

    async def story() -> None:
        async with posted_to(tmp_path, tls) as (hub, url, lab):
            words = ["curl", "-sS", "-o", "-", "--max-time", "10", "--cacert", "ca.pem"]
            words += ["--data-binary", "@-", url.replace("http:", "https:")]
            pair = ["--cert", "client.pem", "--key", "client.key"]

            async def curl(*more: str) -> subprocess.CompletedProcess[bytes]:
                return await asyncio.to_thread(
                    subprocess.run,
                    [*words, *more],
                    input=hl7(1),
                    capture_output=True,
                    cwd=tmp_path,
                    timeout=20,
                    check=False,
                )

            assert (await curl()).returncode != 0
            served = await curl(*pair)
            assert served.returncode == 0 and b"exchange" in served.stdout, served.stderr
            await until(lambda: lab.got, "the message")
            assert len(arrivals(hub)) == 1

    asyncio.run(story())


def test_cxml_is_answered_in_cxml(tmp_path: Path) -> None:
    """Status 200 for what is kept, 406 with the code for what is not, over HTTP 200."""
    text = (
        'description = "cxml"\nowner = "integration team"\nformat = "cxml"\norder_by = "none"\n'
        '[source]\nconnector = "http"\nport = 0\n'
        '[[destination]]\nname = "there"\nconnector = "files"\nfolder = "out"\nsuffix = ".xml"\n'
    )
    document = (
        b'<?xml version="1.0"?><cXML payloadID="1@synth" timestamp="2027-01-04T12:00:00Z">'
        b"<Header/><Request><ProfileRequest/></Request></cXML>"
    )

    async def story() -> None:
        async with running_hub(tmp_path, {"x": text}) as hub, httpx.AsyncClient() as client:
            host, port = hub.flows.addresses["x"]
            good = await client.post(f"http://{host}:{port}/", content=document)
            bad = await client.post(f"http://{host}:{port}/", content=b"<cXML")
            assert good.status_code == bad.status_code == 200
            assert b'<Status code="200"' in good.content
            assert b'<Status code="406"' in bad.content and b"cxml." in bad.content

    asyncio.run(story())


# ---- out


def test_every_try_carries_the_same_key(tmp_path: Path) -> None:
    """A server that fails twice and then takes sees one key and one body three times."""
    answers = [500, 503, 200]

    async def story() -> None:
        taker = HttpPeer(lambda _: (answers[min(len(taker.seen), 3) - 1], {}, b""))
        await taker.start()
        async with posting(tmp_path, taker, 'headers = { "X-Site" = "NCH" }') as hub:
            await send(hub, 1)
            await until(lambda: codes(hub)[0][0] == "delivered", "the third try")
            assert len(taker.seen) == 3
            assert {one.headers["idempotency-key"] for one in taker.seen} == {deliveries(hub)[0].id}
            assert {one.body for one in taker.seen} == {hl7(1)}
            assert taker.seen[0].headers["x-site"] == "NCH"
            assert taker.seen[0].headers["content-type"] == "application/octet-stream"
        await taker.stop()

    asyncio.run(story())


ANSWERS = [
    ((201, {}, b""), "delivered", ""),
    ((400, {}, b""), "refused", "http.400"),
    ((409, {}, b""), "refused", "http.409"),
    ((401, {}, b""), "dead", "http.401"),
    ((404, {}, b""), "dead", "http.404"),
    ((302, {"location": "/elsewhere"}, b""), "dead", "http.302"),
    ((429, {"retry-after": "60"}, b""), "waiting", "http.429"),
    ((500, {}, b""), "waiting", "http.500"),
    ((0, {}, b""), "waiting", "http.timeout"),
]


@pytest.mark.parametrize(("told", "state", "code"), ANSWERS)
def test_an_answer_is_sorted_by_what_may_be_done_next(
    tmp_path: Path, told: Told, state: str, code: str
) -> None:
    """What is refused or misconfigured ends with a person, the rest waits; no redirect is taken."""

    async def story() -> None:
        taker = HttpPeer(lambda _: told)
        await taker.start()
        async with posting(tmp_path, taker) as hub:
            await send(hub, 1)
            await until(
                lambda: taker.seen and codes(hub)[0] == (state, code or codes(hub)[0][1]),
                f"{state} {code}",
            )
            assert {one.path for one in taker.seen} == {"/in"}
            if state in ("refused", "dead"):
                await until(lambda: open_exceptions_of(hub), "an exception")
            if told[0] == 429:
                waits = deliveries(hub)[0].next_at_wall - datetime.now(UTC)
                assert timedelta(seconds=50) < waits < timedelta(seconds=61)
        await taker.stop()

    asyncio.run(story())


def test_a_token_is_fetched_once_and_anew_when_it_is_refused(tmp_path: Path) -> None:
    """OAuth 2.0 client credentials: one token for many messages; after a 401 another, once."""
    secret_file(tmp_path, "secret", "s3cret/+")
    issued: list[Seen] = []
    valid = {"T1"}

    def answer(one: Seen) -> Told:
        if one.path == "/token":
            issued.append(one)
            told = {"access_token": f"T{len(issued)}", "token_type": "Bearer", "expires_in": 3600}
            return 200, {"content-type": "application/json"}, json.dumps(told).encode()
        is_good = one.headers.get("authorization", "").removeprefix("Bearer ") in valid
        return (200 if is_good else 401), {}, b""

    async def story() -> None:
        taker = HttpPeer(answer)
        await taker.start()
        auth = (
            f'auth = {{ token_url = "http://127.0.0.1:{taker.port}/token", client_id = "hub:1",'
            ' client_secret_file = "secret", scope = "orders" }'
        )
        async with posting(tmp_path, taker, auth) as hub:
            await send(hub, 1, 2)
            await until(lambda: [c[0] for c in codes(hub)] == ["delivered"] * 2, "two with T1")
            assert len(issued) == 1
            pair = base64.b64decode(issued[0].headers["authorization"].partition(" ")[2])
            assert pair == b"hub%3A1:s3cret%2F%2B"
            assert issued[0].body == b"grant_type=client_credentials&scope=orders"
            valid.clear()
            valid.add("T2")
            await send(hub, 3)
            await until(lambda: codes(hub)[2][0] == "delivered", "one with T2")
            assert len(issued) == 2
            valid.clear()
            await send(hub, 4)
            await until(lambda: codes(hub)[3] == ("dead", "http.401"), "no token helps")
            assert len(issued) == 3
        await taker.stop()

    asyncio.run(story())


def test_a_token_that_is_refused_ends_with_a_person(tmp_path: Path) -> None:
    """invalid_client is no outage: nobody is asked again and again."""
    secret_file(tmp_path, "secret", "s")

    async def story() -> None:
        taker = HttpPeer(lambda _: (400, {}, b'{"error":"invalid_client"}'))
        await taker.start()
        auth = (
            f'auth = {{ token_url = "http://127.0.0.1:{taker.port}/token", client_id = "hub",'
            ' client_secret_file = "secret" }'
        )
        async with posting(tmp_path, taker, auth) as hub:
            await send(hub, 1)
            await until(lambda: codes(hub)[0] == ("dead", "oauth.refused"), "a person")
            assert {one.path for one in taker.seen} == {"/token"}
        await taker.stop()

    asyncio.run(story())


def test_a_sent_webhook_is_verified_by_the_reference_library(tmp_path: Path) -> None:
    """Signed with the first secret, the same id over tries."""
    secret_file(tmp_path, "key", f"{SECRET}\n{OTHER}\n")

    async def story() -> None:
        taker = HttpPeer()
        await taker.start()
        async with posting(tmp_path, taker, 'auth = { webhook_file = "key" }') as hub:
            await send(hub, 1)
            await until(lambda: taker.seen, "the message")
            one = taker.seen[0]
            Webhook(SECRET).verify(one.body, one.headers, json_parse=False)
            assert one.headers["webhook-id"] == deliveries(hub)[0].id
        await taker.stop()

    asyncio.run(story())


def test_a_client_certificate_is_shown_and_the_server_checked(tmp_path: Path) -> None:
    """Mutual TLS with Hypercorn; a server of another authority gets nothing."""
    authority = Authority(tmp_path)
    for name in ("server", "client"):
        authority.issue(name, days=10)
    (tmp_path / "elsewhere").mkdir()
    Authority(tmp_path / "elsewhere")
    files = tuple(str(tmp_path / name) for name in ("server.pem", "server.key", "ca.pem"))
    pair = 'certificate = "client.pem", key_file = "client.key"'

    async def story() -> None:
        taker = HttpPeer(tls=(files[0], files[1], files[2]))
        await taker.start()
        async with posting(tmp_path, taker, f'tls = {{ ca = "ca.pem", {pair} }}') as hub:
            await send(hub, 1)
            await until(lambda: taker.seen, "the message")
        other = f'tls = {{ ca = "../elsewhere/ca.pem", {pair.replace("client.", "../client.")} }}'
        async with posting(tmp_path / "two", taker, other) as hub:
            await send(hub, 2)
            await until(lambda: codes(hub)[0][1] == "http.tls-untrusted", "mistrust")
            assert len(taker.seen) == 1
        await taker.stop()

    asyncio.run(story())


def answers_of(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Let the resolver give these addresses one after another; return the names asked for."""
    asked: list[str] = []

    async def getaddrinfo(self: Any, host: Any, port: Any, **_: Any) -> list[Any]:
        if not str(host).endswith(".example.org"):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        address = addresses[min(len(asked), len(addresses) - 1)]
        asked.append(str(host))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", getaddrinfo)
    return asked


INSIDE = ["127.0.0.1", "169.254.169.254", "10.1.2.3", "0.0.0.0", "224.0.0.1", "100.64.0.1"]


@pytest.mark.parametrize("address", INSIDE)
def test_a_name_that_leads_inside_is_not_connected_to(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine, metadata services, private networks: refused, unless the flow names them."""
    answers_of(monkeypatch, address)

    async def story() -> None:
        taker = HttpPeer()
        await taker.start()
        url = f"https://lab.example.org:{taker.port}/in"
        async with posting(tmp_path, taker, url=url) as hub:
            await send(hub, 1)
            await until(lambda: codes(hub)[0] == ("dead", "http.address-refused"), "a refusal")
            assert taker.seen == []
        await taker.stop()

    asyncio.run(story())


def test_the_address_that_was_looked_at_is_the_one_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolver that changes its answer in between (DNS rebinding) is asked once a connection."""
    authority = Authority(tmp_path)
    authority.issue("server", days=10)
    asked = answers_of(monkeypatch, "127.0.0.1", "10.9.9.9")

    async def story() -> None:
        taker = HttpPeer(tls=(str(tmp_path / "server.pem"), str(tmp_path / "server.key"), ""))
        await taker.start()
        url = f"https://lab.example.org:{taker.port}/in"
        more = 'networks = ["127.0.0.0/8"]\ntls = { ca = "ca.pem" }'
        async with posting(tmp_path, taker, more, url) as hub:
            await send(hub, 1)
            await until(lambda: codes(hub)[0][1], "a verdict")
            # The certificate is for 127.0.0.1, not for the name: reached, and not trusted.
            assert codes(hub)[0][1] == "http.tls-untrusted"
            await until(lambda: codes(hub)[0] == ("dead", "http.address-refused"), "the change")
            assert len(asked) == 2
        await taker.stop()

    asyncio.run(story())


# ---- signatures alone


def test_signatures_agree_with_the_reference_library() -> None:
    """Both ways, and any of several secrets; bytes that are no text too."""
    now = datetime(2027, 1, 4, 12, tzinfo=UTC)
    (secret,) = secrets_of(SECRET)
    headers = signed(secret, "m1", now, b'{"a":1}')
    assert headers["webhook-signature"] == Webhook(SECRET).sign("m1", now, '{"a":1}')
    raw = signed(secret, "m2", now, b"\xff\x00")
    assert verified(secrets_of(f"{OTHER}\n{SECRET}"), raw, b"\xff\x00", now) == "m2"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"webhook-id": ""}, "webhook.headers"),
        ({"webhook-timestamp": "٣"}, "webhook.headers"),
        ({"webhook-timestamp": "1"}, "webhook.timestamp"),
        ({"webhook-signature": "v1,"}, "webhook.signature"),
        ({"webhook-signature": "v2,x v1,é " + "v1,y " * 40}, "webhook.signature"),
        ({"webhook-id": "m3"}, "webhook.signature"),
    ],
)
def test_a_signature_that_does_not_hold_is_refused(change: dict[str, str], code: str) -> None:
    """With the code of what is wrong."""
    now = datetime(2027, 1, 4, 12, tzinfo=UTC)
    secrets = secrets_of(SECRET)
    headers = signed(secrets[0], "m1", now, b"x") | change
    with pytest.raises(RefusalError) as caught:
        verified(secrets, headers, b"x", now)
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_c2hvcnQ=", "not base64!"])
def test_a_secret_that_is_none_is_refused(text: str) -> None:
    """At the start, not with the first message."""
    with pytest.raises(MisconfiguredError) as caught:
        secrets_of(text)
    assert caught.value.code == "webhook.secret"
