"""Inputs drawn from the corpus and changed: nothing is uncaught, nothing is slow, nothing is kept.

`make soak ARGS="-k fuzz -s"` runs a million and prints the figures. A failure names its seed, its target and its number.
"""

import gc
import resource
import sys
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus.mutate import random_of

from support.fuzzing import shown, targets

SEED = 1
LIMIT_NS = 50_000_000
"""Of this thread's processor time, for any one input."""
GROWTH = 16 * 2**20
"""Bytes by which the process may grow once a fifth of the inputs has been seen."""
PAGE = resource.getpagesize()


def held() -> int:
    """Bytes of memory that the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


@pytest.fixture(autouse=True)
def own_heap() -> Iterator[None]:
    """What pytest holds is not looked through for garbage: that takes 50 ms, in the time of some innocent input."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory of a process is read from /proc")
@pytest.mark.parametrize("count", [10_000, pytest.param(1_000_000, marks=pytest.mark.soak)])
def test_no_input_is_uncaught_slow_or_kept(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # The codec's panic on a string that is not UTF-8 leaves an exception behind, which pytest would collect.
    monkeypatch.setattr(sys, "unraisablehook", lambda _: None)
    monkeypatch.setenv("RUST_BACKTRACE", "0")  # or its first panic reads the symbols of the codec, which takes 60 ms
    kinds = targets()
    assert round(sum(kind.share for kind in kinds), 9) == 1
    times = {kind.name: array("q", bytes(8 * round(count * kind.share))) for kind in kinds}  # made whole, so that it does not grow
    verdicts: dict[str, Counter[str]] = {kind.name: Counter() for kind in kinds}
    rounds = 20
    before = 0
    done = 0
    clock = time.thread_time_ns
    for turn in range(rounds):
        if turn == rounds // 5:
            before = held()
        for kind in kinds:
            each = round(count * kind.share / rounds)
            for number in range(turn * each, (turn + 1) * each):
                sent = kind.make(random_of(SEED, number))
                begun = clock()
                try:
                    found = kind.take(sent)
                    times[kind.name][number] = clock() - begun
                    verdicts[kind.name][kind.judge(sent, found)] += 1
                except Exception as error:
                    msg = f"seed {SEED}, {kind.name}, number {number}: {sent!r:.2000}"
                    raise AssertionError(msg) from error
                done += 1
    grown = held() - before
    for kind in kinds:
        kind.end()
        taken = sorted(times[kind.name])
        assert len(verdicts[kind.name]) > 1
        print(
            f"{kind.name}: {len(taken):,} inputs, p50 {taken[len(taken) // 2] / 1e3:.0f} us, p99.9 {taken[len(taken) * 999 // 1000] / 1e3:.0f} us,"
            f" most {taken[-1] / 1e6:.1f} ms; {shown(verdicts[kind.name])}"
        )
        slowest = times[kind.name].index(taken[-1])
        assert taken[-1] < LIMIT_NS, f"seed {SEED}, {kind.name}, number {slowest}"
    print(f"{done:,} inputs, 0 uncaught, memory grew by {grown / 2**20:.1f} MiB after the first fifth")
    assert done == count
    assert grown < GROWTH
