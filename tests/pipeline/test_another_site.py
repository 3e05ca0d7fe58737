"""A run that goes on under another site file: what is gone counts no more, what is new is new."""

import pytest
from msgspec import structs

from hotzone.config.model import Alarms, Hall, Limit, Priority, Site, Zone
from hotzone.config.units import SECOND
from hotzone.pipeline import AlarmEvent, CoolingEvent, Event, Pipeline, ZoneCondition
from hotzone.sensors.frame import Frame, Own
from support.sites import EPOCH, merged, own, report, site, start, stream, unit, zone

HOT = Limit(rule="high", above=32.0, on_delay=0, off_delay=0, priority=Priority.HIGH, hot=True)
FOUR, TWO = (zone("A1", sensors=count, limits=(HOT,), rates=()) for count in (4, 2))
UNITS = [unit("c", ["A1"])]


def at(second: float) -> int:
    return EPOCH + round(second * SECOND)


def renamed(one: Zone) -> Zone:
    racks = [
        structs.replace(rack, sensors=tuple(structs.replace(each, id=f"{each.id}-new") for each in rack.sensors)) for rack in one.racks
    ]
    return structs.replace(one, racks=tuple(racks))


def alarms(events: list[Event]) -> list[tuple[str, str, str | None]]:
    return [(event.type, event.rule, event.unit or event.zone) for event in events if isinstance(event, AlarmEvent)]


def after(before: Site, then: Site, *frames: list[Frame]) -> Pipeline:
    """The pipeline under another site file, with what the first one has made of these frames."""
    pipeline = Pipeline(before)
    pipeline.push(merged([start()], *frames))
    return Pipeline(then, pipeline.snapshot())


def test_a_zone_whose_thermometers_are_renamed_is_in_fail_safe_until_the_new_ones_are_heard() -> None:
    pipeline = after(site(FOUR, units=UNITS), site(renamed(FOUR), units=UNITS), list(stream(FOUR, 22.0, 1, 600)))
    events = pipeline.push([start(at(700))])
    assert pipeline.zones["A1"].condition is ZoneCondition.FAILSAFE
    assert [event.value for event in events if isinstance(event, CoolingEvent) and event.type == "cooling.demand"] == [100.0]
    assert alarms(events) == []
    assert alarms(pipeline.advance_to(at(731))) == [("alarm.raised", "data-lost", "A1")]
    assert list(pipeline.zones["A1"].sensors) == [sensor.id for sensor in pipeline.site.sensors]


def test_a_hot_thermometer_that_is_removed_keeps_no_zone_hot() -> None:
    hot = [frame for frame in stream(FOUR, 40.0, 60, 120) if "/r2/" in frame.topic or "/r3/" in frame.topic]
    pipeline = after(site(FOUR), site(TWO), list(stream(FOUR, 24.0, 1, 60)), hot, list(stream(TWO, 24.0, 60.5, 120)))
    assert pipeline.zones["A1"].condition is ZoneCondition.HOT
    events = pipeline.push([start(at(200)), *stream(TWO, 24.0, 201, 260)])
    assert ("alarm.cleared", "high", "A1") in alarms(events)
    assert (pipeline.zones["A1"].condition, pipeline.zones["A1"].value) == (ZoneCondition.NORMAL, 24.0)


def test_what_fell_silent_hot_and_is_removed_holds_no_alarm() -> None:
    hot = [frame for frame in stream(FOUR, 40.0, 60, 120) if "/r2/" in frame.topic or "/r3/" in frame.topic]
    pipeline = after(site(FOUR), site(TWO), list(stream(FOUR, 24.0, 1, 60)), hot, list(stream(TWO, 24.0, 60.5, 400)))
    events = pipeline.push([start(at(500)), *stream(TWO, 24.0, 501, 560)])
    assert {("alarm.cleared", "high", "A1"), ("alarm.cleared", "sensors-lost", "A1")} <= set(alarms(events))


def test_a_rule_that_comes_back_is_judged_anew() -> None:
    without = structs.replace(FOUR, limits=())
    pipeline = after(site(FOUR), site(without), list(stream(FOUR, 24.0, 1, 60)), list(stream(FOUR, 40.0, 60, 120)))
    events = pipeline.push([start(at(200)), *stream(FOUR, 40.0, 201, 300)])
    assert alarms(events) == [("alarm.cleared", "high", "A1")]
    assert (pipeline.zones["A1"].condition, pipeline.zones["A1"].trips) == (ZoneCondition.NORMAL, {})
    again = Pipeline(site(FOUR), pipeline.snapshot())
    assert alarms(again.push([start(at(400)), *stream(FOUR, 40.0, 401, 460)])) == [("alarm.raised", "high", "A1")]


def test_a_new_life_of_an_alarm_has_the_priority_of_now() -> None:
    urgent = structs.replace(FOUR, limits=(structs.replace(HOT, priority=Priority.CRITICAL),))
    pipeline = after(site(FOUR), site(urgent), list(stream(FOUR, 36.0, 1, 60)), list(stream(FOUR, 24.0, 60, 120)))
    events = pipeline.push([start(at(200)), *stream(FOUR, 24.0, 201, 260), *stream(FOUR, 36.0, 260, 300)])
    assert [(event.type, event.priority) for event in events if isinstance(event, AlarmEvent)] == [("alarm.raised", Priority.CRITICAL)]


@pytest.mark.parametrize("kept", [2, 4])
def test_a_gateway_that_is_removed_suppresses_nothing_any_more(kept: int) -> None:
    rules = Alarms(suppress_gateways=True)
    before, then = (structs.replace(site(one), alarms=rules) for one in (FOUR, zone("A1", sensors=kept, limits=(HOT,), rates=())))
    topic = before.topics.gateway.format(site=before.name, hall="h", zone="A1", rack="r3", gateway="r3")
    silent = list(stream(FOUR, 24.0, 62, 300, only=3))
    pipeline = after(before, then, list(stream(FOUR, 24.0, 1, 60)), [Frame(at(61), topic, b"offline")], silent)
    found = alarms(pipeline.push([start(at(400))]))
    gone = [("alarm.unsuppressed", "sensors-lost", "A1"), ("alarm.raised", "sensors-lost", "A1"), ("alarm.cleared", "gateway-lost", None)]
    assert [one for one in gone if one in found] == ([] if kept == 4 else gone)
    assert bool(pipeline.hall.suppressors) is (kept == 4)


def test_cooling_units_that_are_replaced_suppress_nothing_any_more() -> None:
    zones = (FOUR, zone("B1", limits=(HOT,), rates=()))
    before, then = (
        structs.replace(site(*zones, units=[unit(name, ["A1", "B1"])]), alarms=Alarms(suppress_followers=True)) for name in ("old", "new")
    )
    heat = [frame for each in zones for part in (stream(each, 24.0, 1, 100), stream(each, 36.0, 100, 300)) for frame in part]
    pipeline = after(before, then, heat, [report(at(5), "old", 100.0)])
    assert [record.rule for record in pipeline.hall.alarms.values() if record.state == "suppressed"] == ["high"]
    events = alarms(pipeline.push([start(at(400))]))
    assert [one for one in events if one[0] == "alarm.cleared"] == [
        ("alarm.cleared", "unit-silent", "old"),
        ("alarm.cleared", "cooling-lost", None),
    ]
    assert ("alarm.raised", "high", "B1") in events


def halls(first: str, second: str, *, unit_in: str | None = None, rules: Alarms | None = None) -> Site:
    """A zone in each of two halls."""
    zones = [structs.replace(zone(name, sensors=3, limits=(HOT,), rates=()), hall=hall) for name, hall in ((first, "h1"), (second, "h2"))]
    units = [structs.replace(unit("c", [one.id]), hall=one.hall) for one in zones if one.hall == unit_in]
    found = tuple(Hall(id=one.hall, zones=(one,), units=tuple(each for each in units if each.hall == one.hall)) for one in zones)
    return Site(name="test", halls=found, alarms=rules or Alarms())


def said(name: str, celsius: float, since: float, until: float) -> list[Frame]:
    return list(stream(zone(name, sensors=3), celsius, since, until))


def test_the_alarm_of_a_zone_goes_with_it_to_another_hall() -> None:
    pipeline = after(halls("A", "B"), halls("B", "A"), said("A", 40.0, 1, 60), said("B", 22.0, 1, 60))
    pipeline.push([start(at(100))])
    fields = {"by": "ann", "reason": "works", "until": at(1000)}
    assert alarms(pipeline.push([own(at(101), Own.OPERATOR, action="maintenance", hall="h1", **fields)])) == []
    found = alarms(pipeline.push([own(at(102), Own.OPERATOR, action="maintenance", hall="h2", **fields)]))
    assert found == [("alarm.suppressed", "high", "A")]


def test_a_unit_that_moves_takes_the_loss_of_its_cooling_with_it() -> None:
    rules = Alarms(suppress_followers=True)
    before, then = (halls("A", "B", unit_in=hall, rules=rules) for hall in ("h1", "h2"))
    pipeline = after(before, then, said("A", 22.0, 1, 120), said("B", 22.0, 1, 120))
    assert ("alarm.raised", "cooling-lost", None) in alarms(pipeline.push([start(at(130))]))
    assert ("alarm.cleared", "cooling-lost", None) in alarms(pipeline.push([report(at(131), "c", 100.0, command=100.0)]))
    assert not pipeline.hall.suppressors


@pytest.mark.parametrize("repeat", [None, 300 * SECOND])
def test_an_acknowledged_alarm_is_repeated_as_the_site_file_says_now(repeat: int | None) -> None:
    before, then = (structs.replace(site(FOUR), alarms=Alarms(repeat=each)) for each in (300 * SECOND if repeat is None else None, repeat))
    pipeline = Pipeline(before)
    pipeline.push(merged([start()], stream(FOUR, 40.0, 1, 60)))
    (alarm,) = pipeline.hall.alarms.values()
    pipeline.push([own(at(61), Own.OPERATOR, action="acknowledge", alarm=alarm.id, by="ann")])
    again = Pipeline(then, pipeline.snapshot())
    events = again.push([start(at(100)), *stream(FOUR, 40.0, 101, 700)])
    repeated = [(event.at - EPOCH) // SECOND for event in events if event.type == "alarm.repeated"]
    assert repeated == ([] if repeat is None else [361])
