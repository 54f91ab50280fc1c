"""`suture flow` as a stranger uses it: exit codes, what is said, what is left alone."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result
from flow_files import scaffold, write_flow
from flow_hub import connect, deliveries, flow_text, hl7, peer, running_hub, settings_in, until

from suture.assembly.flows.store import current_version
from suture.cli.main import cli
from suture.core.refusal import MisconfiguredError

PACKS = Path(__file__).parents[2] / "packs"


def suture(*arguments: str | Path) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, [str(each) for each in arguments])


def test_a_new_flow_passes_what_it_is_given_to(tmp_path: Path) -> None:
    """Made, linted, tested, explained, drawn; a second one of the name is refused."""
    assert suture("flow", "new", "adt-to-lab", "--in", tmp_path).exit_code == 0
    assert "1 flows, 1 sound" in suture("flow", "lint", tmp_path).output
    assert "2 passed, 0 failed" in suture("flow", "test", tmp_path).output
    assert "look PV1-3.1 up in wards" in suture("flow", "explain", tmp_path / "adt-to-lab").output
    assert suture("flow", "graph", tmp_path).output.startswith("flowchart LR")
    again = suture("flow", "new", "adt-to-lab", "--in", tmp_path)
    assert isinstance(again.exception, MisconfiguredError)
    assert again.exception.code == "flow.exists"


@pytest.mark.parametrize("name", ["Upper", "../up", "a b", ""])
def test_a_name_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    """It would be a folder, a label and part of an address."""
    result = suture("flow", "new", name, "--in", tmp_path)
    assert isinstance(result.exception, MisconfiguredError) and not list(tmp_path.iterdir())


def test_lint_prints_json_for_scripts(tmp_path: Path) -> None:
    """And says by its exit code whether something is wrong."""
    scaffold(tmp_path, order_by="orderby")
    result = suture("flow", "lint", "--json", tmp_path)
    (found,) = json.loads(result.output)
    assert result.exit_code == 1
    assert (found["code"], found["line"], found["severity"]) == ("flow.unknown-key", 5, "error")


def test_a_message_is_explained(tmp_path: Path) -> None:
    """Each step with the field it changed."""
    folder = scaffold(tmp_path).folder
    result = suture("flow", "explain", folder, folder / "tests/admission/in.hl7")
    assert "~ PV1[1]-3.1: NORTH2 -> N2" in result.output


def test_a_failing_test_stops_a_deployment(tmp_path: Path) -> None:
    """Nothing is deployed, and the reason is told."""
    config = settings_in(tmp_path / "hub")
    bundle = scaffold(tmp_path / "flows")
    (bundle.folder / "tests/admission/out.lab.hl7").write_bytes(b"MSH|^~\\&|OTHER\r")
    result = suture("flow", "deploy", "--config", config, tmp_path / "flows")
    assert result.exit_code == 1 and "nothing was deployed" in result.output
    assert current_version(tmp_path / "hub" / "stores", "adt-to-lab") == ""


def test_a_deployment_is_seen_by_diff_and_taken_back(tmp_path: Path) -> None:
    """Before it everything is new, after it nothing; removed, everything again."""
    config = settings_in(tmp_path / "hub")
    bundle = scaffold(tmp_path / "flows")
    assert suture("flow", "diff", "--config", config, tmp_path / "flows").exit_code == 1
    result = suture("flow", "deploy", "--config", config, tmp_path / "flows")
    assert result.exit_code == 0 and "takes effect when it starts" in result.output
    assert f"{bundle.version} deployed" in result.output
    unchanged = suture("flow", "diff", "--config", config, tmp_path / "flows")
    assert (unchanged.exit_code, unchanged.output) == (0, "nothing would change\n")
    assert "deployed already" in suture("flow", "deploy", "--config", config, bundle.folder).output
    assert suture("flow", "remove", "--config", config, "adt-to-lab").exit_code == 0
    assert suture("flow", "diff", "--config", config, tmp_path / "flows").exit_code == 1
    gone = suture("flow", "remove", "--config", config, "adt-to-lab")
    assert isinstance(gone.exception, MisconfiguredError)


def test_a_deployment_is_linted_with_what_runs(tmp_path: Path) -> None:
    """A port that a deployed flow has is not given to another one."""
    config = settings_in(tmp_path / "hub")
    text = flow_text(6662).replace("port = 0", "port = 6000")
    write_flow(tmp_path / "one", "one", text)
    write_flow(tmp_path / "two", "two", text)
    assert suture("flow", "deploy", "--config", config, tmp_path / "one").exit_code == 0
    result = suture("flow", "deploy", "--config", config, tmp_path / "two")
    assert result.exit_code == 1 and "flow.endpoint-shared" in result.output


def test_a_running_hub_takes_over_and_is_asked(tmp_path: Path) -> None:
    """deploy, list, messages, pause, resume, replay, over the interface with the token."""

    async def story() -> None:
        async with peer() as lab, running_hub(tmp_path, {}) as hub:
            config = tmp_path / "hub.toml"
            write_flow(tmp_path / "mine", "adt", flow_text(lab.port))

            async def ask(*arguments: str | Path) -> Result:
                return await asyncio.to_thread(suture, *arguments, "--config", config)

            result = await ask("flow", "deploy", tmp_path / "mine")
            assert "running adt: version" in result.output, result.output
            assert "-> adt.lab open" in (await ask("flow", "list")).output
            sender = await connect(hub, "adt")
            assert await sender.send(hl7(1)) == ("AA", "")
            await until(lambda: len(lab.got) == 1)
            shown = (await ask("messages", "--endpoint", "adt")).output
            assert "adt hl7v2 MSG00001 AA translated" in shown
            exchange = (await ask("messages", "--control-id", "MSG00001", "--exchange")).output
            assert (await ask("pause", "adt.lab")).exit_code == 0
            assert "paused" in (await ask("flow", "list")).output
            assert (await ask("replay", exchange.strip())).exit_code == 0
            assert (await ask("resume", "adt.lab")).exit_code == 0
            await until(lambda: len(lab.got) == 2)
            assert (await ask("messages", "--control-id", "NONE")).exit_code == 1
            assert (await ask("messages", "--until", "2020-01-01")).exit_code == 1
            assert "MSG00001" in (await ask("messages", "--since", "2020-01-01")).output
            dry = await ask("replay", "--endpoint", "adt", "--dry-run")
            assert "would replay adt MSG00001" in dry.output and "1 would be replayed" in dry.output
            assert (await ask("replay", "--code", "flow.filtered")).exit_code == 1
            assert isinstance((await ask("replay")).exception, MisconfiguredError)
            again = await ask("replay", "--endpoint", "adt", "--rate", "100")
            assert "1 replayed" in again.output
            await until(lambda: len(lab.got) == 3)
            assert (await ask("replay", "nothing")).exit_code == 1
            assert (await ask("pause", "adt.lab")).exit_code == 0
            assert await sender.send(hl7(7)) == ("AA", "")
            late = await ask("drain", "adt", "--timeout", "0.3")
            assert late.exit_code == 1 and "adt: 1 did not end in time" in late.output
            assert (await ask("resume", "adt.lab")).exit_code == 0
            drained = await ask("drain", "adt")
            assert drained.exit_code == 0 and "adt is drained" in drained.output
            assert " paused" in (await ask("flow", "list")).output and hub.flows.addresses == {}
            assert (await ask("drain", "nobody")).exit_code == 1
            assert (await ask("resume", "adt")).exit_code == 0
            assert (await ask("pause", "no.where")).exit_code == 1
            assert "adt: removed" in (await ask("flow", "remove", "adt")).output

    asyncio.run(story())


@pytest.mark.parametrize("pack", ["hl7-adt", "hl7-results", "orders-by-file", "results-by-night"])
def test_the_shipped_packs_are_sound_and_pass(pack: str) -> None:
    """Each brings its tests, and they hold (S157)."""
    folder = PACKS / pack / "flows"
    assert suture("flow", "lint", folder).exit_code == 0
    result = suture("flow", "test", folder)
    assert result.exit_code == 0 and " 0 failed" in result.output
    assert "passed" in result.output and not result.output.startswith("0 passed")


def test_messages_are_found_by_what_their_flow_indexes(tmp_path: Path) -> None:
    """By one entry, by two, within bounds; by command and interface; values are kept nowhere."""
    top = 'index = { patient = "PID-3.1", ward = "PV1-3.1" }'

    async def story() -> None:
        async with (
            peer() as lab,
            running_hub(tmp_path, {"adt": flow_text(lab.port, top=top)}) as hub,
        ):
            config = tmp_path / "hub.toml"

            async def ask(*arguments: str) -> Result:
                return await asyncio.to_thread(suture, "messages", *arguments, "--config", config)

            sender = await connect(hub, "adt")
            for number in range(6):
                content = hl7(number, patient=f"SYNPAT{number % 2}")
                if number == 4:
                    content = content.replace(b"NORTH2", b"SOUTH1")
                assert await sender.send(content) == ("AA", "")
            shown = (await ask("--meta", "patient=SYNPAT0")).output
            numbers = [line.split()[4] for line in shown.splitlines()]
            assert numbers == ["MSG00004", "MSG00002", "MSG00000"]
            both = await ask("--meta", "patient=SYNPAT0", "--meta", "ward=SOUTH1")
            assert "MSG00004" in both.output and len(both.output.splitlines()) == 1
            assert (await ask("--meta", "patient=SYNPAT0", "--endpoint", "other")).exit_code == 1
            assert isinstance((await ask("--meta", "x")).exception, MisconfiguredError)
            async with httpx.AsyncClient() as client:
                host, port = hub.addresses["console"]
                url = f"http://{host}:{port}/api/v1/messages/search"
                body = {"meta": {"patient": "SYNPAT1"}, "limit": 2}
                assert (await client.post(url, json=body)).status_code == 401
                token = (tmp_path / "stores" / "api.token").read_text("ascii").strip()
                headers = {"authorization": f"Bearer {token}"}
                told = (await client.post(url, json=body, headers=headers)).json()
                assert [m["control_id"] for m in told["clinical"]] == ["MSG00005", "MSG00003"]
        for path in (tmp_path / "stores").glob("clinical.db*"):
            assert b"SYNPAT" not in path.read_bytes()

    asyncio.run(story())


def test_given_up_messages_are_sent_again_by_code_and_number(tmp_path: Path) -> None:
    """Dry first, one by its exchange, the rest at a rate; another destination's are left alone."""

    async def story() -> None:
        async with peer() as lab, peer() as other:
            flows: dict[str, str | dict[str, str]] = {
                "adt": flow_text(lab.port),
                "bed": flow_text(other.port),
            }
            lab.verdict = other.verdict = lambda _: "AR"
            async with running_hub(tmp_path, flows) as hub:
                config = tmp_path / "hub.toml"

                async def ask(*arguments: str) -> Result:
                    return await asyncio.to_thread(
                        suture, "redeliver", *arguments, "--config", config
                    )

                for flow in ("bed", "adt"):
                    sender = await connect(hub, flow)
                    for number in range(4):
                        await sender.send(hl7(number, patient=f"SYN{number}"))
                await until(lambda: len(lab.got) == 4 and len(other.got) == 4, "refusals")
                await until(
                    lambda: {d.state.value for d in deliveries(hub)} == {"refused"}, "settled"
                )
                lab.verdict = other.verdict = lambda _: "AA"
                dry = (await ask("adt.lab", "--dry-run")).output.splitlines()
                assert dry[-1] == "4 would be sent again" and len(dry) == 5
                one = await ask("adt.lab", "--exchange", dry[1].split()[-1])
                assert one.output.splitlines()[-1] == "1 sent again"
                await until(lambda: len(lab.got) == 5, "one")
                assert (await ask("adt.lab", "--code", "other.code")).exit_code == 1
                rest = await ask("adt.lab", "--code", "hl7v2.ack-reject", "--rate", "50")
                assert rest.output.splitlines()[-1] == "3 sent again"
                await until(lambda: len(lab.got) == 8, "the rest")
                assert len(other.got) == 4

    asyncio.run(story())


def test_what_waits_and_what_was_given_up_is_shown(tmp_path: Path) -> None:
    """lanes and dead, with exit codes and as JSON; no line holds what a message holds."""

    async def story() -> None:
        async with peer() as lab, peer() as other:
            retry = "retry = { first_s = 0.1, longest_s = 0.2 }"
            flows: dict[str, str | dict[str, str]] = {
                "adt": flow_text(lab.port, lab=retry),
                "bed": flow_text(other.port),
            }
            other.verdict = lambda _: "AR"
            async with running_hub(tmp_path, flows) as hub:
                config = tmp_path / "hub.toml"

                async def ask(*arguments: str) -> Result:
                    return await asyncio.to_thread(suture, *arguments, "--config", config)

                assert (await ask("lanes")).output == "nothing waits\n"
                assert (await ask("dead")).exit_code == 0
                await hub.flows.pause("adt.lab", is_paused=True)
                sender = await connect(hub, "adt")
                for number in range(3):
                    await sender.send(hl7(number, patient=f"SYNPAT{number % 2}"))
                bed = await connect(hub, "bed")
                await bed.send(b"MSG|nothing\r")
                await bed.send(hl7(9, patient="SYNPAT9"))
                await until(lambda: other.got, "a refusal")
                shown = (await ask("lanes")).output.splitlines()
                assert "adt.lab  3 waiting in 2 lanes" in shown[0] and "paused" in shown[0]
                told = json.loads((await ask("lanes", "--json")).output)
                assert [one["waiting"] for one in told["lanes"]] == [3, 0]
                await until(lambda: deliveries(hub)[-1].state.value == "refused", "settled")
                gone = await ask("dead")
                assert gone.exit_code == 1
                assert "bed.lab flow refused hl7v2.ack-reject after 1" in gone.output
                assert "suture redeliver bed.lab" in gone.output
                assert (await ask("dead", "--destination", "adt.lab")).exit_code == 0
                told = json.loads((await ask("dead", "--json")).output)
                assert [one["destination"] for one in told["dead"]] == ["bed.lab"]
                assert "SYNPAT" not in gone.output + "".join(shown)

    asyncio.run(story())


@pytest.mark.processes
@pytest.mark.parametrize("only_errors", [False, True])
def test_a_tail_follows_what_comes(tmp_path: Path, only_errors: bool) -> None:
    """Messages and refusals as they come, or refusals alone; a process of its own, as in life."""

    async def story() -> None:
        async with peer() as lab, running_hub(tmp_path, {"adt": flow_text(lab.port)}) as hub:
            words = [sys.executable, "-m", "suture", "tail", "--config", str(tmp_path / "hub.toml")]
            words += ["--count", "4", *(["--errors"] if only_errors else [])]
            tailing = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
            sender = await connect(hub, "adt")
            number = 0
            while tailing.returncode is None and number < 300:
                number += 1
                await sender.send(hl7(number, patient="SYNPAT1"))
                await sender.send(b"MSG|nothing\r")
                await asyncio.sleep(0.1)
            assert tailing.stdout is not None
            lines = (await tailing.stdout.read()).decode().splitlines()
            assert len(lines) == 4 and not any("SYNPAT" in line for line in lines)
            refused = ["clinical adt refused hl7v2." in line for line in lines]
            assert all(refused) if only_errors else not all(refused)
            if not only_errors:
                assert any("AA translated" in line for line in lines)

    asyncio.run(story())
