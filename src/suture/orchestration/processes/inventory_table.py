"""The table of W9 (spec 2.10): states, rules.

In: the guards of `position`, the actions of `inventory`. Out: the process. Refuses to know: how
they work.
"""

from __future__ import annotations

from suture.orchestration.definition import SAME, START, Process, rule, stays
from suture.orchestration.processes import inventory as do
from suture.orchestration.processes import position as on

MOVED = "inventory.position_changed"
COUNTED = "inventory.counted"
KNOWN = ("FRESH", "STALE", "UNKNOWN", "DISPUTED")
ANY = (*KNOWN, "RETIRED")
NOT_FRESH = ("STALE", "UNKNOWN", "DISPUTED", "RETIRED")
EXPIRED = "timer.validity_expired"
VARIANCE = "inventory.variance_found"

INVENTORY = Process(
    machine="W9",
    title="Stock of one item at one location",
    states=ANY,
    terminal=("RETIRED",),
    data_type=on.StockData,
    rules=(
        rule("W9.001", (START, *NOT_FRESH), COUNTED, "FRESH", when=on.settles, do=do.take_count),
        rule("W9.002", "FRESH", MOVED, SAME, when=on.newer_position, do=do.report),
        rule("W9.003", "FRESH", EXPIRED, "STALE", when=on.too_old, do=do.go_stale),
        rule("W9.004", ("STALE", "UNKNOWN"), MOVED, "FRESH", when=on.newer_position, do=do.report),
        rule("W9.005", "FRESH", COUNTED, SAME, when=on.settles, do=do.take_count),
        rule("W9.006", ("FRESH", "STALE"), VARIANCE, "DISPUTED", do=do.dispute),
        rule(
            "W9.007",
            ("STALE", "DISPUTED"),
            EXPIRED,
            "UNKNOWN",
            when=on.source_gone,
            do=do.lose_sight,
        ),
        rule("W9.008", "DISPUTED", MOVED, SAME, when=on.newer_position, do=do.report),
        rule("W9.009", KNOWN, "asset.retired", "RETIRED", when=on.holds_nothing, do=do.retire),
        rule(
            "W9.010",
            "RETIRED",
            MOVED,
            "DISPUTED",
            when=on.newer_position,
            do=do.moved_after_retirement,
        ),
        # House rules, appended (ADR 0024): the first report, repetitions, and reservations.
        rule("W9.011", START, MOVED, "FRESH", do=do.report),
        rule("W9.012", ANY, MOVED, SAME, when=on.stale_position, do=do.ignore),
        rule("W9.013", START, "stock.reservation_requested", "UNKNOWN", do=do.decide_request),
        rule("W9.014", ANY, "stock.reservation_requested", SAME, do=do.decide_request),
        rule("W9.015", START, "stock.reservation_released", "UNKNOWN", do=do.release),
        rule("W9.016", ANY, "stock.reservation_released", SAME, do=do.release),
        rule("W9.017", START, "stock.received", "UNKNOWN", do=do.receive),
        rule("W9.018", ANY, "stock.received", SAME, do=do.receive),
        rule("W9.019", START, "stock.consumed", "UNKNOWN", do=do.consume),
        rule("W9.020", ANY, "stock.consumed", SAME, do=do.consume),
        rule("W9.021", "FRESH", EXPIRED, SAME, when=on.still_fresh, do=stays),
        rule("W9.022", "STALE", "inventory.source_heard", "FRESH", do=do.heard),
        rule(
            "W9.023",
            "UNKNOWN",
            "inventory.source_heard",
            "FRESH",
            when=on.was_reported,
            do=do.heard,
        ),
        rule("W9.024", ("FRESH", "DISPUTED", "RETIRED"), "inventory.source_heard", SAME, do=stays),
        rule("W9.025", ANY, COUNTED, SAME, when=on.old_snapshot, do=do.ignore),
        rule("W9.026", ANY, COUNTED, SAME, when=on.differs, do=do.contradict),
        rule("W9.027", ("UNKNOWN", "RETIRED"), VARIANCE, "DISPUTED", do=do.dispute),
        rule("W9.028", "DISPUTED", VARIANCE, SAME, do=do.dispute),
        rule(
            "W9.029",
            KNOWN,
            "asset.retired",
            SAME,
            when=on.holds_something,
            do=do.refuse_retirement,
        ),
        rule("W9.030", "RETIRED", "asset.retired", SAME, do=stays),
        rule(
            "W9.031",
            "UNKNOWN",
            "inventory.source_heard",
            SAME,
            when=on.never_reported,
            do=stays,
        ),
        rule("W9.032", ("STALE", "DISPUTED"), EXPIRED, SAME, when=on.source_not_gone, do=stays),
        rule("W9.034", START, COUNTED, "UNKNOWN", when=on.old_snapshot, do=do.ignore),
        rule("W9.033", ("UNKNOWN", "RETIRED"), EXPIRED, SAME, do=stays),
    ),
)
