"""The field decision table (spec 4.4) as data, and the one gate that enforces it.

In: a labelled value and the rule that may let it out. Out: the value, if the rule says so. Refuses
to know: values; a field without a row is dropped because no rule names it (default deny).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from suture.core.phi import Phi, PhiLeak, declassify

T = TypeVar("T")


class Decision(StrEnum):
    """What becomes of a field on its way to a consumer."""

    DROP = "drop"
    """Never leaves the clinical zone."""
    TOKEN = "token"
    """A random token stands for it."""
    ALIAS = "alias"
    """A token of this recipient alone."""
    CODE = "code"
    """Only a code of a declared set or shape; text around it is dropped."""
    FLAG = "flag"
    """Only yes or no."""
    KEEP = "keep"
    RESTRICTED = "restricted"
    """Kept as PHI_QUASI for the implant roles, every read audited."""
    DERIVED = "derived"
    """The consumer gets a coarser value, e.g. a day instead of an instant."""


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One row: where the field stands, what operations gets, what partners get, and why."""

    id: str
    sources: tuple[str, ...]
    operations: Decision
    partner: Decision
    purpose: str
    """Purpose of use in the operations zone; empty when nothing crosses."""
    note: str = ""


HOPERAT = "HOPERAT"
"""Purpose of use: healthcare operations (HL7 v3 PurposeOfUse)."""

D = Decision

FIELD_TABLE: tuple[FieldRule, ...] = (
    FieldRule("4.4/PID", ("PID-*", "PD1-*", "NK1-*", "GT1-*"), D.DROP, D.DROP, "", "the person"),
    FieldRule("4.4/INSURANCE", ("IN1-*", "IN2-*", "IN3-*", "FT1-14", "FT1-15"), D.DROP, D.DROP, ""),
    FieldRule("4.4/DIAGNOSIS", ("DG1-*", "FT1-19"), D.DROP, D.DROP, ""),
    FieldRule("4.4/ALLERGY", ("AL1-3",), D.FLAG, D.DROP, HOPERAT, "latex_safe_required only"),
    FieldRule("4.4/VISIT", ("PV1-7", "PV1-8", "PV1-9", "PV1-19", "PV1-50"), D.DROP, D.DROP, ""),
    FieldRule("4.4/OBX", ("OBX-* in SIU", "OBX-* of other codes"), D.DROP, D.DROP, ""),
    FieldRule("4.4/SCH-1", ("SCH-1", "SCH-2"), D.TOKEN, D.ALIAS, HOPERAT, "random, never derived"),
    FieldRule("4.4/SCH-25", ("SCH-6", "SCH-25"), D.CODE, D.DERIVED, HOPERAT, "closed status set"),
    FieldRule(
        "4.4/TEXT", ("SCH-7", "SCH-8", "NTE-*", "*-comment"), D.DROP, D.DROP, "", "free text"
    ),
    FieldRule(
        "4.4/SCH-11", ("SCH-11", "AIS-4", "AIL-6", "TQ1-7"), D.KEEP, D.DERIVED, HOPERAT, "need_by"
    ),
    FieldRule("4.4/DURATION", ("SCH-9", "AIS-7"), D.KEEP, D.DROP, HOPERAT),
    FieldRule("4.4/AIS-3", ("AIS-3",), D.CODE, D.DERIVED, HOPERAT, "product family to partners"),
    FieldRule("4.4/AIS-11", ("AIS-11", "AIS-12"), D.CODE, D.DERIVED, HOPERAT, "RT, LT or BI"),
    FieldRule("4.4/AIL-3", ("AIL-3",), D.KEEP, D.DERIVED, HOPERAT, "ship-to GLN to partners"),
    FieldRule("4.4/AIP-3", ("AIP-3",), D.TOKEN, D.DROP, HOPERAT, "surgeon_ref, OPS_CONF"),
    FieldRule("4.4/AIG", ("AIG-3",), D.CODE, D.DERIVED, HOPERAT, "card, tray, equipment ids"),
    FieldRule("4.4/PV1-2", ("PV1-2",), D.CODE, D.DROP, HOPERAT, "inpatient or outpatient"),
    FieldRule("4.4/FT1-2", ("FT1-2", "FT1-3"), D.TOKEN, D.DROP, HOPERAT),
    FieldRule("4.4/FT1", ("FT1-4", "FT1-6", "FT1-10", "FT1-22"), D.KEEP, D.DERIVED, HOPERAT),
    FieldRule("4.4/FT1-7", ("FT1-7", "FT1-13", "FT1-16"), D.CODE, D.DERIVED, HOPERAT),
    FieldRule("4.4/FT1-25", ("FT1-25",), D.CODE, D.DROP, HOPERAT, "code group, as AIS-3"),
    FieldRule("4.4/UDI-DI", ("OBX-5 UDI under FT1", "PRT-16"), D.KEEP, D.KEEP, HOPERAT),
    FieldRule(
        "4.4/UDI-PI",
        ("OBX-5 UDI, LOT, SERIAL under FT1", "PRT-17", "PRT-18", "PRT-19", "PRT-20", "PRT-21"),
        D.RESTRICTED,
        D.DROP,
        HOPERAT,
        "linked to a case token only, never to a patient",
    ),
    FieldRule(
        "ENVELOPE", ("MSH-7", "MSH-9", "MSH-10"), D.KEEP, D.DROP, HOPERAT, "orders the reports"
    ),
)
"""Spec 4.4, rows of HL7 v2 sources; the envelope row is the house's own (plan D2)."""

RULES = {rule.id: rule for rule in FIELD_TABLE}

if len(RULES) != len(FIELD_TABLE):  # a broken invariant, found at import
    raise AssertionError("two rows of the field table have one id")


def cross(value: Phi[T], rule_id: str) -> T:
    """Return the value for the operations zone under a row of the table.

    Raises PhiLeak when no row has the id or the row says drop: the mapping is wrong, not the data.
    """
    rule = RULES.get(rule_id)
    if rule is None or rule.operations is Decision.DROP:
        raise PhiLeak("no row of the field table lets this value into the operations zone")
    return declassify(value, rule.id, rule.purpose)


def inspect_protected(value: Phi[T]) -> T:
    """Return a value for a check inside the clinical zone; the result must not be emitted.

    The second line of defence compares direct identifiers with what is about to leave (spec 4.2).
    """
    return declassify(value, "4.2/EGRESS", "egress check")
