"""Small sites for tests, and streams of frames for them."""

import json
from collections.abc import Iterable, Iterator
from math import ceil

from hotzone.config.model import ControlMode, Hall, Limit, Presence, Priority, QualityRules, Rack, RateLimit, Sensor, Site, Unit, Zone
from hotzone.config.units import MINUTE, SECOND
from hotzone.sensors.frame import Frame, Own

EPOCH = 1_700_000_000 * SECOND

LIMITS = (
    Limit(rule="warm", above=27.0, on_delay=15 * SECOND, off_delay=30 * SECOND, priority=Priority.MEDIUM),
    Limit(rule="high", above=32.0, on_delay=MINUTE, hot=True),
    Limit(rule="critical", above=35.0, priority=Priority.CRITICAL, hot=True),
    Limit(rule="cold", below=18.0, on_delay=MINUTE, priority=Priority.LOW),
)
RATES = (RateLimit(rule="rise", rise=1.0, over=MINUTE, share=0.3, priority=Priority.CRITICAL, hot=True),)


def zone(name: str = "A1", sensors: int = 4, **changes: object) -> Zone:
    """A zone of `sensors` racks with one inlet each, `A1/r0/in` and so on."""
    quality = changes.pop("quality", QualityRules(smoothing=0))
    racks = tuple(
        Rack(
            id=f"r{index}",
            x=float(index),
            y=0.0,
            sensors=(
                Sensor(
                    id=f"{name}/r{index}/in",
                    zone=name,
                    rack=f"r{index}",
                    position="in",
                    topic=f"dc/h/{name}/r{index}/in",
                    gateway=f"r{index}",
                    quality=quality,
                ),
            ),
        )
        for index in range(sensors)
    )
    return Zone(id=name, hall="h", racks=racks, **{"limits": LIMITS, "rates": RATES, "presence": Presence(), **changes})


def unit(name: str, serves: Iterable[str], **changes: object) -> Unit:
    """A cooling unit that is driven."""
    topics = {f"{kind}_topic": f"dc/h/units/{name}/{kind}" for kind in ("command", "report", "state")}
    return Unit(id=name, hall="h", serves=tuple(serves), **{"control": ControlMode.ON, **topics, **changes})


def site(*zones: Zone, units: Iterable[Unit] = ()) -> Site:
    """A site of one hall, `h`."""
    return Site(name="test", halls=(Hall(id="h", zones=zones or (zone(),), units=tuple(units)),))


def start(at: int = EPOCH, **fields: object) -> Frame:
    """The first frame of a run."""
    return Frame(at, Own.START, json.dumps({"site": "abc", "version": "1", "rate": 1.0, **fields}).encode())


def own(at: int, topic: Own, **fields: object) -> Frame:
    """A frame that hotzone writes itself."""
    return Frame(at, topic, json.dumps(fields).encode())


def reading(at: int, sensor: str, celsius: float, sequence: int | None = None) -> Frame:
    """A reading measured when it arrived."""
    payload = {"value": celsius, "time": at // 1_000_000, **({} if sequence is None else {"sequence": sequence})}
    return Frame(at, f"dc/h/{sensor}", json.dumps(payload).encode())


def report(at: int, name: str, fan: float, **fields: object) -> Frame:
    """A cooling unit's report."""
    return Frame(at, f"dc/h/units/{name}/report", json.dumps({"fan": fan, **fields}).encode())


def stream(zone: Zone, celsius: float, since: float, until: float, period: float = 10.0, only: int | None = None) -> Iterator[Frame]:
    """Every inlet of the zone at one temperature, seconds since `EPOCH`; `only` limits it to the first so many inlets."""
    ordinal = 0
    for step in range(ceil((until - since) / period)):
        for sensor in zone.sensors[:only]:
            ordinal += 1
            at = EPOCH + round((since + step * period) * SECOND) + ordinal % 997 * 1000 + 1
            yield reading(at, sensor.id, celsius, ordinal)


def merged(*streams: Iterable[Frame]) -> list[Frame]:
    """Streams as one, by time; equal times are moved apart by a nanosecond."""
    frames: list[Frame] = []
    for frame in sorted((frame for frames in streams for frame in frames), key=lambda frame: frame.at):
        frames.append(frame._replace(at=max(frame.at, frames[-1].at + 1)) if frames else frame)
    return frames
