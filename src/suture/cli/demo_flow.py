"""The flows of the demonstration: an X12 order as EDIFACT, a batch of results as rows and a batch.

In: the demonstration's folder. Out: deployed flows, files in their folders; later, whether what
they make came out. Refuses to know: how flows run.
"""

from __future__ import annotations

from pathlib import Path

from suture.assembly.flows.store import deploy
from suture.cli.demo_check import StoryCheck
from suture.connectivity.sql_text import statement
from suture.connectivity.transports.database_sqlite import SqliteConnection
from suture.formats.hl7v2 import split_batch
from suture.governance.pack import pack_folder
from suture.orchestration.flows.bundle import read_bundle

FLOW = "orders-to-edifact"
RESULTS = "results-by-night"
REGISTER = "CREATE TABLE result(id TEXT PRIMARY KEY, patient TEXT, kind TEXT, message TEXT)"
TIMEOUT_S = 5.0


def place_flow(folder: Path) -> None:
    """Deploy the flows, make the register, and lay an order and a batch before their doors."""
    for pack, flow in (("orders-by-file", FLOW), (RESULTS, RESULTS)):
        deploy(folder / "stores", [read_bundle(pack_folder(pack) / "flows" / flow)])
    register = folder / "register.db"
    register.touch(mode=0o600)
    table = SqliteConnection(register, TIMEOUT_S)
    table.do(statement(REGISTER), {})
    table.close()
    for door, sample in (("orders-in", "order.x12"), ("results-in", "results-batch.hl7")):
        given = folder / door
        given.mkdir(parents=True, exist_ok=True)
        content = (pack_folder("demo") / "samples" / sample).read_bytes()
        (given / sample).write_bytes(content)


def check_flow(check: StoryCheck, folder: Path) -> None:
    """Note whether the order came out once as EDIFACT, and the results as rows and one batch."""
    made = [path.read_bytes() for path in (folder / "orders-out").glob("*.edi")]
    is_good = len(made) == 1 and b"+ORDERS:D:01B:UN'" in made[0] and b"PO4500019001" in made[0]
    check.note(is_good, f"flow {FLOW}: the X12 order came out once, as EDIFACT", len(made))
    taken = (folder / "orders-in" / "done" / "order.x12").is_file()
    check.note(taken, f"flow {FLOW}: the order's file was moved to done", taken)
    table = SqliteConnection(folder / "register.db", TIMEOUT_S)
    rows = table.rows(statement("SELECT kind FROM result ORDER BY kind"), {}, 10)
    table.close()
    kinds = [row["kind"] for row in rows]
    is_good = kinds == ["CRE", "K", "NA"]
    check.note(is_good, f"flow {RESULTS}: each result is one row of the register", kinds)
    batches = [split_batch(path.read_bytes()) for path in (folder / "results-out").glob("*.hl7")]
    sizes = [(len(messages), len(problems)) for messages, problems in batches]
    check.note(sizes == [(3, 0)], f"flow {RESULTS}: three results went as one HL7 batch", sizes)
