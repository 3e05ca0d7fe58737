"""Threads are cheap, not free: keep a few, and hand them the jobs.

How many of 5,000 threads live at once is up to the machine, and each costs memory. Processes cost far more, even forked. A pool makes
its workers once and hands them all the jobs; a pool of one does one after the other, which is how hotzone writes to its disk.
In hotzone: app/ledger.py: Ledger
"""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path


def memory_kib() -> float:
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024 if statm.exists() else float("nan")


def started(make: Callable[..., threading.Thread], count: int, job: Callable[[], object]) -> list[threading.Thread]:
    workers: list[threading.Thread] = []
    with suppress(RuntimeError, OSError):  # the system grants no more
        for _ in range(count):
            worker = make(target=job)
            worker.start()
            workers.append(worker)
    return workers


def workers_of(pool: Executor, jobs: int, who: Callable[[], int]) -> int:
    with pool:
        return len({job.result() for job in [pool.submit(who) for _ in range(jobs)]})


def main() -> dict[str, object]:
    facts: dict[str, object] = {}
    for name, make in {"threads": threading.Thread, "processes": get_context("fork").Process}.items():
        began = time.perf_counter()
        for worker in started(make, 50, os.getpid):
            worker.join()
        facts[name] = time.perf_counter() - began
        print(f"50 {name} made and over in {facts[name] * 1000:.0f} ms")
    gate, before, began = threading.Event(), memory_kib(), time.perf_counter()
    crowd = started(threading.Thread, 5_000, gate.wait)
    facts["seconds"], facts["alive"], facts["kib"] = time.perf_counter() - began, threading.active_count() - 1, memory_kib() - before
    print(f"of 5,000 threads {facts['alive']:,} lived at once: {facts['kib'] / 1024:.0f} MiB, made in {facts['seconds']:.2f} s")
    gate.set()
    for thread in crowd:
        thread.join()
    facts["thread pool"] = workers_of(ThreadPoolExecutor(8), 5_000, threading.get_ident)
    facts["process pool"] = workers_of(ProcessPoolExecutor(2, get_context("spawn")), 50, os.getpid)
    print(f"a pool of 8 threads did 5,000 jobs with {facts['thread pool']}, a pool of 2 processes did 50 jobs with {facts['process pool']}")
    return facts


if __name__ == "__main__":
    main()
