"""The unit and the image run what exists, as nobody special, and their page says the same."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from suture.cli.main import cli

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "deploy" / "suture.service"
IMAGE = ROOT / "deploy" / "Containerfile"


def unit() -> configparser.ConfigParser:
    """Read the unit; an entry that stands twice is an error."""
    found = configparser.ConfigParser(interpolation=None, strict=True)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(UNIT.read_text("utf-8"))
    return found


def test_the_unit_starts_commands_that_exist() -> None:
    """Each is a command of ours with an option it has."""
    service = unit()["Service"]
    for name in ("ExecStart", "ExecStartPre"):
        program, command, option, path = service[name].split()
        assert Path(program).name == "suture" and path.endswith("hub.toml")
        shown = CliRunner().invoke(cli, [command, "--help"])
        assert shown.exit_code == 0 and option in shown.output


def test_the_unit_gives_nothing_away() -> None:
    """An own user, no new rights, a state folder for itself, a restart that ends."""
    found = unit()
    service = found["Service"]
    assert service["User"] not in ("root", "")
    assert service["NoNewPrivileges"] == "yes" and service["CapabilityBoundingSet"] == ""
    assert service["ProtectSystem"] == "strict" and service["StateDirectoryMode"] == "0700"
    assert service["Restart"] == "on-failure" and int(found["Unit"]["StartLimitBurst"]) > 0


def test_the_template_is_the_unit_with_a_role() -> None:
    """`suture@work` differs from the unit in its role alone; the role is one the command has."""

    def lines(name: str) -> list[str]:
        text = (ROOT / "deploy" / name).read_text("utf-8")
        return [line for line in text.splitlines() if not line.startswith("#")]

    changed = [
        (one, other)
        for one, other in zip(lines("suture.service"), lines("suture@.service"), strict=True)
        if one != other
    ]
    assert all(other in (f"{one}: %i", f"{one} --role %i") for one, other in changed)
    assert len(changed) == 2
    shown = CliRunner().invoke(cli, ["run", "--help"])
    assert "--role [all|listen|work|web]" in shown.output


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """Where systemd is, it finds nothing to object to but the missing program."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not on this machine")
    copy = tmp_path / "suture.service"
    text = re.sub(r"/opt/suture/bin/suture", "/bin/true", UNIT.read_text("utf-8"))
    copy.write_text(re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE), "utf-8")
    done = subprocess.run(
        [program, "verify", str(copy)], capture_output=True, text=True, timeout=60, check=False
    )
    said = [line for line in done.stderr.splitlines() if "suture.service" in line]
    assert not said, said


def test_the_image_is_built_from_what_is_here_and_runs_as_nobody_special() -> None:
    """Every copied path exists, the tag is pinned, the last user is no root, no secret is in it."""
    lines = [
        line
        for line in IMAGE.read_text("utf-8").replace("\\\n", " ").splitlines()
        if line and not line.startswith("#")
    ]
    words = [line.split() for line in lines]
    copied = [each[1:-1] for each in words if each[0] == "COPY" and not each[1].startswith("--")]
    assert all((ROOT / name).exists() for names in copied for name in names)
    images = [each[1] for each in words if each[0] == "FROM"]
    assert all(":" in image and not image.endswith(":latest") for image in images)
    users = [each[1] for each in words if each[0] == "USER"]
    assert users and users[-1] not in ("root", "0")
    assert not any(re.search(r"(?i)secret|password|\.key\b|curl|wget", line) for line in lines)
    assert any(each[0] == "HEALTHCHECK" and "/readyz" in " ".join(each) for each in words)
    assert words[-1][0] == "CMD" and '"run"' in lines[-1]


def test_the_page_names_what_is_there() -> None:
    """Both files, and every address that says how the hub is."""
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    for name in ("deploy/suture.service", "deploy/Containerfile", "/livez", "/readyz", "/metrics"):
        assert name in page
