"""Alarms that are latched, shelved, suppressed, out of service: through frames of a log, with restarts in between."""

import itertools
from typing import Any

import pytest
from msgspec import structs

from hotzone.config.model import Alarms, ControlMode, Limit, Presence, Priority, Site
from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.pipeline import AlarmEvent, Event, Pipeline, ZoneCondition
from hotzone.pipeline.annunciator import aside, standing
from hotzone.pipeline.events import AlarmState
from hotzone.sensors.frame import Frame, Own
from support.sites import EPOCH, LIMITS, merged, own, report, site, start, stream, unit, zone
from support.walks import older

HOT = Limit(rule="high", above=32.0, off_delay=0, priority=Priority.HIGH, hot=True)
A1 = zone("A1", limits=(HOT,), rates=())


def at(second: float) -> int:
    return EPOCH + round(second * SECOND)


def act(second: float, action: str, **fields: object) -> Frame:
    return own(at(second), Own.OPERATOR, action=action, by="kim", **fields)


def told(events: list[Event]) -> list[str]:
    return [event.type for event in events if event.type.startswith(("alarm.", "condition.", "operator."))]


def raised(one: Site, celsius: float = 36.0) -> tuple[Pipeline, str]:
    """A pipeline in which A1 is too hot since a minute, and its alarm's id."""
    pipeline = Pipeline(one)
    events = pipeline.push(merged([start()], stream(A1, 24.0, 1, 60), stream(A1, celsius, 60, 120)))
    return pipeline, next(event.alarm for event in events if isinstance(event, AlarmEvent) and event.rule == "high")


def test_a_latched_alarm_stands_until_somebody_has_acknowledged_and_reset_it() -> None:
    one = site(zone("A1", limits=(structs.replace(HOT, latch=True),), rates=()))
    pipeline, alarm = raised(one)
    events = pipeline.push([*stream(A1, 24.0, 121, 200), act(201, "reset", alarm=alarm), act(202, "acknowledge", alarm=alarm)])
    assert told(events) == ["alarm.latched", "operator.refused", "alarm.acknowledged"]
    assert [event.state for event in standing(pipeline.state.hall)] == [AlarmState.LATCHED_ACKNOWLEDGED]
    assert told(pipeline.push([act(203, "reset", alarm=alarm)])) == ["alarm.cleared"]
    assert pipeline.state.hall.alarms == {}


def test_a_shelf_calls_nobody_records_all_and_ends_at_its_time() -> None:
    pipeline, alarm = raised(site(A1))
    shelved = pipeline.push([act(121, "shelve", alarm=alarm, reason="filter change", until=at(721))])
    assert [(event.type, event.by, event.cause, event.until) for event in shelved if isinstance(event, AlarmEvent)] == [
        ("alarm.shelved", "kim", "filter change", at(721))
    ]
    assert standing(pipeline.state.hall) == []
    assert [(event.alarm, event.cause) for event in aside(pipeline.state.hall)] == [(alarm, "filter change")]
    assert told(pipeline.push(merged(stream(A1, 24.0, 122, 300), stream(A1, 36.0, 300, 700)))) == ["condition.ended", "condition.began"]
    events = [event for event in pipeline.push(list(stream(A1, 36.0, 701, 760))) if isinstance(event, AlarmEvent)]
    assert [(event.type, event.at) for event in events] == [("alarm.unshelved", at(721)), ("alarm.raised", at(721))]
    assert events[0].alarm == alarm != events[1].alarm


def test_a_shelf_whose_time_is_over_while_nobody_ran_ends_at_its_time_all_the_same() -> None:
    pipeline, alarm = raised(site(A1))
    pipeline.push([act(121, "shelve", alarm=alarm, reason="r", until=at(721))])
    again = Pipeline(site(A1), snapshot=pipeline.snapshot())
    events = again.push([start(at(2000))])
    assert [(event.type, event.at) for event in events if isinstance(event, AlarmEvent)] == [
        ("alarm.unshelved", at(721)),
        ("alarm.raised", at(721)),
    ]


def test_no_shelf_is_longer_than_the_site_allows_for_the_priority() -> None:
    pipeline, alarm = raised(structs.replace(site(A1), alarms=Alarms(shelf_high=10 * MINUTE)))
    refused, shelved = pipeline.push(
        [
            act(121, "shelve", alarm=alarm, reason="r", until=at(722)),
            act(122, "shelve", alarm=alarm, reason="r", until=at(722)),
        ]
    )
    assert (refused.type, refused.cause) == ("operator.refused", "an alarm of priority high may be shelved for 10m at most")
    assert shelved.type == "alarm.shelved"


def test_shelving_again_moves_the_end() -> None:
    pipeline, alarm = raised(site(A1))
    longer = [act(121, "shelve", alarm=alarm, reason="r", until=at(300)), act(200, "shelve", alarm=alarm, reason="longer", until=at(500))]
    events = pipeline.push(merged(longer, stream(A1, 36.0, 121, 520)))
    assert [(event.type, event.at) for event in events if isinstance(event, AlarmEvent)] == [
        ("alarm.shelved", at(121)),
        ("alarm.shelved", at(200)),
        ("alarm.unshelved", at(500)),
        ("alarm.raised", at(500)),
    ]


def test_an_acknowledged_alarm_that_stands_for_too_long_is_unacknowledged_again() -> None:
    pipeline, alarm = raised(structs.replace(site(A1), alarms=Alarms(repeat=10 * MINUTE)))
    events = pipeline.push(merged([act(121, "acknowledge", alarm=alarm)], stream(A1, 36.0, 122, 800)))
    assert [(event.type, event.at, event.alarm) for event in events if isinstance(event, AlarmEvent)] == [
        ("alarm.acknowledged", at(121), alarm),
        ("alarm.repeated", at(721), alarm),
    ]


def test_a_rule_out_of_service_calls_nobody_whether_or_not_it_is_an_alarm() -> None:
    pipeline = Pipeline(site(A1))
    events = pipeline.push(merged([start()], stream(A1, 24.0, 1, 60), [act(61, "service", zone="A1", rule="high", reason="door")]))
    assert told(events) == ["alarm.out-of-service"]
    assert told(pipeline.push(list(stream(A1, 36.0, 62, 120)))) == ["condition.began"]
    back = pipeline.push([act(121, "return", zone="A1", rule="high")])
    assert told(back) == ["alarm.in-service", "alarm.raised"]
    assert told(pipeline.push([act(122, "return", zone="A1", rule="high")])) == ["operator.refused"]


def test_a_snapshot_from_before_there_were_shelves_goes_on() -> None:
    pipeline, alarm = raised(site(A1))
    again = Pipeline(site(A1), snapshot=older(pipeline.snapshot(), ("active", "told", "why", "until", "first_out")))
    assert [event.alarm for event in standing(again.state.hall)] == [alarm]
    assert told(again.push([start(at(121)), *stream(A1, 24.0, 122, 300)])) == ["alarm.cleared"]


@pytest.mark.parametrize("bad", ["nothing", "no number", "too hot to be true"])
def test_bad_data_never_clears_an_alarm(bad: str) -> None:
    pipeline, alarm = raised(site(A1))
    payload = {"nothing": b"", "no number": b'{"value":"x"}', "too hot to be true": b'{"value":900}'}[bad]
    frames = [Frame(at(121 + k) + 1, sensor.topic, payload) for k, sensor in enumerate(A1.sensors * 50)]
    events = pipeline.push([*frames, Frame(at(900), Own.TICK, b"{}")])
    assert "alarm.cleared" not in [event.type for event in events if isinstance(event, AlarmEvent) and event.alarm == alarm]
    assert alarm in [event.alarm for event in standing(pipeline.state.hall)]


def test_a_rule_that_raises_on_bad_data_does_so_below_the_quorum_and_clears_on_good_data_only() -> None:
    blind = zone("A1", limits=(structs.replace(HOT, on_bad="raise"),), rates=())
    pipeline = Pipeline(site(blind))
    events = pipeline.push(merged([start()], stream(blind, 24.0, 1, 60), stream(blind, 24.0, 60, 300, only=1)))
    found = [event for event in events if isinstance(event, AlarmEvent) and event.rule == "high"]
    assert [(event.type, event.cause) for event in found] == [("alarm.raised", "bad data: 1 of 4 inlets are good")]
    back = pipeline.push(list(stream(blind, 24.0, 300, 400)))
    assert [event.type for event in back if isinstance(event, AlarmEvent) and event.rule == "high"] == ["alarm.cleared"]


def test_a_rule_that_keeps_on_bad_data_says_nothing_below_the_quorum() -> None:
    events = Pipeline(site(A1)).push(merged([start()], stream(A1, 24.0, 1, 60), stream(A1, 24.0, 60, 300, only=1)))
    assert [event for event in events if isinstance(event, AlarmEvent) and event.rule == "high"] == []


def test_a_rule_that_fails_safe_on_bad_data_does_so_for_one_silent_inlet() -> None:
    careful = zone("A1", limits=(structs.replace(HOT, on_bad="fail-safe"),), rates=())
    for one, condition in ((careful, ZoneCondition.FAILSAFE), (A1, ZoneCondition.NORMAL)):
        pipeline = Pipeline(site(one))
        pipeline.push(merged([start()], stream(one, 24.0, 1, 120), stream(one, 24.0, 120, 300, only=3)))
        assert pipeline.zones["A1"].condition is condition


WIDE = [zone(name, limits=LIMITS) for name in ("A1", "A2", "A3")]


def loss(**alarms: object) -> list[Event]:
    """A hall of three zones that warms fast after two minutes, zone after zone, and is cool again after five."""
    one = structs.replace(site(*WIDE), alarms=Alarms(**alarms))
    parts: list[list[Frame]] = []
    for late, zone_ in enumerate(WIDE):
        begin = 120 + 10 * late
        parts.append(list(stream(zone_, 24.0, 1, begin)))
        parts += [list(stream(zone_, 24.0 + step, begin + 10 * step, begin + 10 * step + 9)) for step in range(1, 14)]
        parts.append(list(stream(zone_, 24.0, begin + 140, 700)))
    return Pipeline(one).push(merged([start()], *parts))


def test_a_hall_that_loses_its_cooling_is_two_alarms_the_first_and_the_halls() -> None:
    events = [event for event in loss(suppress_followers=True) if isinstance(event, AlarmEvent)]
    called = [event for event in events if event.type == "alarm.raised"]
    assert [(event.zone or event.hall, event.rule) for event in called[:2]] == [("A1", "rise"), ("h", "cooling-lost")]
    assert [event.first_out for event in called[:2]] == [True, False]
    lost = next(event for event in events if event.rule == "cooling-lost" and event.type == "alarm.cleared")
    while_lost = [event for event in called[2:] if called[1].at <= event.at < lost.at]
    assert while_lost == []
    followers = {(event.zone, event.rule) for event in events if event.type == "alarm.suppressed"}
    assert {("A2", "rise"), ("A3", "rise"), ("A2", "critical")} <= followers
    assert {event.cause for event in events if event.type == "alarm.suppressed"} == {"cooling is lost in hall h"}


def test_without_the_setting_every_zone_calls() -> None:
    called = {(event.zone, event.rule) for event in loss() if event.type == "alarm.raised" and isinstance(event, AlarmEvent)}
    assert {("A1", "rise"), ("A2", "rise"), ("A3", "rise"), ("A3", "critical")} <= called
    assert "cooling-lost" not in {rule for _, rule in called}


def test_a_gateway_that_is_gone_explains_its_silent_thermometers_and_no_others() -> None:
    four = zone("A1", limits=(HOT,), rates=(), presence=Presence(quorum=0.25))
    one = structs.replace(site(four), alarms=Alarms(suppress_gateways=True))
    topic = one.topics.gateway.format(site=one.name, hall="h", zone="A1", rack="r3", gateway="r3")
    pipeline = Pipeline(one)
    offline = [Frame(at(61), topic, b"offline")]
    events = pipeline.push(merged([start()], stream(four, 24.0, 1, 60), offline, stream(four, 24.0, 62, 300, only=3)))
    found = [(event.type, event.rule, event.cause) for event in events if isinstance(event, AlarmEvent)]
    assert found == [("alarm.raised", "gateway-lost", "gone: r3"), ("alarm.suppressed", "sensors-lost", "gateway r3 is gone")]
    back = pipeline.push(merged([Frame(at(301), topic, b"online")], stream(four, 24.0, 302, 400)))
    kinds = [(event.type, event.rule) for event in back if isinstance(event, AlarmEvent)]
    assert kinds == [("alarm.unsuppressed", "sensors-lost"), ("alarm.cleared", "gateway-lost")]


def test_in_maintenance_thermal_alarms_call_nobody_and_the_loss_of_data_does() -> None:
    pipeline = Pipeline(site(A1))
    pipeline.push(merged([start()], stream(A1, 24.0, 1, 60)))
    events = pipeline.push([act(61, "maintenance", hall="h", reason="new racks", until=at(600)), *stream(A1, 36.0, 62, 120)])
    assert [event.type for event in events if event.type.startswith("hall.")] == ["hall.maintenance"]
    found = [(event.type, event.rule, event.by) for event in events if isinstance(event, AlarmEvent)]
    assert found == [("alarm.suppressed", "high", "kim")]
    later = pipeline.push([Frame(at(601), Own.TICK, b"{}")])
    kinds = [(event.type, getattr(event, "rule", None)) for event in later if event.type.startswith(("alarm.", "hall."))]
    assert kinds == [("alarm.raised", "data-lost"), ("hall.resumed", None), ("alarm.unsuppressed", "high"), ("alarm.raised", "high")]


# --- by hand


def commanded(events: list[Event]) -> list[tuple[float, float, bool, str]]:
    found: list[Any] = [event for event in events if event.type == "cooling.command"]
    return [((event.at - EPOCH) / SECOND, event.value, event.advise, event.cause) for event in found]


def hand(celsius: float, percent: float) -> list[tuple[float, float, bool, str]]:
    """The commands to a unit that is told by hand to run at `percent` from 600 s to 1,800 s, in a zone at `celsius`."""
    cooled = zone("A1", limits=LIMITS, rates=())
    reports = [report(at(second), "c", 100.0, number=1 << 40) for second in range(1, 2400, 10)]
    frames = merged(
        [start()],
        stream(cooled, celsius, 1, 2400),
        reports,
        [act(600, "override", unit="c", value=percent, until=at(1800), reason="belt")],
    )
    return commanded(Pipeline(site(cooled, units=[unit("c", ["A1"], tolerance=100.0)])).push(frames))


def test_an_override_raises_at_once_lowers_by_the_slew_and_ends_at_its_time() -> None:
    rows = hand(22.0, 90.0)
    assert next(row for row in rows if "kim" in row[3])[1:] == (90.0, False, "kim (override) wants 90 %")
    assert [value for second, value, *_ in rows if 620 <= second < 1800] == []
    after = [value for second, value, *_ in rows if second >= 1800]
    assert after[0] < 90.0
    low = [(second, value) for second, value, *_ in hand(22.0, 35.0) if 600 <= second < 1800]
    assert low[-1][1] == 35.0
    for (then, before), (now, value) in itertools.pairwise(low):
        assert before - value <= 6.0 * (now - then) / 60 + 1.1


def test_an_override_never_warms_a_hot_zone() -> None:
    assert {value for second, value, *_ in hand(36.0, 30.0) if second >= 600} <= {100.0}


def test_a_unit_whose_control_is_off_is_driven_by_nobody() -> None:
    pipeline = Pipeline(site(A1, units=[unit("c", ["A1"], control=ControlMode.OFF)]))
    events = pipeline.push([start(), act(1, "override", unit="c", value=50.0, until=at(60), reason="r")])
    assert told(events) == ["operator.refused"]


def test_in_maintenance_commands_are_shown_and_not_sent_and_after_it_they_are_sent_again() -> None:
    cooled = zone("A1", limits=LIMITS, rates=())
    reports = [report(at(second), "c", 100.0, number=1 << 40) for second in range(1, 900, 10)]
    work = [act(300, "maintenance", hall="h", reason="racks", until=at(600))]
    events = Pipeline(site(cooled, units=[unit("c", ["A1"], tolerance=100.0)])).push(
        merged([start()], stream(cooled, 24.0, 1, 900), reports, work)
    )
    rows = commanded(events)
    assert {advise for second, _, advise, _ in rows if 300 <= second < 600} == {True}
    assert {advise for second, _, advise, _ in rows if not 300 <= second < 600} == {False}
    assert [second for second, *_ in rows if second in {300.0, 600.0}] == [300.0, 600.0]


def test_nobody_may_work_in_a_hall_for_longer_than_the_site_allows() -> None:
    pipeline = Pipeline(structs.replace(site(A1), alarms=Alarms(maintenance=HOUR)))
    pipeline.push([start(), act(1, "maintenance", hall="h", reason="r", until=at(3602))])
    assert [one.reason for one in pipeline.take_rejected()] == ["too-long"]
