"""What a reading costs in memory, without broker and disk: decoded, folded in the style `rx`, and by the operator `hot_zones`.

    python -m benchmarks.measures.in_memory SENSORS PERIODS every

Each thermometer reports every 10 s, by 0.01 K, with noise, so nearly every reading changes its zone's value. Zones have 100 thermometers.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from typing import Final

import reactivex as rx
from reactivex import operators as ops

from hotzone.config import loads
from hotzone.config.model import Site
from hotzone.config.units import SECOND
from hotzone.pipeline import Event, Pipeline, hot_zones
from hotzone.pipeline.hall import HallFold
from hotzone.pipeline.inputs import Input, Rejected
from hotzone.pipeline.stages.decode import Decoder
from hotzone.pipeline.state import PipelineState
from hotzone.pipeline.zones import ZoneFolds
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.reading import Reading

from ..measured import Figure, Run, Subject
from ..peers.receivers import PYTHON, peers_missing
from ..processes import answer, say
from ..readings import walks
from ..scale import Scale

START: Final = 1_700_000_000 * SECOND
PERIOD: Final = 10 * SECOND
BATCH: Final = 1_000
ZONE: Final = 100
"""Thermometers of a zone."""
WARM: Final = 2
"""Periods before the measurement: at first everything is new, and takes the long way."""
SINGLE: Final = 10_000
"""Readings of the operator that takes them one by one."""


def site_of(sensors: int) -> Site:
    """Thermometers evenly over zones of the defaults."""
    zones = max(1, sensors // ZONE)
    lines = [f'[halls.h1.zones.z{number:03}]\nsensors = ["in-1"]\nlayout.count = {sensors // zones}' for number in range(zones)]
    return loads("\n".join(['name = "memory"\n[layout]\nname = "{zone}-{n}"\n[halls.h1]', *lines]))


def frames_of(site: Site, periods: int) -> Iterator[list[Frame]]:
    """A log of them all, in order of time, in batches as a busy broker makes them."""
    topics = [sensor.topic for sensor in site.sensors]
    batch = [Frame(START, Own.START, b'{"site":""}')]
    for period, sensor, at, celsius in walks(len(topics), periods, START + 1, PERIOD):
        payload = b'{"value":%.2f,"unit":"C","time":%d,"sequence":%d}' % (celsius, at // 1_000_000, period)
        batch.append(Frame(at, topics[sensor], payload))
        if len(batch) >= BATCH:
            yield batch
            batch = []
    yield batch


def seconds(work: Callable[[], object]) -> float:
    """Of the processor."""
    gc.collect()
    gc.freeze()
    began = time.process_time()
    work()
    return time.process_time() - began


def microseconds(sensors: int, periods: int, *, every: bool) -> dict[str, float]:
    """Of `rx`, or of every part, a reading, once every thermometer has been heard."""
    site = site_of(sensors)
    thermometers = site.sensors
    decoder = Decoder(site, list[Rejected]().extend)
    log = list(frames_of(site, WARM + periods))
    cut = -(-WARM * sensors // BATCH)
    first, log = log[:cut], log[cut:]
    decoded_first, decoded = [decoder(batch) for batch in first], [decoder(batch) for batch in log]
    readings = sum(map(len, log))
    single = [
        Reading(thermometers[sensor].id, "", celsius, at, at, sequence=period)
        for period, sensor, at, celsius in islice(walks(sensors, WARM + periods, START + 1, PERIOD), SINGLE)
    ]
    state, events = PipelineState(), list[Event]()
    zones, hall, whole = ZoneFolds(site, state), HallFold(site, state), Pipeline(site)
    flow = rx.compose(ops.map(zones.push), ops.map(hall.push))

    def fold(inputs: list[list[Input]]) -> None:
        rx.from_iterable(inputs).pipe(flow).subscribe(events.extend)

    fold(decoded_first)
    found = {"rx": seconds(lambda: fold(decoded)) / readings * 1e6}
    if not every:
        return found
    for batch in first:
        whole.push(batch)
    return found | {
        "decode": seconds(lambda: [decoder(batch) for batch in log]) / readings * 1e6,
        "decode and rx": seconds(lambda: [whole.push(batch) for batch in log]) / readings * 1e6,
        "hot_zones": seconds(lambda: rx.from_iterable(single).pipe(hot_zones(site)).subscribe(events.append)) / len(single) * 1e6,
    }


def measure_hotzone(scale: Scale) -> Run:
    """Readings a second of the middle hall, and what a reading costs in a small and in a large one."""
    halls = zip(scale.sensors, ("rx", "every", "rx"), strict=True)
    small, middle, large = (answer("measures.in_memory", sensors, periods(scale, sensors), parts) for sensors, parts in halls)
    figures = {
        **{f"{name}, a reading": Figure(taken, "us") for name, taken in middle.items()},
        f"rx at {scale.sensors[0]:,}, a reading": Figure(small["rx"], "us"),
        f"rx at {scale.sensors[2]:,}, a reading": Figure(large["rx"], "us"),
        "growth": Figure(large["rx"] / small["rx"], "x"),
    }
    return Run(1e6 / middle["rx"], middle["rx"], figures)


def periods(scale: Scale, sensors: int) -> int:
    """So many that halls of any size have about as many readings."""
    return max(2, scale.periods * scale.sensors[1] // sensors)


def measure_csp(scale: Scale) -> Run:
    """csp, whose nodes are Python, over as many readings."""
    taken = answer("peers.csp_graph", scale.sensors[1], scale.periods, ZONE, python=str(PYTHON))
    return Run(1e6 / taken, taken)


SUBJECTS: Final = (Subject("hotzone", measure_hotzone), Subject("csp", measure_csp, partial(peers_missing, "csp")))


if __name__ == "__main__":
    say(microseconds(int(sys.argv[1]), int(sys.argv[2]), every=sys.argv[3] == "every"))
