"""The corpus of bad input, as frames of a log and as messages of a broker."""

from collections.abc import Callable, Iterator
from functools import cache

from corpus.lines import HERE, PRIME, PRIMED, T0, Expect, Line, load

from hotzone.config import loads
from hotzone.config.model import Site
from hotzone.pipeline import Pipeline
from hotzone.pipeline.state import SensorState
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.reading import Quality

Run = Callable[..., tuple[int, str, str]]
"""A command in this process: exit code, output, complaints."""
STEP = 1_000
"""Between two frames, ns: all of the corpus arrives within a few milliseconds of `T0`."""
START = b'{"previous":null,"site":"","version":"1","rate":1.0,"session":false}'

_NOTE = "hotzone/corpus/note"


@cache
def site() -> Site:
    """The corpus' site."""
    return loads((HERE / "site.toml").read_text(encoding="utf-8"))


def opening() -> list[Frame]:
    """A run begins, and every thermometer says that it is well."""
    topics = [sensor.topic for sensor in site().sensors]
    return [Frame(PRIMED, Own.START, START), *(Frame(PRIMED + 1 + index, topic, PRIME) for index, topic in enumerate(topics))]


def logged(topic: str) -> str:
    """The name under which a log has what came on a topic: a note becomes hotzone's own frame before it is written."""
    return Own.NOTE if topic == _NOTE else topic


def frames(lines: tuple[Line, ...]) -> Iterator[tuple[Line, list[Frame], Frame]]:
    """Each line with the frames that come before it on its topic, and its own."""
    at = T0
    for line in lines:
        earlier = [Frame(at + index * STEP, line.topic_text, payload) for index, payload in enumerate(line.earlier_payloads)]
        at += (len(earlier) + 1) * STEP
        yield line, earlier, Frame(at - STEP, logged(line.topic_text), line.payload_bytes)


def primed() -> Pipeline:
    """A pipeline past the opening."""
    pipeline = Pipeline(site())
    pipeline.push(opening())
    return pipeline


def sensor(pipeline: Pipeline, topic: str) -> SensorState:
    """The state of the thermometer on a topic."""
    known = next(one for one in site().sensors if one.topic == topic)
    return pipeline.zones[known.zone].sensors[known.id]


def ignored(pipeline: Pipeline) -> dict[tuple[str, str], int]:
    """How many readings changed nothing, by zone and reason."""
    return {(zone, reason): count for zone, known in pipeline.zones.items() for reason, count in known.ignored.items()}


def judged(pipeline: Pipeline, topic: str, before: dict[tuple[str, str], int]) -> tuple[Expect, str]:
    """What became of the last reading, by the state of its thermometer; `before` is what was ignored before it."""
    for (zone, reason), count in ignored(pipeline).items():
        if count > before.get((zone, reason), 0):
            return "quarantine", reason
    known = sensor(pipeline, topic)
    return ("accept", "") if known.quality is Quality.GOOD else ("quarantine", known.cause)


__all__ = [
    "PRIME",
    "START",
    "STEP",
    "T0",
    "Expect",
    "Line",
    "Run",
    "frames",
    "ignored",
    "judged",
    "load",
    "logged",
    "opening",
    "primed",
    "sensor",
    "site",
]
