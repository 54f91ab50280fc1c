"""CloudEvents at the HTTP connector, with the reference library at the other end (S42)."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import (
    HTTPMessage,
    from_binary_event,
    from_structured_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent
from flow_files import write_flow
from flow_hub import arrivals, connect, deliveries, hl7, peer, running_hub, until
from http_peer import HttpPeer, Seen, Told

from suture.orchestration.flows.lint import lint

MODES = ["cloudevents", "cloudevents-json"]


def of_reference(mode: str, content: bytes, id: str = "e1", source: str = "urn:lab") -> HTTPMessage:
    """Return what the reference library would post."""
    made = CloudEvent(
        {"id": id, "source": source, "type": "org.lab", "datacontenttype": "text/plain"}, content
    )
    return to_binary_event(made) if mode == "cloudevents" else to_structured_event(made)


def taking(mode: str, port: int, format: str = "raw") -> str:
    """Return a flow that takes events and hands on what is in them."""
    return (
        f'description = "events"\nowner = "integration team"\nformat = "{format}"\n'
        f'order_by = "none"\n[source]\nconnector = "http"\nport = 0\nenvelope = "{mode}"\n'
        f'[[destination]]\nname = "lab"\nconnector = "mllp"\nhost = "127.0.0.1"\nport = {port}\n'
    )


@pytest.mark.parametrize("mode", MODES)
def test_an_event_is_known_by_its_source_and_id(tmp_path: Path, mode: str) -> None:
    """A repetition is answered as before; another source's same id is another event; the same pair
    with other content is not taken for a repetition."""

    async def story() -> None:
        async with (
            peer() as lab,
            httpx.AsyncClient() as client,
            running_hub(tmp_path, {"in": taking(mode, lab.port)}) as hub,
        ):
            host, port = hub.flows.addresses["in"]

            async def give(made: HTTPMessage) -> httpx.Response:
                url = f"http://{host}:{port}/"
                return await client.post(url, content=made.body, headers=made.headers)

            first = await give(of_reference(mode, hl7(1)))
            again = await give(of_reference(mode, hl7(1)))
            assert (first.status_code, again.status_code) == (202, 202)
            other = await give(of_reference(mode, hl7(1), source="urn:other"))
            assert other.status_code == 202
            reused = await give(of_reference(mode, hl7(2)))
            assert (reused.status_code, reused.json()["title"]) == (422, "http.key-reused")
            await until(lambda: len(lab.got) == 2, "two events")
            assert lab.got == [hl7(1), hl7(1)]
            kept = arrivals(hub)[0]
            content = hub.core.clinical.open_arrival(kept.exchange, kept.content, kept.key_id)
            assert (kept.control_id, content) == ("e1", hl7(1))

    asyncio.run(story())


@pytest.mark.parametrize("mode", MODES)
def test_what_is_no_event_is_refused_and_the_next_goes_on(tmp_path: Path, mode: str) -> None:
    """A problem document with a code, an audit row; HL7 v2 in an event is answered by its ACK."""

    async def story() -> None:
        async with (
            peer() as lab,
            httpx.AsyncClient() as client,
            running_hub(tmp_path, {"in": taking(mode, lab.port, "hl7v2")}) as hub,
        ):
            host, port = hub.flows.addresses["in"]
            url = f"http://{host}:{port}/"
            bad = await client.post(url, content=hl7(1))
            assert bad.status_code == 422
            assert bad.json()["title"].startswith("cloudevents.")
            other = next(each for each in MODES if each != mode)
            made = of_reference(other, hl7(1))
            assert (
                await client.post(url, content=made.body, headers=made.headers)
            ).status_code == 422
            made = of_reference(mode, hl7(2))
            good = await client.post(url, content=made.body, headers=made.headers)
            assert good.status_code == 200 and b"MSA|AA|MSG00002" in good.content
            await until(lambda: lab.got == [hl7(2)], "the message")
            with hub.clinical.read() as reader:
                refused = reader.refusals(10)
            assert len(refused) == 2
            assert all(each.code.startswith("cloudevents.") for each in refused)

    asyncio.run(story())


def test_an_attribute_that_stands_there_twice_is_refused(tmp_path: Path) -> None:
    """Two programs on the way could each see another event."""

    async def story() -> None:
        async with (
            peer() as lab,
            httpx.AsyncClient() as client,
            running_hub(tmp_path, {"in": taking("cloudevents", lab.port)}) as hub,
        ):
            host, port = hub.flows.addresses["in"]
            made = of_reference("cloudevents", hl7(1))
            twice = [*made.headers.items(), ("ce-id", "e2")]
            bad = await client.post(f"http://{host}:{port}/", content=made.body, headers=twice)
            assert bad.json()["title"] == "cloudevents.attribute"

    asyncio.run(story())


def read_by_reference(mode: str, one: Seen) -> Any:
    """Return the event as the reference library reads it."""
    headers = {
        name: value
        for name, value in one.headers.items()
        if name.startswith("ce-") or name == "content-type"
    }
    read = from_binary_event if mode == "cloudevents" else from_structured_event
    return read(HTTPMessage(headers, one.body))


@pytest.mark.parametrize("mode", MODES)
def test_a_sent_event_is_read_by_the_reference_library(tmp_path: Path, mode: str) -> None:
    """The delivery's id, the flow's name, the exchange; every try is the same event."""

    async def story() -> None:
        taker = HttpPeer()

        def answer(_: Seen) -> Told:
            return (503 if len(taker.seen) == 1 else 200), {}, b""

        taker.answer = answer
        await taker.start()
        text = (
            'description = "out"\nowner = "integration team"\n[source]\nconnector = "mllp"\n'
            'port = 0\n[[destination]]\nname = "there"\nconnector = "http"\n'
            f'url = "{taker.url}"\nenvelope = "{mode}"\ncontent_type = "text/plain"\n'
            "retry = { first_s = 0.1, longest_s = 0.2 }\n"
        )
        async with running_hub(tmp_path, {"adt-out": text}) as hub:
            sender = await connect(hub, "adt-out")
            await sender.send(hl7(1))
            await until(lambda: len(taker.seen) == 2, "a repetition")
            (delivery,) = deliveries(hub)
        first, second = (read_by_reference(mode, one) for one in taker.seen)
        assert taker.seen[0].body == taker.seen[1].body
        assert first.get_attributes() == second.get_attributes()
        assert first.get_id() == delivery.id
        assert first.get_source() == "urn:suture:flow:adt-out"
        assert first.get_type() == "org.suture.flow.adt-out"
        assert first.get_subject() == delivery.exchange
        data = first.get_data()
        assert (data.encode() if isinstance(data, str) else data) == hl7(1)
        await taker.stop()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("source", "destination"),
    [
        ('envelope = "cloudevents"\nauth = { webhook_file = "key" }', ""),
        ("", 'event_type = "org.x"'),
        ("", 'envelope = "cloudevents"\nheaders = { ce-id = "1" }'),
    ],
)
def test_lint_refuses_what_makes_no_sound_event(
    tmp_path: Path, source: str, destination: str
) -> None:
    """A signature that does not cover the id, an event without an envelope, headers of ours."""
    text = (
        'description = "x"\nowner = "integration team"\nformat = "raw"\norder_by = "none"\n'
        f'[source]\nconnector = "http"\nport = 8080\n{source}\n[[destination]]\nname = "there"\n'
        f'connector = "http"\nurl = "https://peer.example.org/in"\n{destination}\n'
    )
    linted = lint([write_flow(tmp_path, "x", text)])
    (found,) = [each for each in linted.findings if not each.is_warning]
    assert found.code in ("flow.http-envelope", "flow.http-header")
