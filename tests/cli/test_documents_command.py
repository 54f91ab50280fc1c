"""`suture inspect`, `validate`, `diff` as a stranger calls them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from suture.cli.main import cli
from suture.documents.exchange import write_order
from suture.documents.partner import Addressing
from suture.documents.supply import OrderLine, PurchaseOrder

HL7 = (
    b"MSH|^~\\&|SYNTH|NCH|HUB|IDN|20270104081500-0600||ADT^A01^ADT_A01|M1|T|2.5.1\r"
    b"EVN|A01|20270104081500-0600\r"
    b"PID|1||SYN1^^^NCH^MR||SYNTHWAY^ADA||19580214|F\r"
    b"PV1|1|I|MAIN^OR04^^NCH\r"
)
X12 = (
    "ISA*00*          *00*          *ZZ*SYNTHBUYER     *ZZ*SYNTHSUPPLIER  *270104*0815*^*00501*"
    "000000101*0*T*:~GS*PO*SYNTHBUYER*SYNTHSUPPLIER*20270104*0815*101*X*005010~ST*850*0001~"
    "BEG*00*NE*PO1**20270104~PO1*1*2*EA*10.00*CT*VC*CAT-1~CTT*1~SE*5*0001~GE*1*101~"
    "IEA*1*000000101~"
)
CXML = (
    '<?xml version="1.0"?><cXML payloadID="p1@synth" timestamp="2027-01-04T08:15:00-06:00"><Header>'
    '<From><Credential domain="NetworkID"><Identity>AN1</Identity></Credential></From>'
    '<To><Credential domain="NetworkID"><Identity>AN2</Identity></Credential></To>'
    '<Sender><Credential domain="NetworkID"><Identity>AN1</Identity>'
    "<SharedSecret>SYNSECRET</SharedSecret></Credential><UserAgent>synth</UserAgent></Sender>"
    "</Header><Request><ProfileRequest/></Request></cXML>"
)
FHIR = '{"resourceType":"Location","id":"or4","name":"OR 4","status":"active"}'


def call(*words: str | Path) -> Result:
    """Run the command line."""
    return CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)


def written(folder: Path, name: str, content: bytes | str) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (HL7, ["hl7v2: ADT^A01 M1", "PID (patient)", "PID-5 (name)", "PID-5.1 SYNTHWAY"]),
        (X12, ["x12: 850 000000101", "BEG03 (order number) PO1", "loop PO1 (order line)"]),
        (CXML, ["cxml: ProfileRequest p1@synth", "@payloadID p1@synth"]),
        (FHIR, ["fhir: Location or4", "name OR 4"]),
        (
            "UNB+UNOA:3+S:14+R:14+270104:0815+7'UNH+1+ORDERS:D:96A:UN'BGM+220+PO1+9'UNS+S'UNT+4+1'"
            "UNZ+1+7'",
            ["edifact: ORDERS 7", "BGM (beginning)", "BGM-2 PO1"],
        ),
    ],
    ids=["hl7v2", "x12", "cxml", "fhir", "edifact"],
)
def test_a_file_of_any_format_is_shown(
    tmp_path: Path, content: bytes | str, lines: list[str]
) -> None:
    """The format is guessed; segments and fields have names."""
    shown = call("inspect", written(tmp_path, "f", content)).output
    for line in lines:
        assert line in shown


def test_a_problem_stands_below_the_node_it_is_about(tmp_path: Path) -> None:
    """And the exit code says that there is one."""
    wrong = X12.replace("BEG*00*NE*PO1**20270104~", "BEG*00*NE*PO1**20271399~")
    result = call("inspect", written(tmp_path, "f.edi", wrong))
    rows = [row.strip() for row in result.output.splitlines()]
    at = rows.index("BEG05 (date) 20271399")
    assert rows[at + 1].startswith("error: x12.element-date at BEG[2]-5 (byte ")
    assert result.exit_code == 1


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    """A tree is pasted into mails: the shared secret is in none, nor in a difference."""
    one = written(tmp_path, "a.xml", CXML)
    other = written(tmp_path, "b.xml", CXML.replace("SYNSECRET", "SYNOTHER"))
    for result in (call("inspect", one), call("inspect", "--json", one), call("diff", one, other)):
        assert "SYNSECRET" not in result.output
        assert "SYNOTHER" not in result.output


def test_a_script_gets_json(tmp_path: Path) -> None:
    """One entry per document; the tree has the labels and values."""
    batch = written(tmp_path, "batch.hl7", HL7 + HL7.replace(b"|M1|", b"|M2|"))
    found = json.loads(call("inspect", "--json", batch).output)
    assert [each["title"] for each in found] == ["ADT^A01 M1", "ADT^A01 M2"]
    labels = [segment["label"] for segment in found[0]["tree"]["children"]]
    assert labels == ["MSH", "EVN", "PID", "PV1"]


def test_a_long_tree_is_cut_visibly(tmp_path: Path) -> None:
    """`--lines` bounds the output."""
    result = call("inspect", "--lines", "3", written(tmp_path, "f.hl7", HL7))
    assert result.output.splitlines()[-1] == "... more lines; --lines 0 shows all"
    assert len(result.output.splitlines()) == 4


def test_what_is_no_document_is_refused(tmp_path: Path) -> None:
    """Exit code 2 and what to do."""
    import subprocess
    import sys

    path = written(tmp_path, "notes.txt", "dear colleague")
    done = subprocess.run(
        [sys.executable, "-m", "suture", "inspect", str(path)], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "format.unknown" in done.stderr
    assert "name the format" in done.stderr


def test_files_are_held_against_standard_and_profile(tmp_path: Path) -> None:
    """A missing mandatory field is an error; a profile permits it by name."""
    wrong = written(tmp_path, "f.hl7", HL7.replace(b"PID|1||SYN1^^^NCH^MR|", b"PID|1|||"))
    strict = call("validate", wrong)
    assert "PID-3" in strict.output
    code = json.loads(call("validate", "--json", wrong).output)[0]["problems"][0]["code"]
    profile = written(
        tmp_path,
        "p.toml",
        f'name = "synth"\n[[deviations]]\nname = "no-identifier"\ncode = "{code}"\nat = "PID*-3"\n',
    )
    mild = call("validate", "--profile", profile, wrong)
    assert "(permitted: no-identifier)" in mild.output
    assert mild.exit_code == 0


def test_other_delimiters_and_order_are_no_difference(tmp_path: Path) -> None:
    """Meaning is compared, not bytes."""
    pairs = [
        (X12, X12.replace("*", "|").replace("~", "\n")),
        (HL7, HL7.replace(b"\r", b"\r\n")),
        (FHIR, '{ "id": "or4", "status": "active",\n "resourceType": "Location", "name": "OR 4" }'),
        (CXML, CXML.replace("><", ">\n  <")),
    ]
    for number, (one, other) in enumerate(pairs):
        before, after = written(tmp_path, f"{number}a", one), written(tmp_path, f"{number}b", other)
        result = call("diff", "--ignore", "ISA*", before, after)
        assert (result.exit_code, result.output) == (0, ""), number


def test_an_added_segment_is_one_addition(tmp_path: Path) -> None:
    """What follows it is not a difference; paths may be ignored."""
    before = written(tmp_path, "a.hl7", HL7)
    more = HL7.replace(b"PV1|", b"NK1|1|SYNKIN^BO\rPV1|").replace(b"|M1|", b"|M2|")
    after = written(tmp_path, "b.hl7", more)
    result = call("diff", "--ignore", "MSH-10", before, after)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        "+ NK1[1]-1: 1",
        "+ NK1[1]-2.1: SYNKIN",
        "+ NK1[1]-2.2: BO",
    ]
    changed = json.loads(call("diff", "--json", before, after).output)
    assert changed[0] == {"kind": "changed", "path": "MSH[1]-10", "before": "M1", "after": "M2"}


def test_an_order_goes_round_every_standard(tmp_path: Path) -> None:
    """X12 to EDIFACT, cXML, FHIR and back: the same order number and line; losses are told."""
    path = written(tmp_path, "order", X12.replace("BEG*", "CUR*BY*USD~BEG*", 0))
    for target in ("edifact", "cxml", "fhir", "x12"):
        made = tmp_path / target
        result = call("convert", "--to", target, "--out", made, path)
        assert result.exit_code in (0, 1), result.output
        shown = call("inspect", made).output
        assert "PO1" in shown
        assert "CAT-1" in shown
        path = made


def test_a_field_that_is_not_carried_is_told(tmp_path: Path) -> None:
    """Exit code 1, the field by name."""
    line = OrderLine(
        line="1",
        item="ITM-1",
        quantity=Fraction(2),
        uom="EA",
        unit_price=Decimal("10.00"),
        cost_center="CC-6010",
    )
    placed = PurchaseOrder(
        po_number="PO1",
        supplier="SYNTHO",
        facility="NCH",
        order_date=date(2027, 1, 4),
        need_by=date(2027, 1, 10),
        ship_to_gln="9520000000208",
        lines=(line,),
    )
    at = datetime(2027, 1, 4, 14, tzinfo=UTC)
    to = Addressing(sender="SYNTHBUYER", receiver="SYNTHO", control=7, at=at)
    order, _ = write_order(placed, "x12", to)
    result = call("convert", "--to", "edifact", written(tmp_path, "o.edi", order))
    assert result.exit_code == 1
    assert "supply.not-carried at lines[0].cost_center" in result.stderr


def test_what_no_standard_carries_is_refused(tmp_path: Path) -> None:
    """With the list of what is possible; the exit code is the process's."""
    from suture.core.refusal import RefusalError

    with pytest.raises(RefusalError) as refused:
        call("convert", "--to", "x12", written(tmp_path, "f.json", FHIR))
    assert refused.value.code == "convert.unsupported"
