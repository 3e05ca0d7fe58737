"""From a frame to its event: how long after a note was due at the publisher it stands in the journal, among readings at a steady rate.

The way leads through Mosquitto, the commit to the disk and the fold; QoS 1. Pauses of any kind are in it, for notes are due each 20 ms
whatever happens.
"""

import re
from math import ceil
from typing import Final

from msgspec import json

from ..broker import missing, mosquitto
from ..measured import Figure, Run, Subject
from ..processes import cpu_seconds, line
from ..product import Product, running
from ..readings import site
from ..scale import Scale
from .through_broker import begin, measure_hotzone, publisher

QOS: Final = 1
SHARE: Final = 0.8
"""Of the most that it can take."""
_NOTE: Final = re.compile(rb'"text":"n([0-9]+)\.')


def waits(scale: Scale, rate: int) -> tuple[list[float], dict[str, float], float]:
    """Milliseconds of each note; what the product says of itself; CPU-seconds a million."""
    count = round(rate * scale.seconds)
    with mosquitto(count) as broker, running(broker.url, site(QOS)) as product, publisher(broker.port, QOS, count, "rate", rate) as load:
        before, used = product.metrics(), cpu_seconds(product.process.pid)
        begin(load)
        told = noted(product)
        used = cpu_seconds(product.process.pid) - used
        after = product.metrics()
        dues: list[int] = json.decode(line(load.stdout))
    assert len(told) == len(dues), f"{len(told)} of {len(dues)} notes came out"
    said = {name: after[name] - before.get(name, 0.0) for name in ("hotzone_commit_seconds_sum", "hotzone_commit_seconds_count")}
    return (
        sorted((told[number] - due) / 1e6 for number, due in enumerate(dues, 1)),
        said | {"lag": after["hotzone_loop_lag_seconds"]},
        used / count * 1e6,
    )


def noted(product: Product) -> dict[int, int]:
    """When each note came out, ns, by its number."""
    return {int(number): at for lines, at in product.growth("end") for number in _NOTE.findall(lines)}


def at(share: float, sorted_values: list[float]) -> float:
    """A quantile."""
    return sorted_values[ceil(share * len(sorted_values)) - 1]


def figures(name: str, found: list[float], said: dict[str, float]) -> dict[str, Figure]:
    """Quantiles, and where the time goes."""
    commit = said["hotzone_commit_seconds_sum"] / said["hotzone_commit_seconds_count"] * 1e3
    return {
        f"p50 at {name}": Figure(at(0.5, found), "ms"),
        f"p99 at {name}": Figure(at(0.99, found), "ms"),
        f"max at {name}": Figure(found[-1], "ms"),
        f"mean commit at {name}": Figure(commit, "ms"),
        f"event loop late at {name}": Figure(said["lag"] * 1e3, "ms"),
    }


def measure(scale: Scale) -> Run:
    """At the rate asked for, and at a share of the most that it can take now."""
    found, said, cpu = waits(scale, scale.rate)
    most = measure_hotzone(QOS, scale).value
    if most is None:
        return Run(None, why="the peak could not be found")
    rate = max(500, round(SHARE * most) // 500 * 500)
    busy, said_busy, _ = waits(scale, rate)
    every = {**figures("the rate", found, said), **figures("80 %", busy, said_busy), "80 %": Figure(rate, "msg/s")}
    return Run(at(0.99, found), cpu, every)


SUBJECTS: Final = (Subject("hotzone", measure, missing),)
