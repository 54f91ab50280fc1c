"""The demo's picker and porter: scan carts over the hub's interface, as a stranger would.

In: the running hub. Out: scans: what has a source is picked, a complete cart is delivered, what was
not used comes back. Refuses to know: the hub's code; it reads pick lists and sends scans.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from suture.cli.demo_check import Peers

EVERY_S = 0.4
"""Real seconds between two rounds: less than an hour of the story."""
BY = "demo picker"


async def scan_carts(peers: Peers) -> None:
    """Work the carts until cancelled; a hub that does not answer is asked again."""
    while True:
        try:
            for one in (await peers.hub("/carts?days=3"))["carts"]:
                await _work(peers, one)
        except httpx.HTTPError:
            pass
        await asyncio.sleep(EVERY_S)


async def _work(peers: Peers, one: dict[str, Any]) -> None:
    token, state = one["token"], one["state"]
    if state in ("PICK_RELEASED", "PICKING", "INCOMPLETE"):
        for line in (await peers.hub(f"/carts/{token}"))["cart"]["lines"]:
            if line["state"] == "open" and not line["note"]:
                scan = {"line": line["line"], "by": BY}
                await _send(peers, "POST", f"/carts/{token}/picks", scan)
    elif state == "COMPLETE":
        await _send(peers, "PUT", f"/carts/{token}/delivery", {"by": "demo porter"})
    elif state == "RETURNING":
        lines = (await peers.hub(f"/carts/{token}"))["cart"]["lines"]
        rows = [{"line": x["line"], "quantity": str(n)} for x in lines if (n := _left(x)) > 0]
        if rows:
            once = ",".join(f"{row['line']}={row['quantity']}" for row in rows)[:200]
            body = {"by": BY, "rows": rows}
            await _send(peers, "PUT", f"/carts/{token}/returns", body, once=once)


def _left(line: dict[str, Any]) -> int:
    """Return what was picked of a line and is neither used nor back, in whole units."""
    return int(float(line["picked"]) - float(line["used"]) - float(line["back"]))


async def _send(
    peers: Peers, method: str, path: str, body: dict[str, Any], *, once: str = ""
) -> None:
    """Send a scan; what the hub refuses just now is tried again in the next round."""
    token = (peers.plan.folder / "stores" / "api.token").read_text("ascii").strip()
    headers = {"authorization": f"Bearer {token}", **({"idempotency-key": once} if once else {})}
    url = f"{peers.plan.board}api/v1{path}"
    await peers.client.request(method, url, json=body, headers=headers)
