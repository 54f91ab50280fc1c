"""The reference of the formats is what the packages say."""

from __future__ import annotations

import reference


def test_the_reference_is_current() -> None:
    """A view, a profile field or a code that is new stands on the page: run `make docs`."""
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()


def test_every_code_of_a_protocol_with_answers_has_one() -> None:
    """No problem of X12, HL7 v2, cXML or FHIR goes without the code its protocol answers with."""
    text = reference.page()
    for title in ("HL7 v2", "cXML", "FHIR"):
        section = text.partition(f"## {title}\n")[2].partition("\n## ")[0]
        rows = [row for row in section.splitlines() if row.startswith("| `")]
        assert rows
        assert [row for row in rows if row.endswith(("|  |", "| - |"))] == [], title
