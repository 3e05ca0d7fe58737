"""The demo's story, and the lines of the live table."""

import asyncio
import io
import signal
import time
from pathlib import Path

import pytest

from hotzone.app.halls import halls_of
from hotzone.app.live import LiveTable, sentence
from hotzone.app.lockstep import Lockstep
from hotzone.app.settings import Settings
from hotzone.app.station import Station
from hotzone.app.story import Story
from hotzone.config import load, shipped
from hotzone.config.model import Priority
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import AlarmEvent, AlarmState, CoolingEvent
from hotzone.sensors.hall import Fault
from support.commands import call, hotzone

START = 1_767_225_600 * SECOND
DEMO = load(shipped("demo"))


def told(*faults: str, minutes: int = 45) -> Story:
    story = Story(DEMO, "crac-1")
    lockstep = Lockstep(DEMO, halls_of(DEMO, START, 1, [Fault.parse(text) for text in faults]), version="1")
    for step in lockstep.steps(minutes * MINUTE):
        story.told(step.events)
        story.look(lockstep.pipeline)
    return story


def test_the_story_of_the_demo_happens_in_the_order_of_its_chapters() -> None:
    story = told("crac-failure:crac-1@20m+12m")
    assert story.missing == []
    fault, alarm, warm, demand, answer, recovery = (chapter.at or 0 for chapter in story.chapters)
    assert fault == START + 20 * MINUTE
    assert fault < alarm <= fault + 30 * SECOND
    assert alarm <= answer
    assert max(warm, demand, answer) < recovery
    assert any("the recovery" in line for line in story.summary())


def test_without_a_fault_no_chapter_happens() -> None:
    story = told(minutes=12)
    assert len(story.missing) == 6
    assert "did not happen" in story.summary()[0]


def test_a_failure_that_nobody_repairs_has_no_recovery() -> None:
    assert told("crac-failure:crac-1@20m", minutes=30).missing == ["the recovery"]


def test_events_are_told_in_words() -> None:
    alarm = AlarmEvent(
        at=1, type="alarm.raised", zone="A1", alarm="x", rule="high", priority=Priority.HIGH, state=AlarmState.UNACKNOWLEDGED, cause="33 °C"
    )
    assert sentence(alarm) == ("bold red", "alarm: A1 high (high): 33 °C")
    command = CoolingEvent(at=1, type="cooling.command", unit="crac-1", value=80.0, number=1, advise=True)
    assert sentence(command) == ("blue", "crac-1 to 80 % (advised, not sent)")
    assert sentence(CoolingEvent(at=1, type="cooling.demand", zone="A1", value=80.0)) is None


async def test_the_table_shows_zones_units_and_events(tmp_path: Path) -> None:
    from rich.console import Console  # noqa: PLC0415  needed here alone

    station = Station(DEMO, Settings(recording=tmp_path / "log"))
    table = LiveTable(station, shown=True)
    lockstep = Lockstep(DEMO, halls_of(DEMO, START, 1, []), version="1")

    def shown() -> str:
        out = io.StringIO()
        Console(file=out, width=150).print(table.render(asyncio.get_running_loop().time()))
        return out.getvalue()

    assert "connecting" in shown()
    for step in lockstep.steps(2 * MINUTE):
        table.told(step.events)
    station.pipeline, station.edge.running = lockstep.pipeline, True
    text = shown()
    for word in ("A1", "B2", "crac-4", "following", "normal", "no broker"):
        assert word in text
    await station.ledger.close()


def test_the_demo_starts_and_control_c_ends_it_within_two_seconds(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with hotzone(tmp_path, "demo", "--plain", "--recording", "log", "--journal", "journal") as demo:
        demo.until(lambda: journal.exists() and b"zone.state" in journal.read_bytes(), "a zone")
        assert demo.signal(signal.SIGINT) < 2.0
        assert demo.process.returncode == 0, demo.log
    assert "what happened" in demo.log
    assert "Traceback" not in demo.log
    assert call(tmp_path, "replay", "log").stdout.encode() == journal.read_bytes()


def test_whatever_a_demo_started_dies_with_it_when_it_is_killed(tmp_path: Path) -> None:
    with hotzone(tmp_path, "demo", "--plain", "--recording", "log") as demo:
        demo.until(lambda: "the run begins" in demo.log, "the run")
        started = children(demo.process.pid)
        assert started
        demo.signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{child}").exists() for child in started):
        assert time.monotonic() < deadline, "an orphan goes on"
        time.sleep(0.05)


def children(parent: int) -> list[int]:
    fields = {int(path.parent.name): path.read_bytes().rpartition(b")")[2].split() for path in Path("/proc").glob("[0-9]*/stat")}
    return [pid for pid, (_, of, *_) in fields.items() if int(of) == parent]


def test_a_demo_that_ends_before_its_story_says_what_is_missing_and_exits_with_1(tmp_path: Path) -> None:
    done = call(tmp_path, "demo", "--plain", "--duration", "1s", "--recording", "log")
    assert done.returncode == 1
    assert "the story did not happen: the fault, the unit's alarm" in done.stderr


@pytest.mark.soak
def test_the_whole_demo_tells_its_story(tmp_path: Path) -> None:
    with hotzone(tmp_path, "demo", "--plain", "--duration", "60s", "--recording", "log", "--journal", "journal") as demo:
        assert demo.process.wait(90) == 0, demo.log
    assert call(tmp_path, "replay", "log").stdout.encode() == (tmp_path / "journal").read_bytes()
