"""Measuring: which style does what in which order, each in a process of its own, and the medians of what came of it."""

import inspect
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Final

from msgspec import Struct, field

from ...pipeline.styles import Style
from ...sensors.recording import Recording
from ..version import version
from .job import Job, Outcome, Scene
from .machine import machine, others_s
from .process import run

ALONE: Final = tuple(scene for scene in Scene if scene is not Scene.BROKER)
"""The scenes that need nothing but a recording; the first finds the pace of the others."""
SHARE: Final = 0.4
"""Of the slowest style's throughput, at which the paced scenes go."""


class Spread(Struct, frozen=True):
    """A figure over the rounds."""

    middle: float
    least: float
    most: float


def spread_of(values: Sequence[float]) -> Spread:
    """Of figures, one a round."""
    return Spread(median(values), min(values), max(values))


class Comparison(Struct, kw_only=True):
    """Everything that was measured, and on what."""

    recording: str
    site: str
    readings: int
    """Frames of each flat-out run."""
    rounds: int
    rate: float
    """Frames a second in the paced scenes."""
    broker: str | None = None
    """Through which everything went, if it did."""
    styles: tuple[Style, ...]
    machine: str
    others: float = 0.0
    """Cores that other programs kept busy meanwhile, on average."""
    version: str
    outcomes: list[Outcome] = field(default_factory=list)

    def of(self, style: Style, scene: Scene) -> list[Outcome]:
        """The rounds of one style in one scene."""
        return [outcome for outcome in self.outcomes if outcome.style is style and outcome.scene is scene]

    def spread(self, style: Style, scene: Scene, figure: Callable[[Outcome], float | None]) -> Spread | None:
        """Median, least and most of a figure over the rounds; None where it was never measured."""
        found = [value for outcome in self.of(style, scene) if (value := figure(outcome)) is not None]
        return spread_of(found) if found else None

    @property
    def differing(self) -> list[str]:
        """Where styles wrote different journals from the same frames; empty when all is well."""
        digests: dict[tuple[Scene, int], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for outcome in self.outcomes:
            if outcome.scene is not Scene.STOP:
                digests[outcome.scene, outcome.round][outcome.digest].append(outcome.style)
        return [f"{scene}, round {number + 1}" for (scene, number), found in digests.items() if len(found) > 1]


Done = Callable[[int, int, str], None]
"""Is told how many runs of how many are done, and what comes next."""


def compare(
    recording: Path,
    *,
    broker: str | None = None,
    styles: Sequence[Style] = tuple(Style),
    scenes: Sequence[Scene] = ALONE,
    rounds: int = 3,
    readings: int = 200_000,
    done: Done = lambda *_: None,
) -> Comparison:
    """Put every style through every scene, `rounds` times, interleaved, each time another part of the recording.

    With `broker`, its URL, there is one scene: the recording through that broker.

    Raises:
        RecordingError: it cannot be read.
        RunFailed: a process that was measured failed; with what it said.
        MqttError: there is no such broker.
    """
    known = Recording(recording)
    first, *others = scenes if broker is None else [Scene.BROKER]
    total, counted = len(styles) * ((rounds > 1) + rounds * (1 + len(others))), 0
    began, before = time.monotonic(), others_s()
    outcomes: list[Outcome] = []
    starts = list(_starts(known, rounds, readings))

    def all_of(jobs: Iterable[Job]) -> Iterator[Outcome]:
        nonlocal counted
        for job in jobs:
            done(counted, total, f"{job.style}, {job.scene}")
            yield run(job)
            counted += 1
        done(counted, total, "")

    def jobs(scene: Scene, number: int, rate: float = 0.0) -> Iterator[Job]:
        turn = number % len(styles)  # nobody is always first
        for style in (*styles[turn:], *styles[:turn]):
            yield Job(
                style=style,
                scene=scene,
                recording=str(recording),
                since=starts[number],
                readings=readings,
                rate=rate,
                round=number,
                broker=broker,
                base=f"hotzone-compare/{os.getpid()}",
            )

    if rounds > 1:
        list(all_of(jobs(first, 0)))  # the first of each pays for cold caches
    for number in range(rounds):
        outcomes += all_of(jobs(first, number))
    rate = SHARE * min(median([outcome.frames / outcome.seconds for outcome in outcomes if outcome.style is style]) for style in styles)
    for number in range(rounds):  # scenes take turns, too: what else the machine does meanwhile is not held against one of them
        for scene in others:
            outcomes += all_of(jobs(scene, number, rate))
    return Comparison(
        recording=recording.resolve().name,
        site=_site_name(known),
        readings=max(outcome.frames for outcome in outcomes if outcome.scene is first),
        broker=broker,
        rounds=rounds,
        rate=rate,
        styles=tuple(styles),
        machine=machine(),
        others=(after - before) / (time.monotonic() - began) if before is not None and (after := others_s()) is not None else 0.0,
        version=version(),
        outcomes=outcomes,
    )


def lines_of(style: Style) -> int:
    """Lines of code of the style's file: no comments, no docstrings, no blank lines."""
    import ast
    import io
    import tokenize

    source = inspect.getsource(import_module(f"...pipeline.styles.{style}", __package__))
    texts = {
        line
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    coded = {
        line
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type not in quiet
        for line in range(token.start[0], token.end[0] + 1)
    }
    return len(coded - texts)


def _starts(recording: Recording, rounds: int, readings: int) -> Iterator[int | None]:
    """Where each round begins: at the beginning, and behind snapshots, spread over the recording as far as enough of it is left."""
    first, last = recording.first_at or 0, recording.last_at or 0
    room = max(0.0, 1 - readings / max(1, sum(info.frames for info in recording.segments)))
    for number in range(rounds):
        at = first + round((last - first) * room * number / max(1, rounds - 1))
        yield at if number and recording.snapshot_before(at) is not None else None


def _site_name(recording: Recording) -> str:
    from ...config import loads

    return loads(recording.site_source, secrets=False).name
