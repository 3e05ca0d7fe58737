"""A condition wakes those who wait; whether what they wait for is there, they look themselves.

One publisher puts readings on a board, two subscribers wait for them. Two things go wrong. A call reaches only those who wait already:
who comes later waits for a call that has been, though the reading is there. And `notify` wakes one of the two. Mended, a subscriber waits
*until there is something that it has not read*, and the publisher wakes all. `wait` lets go of the lock only while it waits: so whoever
gets the lock when two have counted themselves in knows that both are waiting.
In hotzone: handlers/driven.py: Driven
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

READINGS, PATIENCE_S = [24.1, 24.9, 26.3, 28.8, 32.4], 0.5


class Board:
    def __init__(self) -> None:
        self.changed, self.readings, self.waiting = threading.Condition(), list[float](), 0

    def publish(self, celsius: float, notify: Callable[[], None]) -> None:
        with self.changed:
            self.readings.append(celsius)
            notify()

    def hear_a_call(self) -> list[float]:
        with self.changed:
            self.waiting += 1
            return self.readings[-1:] if self.changed.wait(PATIENCE_S) else []

    def hear_what_is_new(self) -> list[float]:
        heard = list[float]()
        while len(heard) < len(READINGS):
            with self.changed:
                self.changed.wait_for(lambda: len(self.readings) > len(heard))
                heard.extend(self.readings[len(heard) :])
        return heard


def main() -> dict[str, object]:
    early, single, good = Board(), Board(), Board()
    with ThreadPoolExecutor(6, "subscriber") as threads:
        early.publish(24.1, early.changed.notify_all)
        too_late = [threads.submit(early.hear_a_call) for _ in range(2)]
        one_of_two = [threads.submit(single.hear_a_call) for _ in range(2)]
        while single.waiting < 2:
            time.sleep(0.001)
        single.publish(24.1, single.changed.notify)
        mended = [threads.submit(good.hear_what_is_new) for _ in range(2)]
        for celsius in READINGS:
            good.publish(celsius, good.changed.notify_all)
    ways = {"called too early": too_late, "one is called": one_of_two, "mended": mended}
    for way, subscribers in ways.items():
        print(f"{way:16}  the two heard {' and '.join(str(subscriber.result()) for subscriber in subscribers)}")
    return {way: [subscriber.result() for subscriber in subscribers] for way, subscribers in ways.items()}


if __name__ == "__main__":
    main()
