"""The pure decisions: approval, availability, duplicates, inspection, sourcing, the fold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from suture.documents.case import CaseSnapshot, ProcedureOfCase
from suture.documents.supply import Invoice, InvoiceLine, Lot
from suture.governance.policy import ApprovalPolicy, load_policies
from suture.orchestration.decisions.approval import (
    ApprovalCase,
    ApprovalLine,
    decide_approval,
)
from suture.orchestration.decisions.availability import (
    Reservation,
    expected_on_hand,
    free_quantity,
    grant,
    rank,
)
from suture.orchestration.decisions.duplicate import (
    fuzzy_duplicate,
    invoice_key,
    normalise_number,
    one_edit_apart,
)
from suture.orchestration.decisions.snapshot import (
    Version,
    differences,
    is_active,
    is_supply_relevant,
)

ROOT = Path(__file__).resolve().parents[2]
POLICY: ApprovalPolicy = load_policies([ROOT / "packs" / "default" / "policy"]).approval
NOON = datetime(2027, 1, 11, 18, tzinfo=UTC)

# ---- approval


def case(
    *amounts: str,
    item_class: str = "CONSUMABLE",
    on_contract: bool = True,
    linked: bool = True,
    status: str = "ACTIVE",
    spent: tuple[str, str, str] = ("0", "0", "0"),
    facility: str = "NCH",
) -> ApprovalCase:
    """Return a requisition of lines with these amounts."""
    return ApprovalCase(
        facility=facility,
        supplier="SUP-9001",
        supplier_status=status,
        is_case_linked=linked,
        lines=tuple(
            ApprovalLine(f"I{n}", item_class, Decimal(amount), on_contract)
            for n, amount in enumerate(amounts)
        ),
        spent_case=Decimal(spent[0]),
        spent_supplier_day=Decimal(spent[1]),
        spent_facility_day=Decimal(spent[2]),
    )


@pytest.mark.parametrize(
    ("asked", "decision", "rule", "approvers"),
    [
        (case("100"), "approve", "A2", ()),
        (case("10000"), "approve", "A2", ()),
        (case("10000.01"), "route", "A4", ("cost_center_manager", "director")),
        (case("100", linked=False), "route", "A3", ("cost_center_manager",)),
        (case("5000.01", linked=False), "route", "A4", ("cost_center_manager", "director")),
        (
            case("25000.01", linked=False),
            "route",
            "A5",
            ("cost_center_manager", "director", "vp_supply_chain", "finance"),
        ),
        (
            case("100000.01", linked=False),
            "route",
            "A6",
            ("cost_center_manager", "director", "vp_supply_chain", "finance", "cfo"),
        ),
        (
            case("100", on_contract=False),
            "route",
            "A3+X1",
            ("cost_center_manager", "contract_analyst"),
        ),
        (case("100", item_class="IMPLANT"), "route", "A2", ("supply_manager",)),
        (
            case("10001", item_class="IMPLANT"),
            "route",
            "A4",
            ("cost_center_manager", "director", "supply_manager"),
        ),
        (case("100", status="SUSPENDED"), "deny", "X5", ()),
        (
            case("100", status="RESTRICTED"),
            "route",
            "A3+X6",
            ("cost_center_manager", "supply_manager", "compliance"),
        ),
        (case("100", spent=("24900.01", "0", "0")), "route", "A3", ("cost_center_manager",)),
        (case("100", spent=("24900", "0", "0")), "approve", "A2", ()),
        (case("100", spent=("0", "49900.01", "0")), "route", "A3", ("cost_center_manager",)),
        (case("100", spent=("0", "0", "149900.01")), "route", "A3", ("cost_center_manager",)),
        (case(), "route", "A3", ("cost_center_manager",)),
    ],
)
def test_the_approval_matrix(
    asked: ApprovalCase, decision: str, rule: str, approvers: tuple[str, ...]
) -> None:
    """2.0.12: A2-A6, X1, X5, X6 and the cumulative caps, each at its boundary."""
    found = decide_approval(asked, POLICY)
    assert (found.decision, found.rule, found.approvers) == (decision, rule, approvers)
    assert found.reasons, "every decision explains itself"


AMOUNTS = st.decimals(min_value=1, max_value=200_000, places=2)


@given(
    amount=AMOUNTS,
    more=AMOUNTS,
    item_class=st.sampled_from(["CONSUMABLE", "IMPLANT"]),
    on_contract=st.booleans(),
    linked=st.booleans(),
    status=st.sampled_from(["ACTIVE", "RESTRICTED", "SUSPENDED"]),
    spent=st.tuples(AMOUNTS, AMOUNTS, AMOUNTS),
)
def test_raising_the_amount_never_removes_an_approver(
    *,
    amount: Decimal,
    more: Decimal,
    item_class: str,
    on_contract: bool,
    linked: bool,
    status: str,
    spent: tuple[Decimal, Decimal, Decimal],
) -> None:
    """S76: monotone: whoever had to approve the smaller amount approves the larger one too."""

    def decide(value: Decimal) -> tuple[str, tuple[str, ...]]:
        asked = case(
            str(value),
            item_class=item_class,
            on_contract=on_contract,
            linked=linked,
            status=status,
            spent=(str(spent[0]), str(spent[1]), str(spent[2])),
        )
        again = decide_approval(asked, POLICY)
        assert again == decide_approval(asked, POLICY), "same inputs, same decision"
        return again.decision, again.approvers

    low, high = decide(amount), decide(amount + more)
    order = {"approve": 0, "route": 1, "deny": 2}
    assert order[low[0]] <= order[high[0]]
    assert set(low[1]) <= set(high[1])


# ---- availability


def lot(name: str, quantity: int, expiry: date | None) -> Lot:
    """Return a lot."""
    return Lot(quantity=Fraction(quantity), lot=name, expiry=expiry)


def test_the_first_to_expire_is_granted_first() -> None:
    """FEFO; a lot without expiry comes last; what others hold is left out."""
    lots = [
        lot("none", 5, None),
        lot("late", 5, date(2029, 1, 1)),
        lot("soon", 2, date(2028, 1, 1)),
    ]
    found = grant(lots, {}, Fraction(4))
    assert [(x.lot, x.quantity) for x in found] == [("soon", 2), ("late", 2)]
    mine = Reservation(
        quantity=Fraction(4), need_at=NOON, criticality="CRITICAL", lots=tuple(found)
    )
    found = grant(lots, {"mine": mine}, Fraction(4))
    assert [(x.lot, x.quantity) for x in found] == [("late", 3), ("none", 1)]


def test_what_is_free() -> None:
    """On hand less reservations less safety stock; pending postings count; may be negative."""
    held = {"a": Reservation(quantity=Fraction(3), need_at=NOON, criticality="REQUIRED")}
    assert expected_on_hand(Fraction(5), [Fraction(2), Fraction(-1)]) == 6
    assert free_quantity(Fraction(6), held, Fraction(1)) == 2
    assert free_quantity(Fraction(1), held, Fraction(0)) == -2


def test_the_rank_of_a_need() -> None:
    """2.3: earlier need, then criticality; an unknown criticality comes last."""
    early = Reservation(quantity=Fraction(1), need_at=NOON, criticality="OPTIONAL")
    late = Reservation(
        quantity=Fraction(1), need_at=NOON + timedelta(hours=1), criticality="CRITICAL"
    )
    critical = Reservation(quantity=Fraction(1), need_at=NOON, criticality="CRITICAL")
    assert sorted([late, early, critical], key=rank) == [critical, early, late]


@given(
    lots=st.lists(
        st.tuples(st.integers(1, 9), st.none() | st.dates(date(2027, 1, 1), date(2030, 1, 1))),
        max_size=6,
    ),
    quantity=st.integers(1, 30),
)
def test_a_grant_is_never_more_than_asked_or_there(
    lots: list[tuple[int, date | None]], quantity: int
) -> None:
    """The lots granted add up to the smaller of what was asked and what is there."""
    rows = [lot(f"L{n}", count, expiry) for n, (count, expiry) in enumerate(lots)]
    found = grant(rows, {}, Fraction(quantity))
    there = sum((x.quantity for x in rows), Fraction(0))
    assert sum((x.quantity for x in found), Fraction(0)) == min(Fraction(quantity), there)
    expiries = [x.expiry or date.max for x in found]
    assert expiries == sorted(expiries)


# ---- duplicates


def bill(
    number: str = "INV-1",
    *,
    po: str = "PO1",
    total: str = "10.00",
    day: int = 10,
    price: str = "10",
) -> Invoice:
    """Return an invoice of one line."""
    line = InvoiceLine(
        line="1", po_line="1", quantity=Fraction(1), uom="EA", unit_price=Decimal(price)
    )
    return Invoice(
        invoice_no=number,
        supplier="S",
        invoice_date=date(2027, 1, day),
        po_number=po,
        lines=(line,),
        total=Decimal(total),
    )


@pytest.mark.parametrize(
    ("number", "normal"),
    [("INV-77123", "INV77123"), ("inv 77123", "INV77123"), ("000123", "123"), ("A/0.1", "A01")],
)
def test_an_invoice_number_is_compared_without_its_dress(number: str, normal: str) -> None:
    """2.6 a: upper case, letters and digits only, no leading zeros."""
    assert normalise_number(number) == normal
    assert invoice_key(bill(number)) == f"S|{normal}|standard"


@pytest.mark.parametrize(
    ("one", "two", "is_close"),
    [
        ("ABC", "ABC", True),
        ("ABC", "ABD", True),
        ("ABC", "AB", True),
        ("AB", "ABC", True),
        ("ABC", "XABC", True),
        ("ABC", "AXYC", False),
        ("ABC", "ABCDE", False),
        ("ABC", "BAC", False),
        ("", "A", True),
    ],
)
def test_one_edit_apart(one: str, two: str, is_close: bool) -> None:
    """One insertion, deletion or substitution, or none."""
    assert one_edit_apart(one, two) is is_close
    assert one_edit_apart(two, one) is is_close


@pytest.mark.parametrize(
    ("two", "looks_alike"),
    [
        (bill("INV-2", po="PO9"), True),
        (bill("OTHER"), True),
        (bill("OTHER", day=20), True),
        (bill("OTHER", day=21), False),
        (bill("OTHER", po="PO9"), False),
        (bill("OTHER", total="11.00"), False),
        (bill("OTHER", price="9"), False),
        (bill("INV-2", price="9"), False),
    ],
)
def test_what_looks_like_the_same_claim(two: Invoice, *, looks_alike: bool) -> None:
    """2.6 a fuzzy: amount and lines, and either the number nearly or order and ten days."""
    assert fuzzy_duplicate(bill(), two) is looks_alike
    assert fuzzy_duplicate(two, bill()) is looks_alike


def test_invoices_of_two_suppliers_are_never_alike() -> None:
    """The supplier is part of every comparison."""
    other = bill().__class__(
        **{name: getattr(bill(), name) for name in bill().__struct_fields__ if name != "supplier"},
        supplier="T",
    )
    assert not fuzzy_duplicate(bill(), other)


# ---- the fold of case messages


def snapshot(
    *, start: datetime = NOON, room: str = "OR4", status: str = "booked", minutes: int = 60
) -> CaseSnapshot:
    """Return a case snapshot."""
    return CaseSnapshot(
        facility="NCH",
        room=room,
        start=start,
        duration_min=minutes,
        procedures=(ProcedureOfCase(code="TKA"),),
        status=status,
    )


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        ({"start": NOON + timedelta(minutes=10)}, False),
        ({"start": NOON + timedelta(minutes=119)}, False),
        ({"start": NOON + timedelta(hours=2)}, True),
        ({"start": NOON - timedelta(hours=2)}, True),
        ({"minutes": 300}, False),
        ({"status": "started"}, False),
        ({"room": "OR5"}, True),
    ],
)
def test_what_matters_for_supply(change: dict[str, object], *, matters: bool) -> None:
    """2.1 R1: another local day, two hours, room, card, procedure; not a slip."""
    after = snapshot(**change)  # type: ignore[arg-type]
    found = is_supply_relevant(
        snapshot(), after, timezone="America/Chicago", small_move=timedelta(hours=2)
    )
    assert found is matters


def test_ten_minutes_over_midnight_matter() -> None:
    """R1: the local date moves (23:55 to 00:05 at the hospital)."""
    before = datetime(2027, 1, 12, 5, 55, tzinfo=UTC)
    after = before + timedelta(minutes=10)
    assert is_supply_relevant(
        snapshot(start=before),
        snapshot(start=after),
        timezone="America/Chicago",
        small_move=timedelta(hours=2),
    )


def test_the_differences_have_names() -> None:
    """The decision's reason names the fields that differ."""
    assert differences(snapshot(), snapshot(room="OR5", minutes=90)) == ("room", "duration_min")
    assert differences(snapshot(), snapshot()) == ()


@pytest.mark.parametrize(
    ("status", "active"),
    [
        ("booked", True),
        ("started", True),
        ("complete", True),
        ("cancelled", False),
        ("no_show", False),
    ],
)
def test_which_cases_go_on(status: str, *, active: bool) -> None:
    """A case that started or ended is not a cancelled one."""
    assert is_active(snapshot(status=status)) is active


VERSIONS = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("abc")), min_size=1, max_size=6, unique=True
)


@settings(max_examples=200)
@given(versions=VERSIONS, data=st.data())
def test_the_newest_report_wins_in_any_order(
    versions: list[tuple[int, str]], data: st.DataObject
) -> None:
    """Plan D2: message time, then digest: a total order, so every fold ends alike."""

    def fold(order: Iterable[tuple[int, str]]) -> tuple[int, str]:
        held = None
        for minute, digest in order:
            found = Version(NOON + timedelta(minutes=minute), digest)
            if held is None or found.is_newer_than(held[0]):
                held = found, (minute, digest)
        assert held is not None
        return held[1]

    mixed = data.draw(st.permutations(versions))
    assume(mixed != versions)
    assert fold(mixed) == fold(versions) == max(versions)
