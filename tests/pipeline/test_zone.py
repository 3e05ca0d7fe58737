"""One zone: what its thermometers say becomes conditions, in time."""

import itertools
import json

import pytest

from hotzone.config.model import Presence, QualityRules
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import Event, Pipeline
from hotzone.sensors.frame import Frame, Own
from support.sites import EPOCH, merged, own, reading, site, start, stream, unit, zone


def told(events: list[Event], *names: str) -> list[tuple[float, str, str | None]]:
    """`(seconds, type, what)` of the events of those types."""
    rows = []
    for event in events:
        if event.type in names:
            what = getattr(event, "sensor", None) or getattr(event, "rule", None) or getattr(event, "state", None)
            rows.append((round((event.at - EPOCH) / SECOND, 1), event.type, what))
    return rows


def run(frames: list[Frame], until: float, one: object = None) -> list[Event]:
    pipeline = Pipeline(site(one or zone()))
    return [*pipeline.push([start(), *frames]), *pipeline.advance_to(EPOCH + round(until * SECOND))]


def test_a_zone_starts_in_fail_safe_and_leaves_it_after_30_seconds_of_good_data() -> None:
    events = run(merged(stream(zone(), 24.0, 1, 60)), 60)
    assert told(events, "zone.state", "alarm.raised") == [(31.0, "zone.state", "normal")]


def test_a_zone_above_a_limit_is_warm_after_the_on_delay_and_normal_after_the_off_delay() -> None:
    frames = merged(stream(zone(), 24.0, 1, 60), stream(zone(), 27.5, 61, 120), stream(zone(), 24.0, 121, 240))
    assert told(run(frames, 240), "alarm.raised", "alarm.cleared", "zone.state") == [
        (31.0, "zone.state", "normal"),
        (61.0, "alarm.raised", "rise"),
        (61.0, "zone.state", "hot"),
        (76.0, "alarm.raised", "warm"),
        (151.0, "alarm.cleared", "warm"),
        (181.0, "alarm.cleared", "rise"),
        (181.0, "zone.state", "normal"),
    ]


def test_one_faulty_thermometer_trips_nothing() -> None:
    frames = merged(stream(zone(), 24.0, 1, 300), [reading(EPOCH + (100 + 10 * k) * SECOND, "A1/r0/in", 60.0) for k in range(19)])
    assert told(run(frames, 300), "alarm.raised") == []


def test_one_silent_thermometer_is_told_and_hides_nothing() -> None:
    frames = merged(stream(zone(), 24.0, 1, 60), stream(zone(), 36.0, 60.5, 200, only=3))
    events = run(frames, 200)
    assert (85.0, "alarm.raised", "sensors-lost") not in told(events, "alarm.raised")
    assert told(events, "sensor.quality") == [(81.0, "sensor.quality", "A1/r3/in")]
    assert {row[2] for row in told(events, "alarm.raised")} == {"rise", "warm", "high", "critical", "sensors-lost"}


def test_an_alarm_does_not_clear_because_the_thermometers_that_raised_it_fell_silent() -> None:
    cool = [reading(EPOCH + second * SECOND + 7, f"A1/r{index}/in", 24.0) for second in range(1, 600, 10) for index in (0, 1)]
    hot = [
        reading(EPOCH + second * SECOND + 9, f"A1/r{index}/in", 24.0 if second < 60 else 36.0)
        for second in range(1, 120, 10)
        for index in (2, 3)
    ]
    events = run(merged(cool, hot), 600)
    assert "critical" in {row[2] for row in told(events, "alarm.raised")}
    assert "critical" not in {row[2] for row in told(events, "alarm.cleared")}


def test_a_zone_that_loses_its_data_is_one_alarm_and_in_fail_safe() -> None:
    events = run(merged(stream(zone(), 24.0, 1, 60), stream(zone(), 24.0, 300, 400)), 400)
    assert told(events, "alarm.raised", "alarm.cleared", "zone.state", "cooling.failsafe") == [
        (31.0, "zone.state", "normal"),
        (81.0, "cooling.failsafe", None),
        (81.0, "alarm.raised", "data-lost"),
        (81.0, "zone.state", "failsafe"),
        (330.0, "alarm.cleared", "data-lost"),
        (330.0, "zone.state", "normal"),
    ]


def test_a_zone_that_never_hears_anybody_alarms_once_they_count_as_silent() -> None:
    events = run([], 100)
    assert told(events, "alarm.raised", "zone.state") == [(30.0, "alarm.raised", "data-lost")]
    assert {event.cause for event in events if event.type == "sensor.quality"} == {"never heard"}


def test_the_first_thermometer_that_is_heard_raises_no_alarm_alone() -> None:
    hot = [reading(EPOCH + 1 * SECOND, "A1/r0/in", 36.0)]
    cool = [reading(EPOCH + (2 + index) * SECOND, f"A1/r{index}/in", 24.0) for index in (1, 2, 3)]
    assert told(run([*hot, *cool], 20), "alarm.raised") == []


def test_a_lost_gateway_takes_its_thermometers_with_it_at_once() -> None:
    offline = Frame(EPOCH + 45 * SECOND, "dc/h/gateways/r2/state", b"offline")
    events = run(merged(stream(zone(), 24.0, 1, 60), [offline]), 60)
    assert told(events, "sensor.quality") == [(45.0, "sensor.quality", "A1/r2/in"), (51.0, "sensor.quality", "A1/r2/in")]


def test_a_late_reading_past_a_limit_is_told_once_and_changes_nothing() -> None:
    late = [
        Frame(EPOCH + (70 + k) * SECOND, "dc/h/A1/r0/in", b'{"value":40,"time":%d}' % ((EPOCH + k * SECOND) // 1_000_000))
        for k in range(10)
    ]
    events = run(merged(stream(zone(), 24.0, 1, 100), late), 100)
    assert told(events, "sensor.history", "alarm.raised") == [(70.0, "sensor.history", "A1/r0/in")]


def test_thermometers_at_rest_on_whole_degrees_are_healthy() -> None:
    coarse = zone(quality=QualityRules(quantum=1.0, smoothing=0))
    assert told(run(merged(stream(coarse, 24.0, 1, 7200)), 7200, coarse), "sensor.quality", "alarm.raised") == []


def test_a_thermometer_that_is_stuck_does_not_count() -> None:
    fine = zone(quality=QualityRules(stuck_after=2 * MINUTE, smoothing=0), presence=Presence(quorum=0.25))
    moving = [reading(EPOCH + k * 10 * SECOND, f"A1/r{index}/in", 24.0 + k % 3 / 10) for k in range(30) for index in (1, 2, 3)]
    stuck = [reading(EPOCH + k * 10 * SECOND, "A1/r0/in", 31.0) for k in range(30)]
    events = run(merged(moving, stuck), 300, fine)
    assert told(events, "sensor.quality") == [(120.0, "sensor.quality", "A1/r0/in")]


def test_nothing_bad_ends_the_stream_and_everything_bad_is_kept() -> None:
    pipeline = Pipeline(site(zone()))
    bad = [b"", b"nan", b"{", b'{"value":"21"}', b"\xff\xfe", b"[" * 5000, b"9" * 5000, b"true", b'{"value":1e400}']
    frames = [start(), *(Frame(EPOCH + k + 1, "dc/h/A1/r0/in", payload) for k, payload in enumerate(bad))]
    frames += [
        Frame(EPOCH + 100, "dc/h/A1/unknown/in", b"21"),
        Frame(EPOCH + 101, "$hotzone/link", b"{}"),
        Frame(EPOCH + 102, Own.OPERATOR, b"[]"),
    ]
    before = pipeline.push(frames[:1])
    assert pipeline.push(frames[1:]) == []
    assert [letter.payload for letter in pipeline.take_rejected()] == [frame.payload for frame in frames[1:]]
    assert before
    assert pipeline.push([reading(EPOCH + SECOND, "A1/r0/in", 21.0)]) == []
    assert pipeline.zones["A1"].values == [21.0]


def test_the_gap_of_a_restart_is_no_silence_and_standing_alarms_stand() -> None:
    one = zone(limits=zone().limits, rates=())
    gap = 600.0
    before = merged(stream(one, 24.0, 1, 60), stream(one, 33.0, 60, 200))
    pipeline = Pipeline(site(one))
    events = pipeline.push([start(), *before])
    assert {row[2] for row in told(events, "alarm.raised")} == {"warm", "high"}
    restarted = Pipeline(site(one), snapshot=pipeline.snapshot())
    after = merged([start(EPOCH + round((200 + gap) * SECOND))], stream(one, 24.0, 201 + gap, 400 + gap))
    events = restarted.push(after)
    assert told(events, "sensor.quality", "zone.state", "alarm.raised", "alarm.cleared", "cooling.failsafe") == [
        (831.0, "alarm.cleared", "warm"),
        (861.0, "alarm.cleared", "high"),
        (861.0, "zone.state", "normal"),
    ]


def test_a_delay_that_a_restart_interrupted_begins_anew_though_the_value_rests() -> None:
    one = zone(limits=zone().limits, rates=())
    pipeline = Pipeline(site(one))
    pipeline.push([start(), *merged(stream(one, 24.0, 1, 60), stream(one, 27.5, 60, 65))])
    again = Pipeline(site(one), snapshot=pipeline.snapshot())
    events = again.push([start(EPOCH + 100 * SECOND), *merged(stream(one, 27.5, 101, 200))])
    assert told(events, "alarm.raised") == [(116.0, "alarm.raised", "warm")]


def test_after_a_restart_silence_is_counted_from_the_start() -> None:
    pipeline = Pipeline(site(zone()))
    pipeline.push([start(), *merged(stream(zone(), 24.0, 1, 60))])
    events = pipeline.push([start(EPOCH + 1000 * SECOND)]) + pipeline.advance_to(EPOCH + 1031 * SECOND)
    assert told(events, "alarm.raised") == [(1030.0, "alarm.raised", "data-lost")]


def test_our_own_stall_is_no_silence() -> None:
    pipeline = Pipeline(site(zone()))
    pipeline.push([start(), *merged(stream(zone(), 24.0, 1, 60))])
    stalled = own(EPOCH + 1000 * SECOND, Own.LINK, kind="stalled")
    assert told(pipeline.push([stalled]), "sensor.quality", "alarm.raised") == []


def test_a_faster_clock_grants_the_transport_more_time() -> None:
    pipeline = Pipeline(site(zone()))
    pipeline.push([start(rate=60.0), *merged(stream(zone(), 24.0, 1, 60))])
    assert told(pipeline.advance_to(EPOCH + 135 * SECOND), "alarm.raised") == []
    assert told(pipeline.advance_to(EPOCH + 145 * SECOND), "alarm.raised") == [(140.0, "alarm.raised", "data-lost")]


def test_the_demand_is_told_when_it_moves_by_a_percent() -> None:
    pipeline = Pipeline(site(zone(), units=[unit("crac-1", ["A1"])]))
    events = pipeline.push([start(), *merged(stream(zone(), 22.0, 1, 900))])
    demands = [event.value for event in events if event.type == "cooling.demand"]
    assert demands[0] == 100.0
    assert demands[-1] < 80.0
    assert all(abs(one - other) >= 0.9 for one, other in itertools.pairwise(demands))


def test_one_reading_out_of_range_and_from_the_future_silences_nobody() -> None:
    place = zone(sensors=4)
    ahead = (EPOCH + 86_400 * SECOND) // 1_000_000
    bad = Frame(EPOCH + 61 * SECOND, "dc/h/A1/r0/in", json.dumps({"value": -127.0, "time": ahead}).encode())
    pipeline = Pipeline(site(place))
    pipeline.push(merged([start()], stream(place, 24.0, 1, 60), [bad], stream(place, 24.1, 70, 200)))
    known = pipeline.zones["A1"].sensors["A1/r0/in"]
    assert (known.quality, known.cause) == ("good", "")


@pytest.mark.parametrize("rate", [1e308, 1e10, -1.0])
def test_an_absurd_rate_of_a_run_is_a_dead_letter(rate: float) -> None:
    pipeline = Pipeline(site(zone()))
    pipeline.push(merged([start()], stream(zone(), 24.0, 1, 100), [start(EPOCH + 101 * SECOND, rate=rate)], stream(zone(), 24.0, 102, 200)))
    assert [one.reason for one in pipeline.take_rejected()] == ["bad-message"]
