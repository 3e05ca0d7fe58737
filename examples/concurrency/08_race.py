"""Between looking and acting, somebody else may act.

Two controllers take 30 kW each of 100 kW of cooling. Both read 100 and write 70: an update is lost. So that it happens for certain, they
meet between reading and writing. Mended, a lock lets one at a time do both, and the meeting cannot take place. Files are no different: two
that see nobody in charge both take charge. Mended, mode "x" looks and creates in one go; hotzone locks a recording's folder likewise.
In hotzone: sensors/recording/folder.py: FolderLock
"""

import tempfile
from collections.abc import Callable
from contextlib import nullcontext, suppress
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Barrier
from pathlib import Path
from threading import BrokenBarrierError

spawn = get_context("spawn")


def take_30(budget: "Synchronized[int]", meeting: Barrier, locked: bool) -> None:
    with budget.get_lock() if locked else nullcontext():
        seen = budget.value
        with suppress(BrokenBarrierError):
            meeting.wait()
        budget.value = seen - 30


def take_charge(in_charge: "Synchronized[int]", meeting: Barrier, lease: Path, mode: str) -> None:
    if not lease.exists():
        meeting.wait()
        with suppress(FileExistsError), lease.open(mode), in_charge.get_lock():
            in_charge.value += 1


def two(work: Callable[..., None], begin: int, patience_s: float, *args: object) -> int:
    """What two processes make of a number that they share, when each waits so long for the other."""
    number, meeting = spawn.Value("i", begin), spawn.Barrier(2, timeout=patience_s)
    processes = [spawn.Process(target=work, args=(number, meeting, *args)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return number.value


def main() -> dict[str, object]:
    facts = {"without a lock": two(take_30, 100, 60, False), "with a lock": two(take_30, 100, 0.5, True)}
    for how, left in facts.items():
        print(f"{how:14}  30 kW taken from 100 kW, twice: {left} kW are left")
    with tempfile.TemporaryDirectory() as folder:
        for mode in ("w", "x"):
            facts[mode] = two(take_charge, 0, 60, Path(folder, mode), mode)
            print(f'mode "{mode}"        controllers in charge: {facts[mode]}')
    return facts


if __name__ == "__main__":
    main()
