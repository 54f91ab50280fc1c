"""The shipped packs at work between programs nobody here wrote: python-hl7, pydifact (S157)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from flow_hub import running_hub, until
from pydifact.segmentcollection import Interchange
from test_mllp_connector import ClientRig, ServerRig

from suture.assembly.hub import Hub

PACKS = Path(__file__).resolve().parents[2] / "packs"


def pack_flows(pack: str, ports: dict[int, int]) -> dict[str, str | dict[str, str]]:
    """Return the flows of a pack with the ports of this test; sources take any free one."""
    found: dict[str, str | dict[str, str]] = {}
    for folder in sorted((PACKS / pack / "flows").iterdir()):
        files = {
            str(path.relative_to(folder)): path.read_bytes().decode()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.parent.name != "__pycache__"
        }
        for old, new in ports.items():
            files["flow.toml"] = files["flow.toml"].replace(f"port = {old}", f"port = {new}")
        found[folder.name] = files
    return found


def sample(pack: str, flow: str, case: str, name: str) -> bytes:
    """Return a file of a test beside a shipped flow."""
    return (PACKS / pack / "flows" / flow / "tests" / case / name).read_bytes()


async def give(hub: Hub, flow: str, content: bytes) -> bool:
    """Send one message with python-hl7's client; return whether it was accepted."""
    answer = await asyncio.to_thread(ClientRig.exchange, hub.flows.addresses[flow], content)
    return b"MSA|AA" in answer


def lines(content: bytes) -> list[bytes]:
    """Return segments without their ends; python-hl7 writes its own line ends."""
    return [line for line in content.replace(b"\n", b"\r").split(b"\r") if line]


def test_admissions_reach_the_laboratory(tmp_path: Path) -> None:
    """From python-hl7's client through the pack to its listener: what the pack's test expects."""

    async def story() -> None:
        lab = ServerRig()
        await lab.start(tmp_path)
        flows = pack_flows("hl7-adt", {6661: 0, 6662: lab.port})
        async with running_hub(tmp_path, flows) as hub:
            message = sample("hl7-adt", "adt-to-lab", "admission", "in.hl7")
            assert await give(hub, "adt-to-lab", b"\r".join(lines(message)) + b"\r")
            left_out = sample("hl7-adt", "adt-to-lab", "discharge-is-not-for-the-lab", "in.hl7")
            assert await give(hub, "adt-to-lab", b"\r".join(lines(left_out)) + b"\r")
            await until(lambda: lab.got(), "the admission")
            await asyncio.sleep(0.3)
            (got,) = lab.got()
            expected = sample("hl7-adt", "adt-to-lab", "admission", "out.lab.hl7")
            assert lines(got) == lines(expected)
        await lab.stop()

    asyncio.run(story())


def test_results_go_to_their_wards_and_to_the_archive(tmp_path: Path) -> None:
    """Intensive care and the wards are two listeners; every result is a file too."""

    async def story() -> None:
        intensive, wards = ServerRig(), ServerRig()
        await intensive.start(tmp_path)
        await wards.start(tmp_path)
        flows = pack_flows("hl7-results", {6671: 0, 6672: intensive.port, 6673: wards.port})
        async with running_hub(tmp_path, flows) as hub:
            for case in ("ward", "intensive-care"):
                message = sample("hl7-results", "results-in", case, "in.hl7")
                assert await give(hub, "results-in", b"\r".join(lines(message)) + b"\r")
            await until(lambda: intensive.got() and wards.got(), "both results")
            files = tmp_path / "results"
            await until(lambda: len(list(files.glob("*.hl7"))) == 2, "two files")
        ward = sample("hl7-results", "results-in", "ward", "out.wards.hl7")
        icu = sample("hl7-results", "results-in", "intensive-care", "out.intensive-care.hl7")
        assert [lines(got) for got in wards.got()] == [lines(ward)]
        assert [lines(got) for got in intensive.got()] == [lines(icu)]
        for rig in (intensive, wards):
            await rig.stop()

    asyncio.run(story())


@pytest.mark.filterwarnings("ignore::Warning")  # pydifact has no table for every directory
def test_an_order_file_is_read_by_the_suppliers_library(tmp_path: Path) -> None:
    """pydifact finds one ORDERS with the lines of the X12 850."""

    async def story() -> None:
        (tmp_path / "orders-in").mkdir()
        async with running_hub(tmp_path, pack_flows("orders-by-file", {})):
            content = sample("orders-by-file", "orders-to-edifact", "order", "in.x12")
            (tmp_path / "orders-in" / "one.x12").write_bytes(content)
            out = tmp_path / "orders-out"
            await until(lambda: out.is_dir() and list(out.glob("*.edi")), "the order")
            (file,) = out.glob("*.edi")
            interchange = Interchange.from_str(file.read_text("ascii"))
            (message,) = interchange.get_messages()
            assert message.type == "ORDERS"
            tags = [segment.tag for segment in message.segments]
            assert tags.count("LIN") == content.count(b"PO1*") > 0

    asyncio.run(story())
