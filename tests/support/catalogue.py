"""Runs of which every style must make the same journal: simulated faults, timelines in text, and logs full of dirt.

An entry is one or more runs, each under a site of its own; the state goes on from one to the next, as after a restart.
"""

import json
import random
from collections.abc import Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from hotzone.app.halls import halls_of
from hotzone.app.lockstep import Lockstep
from hotzone.app.testing.timeline import frames_of, parse, site_of
from hotzone.config import loads
from hotzone.config.model import Site
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import AlarmEvent, Event, Pipeline, journal_line
from hotzone.sensors.frame import Frame, LinkKind, Own
from hotzone.sensors.hall import Fault
from hotzone.sensors.hall.scenarios import SCENARIOS
from hotzone.sensors.recording import RecordingWriter

START = 1_767_225_600 * SECOND
MINUTES = 8
SYNTHETIC = 50

HALL = """
name = "t"
[halls.h1]
cooling = { count = 2, control = "on" }
[halls.h1.zones]
A1 = { layout.count = 2 }
B1 = { layout.count = 3 }
C1 = { layout.count = 2 }
"""
SMALLER = """
name = "t"
[halls.h1]
cooling = { count = 2, control = "advise" }
[halls.h1.zones]
B1 = { layout.count = 3 }
A1 = { layout.count = 1 }
"""
LARGER = """
name = "t"
[halls.h1]
cooling = { count = 3, control = "on" }
[halls.h1.zones]
D1 = { layout.count = 1 }
A1 = { layout.count = 2 }
B1 = { layout.count = 3 }
C1 = { layout.count = 2 }
E1 = { layout.count = 4 }
"""
SITES = tuple(loads(text) for text in (HALL, SMALLER, LARGER))

TIMELINES = {
    "a zone gets hot": "0s A1/r1=24 A1/r2=24 60s A1=33 120s A1=24 240s",
    "a critical zone": "0s A1/r1=24 60s A1/r1=40 180s",
    "one thermometer of two": "0s A1/r1=24 A1/r2=24 20s A1/r1=45 60s",
    "silence": "0s A1/r1=24 A1/r2=24 B1/r1=24 30s A1=stale 90s A1=25 150s",
    "up and down around the limit": "0s A1/r1=26 A1/r2=26 10s A1=27.2 20s A1=26.8 30s A1=27.2 40s A1=25 80s",
    "three zones at once": "0s A1/r1=24 B1/r1=24 C1/r1=24 30s A1=36 B1=36 C1=36 60s B1=24 120s",
    "cold": "0s A1/r1=24 B1/r1=10 60s",
}


class Run(NamedTuple):
    """Frames under one site."""

    site: Site
    frames: list[Frame]


class Entry(NamedTuple):
    """One of the catalogue."""

    name: str
    runs: tuple[Run, ...]


def whole(entry: Entry) -> tuple[str, int]:
    """The digest of the journal that the product's own style makes of it in one piece, and the number of dead letters."""
    events: list[Event] = []
    letters, snapshot = 0, None
    for run in entry.runs:
        pipeline = Pipeline(run.site, snapshot)
        events += pipeline.push(run.frames)
        letters += len(pipeline.take_rejected())
        snapshot = pipeline.snapshot()
    return digest(events), letters


def digest(events: Sequence[Event]) -> str:
    """SHA-256 of the journal."""
    return sha256(b"".join(journal_line(event) + b"\n" for event in events)).hexdigest()


def cut(frames: Sequence[Frame], rng: random.Random) -> Iterator[Sequence[Frame]]:
    """The frames in batches of any length, at random places; some are empty."""
    places = sorted(rng.randrange(len(frames) + 1) for _ in range(rng.randrange(1, 24)))
    for begin, end in zip([0, *places], [*places, len(frames)], strict=True):
        yield frames[begin:end]


def record(entry: Entry, folder: Path, *, chunk: int = 500) -> None:
    """Write it as the runs of a recording."""
    for run in entry.runs:
        with RecordingWriter(folder, site_source=run.site.source, version="1", started=run.frames[0].at) as writer:
            for begin in range(0, len(run.frames), chunk):
                writer.append(run.frames[begin : begin + chunk])
                writer.commit()


@cache
def entry(name: str) -> Entry:
    """One of the catalogue by its name."""
    kind, _, which = name.partition(" ")
    match kind:
        case "fault":
            return Entry(name, (_simulated(which),))
        case "timeline":
            script = parse(TIMELINES[which])
            site = site_of(script)
            return Entry(name, (Run(site, frames_of(script, site)),))
        case _:
            return Entry(name, tuple(_synthetic(int(which))))


def names() -> list[str]:
    """The whole catalogue."""
    return [
        *(f"fault {kind}" for kind in SCENARIOS),
        *(f"timeline {name}" for name in TIMELINES),
        *(f"synthetic {seed}" for seed in range(SYNTHETIC)),
    ]


class _Log:
    """Keeps the frames of a simulated run."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def append(self, frames: Sequence[Frame]) -> None:
        self.frames += frames

    def ignore(self, *_: object) -> None: ...

    commit = snapshot = dead_letter = rollup = ignore


def _simulated(kind: str) -> Run:
    site, log = SITES[0], _Log()
    scenario = SCENARIOS[kind]
    place = {"zone": ":A1", "rack": ":A1-r01", "unit": ":crac-1", "hall": ""}
    target = next(place[scope] for scope in ("zone", "rack", "unit", "hall") if scope in scenario.targets)
    fault = Fault.parse(f"{kind}{target}@1m+4m")
    for _ in Lockstep(site, halls_of(site, START, 1, [fault]), version="1", log=log).steps(MINUTES * MINUTE):
        pass
    return Run(site, log.frames)


def _synthetic(seed: int) -> Iterator[Run]:
    rng = random.Random(seed)
    at, sites = START, [SITES[0], *rng.choices(SITES, k=rng.randrange(3))]
    for site in sites:
        at += rng.choice([1, 20 * SECOND, 1000 * SECOND])
        frames = _with_alarms(site, list(_frames(site, at, rng)))
        yield Run(site, frames)
        at = frames[-1].at


def _frames(site: Site, at: int, rng: random.Random) -> Iterator[Frame]:
    """A run in which anything happens: heat, silence, dirt, gateways and units that come and go, people, restarts, a lost broker."""
    yield _own(at, Own.START, site="s", version="1", rate=rng.choice([1.0, 60.0]))
    sensors = [sensor for zone in site.zones for sensor in zone.sensors]
    warmth = {zone.id: 24.0 for zone in site.zones}
    hall = site.halls[0].id
    for step in range(rng.randrange(100, 320)):
        at += rng.choice([1, 1000, SECOND // 10, SECOND, SECOND, 5 * SECOND])
        sensor, unit = rng.choice(sensors), rng.choice(site.units)
        warmth[sensor.zone] = min(60.0, max(10.0, warmth[sensor.zone] + rng.uniform(-1.5, 2.0)))
        gateway = site.topics.gateway.format(site=site.name, hall=hall, zone=sensor.zone, rack=sensor.rack, gateway=sensor.gateway)
        match rng.randrange(40):
            case 0:
                at += rng.choice([0, 20, 60, 200]) * SECOND
                yield _own(at, Own.LINK, kind=rng.choice(list(LinkKind)), detail="x", unit=rng.choice([None, unit.id]))
            case 1 | 2:
                yield Frame(
                    at, sensor.topic, rng.choice([b"", b"nan", b"{}", b"85.0", b"-127", b"\xff\xfe", b'{"value":' * 40, b"9" * 400])
                )
            case 3:
                yield Frame(at, rng.choice(["", "dc/h9/nobody", "$SYS/broker", "dc/h1/A1/\ud7ff"]), b"21")
            case 4 | 5:
                yield Frame(at, gateway, rng.choice([b"offline", b"offline", b"online", b"perhaps"]))
            case 6 | 7:
                number = rng.choice([None, 0, 1 << 40])
                said = {"fan": rng.choice([20.0, 60.0, 100.0]), "number": number, "mode": rng.choice(["remote", "local", "heartbeat-lost"])}
                yield Frame(at, unit.report_topic, rng.choice([b"[]", b"{", *[json.dumps(said).encode()] * 6]))
            case 8:
                yield Frame(at, unit.state_topic, rng.choice([b"online", b"offline", b"?"]))
            case 9:
                until = at + rng.randrange(200) * SECOND
                yield _own(at, Own.REQUEST, zone=sensor.zone, at_least=rng.uniform(0, 120), until=until, handler="h")
            case 10:
                yield _own(at, Own.OPERATOR, action="acknowledge", alarm="", by="me")
            case 11:
                yield _own(at, Own.NOTE, kind="truth", text="so it is", at=at - SECOND)
            case 12:
                yield _own(at, Own.TICK)
            case 13 if rng.random() < 0.3:
                at += rng.choice([0, 30, 1000]) * SECOND
                yield _own(at, Own.START, site="s", version="1", rate=1.0, previous=at - 1)
            case _:
                measured = at - rng.choice([0, 0, 0, 1, 400]) * SECOND
                value = round(warmth[sensor.zone] + rng.uniform(-0.2, 0.2), 2)
                said = {"value": value, "time": measured // 1_000_000, "sequence": step}
                yield Frame(at, sensor.topic, json.dumps(said).encode())
    at += 1
    yield rng.choice([_own(at, Own.END), _own(at, Own.TICK)])


def _with_alarms(site: Site, frames: list[Frame]) -> list[Frame]:
    """Each operator's frame names the alarm raised last before it."""
    pipeline, alarm = Pipeline(site), "none"
    named: list[Frame] = []
    for frame in frames:
        is_operator = frame.topic == Own.OPERATOR
        named.append(_own(frame.at, Own.OPERATOR, action="acknowledge", alarm=alarm, by="me") if is_operator else frame)
        alarm = next((event.alarm for event in pipeline.push(named[-1:]) if isinstance(event, AlarmEvent)), alarm)
    return named


def _own(at: int, topic: Own, /, **fields: object) -> Frame:
    return Frame(at, topic, json.dumps(fields).encode())
