"""Does the story end as it must: in the hub, the ERP and both suppliers.

In: the expected end states, the peers' own views. Out: what holds and what does not. Refuses to
know: how the end came about. The expectation is the simulation's, written by hand there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from suture.cli.demo_config import DemoPlan

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Peers:
    """Asks the hub and the simulated peers."""

    client: httpx.AsyncClient
    plan: DemoPlan

    async def hub(self, path: str) -> Row:
        """Return a view of the hub's interface; raises httpx.HTTPError."""
        answer = await self.client.get(f"{self.plan.board}api/v1{path}")
        answer.raise_for_status()
        found: Row = answer.json()
        return found

    async def state(self, name: str) -> Row:
        """Return a peer's whole state; raises httpx.HTTPError."""
        answer = await self.client.get(
            f"http://127.0.0.1:{self.plan.ports[name]}/_sim/state",
            headers={"authorization": f"Bearer {self.plan.control_token}"},
        )
        answer.raise_for_status()
        found: Row = answer.json()
        return found


@dataclass(slots=True)
class StoryCheck:
    """What holds and what does not."""

    held: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every end state holds, and there was one to hold."""
        return bool(self.held) and not self.broken

    def note(self, is_true: bool, text: str, found: object) -> None:
        """Record one comparison."""
        if is_true:
            self.held.append(text)
        else:
            self.broken.append(f"{text} (found {found})")


async def check_story(peers: Peers, story: Row) -> StoryCheck:
    """Compare every expected end state with what the processes say."""
    check = StoryCheck()
    try:
        erp = await peers.state("erp")
        ehr = await peers.state("ehr")
        suppliers = {
            "x12": await peers.state("supplier-x12"),
            "cxml": await peers.state("supplier-cxml"),
        }
        for case in story["cases"]:
            lineage = await _lineage(peers, ehr, case["case_number"])
            _check_case(check, case, lineage)
            for bought in case["bought"]:
                _check_bought(check, case, bought, lineage, erp, suppliers)
            _check_stock(check, case, erp)
        _check_once(check, story, erp, ehr, suppliers)
    except httpx.HTTPError as error:
        check.broken.append(f"a process does not answer ({type(error).__name__})")
    return check


async def _lineage(peers: Peers, ehr: Row, case_number: str) -> Row:
    """Return the hub's lineage of a case, found by the control id of its first message."""
    for message in ehr["messages"]:
        if message["case_number"] == case_number and message["kind"] == "SIU^S12":
            return await peers.hub(f"/trace/{message['control_id']}")
    raise httpx.HTTPError(f"the EHR has not sent case {case_number}")


def _check_case(check: StoryCheck, case: Row, lineage: Row) -> None:
    name = f"{case['name']} ({case['title']})"
    states = [c["state"] for c in lineage["cases"]]
    is_good = len(states) == 1 and states[0] in case["case_states"]
    check.note(is_good, f"{name}: case is {' or '.join(case['case_states'])}", states)
    for line in case["lines"]:
        found = [x["state"] for x in lineage["lines"] if x["item"] == line["item"]]
        is_good = bool(found) and all(s in line["states"] for s in found)
        wanted = " or ".join(line["states"])
        check.note(is_good, f"{case['name']}: {line['description']} is {wanted}", found)
    if "AT_RISK" in case["case_states"]:
        reason = lineage["cases"][0]["reason"] if lineage["cases"] else ""
        is_good = "backordered" in reason and "promised" in reason
        check.note(is_good, f"{case['name']}: the reason names the backorder and dates", reason)
    owners = [(x["family"], x["owner"]) for x in lineage["exceptions"] if _is_open(x)]
    for wanted_one in case["exceptions"]:
        is_good = any(f in wanted_one["family"] and o in wanted_one["owner"] for f, o in owners)
        text = f"{case['name']}: {wanted_one['family'][0]} exception with its owner"
        check.note(is_good, text, owners)
    if not case["exceptions"]:
        serious = [o for o in owners if o[0] in ("PRICE", "MATCH", "SUPPLIER", "LEDGER")]
        check.note(not serious, f"{case['name']}: no buyer's or AP exception is open", serious)


def _is_open(exception: Row) -> bool:
    return exception["state"] in ("OPEN", "ASSIGNED", "WAITING", "ESCALATED")


def _orders_of(lineage: Row, item: str) -> Iterator[Row]:
    for found in lineage["objects"]:
        if found["machine"] == "W3" and found["title"].split(" ")[0] == item:
            yield found


def _check_bought(
    check: StoryCheck, case: Row, bought: Row, lineage: Row, erp: Row, suppliers: dict[str, Row]
) -> None:
    item, name = bought["item"], case["name"]
    orders = list(_orders_of(lineage, item))
    states = [x["state"] for x in orders]
    wanted = " or ".join(bought["order_states"])
    is_good = len(states) == 1 and states[0] in bought["order_states"]
    check.note(is_good, f"{name}: one order line for {item}, {wanted}", states)
    numbers = {x["key"].rpartition("/")[0] for x in orders}
    invoices = [x["state"] for x in lineage["objects"] if x["machine"] == "W5"]
    good_invoices = sorted(invoices) == sorted(bought["invoice_states"])
    if bought["invoice_states"] or not invoices:
        text = f"{name}: invoice {', '.join(bought['invoice_states']) or 'none'}"
        check.note(good_invoices, text, invoices)
    at_supplier = [
        line["state"]
        for order in suppliers[bought["channel"]]["orders"]
        if order["po_number"] in numbers
        for line in order["lines"]
        if line["item"] == item
    ]
    is_good = bool(at_supplier) and all(s in bought["supplier_states"] for s in at_supplier)
    text = f"{name}: the supplier says {' or '.join(bought['supplier_states'])}"
    check.note(is_good, text, at_supplier)
    counts = _erp_counts(erp, item, numbers)
    check.note(counts == bought["erp"], f"{name}: ERP documents {bought['erp']}", counts)


def _erp_counts(erp: Row, item: str, numbers: set[str]) -> dict[str, int]:
    vouchers = [x for x in erp["vouchers"] if x["po_number"] in numbers]
    paid = {x["external_ref"] for x in vouchers}
    return {
        "requisitions": sum(
            any(i["item"] == item for i in x["lines"]) for x in erp["requisitions"]
        ),
        "receipts": sum(
            x["po_number"] in numbers and any(i["item"] == item for i in x["lines"])
            for x in erp["receipts"]
        ),
        "vouchers": len(vouchers),
        "payments": sum(x["external_ref"] in paid for x in erp["payments"]),
    }


def _check_stock(check: StoryCheck, case: Row, erp: Row) -> None:
    shelves = {(x["item"], x["location"]): x["on_hand"] for x in erp["stock"]}
    for row in case["stock"]:
        found = shelves.get((row["item"], row["location"]))
        text = f"{case['name']}: ERP holds {row['on_hand']} of {row['item']}"
        check.note(str(found) == row["on_hand"], text, found)


def _check_once(
    check: StoryCheck, story: Row, erp: Row, ehr: Row, suppliers: dict[str, Row]
) -> None:
    """Nothing twice, nothing refused, nothing owed."""
    doubles = sum(erp["duplicates"].values())
    check.note(doubles == story["duplicates"]["erp"], "no ERP document twice", erp["duplicates"])
    twice = sum(x["duplicates"] for x in suppliers.values())
    check.note(twice == story["duplicates"]["suppliers"], "no order sent twice", twice)
    codes = {x["code"] for x in ehr["messages"]}
    check.note(codes <= {"AA", "CA"}, "every EHR message was acknowledged", sorted(codes))
