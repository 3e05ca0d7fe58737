"""The public surface as its users see it. This file is never run: it only has to pass the type checker (`make types`)."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, assert_type

from msgspec import Struct
from reactivex import Observable
from reactivex import operators as ops

from hotzone.app.doctor import Finding, Level, doctor, report, worst
from hotzone.app.testing import MINUTE, OWN, SECOND, CoolingRequest, Journal, Replay, Simulate, configured, expect, replay, simulate
from hotzone.config import Secret
from hotzone.config.loader import load
from hotzone.config.model import Priority, Sensor, Site, Zone
from hotzone.handlers import Command, Context, Disable, GiveUp, Handler, RetryAfter, handler
from hotzone.handlers.options import Duration
from hotzone.pipeline import (
    AlarmEvent,
    AlarmState,
    CoolingEvent,
    Event,
    Flowed,
    NoteEvent,
    Pipeline,
    Rejected,
    RunEvent,
    SensorEvent,
    Style,
    TimelineScheduler,
    ZoneCondition,
    ZoneEvent,
    hot_zones,
    journal_line,
)
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.hall import Truth
from hotzone.sensors.mqtt import MqttSource
from hotzone.sensors.reading import Quality, Reading
from hotzone.sensors.source import Source

# A site is typed all the way down.

site = load(Path("site.toml"))
assert_type(site, Site)
assert_type(site.zones, tuple[Zone, ...])
assert_type(site.sensors[0], Sensor)
assert_type(site.zones[0].limits[0].priority, Priority)

# The detection alone is an operator on any observable of readings.


def use_the_operator(readings: Observable[Reading], timeline: TimelineScheduler) -> None:
    assert_type(readings.pipe(hot_zones(site)), Observable[Event])
    assert_type(readings.pipe(hot_zones(site, timeline), ops.take(1)), Observable[Event])


reading = Reading(sensor="A1/r1/in", zone="A1", celsius=23.5, measured_at=0, at=1)
assert_type(reading.quality, Quality)
assert_type(reading.sequence, int | None)

# The fold takes frames and gives events.

pipeline = Pipeline(site)
events = pipeline.push([Frame(1, Own.START, b"{}"), Frame(2, "dc/h/A1/r1/in", b"23.5")])
assert_type(events, list[Event])
assert_type(pipeline.advance_to(3 * SECOND), list[Event])
assert_type(pipeline.next_due, int | None)
assert_type(pipeline.take_rejected(), list[Rejected])
assert_type(Pipeline(site, pipeline.snapshot()), Pipeline)
assert_type(journal_line(events[0]), bytes)

# A style is one of four, by its name or as a value; a flow takes batches and tells.

with Pipeline(site, style="threads", workers=3) as threads, Pipeline(site, style=Style.ASYNCIO) as tasks:
    flowed = threads.flow([[Frame(1, Own.START, b"{}")]], events.extend, [print], patience=None)
    assert_type(flowed, Flowed)
    assert_type(flowed.deliveries.left, int)
    assert_type(tasks.style, Style)


def tell_events_apart(event: Event) -> None:
    match event:
        case AlarmEvent():
            assert_type(event.state, AlarmState)
        case ZoneEvent():
            assert_type(event.state, ZoneCondition)
        case CoolingEvent():
            assert_type(event.value, float | None)
        case SensorEvent():
            assert_type(event.quality, Quality)
        case NoteEvent():
            assert_type(event.happened_at, int)
        case RunEvent():
            assert_type(event.detail, str | None)
        case _:
            assert_type(event.cause, str | None)


# A journal gives the kind of event that its type says.


def use_the_fixtures(replay: Replay, simulate: Simulate) -> None:
    assert_type(replay("0s A1/r1=24 5m"), Journal)
    assert_type(replay(Path("recordings"), site=Path("site.toml")), Journal)
    assert_type(replay("monday", site=OWN, handlers=[print, "log", "module:name", Path("handlers"), configured(print, file="f")]), Journal)
    assert_type(simulate("demo", faults=["crac-failure:crac-1@5m"], for_="20m", seed=1, control="on"), Journal)
    assert_type(simulate(for_=20 * MINUTE), Journal)


journal = replay("0s A1/r1=24 60s", site=site)
fault = journal.note("fault")
assert_type(fault, NoteEvent)
assert_type(journal.first("alarm.raised", zone="A1"), AlarmEvent)
assert_type(journal.first("zone.state", after=5 * MINUTE), ZoneEvent)
assert_type(journal.first("cooling.command", unit="crac-1", after=fault, within=30 * SECOND), CoolingEvent)
assert_type(journal.first("sensor.quality"), SensorEvent)
assert_type(journal.one("run.ended"), RunEvent)
assert_type(journal.all("alarm.raised"), list[AlarmEvent])
assert_type(journal.all("*"), list[Event])
assert_type(journal.order("note", expect("zone.state", state=("warm", "hot"))), list[Event])
assert journal.none("alarm.*", zone="A1")
assert journal.matches("golden/heat.jsonl", only=["alarm.*"])
assert_type(journal.values("zone.state", "value"), list[object])
assert_type(journal.requests, tuple[CoolingRequest, ...])
assert_type(journal.told["pager"][0], Event)
assert_type(journal.commands["bus"][0], Command)
assert_type(simulate("demo").truths["h1"], Truth)
assert_type(journal.sha256, str)


# The doctor gives findings.


async def ask_the_doctor() -> Level:
    findings = await doctor(site, "mqtt://127.0.0.1:1883")
    assert_type(findings, list[Finding])
    assert_type(report(findings), str)
    return worst(findings)


# A handler class declares its options, and finds them typed.


@handler(alarms=True, min_priority="high")
class Pager:
    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        number: str
        token: Secret | None = None
        repeat: Annotated[int, Duration(SECOND, MINUTE)] = MINUTE

    def __init__(self, options: Options) -> None:
        self.options = options

    async def run(self, ctx: Context) -> None:
        assert_type(ctx.standing(), tuple[AlarmEvent, ...])
        assert_type(ctx.view().zones["A1"].value, float | None)
        assert_type(ctx.timeout_s, float)

    async def handle(self, event: Event, ctx: Context) -> None:
        assert_type(self.options.repeat, int)
        assert_type(ctx.wall_at(event.at), int)
        if self.options.token is None:
            raise GiveUp
        raise RetryAfter(self.options.number, 30.0) from Disable()


a_handler: Handler = Pager(Pager.Options(number="110"))
a_source: Callable[..., Source] = MqttSource
