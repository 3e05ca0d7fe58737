"""What it takes to show the past: charts of 24 hours of all 1,240 thermometers, and any moment of the day in the time machine.

    .venv/bin/python benchmarks/past.py [--hours 24] [--moments 40] [--keep FOLDER]

The day is made first, which takes minutes: a reading of each thermometer every 10 s, a snapshot every 10 minutes as in a run, and the rollup.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import Final

from hotzone.app.minutes import Minutes
from hotzone.app.own import start
from hotzone.app.timemachine import TimeMachine
from hotzone.app.web.history import history
from hotzone.config import load
from hotzone.config.model import Site
from hotzone.config.shipped import shipped
from hotzone.config.units import HOUR, SECOND
from hotzone.pipeline import Pipeline
from hotzone.sensors.frame import Frame
from hotzone.sensors.recording import Recording, RecordingWriter

EPOCH: Final = 1_767_225_600 * SECOND
PERIOD: Final = 10 * SECOND
SNAPSHOT_EVERY: Final = 60
"""Periods."""
CHARTS: Final = 7


def day(site: Site, hours: float) -> Iterator[list[Frame]]:
    """A period's readings of every thermometer at a time."""
    rng = Random(1)
    levels = [rng.uniform(21.0, 25.0) + (10.0 if sensor.role == "outlet" else 0.0) for sensor in site.sensors]
    step = PERIOD // (len(site.sensors) + 1)
    for begin in range(EPOCH, EPOCH + round(hours * HOUR), PERIOD):
        yield [
            Frame(begin + (place + 1) * step, sensor.topic, b"%.2f" % rng.gauss(level, 0.05))
            for place, (sensor, level) in enumerate(zip(site.sensors, levels, strict=True))
        ]


def record(site: Site, hours: float, folder: Path) -> int:
    """Write the day as a run would; the number of frames."""
    begun = start(site, "0", previous=None, rate=1.0, session=False)
    pipeline, minutes, count = Pipeline(site), Minutes(site), 0
    with RecordingWriter(folder, site_source=site.source, version="0", started=EPOCH) as writer:
        for turn, readings in enumerate(day(site, hours)):
            frames = readings if turn else [Frame(EPOCH, begun.topic, begun.payload), *readings]
            minutes.take(frames, pipeline, writer)
            writer.append(frames)
            pipeline.push(frames)
            pipeline.take_rejected()
            if turn % SNAPSHOT_EVERY == SNAPSHOT_EVERY - 1:
                writer.snapshot(frames[-1].at, pipeline.snapshot())
            writer.commit()
            count += len(frames)
        minutes.end(writer)
        writer.commit()
    return count


Took = tuple[float, float]
"""Wall and processor time, ms."""


def charts(site: Site, folder: Path) -> list[Took]:
    """Of all thermometers over all of the recording."""
    names = [sensor.id for sensor in site.sensors]
    with Recording(folder) as recording:
        first, last = recording.first_at, recording.last_at
    assert first is not None
    assert last is not None
    found = []
    for _ in range(CHARTS):
        begun = now()
        chart = history(folder, site, names, first, last + 1, 600)
        found.append(since(begun))
        assert len(chart.series) == len(names)
        assert all(value is not None for value in chart.series[names[0]][1:-1])
    return found


async def moments(folder: Path, count: int) -> list[Took]:
    """Of leaps to moments all over the recording."""
    machine, rng, found = TimeMachine(folder), Random(2), []
    replay = machine.replay
    assert replay is not None
    for _ in range(count):
        at = rng.randrange(replay.begin, replay.end)
        begun = now()
        await machine.control(at, None, None)
        found.append(since(begun))
    machine.close()
    return found


def now() -> Took:
    """The clocks."""
    return time.perf_counter() * 1e3, time.process_time() * 1e3


def since(then: Took) -> Took:
    """What has passed on them."""
    wall, cpu = now()
    return wall - then[0], cpu - then[1]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=24.0)
    parser.add_argument("--moments", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="where the day is kept, and taken from if it is there")
    asked = parser.parse_args()
    site = load(shipped("hall-200.toml"), secrets=False)
    with ExitStack() as stack:
        folder = asked.keep or Path(stack.enter_context(tempfile.TemporaryDirectory())) / "day"
        if not folder.exists():
            begun = time.perf_counter()
            count = record(site, asked.hours, folder)
            print(f"{count:,} frames of {len(site.sensors):,} thermometers made in {time.perf_counter() - begun:.0f} s")
        for what, found in (("chart of all", charts(site, folder)), ("leap", asyncio.run(moments(folder, asked.moments)))):
            for clock, times in zip(("wall", "processor"), zip(*found, strict=True), strict=True):
                print(
                    f"{what}, {clock}: median {statistics.median(times):.0f} ms, least {min(times):.0f} ms, most {max(times):.0f} ms, n {len(times)}"
                )


if __name__ == "__main__":
    main()
