"""Running a benchmark: every subject in turn, round by round, each round in another order."""

import os
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from hotzone.app.version import version

from .machine import described
from .measured import Benchmark, Peer, Result, Run, Subject, middle, ratio, spread
from .scale import Scale

OURS = "hotzone"


def measured(name: str, benchmark: Benchmark, scale: Scale, only: Collection[str] = ()) -> Result:
    """Every subject, or `only` some, as often as the scale says."""
    load = round(os.getloadavg()[0], 1)
    wanted = [subject for subject in benchmark.subjects if not only or subject.name in only]
    skipped = {subject.name: reason for subject in wanted if (reason := subject.missing())}
    runs: dict[str, list[Run]] = defaultdict(list)
    subjects = [subject for subject in wanted if subject.name not in skipped]
    rounds = min(scale.rounds, benchmark.rounds or scale.rounds)
    for number in range(rounds):
        for subject in turned(subjects, number):
            run = subject.measure(scale)
            runs[subject.name].append(run)
            told(f"{name}, round {number + 1}/{rounds}, {subject.name}", run, benchmark.unit)
    return result(benchmark, runs, skipped, load)


def turned(subjects: list[Subject], number: int) -> Iterator[Subject]:
    """Nobody is always first."""
    turn = number % max(1, len(subjects))
    yield from subjects[turn:]
    yield from subjects[:turn]


def told(what: str, run: Run, unit: str) -> None:
    """A line for each run."""
    found = f"{run.value:,.6g} {unit}" if run.value is not None else f"does not count: {run.why}"
    more = [f"{run.cpu:.2f} CPU-s/million"] if run.cpu is not None else []
    more += [f"{name} {figure.value:,.4g} {figure.unit}" for name, figure in run.figures.items()]
    print(f"{what}: {'; '.join([found, *more])}", file=sys.stderr, flush=True)


def result(benchmark: Benchmark, runs: dict[str, list[Run]], skipped: dict[str, str], load: float) -> Result:
    """The medians."""
    ours = runs.get(OURS, [])
    good = [run for run in ours if run.value is not None]
    values = [run.value for run in good if run.value is not None]
    peers = {name: theirs for name, theirs in runs.items() if name != OURS}
    return Result(
        value=middle(values),
        unit=benchmark.unit,
        ratio={name: found for name, theirs in peers.items() if (found := ratio(ours, theirs)) is not None},
        range=(min(values), max(values)) if values else None,
        cpu=middle([run.cpu for run in good]),
        rounds=len(ours),
        lossy=len(ours) - len(good),
        figures={name: spread([run.figures[name] for run in good if name in run.figures]) for name in (good[0].figures if good else ())},
        peers={name: found for name, theirs in peers.items() if (found := peer(theirs)) is not None},
        skipped=skipped,
        machine=described(),
        load=load,
        version=version(),
        date=datetime.now(UTC).date().isoformat(),
    )


def peer(runs: list[Run]) -> Peer | None:
    """The medians of a peer."""
    good = [run for run in runs if run.value is not None]
    values = [run.value for run in good if run.value is not None]
    value = middle(values)
    return None if value is None else Peer(value, (min(values), max(values)), middle([run.cpu for run in good]), len(runs) - len(good))
