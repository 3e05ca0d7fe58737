"""What it holds: `hotzone run` with very many thermometers, each heard several times; and whether a run that lasts takes ever more.

    python -m benchmarks.measures.memory HOURS

simulates so many hall-hours of the demo's hall, pipeline and recording included, and prints what the process held after each of 24 parts.
"""

import sys
import tempfile
from pathlib import Path
from statistics import linear_regression
from typing import Final

from hotzone.app.halls import halls_of
from hotzone.app.lockstep import EPOCH, Lockstep
from hotzone.config import load
from hotzone.config.shipped import shipped
from hotzone.config.units import HOUR
from hotzone.sensors.recording import RecordingWriter

from ..broker import missing, mosquitto
from ..measured import Figure, Run, Subject
from ..processes import answer, resident, say
from ..product import running
from ..readings import site
from ..scale import Scale
from .through_broker import begin, publisher

PERIODS: Final = 4
"""Readings of each thermometer."""
PARTS: Final = 24
SETTLED: Final = 4
"""Parts after which everything has its size."""


def held(scale: Scale) -> tuple[float, float]:
    """MiB of `hotzone run` after readings of a crowd, and before."""
    count = scale.crowd * PERIODS
    with mosquitto(count) as broker, running(broker.url, site(1, scale.crowd)) as product:
        before = resident(product.process.pid)
        with publisher(broker.port, 1, count, "sensors", scale.crowd) as load:
            begin(load)
            assert product.told("end", 120) is not None
        return resident(product.process.pid), before


def watched(hours: float) -> list[float]:
    """MiB of a simulated run, after each part."""
    known = load(shipped("demo"))
    found = []
    with (
        tempfile.TemporaryDirectory(prefix="hotzone-bench-") as folder,
        RecordingWriter(Path(folder), site_source=known.source, version="bench", started=0) as log,
    ):
        lockstep = Lockstep(known, halls_of(known, EPOCH, 1, ()), version="bench", log=log)
        part = round(hours * HOUR) // PARTS
        for step in lockstep.steps(PARTS * part):
            if step.at >= EPOCH + (len(found) + 1) * part:
                found.append(resident())
    return found[:PARTS]


def measure(scale: Scale) -> Run:
    """Both."""
    after, before = held(scale)
    parts = answer("measures.memory", scale.hours)[SETTLED:]
    slope = linear_regression([number * scale.hours / PARTS for number in range(len(parts))], parts).slope
    figures = {
        "before the first reading": Figure(before, "MiB"),
        f"a run of {scale.hours:g} h": Figure(parts[-1], "MiB"),
        "slope": Figure(slope, "MiB/h"),
    }
    return Run(after, figures=figures)


SUBJECTS: Final = (Subject("hotzone", measure, missing),)


if __name__ == "__main__":
    say(watched(float(sys.argv[1])))
