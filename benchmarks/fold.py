"""What a reading costs in memory, without broker and disk: decoded, folded by its zone, and the whole style.

    .venv/bin/python benchmarks/fold.py --sensors 10000 --zones 100 --periods 30 --rounds 5

Prints microseconds of processor time a reading, the least and the median of the rounds: the least is what the code takes, the rest is what
else was going on. Each thermometer reports every 10 s, by 0.01 K, with noise, so nearly every reading changes its zone's value.
"""

import argparse
import gc
import time
from collections.abc import Callable, Iterator
from random import Random
from statistics import median
from typing import Final

from hotzone.config import loads
from hotzone.config.model import Site
from hotzone.config.units import SECOND
from hotzone.pipeline import Pipeline
from hotzone.pipeline.hall import HallFold
from hotzone.pipeline.inputs import Measured
from hotzone.pipeline.stages.decode import Decoder
from hotzone.pipeline.state import PipelineState
from hotzone.pipeline.zones import ZoneFolds
from hotzone.sensors.frame import Frame, Own

START: Final = 1_700_000_000 * SECOND
PERIOD: Final = 10 * SECOND
BATCH: Final = 1_000


def site_of(sensors: int, zones: int) -> Site:
    """Thermometers evenly over zones of the defaults."""
    per_zone = "\n".join(f'[halls.h1.zones.z{number:03}]\nsensors = ["in-1"]\nlayout.count = {sensors // zones}' for number in range(zones))
    return loads(f'name = "memory"\n[layout]\nname = "{{zone}}-{{n}}"\n[halls.h1]\n{per_zone}\n')


def batches(site: Site, periods: int, seed: int = 1) -> list[list[Frame]]:
    """A log of them all, in order of time, in batches as a busy broker makes them."""
    random = Random(seed)
    topics = [sensor.topic for sensor in site.sensors]
    random.shuffle(topics)
    celsius = [random.gauss(23, 0.5) for _ in topics]
    step = PERIOD // len(topics)
    frames = [Frame(START, Own.START, b'{"site":""}')]
    for period in range(periods):
        for number, topic in enumerate(topics):
            at = START + 1 + period * PERIOD + number * step
            celsius[number] += random.gauss(0, 0.01) + (23 - celsius[number]) * 0.01
            value = round(celsius[number] + random.gauss(0, 0.02), 2)
            frames.append(Frame(at, topic, b'{"value":%.2f,"unit":"C","time":%d,"sequence":%d}' % (value, at // 1_000_000, period)))
    return [frames[index : index + BATCH] for index in range(0, len(frames), BATCH)]


def parts(site: Site, log: list[list[Frame]]) -> Iterator[tuple[str, Callable[[], None]]]:
    """What is measured, by name; each call is one round over the whole log, from a state of its own."""
    decoder = Decoder(site, lambda _: None)
    decoded = [decoder(batch) for batch in log]

    def decode() -> None:
        for batch in log:
            decoder(batch)

    def fold() -> None:
        state = PipelineState()
        zones, hall = ZoneFolds(site, state), HallFold(site, state)
        for inputs in decoded:
            hall.push(zones.push(inputs))

    def whole() -> None:
        pipeline = Pipeline(site)
        for batch in log:
            pipeline.push(batch)

    assert sum(isinstance(item, Measured) for inputs in decoded for item in inputs) == sum(map(len, log)) - 1
    yield "decode", decode
    yield "fold", fold
    yield "decode and fold", whole


def main() -> None:
    parser = argparse.ArgumentParser(description="What a reading costs in memory.")
    parser.add_argument("--sensors", type=int, default=10_000)
    parser.add_argument("--zones", type=int, default=100)
    parser.add_argument("--periods", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    site = site_of(options.sensors, options.zones)
    log = batches(site, options.periods)
    readings = sum(map(len, log)) - 1
    print(
        f"{readings:,} readings of {len(site.sensors):,} thermometers in {len(site.zones)} zones, batches of {BATCH:,}, {options.rounds} rounds"
    )
    for name, once in parts(site, log):
        taken = []
        for _ in range(options.rounds):
            gc.collect()
            began = time.process_time()
            once()
            taken.append((time.process_time() - began) / readings * 1e6)
        print(f"{name:16} {min(taken):6.2f} us, median {median(taken):6.2f} us: {1e6 / min(taken):9,.0f} readings a second")


if __name__ == "__main__":
    main()
