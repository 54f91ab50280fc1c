"""Planted patients: every dropped field carries a canary, and none comes out (spec 4.4, 4.6)."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field

import pytest

from suture.core.ids import SystemEntropy
from suture.documents import codec
from suture.documents.from_hl7v2 import SiteProfile, read_schedule, read_usage
from suture.formats.hl7v2 import Message, parse
from suture.governance.privacy.field_table import FIELD_TABLE, Decision
from suture.governance.privacy.minimise import Events, Failed, minimise
from suture.governance.privacy.vault import Vault
from suture.governance.seal import Keyring, Sealer

SITE = SiteProfile(facility="NCH", timezone="America/Chicago")
CASE = "SYNCASE77001"
USE = "SYNUSE77001"
NPI = "9000000015"


@dataclass
class Store:
    """The vault table of one clinical store."""

    rows: dict[tuple[str, bytes], str] = field(default_factory=dict)

    def vault(self, scope: str, blind: bytes) -> str | None:
        return self.rows.get((scope, blind))

    def put_vault(self, scope: str, blind: bytes, value: str, sealed: bytes, key_id: str) -> None:
        self.rows[scope, blind] = value


@pytest.fixture
def store() -> Store:
    return Store()


def vault(store: Store) -> Vault:
    sealer = Sealer(Keyring({"k1": b"k" * 32}), "clinical", SystemEntropy())
    return Vault(store, sealer, SystemEntropy())


class Planter:
    """Gives each field its own canary and remembers them all."""

    def __init__(self) -> None:
        self.planted: dict[str, str] = {}

    def __call__(self, where: str) -> str:
        value = "SYNCAN" + hashlib.sha256(where.encode()).hexdigest()[:10].upper()
        self.planted[where] = value
        return value

    def fields(self, name: str, count: int, **fixed: str) -> str:
        """Return a segment with a canary in each field that is not fixed (`f3="..."`)."""
        values = (fixed.get(f"f{n}", self(f"{name}-{n}")) for n in range(1, count + 1))
        return "|".join([name, *values])


def schedule(plant: Planter) -> list[str]:
    """An SIU in which everything that must not leave is a canary."""
    coded = f"^{plant('AIS-3.2')}^LOCAL"
    return [
        r"MSH|^~\&|ORSCHED|NCH|SUTURE|IDN|20270104081500-0600||SIU^S12^SIU_S12|MSG0001|T|2.5.1",
        plant.fields(
            "SCH",
            26,
            f1=f"{CASE}^ORSCHED",
            f2=f"{CASE}^ORSCHED",
            f9="120",
            f10="MIN",
            f11="^^120^20270111073000-0600^20270111093000-0600",
            f25=f"BOOKED^{plant('SCH-25.2')}",
        ),
        plant.fields("NTE", 4),
        plant.fields("PID", 39, f1="1"),
        plant.fields("PD1", 21),
        plant.fields("NK1", 39),
        plant.fields("PV1", 52, f2="I", f19="SYNCSN000777"),
        plant.fields("OBX", 18, f2="ST", f3=f"UDI^{plant('OBX-3.2')}"),
        plant.fields("DG1", 21),
        plant.fields("AL1", 6),
        plant.fields("GT1", 20),
        plant.fields("IN1", 40),
        plant.fields("IN2", 40),
        plant.fields("IN3", 20),
        "RGS|1|A",
        plant.fields(
            "AIS",
            12,
            f2="A",
            f3=f"TKA-PRIM{coded}",
            f4="20270111073000-0600",
            f7="120",
            f8="MIN",
            f11=f"RT^{plant('AIS-11.2')}",
            f12=plant("AIS-12 outside the code set"),
        ),
        plant.fields("NTE", 4),
        plant.fields(
            "AIG",
            14,
            f2="A",
            f3=f"PC-4471^{plant('AIG-3.2')}",
            f4=f"PREFCARD^{plant('AIG-4.2')}",
        ),
        plant.fields("AIL", 12, f2="A", f3="MAIN^OR04^^NCH", f4=f"OR^{plant('AIL-4.2')}"),
        plant.fields(
            "AIP", 12, f2="A", f3=f"{NPI}^{plant('AIP-3.2')}^{plant('AIP-3.3')}", f4="SURGEON"
        ),
        plant.fields("ZPX", 10),
    ]


def usage(plant: Planter) -> list[str]:
    """A DFT in which everything that must not leave is a canary."""
    return [
        r"MSH|^~\&|ORLOG|NCH|SUTURE|IDN|20270111101500-0600||DFT^P03^DFT_P03|MSG0004|T|2.5.1",
        plant.fields("EVN", 7),
        plant.fields("PID", 39, f1="1"),
        plant.fields("PV1", 52, f2="I", f19="SYNCSN000777"),
        plant.fields("DB1", 8),
        plant.fields("OBX", 18, f2="ST", f3="LOT^visit"),
        plant.fields(
            "FT1",
            31,
            f2=USE,
            f3=CASE,
            f4="20270111091000-0600",
            f6="CG",
            f7=f"ITM-100200^{plant('FT1-7.2')}^ERP",
            f10="1",
            f16="MAIN^OR04^^NCH",
            f25=f"0SRC0J9^{plant('FT1-25.2')}",
        ),
        plant.fields("NTE", 4),
        plant.fields("OBX", 18, f2="ST", f3="LOT^Lot", f5="L7F21"),
        plant.fields("OBX", 18, f2="ST", f3="WEIGHT^Body weight"),
        plant.fields("PR1", 20),
        plant.fields("ROL", 12),
        plant.fields("PRT", 15),
        plant.fields("ZPA", 10),
        plant.fields("DG1", 21),
        plant.fields("GT1", 20),
        plant.fields("IN1", 40),
    ]


def message(lines: list[str]) -> Message:
    return parse("\r".join([*lines, ""]).encode())[0]


def planted() -> list[tuple[str, list[str], Planter]]:
    rows = []
    for name, write in (("SIU", schedule), ("DFT", usage)):
        plant = Planter()
        rows.append((name, write(plant), plant))
    return rows


@pytest.mark.parametrize(("name", "lines", "plant"), planted())
def test_no_canary_and_no_case_number_comes_out(
    name: str, lines: list[str], plant: Planter, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """S99, S102: events, problems and logs hold no planted value and no identifier."""
    caplog.set_level(logging.DEBUG)
    result = minimise(message(lines), SITE, vault(store), recipients=["SUP-9001", "SUP-9002"])
    assert isinstance(result, Events)
    assert result.events
    out = b"\n".join(codec.encode(event) for _, _, event in result.events)
    out += repr(result).encode() + caplog.text.encode()
    forbidden = {**plant.planted, "case": CASE, "use": USE, "npi": NPI, "visit": "SYNCSN000777"}
    for where, value in forbidden.items():
        assert value.lower().encode() not in out.lower(), f"{name}: {where} came out"


@pytest.mark.parametrize(("name", "lines", "plant"), planted())
def test_a_failure_repeats_nothing(
    name: str, lines: list[str], plant: Planter, store: Store
) -> None:
    """A message that fails is described by codes and positions only."""
    found = message(lines).set("MSH-7", plant("MSH-7"))
    result = minimise(found, SITE, vault(store))
    assert isinstance(result, Failed), name
    assert not [where for where, value in plant.planted.items() if value in repr(result)]
    assert store.rows == {}


@pytest.mark.parametrize(("name", "lines", "plant"), planted())
def test_readings_cannot_be_printed(name: str, lines: list[str], plant: Planter) -> None:
    """S99: between reading and minimising every value is labelled (spec 4.2)."""
    read = read_schedule if name == "SIU" else read_usage
    reading, _ = read(message(lines), SITE)
    shown = f"{reading!r} {reading}"
    assert "<phi:" in shown
    for value in (*plant.planted.values(), CASE, USE, NPI, "TKA-PRIM", "L7F21", "OR04"):
        assert value not in shown


def test_every_dropped_hl7_field_was_planted() -> None:
    """The table and this test move together: a new dropped row needs its canary."""
    whole = Planter()
    schedule(whole)
    usage(whole)
    names = {where.partition("-")[0] for where in whole.planted}
    for rule in FIELD_TABLE:
        if rule.operations is not Decision.DROP:
            continue
        for source in rule.sources:
            segment, _, number = source.partition("-")
            if segment == "*":
                continue
            assert segment in names
            field_name = number.split(" ")[0]
            if field_name != "*" and source != "PV1-19":  # PV1-19 carries a visit number instead
                assert f"{segment}-{field_name}" in whole.planted


def test_two_cases_of_one_patient_are_not_linkable(store: Store) -> None:
    """Nothing in the events of two cases is common but what any two cases may share."""
    outs = []
    for number in ("SYNCASE1", "SYNCASE2"):
        lines = [line.replace(CASE, number) for line in schedule(Planter())]
        result = minimise(message(lines), SITE, vault(store), recipients=["SUP-9001"])
        assert isinstance(result, Events)
        ((_, token, report),) = result.events
        outs.append((token, codec.builtins(report)))
    (one, first), (two, second) = outs
    assert one != two
    assert first["aliases"] != second["aliases"]
    assert first["snapshot"] == second["snapshot"]
    different = {name for name in first if first[name] != second[name]}
    assert different == {"case_token", "aliases"}


def test_tokens_are_stable_through_a_patient_merge(store: Store) -> None:
    """An A40 between two messages of a case leaves its token alone (spec 4.3)."""
    booked = minimise(message(schedule(Planter())), SITE, vault(store))
    before = dict(store.rows)
    merge = [
        r"MSH|^~\&|ADT|NCH|SUTURE|IDN|20270105||ADT^A40^ADT_A39|MSG0002|T|2.5.1",
        "EVN||20270105",
        "PID|1||SYNMRN000999^^^NCH^MR||SYNTHIA^PATIENTLY",
        "MRG|SYNMRN000777^^^NCH^MR",
    ]
    minimise(message(merge), SITE, vault(store))
    assert store.rows == before
    again = minimise(message(schedule(Planter())), SITE, vault(store))
    assert again == booked
