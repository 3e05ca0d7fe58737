"""A locked method that calls a locked method waits for itself.

`boost` holds the unit's lock and calls `set_fan`, which wants it, too. A `Lock` does not ask who holds it, so the thread waits for itself,
for ever. An `RLock` knows its owner and lets it in again; others come in once it has been released as often as taken. Only the owner can
release it, while anybody can release a `Lock`. Best is not to need one: lock at the door, and take no lock inside, as hotzone does.
In hotzone: handlers/mqtt_events.py: MqttEvents
"""

import threading
from concurrent.futures import ThreadPoolExecutor


class Unit:
    def __init__(self, lock: "threading.Lock | threading.RLock") -> None:
        self.lock, self.fan = lock, 40

    def set_fan(self, percent: int) -> None:
        with self.lock:
            self._set_fan(percent)

    def _set_fan(self, percent: int) -> None:
        self.fan = percent

    def boost(self) -> None:
        with self.lock:
            self.set_fan(self.fan + 20)


class BetterUnit(Unit):
    def boost(self) -> None:
        with self.lock:
            self._set_fan(self.fan + 20)


def main() -> dict[str, object]:
    facts: dict[str, object] = {}
    lock, rlock = threading.Lock(), threading.RLock()
    for name, unit in {"Lock": Unit(threading.Lock()), "RLock": Unit(rlock), "Lock at the door": BetterUnit(lock)}.items():
        thread = threading.Thread(target=unit.boost, daemon=True)
        thread.start()
        thread.join(1)
        facts[name] = {"fan": unit.fan, "hangs": thread.is_alive()}
        print(f"{name:16}  the thread {'waits for itself' if thread.is_alive() else 'is done'}, the fan is at {unit.fan} %")
    for held in (lock, rlock, rlock):
        held.acquire()
    with ThreadPoolExecutor(1) as another:
        facts["release"] = {name: another.submit(held.release).exception() is None for name, held in (("Lock", lock), ("RLock", rlock))}
        facts["free"] = []
        for _ in range(2):
            rlock.release()
            facts["free"].append(another.submit(rlock.acquire, blocking=False).result())
    print(f"another thread may release a Lock: {facts['release']['Lock']}, an RLock: {facts['release']['RLock']}")
    print(f"an RLock that was taken twice is free after one release: {facts['free'][0]}, after two: {facts['free'][1]}")
    return facts


if __name__ == "__main__":
    main()
