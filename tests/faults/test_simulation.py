"""The whole of hotzone in virtual time, under faults drawn from a seed; `support/simulated` has the hall, the machine and what must hold.

A seed that fails prints its faults, what was wrong and the command that runs it again.
"""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from hotzone.app.intake import Intake
from hotzone.app.runtime import Runtime
from hotzone.app.sequencer import HallClock
from support.runs import WALL, Diary, FakeFold, FakeLedger
from support.simulated.many import Result, Results, results
from support.simulated.plan import KINDS, POINTS, Fault, draw
from support.simulated.run import Outcome, simulate

SEEDS = 100
MORE = 1000


@cache
def outcome_of(seed: int) -> Outcome:
    return simulate(seed)


def check(outcome: Outcome) -> None:
    assert not outcome.wrong, f"{outcome}\n  again: .venv/bin/python tests/faults/simulate.py --seed {outcome.seed}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--seed")
        metafunc.parametrize("seed", range(SEEDS) if chosen is None else [chosen])


def test_nothing_is_lost_wrongly_told_or_left_uncooled(seed: int) -> None:
    check(outcome_of(seed))


@pytest.mark.parametrize("once", [6176, 21369])
def test_what_a_seed_once_showed_stays_mended(once: int) -> None:
    check(outcome_of(once))


def test_every_fault_was_really_hit(request: pytest.FixtureRequest) -> None:
    """A fault that never comes proves nothing."""
    if request.config.getoption("--seed") is not None:
        pytest.skip("only one seed was asked for")
    counts: Counter[str] = Counter()
    for seed in range(SEEDS):
        counts.update(outcome_of(seed).counts)
    wanted = {
        *("killed", "stopped", "stalled", "killed, site changed", "killed, snapshots gone"),
        *("link cut", "redelivered", "sessions lost", "acknowledged too late", "said again", "left alone"),
        *("disk refused", "not ready", "handler failed", "operator acted", "zone hot", "zone failsafe"),
        *("alarm.raised", "alarm.cleared", "alarm.acknowledged", "cooling.request", "sensor.history"),
        *("link.lost", "link.restored", "link.session-lost", "link.stalled", "link.disk", "link.dropping", "link.unheard"),
        *(f"killed after {point}" for point in POINTS),
    }
    assert not {what for what in wanted if not counts[what]}
    assert {fault.kind for seed in range(SEEDS) for fault in draw(seed)} == set(KINDS)


@pytest.mark.parametrize("seed_again", [1, 2])
def test_a_seed_runs_again_to_the_last_byte(seed_again: int) -> None:
    first, second = outcome_of(seed_again), simulate(seed_again)
    assert first.digest
    assert (first.digest, first.counts) == (second.digest, second.counts)


async def test_every_stage_of_the_runtime_has_its_point() -> None:
    """A stage that is added is a place at which a kill may come."""
    diary = Diary()
    clock = HallClock(lambda: WALL, lambda: 0)
    runtime = Runtime(FakeFold(diary), FakeLedger(diary), Intake(), clock, snapshot_every=1)
    stages = {stage.__name__ for stage in (*runtime._flow, *runtime._clock_flow, runtime._keep)}
    assert stages == set(POINTS)


CASES = {
    "the link is lost, then the power, then the link is back": [Fault(30, 60, "link"), Fault(40, 70, "kill")],
    "the broker forgets us while we are down": [Fault(30, 60, "kill"), Fault(40, 41, "link-forgets")],
    "killed in a hot hall": [Fault(20, 100, "heat", "A1", 2.6), Fault(50, 52, "kill"), Fault(70, 72, "kill-without-snapshot")],
    "the end of an alarm comes while we are down": [Fault(20, 60, "heat", "B1", 2.6), Fault(55, 100, "kill")],
    "silent thermometers while the disk is full": [Fault(20, 60, "gateway", "A1-r01"), Fault(25, 50, "disk")],
    "a zone comes back into the site, and a snapshot is kept before the kill": [
        Fault(20, 21, "kill-and-change-site"),
        Fault(26, 32, "kill-and-change-site"),
        Fault(70, 72, "kill"),
    ],
    "a zone is taken out of the site while it is hot": [Fault(20, 90, "heat", "B1", 2.6), Fault(60, 65, "kill-and-change-site")],
}


@pytest.mark.parametrize("case", CASES)
def test_what_went_wrong_once(case: str) -> None:
    check(simulate(7, CASES[case]))


RESTARTS = [Fault(40, 41, "kill"), Fault(55, 70, "kill-without-snapshot"), Fault(75, 76, "stop"), Fault(80, 81, "kill-at", "_fold", 1)]


def edges(outcome: Outcome, *kinds: str) -> list[tuple[str, ...]]:
    """What was told of alarms, zones and thermometers, without the times."""
    names = ("type", "zone", "unit", "sensor", "rule", "state", "quality")
    told = [event for event in outcome.events if event.type.partition(".")[0] in kinds]
    return [tuple(str(getattr(event, name, "")) for name in names) for event in told]


@pytest.mark.parametrize("seed_again", [3, 4, 5])
def test_restarts_in_a_calm_hall_tell_nothing_and_lower_nothing(seed_again: int) -> None:
    plain, restarted = simulate(seed_again, []), simulate(seed_again, RESTARTS)
    check(restarted)
    assert restarted.counts["run.started"] == 5
    assert edges(plain, "alarm", "zone", "sensor") == edges(restarted, "alarm", "zone", "sensor"), "no storm"


@pytest.mark.parametrize("seed_again", [3, 4, 5])
def test_short_restarts_while_it_is_hot_tell_the_same_alarms_as_none(seed_again: int) -> None:
    hot = [Fault(20, 85, "heat", "A1", 2.6)]
    plain = simulate(seed_again, hot)
    restarted = simulate(seed_again, [*hot, Fault(60, 60.5, "kill"), Fault(70, 70.5, "kill-without-snapshot")])
    check(restarted)
    assert ("alarm.raised", "A1") in {edge[:2] for edge in edges(plain, "alarm")}
    assert edges(plain, "alarm", "zone") == edges(restarted, "alarm", "zone")


def test_a_checker_that_is_lied_to_says_so() -> None:
    """Without the mending of what comes again, readings would be in the log twice: the simulation must see that."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hotzone.app.repeats.tells_its_time", lambda _payload: False)
        outcome = simulate(7, [Fault(20, 90, "again", "A1/A1-r01/in-top"), Fault(30, 35, "kill")])
    assert any("duplicates" in what for what in outcome.wrong)


def test_many_seeds_are_run_side_by_side_and_go_on_where_they_were_stopped(tmp_path: Path) -> None:
    kept = tmp_path / "seeds.jsonl"
    first = Results(range(1), kept)
    first.add(Result(0, 7, 1.0, {"killed": 3}))
    with kept.open("ab") as file:
        file.write(b'{"seed":1,"ackno')  # a kill came
    found = Results(range(3), kept)
    assert found.missing == [1, 2]
    for result in results(found.missing, 2):
        found.add(result)
    again = Results(range(3), kept)
    assert again.missing == []
    assert str(again) == str(found)
    for seed in (1, 2):
        whole = outcome_of(seed)
        assert (again.of[seed].acknowledged, again.of[seed].counts, again.of[seed].wrong) == (whole.acknowledged, whole.counts, [])


@pytest.mark.soak
def test_many_more_seeds(request: pytest.FixtureRequest) -> None:
    found = Results(range(int(request.config.getoption("--seeds") or MORE)))
    for result in results(found.missing):
        print(result.story, end="", flush=True)
        found.add(result)
    print(found)
    assert not found.missing
    assert not found.failed, f"again: .venv/bin/python tests/faults/simulate.py --seed {found.failed[0].seed}"
