"""The lessons on threads and processes: what each claims, on this machine and in this run."""

import math
import os
import threading
from pathlib import Path

from support.lessons import facts, if_there_are_cores, run


def test_01_waits_overlap_in_threads_and_in_asyncio() -> None:
    ways = facts(1)
    assert set(ways) == {"one after the other", "ten threads", "asyncio"}
    pages = [f"/crac-{unit}: supply air at 18.5 °C" for unit in range(1, 11)]
    assert all(way["pages"] == pages for way in ways.values())
    alone = ways["one after the other"]["seconds"]
    assert alone >= 10 * 0.2
    for together in ("ten threads", "asyncio"):
        assert 0.2 <= ways[together]["seconds"] < alone / 2
    assert all(way["computing"] < alone / 4 for way in ways.values()), "it waits, it does not compute"


def test_02_only_processes_compute_side_by_side() -> None:
    found = facts(2)
    numbers = [number for portion in found["numbers"] for number in portion]
    assert len(numbers) == 10_000
    assert all(20_000 <= number <= 100_000_000 for number in numbers)
    factors = found["one after the other"]["factors"]
    assert [math.prod(each) for portion in factors for each in portion] == numbers
    assert found["threads"]["factors"] == factors
    assert found["processes"]["factors"] == factors
    assert all(_is_prime(factor) for factor in {factor for each in factors[0] for factor in each})
    if found["gil"]:
        assert found["threads"]["cores"] < 1.3, "one at a time holds the GIL"
    if _cores() > 1:
        if_there_are_cores(lambda: run(2), lambda again: bool(again["processes"]["cores"] > 1.2 * again["one after the other"]["cores"]))


def _is_prime(number: int) -> bool:
    return all(number % divisor for divisor in range(2, math.isqrt(number) + 1))


def _cores() -> float:
    """What the machine, or the container that this is, grants."""
    quota, period = [*_granted("cpu.max"), "100000"][:2]
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return allowed if quota == "max" else min(allowed, int(quota) / int(period))


def _granted(limit: str) -> list[str]:
    """A limit of the control group; "max" where there is none."""
    path = Path("/sys/fs/cgroup", limit)
    return path.read_text().split() if path.exists() else ["max"]


def test_03_either_may_come_first_and_only_what_is_not_shared_does_not_care() -> None:
    shared, own = facts(3)["one trim for both"], facts(3)["a trim each"]
    assert set(shared) == {"up was first, trim is at -1,000", "down was first, trim is at +1,000"}
    assert set(own) == {f"{first} was first, down is at -1,000, up is at +1,000" for first in ("up", "down")}
    assert sum(shared.values()) == sum(own.values()) == 20


def test_04_a_thread_is_seen_in_every_state_of_its_life() -> None:
    life = facts(4)
    assert life["seen"] == [
        ["MainThread", "new"],
        ["MainThread", "runnable"],
        ["watch-A1", "running"],
        ["MainThread", "waiting"],
        ["MainThread", "dead"],
    ]
    assert life["main"] == threading.main_thread().name
    assert life["unnamed"].startswith("Thread-")
    assert "only be started once" in life["again"]


def test_05_a_daemon_is_cut_off_and_any_other_keeps_the_program_alive() -> None:
    heartbeat = facts(5)
    assert all(program["beats"] > 0 for program in heartbeat.values())
    assert sorted(heartbeat["a daemon"]["said"]) == ["main thread ends", "worker is done"], "no goodbye"
    assert heartbeat["a daemon"]["ended"] == "the program ends"
    assert sorted(heartbeat["no daemon"]["said"]) == ["main thread ends", "worker is done"]
    assert heartbeat["no daemon"]["ended"] == "the program goes on until killed"
    assert heartbeat["told to stop"]["said"] == ["worker is done", "heartbeat says goodbye", "main thread ends"]
    assert heartbeat["told to stop"]["ended"] == "the program ends"


def test_06_threads_cost_less_than_processes_and_pools_less_than_either() -> None:
    found = facts(6)
    assert found["alive"] == 5_000 or _granted("pids.max") != ["max"], "only a limit makes them fewer"
    assert found["processes"] > 2 * found["threads"]
    assert math.isnan(found["KiB"]) or 1 <= found["KiB"] < 1024
    assert 1 <= found["thread pool"] <= 8
    assert 1 <= found["process pool"] <= 2


def test_07_what_a_child_has_of_its_parent() -> None:
    found = facts(7)
    assert found["forked"] == {"child found": 30, "parent has": 30, "both share": 35}
    assert found["spawned"] == {"child found": 27, "parent has": 30, "both share": 35}


def test_07_an_orphan_goes_on_unless_it_watches_and_a_process_can_be_ended() -> None:
    found = facts(7)
    assert found["careless"] == {"child of a dead parent": "goes on as an orphan"}
    assert found["watchful"] == {"child of a dead parent": "ended as well"}
    assert found["hung"] == {"process ended by signal": 15, "thread can be ended": False}


def test_08_an_update_is_lost_and_two_take_charge_until_looking_and_acting_are_one() -> None:
    assert facts(8) == {"without a lock": 70, "with a lock": 40, "w": 2, "x": 1}


def test_09_the_circle_is_found_and_broken_by_order_and_by_a_waiter() -> None:
    found = facts(9)
    assert found["as they stand"] == {"deadlock": [0, 1, 2, 3, 4, 0], "rounds": [0] * 5}
    for mended in ("in order", "with a waiter"):
        assert found[mended] == {"deadlock": [], "rounds": [20] * 5}


def test_10_a_lock_keeps_its_own_holder_out_and_an_rlock_does_not() -> None:
    found = facts(10)
    assert found["Lock"] == {"fan": 40, "hangs": True}
    assert found["RLock"] == {"fan": 60, "hangs": False}
    assert found["Lock at the door"] == {"fan": 60, "hangs": False}
    assert found["release"] == {"Lock": True, "RLock": False}
    assert found["free"] == [False, True]
