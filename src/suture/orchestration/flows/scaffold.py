"""The files of a new flow: one that runs as it is, with a test, to be changed from there.

In: a name. Out: file contents by path. Refuses to know: the disk.
"""

from __future__ import annotations

_FLOW = """\
# A flow: where messages come from, what is done to them, where they go.
# docs/flows.md has every entry. Check it with: suture flow lint {name}
description = "Admissions of the EHR to the laboratory"
owner = "integration team"
order_by = "PID-3.1"

[source]
connector = "mllp"
port = 6661

# What does not fit is kept, and goes nowhere.
[[filter]]
path = "trigger"
in = ["ADT^A01", "ADT^A04", "ADT^A08"]

[[step]]
note = "the laboratory knows us by this name"
set = {{ "MSH-3" = "HUB" }}

[[step]]
note = "their ward codes"
lookup = {{ field = "PV1-3.1", table = "wards", keep = true }}

[[step]]
call = "upper_case_names"

[[destination]]
name = "lab"
connector = "mllp"
host = "127.0.0.1"
port = 6662
"""

_STEPS = '''\
"""Functions of this flow: each takes an HL7 v2 message and returns it changed."""

from suture.formats.hl7v2 import Message


def upper_case_names(message: Message) -> Message:
    """The laboratory's labels are printed in capitals."""
    for path in ("PID-5.1", "PID-5.2"):
        message = message.set(path, message.get(path).upper())
    return message
'''

_WARDS = "from,to\nNORTH2,N2\nSOUTH4,S4\n"

_MESSAGE = (
    "MSH|^~\\&|EHR|NCH|LAB|NCH|20270104120000||ADT^A01^ADT_A01|MSG0001|T|2.5.1\r"
    "EVN|A01|20270104120000\r"
    "PID|1||SYN0001^^^NCH^MR||Synth^Anna||19800101|F\r"
    "PV1|1|I|NORTH2^201^A\r"
)

_EXPECTED = (
    _MESSAGE.replace("|EHR|", "|HUB|")
    .replace("Synth^Anna", "SYNTH^ANNA")
    .replace("|NORTH2^", "|N2^")
)

_OTHER = _MESSAGE.replace("ADT^A01^ADT_A01|MSG0001", "ADT^A03^ADT_A03|MSG0002")


def new_flow(name: str) -> dict[str, str]:
    """Return the files of a new flow, by path under its folder."""
    return {
        "flow.toml": _FLOW.format(name=name),
        "steps.py": _STEPS,
        "tables/wards.csv": _WARDS,
        "tests/admission/in.hl7": _MESSAGE,
        "tests/admission/out.lab.hl7": _EXPECTED,
        "tests/discharge-is-not-for-the-lab/in.hl7": _OTHER,
        "tests/discharge-is-not-for-the-lab/case.toml": "filtered = true\n",
    }
