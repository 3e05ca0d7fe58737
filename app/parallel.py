"""Replay by several processes: each folds some zones, and this one merges what they find and folds the hall.

    recording -> process 0..N: decode, zone folds -> pipe -> here: merge by watermark, hall fold, journal

Each process reads the recording by itself, which is about a seventh of what one process alone does. To send them the frames would put more on
this one: to pickle frames takes about as long as to read them. A pipe holds little, so a process that is ahead waits, and memory does not grow
with the recording.
"""

import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Final, NamedTuple

from ..config.model import Site
from ..pipeline import Event
from ..pipeline.hall import HallFold
from ..pipeline.merge import Merge
from ..pipeline.state import PipelineState
from ..pipeline.zones import Finding
from ..sensors.recording import Recording, Snapshot
from .errors import RunFailed
from .replay import sites_of
from .share import Assignment, Found, carried_over, work
from .strangers import Strangers

_JOIN_S: Final = 1.0
_END: Final = 1 << 63
"""Later than anything."""

Ask = Callable[[], Found | None]
"""The next that a process has found; None at the end. Raises what ended it."""


class Settled(NamedTuple):
    """What has come of the recording, up to some time."""

    at: int
    frames: int
    """More of the recording that somebody has read: what was read twice counts once."""
    events: list[Event]
    strangers: Strangers


def replay_in_processes(
    recording: Recording, jobs: int, site: Site | None = None, *, since: Snapshot | None = None, until: int | None = None
) -> Iterator[Settled]:
    """The same events as of `fold`, by up to `jobs` processes; they are gone when the iteration ends, however it ends.

    Raises:
        RecordingDamaged: after the events of everything before the damage.
        RunFailed: a process was ended from outside.
        ConfigError, NoSite: a recorded site file is not one for this version, or there is none.
    """
    with ExitStack() as stack:
        asks = [stack.enter_context(_process(one, number)) for number, one in enumerate(assign(recording, jobs, site, since, until))]
        yield from merged(asks)


def assign(
    recording: Recording, jobs: int, site: Site | None = None, since: Snapshot | None = None, until: int | None = None
) -> list[Assignment]:
    """What each process is to do: the zones of all sites of the recording, with about as many thermometers for each."""
    end = (recording.last_at or 0) + 1  # one end for all, also if somebody is still recording
    weights: dict[str, int] = {}
    for one in sites_of(recording, site):
        for zone in one.zones:
            weights[zone.id] = max(weights.get(zone.id, 0), len(zone.sensors))
    shares: list[set[str]] = [set() for _ in range(max(1, min(jobs, len(weights))))]
    loads_ = [0] * len(shares)
    for name in sorted(weights, key=lambda name: -weights[name]):
        least = loads_.index(min(loads_))
        shares[least].add(name)
        loads_[least] += weights[name]
    return [
        Assignment(recording.path, site, since, end if until is None else min(until, end), frozenset(zones), passing=number == 0)
        for number, zones in enumerate(shares)
    ]


def merged(asks: Sequence[Ask]) -> Iterator[Settled]:
    """What the processes find as one stream, folded by the hall."""
    merge, hall = Merge(len(asks)), _Hall()
    ended = 0
    while ended < len(asks):
        slowest = merge.slowest
        one = asks[slowest]()
        if one is None:
            ended += 1
            yield Settled(merge.watermark, 0, hall.push(merge.take(slowest, _END, ())), Strangers())
        else:
            hall.begins(one)
            settled = merge.take(slowest, one.at, one.findings)
            yield Settled(merge.watermark, one.frames if slowest == 0 else 0, hall.push(settled), one.strangers)


class _Hall:
    """The hall fold, under one site after the other."""

    def __init__(self) -> None:
        self._state: PipelineState | None = None
        self._fold: HallFold | None = None
        self._next: list[tuple[int, Found]] = []

    def begins(self, one: Found) -> None:
        """From its time on, another site counts."""
        if one.sites:
            self._next.append((one.begins, one))

    def push(self, findings: list[Finding]) -> list[Event]:
        """Fold findings, those of each site by itself."""
        events: list[Event] = []
        while findings and self._next and findings[-1].at >= self._next[0][0]:
            begins, one = self._next.pop(0)
            place = next(place for place, finding in enumerate(findings) if finding.at >= begins)
            events += self._push(findings[:place])
            findings = findings[place:]
            for site in one.sites:
                self._state = carried_over(self._state, one.snapshot)
                self._fold = HallFold(site, self._state)
        return events + self._push(findings)

    def _push(self, findings: list[Finding]) -> list[Event]:
        return self._fold.push(findings) if self._fold is not None and findings else []


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits for the end of the block. Children are born deaf to it: it is for us, and we end them.

    The mask is for them. It does not keep the signal from us, since another thread of ours, a library's, may take it.
    """
    resource_tracker.ensure_running()  # spawning starts it, and that takes the mask away again
    interrupts: list[int] = []
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    ours = threading.current_thread() is threading.main_thread()
    handler = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number)) if ours else None
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if interrupts:
        signal.raise_signal(signal.SIGINT)


@contextmanager
def _process(assignment: Assignment, number: int) -> Iterator[Ask]:
    """A fresh process, gone when the block ends."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(assignment, there), name=f"zone-worker-{number}", daemon=True)
    with _undisturbed():
        process.start()
    there.close()  # or its end would not be seen
    try:
        yield lambda: _ask(here, process, number)
    finally:
        here.close()
        process.join(0 if process.exitcode is None else _JOIN_S)
        if process.is_alive():
            process.terminate()
            process.join(_JOIN_S)
        if process.is_alive():
            process.kill()
            process.join()
        process.close()


def _ask(here: Connection, process: multiprocessing.process.BaseProcess, number: int) -> Found | None:
    try:
        said = here.recv()
    except (EOFError, OSError):
        process.join(_JOIN_S)
        code = process.exitcode
        how = "died" if code is None else f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        msg = f"process {number} of the replay {how} before it was done; the journal ends where it was"
        raise RunFailed(msg) from None
    if isinstance(said, Exception):
        raise said
    assert said is None or isinstance(said, Found)
    return said
