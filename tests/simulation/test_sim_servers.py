"""Each peer as a server on a free port: real HTTP, real MLLP, faults, resends."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sim_hub import HubStub, config, raw_config, until
from test_sim_ehr_model import CASE
from test_sim_erp_model import ITEM, OPENING, receipt, requisition
from test_sim_supplier_model import ITEMS
from test_sim_wire import ITEM as ITEM_OUT
from test_sim_wire import ORDER_850, OUT

from suture.simulation.generator import generate
from suture.simulation.server.ehr import EhrServer
from suture.simulation.server.erp import ErpServer
from suture.simulation.server.supplier_cxml import CxmlSupplierServer
from suture.simulation.server.supplier_x12 import X12SupplierServer
from suture.simulation.wire import cxml, x12

ROOT = Path(__file__).resolve().parents[2]
TOKEN = {"authorization": "Bearer peer-token"}
CONTROL = {"authorization": "Bearer control-token"}
HOURS_PER_S = 3600.0 * 20
"""Business seconds per real second: 20 hours a second."""


def with_hub(test: Callable[[HubStub], Awaitable[None]]) -> None:
    """Run a coroutine test against a hub stub."""

    async def run() -> None:
        hub = HubStub()
        await hub.start()
        try:
            await test(hub)
        finally:
            await hub.close()

    asyncio.run(run())


def erp_server(directory: Path, hub: HubStub, rate: float = 1.0) -> ErpServer:
    peers = {"hub": hub.http.url, "hub_token": "hub-token"}
    return ErpServer(
        config(
            directory,
            "erp",
            rate=rate,
            peers=peers,
            items=[ITEM],
            stock=OPENING,
            payment_days="1",
            dock_token="dock-token",
        )
    )


def test_the_erp_answers_over_http(tmp_path: Path) -> None:
    """Requisition, cursor, order, receipt, truck and scans; 401 without the token."""

    async def run(hub: HubStub) -> None:
        erp = erp_server(tmp_path, hub, HOURS_PER_S)
        await erp.start()
        async with httpx.AsyncClient(base_url=erp.url, headers=TOKEN) as client:
            assert (await client.get("/changes", headers={"authorization": "x"})).status_code == 401
            made = await client.post("/requisitions", json=requisition())
            assert (made.status_code, made.json()) == (201, {"requisition_no": "RQ000001"})
            found = await client.get("/requisitions", params={"external_ref": "ref-1"})
            assert found.json()["items"][0]["requisition_no"] == "RQ000001"
            await until(lambda: erp.model.documents["purchase_order"])
            page = (await client.get("/changes?after=0&limit=100")).json()
            assert [row["kind"] for row in page["changes"]][:2] == ["stock", "requisition"]
            po = next(iter(erp.model.documents["purchase_order"]))
            posted = await client.post("/receipts", json=receipt(po))
            assert posted.status_code == 201
            late = await client.post("/requisitions/RQ000001/cancel")
            assert (late.status_code, late.json()["code"]) == (409, "already_ordered")
            bad = await client.post("/issues", json={"lines": []})
            assert bad.status_code == 400
            truck = {
                "shipment_id": "SHP1",
                "po_number": po,
                "lines": [{"po_line": "1", "quantity": "1", "uom": "EA"}],
                "arrives_at": "2027-01-04T15:00:00+00:00",
            }
            hub.refuse_next = 1
            dock = {"authorization": "Bearer dock-token"}
            assert (await client.post("/dock/trucks", json=truck, headers=dock)).is_success
            await until(lambda: len(hub.came("/dock/scans")) == 2)
            kinds = [json.loads(body)["kind"] for body in hub.came("/dock/scans")]
            assert kinds == ["arrived", "counted"]
            state = (await client.get("/_sim/state", headers=CONTROL)).json()
            assert state["duplicates"] == {"requisition": 0, "receipt": 0, "issue": 0, "voucher": 0}
            assert state["unauthorised"] == 1
            assert state["dock_scans"][0]["attempts"] == 2
        await erp.close()
        assert (tmp_path / "erp.jsonl").read_text().count('"kind": "change"') >= 5

    with_hub(run)


def test_erp_faults_happen_before_or_after_the_commit(tmp_path: Path) -> None:
    """timeout_after_commit leaves a document behind, http_500 and refuse leave none."""

    async def run(hub: HubStub) -> None:
        erp = erp_server(tmp_path, hub)
        await erp.start()
        async with httpx.AsyncClient(base_url=erp.url, headers=TOKEN) as client:
            for kind in ("http_500", "refuse", "timeout_after_commit"):
                order = {"match": "POST /requisitions", "kind": kind, "delay_s": 5}
                armed = await client.post("/_sim/faults", json=order, headers=CONTROL)
                assert armed.status_code == 201
            assert (await client.post("/requisitions", json=requisition())).status_code == 500
            assert (await client.post("/requisitions", json=requisition())).status_code == 422
            assert not erp.model.documents["requisition"]
            with pytest.raises(httpx.ReadTimeout):
                await client.post("/requisitions", json=requisition(), timeout=0.2)
            assert len(erp.model.documents["requisition"]) == 1
            wrong = await client.post("/_sim/faults", json={"kind": "odd"}, headers=CONTROL)
            assert wrong.status_code == 400
        await erp.close()

    with_hub(run)


def supplier(kind: Any, directory: Path, hub: HubStub, erp_url: str = "", **extra: Any) -> Any:
    peers = {
        "hub": hub.http.url,
        "hub_token": "hub-token",
        "hub_secret": "hub-secret",
        "erp": erp_url,
        "dock_token": "dock-token",
    }
    made = config(directory, "supplier", rate=HOURS_PER_S, peers=peers, items=ITEMS, **extra)
    return kind(made)


def sets(hub: HubStub) -> list[x12.ReceivedSet]:
    return [entry for body in hub.came("/partner/x12") for entry in x12.read(body)]


def test_the_x12_supplier_trades_over_http(tmp_path: Path) -> None:
    """850 in; 997, 855, 856 and 810 out, in order; the truck reaches the dock."""

    async def run(hub: HubStub) -> None:
        erp = erp_server(tmp_path, hub, HOURS_PER_S)
        await erp.start()
        peer: X12SupplierServer = supplier(X12SupplierServer, tmp_path, hub, erp.url, rules=[])
        await peer.start()
        async with httpx.AsyncClient(base_url=peer.url, headers=TOKEN) as client:
            hub.refuse_next = 2
            taken = await client.post("/x12", content=ORDER_850)
            assert taken.status_code == 202
            assert (await client.get("/orders/PO4500010001")).json()["status"] == "open"
            assert (await client.get("/orders/PO1")).status_code == 404
            await until(lambda: len(sets(hub)) == 4)
            assert [entry.id for entry in sets(hub)] == ["997", "855", "856", "810"]
            assert sets(hub)[0].first("AK1") == ["AK1", "PO", "101"]
            await until(lambda: erp.model.dock.trucks)
            await client.post("/x12", content=ORDER_850)
            state = (await client.get("/_sim/state", headers=CONTROL)).json()
            assert (state["duplicates"], state["shipments"]) == (1, 1)
            assert state["messages"][0]["attempts"] == 3
            junk = await client.post("/x12", content="junk")
            assert junk.status_code == 400
            assert (await client.post("/x12", headers={"authorization": ""})).status_code == 401
        await peer.close()
        await erp.close()

    with_hub(run)


def test_a_cancel_by_860_is_answered_by_865(tmp_path: Path) -> None:
    """997 for the 860, then 865 with AT; nothing ships."""
    cancel = (
        ORDER_850.replace("*850*", "*860*")
        .replace("GS*PO", "GS*PC")
        .replace("BEG*00*NE*PO4500010001**", "BCH*01*NE*PO4500010001**1*")
        .replace("PO1*1*1*EA", "POC*1*DI*1*1*EA")
    )

    async def run(hub: HubStub) -> None:
        rules = [{"match": {}, "ship_after_h": "2000", "ack_after_h": "1000"}]
        peer: X12SupplierServer = supplier(X12SupplierServer, tmp_path, hub, rules=rules)
        await peer.start()
        async with httpx.AsyncClient(base_url=peer.url, headers=TOKEN) as client:
            await client.post("/x12", content=ORDER_850)
            await client.post("/x12", content=cancel)
            await until(lambda: len(sets(hub)) == 3)
            assert [entry.id for entry in sets(hub)] == ["997", "997", "865"]
            assert sets(hub)[2].first("BCA")[2:6] == ["AT", "PO4500010001", "", "1"]
            assert (await client.get("/orders/PO4500010001")).json()["status"] == "cancelled"
        await peer.close()

    with_hub(run)


def test_outgoing_documents_can_be_doubled_and_swapped(tmp_path: Path) -> None:
    """Faults `duplicate` and `reorder` on what a supplier sends."""

    async def run(hub: HubStub) -> None:
        peer: X12SupplierServer = supplier(X12SupplierServer, tmp_path, hub, "http://127.0.0.1:9")
        peer.door.board.arm({"match": "SEND 997", "kind": "duplicate"})
        peer.door.board.arm({"match": "SEND 855", "kind": "reorder"})
        await peer.start()
        async with httpx.AsyncClient(base_url=peer.url, headers=TOKEN) as client:
            await client.post("/x12", content=ORDER_850)
            await until(lambda: len(sets(hub)) == 5)
            assert [entry.id for entry in sets(hub)] == ["997", "997", "856", "855", "810"]
        await peer.close()

    with_hub(run)


def order_request(kind: str, payload: str, secret: str = "s3cret") -> str:
    items = ITEM_OUT.format(line="1", quantity="1").replace("CM-TR12", "CM-2")
    text = OUT.format(kind=kind, payload=payload, items=items)
    return text.replace("s3cret", secret)


def roots(hub: HubStub) -> list[Any]:
    return [cxml.read(body).root for body in hub.came("/partner/cxml")]


def test_the_cxml_supplier_trades_over_http(tmp_path: Path) -> None:
    """OrderRequest in: Status 200; confirmation, ship notice and invoice out; 401 in the body."""

    async def run(hub: HubStub) -> None:
        peer: CxmlSupplierServer = supplier(
            CxmlSupplierServer, tmp_path, hub, "http://127.0.0.1:9", shared_secret="s3cret"
        )
        await peer.start()
        async with httpx.AsyncClient(base_url=peer.url) as client:
            wrong = await client.post("/cxml", content=order_request("new", "P0", "guess"))
            assert (wrong.status_code, cxml.read_status(wrong.content)) == (200, "401")
            peer.door.board.arm({"match": "POST /cxml", "kind": "http_500"})
            failed = await client.post("/cxml", content=order_request("new", "P1"))
            assert (failed.status_code, cxml.read_status(failed.content)) == (500, "500")
            taken = await client.post("/cxml", content=order_request("new", "P1"))
            assert (taken.status_code, cxml.read_status(taken.content)) == (200, "200")
            await until(lambda: len(roots(hub)) == 3)
            kinds = [next(iter(root.find("Request"))).tag for root in roots(hub)]
            assert kinds == ["ConfirmationRequest", "ShipNoticeRequest", "InvoiceDetailRequest"]
            secret = roots(hub)[0].findtext("Header/Sender/Credential/SharedSecret")
            assert secret == "hub-secret"
            shown = await client.get("/orders/PO4500010002", headers=TOKEN)
            assert shown.json() == {"po": "PO4500010002", "status": "billed"}
            junk = await client.post("/cxml", content="junk")
            assert cxml.read_status(junk.content) == "406"
        await peer.close()

    with_hub(run)


def test_a_delete_is_confirmed_by_its_payload_id(tmp_path: Path) -> None:
    """A ConfirmationRequest accept whose DocumentReference is the delete's payloadID."""

    async def run(hub: HubStub) -> None:
        rules = [{"match": {}, "ship_after_h": "2000", "ack_after_h": "1000"}]
        peer: CxmlSupplierServer = supplier(
            CxmlSupplierServer, tmp_path, hub, shared_secret="s3cret", rules=rules
        )
        await peer.start()
        async with httpx.AsyncClient(base_url=peer.url) as client:
            await client.post("/cxml", content=order_request("new", "P1"))
            await client.post("/cxml", content=order_request("delete", "P2"))
            await until(lambda: roots(hub))
            reply = roots(hub)[0]
            assert reply.find(".//ConfirmationHeader").get("type") == "accept"
            assert reply.find(".//DocumentReference").get("payloadID") == "P2"
        await peer.close()

    with_hub(run)


def test_the_ehr_resends_the_same_bytes_until_acknowledged(tmp_path: Path) -> None:
    """A dropped connection: the same frame again, then the next message; control port works."""
    scenario = [
        {"at": "2027-01-04T14:00:00Z", "action": "book", "case_number": "88123", "case": CASE},
        {"at": "2027-01-04T14:01:00Z", "action": "cancel", "case_number": "88123"},
    ]

    async def run(hub: HubStub) -> None:
        hub.drop_next = 1
        peers = {"hub_mllp": hub.mllp}
        ehr = EhrServer(config(tmp_path, "ehr", rate=3600.0, peers=peers, scenario=scenario))
        await ehr.start()
        await until(lambda: ehr.model.is_done)
        assert hub.frames[0] == hub.frames[1]
        assert [b"SIU^S12" in hub.frames[1], b"SIU^S15" in hub.frames[2]] == [True, True]
        async with httpx.AsyncClient(base_url=ehr.url, headers=CONTROL) as client:
            fault = {"match": "SEND ADT^A04", "kind": "duplicate"}
            await client.post("/_sim/faults", json=fault)
            one = {"action": "arrive", "case_number": "88123"}
            assert (await client.post("/_sim/send", json=one)).status_code == 202
            await until(lambda: len(hub.frames) == 5)
            assert hub.frames[3] == hub.frames[4]
            state = (await client.get("/_sim/state")).json()
            assert (state["acked"], state["sent"], state["done"]) == (3, 5, True)
            assert state["messages"][0]["attempts"] == 2
            assert (await client.post("/_sim/send", json={"action": "odd"})).status_code == 400
        await ehr.close()

    with_hub(run)


def wait_for_line(process: subprocess.Popen[str], timeout_s: float = 15.0) -> str:
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if line := process.stdout.readline():
            return line
        assert process.poll() is None, "the process ended"
        time.sleep(0.02)
    raise AssertionError("no line")


@pytest.mark.processes
def test_each_peer_is_a_process_that_says_where_it_listens(tmp_path: Path) -> None:
    """`python -m suture.simulation KIND` prints one line, answers, and ends on SIGTERM."""
    env = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "suture.simulation"]
    processes = {}
    for kind in ("ehr", "erp", "supplier-x12", "supplier-cxml"):
        path = tmp_path / f"{kind}.json"
        path.write_text(json.dumps(raw_config(tmp_path, kind)))
        processes[kind] = subprocess.Popen(
            [*command, kind, "--config", str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=env,
        )
    try:
        for kind, process in processes.items():
            word, name, url = wait_for_line(process).split()
            assert (word, name) == ("listening", kind)
            answer = httpx.get(f"{url}/_sim/state", headers=CONTROL)
            assert answer.status_code == 200
    finally:
        for process in processes.values():
            process.terminate()
    for process in processes.values():
        out, err = process.communicate(timeout=10)
        assert (process.returncode, out, err) == (0, "", "")


def test_generate_writes_data_and_story(tmp_path: Path) -> None:
    """`generate` writes the data set of a seed and its story."""
    from suture.simulation.__main__ import main

    main(["generate", "--seed", "3", "--out", str(tmp_path)])
    written = json.loads((tmp_path / "master/items.json").read_bytes())
    assert written == generate(3).rows("master/items.json")
    assert (tmp_path / "story/scenario.json").exists()
