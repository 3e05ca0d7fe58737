"""From a frame to its event: how long after a note was due at the publisher it stands in the journal, among readings at a steady rate.

The way leads through Mosquitto, the commit to the disk and the fold; QoS 1. Pauses of any kind are in it, for notes are due each 20 ms
whatever happens. Of each note it is also told how long it waited for its commit: from when it was taken until it was safe on the disk, which
is the wait for the commit before it, the wait for others to go with, and the commit itself.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from math import ceil
from tempfile import NamedTemporaryFile
from typing import Final, NamedTuple

from msgspec import json

from ..broker import missing, mosquitto
from ..measured import Figure, Run, Subject
from ..processes import cpu_seconds, line
from ..product import Product, running
from ..readings import site
from ..scale import Scale
from ..stamped import NUMBER
from .through_broker import begin, measure_hotzone, publisher

QOS: Final = 1
SHARE: Final = 0.8
"""Of the most that it can take."""


class Waits(NamedTuple):
    """Of a run: milliseconds of each note, sorted, in all and for its commit; what the product says of itself; CPU-seconds a million."""

    whole: list[float]
    commit: list[float]
    said: dict[str, float]
    cpu: float


def waits(scale: Scale, rate: int, around: Callable[[Product], AbstractContextManager[None]] = nullcontext) -> Waits:
    """At this rate, with whatever goes on `around` it."""
    count = round(rate * scale.seconds)
    with (
        NamedTemporaryFile() as stamps,
        mosquitto(count) as broker,
        running(broker.url, site(QOS), ("benchmarks.stamped", stamps.name)) as product,
        publisher(broker.port, QOS, count, "rate", rate) as load,
        around(product),
    ):
        before, used = product.metrics(), cpu_seconds(product.process.pid)
        begin(load)
        told = noted(product)
        used = cpu_seconds(product.process.pid) - used
        after = product.metrics()
        dues: list[int] = json.decode(line(load.stdout))
        commits = [int(stamp.split()[1]) for stamp in stamps.read().splitlines()]
    assert len(told) == len(dues), f"{len(told)} of {len(dues)} notes came out"
    said = {name: after[name] - before.get(name, 0.0) for name in ("hotzone_commit_seconds_sum", "hotzone_commit_seconds_count")}
    assert len(commits) == len(dues), f"{len(commits)} of {len(dues)} notes were committed"
    return Waits(
        sorted((told[number] - due) / 1e6 for number, due in enumerate(dues, 1)),
        sorted(commit / 1e6 for commit in commits),
        said | {"lag": after["hotzone_loop_lag_seconds"]},
        used / count * 1e6,
    )


def noted(product: Product) -> dict[int, int]:
    """When each note came out, ns, by its number."""
    return {int(number): at for lines, at in product.growth("end") for number in NUMBER.findall(lines)}


def at(share: float, sorted_values: list[float]) -> float:
    """A quantile."""
    return sorted_values[ceil(share * len(sorted_values)) - 1]


def figures(name: str, found: Waits) -> dict[str, Figure]:
    """Quantiles, and where the time goes."""
    commit = found.said["hotzone_commit_seconds_sum"] / found.said["hotzone_commit_seconds_count"] * 1e3
    return {
        f"p50 at {name}": Figure(at(0.5, found.whole), "ms"),
        f"p99 at {name}": Figure(at(0.99, found.whole), "ms"),
        f"max at {name}": Figure(found.whole[-1], "ms"),
        f"p50 at {name}, for its commit": Figure(at(0.5, found.commit), "ms"),
        f"p99 at {name}, for its commit": Figure(at(0.99, found.commit), "ms"),
        f"mean commit at {name}": Figure(commit, "ms"),
        f"event loop late at {name}": Figure(found.said["lag"] * 1e3, "ms"),
    }


def measure(scale: Scale) -> Run:
    """At the rate asked for, and at a share of the most that it can take now."""
    found = waits(scale, scale.rate)
    most = measure_hotzone(QOS, scale).value
    if most is None:
        return Run(None, why="the peak could not be found")
    rate = max(500, round(SHARE * most) // 500 * 500)
    every = {**figures("the rate", found), **figures("80 %", waits(scale, rate)), "80 %": Figure(rate, "msg/s")}
    return Run(at(0.99, found.whole), found.cpu, every)


SUBJECTS: Final = (Subject("hotzone", measure, missing),)
