"""A deque forgets by itself; a set with a lock is only as safe as the methods that take it.

`deque(maxlen=3)` is a sliding window: what is too old falls out. Threads may append to it, but whoever goes through it while it changes is
stopped; a copy, taken in one go, mends that. `HotZones` extends `set`, and `add` takes a lock. It leaks twice: whatever else changes a set,
`|=` for one, knows of no lock; and between looking and adding another thread may add, so one zone is told twice. Mended, the set is inside,
and looking and adding is one method. (Best is not to share: in hotzone each zone belongs to one worker.)
In hotzone: app/live.py: LiveTable
"""

import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean

meeting = threading.Barrier(2)


class HotZones(set[str]):
    def __init__(self) -> None:
        self.lock = threading.Lock()

    def add(self, zone: str) -> None:
        with self.lock:
            super().add(zone)

    def enter(self, zone: str) -> bool:
        new = zone not in self
        meeting.wait()  # both have looked: so it happens for certain
        self.add(zone)
        return new


class SetInside:
    def __init__(self) -> None:
        self._lock, self._zones = threading.Lock(), set[str]()

    def enter(self, zone: str) -> bool:
        with self._lock:
            before = len(self._zones)
            self._zones.add(zone)
            return len(self._zones) > before


def main() -> dict[str, object]:
    window, hot = deque([24.0, 25.0, 27.5, 30.0, 32.5], maxlen=3), HotZones()
    facts: dict[str, object] = {"window": list(window), "mean of a copy": fmean(window.copy())}
    with hot.lock:
        hot |= {"B1"}
        facts["past the lock"] = sorted(hot)
    facts["without a lock"] = [name for name in dir(set) if not hasattr(frozenset, name) and name not in vars(HotZones)]
    with ThreadPoolExecutor(2) as threads:
        facts["walked through"] = str(threads.submit(window.extend, (celsius + 1 for celsius in window)).exception())
        facts["times told"] = {type(zones).__name__: sum(threads.map(zones.enter, ["C1", "C1"])) for zones in (hot, SetInside())}
    for what, fact in facts.items():
        print(f"{what:14}  {fact}")
    return facts


if __name__ == "__main__":
    main()
