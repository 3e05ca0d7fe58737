"""Whoever holds one thing and waits for the next may wait for ever.

Five controllers stand around five chillers, and each needs the two beside it. So that it happens for certain, each takes its first, then
meets the others: now all hold one and wait for a neighbour, round in a circle. Mended by order: all take the lower number first. Mended by
a waiter: only four may come near. Either way they cannot all meet, and get done. hotzone lets go of its lock before it calls a driver.
In hotzone: handlers/driven.py: Driven
"""

import threading
import time
from contextlib import AbstractContextManager, nullcontext, suppress

NEIGHBOURS = [(me, (me + 1) % 5) for me in range(5)]


def circle(holder: dict[int, int], wants: dict[int, int]) -> list[int]:
    """Controllers each of whom waits for the next, and the last for the first."""
    chain, me = [], 0
    while me in wants and me not in chain:
        chain.append(me)
        me = holder.get(wants[me], -1)
    return [*chain[chain.index(me) :], me] if me in chain else []


def cool(pairs: list[tuple[int, int]], waiter: AbstractContextManager[object], patience_s: float | None) -> dict[str, object]:
    chillers, meeting = [threading.Lock() for _ in range(5)], threading.Barrier(5, timeout=patience_s)
    holder, wants, rounds = dict[int, int](), dict[int, int](), [0] * 5

    def control(me: int, first: int, second: int) -> None:
        for _ in range(20):
            with waiter, chillers[first]:
                holder[first] = me
                with suppress(threading.BrokenBarrierError):
                    meeting.wait()
                wants[me] = second
                with chillers[second]:
                    del wants[me]
                    rounds[me] += 1

    controllers = [threading.Thread(target=control, args=(me, *pair), daemon=True) for me, pair in enumerate(pairs)]
    for controller in controllers:
        controller.start()
    while not (deadlock := circle(holder, wants.copy())) and any(controller.is_alive() for controller in controllers):
        time.sleep(0.01)
    return {"deadlock": deadlock, "rounds": rounds}


def main() -> dict[str, object]:
    facts = {
        "as they stand": cool(NEIGHBOURS, nullcontext(), None),
        "in order": cool([(min(pair), max(pair)) for pair in NEIGHBOURS], nullcontext(), 0.3),
        "with a waiter": cool(NEIGHBOURS, threading.Semaphore(4), 0.3),
    }
    for how, fact in facts.items():
        print(f"{how:13}  rounds done: {fact['rounds']}  who waits for whom: {' > '.join(map(str, fact['deadlock'])) or 'nobody'}")
    return facts


if __name__ == "__main__":
    main()
