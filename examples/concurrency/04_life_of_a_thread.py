"""A thread is new, runnable, running, waiting and, once and for all, dead.

Python has no method that tells, but all of it can be seen: a thread has no identity before it starts, whoever looks at itself is running,
and the stack of another one shows whether it waits. One that is dead cannot be started again. Look at the names, too: logs and debuggers
show them, so hotzone names every thread by its role. (Without the GIL, what is called runnable here may well be running.)
In hotzone: handlers/calls.py: Loop
"""

import sys
import threading
import time


class ZoneWatch(threading.Thread):
    """Computes until that is enough, then waits for news."""

    def __init__(self, zone: str) -> None:
        super().__init__(name=f"watch-{zone}", daemon=True)
        self.enough, self.news, self.seen = False, threading.Event(), list[tuple[str, str]]()

    def run(self) -> None:
        while not self.enough:
            sum(range(1_000))
        self.see("running")
        self.news.wait()

    def state(self) -> str:
        if not self.is_alive():
            return "new" if self.ident is None else "dead"
        if self is threading.current_thread():
            return "running"
        return "waiting" if sys._current_frames()[self.ident].f_code is threading.Condition.wait.__code__ else "runnable"

    def see(self, expected: str) -> None:
        while self.state() != expected:
            time.sleep(0.001)
        self.seen.append((threading.current_thread().name, expected))
        print(f"{threading.current_thread().name:12}sees that {self.name} is {expected}")


def main() -> dict[str, object]:
    watch, unnamed = ZoneWatch("A1"), threading.Thread().name
    watch.see("new")
    watch.start()
    watch.see("runnable")
    watch.enough = True
    watch.see("waiting")
    watch.news.set()
    watch.join()
    watch.see("dead")
    try:
        watch.start()
    except RuntimeError as error:
        again = str(error)
    print(f"started again: {again}; and one that nobody names is called {unnamed}")
    return {"seen": watch.seen, "again": again, "main": threading.main_thread().name, "unnamed": unnamed}


if __name__ == "__main__":
    main()
