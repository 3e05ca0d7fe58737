"""The lessons on coordination, streams and arrays: what each claims, on this machine and in this run."""

from support.lessons import facts

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
    assert found["looks_now_and_then"] > 0.9
    assert found["sleeps_on_the_event"] < found["looks_now_and_then"] / 2


def test_13_a_warden_stops_four_fans_and_with_one_event_for_both_halls_all_eight() -> None:
    assert facts(13)["one event"] == [[0, 0], [0, 0]]
    assert facts(13)["an event each"] == [[0, 4], [0, 0]]


def test_14_with_a_barrier_nobody_starts_before_the_last_is_ready() -> None:
    alone, together = facts(14)["by themselves"], facts(14)["with a barrier"]
    zones = {"A1", "A2", "B1", "B2"}
    assert alone.index("A1 starts") < alone.index("B2 ready")
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
