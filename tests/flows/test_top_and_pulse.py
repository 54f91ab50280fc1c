"""Counters, histograms and `suture top` over a running hub."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from flow_hub import connect, deliveries, flow_text, hl7, peer, running_hub, until

from suture.api.pulse import at_most_s, pulse_families
from suture.cli.main import cli
from suture.orchestration.path.pulse import BOUNDS_S, CODES_MAX, NAMES_MAX, OTHER, Pulse, Series


def value(text: str, line: str) -> float:
    """Return the value of a metric line."""
    found = re.search(rf"^{re.escape(line)} ([0-9.e+-]+)$", text, re.MULTILINE)
    assert found, f"{line} is not in\n{text}"
    return float(found[1])


def test_what_was_taken_and_sent_is_counted_and_timed(tmp_path: Path) -> None:
    """Taken, repeated, refused at the door, delivered, refused by the receiver; no content."""

    async def story() -> None:
        async with peer() as lab:
            flows: dict[str, str | dict[str, str]] = {"adt": flow_text(lab.port)}
            async with running_hub(tmp_path, flows) as hub:
                sender = await connect(hub, "adt")
                for number in (1, 2, 3, 3):
                    await sender.send(hl7(number, patient=f"SYNPAT{number}"))
                assert (await (await connect(hub, "adt")).send(b"SYNJUNK"))[0] == "AR"
                await until(lambda: len(lab.got) == 3, "three sent")
                lab.verdict = lambda _: "AR"
                await sender.send(hl7(4, patient="SYNPAT4"))
                await until(
                    lambda: [x.state.value for x in deliveries(hub)].count("refused") == 1,
                    "refused",
                )
                base = "http://{}:{}".format(*hub.addresses["console"])
                async with httpx.AsyncClient(base_url=base, trust_env=False) as client:
                    await until(lambda: "adt.lab" in hub.port.pulse.destinations)
                    text = (await client.get("/metrics")).text
                    told = (await client.get("/api/v1/pulse")).json()
                for line, count in (
                    ('suture_received_total{code="taken",endpoint="adt"}', 5),
                    ('suture_received_total{code="hl7v2.no-msh",endpoint="adt"}', 1),
                    ('suture_sent_total{code="accepted",destination="adt.lab"}', 3),
                    ('suture_sent_total{code="hl7v2.ack-reject",destination="adt.lab"}', 1),
                    ('suture_receive_seconds_count{endpoint="adt"}', 5),
                    ('suture_receive_seconds_bucket{endpoint="adt",le="+Inf"}', 5),
                    ('suture_delivery_seconds_count{destination="adt.lab"}', 3),
                ):
                    assert value(text, line) == count
                assert 0 < value(text, 'suture_receive_seconds_sum{endpoint="adt"}') < 30
                (feed,) = told["endpoints"]
                assert (feed["name"], feed["good"], feed["bad"]) == ("adt", 5, 1)
                assert feed["last_at"] is not None and feed["most_within_s"] is not None
                shown = await asyncio.to_thread(
                    CliRunner().invoke,
                    cli,
                    [
                        "top",
                        "--once",
                        "--interval-s",
                        "0.2",
                        "--config",
                        str(tmp_path / "hub.toml"),
                    ],
                )
                assert shown.exit_code == 0, shown.output
                assert re.search(r"adt +0\.0 +5 +1 ", shown.output)
                assert re.search(r"adt\.lab +open +0 +- +0\.0 +1 ", shown.output)
                for said in (text, str(told), shown.output):
                    assert "SYNPAT" not in said and "SYNJUNK" not in said

    asyncio.run(story())


def test_names_and_codes_are_bounded() -> None:
    """Whoever invents codes or names fills one place, not the memory."""
    pulse = Pulse()
    for number in range(CODES_MAX + 10):
        pulse.received("adt", f"code.{number}", is_bad=True)
    codes = pulse.endpoints["adt"].codes
    assert (len(codes), codes[OTHER]) == (CODES_MAX + 1, 10)
    for number in range(NAMES_MAX + 10):
        pulse.sent(f"d{number}", "accepted", 0.1)
    assert len(pulse.destinations) == NAMES_MAX + 1
    assert pulse.destinations[OTHER].good == 10


@pytest.mark.parametrize(
    ("seconds", "share", "within"),
    [
        ([], 0.5, None),
        ([0.003], 0.95, 0.005),
        ([0.005], 0.95, 0.005),
        ([0.001] * 95 + [3.0] * 5, 0.95, 0.002),
        ([0.001] * 94 + [3.0] * 6, 0.95, 10.0),
        ([5000.0], 0.5, None),
    ],
)
def test_most_is_within_a_bound(seconds: list[float], share: float, within: float | None) -> None:
    """The bound of the place in which the share is reached; beyond the last there is none."""
    one = Series()
    for each in seconds:
        one.count("x", each, is_bad=False)
    assert at_most_s(one, share) == within
    assert sum(one.buckets) == len(seconds) and len(one.buckets) == len(BOUNDS_S) + 1


def test_a_histogram_without_times_is_left_out() -> None:
    """What was only refused has counts and no times."""
    pulse = Pulse()
    pulse.sent("adt.lab", "mllp.connect-failed", None)
    samples = [x.name for family in pulse_families(pulse) for x in family.samples]
    assert samples == ["suture_sent_total"]
