"""At a barrier everybody waits for the last, and then all go on.

Four zones get ready and start; what they measure is worth something only if nobody starts before all are ready. By themselves, the quick
ones do. (So that it happens for certain, the last one gets ready when another has started, as long as there is hope of that.) With a
barrier nobody does; one of the four sets the clock for all; and the same barrier serves the next round. What goes wrong at a barrier is
that somebody never comes: the others wait for ever. Mended, whoever gives up breaks it, and those who wait are told.
In hotzone: pipeline/styles/threads.py: push
"""

import threading
from collections.abc import Callable

ZONES, PATIENCE_S = ["A1", "A2", "B1", "B2"], 0.3


def commission(zones: list[str], rounds: int, meet: Callable[[], object], log: list[str]) -> list[threading.Thread]:
    started = threading.Event()

    def zone(name: str) -> None:
        for _ in range(rounds):
            if name == ZONES[-1]:
                started.wait(PATIENCE_S)
            log.append(f"{name} ready")
            try:
                meet()
            except threading.BrokenBarrierError:
                log.append(f"{name} told")
                return
            log.append(f"{name} starts")
            started.set()

    threads = [threading.Thread(target=zone, args=(name,), name=name) for name in zones]
    for thread in threads:
        thread.start()
    return threads


def joined(threads: list[threading.Thread], patience_s: float | None = None) -> int:
    """How many did not come to their end."""
    for thread in threads:
        thread.join(patience_s)
    return sum(thread.is_alive() for thread in threads)


def main() -> dict[str, object]:
    alone, together, broken = list[str](), list[str](), list[str]()
    joined(commission(ZONES, 1, lambda: None, alone))
    barrier = threading.Barrier(len(ZONES), action=lambda: together.append("clock set"))
    joined(commission(ZONES, 2, barrier.wait, together))
    stuck = joined(waiting := commission(ZONES[:-1], 1, barrier.wait, broken), 0.1)
    barrier.abort()
    joined(waiting)
    print(f"by themselves:  {', '.join(alone)}")
    print(f"with a barrier: {', '.join(together)}")
    print(f"{ZONES[-1]} never comes: {stuck} wait; the barrier is broken: {', '.join(broken)}")
    return {"by themselves": alone, "with a barrier": together, "stuck": stuck, "broken": broken}


if __name__ == "__main__":
    main()
