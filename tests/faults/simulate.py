"""Simulate seeds: the whole of hotzone in virtual time, with faults drawn from the seed.

.venv/bin/python tests/faults/simulate.py --seed 4711          # one, with its story
.venv/bin/python tests/faults/simulate.py --seeds 10000        # many, by a process a core; a failing one prints itself
.venv/bin/python tests/faults/simulate.py --from 500 --seeds 100 --jobs 1
.venv/bin/python tests/faults/simulate.py --seeds 10000 --into seeds.jsonl   # stopped, it goes on there; another program is another file
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.simulated.many import Results, results
from support.simulated.run import simulate


def main(arguments: list[str]) -> int:
    """0 when nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--jobs", type=int, help="processes; one a core unless said otherwise")
    parser.add_argument("--into", type=Path, help="a file of results, a line each, in which to go on")
    chosen = parser.parse_args(arguments)
    if chosen.seed is not None:
        outcome = simulate(chosen.seed)
        print(outcome)
        for what, count in sorted(outcome.counts.items()):
            print(f"  {count:6} {what}")
        return bool(outcome.wrong)
    found = Results(range(chosen.first, chosen.first + chosen.seeds), chosen.into)
    for one in found.failed:
        print(one.story)
    try:
        for result in results(found.missing, chosen.jobs):
            found.add(result)
            if result.wrong:
                print(f"{result.story}\n  again: .venv/bin/python tests/faults/simulate.py --seed {result.seed}", flush=True)
    except KeyboardInterrupt:
        pass
    print(found)
    return bool(found.failed or found.missing)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
