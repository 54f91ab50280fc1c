"""The generated health system: same bytes everywhere, independent entities, safe identifiers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suture.canonical.master import load_master
from suture.simulation.generator import CI, generate, write
from suture.simulation.generator.check_digit import gln, gtin14, npi, sscc
from suture.simulation.generator.stream import Stream, choose
from suture.simulation.generator.write import canonical_json, encode


def digest(seed: int) -> str:
    return sha256(b"".join(encode(generate(seed)).values())).hexdigest()


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Two runs of one seed are byte-equal; another seed differs."""
    assert digest(7) == digest(7)
    assert digest(7) != digest(8)


def test_streams_do_not_depend_on_the_machine() -> None:
    """The first draws of a stream are fixed numbers: sha256, no library distribution."""
    stream = Stream(1, "surgeon/ortho/07/cards")
    first = int.from_bytes(sha256(b"1/surgeon/ortho/07/cards#0").digest()[:8], "big")
    second = int.from_bytes(sha256(b"1/surgeon/ortho/07/cards#1").digest()[:8], "big")
    assert [stream.below(1000), stream.below(7)] == [first % 1000, second % 7]


@given(st.integers(min_value=1, max_value=10**9), st.text(max_size=20))
def test_a_draw_stays_below_its_bound(bound: int, path: str) -> None:
    """`below` gives an integer in [0, bound)."""
    assert 0 <= Stream(3, path).below(bound) < bound


def test_a_bound_below_one_is_refused() -> None:
    """There is no integer below zero choices."""
    with pytest.raises(ValueError):
        Stream(1, "x").below(0)


def test_a_new_option_moves_only_those_who_choose_it() -> None:
    """`choose` is stable: whoever does not pick the new option keeps the old one."""
    options = ["a", "b", "c"]
    for number in range(50):
        before = choose(1, f"case/{number}", options)
        after = choose(1, f"case/{number}", [*options, "d"])
        assert after in (before, "d")


def test_an_added_entity_never_shifts_others() -> None:
    """More items, cards and cases leave the rows that were there untouched (spec 7.1)."""
    small = generate(5)
    more = replace(CI, items=CI.items + 20, cases=CI.cases + 30, suppliers=CI.suppliers)
    large = generate(5, scale=more)
    for path, key in (
        ("master/items.json", "key"),
        ("master/suppliers.json", "key"),
        ("master/cards.json", "card"),
        ("schedule.json", "case_number"),
    ):
        found = {row[key]: row for row in large.rows(path)}
        assert all(found[row[key]] == row for row in small.rows(path)), path
    assert len(large.rows("master/items.json")) == len(small.rows("master/items.json")) + 20


def test_the_ci_profile_has_its_scale() -> None:
    """Two facilities, 6 rooms, 300 items, 12 suppliers, 20 contracts, 24 cards, 200 cases."""
    data = generate(1)
    rooms = [row for row in data.rows("master/locations.json") if row["type"] == "OR"]
    contracts = {row["contract"] for row in data.rows("master/contracts.json")}
    surgeons = {row["surgeon"] for row in data.rows("master/cards.json")}
    gtins = [p["gtin"] for row in data.rows("master/items.json") for p in row["packaging"]]
    assert (len(rooms), len({r["facility"] for r in rooms})) == (6, 2)
    assert len(data.rows("master/items.json")) == 300
    assert len(data.rows("master/suppliers.json")) == 12
    assert (len(contracts), len(surgeons)) == (20, 8)
    assert len(data.rows("master/cards.json")) == 24
    assert len(data.rows("schedule.json")) == 200
    assert len(set(gtins)) == len(gtins) > 600


def test_every_card_item_is_bought_by_x12_or_cxml() -> None:
    """Card items have a contract line with one of the two connected suppliers."""
    data = generate(2)
    items = {s: row["key"] for row in data.rows("master/items.json") for s in row["ehr_ids"]}
    supplier = {row["item"]: row["supplier"] for row in data.rows("master/contracts.json")}
    for card in data.rows("master/cards.json"):
        assert 5 <= len(card["lines"]) <= 9
        for line in card["lines"]:
            assert supplier[items[line["ehr_supply_id"]]] in ("SUP-9001", "SUP-9002")


def test_the_master_files_load_without_a_problem(tmp_path: Path) -> None:
    """The hub's own loader accepts every generated master row."""
    write(generate(3), tmp_path)
    records, problems = load_master(tmp_path / "master")
    assert problems == []
    assert len(records) > 1000


def test_the_manifest_names_every_file_with_its_digest(tmp_path: Path) -> None:
    """The manifest's digests are those of the files on disk."""
    written = write(generate(1), tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert set(manifest["sha256"]) == set(written) - {"manifest.json"}
    for path, value in manifest["sha256"].items():
        assert sha256((tmp_path / path).read_bytes()).hexdigest() == value


def test_identifiers_are_synthetic_and_check() -> None:
    """Check digits follow spec 3.10, prefixes are those nobody owns."""
    assert gtin14(0, 1, 101) == "09521001001014"
    assert gln(100000000) == "9521000000001"
    assert gln(100000102) == "9521000001022"
    assert gln(100900001) == "9521009000019"
    assert sscc(1) == "095210090000000019"
    assert [npi(1), npi(2), npi(3)] == ["9000000015", "9000000023", "9000000031"]


def test_patients_are_recognisable_as_synthetic() -> None:
    """MRNs begin with SYN and family names with SYNTH, so that a leak is easy to find."""
    for row in generate(4).rows("schedule.json"):
        assert row["patient"]["mrn"].startswith("SYN")
        assert row["patient"]["family"].startswith("SYNTH")


def test_canonical_json_has_one_form() -> None:
    """Keys are sorted, nothing is padded, NaN is refused."""
    assert canonical_json({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}\n'.encode()
    with pytest.raises(ValueError):
        canonical_json(float("nan"))


def test_an_unknown_profile_is_refused() -> None:
    """Only shipped profiles generate."""
    with pytest.raises(ValueError):
        generate(1, "full")


def test_the_start_moves_everything() -> None:
    """Cases and contracts lie around the given first day."""
    data = generate(1, start=date(2028, 3, 6))
    assert min(row["start"] for row in data.rows("schedule.json")) >= "2028-03-06"
    assert data.rows("master/contracts.json")[0]["valid_from"] == "2027-01-01"
