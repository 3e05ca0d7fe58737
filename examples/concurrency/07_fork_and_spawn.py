"""A process shares little, can outlive its parent, and can be ended.

A forked child begins with a copy of what its parent has become, a spawned one imports the module anew. What either changes stays its own,
but for shared memory. A child whose parent dies goes on as an orphan, unless it watches its parent. A process that hangs can be ended
from outside, a thread cannot. hotzone never forks, for a fork copies the locks that other threads hold, but not the threads.
In hotzone: app/parallel.py: _process
"""

import os
import threading
import time
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.sharedctypes import Synchronized

site, spawn = {"limit": 27}, get_context("spawn")


def child(told: Connection, shared: "Synchronized[int]") -> None:
    found, site["limit"], shared.value = site["limit"], 35, 35
    told.send(found)


def parent(told: Connection, watchful: bool) -> None:
    spawn.Process(target=grandchild, args=(told, watchful)).start()
    os._exit(1)  # at once, as if killed


def grandchild(told: Connection, watchful: bool) -> None:
    parent_process().join()
    if not watchful:
        told.send("goes on as an orphan")


def main() -> dict[str, object]:
    site["limit"], facts = 30, {}
    for how, context in (("forked", get_context("fork")), ("spawned", spawn)):
        shared, (hear, tell) = context.Value("i", 30), context.Pipe(duplex=False)
        context.Process(target=child, args=(tell, shared)).start()
        facts[how] = {"child found": hear.recv(), "parent has": site["limit"], "both share": shared.value}
    for how in ("careless", "watchful"):
        hear, tell = spawn.Pipe(duplex=False)
        spawn.Process(target=parent, args=(tell, how == "watchful")).start()
        tell.close()
        try:
            facts[how] = {"child of a dead parent": hear.recv()}
        except EOFError:  # nobody is left who could tell
            facts[how] = {"child of a dead parent": "ended as well"}
    process = spawn.Process(target=time.sleep, args=(3_600,))
    process.start()
    process.terminate()
    process.join()
    facts["hung"] = {"process ended by signal": -process.exitcode, "thread can be ended": hasattr(threading.Thread, "terminate")}
    for how, what in facts.items():
        print(f"{how:10}", *(f"{name}: {value}" for name, value in what.items()), sep="  ")
    return facts


if __name__ == "__main__":
    main()
