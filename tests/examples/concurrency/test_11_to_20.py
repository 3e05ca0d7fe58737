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
    assert hot["hall_s"] == 16 * 60.0


def test_18_an_operator_that_raises_ends_the_stream() -> None:
    assert facts(18)["careless"]["errors"] == 3
    assert facts(18)["careless"]["first saw"] < facts(18)["cold"]["first saw"]
