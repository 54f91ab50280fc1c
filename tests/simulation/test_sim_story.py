"""The scripted story: complete, consistent with its data, independent of the seed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from suture.simulation.generator import generate
from suture.simulation.generator.storyline import BY_KEY, CASES, COMMON
from suture.simulation.model.ehr import EhrModel
from suture.simulation.model.supplier import behaviour_of
from suture.simulation.story import Story, build_story, write_story

SCRIPTED = {case.number for case in CASES}


def story(seed: int = 1) -> Story:
    dataset = generate(seed)
    return build_story(dataset, dataset.start)


def test_the_scripted_part_is_the_same_on_every_seed() -> None:
    """Rules and expectations do not depend on chance; nor do the scripted actions' times."""
    one, two = story(1), story(2)
    assert (one.rules, one.expected, one.ends_at) == (two.rules, two.expected, two.ends_at)
    times = [
        [
            (r["at"], r["action"], r["case_number"])
            for r in s.scenario
            if r["case_number"] in SCRIPTED
        ]
        for s in (one, two)
    ]
    assert times[0] == times[1]


def test_the_story_spans_at_most_eight_days() -> None:
    """From 2027-01-04 08:00 local to the eighth morning."""
    told = story()
    first = datetime.fromisoformat(told.scenario[0]["at"])
    assert first.isoformat() == "2027-01-04T14:00:00+00:00"
    assert told.ends_at - first < timedelta(days=8)
    assert datetime.fromisoformat(told.scenario[-1]["at"]) < told.ends_at


def test_scripted_cases_start_in_the_window() -> None:
    """2027-01-07 to 2027-01-11, 07:30 to 15:00 local."""
    cases = {r["case_number"]: r["case"] for r in story().scenario if r["action"] == "book"}
    for number in SCRIPTED:
        start = datetime.fromisoformat(cases[number]["start"])
        assert "2027-01-07" <= start.date().isoformat() <= "2027-01-11"
        assert "07:30" <= start.strftime("%H:%M") <= "15:00"


def test_each_scripted_case_has_items_of_its_own() -> None:
    """No item that matters is shared, so no outcome depends on another case."""
    own = [item for case in CASES for item, _, _ in case.lines]
    assert len(own) == len(set(own))
    assert not set(own) & set(COMMON)
    dataset = generate(1)
    scripted = {case.card for case in CASES}
    general = [card for card in dataset.rows("master/cards.json") if card["card"] not in scripted]
    supplies = {line["ehr_supply_id"] for card in general for line in card["lines"]}
    assert not supplies & {f"SUP{item.removeprefix('ITM-')}" for item in own}


def test_what_is_short_has_no_stock_and_what_is_not_has() -> None:
    """Opening stock agrees with what the expectation says is bought."""
    dataset = generate(1)
    on_hand: dict[str, int] = {}
    for row in dataset.rows("stock.json"):
        count = sum(int(lot["quantity"]) for lot in row["lots"])
        on_hand[row["item"]] = on_hand.get(row["item"], 0) + count
    for case in story().expected["cases"]:
        bought = {row["item"] for row in case["bought"]}
        for line in case["lines"]:
            assert (on_hand[line["item"]] == 0) == (line["item"] in bought), line["item"]


def test_the_expectation_covers_every_scripted_case_and_line() -> None:
    """Seven cases, each card line with its end state, each bought item with its counts."""
    told = story()
    cards = {c["card"]: c for c in generate(1).rows("master/cards.json")}
    assert [case["case_number"] for case in told.expected["cases"]] == [c.number for c in CASES]
    for case in told.expected["cases"]:
        wanted = {line["ehr_supply_id"] for line in cards[case["card"]]["lines"]}
        assert {f"SUP{x['item'].removeprefix('ITM-')}" for x in case["lines"]} == wanted
    families = [e["family"] for case in told.expected["cases"] for e in case["exceptions"]]
    assert ["PRICE"] in families


def test_usage_reports_lots_that_lie_on_the_shelf() -> None:
    """Each reported device is a unit of the opening stock of that hospital."""
    dataset = generate(1)
    units = {
        (row["item"], lot["lot"], lot["serial"])
        for row in dataset.rows("stock.json")
        for lot in row["lots"]
        if "serial" in lot
    }
    told = build_story(dataset, dataset.start)
    reported = [i for r in told.scenario for i in r.get("items", []) if i.get("serial")]
    assert len(reported) >= 4
    assert all((x["item"], x["lot"], x["serial"]) in units for x in reported)
    usage = next(r for r in told.scenario if r["action"] == "usage" and r["case_number"] == "88101")
    assert {x["item"] for x in usage["items"]} >= {"ITM-100200", "ITM-100201"}


def test_the_rules_are_understood_and_name_story_items() -> None:
    """Every rule parses and matches an item of a scripted case."""
    for rules in story().rules.values():
        for rule in rules:
            behaviour_of(rule)
            assert rule["match"]["item"] in BY_KEY


def test_the_ehr_can_render_the_whole_scenario() -> None:
    """Every action becomes one message, in order of time."""
    told = story()
    model = EhrModel(told.scenario)
    model.tick(told.ends_at)
    while owed := model.next_message(told.ends_at):
        assert model.acknowledged("CA", owed.control_id, told.ends_at)
    assert model.is_done
    assert model.view()["acked"] == len(told.scenario) > 60
    booked = sum(row["action"] == "book" for row in told.scenario)
    assert booked == len(CASES) + 20


def test_the_files_are_written_canonically(tmp_path: Path) -> None:
    """scenario, expected and one rules file per connected supplier."""
    written = write_story(story(), tmp_path)
    assert sorted(written) == [
        "story/expected.json",
        "story/rules-SUP-9001.json",
        "story/rules-SUP-9002.json",
        "story/scenario.json",
    ]
    assert json.loads((tmp_path / "story/expected.json").read_bytes())["cases"]
