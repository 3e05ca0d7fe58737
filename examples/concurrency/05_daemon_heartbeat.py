"""A daemon thread is cut off at exit; any other keeps the program alive.

Three programs, each in a process of its own: a worker lowers a fan, a heartbeat tells the cooling units that somebody is in charge, and
the main thread ends. The worker is waited for. The heartbeat, if it is a daemon, is cut off wherever it is: its `finally` is not run. If
it is none, it goes on for ever, and is killed here. Mended, it is told to stop and waited for. hotzone does that, and makes its threads
daemons as well, should one of them not listen.
In hotzone: handlers/host.py: HandlerHost
"""

import threading
from multiprocessing import Process, get_context
from multiprocessing.queues import SimpleQueue


def beat(stop: threading.Event, said: "SimpleQueue[str]") -> None:
    try:
        while not stop.wait(0.02):
            said.put("beat")
    finally:
        said.put("heartbeat says goodbye")


def program(said: "SimpleQueue[str]", heartbeat: str) -> None:
    stop = threading.Event()
    worker = threading.Timer(0.3, said.put, ["worker is done"])  # a thread that waits, then works
    beating = threading.Thread(target=beat, args=(stop, said), name="heartbeat", daemon=heartbeat == "a daemon")
    worker.start()
    beating.start()
    if heartbeat == "told to stop":
        worker.join()
        stop.set()
        beating.join()
    said.put("main thread ends")


def main() -> dict[str, object]:
    facts: dict[str, object] = {}
    for heartbeat in ("a daemon", "no daemon", "told to stop"):
        said, heard = get_context().SimpleQueue(), list[str]()
        process = Process(target=program, args=(said, heartbeat), daemon=True)  # should we be interrupted
        process.start()
        while not {"worker is done", "main thread ends"} <= set(heard):
            heard.append(said.get())
        while process.exitcode is None and heard[-25:] != ["beat"] * 25:  # whoever beats on like that goes on for ever
            process.join(0.01)
            heard += [] if said.empty() else [said.get()]
        ended = "the program ends" if process.exitcode == 0 else "the program goes on until killed"
        process.kill()
        process.join()
        while not said.empty():
            heard.append(said.get())
        lines = [line for line in heard if line != "beat"]
        print(f"{heartbeat:12}  {', '.join(lines)}, {ended} ({heard.count('beat')} beats)")
        facts[heartbeat] = {"beats": heard.count("beat"), "said": lines, "ended": ended}
    return facts


if __name__ == "__main__":
    main()
