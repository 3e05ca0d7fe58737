"""Many seeds: one process a core, nice to whatever else the machine does; what each seed came to, as soon as it has."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path

from msgspec import Struct, field, json

from .run import Outcome, simulate

NICE = 10


class Result(Struct):
    """What a seed came to, without its events."""

    seed: int
    acknowledged: int
    cpu_s: float
    counts: dict[str, int]
    wrong: list[str] = field(default_factory=list)
    story: str = ""
    """Of one that failed: its faults, and what was wrong."""


class Results:
    """Those of a range of seeds. With a file, each is a line of it, and what it holds already need not be run again."""

    def __init__(self, seeds: Sequence[int], path: Path | None = None) -> None:
        self._path = path
        self._seeds = seeds
        self.of: dict[int, Result] = {}
        if path is not None and path.exists():
            *whole, cut = path.read_bytes().split(b"\n")
            if cut:  # by a kill
                path.write_bytes(b"".join(line + b"\n" for line in whole))
            found = [json.decode(line, type=Result) for line in whole]
            self.of = {one.seed: one for one in found if one.seed in seeds}

    @property
    def missing(self) -> list[int]:
        """The seeds that have to be run."""
        return [seed for seed in self._seeds if seed not in self.of]

    @property
    def failed(self) -> list[Result]:
        """Where something was wrong."""
        return [one for one in self.of.values() if one.wrong]

    def add(self, result: Result) -> None:
        """Keep it."""
        self.of[result.seed] = result
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(json.encode(result) + b"\n")

    def __str__(self) -> str:
        counts: Counter[str] = Counter()
        for one in self.of.values():
            counts.update(one.counts)
        readings, minutes = sum(one.acknowledged for one in self.of.values()), sum(one.cpu_s for one in self.of.values()) / 60
        lines = [
            f"{len(self.of):,} of {len(self._seeds):,} seeds from {self._seeds[0]}: {len(self.failed)} failed; {readings:,} readings acknowledged",
            f"{minutes:.1f} minutes of processor time, {len(self.of) / minutes if minutes else 0:.0f} seeds a minute of it",
        ]
        return "\n".join(lines + [f"  {count:8,} {what}" for what, count in sorted(counts.items())])


def results(seeds: Sequence[int], jobs: int | None = None) -> Iterator[Result]:
    """Run them side by side. A process that dies leaves its seeds out; when we die, each ends with its present seed."""
    context = get_context("spawn")
    jobs = jobs or len(os.sched_getaffinity(0))
    receivers: list[Connection] = []
    for number in range(min(jobs, len(seeds))):
        receiver, sender = context.Pipe(duplex=False)
        context.Process(target=_work, args=(seeds[number::jobs], sender), daemon=True).start()
        sender.close()
        receivers.append(receiver)
    while receivers:
        for receiver in wait(receivers):
            assert isinstance(receiver, Connection)
            try:
                yield receiver.recv()
            except EOFError:
                receivers.remove(receiver)


def _work(seeds: Sequence[int], sender: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for whoever started us
    os.nice(NICE)
    for seed in seeds:
        began = time.process_time()
        outcome = simulate(seed)
        sender.send(_result(outcome, time.process_time() - began))


def _result(outcome: Outcome, cpu_s: float) -> Result:
    story = str(outcome) if outcome.wrong else ""
    return Result(outcome.seed, outcome.acknowledged, cpu_s, outcome.counts, outcome.wrong, story)
