"""`suture invoice`: what an analyst reads and does from the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest_world import build, close
from door import TOKEN, call
from stage import order, receive_order, syntho
from wire import x810

from suture.cli import invoice_commands
from suture.cli.main import cli
from suture.testing.world import World


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give a hub with an invoice that is billed too high; the commands ask it without a socket."""
    made = build(tmp_path)
    order(made)
    receive_order(made)
    syntho(made, "810", "IN", x810(price="1493.50"), 203)

    def asked(_: Path, method: str, path: str, body: Any = None, *, once: str = "") -> Any:
        answer = call(made, f"/api/v1{path}", method=method, token=TOKEN, json=body, once=once)
        made.settle()
        return answer.json() if answer.status_code < 400 else None

    monkeypatch.setattr(invoice_commands, "asked", asked)
    yield made
    close(made)


def run(*arguments: str) -> tuple[int, str]:
    """Run `suture invoice ...`; return exit code and output."""
    result = CliRunner().invoke(cli, ["invoice", *arguments])
    return result.exit_code, result.output


@pytest.mark.usefixtures("hub")
def test_an_analyst_reads_what_blocks_and_releases_it() -> None:
    """List, show, release, show: the exit codes say whether it was taken."""
    code, text = run("list", "--state", "EXCEPTION")
    assert code == 0
    assert text.startswith("EXCEPTION         SUP-9001 INV-77123 1493.50 USD  (contract analyst: ")
    code, text = run("show", "INV-77123", "--supplier", "SUP-9001")
    assert code == 0
    assert "ordered 1 EA, received 1 EA, billed 1493.50, expected 1450.00" in text
    assert "invoice.price (contract analyst)" in text
    deed = ("release", "INV-77123", "--by", "dan", "--reason", "amendment 7", "--once", "k1")
    assert run(*deed) == (0, "taken\n")
    assert run(*deed) == (0, "was taken before\n")
    assert "payment expected 2027-02-09" in run("show", "INV-77123")[1]
    assert run("show", "NONE")[0] == 1
    assert run("reject", "INV-77123", "--by", "dan", "--reason", "late")[0] == 1
