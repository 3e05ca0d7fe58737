"""One thread at a time runs Python, unless it is a Python without the GIL.

Whoever holds the global interpreter lock goes on until another has asked for it for a switch interval, 5 ms unless set. So a thread that
wakes up beside one that computes is late by as much, and two that compute keep one core busy. Machine code that needs no Python, here a
checksum, lets go of the lock meanwhile: nobody is late, and two cores are busy, if the machine has them to spare. On a free-threaded
Python so it is with all threads. Either way the lock protects the interpreter and not your data: lessons 3 and 8 go wrong on both.
In hotzone: app/health.py: watch_loop
"""

import hashlib
import platform
import statistics
import sys
import threading
import time
from collections.abc import Callable

NAP_S, DATA = 0.002, bytes(1_000_000)


def late(work: Callable[[], object], switch_interval_s: float) -> float:
    """By how much a thread oversleeps beside one that works: seconds, the median of nine naps."""
    sys.setswitchinterval(switch_interval_s)
    overslept, enough = list[float](), threading.Event()
    worker = threading.Thread(target=lambda: [work() for _ in iter(enough.is_set, True)])
    worker.start()
    for _ in range(9):
        began = time.perf_counter()
        time.sleep(NAP_S)
        overslept.append(time.perf_counter() - began - NAP_S)
    enough.set()
    worker.join()
    return statistics.median(overslept)


def cores_busy(work: Callable[[], object]) -> float:
    began, busy = time.perf_counter(), time.process_time()
    threads = [threading.Thread(target=lambda: [work() for _ in range(400)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return (time.process_time() - busy) / (time.perf_counter() - began)


def main() -> dict[str, object]:
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    print(f"Python {platform.python_version()} {'with' if gil else 'without'} the GIL")
    facts: dict[str, object] = {"gil": gil}
    works = {"Python": lambda: sum(number % 7 for number in range(10_000)), "machine code": lambda: hashlib.sha256(DATA)}
    for name, work in works.items():
        facts[name] = fact = {"5 ms": late(work, 0.005), "50 ms": late(work, 0.05), "cores": cores_busy(work)}
        print(f"beside {name}, switch interval  5 ms: {fact['5 ms'] * 1e3:4.1f} ms late")
        print(f"beside {name}, switch interval 50 ms: {fact['50 ms'] * 1e3:4.1f} ms late")
        print(f"two threads of {name}: {fact['cores']:.1f} cores busy")
    return facts


if __name__ == "__main__":
    main()
