"""The lessons on coordination, streams and arrays: what each claims, on this machine and in this run."""

import os
import shutil

import pytest

from support.lessons import facts, if_there_are_cores, run

READINGS = [24.1, 24.9, 26.3, 28.8, 32.4]


def test_11_a_call_reaches_who_waits_already_and_one_call_one_of_them() -> None:
    found = facts(11)
    assert found["called too early"] == [[], []]
    assert sorted(found["one is called"]) == [[], [24.1]]
    assert found["mended"] == [READINGS, READINGS]


def test_12_a_semaphore_keeps_to_the_count_unless_somebody_gives_back_what_was_never_taken() -> None:
    assert facts(12) == {
        "nobody counts": 16,
        "Semaphore": 8,
        "two too many": 12,
        "BoundedSemaphore": 8,
        "caught": "Semaphore released too many times",
    }


def test_13_an_event_wakes_who_sleeps_on_it() -> None:
    found = facts(13)
    assert found["sleeps_on_the_event"] < found["looks_now_and_then"] / 2 < 0.6


def test_13_a_warden_stops_four_fans_and_with_one_event_for_both_halls_all_eight() -> None:
    assert facts(13)["one event"] == [[0, 0], [0, 0]]
    assert facts(13)["an event each"] == [[0, 4], [0, 0]]


def test_14_with_a_barrier_nobody_starts_before_the_last_is_ready() -> None:
    alone, together = facts(14)["by themselves"], facts(14)["with a barrier"]
    zones = {"A1", "A2", "B1", "B2"}
    assert next(place for place, line in enumerate(alone) if "starts" in line) < alone.index("B2 ready")
    assert set(together[:4]) == {f"{zone} ready" for zone in zones}
    assert together[4] == "clock set"
    assert together.count("clock set") == 2, "once a round"
    assert {line for line in together if "starts" in line} == {f"{zone} starts" for zone in zones}
    again = together.index("clock set", 5)
    assert all(together[:again].count(f"{zone} ready") == 2 for zone in zones)


def test_14_who_waits_for_somebody_who_never_comes_is_told_when_the_barrier_is_broken() -> None:
    assert facts(14)["stuck"] == 3
    assert set(facts(14)["broken"][3:]) == {"A1 told", "A2 told", "B1 told"}


def test_15_the_kind_of_queue_is_the_order() -> None:
    found = facts(15)
    came = ["warm A1", "critical B1", "hot C1", "warm A2"]
    assert found["first in, first out"] == came
    assert found["last in, first out"] == came[::-1]
    assert found["most urgent first"] == ["critical B1", "hot C1", "warm A1", "warm A2"]
    assert "not supported between instances of 'dict' and 'dict'" in found["without a number"]


def test_15_a_bound_makes_the_publisher_wait_and_empty_is_not_done() -> None:
    found = facts(15)
    assert (found["without a bound"], found["with a bound"]) == (1_000, 5)
    assert found["taken"] == {"empty": True, "join waits": True}
    assert found["done"] == {"empty": True, "join waits": False}


def test_16_a_window_slides_and_is_looked_at_through_a_copy() -> None:
    found = facts(16)
    assert found["window"] == [27.5, 30.0, 32.5]
    assert found["mean of a copy"] == 30.0
    assert "mutated during iteration" in found["walked through"]


def test_16_a_set_that_is_extended_leaks_and_one_that_is_inside_does_not() -> None:
    found = facts(16)
    assert found["past the lock"] == ["B1"]
    assert {"__ior__", "update", "discard"} <= set(found["without a lock"])
    assert "add" not in found["without a lock"]
    assert found["times told"] == {"HotZones": 2, "SetInside": 1}


def test_17_a_handler_that_raises_ends_the_loop_unless_each_is_called_by_itself() -> None:
    assert facts(17)["careless"] == {"log": "+++", "fan": 70, "celsius": 27.0}
    assert facts(17)["careful"] == {"log": "+++x---", "fan": 40, "celsius": 27.2}


def test_18_the_stream_makes_of_the_same_keys_what_the_callbacks_made() -> None:
    fan, celsius = facts(18)["hot"]["last"]
    assert {"fan": fan, "celsius": round(celsius, 1)} == {name: facts(17)["careful"][name] for name in ("fan", "celsius")}
    assert facts(18)["hot"]["alarms"] == ["normal", "hot", "normal", "hot"]


def test_18_a_cold_stream_runs_for_each_and_a_hot_one_for_all() -> None:
    cold, hot = facts(18)["cold"], facts(18)["hot"]
    assert (cold["pressed"], hot["pressed"]) == (48, 16)
    assert cold["latecomer saw"] == cold["first saw"] == 15
    assert hot["latecomer saw"] == 6
    assert hot["hall_s"] >= 16 * 60.0


def test_18_an_operator_that_raises_ends_the_stream() -> None:
    assert facts(18)["careless"]["errors"] == 3
    assert facts(18)["careless"]["first saw"] < facts(18)["cold"]["first saw"]


def test_19_every_way_finds_the_same_and_numpy_over_an_array_is_the_quick_one() -> None:
    found, seconds = facts(19)["too hot"], facts(19)["seconds"]
    assert len(found) == 4
    assert set(found.values()) == {6_045}
    assert seconds["numpy, of an array"] < seconds["loop over a list"] / 10
    assert seconds["numpy, of a list"] > seconds["numpy, of an array"] * 10, "what was won is lost"
    assert seconds["loop over an array"] > seconds["loop over a list"]


def test_19_memory_sets_the_pace_and_the_way_to_a_gpu_is_longer_than_the_work_there() -> None:
    seconds = facts(19)["seconds"]
    assert seconds["numpy, of an array"] < seconds["copy of an array"] * 3
    assert seconds["to a GPU, reckoned"] > seconds["on a GPU, reckoned"] * 10
    assert seconds["to a GPU, reckoned"] == 8_000_000 / 64e9


def test_20_beside_a_thread_that_computes_one_is_late_by_the_switch_interval() -> None:
    found = facts(20)
    if not found["gil"]:
        pytest.skip("this Python has no GIL")
    assert found["Python"]["5 ms"] > 0.004
    assert found["Python"]["50 ms"] > 0.04
    assert found["machine code"]["50 ms"] < 0.02
    assert found["Python"]["cores"] < 1.3


def test_20_machine_code_keeps_more_cores_busy() -> None:
    if not facts(20)["gil"]:
        pytest.skip("this Python has no GIL")
    if_there_are_cores(lambda: run(20), lambda found: found["machine code"]["cores"] > 1.2 * found["Python"]["cores"])


@pytest.fixture(scope="module")
def free_threaded() -> str:
    """A Python without the GIL, where there is one."""
    for name in (os.environ.get("HOTZONE_FREE_THREADED"), "python3.14t", "python3.13t"):
        if name and (found := shutil.which(name)):
            return found
    pytest.skip("no free-threaded Python in PATH, nor in HOTZONE_FREE_THREADED")


def test_20_a_python_without_the_gil_says_so_and_nobody_is_late(free_threaded: str) -> None:
    found = run(20, free_threaded)
    assert found["gil"] is False
    assert max(found[work][interval] for work in ("Python", "machine code") for interval in ("5 ms", "50 ms")) < 0.02


def test_02_on_a_python_without_the_gil_threads_compute_side_by_side(free_threaded: str) -> None:
    if_there_are_cores(lambda: run(2, free_threaded), lambda found: found["threads"]["cores"] > 1.2 * found["one after the other"]["cores"])


def test_lessons_end_the_same_way_without_the_gil(free_threaded: str) -> None:
    told = {number: run(number, free_threaded) == facts(number) for number in (3, 8, 9, 10, 12, 15, 16)}
    assert told == dict.fromkeys(told, True)
