"""What a running flow shows: metrics, health, the console's page; never content (S32)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
from flow_hub import Peer, connect, deliveries, flow_text, hl7, peer, running_hub, until

from suture.journal.record import DeliveryState


def test_flows_are_seen_in_metrics_health_and_console(tmp_path: Path) -> None:
    """Version, lanes, pause and a destination that does not answer."""

    async def story() -> None:
        async with peer() as lab:
            gone = Peer()
            await gone.start()
            await gone.stop()
            more = (
                '[[destination]]\nname = "gone"\nconnector = "mllp"\nhost = "127.0.0.1"\n'
                f"port = {gone.port}\nretry = {{ first_s = 0.05, longest_s = 0.1 }}\n"
            )
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port, lab=more)}
            async with running_hub(tmp_path, flows) as hub:
                sender = await connect(hub, "adt")
                for number in range(6):
                    await sender.send(hl7(number, patient=f"SYN{number}"))
                await until(lambda: len(lab.got) == 6)
                await until(
                    lambda: sum(d.state is DeliveryState.DELIVERED for d in deliveries(hub)) == 6
                )
                await until(lambda: hub.flows.status()[0]["destinations"][1]["circuit_open"])
                await hub.flows.pause("adt.lab", is_paused=True)
                base = "http://{}:{}".format(*hub.addresses["console"])
                async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
                    metrics = (await client.get("/metrics")).text
                    health = (await client.get("/api/v1/health")).json()
                    page = (await client.get("/health")).text
                    listed = (await client.get("/api/v1/flows")).json()
                version = hub.flows.status()[0]["version"]
                for line in (
                    f'suture_flow_running{{flow="adt",version="{version}"}} 1.0',
                    'suture_destination_paused{destination="adt.lab",flow="adt"} 1.0',
                    'suture_destination_circuit_open{destination="adt.gone",flow="adt"} 1.0',
                    'suture_deliveries{destination="adt.lab",state="delivered"} 6.0',
                    'suture_deliveries{destination="adt.gone",state="waiting"} 6.0',
                ):
                    assert line in metrics, metrics
                assert health["flows"][0]["flow"] == "adt" == listed["items"][0]["flow"]
                assert "adt.lab: paused" in page and "adt.gone: no answer" in page
                for text in (metrics, str(health), page):
                    assert "SYN0" not in text and "Synth" not in text

    asyncio.run(story())
