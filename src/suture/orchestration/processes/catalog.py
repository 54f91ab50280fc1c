"""Every process of the house, listed by hand (style 11: explicit lists over magic).

In: the process modules. Out: `ALL` by machine name. Refuses to know: the engine.
"""

from __future__ import annotations

from suture.orchestration.definition import Process
from suture.orchestration.processes.cart_table import CART
from suture.orchestration.processes.case import CASE
from suture.orchestration.processes.erp_write import ERP_WRITE
from suture.orchestration.processes.exception_task import EXCEPTION_TASK
from suture.orchestration.processes.inventory_table import INVENTORY
from suture.orchestration.processes.invoice_table import INVOICE
from suture.orchestration.processes.receiving import RECEIVING
from suture.orchestration.processes.replenishment import REPLENISHMENT
from suture.orchestration.processes.requisition_table import REQUISITION
from suture.orchestration.processes.snapshot import SNAPSHOT
from suture.orchestration.processes.supplier_order import SUPPLIER_ORDER
from suture.orchestration.processes.urgent_table import URGENT

ALL: dict[str, Process] = {
    process.machine: process
    for process in (
        SNAPSHOT,
        CASE,
        CART,
        REPLENISHMENT,
        INVENTORY,
        REQUISITION,
        SUPPLIER_ORDER,
        RECEIVING,
        INVOICE,
        ERP_WRITE,
        EXCEPTION_TASK,
        URGENT,
    )
}
