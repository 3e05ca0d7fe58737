"""Simulate seeds: the whole of hotzone in virtual time, with faults drawn from the seed.

.venv/bin/python tests/faults/simulate.py --seed 4711          # one, with its story
.venv/bin/python tests/faults/simulate.py --seeds 10000        # many; a failing one prints itself
.venv/bin/python tests/faults/simulate.py --from 500 --seeds 100
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.simulated.run import simulate


def main(arguments: list[str]) -> int:
    """0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--from", type=int, default=0, dest="first")
    chosen = parser.parse_args(arguments)
    if chosen.seed is not None:
        outcome = simulate(chosen.seed)
        print(outcome)
        for what, count in sorted(outcome.counts.items()):
            print(f"  {count:6} {what}")
        return bool(outcome.wrong)
    began, bad, counts, readings = time.monotonic(), 0, Counter[str](), 0
    for number in range(chosen.first, chosen.first + chosen.seeds):
        outcome = simulate(number)
        counts.update(outcome.counts)
        readings += outcome.acknowledged
        if outcome.wrong:
            bad += 1
            print(outcome, flush=True)
            print(f"  again: .venv/bin/python tests/faults/simulate.py --seed {number}", flush=True)
    seconds = time.monotonic() - began
    print(f"{chosen.seeds:,} seeds from {chosen.first} in {seconds:.0f} s: {bad} failed; {readings:,} readings acknowledged")
    for what, count in sorted(counts.items()):
        print(f"  {count:8,} {what}")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
