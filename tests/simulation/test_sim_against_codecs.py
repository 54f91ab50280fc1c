"""What the peers write on their own, the product's readers take without a problem.

The two sides share no code; each document is read here by the other side's hand.
"""

from __future__ import annotations

import pytest
from test_sim_wire import AT, LINE, ORDER, ORDER_850, THEM, US

from suture.formats import cxml as product_cxml
from suture.formats import hl7v2 as product_hl7
from suture.formats import x12 as product_x12
from suture.simulation.generator import generate
from suture.simulation.model.ehr import EhrModel
from suture.simulation.model.supplier import SupplierModel
from suture.simulation.model.trade import IncomingChange, TradeDocument
from suture.simulation.story import build_story
from suture.simulation.wire import cxml, x12


def documents() -> list[TradeDocument]:
    """Return one document of each kind as a supplier makes them."""
    model = SupplierModel([], [])
    model.take_order(ORDER, AT)
    made: list[TradeDocument] = []
    while due := model.next_due():
        made += model.tick(due)
    made.append(model.take_change(IncomingChange(ORDER.po_number, "1", (), is_cancel=True), AT))
    return made


@pytest.mark.parametrize("document", documents(), ids=x12.set_id)
def test_x12_sets_are_read_without_a_problem(document: TradeDocument) -> None:
    """Envelope, counts, loops and element types stand up to the product's definitions."""
    name = x12.set_id(document)
    body = x12.transaction_set(document, US)
    content = x12.interchange(US, THEM, group=x12.GROUPS[name], sets=[body], control=3, at=AT)
    found, problems = product_x12.parse(content)
    assert problems == []
    assert [s.id for group in found.groups for s in group.sets] == [name]


def test_the_997_is_read_without_a_problem() -> None:
    """The functional acknowledgement too."""
    sets = x12.functional_ack(x12.read(ORDER_850.encode()), ["A"])
    content = x12.interchange(US, THEM, group="FA", sets=sets, control=3, at=AT)
    assert product_x12.parse(content)[1] == []


@pytest.mark.parametrize("document", documents(), ids=x12.set_id)
def test_cxml_requests_are_read_without_a_problem(document: TradeDocument) -> None:
    """DOCTYPE, header, secret and request stand up to the hardened parser."""
    credentials = cxml.Credentials(us="SUP9002DEMO", them="HSCIPDEMO", secret="hub-secret")
    content = cxml.request(document, credentials, payload_id="X1", at=AT)
    found, problems = product_cxml.parse(content)
    assert problems == []
    assert found is not None
    assert found.kind == cxml.kind_of(document)
    assert found.verify_secret("hub-secret")


def test_every_message_of_the_story_is_read_without_a_problem() -> None:
    """Each HL7 message parses cleanly; case number, card and start come back."""
    dataset = generate(1)
    told = build_story(dataset, dataset.start)
    model = EhrModel(told.scenario)
    model.tick(told.ends_at)
    while owed := model.next_message(told.ends_at):
        message, problems = product_hl7.parse(owed.content)
        assert problems == []
        assert product_hl7.header(owed.content).control_id == owed.control_id
        if owed.kind.startswith("SIU"):
            case = model.cases[owed.case_number]
            assert message.get("SCH-2.1") == owed.case_number
            assert message.get("AIG-3.1") == case["card"]
            assert message.get("PID-3.1") == case["patient"]["mrn"]
        assert model.acknowledged("CA", owed.control_id, told.ends_at)


def test_the_line_names_survive() -> None:
    """GTIN, catalogue and buyer item of an order line come back from the 855."""
    document = documents()[0]
    body = x12.transaction_set(document, US)
    content = x12.interchange(US, THEM, group="PR", sets=[body], control=1, at=AT)
    found = product_x12.parse(content)[0].groups[0].sets[0]
    row = next(s for s in found.segments if s.id == "PO1")
    values = [row.element(number) for number in range(1, 12)]
    assert values[6:] == [LINE.gtin, "VC", LINE.catalog_no, "IN", LINE.item]
