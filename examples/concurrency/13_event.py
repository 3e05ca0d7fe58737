"""An event tells any number of threads at once, even in their sleep.

A thread cannot be ended from outside: it is told, and looks. A fan that sleeps a second between two looks learns of it when its sleep is
over; one that sleeps *on* the event wakes when it is set. `wait` says whether it is set, so `while not stop.wait(1)` is the whole loop. Then
two wardens stop four fans each. With one event for both halls the first warden stops all eight; with an event a hall the other hall runs on.
In hotzone: pipeline/styles/threads.py: Post
"""

import threading
import time
from collections.abc import Callable

PERIOD_S, PATIENCE_S = 1.0, 0.2


def looks_now_and_then(stop: threading.Event, turning: threading.Event) -> None:
    while not stop.is_set():
        turning.set()
        time.sleep(PERIOD_S)


def sleeps_on_the_event(stop: threading.Event, turning: threading.Event) -> None:
    turning.set()
    while not stop.wait(PERIOD_S):
        pass


def started(fan: Callable[[threading.Event, threading.Event], None], stop: threading.Event) -> threading.Thread:
    turning = threading.Event()
    thread = threading.Thread(target=fan, args=(stop, turning))
    thread.start()
    turning.wait()
    return thread


def turning_after(warden: threading.Thread, halls: list[list[threading.Thread]]) -> list[int]:
    warden.start()
    for thread in [warden, *halls[0], *halls[1]]:
        thread.join(PATIENCE_S)
    return [sum(fan.is_alive() for fan in hall) for hall in halls]


def main() -> dict[str, object]:
    facts: dict[str, object] = {}
    for fan in (looks_now_and_then, sleeps_on_the_event):
        thread = started(fan, stop := threading.Event())
        began = time.perf_counter()
        stop.set()
        thread.join()
        facts[fan.__name__] = seconds = time.perf_counter() - began
        print(f"a fan that {fan.__name__.replace('_', ' '):19} stops {seconds:.3f} s after it was told")
    for how, stops in {"one event": [threading.Event()] * 2, "an event each": [threading.Event(), threading.Event()]}.items():
        halls = [[started(sleeps_on_the_event, stop) for _ in range(4)] for stop in stops]
        facts[how] = turning = [turning_after(threading.Thread(target=stop.set, name="warden"), halls) for stop in stops]
        print(f"{how:13}  fans of both halls turning: [4, 4], after the first warden: {turning[0]}, after the second: {turning[1]}")
    return facts


if __name__ == "__main__":
    main()
