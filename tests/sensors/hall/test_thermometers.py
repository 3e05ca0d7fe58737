"""What thermometers publish, and how they err."""

import itertools
import json
from collections import Counter
from statistics import pstdev

import pytest

from hotzone.config.model import QualityRules, Site
from hotzone.config.service import HallSimulation
from hotzone.config.units import MILLISECOND, MINUTE, SECOND
from hotzone.sensors.hall import SimulatedHall, TimedMessage
from support.halls import START, hall, hall_site, readings

ONE = "A1/A1-r01/in-top"
STEADY = hall_site(("A1", "B1"), 3, settings=HallSimulation(load_swing=0.0))


def run(*faults: str, minutes: float = 10, site: Site = STEADY) -> tuple[SimulatedHall, list[TimedMessage]]:
    simulated = hall(site, *faults)
    return simulated, simulated.advance_to(START + round(minutes * MINUTE))


def values(said: list[TimedMessage], sensor: str = ONE) -> list[float]:
    return [reading["value"] for reading in readings(said, sensor)]


def test_each_thermometer_publishes_once_a_period_numbered_and_stamped() -> None:
    simulated, said = run(minutes=5)
    for sensor in simulated.layout.sensors:
        mine = readings(said, sensor.id)
        assert [reading["sequence"] for reading in mine] == list(range(1, 31))
        assert all(reading["unit"] == "C" for reading in mine)
        times = [message.at for message in said if message.topic == sensor.topic]
        assert [reading["time"] for reading in mine] == [at // MILLISECOND for at in times]


def test_readings_are_spread_over_the_period() -> None:
    _, said = run(minutes=1)
    seconds = Counter((message.at - START) // SECOND % 10 for message in said if "/in-" in message.topic or "/out-" in message.topic)
    assert len(seconds) == 10
    assert max(seconds.values()) < 3 * min(seconds.values())


def test_a_reading_is_the_truth_within_bias_and_noise() -> None:
    simulated, said = run(minutes=30)
    for sensor, truth in simulated.truth().inlets.items():
        assert values(said, sensor)[-1] == pytest.approx(truth, abs=1.0)
    assert 0.02 < pstdev(values(said)[-20:]) < 0.12


def test_values_lie_on_the_thermometers_quantum() -> None:
    _, said = run(site=hall_site(("A1",), 2, quality=QualityRules(quantum=0.0625)))
    assert all((value / 0.0625).is_integer() for value in values(said))


@pytest.mark.parametrize(("fault", "shown"), [("zero", 0.0), ("power-on", 85.0), ("bus-lost", -127.0)])
def test_a_broken_thermometer_shows_its_constant_and_its_neighbours_do_not(fault: str, shown: float) -> None:
    _, said = run(f"{fault}:{ONE}@1m+2m", minutes=5)
    assert values(said)[6:18] == [shown] * 12
    assert shown not in values(said)[:6] + values(said)[18:] + values(said, "A1/A1-r01/in-mid")


def test_a_stuck_thermometer_shows_its_last_value_until_it_is_freed() -> None:
    _, said = run(f"stuck:{ONE}@1m+3m", minutes=6)
    shown = values(said)
    assert set(shown[6:24]) == {shown[5]}
    assert len(set(shown[24:])) > 3


def test_noise_bias_drift_quantum_and_lag_are_errors_of_the_size_asked_for() -> None:
    clean = values(run(minutes=20)[1])
    assert pstdev(values(run(f"noise:{ONE}=1@0s", minutes=20)[1])) == pytest.approx(1.0, rel=0.3)
    assert values(run(f"bias:{ONE}=2@0s", minutes=20)[1])[-1] == pytest.approx(clean[-1] + 2, abs=0.02)
    assert values(run(f"drift:{ONE}=144@0s", minutes=20)[1])[-1] == pytest.approx(clean[-1] + 2, abs=0.03)
    assert all(value.is_integer() for value in values(run(f"quantum:{ONE}@0s")[1]))
    heated, slow = f"local-heat:{ONE}=20@1m+2m", f"lag:{ONE}=200@0s"
    assert max(values(run(heated, slow)[1])) < max(values(run(heated)[1])) - 5
    assert pstdev(values(run(f"wander:{ONE}=0.5@0s", minutes=60)[1])) == pytest.approx(0.5, rel=0.5)


def test_local_heat_is_real_and_at_one_thermometer_only() -> None:
    simulated, said = run(f"local-heat:{ONE}=20@1m+2m", minutes=3)
    truth = simulated.truth().inlets
    assert truth[ONE] > truth["A1/A1-r01/in-mid"] + 15
    assert max(values(said)) > 38
    assert max(values(said, "A1/A1-r02/in-top")) < 28


def test_spikes_are_single_samples_far_off() -> None:
    _, said = run(f"spike:{ONE}=0.05@0s", minutes=60)
    middle = sorted(values(said))[180]
    spikes = [value for value in values(said) if abs(value - middle) > 3]
    assert 5 < len(spikes) < 40
    assert {spike > middle for spike in spikes} == {True, False}


def test_what_the_radio_loses_leaves_gaps_in_the_sequence() -> None:
    _, said = run(f"dropout:{ONE}=0.2@0s", minutes=60)
    numbers = [reading["sequence"] for reading in readings(said, ONE)]
    assert 250 < len(numbers) < 325
    assert numbers == sorted(numbers)
    assert numbers[-1] > 355


def test_silence_of_a_zone_is_silence_and_nothing_else() -> None:
    _, said = run("silence:A1@1m+2m", minutes=5)
    in_between = [message for message in said if START + MINUTE <= message.at < START + 3 * MINUTE]
    assert not [message for message in in_between if message.topic.startswith("dc/h/A1/")]
    assert [message for message in in_between if message.topic.startswith("dc/h/B1/")]
    assert not [message for message in in_between if "gateways" in message.topic]


def test_a_clock_fault_moves_the_stamp_and_not_the_message() -> None:
    for kind, seconds in (("clock-offset", 5), ("clock-step", -3300)):
        _, said = run(f"{kind}:{ONE}@0s", minutes=2)
        for message in said:
            if message.topic.endswith(ONE):
                assert json.loads(message.payload)["time"] == message.at // MILLISECOND + seconds * 1000


def test_a_backlog_comes_at_once_and_newest_first() -> None:
    _, said = run(f"backlog:{ONE}@1m+2m", minutes=4)
    mine = [message for message in said if message.topic.endswith(ONE)]
    assert not [message for message in mine if START + MINUTE < message.at < START + 3 * MINUTE]
    flood = [json.loads(message.payload)["sequence"] for message in mine if message.at == START + 3 * MINUTE]
    assert flood == list(range(18, 6, -1))


def test_dirt_is_no_reading() -> None:
    _, said = run(f"dirt:{ONE}@1m+1m", minutes=2)
    dirty = [message.payload for message in said if message.topic.endswith(ONE) and not message.payload.startswith(b"{")]
    assert len(dirty) == 6
    assert len(set(dirty)) == 6


def test_jitter_makes_intervals_uneven() -> None:
    def unrest(*faults: str) -> float:
        times = [message.at / SECOND for message in run(*faults)[1] if message.topic.endswith("A1/A1-r02/in-mid")]
        return pstdev(late - early for early, late in itertools.pairwise(times))

    assert unrest() < 0.1
    assert unrest("jitter:A1=3@0s") > 1.0


def test_coarse_layers_of_warm_air_lie_at_the_top() -> None:
    simulated, _ = run()
    truth = simulated.truth().inlets
    assert truth[ONE] > truth["A1/A1-r01/in-bot"] + 0.3
    layered, _ = run("gradient:A1-r01=3@0s")
    assert layered.truth().inlets[ONE] == pytest.approx(truth[ONE] + 3, abs=0.2)
