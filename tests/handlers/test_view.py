"""What handlers see of the present."""

from msgspec import structs

from hotzone.config.model import QualityRules, Role, Sensor
from hotzone.config.units import SECOND
from hotzone.handlers import Context
from hotzone.handlers.view import UnitView, View
from hotzone.handlers.viewing import view
from hotzone.pipeline import Pipeline, ZoneCondition
from hotzone.sensors.reading import Quality
from support.sites import EPOCH, merged, report, site, start, stream, unit, zone

NOW = EPOCH + 305 * SECOND


def hot() -> View:
    where = site(zone("A1"), zone("A2"), units=[unit("crac-1", ["A1"])])
    pipeline = Pipeline(where)
    pipeline.push(merged([start()], stream(zone("A1"), 40.0, 0, 300, only=3), [report(EPOCH + 200 * SECOND, "crac-1", 61.0, supply=18.5)]))
    pipeline.advance_to(NOW)
    return view(pipeline, where, NOW)


def test_a_zone_shows_its_value_its_state_its_demand_and_what_its_inlets_are_worth() -> None:
    zone = hot().zones["A1"]
    assert (zone.value, zone.condition, zone.demand) == (40.0, ZoneCondition.HOT, 100.0)
    assert zone.inlets == {Quality.GOOD: 3, Quality.UNCERTAIN: 0, Quality.BAD: 0, Quality.STALE: 1}
    assert zone.age is not None
    assert 14.9 < zone.age < 15.1


def test_a_zone_that_was_never_heard_of_has_neither_value_nor_age() -> None:
    zone = hot().zones["A2"]
    assert (zone.value, zone.condition, zone.age) == (None, ZoneCondition.FAILSAFE, None)
    assert zone.inlets[Quality.STALE] == 4


def test_a_unit_shows_what_it_reported_and_what_it_was_told() -> None:
    assert hot().units == {"crac-1": UnitView(commanded=100.0, fan=61.0, supply=18.5, returned=None, condition="failed")}


def test_every_standing_alarm_is_in_it_oldest_first() -> None:
    alarms = hot().alarms
    assert [alarm.at for alarm in alarms] == sorted(alarm.at for alarm in alarms)
    assert {(alarm.zone, alarm.rule) for alarm in alarms} >= {("A1", "warm"), ("A1", "high"), ("A1", "critical"), ("A2", "data-lost")}


def test_outlets_are_not_counted_as_inlets() -> None:
    bare = zone("A1")
    rack = bare.racks[0]
    outlet = Sensor(
        id="A1/r0/out", zone="A1", rack="r0", position="out", topic="x", gateway="r0", role=Role.OUTLET, quality=QualityRules(smoothing=0)
    )
    with_outlet = structs.replace(bare, racks=(structs.replace(rack, sensors=(*rack.sensors, outlet)), *bare.racks[1:]))
    where = site(with_outlet)
    assert sum(view(Pipeline(where), where, NOW).zones["A1"].inlets.values()) == 4


def test_a_context_gives_the_present_each_time_it_is_asked() -> None:
    views: list[View] = []

    def look() -> View:
        views.append(View())
        return views[-1]

    ctx = Context("it", site(), {}, lambda *_: None, view=look, timeout_s=3.0)
    assert ctx.view() is views[0]
    assert ctx.view() is views[1]
    assert ctx.timeout_s == 3.0
    assert Context("it", site(), {}, lambda *_: None).view() == View()
