"""One instruction, many data: numpy checks a million readings in one call.

Which of a million readings are above the limit? A loop asks one after the other, each time through the interpreter. numpy asks in machine
code, several with one instruction, and lets go of the GIL meanwhile. Two ways lose what was won: to make an array of a list for each check,
and to loop over an array. Look at the copy: just to copy the readings takes no less than to check them, so memory sets the pace, and to
compute faster would win little. A GPU has faster memory, but the readings must get there first: it pays for much work on few data, or for
data that stay there. Its two lines are reckoned from its data sheet; the others are measured.
In hotzone: sensors/hall/thermometers.py: Thermometers
"""

import time
from collections.abc import Callable

import numpy as np

READINGS, LIMIT = 1_000_000, 32.0
BUS, MEMORY = 64e9, 3.35e12
"""Bytes per second of an NVIDIA H100 SXM as stated: over PCIe 5.0 x16 one way, and of its HBM3 memory."""


def best(work: Callable[[], object]) -> float:
    """Seconds of the processor for the quickest of five tries: the others were disturbed."""
    tries = []
    for _ in range(5):
        began = time.process_time()
        work()
        tries.append(time.process_time() - began)
    return min(tries)


def main() -> dict[str, object]:
    array = np.random.default_rng(19).normal(27.0, 2.0, READINGS)
    readings: list[float] = array.tolist()
    checks: dict[str, Callable[[], int]] = {
        "loop over a list": lambda: sum(1 for celsius in readings if celsius > LIMIT),
        "loop over an array": lambda: sum(1 for celsius in array if celsius > LIMIT),
        "numpy, of a list": lambda: int(np.count_nonzero(np.array(readings) > LIMIT)),
        "numpy, of an array": lambda: int(np.count_nonzero(array > LIMIT)),
    }
    seconds = {way: best(check) for way, check in checks.items()}
    seconds["copy of an array"] = best(array.copy)
    seconds |= {"to a GPU, reckoned": array.nbytes / BUS, "on a GPU, reckoned": array.nbytes / MEMORY}
    for way, took in seconds.items():
        print(f"{way:19} {took * 1e3:8.3f} ms  {READINGS / took / 1e6:9,.0f} million readings a second")
    too_hot = {way: check() for way, check in checks.items()}
    print(f"above {LIMIT} °C, each way: {set(too_hot.values())}")
    return {"too hot": too_hot, "seconds": seconds}


if __name__ == "__main__":
    main()
