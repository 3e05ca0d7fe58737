"""A semaphore counts what is left, and lets nobody take what is not there.

Ten units of cooling, four controllers that need four each. Without a count all four take theirs: sixteen of ten. A semaphore lets two in
at a time; they take their units under a lock, or each of the four might hold two and wait for the others for ever. Then somebody gives
back two that were never taken: a `Semaphore` believes it, and three come in. A `BoundedSemaphore` knows how many there can be. So that it
happens for certain, whoever is in waits for the others, as long as there is hope that they come.
In hotzone: sensors/hall/publish.py: _open
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

UNITS, CONTROLLERS, NEED, PATIENCE_S = 10, 4, 4, 0.5


class Plant:
    """Cooling to share out, and how many units were in use at once."""

    def __init__(self, units: threading.Semaphore) -> None:
        self.units, self.taking, self.counting = units, threading.Lock(), threading.Lock()
        self.meeting = threading.Barrier(CONTROLLERS, timeout=PATIENCE_S)
        self.in_use = self.most = 0

    def cool(self, _: int) -> None:
        with self.taking:
            for _ in range(NEED):
                self.units.acquire()
        self.use(NEED)
        with suppress(threading.BrokenBarrierError):
            self.meeting.wait()
        self.use(-NEED)
        self.units.release(NEED)

    def use(self, units: int) -> None:
        with self.counting:
            self.in_use += units
            self.most = max(self.most, self.in_use)


def main() -> dict[str, object]:
    uncounted, counted = threading.Semaphore(1_000_000), threading.Semaphore(UNITS)
    credulous, bounded = threading.Semaphore(UNITS), threading.BoundedSemaphore(UNITS)
    credulous.release(2)
    try:
        bounded.release(2)
    except ValueError as error:
        caught = str(error)
    facts: dict[str, object] = {"caught": caught}
    for how, units in {"nobody counts": uncounted, "Semaphore": counted, "two too many": credulous, "BoundedSemaphore": bounded}.items():
        with ThreadPoolExecutor(CONTROLLERS, "controller") as controllers:
            list(controllers.map((plant := Plant(units)).cool, range(CONTROLLERS)))
        facts[how] = plant.most
        print(f"{how:17} {plant.most:2} of {UNITS} units in use at once")
    print(f"two too many for the BoundedSemaphore: {caught}")
    return facts


if __name__ == "__main__":
    main()
