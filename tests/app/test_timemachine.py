"""The time machine: a recording at any moment, and played."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from hotzone.app.health import Health
from hotzone.app.metrics import Metrics
from hotzone.app.replay import fold
from hotzone.app.timemachine import TimeMachine
from hotzone.app.web import WebServer
from hotzone.app.web.rooms import Refused
from hotzone.config.service import Http
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import Pipeline
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import NotARecording, Recording
from support import catalogue
from support.sites import EPOCH, start
from support.waiting import until


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recorded") / "log"
    catalogue.record(catalogue.entry("fault crac-failure"), path)
    return path


@pytest.fixture
def machine(folder: Path) -> Iterator[TimeMachine]:
    made = TimeMachine(folder)
    yield made
    made.close()


@asynccontextmanager
async def running(machine: TimeMachine) -> AsyncIterator[TimeMachine]:
    task = asyncio.create_task(machine.run())
    try:
        yield machine
    finally:
        task.cancel()
        await asyncio.wait([task])


def folded(folder: Path, at: int) -> Pipeline:
    """The fold of everything up to a moment."""
    *_, last = fold(Recording(folder), until=at + 1)
    if last.pipeline.at < at:
        last.pipeline.advance_to(at)
    return last.pipeline


def two_sites(folder: Path) -> int:
    """A recording under one site file and then another; when the second begins."""
    begin = EPOCH + 1000 * SECOND
    runs = []
    for site_, at, celsius in ((catalogue.SITES[0], EPOCH, 24.0), (catalogue.SITES[2], begin, 26.0)):
        readings = [(at + turn * 10 * SECOND + place + 1, sensor) for turn in range(12) for place, sensor in enumerate(site_.sensors)]
        runs.append(catalogue.Run(site_, [start(at), *(Frame(when, sensor.topic, b"%.1f" % celsius) for when, sensor in readings)]))
    catalogue.record(catalogue.Entry("two sites", tuple(runs)), folder)
    return begin


async def test_under_another_site_file_other_thermometers_are_shown_and_whoever_listens_comes_again(tmp_path: Path) -> None:
    begin = two_sites(tmp_path)
    machine = TimeMachine(tmp_path)
    async with WebServer(Http(port=0), Metrics("1"), Health(), machine) as server, aiohttp.ClientSession(server.url) as client:
        assert server.stream is not None
        stream = await client.get("/api/v1/stream")
        await stream.content.readuntil(b"event: state")
        await machine.control(begin + 60 * SECOND, None, None)
        async with asyncio.timeout(10):
            await stream.read()  # it ends
        site = await (await client.get("/api/v1/site")).json()
        state = await (await client.get("/api/v1/state")).json()
        again = await client.get("/api/v1/stream")
        await again.content.readuntil(b"event: state")
    machine.close()
    ids = [one["id"] for hall in site["halls"] for each in hall["zones"] for rack in each["racks"] for one in rack["sensors"]]
    assert ids == [sensor.id for sensor in catalogue.SITES[2].sensors]
    assert state["sensors"] == [[26.0, 0, None]] * len(ids)


@pytest.mark.parametrize("minutes", [0, 1, 3.5, 7, 60])
async def test_a_moment_is_what_a_run_would_have_shown_then(folder: Path, machine: TimeMachine, minutes: float) -> None:
    begin, end = machine.now(), Recording(folder).last_at or 0
    await machine.control(begin + round(minutes * MINUTE), None, None)
    assert machine.now() == min(begin + round(minutes * MINUTE), end)
    assert machine.pipeline is not None
    assert machine.pipeline.snapshot() == folded(folder, machine.now()).snapshot()


async def test_it_goes_back_as_well_as_forward(folder: Path, machine: TimeMachine) -> None:
    begin = machine.now()
    for minutes in (5, 2, 4, 0):
        await machine.control(begin + minutes * MINUTE, None, None)
        assert machine.pipeline is not None
        assert machine.pipeline.snapshot() == folded(folder, begin + minutes * MINUTE).snapshot()


async def test_what_is_played_gets_to_the_end_and_stands_there(folder: Path) -> None:
    async with running(TimeMachine(folder)) as machine:
        last = Recording(folder).last_at or 0
        assert machine.rate == 0.0
        await machine.control(None, 100_000.0, True)
        assert machine.rate == 3600.0
        await until(lambda: machine.rate == 0.0, seconds=20)
        assert machine.now() == last
        assert machine.pipeline is not None
        assert machine.pipeline.snapshot() == folded(folder, last).snapshot()


async def test_its_events_are_those_of_the_journal(folder: Path) -> None:
    async with running(TimeMachine(folder)) as machine:
        await until(lambda: machine.replay is not None and machine.replay.indexed, seconds=20)
        events = [event for one in fold(Recording(folder)) for event in one.events]
        assert machine.events(0, 1 << 63) == events
        alarm = next(event for event in events if event.type == "alarm.raised")
        assert machine.events(alarm.at, alarm.at + 1)[0] == alarm
        assert machine.events(0, alarm.at) == [event for event in events if event.at < alarm.at]


async def test_an_alarm_stands_from_the_moment_at_which_it_was_raised(folder: Path, machine: TimeMachine) -> None:
    alarm = next(event for one in fold(Recording(folder)) for event in one.events if event.type == "alarm.raised")
    standing = []
    for at in (alarm.at - SECOND, alarm.at):
        await machine.control(at, None, None)
        assert machine.pipeline is not None
        standing.append({one.id for one in machine.pipeline.state.hall.alarms.values()})
    assert [alarm.alarm in ids for ids in standing] == [False, True]


async def test_nothing_in_it_can_be_changed(machine: TimeMachine) -> None:
    with pytest.raises(Refused, match="recording"):
        await machine.operate(b"{}")


async def test_where_nothing_was_recorded_there_is_nothing_to_show(tmp_path: Path) -> None:
    with pytest.raises(NotARecording):
        TimeMachine(tmp_path / "log")
