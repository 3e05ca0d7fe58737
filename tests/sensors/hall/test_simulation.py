"""The hall as a whole: what it says, what it obeys, and how faults show."""

import hashlib
import json
import subprocess
import sys

import pytest
from msgspec.structs import replace

from hotzone.config import load, shipped
from hotzone.config.service import HallSimulation
from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.sensors.hall import Refusal, SimulatedHall, TimedMessage
from support.halls import START, command, hall, hall_site, notes

ONE_OF_ALL = ("crac-failure:crac-1@1m+5m", "dropout:A1=0.3@0s", "wander:A2@1m", "load-step:B1*2@2m+3m", "backlog:B2@1m+2m", "jitter@0s")


def digest(said: list[TimedMessage]) -> str:
    return hashlib.sha256(repr(said).encode()).hexdigest()


def full_speed(simulated: SimulatedHall, at: int, *units: str, fan: float = 100.0) -> None:
    for unit in units:
        assert simulated.command(at, unit, command(fan, at // SECOND)) is None


def test_the_same_seed_says_the_same_in_another_process_and_another_seed_does_not() -> None:
    script = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from support.halls import *\nimport hashlib\n"
        f"said = hall(None, *{ONE_OF_ALL!r}).advance_to(START + 600 * SECOND)\n"
        "print(hashlib.sha256(repr(said).encode()).hexdigest())"
    )
    out = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()
    assert out == digest(hall(None, *ONE_OF_ALL).advance_to(START + 600 * SECOND))
    assert out != digest(hall(None, *ONE_OF_ALL, seed=2).advance_to(START + 600 * SECOND))


@pytest.mark.parametrize("cut", [1, 7, 60, 600])
def test_how_time_is_cut_up_changes_nothing(cut: int) -> None:
    whole = hall(None, *ONE_OF_ALL).advance_to(START + 600 * SECOND)
    simulated, parts = hall(None, *ONE_OF_ALL), []
    for second in range(cut, 600 + cut, cut):
        parts += simulated.advance_to(START + min(600, second) * SECOND)
    assert parts == whole


def test_messages_come_in_order_and_never_from_before_the_last_call() -> None:
    simulated, last = hall(None, *ONE_OF_ALL), START - 1
    for second in range(0, 300, 3):
        at = START + second * SECOND + 123_456_789
        for message in simulated.advance_to(at):
            assert last <= message.at <= at
            last = message.at
        last = at


def test_everybody_is_online_at_the_start_and_units_report_each_five_seconds() -> None:
    said = hall().advance_to(START + MINUTE)
    states = [message for message in said if message.retained]
    assert len(states) == 44
    assert {message.payload for message in states} == {b"online"}
    reports = [json.loads(message.payload) for message in said if message.topic == "dc/h/units/crac-1/report"]
    assert len(reports) == 13
    assert set(reports[0]) == {"fan", "command", "number", "supply", "return", "mode", "time"}
    assert reports[0]["fan"] == reports[0]["command"] == 60.0
    assert (reports[0]["number"], reports[0]["mode"]) == (0, "remote")
    assert reports[0]["supply"] == pytest.approx(19.5, abs=0.1)
    assert reports[0]["return"] > 27


def test_a_quiet_hall_rests_where_the_site_wants_it() -> None:
    simulated = hall()
    said = simulated.advance_to(START + HOUR)
    truth = simulated.truth()
    assert not notes(said)
    assert all(22 < value < 25.5 for value in truth.zones.values())
    assert all(19.8 < value < 26 for value in truth.inlets.values())
    assert truth.degree_minutes == 0
    full = hall()
    full_speed(full, START, "crac-1", "crac-2", "crac-3", "crac-4")
    full.advance_to(START + HOUR)
    assert full.truth().fan_kwh > 4 * truth.fan_kwh


def test_a_fan_ramps_to_its_command_and_reports_what_it_really_does() -> None:
    simulated = hall()
    full_speed(simulated, START, "crac-2")
    simulated.advance_to(START + 10 * SECOND)
    halfway = simulated.truth().units["crac-2"]
    assert 60 < halfway.fan < 100
    simulated.advance_to(START + 40 * SECOND)
    assert simulated.truth().units["crac-2"].fan == pytest.approx(100)
    assert simulated.truth().units["crac-1"].fan == pytest.approx(60)


def test_a_command_can_be_given_by_topic_and_a_retained_one_is_refused() -> None:
    simulated = hall()
    assert simulated.command(START, "dc/h/units/crac-1/command", command(80, 1)) is None
    assert simulated.command(START, "crac-1", command(80, 2), retained=True) is Refusal.RETAINED
    with pytest.raises(KeyError):
        simulated.command(START, "crac-9", command(80, 3))


def test_a_heartbeat_that_is_lost_means_full_speed_by_its_own_timer_or_by_the_callers() -> None:
    simulated = hall(heartbeat_timeout=5 * SECOND)
    simulated.heartbeat(START)
    simulated.advance_to(START + MINUTE)
    assert {unit.mode for unit in simulated.truth().units.values()} == {"heartbeat-lost"}
    assert simulated.truth().units["crac-1"].fan == pytest.approx(100)
    told = hall()
    told.heartbeat_lost("crac-1")
    told.advance_to(START + MINUTE)
    assert [round(unit.fan) for unit in told.truth().units.values()] == [100, 60, 60, 60]


def test_a_dead_fan_takes_its_zone_over_27_in_one_to_four_minutes_and_neighbours_with_air_to_spare_bring_it_back() -> None:
    demo = load(shipped("demo"))
    demo = replace(demo, simulation=replace(demo.simulation, halls={"h1": HallSimulation()}))
    simulated, alone, calm = hall(demo, "crac-failure:crac-1@30s"), hall(demo, "crac-failure:crac-1@30s"), hall(demo)
    said = simulated.advance_to(START + 5 * MINUTE)
    [crossing] = [note for note in notes(said) if note["kind"] == "truth"]
    assert (crossing["target"], crossing["text"]) == ("A1", "above 27.0")
    assert MINUTE < crossing["at"] - START - 30 * SECOND < 4 * MINUTE
    alone.advance_to(START + 20 * MINUTE)
    calm.advance_to(START + 20 * MINUTE)
    assert 28.5 < alone.truth().zones["A1"] < 32
    assert 0.3 < alone.truth().zones["B1"] - calm.truth().zones["B1"] < 2.5
    assert alone.truth().units["crac-1"].fan < 1
    assert alone.truth().units["crac-1"].flow == pytest.approx(0.2 * 60, abs=0.5)
    full_speed(simulated, simulated.at, "crac-2", "crac-3", "crac-4")
    said = simulated.advance_to(START + 15 * MINUTE)
    assert simulated.truth().zones["A1"] < 26
    assert [note["text"] for note in notes(said) if note["kind"] == "truth"] == ["back below 27.0"]
    assert alone.truth().degree_minutes > 3 * simulated.truth().degree_minutes > 0


@pytest.mark.parametrize("site", ["demo", "hall-200"])
@pytest.mark.parametrize("hour", [3, 15])
def test_the_shipped_halls_rest_below_their_set_point_with_air_to_spare(site: str, hour: int) -> None:
    loaded = load(shipped(site))
    simulated = hall(loaded, start=START + (hour - 10) * HOUR, initial_fan=75.0)
    assert 22.5 < max(simulated.truth().zones.values()) < loaded.zones[0].control.set_point
    assert len(simulated.advance_to(simulated.start + 10 * SECOND)) > len(simulated.layout.sensors)


def test_a_total_loss_warms_every_zone_by_the_plateau_of_the_table_after_a_fast_start() -> None:
    simulated = hall(hall_site(settings=HallSimulation(load_swing=0.0)), "total-loss@1m+10m")
    simulated.advance_to(START + MINUTE)
    before = float(simulated.air.inlet.mean())
    simulated.advance_to(START + 2 * MINUTE)
    first = float(simulated.air.inlet.mean())
    simulated.advance_to(START + 8 * MINUTE)
    late = float(simulated.air.inlet.mean())
    simulated.advance_to(START + 9 * MINUTE)
    assert first - before == pytest.approx(4.9, abs=0.8)
    assert float(simulated.air.inlet.mean()) - late == pytest.approx(0.83, abs=0.1)


def test_a_chiller_trip_warms_the_water_then_all_zones_within_a_minute_of_each_other() -> None:
    simulated = hall(None, "chiller-trip@1m+15m")
    said = simulated.advance_to(START + 4 * MINUTE)
    assert (simulated.truth().water - 12) / 3 == pytest.approx(1.43, abs=0.25)
    assert not [note for note in notes(said) if note["kind"] == "truth"]
    said = simulated.advance_to(START + 16 * MINUTE)
    crossed = [note["at"] for note in notes(said) if note["text"] == "above 27.0"]
    assert len(crossed) == 4
    assert max(crossed) - min(crossed) < 2 * MINUTE
    simulated.advance_to(START + HOUR)
    assert simulated.truth().water == pytest.approx(12, abs=0.5)
    assert max(simulated.truth().zones.values()) < 27


@pytest.mark.parametrize(
    ("fault", "warmer", "low", "high"),
    [
        ("valve-stuck:crac-1@0s", "A1", 0.5, 8),
        ("blanking-panel:A1-r05@0s", "A1/A1-r05/in-top", 4, 9),
        ("containment:A1@0s", "A1", 1, 8),
        ("door-open:A1@0s+1h", "A1/A1-r01/in-top", 1, 4),
        ("load-step:A1*2@0s", "A1", 0.5, 8),
    ],
)
def test_what_a_fault_does_to_its_place_in_half_an_hour(fault: str, warmer: str, low: float, high: float) -> None:
    at = START + 30 * MINUTE
    faulty, calm = hall(None, fault), hall()
    faulty.advance_to(at)
    calm.advance_to(at)
    places = [{**simulated.truth().inlets, **simulated.truth().zones}[warmer] for simulated in (faulty, calm)]
    assert low < places[0] - places[1] < high


def test_return_air_control_lets_the_supply_drift_up_as_the_load_falls() -> None:
    simulated = hall(hall_site(("A1", "A2"), 5, settings=HallSimulation(load_swing=0.55)), "return-control@0s", start=START - 7 * HOUR)
    simulated.advance_to(simulated.at + HOUR)
    assert all(23 < unit.supply <= 27 for unit in simulated.truth().units.values())


def test_a_gateway_that_goes_down_says_offline_by_its_last_will_and_is_silent() -> None:
    said = hall(None, "gateway-down:A1-r01@1m+2m").advance_to(START + 4 * MINUTE)
    states = [(message.at - START, message.payload) for message in said if message.topic == "dc/h/gateways/A1-r01/state"]
    assert states == [(0, b"online"), (MINUTE, b"offline"), (3 * MINUTE, b"online")]
    assert not [m for m in said if "A1-r01/in" in m.topic and START + MINUTE < m.at <= START + 3 * MINUTE]


def test_a_deaf_unit_reports_and_does_not_obey_and_a_silent_one_obeys_and_does_not_report() -> None:
    simulated = hall(None, "unit-deaf:crac-1@0s", "unit-silent:crac-2@0s")
    assert simulated.command(START, "crac-1", command(100, 1)) is Refusal.DEAF
    full_speed(simulated, START, "crac-2")
    topics = {message.topic for message in simulated.advance_to(START + MINUTE)}
    assert "dc/h/units/crac-1/report" in topics
    assert "dc/h/units/crac-2/report" not in topics
    assert simulated.truth().units["crac-2"].fan == pytest.approx(100)


def test_a_unit_reports_at_once_that_it_obeys_a_new_command_or_somebody_else_and_each_5_s_besides() -> None:
    def reports(until: int) -> list[tuple[float, int, str]]:
        said = [message for message in simulated.advance_to(START + until) if message.topic == "dc/h/units/crac-1/report"]
        read = [(message.at, json.loads(message.payload)) for message in said]
        return [((at - START) / SECOND, report["number"], report["mode"]) for at, report in read]

    simulated = hall(heartbeat_timeout=5 * SECOND)
    simulated.heartbeat(START)
    assert reports(SECOND) == [(0, 0, "remote")]
    for resent in (1.2, 2.2):
        simulated.command(START + round(resent * SECOND), "crac-1", command(80, 1))
    simulated.command(START + 3 * SECOND, "crac-1", command(120, 2))
    assert reports(4 * SECOND) == [(1.2, 1, "remote")]
    simulated.set_manual("crac-1", 50.0)
    simulated.set_manual("crac-1", None)
    assert reports(9 * SECOND) == [(4, 1, "manual"), (4, 1, "remote"), (5, 1, "remote"), (6, 1, "heartbeat-lost")]


def test_each_fault_is_noted_at_its_start_and_its_end() -> None:
    said = hall(None, "load-step:A1*2@1m+2m").advance_to(START + 4 * MINUTE)
    faults = [note for note in notes(said) if str(note["kind"]).startswith("fault")]
    assert [(note["kind"], note["target"], note["at"]) for note in faults] == [
        ("fault", "A1", START + MINUTE),
        ("fault-end", "A1", START + 3 * MINUTE),
    ]
    assert faults[0]["text"] == "A1 load-step (2 x power)"


def test_the_load_follows_the_hours_and_the_inlets_stay_in_the_envelope() -> None:
    heat = {}
    for hour in (3, 9, 15, 21):
        simulated = hall(start=START + (hour - 10) * HOUR)
        simulated.advance_to(simulated.at + 10 * MINUTE)
        heat[hour] = float(simulated.load.heat.sum())
        truth = simulated.truth()
        assert all(22 < value < 26 for value in truth.zones.values())
        assert 0 < truth.fan_kwh < 0.1 * truth.it_kwh
        assert 0.1 < truth.chiller_kwh / truth.it_kwh < 0.5
    assert heat[3] / heat[15] == pytest.approx(0.75, abs=0.02)
    assert heat[9] == pytest.approx(heat[21], rel=0.02)


def test_a_hall_without_cooling_units_only_gets_warmer() -> None:
    site = hall_site(("A1",), 2)
    bare = replace(site, halls=(replace(site.halls[0], units=()),))
    simulated = hall(bare)
    assert simulated.truth().zones["A1"] == pytest.approx(19.5, abs=0.5)
    simulated.advance_to(START + 5 * MINUTE)
    assert 23 < simulated.truth().zones["A1"] < 32


def test_faults_of_another_hall_are_not_ours() -> None:
    one, other = hall_site(("A1",), 2), hall_site(("C1",), 2).halls[0]
    both = replace(one, halls=(*one.halls, replace(other, id="g", units=())))
    said = hall(both, "silence:C1@10s+10s").advance_to(START + MINUTE)
    assert not notes(said)
