"""Whole runs against Mosquitto, in processes of their own: live is replay, also across kill -9, and a stop is quick and clean."""

import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hotzone.config.units import HOUR
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.recording import Recording, RecordingWriter
from support.commands import SITE, Command, call, hotzone, types
from support.mosquitto import Mosquitto, MosquittoFactory


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "site.toml").write_text(SITE)
    return tmp_path


@contextmanager
def hall(folder: Path, broker: Mosquitto, *faults: str) -> Iterator[Command]:
    words = [word for fault in faults for word in ("--fault", fault)]
    with hotzone(folder, "simulate", "--site", "site.toml", "--broker", broker.url, "--speed", "60", *words) as command:
        command.until(lambda: "the hall begins" in command.log, "the hall")
        yield command


@contextmanager
def station(folder: Path, broker: Mosquitto) -> Iterator[Command]:
    with hotzone(folder, "run", "--plain", "--broker", broker.url, "--recording", "log", "--journal", "journal") as command:
        yield command


def longest_stall(journal: Path) -> float:
    """Seconds for which the process stood still at worst. A busy machine does that for a moment; what must not, would for a minute."""
    return max(map(float, re.findall(rb"stood still for ([0-9.]+) s", journal.read_bytes())), default=0.0)


def replayed(folder: Path) -> bytes:
    done = call(folder, "replay", "log", "--journal", "again")
    assert done.returncode == 0, done.stderr
    return (folder / "again").read_bytes()


def test_a_run_stops_cleanly_within_two_seconds_and_its_replay_gives_the_same_journal(folder: Path, mosquitto: Mosquitto) -> None:
    journal = folder / "journal"
    with hall(folder, mosquitto, "crac-failure:crac-1@6m"), station(folder, mosquitto) as run:
        run.until(lambda: {"alarm.raised", "note"} <= set(types(journal)), "an alarm, and the fault")
        assert run.signal(signal.SIGTERM) < 2.0
        assert run.process.returncode == 0, run.log
        assert "Traceback" not in run.log
    seen = types(journal)
    assert seen[0] == "run.started"
    assert seen[-1] == "run.ended"
    assert {"cooling.command", "cooling.demand", "note"} <= set(seen)
    assert replayed(folder) == journal.read_bytes()


def test_systemd_hears_that_the_run_is_ready_that_it_lives_and_nothing_more_when_it_stands_still(
    folder: Path, mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(folder / "notify"))
        systemd.setblocking(False)

        def listen() -> list[str]:
            with suppress(BlockingIOError):
                while True:
                    heard.append(systemd.recv(100).decode())
            return heard

        monkeypatch.setenv("NOTIFY_SOCKET", str(folder / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "200000")
        with station(folder, mosquitto) as run:
            run.until(lambda: listen().count("WATCHDOG=1") > 3, "life")
            assert heard[0] == "READY=1"
            run.process.send_signal(signal.SIGSTOP)
            time.sleep(0.2)  # what it had sent by then
            before = len(listen())
            time.sleep(0.5)
            assert len(listen()) == before, "a process that stands still says nothing"
            run.process.send_signal(signal.SIGCONT)
            assert run.signal(signal.SIGTERM) < 2.0
        assert listen()[-1] == "STOPPING=1"


def test_a_run_that_is_killed_goes_on_and_the_replay_of_both_gives_the_same_journal(folder: Path, mosquitto: Mosquitto) -> None:
    journal = folder / "journal"
    with hall(folder, mosquitto, "total-loss@3m+2m"):
        for times in range(1, 3):
            with station(folder, mosquitto) as run:
                run.until(lambda times=times: types(journal).count("run.started") == times, "the start")
                before = len(types(journal))
                run.until(lambda before=before: len(types(journal)) > before + 12, "events")
                run.signal(signal.SIGKILL)
        with journal.open("ab") as file:
            file.write(b'{"at":17')  # as if the last line had been torn
        with station(folder, mosquitto) as run:
            run.until(lambda: types(journal).count("run.started") == 3, "the last start")
            run.signal(signal.SIGINT)
            assert run.process.returncode == 0, run.log
    assert types(journal).count("run.ended") == 1
    assert replayed(folder) == journal.read_bytes()


def test_a_journal_that_lost_more_than_a_kill_takes_is_made_anew(folder: Path, mosquitto: Mosquitto) -> None:
    journal = folder / "journal"
    with hall(folder, mosquitto):
        for times in (1, 2):
            with station(folder, mosquitto) as run:
                run.until(lambda times=times: types(journal).count("run.started") == times, "the start")
                before = len(types(journal))
                run.until(lambda before=before: len(types(journal)) > before + 10, "events")
                run.signal(signal.SIGTERM)
            if times == 1:
                content = journal.read_bytes().splitlines(keepends=True)
                journal.write_bytes(b"".join(content[:5]))
    assert replayed(folder) == journal.read_bytes()


def test_without_a_broker_a_run_begins_says_so_and_still_stops_at_once(folder: Path, mosquitto: Mosquitto) -> None:
    mosquitto.kill()
    with station(folder, mosquitto) as run:
        run.until(lambda: "link.lost" in types(folder / "journal"), "the loss of the link")
        assert run.signal(signal.SIGINT) < 2.0
        assert run.process.returncode == 0, run.log
    assert [path.name for path in folder.rglob("*-wal")] == [], "after a clean end each database is one file"
    assert replayed(folder) == (folder / "journal").read_bytes()


def test_a_hall_that_shows_up_late_is_followed_from_a_start_of_its_own(folder: Path, mosquitto: Mosquitto) -> None:
    journal = folder / "journal"
    with station(folder, mosquitto) as run:
        run.until(lambda: types(journal).count("run.started") == 1, "the start")
        with hall(folder, mosquitto):
            run.until(lambda: types(journal).count("zone.state") >= 2, "zones that leave fail-safe")
            run.signal(signal.SIGTERM)
    assert types(journal).count("run.started") == 2
    assert longest_stall(journal) < 5.0
    assert replayed(folder) == journal.read_bytes()


HANDLERS = """
import os, sys, time
from pathlib import Path
from hotzone.handlers import handler

@handler(events="*")
def raises(event, ctx):
    raise RuntimeError("no")

@handler(events="*")
async def blocks(event, ctx):
    time.sleep(60)

@handler(events="*")
def hangs(event, ctx):
    time.sleep(60)

@handler(events="*")
def exits(event, ctx):
    sys.exit(3)

@handler(events="zone.state")
def good(event, ctx):
    with Path("told").open("a") as file:
        file.write(event.id + os.linesep)
"""


def test_handlers_that_raise_hang_block_or_exit_delay_neither_the_others_nor_the_units_nor_the_end(
    folder: Path, mosquitto: Mosquitto
) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "handlers.py").write_text(HANDLERS)
    (folder / "site.toml").write_text('handlers_folder = "mine"\n' + SITE)
    with hall(folder, mosquitto), station(folder, mosquitto) as run:
        run.until((folder / "told").exists, "the good handler")
        started = time.monotonic()
        run.until(lambda: time.monotonic() > started + 6, "units that would go to 100 % by themselves without heartbeats")
        assert run.signal(signal.SIGTERM) < 2.0
        assert run.process.returncode == 0, run.log
    journal = folder / "journal"
    assert b"unit-alone" not in journal.read_bytes()
    assert longest_stall(journal) < 5.0
    assert replayed(folder) == journal.read_bytes()


def test_two_runs_of_one_recording_are_one_too_many(folder: Path, mosquitto: Mosquitto) -> None:
    with station(folder, mosquitto) as run:
        run.until(lambda: types(folder / "journal") != [], "the start")
        second = call(folder, "run", "--plain", "--broker", mosquitto.url, "--recording", "log")
    assert second.returncode == 2
    assert "another process is recording there" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_log_that_ends_after_the_halls_time_is_not_written_to(folder: Path, mosquitto: Mosquitto) -> None:
    future = time.time_ns() + HOUR
    with RecordingWriter(folder / "log", site_source=SITE, version="1", started=1) as log:
        log.append([Frame(future, Own.START, b"{}")])
    done = call(folder, "run", "--plain", "--broker", mosquitto.url, "--recording", "log")
    assert done.returncode == 2
    assert "set this machine's clock; if it is right and was ahead before, name another folder with --recording" in done.stderr
    assert Recording(folder / "log").last_at == future


WATCHER = """
import asyncio, json
from pathlib import Path
from hotzone.handlers import handler

def write(*fields):
    with Path("watched").open("a") as file:
        file.write(json.dumps(fields) + chr(10))

@handler
class watcher:
    async def run(self, ctx):
        write("standing", *(alarm.alarm for alarm in ctx.standing()))
        await asyncio.Event().wait()

    async def handle(self, event, ctx):
        write(event.type, event.alarm, event.alarm in [alarm.alarm for alarm in ctx.standing()])

    async def close(self):
        write("closed")
"""


def test_an_alarm_that_a_handler_was_told_of_stands_for_it_after_a_kill(folder: Path, start_mosquitto: MosquittoFactory) -> None:
    broker = start_mosquitto()
    broker.kill()
    (folder / "handlers").mkdir()
    (folder / "handlers" / "watcher.py").write_text(WATCHER)
    (folder / "site.toml").write_text('handlers_folder = "handlers"\n' + SITE)
    watched = folder / "watched"

    def lines() -> list[list[object]]:
        return [json.loads(line) for line in watched.read_text().splitlines()] if watched.exists() else []

    with station(folder, broker) as run:
        run.until(lambda: any(line[0] == "alarm.raised" for line in lines()), "an alarm")
        run.signal(signal.SIGKILL)
    raised = [line[1] for line in lines() if line[0] == "alarm.raised"]
    assert lines()[0] == ["standing"]
    assert all(line[2] for line in lines() if line[0] == "alarm.raised")
    watched.unlink()
    with station(folder, broker) as run:
        run.until(lambda: bool(lines()), "the second start")
        assert set(raised) <= set(lines()[0])
        broker.start()
        run.until(lambda: any(line[:2] == ["alarm.cleared", raised[0]] for line in lines()), "the alarm's end")
        run.signal(signal.SIGTERM)
    assert [line for line in lines() if line[:2] == ["alarm.cleared", raised[0]]] == [["alarm.cleared", raised[0], False]]
    assert lines()[-1] == ["closed"]
