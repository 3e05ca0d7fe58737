"""The order of two threads is not determined, so no result may depend on it.

One worker drives a fan's trim up to 1,000, another drives it down to -1,000; each goes on until it has been there. After any step the
system may let the other go on. In practice whoever starts first mostly wins: luck that looks like a law. So `Deal` takes the system's
place; each order that it deals could have come. Mended, each worker has a trim of its own: they still arrive in any order, and the
result is the same. In hotzone zones share nothing, and frames are put in order before anybody works on them.
In hotzone: app/sequencer.py: Sequencer
"""

import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

STEP, GOAL = {"up": 1, "down": -1}, 1_000


class Deal:
    """Gives the workers their turns: another order for each seed."""

    def __init__(self, seed: int) -> None:
        self._random, self._changed, self._players = random.Random(seed), threading.Condition(), list(STEP)
        self._turn = self._random.choice(self._players)

    def play(self, name: str, step: Callable[[], bool]) -> None:
        with self._changed:
            while name in self._players:
                self._changed.wait_for(lambda: self._turn == name)
                if any(step() for _ in range(self._random.randint(1, 1_500))):
                    self._players.remove(name)
                self._turn = self._random.choice(self._players or [""])
                self._changed.notify_all()


def race(deal: Deal, trim_of: dict[str, str]) -> str:
    trims, arrived = Counter[str](), []

    def step(name: str) -> bool:
        trims[trim_of[name]] += STEP[name]
        if there := trims[trim_of[name]] * STEP[name] == GOAL:
            arrived.append(name)
        return there

    with ThreadPoolExecutor(len(STEP)) as workers:
        list(workers.map(lambda name: deal.play(name, lambda: step(name)), STEP))
    return f"{arrived[0]} was first, {', '.join(f'{trim} is at {trims[trim]:+,}' for trim in sorted(trims))}"


def main() -> dict[str, object]:
    ways = {"one trim for both": {"up": "trim", "down": "trim"}, "a trim each": {"up": "up", "down": "down"}}
    facts = {way: Counter(race(Deal(seed), trim_of) for seed in range(20)) for way, trim_of in ways.items()}
    for way, outcomes in facts.items():
        for outcome, times in outcomes.items():
            print(f"{way:17}  {times:2} of 20 orders: {outcome}")
    return facts


if __name__ == "__main__":
    main()
