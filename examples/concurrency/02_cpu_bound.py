"""Threads share one interpreter; processes compute side by side.

Prime factors stand for all work that only computes, such as replaying a year of readings. It never waits, so there is no wait to share
out: of the threads only the one that holds the interpreter's lock, the GIL, gets on. Processes have an interpreter and a GIL each; what
it costs to start them is counted in. Look at the cores that are busy on the average, which is processor time by wall time. On a Python
without the GIL the threads do as well as the processes.
In hotzone: app/parallel.py: replay_in_processes
"""

import os
import random
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

WORKERS = max(2, min(4, os.cpu_count() or 2))


def prime_factors(number: int) -> list[int]:
    factors, divisor = [], 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    return [*factors, number] if number > 1 else factors


def factorise(numbers: list[int]) -> list[list[int]]:
    return [prime_factors(number) for number in numbers]


def in_pool(pool: Executor, portions: list[list[int]]) -> list[list[list[int]]]:
    with pool:
        return list(pool.map(factorise, portions))


def main() -> dict[str, object]:
    rng = random.Random(2)
    portions = [[rng.randint(20_000, 100_000_000) for _ in range(100)] for _ in range(100)]
    facts: dict[str, object] = {"gil": getattr(sys, "_is_gil_enabled", lambda: True)(), "numbers": portions}
    print(f"{WORKERS} workers, {os.cpu_count()} cores, {'with' if facts['gil'] else 'without'} the GIL")
    for name, way in {
        "one after the other": lambda: [factorise(portion) for portion in portions],
        "threads": lambda: in_pool(ThreadPoolExecutor(WORKERS), portions),
        "processes": lambda: in_pool(ProcessPoolExecutor(WORKERS, get_context("spawn")), portions),
    }.items():
        began, busy = time.perf_counter(), sum(os.times()[:4])
        factors = way()
        seconds = time.perf_counter() - began
        cores = (sum(os.times()[:4]) - busy) / seconds
        print(f"{name:20} 10,000 numbers in {seconds:.2f} s, {cores:.1f} cores busy")
        facts[name] = {"factors": factors, "seconds": seconds, "cores": cores}
    return facts


if __name__ == "__main__":
    main()
