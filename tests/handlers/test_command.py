"""Programs that are told of events: real ones, good and bad."""

import asyncio
import json
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from hotzone.config.problems import ConfigError
from hotzone.config.secrets import Secret
from hotzone.config.service import HandlerConfig
from hotzone.handlers import Context, GiveUp, RetryAfter, Subscription, subscription_of
from hotzone.handlers.command import Command, CommandFailed
from hotzone.handlers.options import read_options
from hotzone.handlers.sample import sample
from hotzone.pipeline import NoteEvent, journal_line
from support.sites import site

ALARM = sample(site(), Subscription(alarms=True), 7)


def command(*words: str, **options: object) -> Command:
    raw = {"command": list(words), **options}
    return Command(read_options(Command.Options, HandlerConfig(name="pager", use="command", options=raw)))


def python(code: str, **options: object) -> Command:
    return command(sys.executable, "-c", code, **options)


def ctx(timeout_s: float = 20.0) -> Context:
    return Context("pager", site(), {}, lambda *_: None, timeout_s=timeout_s)


def wrong(*words: str, **options: object) -> str:
    with pytest.raises(ConfigError) as error:
        command(*words, **options)
    return str(error.value)


def test_the_event_comes_as_one_line_of_the_journal(tmp_path: Path) -> None:
    command("tee", "got", folder=str(tmp_path)).handle(ALARM, ctx())
    assert (tmp_path / "got").read_bytes() == journal_line(ALARM) + b"\n"


def test_a_short_timeout_leaves_a_program_half_of_it(tmp_path: Path) -> None:
    command("tee", "got", folder=str(tmp_path)).handle(ALARM, ctx(0.8))
    assert (tmp_path / "got").read_bytes() == journal_line(ALARM) + b"\n"


def test_the_environment_is_minimal_and_names_the_event(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTZONE_PASSWORD", "secret")
    monkeypatch.setenv("TZ", "UTC")
    options = {"folder": str(tmp_path), "environment": {"TEAM": "night shift", "TOKEN": Secret("s3cret")}}
    python("import json, os; json.dump(dict(os.environ), open('env', 'w'))", **options).handle(ALARM, ctx())
    seen = json.loads((tmp_path / "env").read_text())
    seen = {
        name: value
        for name, value in seen.items()
        if name not in {"HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "PWD"}
    }
    assert seen == {
        "PATH": os.environ["PATH"],
        "TZ": "UTC",
        "TEAM": "night shift",
        "TOKEN": "s3cret",
        "HOTZONE_EVENT_ID": "alarm.raised:A1:sample@7",
        "HOTZONE_EVENT_TYPE": "alarm.raised",
        "HOTZONE_SITE": "test",
        "HOTZONE_HANDLER": "pager",
    }


def test_nothing_of_the_event_is_in_its_arguments_and_there_is_no_shell(tmp_path: Path) -> None:
    python("import sys; open('argv', 'w').write(repr(sys.argv[1:]))", folder=str(tmp_path)).handle(ALARM, ctx())
    assert (tmp_path / "argv").read_text() == "[]"
    command("touch", "$(id) ; x", folder=str(tmp_path)).handle(ALARM, ctx())
    assert (tmp_path / "$(id) ; x").exists()


def test_an_event_by_strangers_cannot_break_the_environment() -> None:
    note = NoteEvent(at=1, type="note", kind="x", text="", happened_at=1, target="a\0b\nc=d" + "y" * 300_000)
    python("import os, sys; sys.exit(not os.environ['HOTZONE_EVENT_ID'].startswith('note:x:a b c=dyyy'))").handle(note, ctx())


def test_a_program_that_fails_is_told_with_its_last_words() -> None:
    code = "import sys; print('\\n'.join(f'line {n}' for n in range(99)), file=sys.stderr); print('\\x1b[31mno\\x07 pager', file=sys.stderr); sys.exit(3)"
    with pytest.raises(CommandFailed) as error:
        python(code).handle(ALARM, ctx())
    assert str(error.value) == f"{Path(sys.executable).name}: exit code 3: line 95 | line 96 | line 97 | line 98 | [31mno  pager"


def test_last_words_are_bounded() -> None:
    with pytest.raises(CommandFailed) as error:
        python("import sys; sys.stderr.write('x' * 10**6 + 'end'); sys.exit(1)").handle(ALARM, ctx())
    assert len(str(error.value)) < 450


@pytest.mark.parametrize(("code", "raises"), [(65, GiveUp), (75, RetryAfter), (1, CommandFailed), (255, CommandFailed)])
def test_exit_codes_say_what_becomes_of_the_event(code: int, raises: type[Exception]) -> None:
    with pytest.raises(raises, match=f"exit code {code}"):
        python(f"raise SystemExit({code})").handle(ALARM, ctx())


def test_a_program_that_crashes_is_told_by_its_signal() -> None:
    with pytest.raises(CommandFailed, match="killed by SIGSEGV"):
        python("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)").handle(ALARM, ctx())


def test_a_program_that_never_ends_is_killed_before_the_call_would_be_abandoned() -> None:
    began = time.monotonic()
    with pytest.raises(CommandFailed, match="no end in time, killed"):
        python("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)").handle(ALARM, ctx(1.5))
    assert time.monotonic() - began < 1.5


def test_a_program_that_was_late_has_not_taken_the_event_whatever_it_says() -> None:
    with pytest.raises(CommandFailed, match="no end in time"):
        command("sh", "-c", "trap 'exit 0' TERM; sleep 60 & wait").handle(ALARM, ctx(1.2))


def test_a_program_that_went_away_fails_and_may_come_back(tmp_path: Path) -> None:
    program = tmp_path / "page"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    pager = command(str(program))
    program.rename(tmp_path / "gone")
    with pytest.raises(FileNotFoundError):
        pager.handle(ALARM, ctx())
    (tmp_path / "gone").rename(program)
    pager.handle(ALARM, ctx())


def test_what_it_says_is_logged_at_debug_and_complaints_at_info() -> None:
    with capture_logs() as lines:
        command("sh", "-c", "echo paged; echo 'battery low' >&2").handle(ALARM, ctx())
    assert [(line["log_level"], line.get("output"), line.get("errors")) for line in lines] == [
        ("debug", "paged", None),
        ("info", None, "battery low"),
    ]


async def test_at_the_end_of_a_run_the_program_is_killed(tmp_path: Path) -> None:
    pager = command("sh", "-c", "touch began; sleep 60", folder=str(tmp_path))
    ends: list[Exception] = []

    def call() -> None:
        try:
            pager.handle(ALARM, ctx())
        except Exception as error:  # noqa: BLE001  whatever it is, it is looked at below
            ends.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    async with asyncio.timeout(5):
        while not (tmp_path / "began").exists():  # noqa: ASYNC110  nobody tells when
            await asyncio.sleep(0.005)
    await pager.close()
    await asyncio.to_thread(thread.join, 5)
    assert [str(end) for end in ends] == ["sh: killed by SIGKILL"]


def test_a_program_beside_the_site_file_is_found_by_a_relative_path(tmp_path: Path) -> None:
    program = tmp_path / "page.sh"
    program.write_text("#!/bin/sh\ncat > $1\n")
    program.chmod(0o755)
    config = HandlerConfig(name="p", use="command", options={"command": ["./page.sh", "got"], "folder": "."}, folder=str(tmp_path))
    Command(read_options(Command.Options, config)).handle(ALARM, ctx())
    assert (tmp_path / "got").exists()


def test_what_cannot_be_started_is_told_when_the_site_file_is_checked(tmp_path: Path) -> None:
    text = tmp_path / "page.txt"
    text.write_text("")
    assert "the program 'loggr', which is not in PATH" in wrong("loggr")
    assert "nearest   logger" in wrong("loggr")
    assert "which is not there" in wrong(str(tmp_path / "none"))
    assert f"chmod +x {text}" in wrong(str(text))
    assert "a relative path" not in wrong(str(tmp_path))
    assert "without a folder" in wrong("./page.txt")
    assert "a command without a program" in wrong()
    assert "a text of at most" in wrong("true", "a\0b")
    assert "which is not there" in wrong("true", folder=str(text))
    assert "not beginning with HOTZONE_" in wrong("true", environment={"HOTZONE_X": "1"})
    assert "the variable 'A=B'" in wrong("true", environment={"A=B": "1"})


def test_a_misspelt_option_is_told_with_the_right_one() -> None:
    assert "nearest   environment" in wrong("true", enviroment={})


def test_it_hears_of_alarms() -> None:
    wanted = subscription_of(Command)
    assert wanted is not None
    assert wanted.wants(ALARM)
    assert not wanted.wants(structs.replace(sample(site(), Subscription(events="zone.state"), 7)))
