"""Threads are cheap, not free: keep a few, and hand them the jobs.

How many of 5,000 threads live at once is up to the machine, and each costs memory. Processes cost far more, even forked and without what
they spend themselves. A pool makes its workers once and hands them all the jobs; hotzone writes to its disk with a pool of one.
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
            worker = make(target=job, daemon=True)
            worker.start()
            workers.append(worker)
    return workers


def workers_of(pool: Executor, jobs: int, who: Callable[[], int]) -> int:
    with pool:
        return len({job.result() for job in [pool.submit(who) for _ in range(jobs)]})


def main() -> dict[str, object]:
    facts: dict[str, object] = {}
    for name, make in {"threads": threading.Thread, "processes": get_context("fork").Process}.items():
        began = time.process_time()
        for worker in started(make, 50, os.getpid):
            worker.join()
        facts[name] = time.process_time() - began
        print(f"making 50 {name} cost {facts[name] * 1000:.0f} ms of our processor time")
    gate, before, began = threading.Event(), memory_kib(), time.perf_counter()
    crowd = started(threading.Thread, 5_000, gate.wait)
    facts |= {"seconds": time.perf_counter() - began, "alive": threading.active_count() - 1, "KiB": (memory_kib() - before) / len(crowd)}
    print(f"of 5,000 threads {facts['alive']:,} lived at once: made in {facts['seconds']:.2f} s, {facts['KiB']:.0f} KiB each")
    gate.set()
    for thread in crowd:
        thread.join()
    facts["thread pool"] = workers_of(ThreadPoolExecutor(8), 5_000, threading.get_ident)
    facts["process pool"] = workers_of(ProcessPoolExecutor(2, get_context("spawn")), 50, os.getpid)
    print(f"pools: 5,000 jobs done by {facts['thread pool']} of 8 threads, 50 jobs done by {facts['process pool']} of 2 processes")
    return facts


if __name__ == "__main__":
    main()
