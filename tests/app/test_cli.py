"""The command line: its help, its errors, and that all of it is documented."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from hotzone.app.cli import app
from support.commands import SITE, call
from support.house import ROOT

DOCS = (ROOT / "docs" / "cli.md").read_text("utf-8")


def commands(group: Any, name: str = "hotzone") -> Iterator[tuple[str, Any]]:
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}", command


COMMANDS = dict(commands(get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    section = re.search(rf"^## `{name}`$(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert section is not None, f"docs/cli.md has no section on {name}"
    for parameter in COMMANDS[name].params:
        if parameter.name == "help":
            continue
        word = parameter.opts[-1] if parameter.opts[0].startswith("-") else parameter.name.upper()
        assert f"`{word}" in section[1], f"{name} takes {word}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_says_what_it_does(name: str) -> None:
    assert COMMANDS[name].help
    assert [parameter.name for parameter in COMMANDS[name].params if not getattr(parameter, "help", None)] == []


def test_help_loads_neither_broker_nor_numpy() -> None:
    code = "import sys; import hotzone.app.cli; print([m for m in ('numpy','reactivex','mqtt5','aiohttp','rich','structlog','iotcore') if m in sys.modules])"
    import subprocess  # noqa: PLC0415  needed here alone
    import sys  # noqa: PLC0415  needed here alone

    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_the_version_is_shown() -> None:
    assert re.fullmatch(r"hotzone \d+\.\d+\.\d+\S*\n", CliRunner().invoke(app, ["--version"]).stdout)


def test_check_shows_a_site_as_a_tree() -> None:
    shown = CliRunner().invoke(app, ["check", "demo"])
    assert shown.exit_code == 0
    assert "zone A1: 10 racks, 60 thermometers" in shown.stdout


def test_check_tells_every_problem_and_exits_with_1(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('nmae = "t"\n[halls.h1.zones.A1]\nlayout.count = "two"\n')
    done = call(tmp_path, "check", "site.toml")
    assert done.returncode == 1
    assert "problems" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["run", "--site", "missing.toml"], "missing.toml"),
        (["run", "--site", "site.toml", "--broker", "http://x"], "mqtt://"),
        (["run", "--site", "site.toml", "--duration", "soon"], "--duration soon"),
        (["replay", "nowhere"], "there is no recording there"),
        (["simulate", "--site", "site.toml", "--fault", "crac-failur:crac-1@3s"], "did you mean 'crac-failure'"),
        (["simulate", "--site", "site.toml", "--fault", "crac-failure:crac-9@3s"], "crac-9"),
        (["simulate", "--site", "site.toml", "--broker", "mqtt://127.0.0.1:1", "--speed", "61"], "at most 60"),
        (["simulate", "--site", "site.toml", "--hours", "0", "--journal", "no/such/folder"], "cannot write the journal"),
    ],
)
def test_what_the_user_did_wrong_is_one_message_and_exit_code_2(words: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    done = call(tmp_path, *words)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


PAGER = """
from msgspec import Struct
from hotzone.handlers import handler

@handler
class Pager:
    class Options(Struct, frozen=True, forbid_unknown_fields=True):
        number: str

    def __init__(self, options): ...
    async def handle(self, event, ctx): ...
"""


@pytest.mark.parametrize(
    ("words", "code"), [(["check", "s.toml"], 1), (["run", "--site", "s.toml"], 2), (["handlers", "list", "--site", "s.toml"], 0)]
)
def test_a_mistake_in_the_options_of_a_handler_is_told_by_key(words: list[str], code: int, tmp_path: Path) -> None:
    (tmp_path / "handlers").mkdir()
    (tmp_path / "handlers" / "pager.py").write_text(PAGER)
    site = f'handlers_folder = "handlers"{SITE}[handlers.Pager.options]\nnumer = "110"\n'
    (tmp_path / "s.toml").write_text(site)
    done = call(tmp_path, *words)
    assert done.returncode == code
    told = done.stderr + done.stdout
    assert "s.toml" in told
    assert "[handlers.Pager.options] numer" in told
    assert "nearest   number" in told
    assert "Traceback" not in told


def test_check_tells_of_a_handler_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SITE + '[handlers.pager]\nuse = "no_such_module:page"\n')
    done = call(tmp_path, "check", "s.toml")
    assert done.returncode == 1
    assert "  handlers.pager\n    found     ModuleNotFoundError" in done.stderr


def test_check_tells_what_is_wrong_with_the_site_and_with_its_handlers_at_once(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        'handlers_folder = "nowhere"\n'
        + SITE
        + "[broker]\nqos = 2\n"
        + "[handlers.webhok]\n"
        + '[handlers.email]\noptions = { min_priority = "hig", password = "canary" }\n'
        + '[handlers.chat]\nuse = "webhook"\noptions = { min_priority = "hig" }\n'
    )
    done = call(tmp_path, "check", "s.toml")
    assert (done.returncode, done.stdout) == (1, "")
    keys = [line.strip() for line in done.stderr.splitlines() if line.startswith("  ") and not line.startswith("   ")]
    assert keys == [
        "handlers_folder",
        "broker.qos",
        "handlers.email.options.password",
        "handlers.webhok",
        "[handlers.chat.options] url",
        "[handlers.chat.options] min_priority",
    ]
    assert "nearest   webhook" in done.stderr
    assert done.stderr.startswith("s.toml: 6 problems")


def test_a_run_does_not_begin_with_a_handler_that_there_is_not(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(SITE + "[handlers.webhok]\n")
    done = call(tmp_path, "run", "--site", "s.toml", "--broker", "mqtt://127.0.0.1:1")
    assert done.returncode == 2
    assert '  handlers.webhok\n    found     no handler named "webhok"' in done.stderr


def test_a_password_in_a_url_is_refused_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    done = call(tmp_path, "run", "--site", "site.toml", "--broker", "mqtt://me:canary@host")
    assert done.returncode == 2
    assert "canary" not in done.stderr + done.stdout
    assert "username and password of [broker]" in done.stderr


def test_simulate_and_replay_give_one_journal_on_standard_output(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    live = call(
        tmp_path,
        "simulate",
        "--site",
        "site.toml",
        "--hours",
        "0.1",
        "--recording",
        "r",
        "--journal",
        "-",
        "--fault",
        "crac-failure:crac-1@1m",
    )
    again = call(tmp_path, "replay", "r")
    assert live.returncode == again.returncode == 0
    assert again.stdout == live.stdout
    first = json.loads(live.stdout.splitlines()[0])
    assert first["type"] == "run.started"


def test_a_part_of_a_recording_is_replayed_from_a_snapshot(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    call(tmp_path, "simulate", "--site", "site.toml", "--hours", "0.5", "--recording", "r", "--journal", "live")
    lines = (tmp_path / "live").read_text().splitlines()
    at = json.loads(lines[-1])["at"] - 60_000_000_000
    part = call(tmp_path, "replay", "r", "--from", str(at)).stdout.splitlines()
    assert 0 < len(part) < len(lines)
    assert lines[-len(part) :] == part
    cut = call(tmp_path, "replay", "r", "--to", str(at)).stdout.splitlines()
    assert cut == lines[: len(cut)]
    assert call(tmp_path, "replay", "r", "--from", "1").stdout.splitlines() == lines
    for wrong in ("yesterday", "99999999999999999999", "0001-01-01", "9999-01-01"):
        refused = call(tmp_path, "replay", "r", "--from", wrong)
        assert (refused.returncode, refused.stderr.partition(" is no time")[0]) == (2, f"hotzone: {wrong!r}")


def test_a_replay_under_another_site_file_says_what_that_does_not_know(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("time,value\n" + "2026-01-01T00:00:00Z,20\n" * 3)
    call(tmp_path, "import", "x.csv", "--as", "A/r1/in", "--recording", "rec", "--make-site", "a.toml")
    (tmp_path / "b.toml").write_text((tmp_path / "a.toml").read_text().replace("zones.A.", "zones.B."))
    assert call(tmp_path, "replay", "rec", "--site", "a.toml").stderr == ""
    for more in ([], ["--jobs", "2"]):
        other = call(tmp_path, "replay", "rec", "--site", "b.toml", *more)
        assert other.returncode == 0
        assert other.stderr.splitlines()[0] == "3 messages are on topics that this site file does not know, such as 'dc/hall/A/r1/in'"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["export", "rec", "-"], ["replay", "rec"], ["show", "rec"]])
def test_an_output_that_is_full_is_one_message_and_exit_code_1(words: list[str], unbuffered: str, tmp_path: Path) -> None:
    imported(tmp_path)
    with Path("/dev/full").open("wb") as full:
        done = said_into(full, tmp_path, words, unbuffered)
    assert done.returncode == 1
    assert re.fullmatch(r"hotzone: cannot write( to standard output)?: No space left on device\n", done.stderr)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["export", "rec", "-"], ["replay", "rec"], ["show", "rec"]])
def test_a_reader_that_has_read_enough_ends_the_command_without_a_word(words: list[str], unbuffered: str, tmp_path: Path) -> None:
    imported(tmp_path)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        done = said_into(closed, tmp_path, words, unbuffered)
    assert (done.returncode, done.stderr) == (1, "")


def test_without_a_standard_output_a_command_still_works(tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", '"$0" -m hotzone.app.cli --version >&-', sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def imported(folder: Path) -> None:
    (folder / "x.csv").write_text("time,value\n" + "2026-01-01T00:00:00Z,20\n" * 2000)
    made = call(folder, "import", "x.csv", "--as", "A/r1/in", "--recording", "rec", "--make-site", "s.toml")
    assert made.returncode == 0, made.stderr


def said_into(output: BinaryIO, folder: Path, words: list[str], unbuffered: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "hotzone.app.cli", *words]
    around = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    return subprocess.run(line, stdout=output, stderr=subprocess.PIPE, text=True, cwd=folder, env=around, timeout=30, check=False)
