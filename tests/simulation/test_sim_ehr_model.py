"""The simulated EHR without sockets: the scenario becomes messages, owed until acknowledged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from suture.simulation.model.ehr import EhrModel

NOW = datetime(2027, 1, 4, 14, 15, 0, tzinfo=UTC)
CASE: dict[str, Any] = {
    "case_number": "88123",
    "facility": "NCH",
    "room": "MAIN^OR04^^NCH",
    "start": "2027-01-11T07:30:00-06:00",
    "duration_min": 120,
    "procedure": "TKA-PRIM",
    "procedure_text": "Total knee | primary",
    "laterality": "RT",
    "card": "PC-4471",
    "surgeon": {"npi": "9000000015", "family": "SYNTHDOE", "given": "SURGEON"},
    "patient": {
        "mrn": "SYN0088123",
        "family": "SYNTHADARE",
        "given": "ALBA",
        "dob": "1958-02-14",
        "sex": "F",
    },
    "visit": "SYNCSN088123",
}


def action(name: str, minutes: int = 0, **more: Any) -> dict[str, Any]:
    at = (NOW + timedelta(minutes=minutes)).isoformat()
    return {"at": at, "action": name, "case_number": "88123"} | more


def sent(model: EhrModel, minutes: int = 0) -> dict[str, list[str]]:
    """Send and acknowledge one message; return segment name -> fields."""
    at = NOW + timedelta(minutes=minutes)
    model.tick(at)
    owed = model.next_message(at)
    assert owed is not None
    model.sending(owed, at)
    assert model.acknowledged("CA", owed.control_id, at)
    lines = [part.split("|") for part in owed.content.decode().rstrip("\r").split("\r")]
    return {fields[0]: fields for fields in reversed(lines)}


def test_a_booking_is_a_whole_snapshot() -> None:
    """SIU^S12 carries SCH PID PV1 RGS AIS AIG AIL AIP at the fields of spec 2.0.5."""
    message = sent(EhrModel([action("book", case=CASE)]))
    assert list(reversed(message)) == [
        "MSH",
        "SCH",
        "PID",
        "PV1",
        "RGS",
        "AIS",
        "AIG",
        "AIL",
        "AIP",
    ]
    assert message["MSH"][6] == "20270104081500.0000-0600"
    assert message["MSH"][8] == "SIU^S12^SIU_S12"
    assert message["MSH"][9] == "EHR00000001"
    assert message["SCH"][1] == "88123^ORSCHED"
    assert message["SCH"][11] == "^^120^20270111073000-0600^20270111093000-0600"
    assert message["SCH"][25] == "BOOKED^Booked^HL70278"
    assert message["PID"][3] == "SYN0088123^^^NCH^MR"
    assert message["AIS"][3] == "TKA-PRIM^Total knee \\F\\ primary^LOCAL"
    assert message["AIS"][4] == "20270111073000-0600"
    assert message["AIS"][11] == "RT^Right^LOCAL"
    assert message["AIG"][3].startswith("PC-4471^")
    assert message["AIL"][3] == "MAIN^OR04^^NCH"
    assert message["AIL"][6] == "20270111073000-0600"
    assert message["AIP"][3] == "9000000015^SYNTHDOE^SURGEON^^^^^^NPI"


def test_later_actions_repeat_the_snapshot_with_their_change() -> None:
    """S13 moves the start; start and end are S14 with the site's filler status; S15 cancels."""
    model = EhrModel(
        [
            action("book", case=CASE),
            action("reschedule", 1, start="2027-01-13T07:30:00-06:00"),
            action("start", 2),
            action("complete", 3),
            action("cancel", 4),
        ]
    )
    sent(model)
    moved = sent(model, 1)
    assert (moved["MSH"][8], moved["AIS"][4]) == ("SIU^S13^SIU_S12", "20270113073000-0600")
    begun = sent(model, 2)
    assert (begun["MSH"][8], begun["SCH"][25]) == ("SIU^S14^SIU_S12", "STARTED^Started^HL70278")
    assert begun["AIS"][4] == "20270113073000-0600"
    assert sent(model, 3)["SCH"][25].split("^")[0] == "COMPLETE"
    gone = sent(model, 4)
    assert (gone["MSH"][8], gone["SCH"][25].split("^")[0]) == ("SIU^S15^SIU_S12", "CANCELLED")
    assert model.is_done


def test_usage_is_a_dft_with_device_lines() -> None:
    """DFT^P03: case, item, quantity, location in FT1; UDI, lot and serial as OBX under it."""
    used = {
        "id": "1",
        "item": "ITM-100200",
        "description": "FEMORAL",
        "quantity": "1",
        "udi": "(01)09521001001014(17)290630(10)L7F21(21)S000123",
        "lot": "L7F21",
        "serial": "S000123",
    }
    model = EhrModel([action("book", case=CASE), action("arrive"), action("usage", items=[used])])
    sent(model)
    assert sent(model)["MSH"][8] == "ADT^A04^ADT_A01"
    model.tick(NOW)
    owed = model.next_message(NOW)
    assert owed is not None
    lines = owed.content.decode().rstrip("\r").split("\r")
    fields = next(line for line in lines if line.startswith("FT1")).split("|")
    assert fields[2:4] == ["USE88123-1", "88123"]
    assert (fields[6], fields[7], fields[10]) == ("CG", "ITM-100200^FEMORAL^ERP", "1")
    assert (fields[13], fields[16]) == ("6010-NCH^OR NCH", "MAIN^OR04^^NCH")
    assert [line.split("|")[3].split("^")[0] for line in lines if line.startswith("OBX")] == [
        "UDI",
        "LOT",
        "SERIAL",
    ]
    assert lines[-1].split("|")[5] == "S000123"


def test_the_same_bytes_are_owed_until_acknowledged() -> None:
    """Without an acknowledgement the message stays first, byte for byte, whatever time it is."""
    model = EhrModel([action("book", case=CASE), action("cancel", 1)])
    model.tick(NOW + timedelta(minutes=5))
    first = model.next_message(NOW)
    assert first is not None
    model.sending(first, NOW)
    later = model.next_message(NOW + timedelta(hours=3))
    assert later is first
    model.sending(first, NOW + timedelta(hours=3))
    assert (first.attempts, first.sent_at) == (2, NOW)
    assert not model.acknowledged("CA", "SOMEONE-ELSES", NOW)
    assert not model.acknowledged("??", first.control_id, NOW)
    assert model.acknowledged("AA", first.control_id, NOW)
    second = model.next_message(NOW)
    assert second is not None
    assert second.kind == "SIU^S15"


def test_a_refusal_is_recorded_and_not_repeated() -> None:
    """AE and AR end the message: its content must change."""
    model = EhrModel([action("book", case=CASE)])
    model.tick(NOW)
    owed = model.next_message(NOW)
    assert owed is not None
    assert model.acknowledged("AE", owed.control_id, NOW)
    assert model.next_message(NOW) is None
    assert (model.view()["acked"], model.view()["refused"]) == (0, 1)


def test_a_message_can_overtake_the_one_before_it() -> None:
    """Fault `reorder`: the next action goes first, the first one after it."""
    model = EhrModel([action("book", case=CASE), action("cancel", 0)])
    model.tick(NOW)
    first = model.next_message(NOW)
    assert model.postpone(NOW)
    second = model.next_message(NOW)
    assert first is not None and second is not None
    assert (second.kind, second.control_id) == ("SIU^S15", "EHR00000002")
    assert model.acknowledged("CA", second.control_id, NOW)
    assert model.next_message(NOW) is first


def test_nothing_is_sent_before_its_time() -> None:
    """An action waits for its business instant."""
    model = EhrModel([action("book", 10, case=CASE)])
    model.tick(NOW)
    assert model.next_message(NOW) is None
    assert model.next_due() == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    "bad", [{"action": "odd", "case_number": "88123"}, {"action": "cancel", "case_number": "1"}]
)
def test_unknown_actions_and_cases_are_refused(bad: dict[str, str]) -> None:
    """The control port takes only what can be sent."""
    with pytest.raises(ValueError):
        EhrModel([]).send_now(bad)
