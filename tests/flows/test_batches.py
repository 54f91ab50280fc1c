"""Messages that go together: windows, envelopes, completeness, and a hub that is killed (S52)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flow_files import write_flow
from flow_hub import (
    arrivals,
    connect,
    deliveries,
    deployed_flows,
    hl7,
    running_hub,
    settings_in,
    until,
)
from flow_nodes import SOURCE, START_S, Feed, free_port
from hypothesis import given
from hypothesis import strategies as st

from suture.formats import edifact, x12
from suture.formats.hl7v2 import join_batch, split_batch
from suture.journal.record import DeliveryState
from suture.orchestration.flows.gathering import gathered
from suture.orchestration.flows.lint import lint
from suture.orchestration.flows.show import explained
from suture.orchestration.flows.split import split
from suture.orchestration.flows.table import WEEKDAYS, Batch
from suture.orchestration.flows.windows import due_at

AT = datetime(2027, 1, 4, 17, 30, tzinfo=UTC)


def utc(text: str) -> datetime:
    """Return an instant."""
    return datetime.fromisoformat(text + "+00:00")


# ---- when


CHICAGO = {"envelope": "none", "cut_off": ("17:00",), "timezone": "America/Chicago"}


@pytest.mark.parametrize(
    ("more", "first", "due"),
    [
        ({}, "2027-01-04T22:00", "2027-01-04T23:00"),  # 16:00 local, standard time
        ({}, "2027-01-04T23:00", "2027-01-05T23:00"),  # at the very cut-off: the next one
        ({}, "2027-07-05T21:59", "2027-07-05T22:00"),  # 16:59 local, summer time
        ({"cut_off": ("06:00", "17:00")}, "2027-01-04T23:01", "2027-01-05T12:00"),
        # 2027-03-14 02:00 to 03:00 does not exist: the clock has jumped to 03:30 by then.
        ({"cut_off": ("02:30",)}, "2027-03-14T07:00", "2027-03-14T08:30"),
        ({"cut_off": ("02:30",)}, "2027-03-14T08:30", "2027-03-15T07:30"),
        # 2027-11-07 01:30 comes twice: met the first time, once.
        ({"cut_off": ("01:30",)}, "2027-11-07T06:00", "2027-11-07T06:30"),
        ({"cut_off": ("01:30",)}, "2027-11-07T06:30", "2027-11-08T07:30"),
        # Friday evening to Monday, and over a holiday to Tuesday.
        ({"weekdays": WEEKDAYS[:5]}, "2027-01-08T23:30", "2027-01-11T23:00"),
        (
            {"weekdays": WEEKDAYS[:5], "holidays": (date(2027, 1, 11),)},
            "2027-01-08T23:30",
            "2027-01-12T23:00",
        ),
    ],
)
def test_a_batch_goes_at_the_first_cut_off_after_its_first_message(
    more: dict[str, Any], first: str, due: str
) -> None:
    """On the wall clock of its time zone, over both changes of the clock and holidays."""
    batch = Batch(**{**CHICAGO, **more})
    assert due_at(batch, utc(first)) == utc(due)


def test_seconds_count_from_the_first_message() -> None:
    """And know no zone."""
    batch = Batch(envelope="none", every_s=90)
    assert due_at(batch, AT) == AT + timedelta(seconds=90)


@given(
    first=st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    zone=st.sampled_from(["UTC", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe"]),
)
def test_a_cut_off_is_never_missed_by_more_than_a_day(
    first: datetime, hour: int, minute: int, zone: str
) -> None:
    """Later than the message, within 25 hours of it, whatever the clock does."""
    batch = Batch(envelope="none", cut_off=(f"{hour:02}:{minute:02}",), timezone=zone)
    at = first.replace(tzinfo=UTC)
    assert timedelta() < due_at(batch, at) - at <= timedelta(hours=25)


# ---- into one


def batch_of(envelope: str, **more: Any) -> Batch:
    """Return a declared batch."""
    return Batch(**{"envelope": envelope, "every_s": 60, "max_bytes": 1_000_000, **more})


def test_hl7_messages_go_in_a_file_that_is_read_back() -> None:
    """FHS and BHS speak as the first message does; counts are right; messages are untouched."""
    messages = [hl7(number) for number in range(3)]
    (whole,), left = gathered(batch_of("hl7"), messages, lambda: 42, AT)
    assert (whole.members, left) == ((0, 1, 2), [])
    lines = whole.content.split(b"\r")
    head = b"|^~\\&|EHR|NCH|LAB|NCH|20270104173000+0000||||42"
    assert lines[:2] == [b"FHS" + head, b"BHS" + head]
    assert lines[-3:] == [b"BTS|3", b"FTS|1", b""]
    found, problems = split_batch(whole.content)
    assert ([each.rstrip(b"\r") for each in found], problems) == (
        [each.rstrip(b"\r") for each in messages],
        [],
    )


def x12_of(number: int, *, sender: str = "HOSP", lines: int = 1) -> bytes:
    """Return an interchange with one 850."""
    envelope = x12.Envelope(
        set_id="850",
        sender=sender,
        receiver="SUPP",
        interchange_control=number,
        group_control=number,
        at=AT,
    )
    order = [["BEG", "00", "SA", f"PO{number}", "", "20270104"]]
    order += [["PO1", str(n), "1", "EA", "1.00"] for n in range(1, lines + 1)]
    return x12.compose(envelope, [[*order, ["CTT", str(lines)]]])


def test_x12_interchanges_become_one() -> None:
    """One ISA, groups of one kind joined, sets counted anew; other parties go on their own."""
    messages = [x12_of(7), x12_of(8, lines=2), x12_of(9, sender="OTHER"), b"no interchange"]
    numbers = iter((100, 101))
    found, left = gathered(batch_of("x12"), messages, lambda: next(numbers), AT)
    assert [each.members for each in found] == [(0, 1), (2,)]
    assert [(each.member, each.code) for each in left] == [(3, "batch.member")]
    one, problems = x12.parse(found[0].content)
    assert [p.code for p in problems if p.severity == "error"] == []
    assert (one.control_number, one.sender.id) == ("000000100", "HOSP")
    assert [(s.id, s.control_number) for s in one.sets] == [("850", "0001"), ("850", "0002")]
    assert [s.segments[1].element(3) for s in one.sets] == ["PO7", "PO8"]
    assert len(one.groups) == 1
    assert x12.parse(found[1].content)[0].control_number == "000000101"


def test_lines_and_bytes() -> None:
    """A message a line, or one behind the other; what has lines of its own is left out."""
    messages = [b'{"a":1}', b'{"b":2}\n', b"two\nlines"]
    (whole,), left = gathered(batch_of("lines"), messages, lambda: 1, AT)
    assert (whole.content, whole.members) == (b'{"a":1}\n{"b":2}\n', (0, 1))
    assert [each.member for each in left] == [2]
    (plain,), left = gathered(batch_of("none"), messages, lambda: 1, AT)
    assert (plain.content, left) == (b"".join(messages), [])


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=20))
def test_what_is_too_much_goes_into_the_next_one(sizes: list[int]) -> None:
    """In order, none left out, each batch within the bound unless it is one message."""
    messages = [b"x" * size for size in sizes]
    found, left = gathered(batch_of("none", max_bytes=2048), messages, lambda: 1, AT)
    assert left == []
    assert [place for each in found for place in each.members] == list(range(len(sizes)))
    assert all(len(each.content) <= 2048 or len(each.members) == 1 for each in found)


# ---- out of one


def test_an_hl7_batch_comes_apart_complete() -> None:
    """By default for HL7 v2; a wrong count is said with its place."""
    whole = join_batch([hl7(1), hl7(2)], number=1, at=AT)
    pieces = split("hl7v2", "auto", whole)
    assert [b"MSG0000%d" % n in p.content for n, p in enumerate(pieces.each, 1)] == [True, True]
    assert pieces.missing is None
    short = whole.replace(b"BTS|2", b"BTS|3")
    missing = split("hl7v2", "auto", short).missing
    assert missing is not None
    assert (missing.code, missing.path) == ("hl7v2.batch-count", "BTS-1")
    cut = whole[: whole.index(b"BTS")]
    assert split("hl7v2", "auto", cut).missing is not None
    assert len(split("hl7v2", "none", whole).each) == 1


def test_an_x12_interchange_comes_apart_set_by_set() -> None:
    """Each in its own interchange, known by all three control numbers."""
    (whole,), _ = gathered(batch_of("x12"), [x12_of(7), x12_of(8)], lambda: 100, AT)
    pieces = split("x12", "batch", whole.content)
    assert pieces.missing is None
    assert [p.known and p.known.control_id for p in pieces.each] == [
        "000000100/1/0001",
        "000000100/1/0002",
    ]
    for number, piece in enumerate(pieces.each, 7):
        one, problems = x12.parse(piece.content)
        assert [p.code for p in problems if p.severity == "error"] == []
        assert [s.segments[1].element(3) for s in one.sets] == [f"PO{number}"]
    assert [p.content for p in split("x12", "auto", whole.content).each] == [whole.content]
    broken = whole.content.replace(b"GE*2*", b"GE*3*")
    missing = split("x12", "batch", broken).missing
    assert missing is not None and missing.code == "x12.set-count"


def test_an_edifact_interchange_comes_apart_message_by_message() -> None:
    """Released marks are no ends; the count of the interchange is checked."""
    whole = (
        b"UNB+UNOC:3+HOSP:14+SUPP:14+270104:1730+77'"
        b"UNH+1+ORDERS:D:96A:UN'BGM+220+PO1+9'FTX+AAI+++it?'s here'UNT+4+1'"
        b"UNH+2+ORDERS:D:96A:UN'BGM+220+PO2+9'UNT+3+2'UNZ+2+77'"
    )
    pieces = split("edifact", "batch", whole)
    assert pieces.missing is None
    assert [p.known and p.known.control_id for p in pieces.each] == ["77/1", "77/2"]
    first = pieces.each[0].content
    assert first.startswith(b"UNB+UNOC:3+HOSP") and b"it?'s here'UNT+4+1'UNZ+1+77'" in first
    for piece in pieces.each:
        one, problems = edifact.parse(piece.content)
        assert not [p for p in problems if p.code in ("edifact.interchange-count",)]
        assert len(one.messages) == 1
    missing = split("edifact", "batch", whole.replace(b"UNZ+2+", b"UNZ+3+")).missing
    assert missing is not None and missing.code == "edifact.interchange-count"


def test_lines_come_apart() -> None:
    """Blank ones are nothing."""
    pieces = split("raw", "lines", b'{"a":1}\n\n{"b":2}\r\n')
    assert [p.content for p in pieces.each] == [b'{"a":1}', b'{"b":2}']


@given(st.binary(max_size=300))
def test_any_bytes_come_apart_into_something(data: bytes) -> None:
    """Whatever the file is, nothing of it raises and a file is at least one message."""
    for format in ("hl7v2", "x12", "edifact", "raw"):
        assert split(format, "batch", data).each


# ---- in a hub


FLOW = """\
description = "results to the archive"
owner = "integration team"
{top}
[source]
connector = "mllp"
port = {port}
[[step]]
set = {{ "MSH-5" = "ARCHIVE" }}
[[destination]]
name = "archive"
connector = "files"
folder = "out"
batch = {{ envelope = "hl7", {batch} }}
"""


def flow(batch: str, port: int = 0, top: str = "") -> str:
    """Return a flow that gathers."""
    return FLOW.format(batch=batch, port=port, top=top)


def in_files(folder: Path) -> list[list[str]]:
    """Return the control ids of each file, sorted by file number."""
    found = []
    for path in (folder / "out").glob("*.hl7"):
        content = path.read_bytes()
        messages, problems = split_batch(content)
        assert problems == []
        number = int(content.split(b"\r")[0].split(b"|")[10])
        found.append((number, [each.split(b"|")[9].decode() for each in messages]))
    return [ids for _, ids in sorted(found)]


def test_enough_messages_go_without_waiting_and_the_rest_at_its_time(tmp_path: Path) -> None:
    """Each message in one batch, in order; its delivery says which one."""

    async def story() -> None:
        flows: dict[str, str | dict[str, str]] = {"res": flow("max_messages = 3, every_s = 4")}
        async with running_hub(tmp_path, flows) as hub:
            sender = await connect(hub, "res")
            for number in range(1, 6):
                assert await sender.send(hl7(number)) == ("AA", "")
            await until(lambda: (tmp_path / "out").is_dir() and len(in_files(tmp_path)) == 1)
            assert in_files(tmp_path) == [["MSG00001", "MSG00002", "MSG00003"]]
            await until(lambda: len(in_files(tmp_path)) == 2, "the rest at its time")
            assert in_files(tmp_path)[1] == ["MSG00004", "MSG00005"]
            await until(
                lambda: {d.state for d in deliveries(hub)} == {DeliveryState.DELIVERED}, "all"
            )
            first, *_ = arrivals(hub)
            with hub.clinical.read() as reader:
                member, whole = reader.deliveries_of_exchange(first.exchange, 9)
            assert (member.destination, member.code) == ("res.archive.gather", "flow.batched")
            assert (whole.destination, whole.idempotency_key) == (
                "res.archive",
                "batch/res.archive/1",
            )

    asyncio.run(story())


def test_a_cut_off_is_met_by_the_business_clock(tmp_path: Path) -> None:
    """What came before 17:00 goes at 17:00 of the hospital's clock, over a restart."""
    batch = 'cut_off = ["17:00"], timezone = "America/Chicago"'

    def clock(text: str) -> str:
        real = datetime.now(UTC).isoformat()
        return f"[clock]\nepoch = {text}:00Z\nrate = 1.0\nstart = {real}\n"

    async def story() -> None:
        flows: dict[str, str | dict[str, str]] = {"res": flow(batch)}
        async with running_hub(tmp_path, flows, clock("2027-01-04T22:30")) as hub:
            sender = await connect(hub, "res")
            for number in range(1, 4):
                assert await sender.send(hl7(number)) == ("AA", "")
            await asyncio.sleep(1.2)
            assert not (tmp_path / "out").exists()
            assert {d.state for d in deliveries(hub)} == {DeliveryState.WAITING}
        async with running_hub(tmp_path, {}, clock("2027-01-04T23:00")):
            await until(lambda: (tmp_path / "out").is_dir() and in_files(tmp_path))
        assert in_files(tmp_path) == [["MSG00001", "MSG00002", "MSG00003"]]

    asyncio.run(story())


def test_a_destination_without_its_batch_gets_what_waited_one_by_one(tmp_path: Path) -> None:
    """Taking the batch out of a flow strands nothing."""

    async def story() -> None:
        async with running_hub(tmp_path, {"res": flow("every_s = 3600")}) as hub:
            sender = await connect(hub, "res")
            for number in range(1, 4):
                await sender.send(hl7(number))
            text = flow("every_s = 3600")
            plain = text[: text.index("batch = {")]
            deployed_flows(tmp_path, {"res": plain})
            await hub.flows.reload()
            await until(lambda: len(list((tmp_path / "out").glob("*.hl7"))) == 3, "three files")
            assert all(path.read_bytes()[:3] == b"MSH" for path in (tmp_path / "out").glob("*.hl7"))

    asyncio.run(story())


@pytest.mark.processes
def test_a_hub_that_is_killed_puts_each_message_into_one_batch(tmp_path: Path) -> None:
    """kill -9 while batches are formed and written: all acknowledged ones, each once."""
    port = free_port()
    config = settings_in(tmp_path)
    deployed_flows(tmp_path, {"res": flow("max_messages = 4, every_s = 0.2", port)})

    async def run() -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "suture", "run", "--config", str(config)),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), START_S)
        return process

    async def story() -> None:
        feeds = [Feed(port, lane) for lane in (1, 2, 3)]
        tasks = [asyncio.create_task(feed.run(10)) for feed in feeds]
        for pause_s in (0.7, 0.9):
            process = await run()
            await asyncio.sleep(pause_s)
            process.send_signal(signal.SIGKILL)
            await process.wait()
        process = await run()
        for feed in feeds:
            feed.is_over = True
        await asyncio.gather(*tasks)
        sent = {f"MSG{number:05}" for feed in feeds for number in feed.acknowledged}

        def got() -> list[str]:
            return [each for ids in in_files(tmp_path) for each in ids]

        await until(lambda: (tmp_path / "out").is_dir() and sent <= set(got()), "everything")
        assert sorted(got()) == sorted(sent), "each in one batch"
        process.send_signal(signal.SIGTERM)
        await process.wait()

    asyncio.run(story())


TAKE = """\
description = "orders by file"
owner = "integration team"
format = "hl7v2"
[source]
connector = "files"
folder = "in"
poll_s = 0.05
{more}
[[destination]]
name = "on"
connector = "files"
folder = "out"
"""


def test_a_file_with_a_wrong_count_is_refused_as_a_whole(tmp_path: Path) -> None:
    """Nothing of it is taken, an audit row says why; `take` takes it with the same row."""
    short = join_batch([hl7(1), hl7(2)], number=1, at=AT).replace(b"BTS|2", b"BTS|3")

    async def story() -> None:
        flows: dict[str, str | dict[str, str]] = {"orders": TAKE.format(more="")}
        async with running_hub(tmp_path, flows) as hub:
            (tmp_path / "in").mkdir(exist_ok=True)
            (tmp_path / "in" / "a.hl7").write_bytes(short)
            await until(lambda: (tmp_path / "in" / "done" / "a.hl7").exists(), "moved away")
            assert arrivals(hub) == []
            with hub.clinical.read() as reader:
                (refused,) = reader.refusals(9)
            assert (refused.code, refused.path) == ("hl7v2.batch-count", "BTS-1")
            more = 'incomplete = "take"'
            deployed_flows(tmp_path, {"orders": TAKE.format(more=more)})
            await hub.flows.reload()
            (tmp_path / "in" / "b.hl7").write_bytes(short)
            await until(lambda: len(arrivals(hub)) == 2, "both messages")
            with hub.clinical.read() as reader:
                assert [r.code for r in reader.refusals(9)] == ["hl7v2.batch-count"] * 2

    asyncio.run(story())


# ---- what lint refuses


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'connector = "files"\nfolder = "out"',
            'connector = "mllp"\nhost = "h"\nport = 1',
            "single messages",
        ),
        ("every_s = 60", 'every_s = 60, cut_off = ["17:00"]', "one of"),
        ("every_s = 60", "max_messages = 5", "one of"),
        ("every_s = 60", 'cut_off = ["25:00"]', "pattern"),
        ("every_s = 60", 'cut_off = ["17:00"], timezone = "Chicago"', "America/Chicago"),
        ("#top", 'ack = "on_delivered"', "window"),
        ("#top", 'timing = "event"', "event"),
        ("#top", 'timing = "async"\nack = "on_stored"', ""),
        ("#top", 'timing = "sync"', "sync"),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    """A window where somebody waits, envelopes and places that do not fit (spec 2.0.4)."""
    text = flow("every_s = 60", top="#top")
    assert old in text
    linted = lint([write_flow(tmp_path, "res", text.replace(old, new))])
    texts = [f"{each.text} {each.suggestion}" for each in linted.findings if not each.is_warning]
    assert any(said in each for each in texts) if said else texts == [], texts


def test_a_class_and_a_window_are_explained(tmp_path: Path) -> None:
    """In words, for the person who reads the flow."""
    text = flow('cut_off = ["17:00"], timezone = "Europe/Berlin"', top='timing = "batch"')
    (sound,) = lint([write_flow(tmp_path, "res", text)]).flows
    said = "\n".join(explained(sound))
    assert "class batch: it may wait for its window" in said
    assert "together as hl7, at 17:00 Europe/Berlin or when there are 500" in said


def test_a_member_that_fits_no_envelope_is_refused() -> None:
    """It is the only one that does not go."""
    found, left = gathered(batch_of("hl7"), [hl7(1), b"{}"], lambda: 1, AT)
    assert (found[0].members, [each.code for each in left]) == ((0,), ["batch.member"])
