"""A queue hands work from thread to thread, and its kind says who is served first and who waits.

The same alarms come out of three queues in three orders. Of two that are equally urgent a priority queue compares what comes next: a
number, as they came, or without it the alarms, which have no order. A queue without a bound takes what nobody can work off; a bounded one
makes whoever fills it wait. And a queue that is empty is not yet done, for the last alarm is in somebody's hands: `join` waits until
`task_done` has been said of each.
In hotzone: pipeline/styles/threads.py: _Lane
"""

from queue import LifoQueue, PriorityQueue, Queue
from threading import Thread

ALARMS = [(2, {"warm": "A1"}), (0, {"critical": "B1"}), (1, {"hot": "C1"}), (2, {"warm": "A2"})]
READINGS, PATIENCE_S = 1_000, 0.3


def order(queue: "Queue[tuple[int, int, dict[str, str]]]", numbers: list[int]) -> list[str] | str:
    try:
        for number, (urgency, alarm) in zip(numbers, ALARMS, strict=True):
            queue.put((urgency, number, alarm))
    except TypeError as error:
        return str(error)
    return [" ".join(*queue.get()[2].items()) for _ in ALARMS]


def waiting(queue: "Queue[int]") -> int:
    """How many readings wait while nobody takes any."""
    publisher = Thread(target=lambda: list(map(queue.put, range(READINGS))), daemon=True)
    publisher.start()
    publisher.join(PATIENCE_S)
    return queue.qsize()


def main() -> dict[str, object]:
    facts: dict[str, object] = {
        "first in, first out": order(Queue(), [1, 2, 3, 4]),
        "last in, first out": order(LifoQueue(), [1, 2, 3, 4]),
        "most urgent first": order(PriorityQueue(), [1, 2, 3, 4]),
        "without a number": order(PriorityQueue(), [0, 0, 0, 0]),
        "without a bound": waiting(Queue()),
        "with a bound": waiting(Queue(5)),
    }
    alarms = Queue[str]()
    alarms.put("critical B1")
    (waits := Thread(target=alarms.join)).start()
    alarms.get()
    waits.join(PATIENCE_S)
    facts["taken"] = {"empty": alarms.empty(), "join waits": waits.is_alive()}
    alarms.task_done()
    waits.join()
    facts["done"] = {"empty": alarms.empty(), "join waits": waits.is_alive()}
    for what, fact in facts.items():
        print(f"{what:19}  {fact}")
    return facts


if __name__ == "__main__":
    main()
