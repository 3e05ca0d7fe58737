"""Explanations name what counted: readings, limits, delays, and what put an alarm aside."""

import pytest
from msgspec import json, structs

from hotzone.config.model import Limit, Priority, RateLimit
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import AlarmEvent, Event, Pipeline
from hotzone.pipeline.explaining import Explanation, explain, words
from hotzone.pipeline.state import Phase
from hotzone.sensors.frame import Frame, Own
from support.sites import EPOCH, merged, own, report, site, start, stream, unit, zone

A1 = zone("A1", limits=(Limit(rule="high", above=32.0, on_delay=60 * SECOND, off_delay=60 * SECOND, priority=Priority.HIGH),), rates=())
SITE = site(A1, units=[unit("c", ["A1"])])


def at(second: float) -> int:
    return EPOCH + round(second * SECOND)


def folded(*parts: list[Frame], until: float) -> tuple[Pipeline, list[Event]]:
    pipeline = Pipeline(SITE)
    events = pipeline.push(merged([start()], *parts))
    return pipeline, events + pipeline.advance_to(at(until))


def of_zone(celsius: float, since: float, until: float) -> Explanation:
    """Of A1 at `until`, when it is at `celsius` since `since`."""
    pipeline, events = folded(list(stream(A1, 24.0, 1, since)), list(stream(A1, celsius, since, until)), until=until)
    return explain(SITE, pipeline.state, events, at(until), zone="A1")


def test_a_calm_zone_has_no_alarm_and_every_rule_says_how_far_away_it_is() -> None:
    found = of_zone(24.0, 60, 100)
    assert found.verdict == "Zone A1 has no alarm: every rule is clear."
    assert found.zone is not None
    assert (found.zone.value, found.zone.good, found.zone.inlets) == (24.0, 4, 4)
    assert found.zone.rules[0].says == "high: 24.00 °C is 8.00 K short of the limit of 32 °C; no alarm is due"


def test_an_alarm_that_has_not_come_yet_waits_for_its_delay_and_says_until_when() -> None:
    found = of_zone(36.0, 60, 90)
    assert found.zone is not None
    rule = found.zone.rules[0]
    assert rule.phase is Phase.PENDING
    assert rule.due is not None
    assert at(120) <= rule.due < at(121)
    assert "36.00 °C is at or above the limit of 32 °C by 4.00 K; it has been so for 29s of 1m, and is raised at" in rule.says
    assert rule.says in found.verdict


def test_an_alarm_is_told_with_its_value_limit_and_delay_and_what_became_of_it() -> None:
    pipeline, events = folded(list(stream(A1, 24.0, 1, 60)), list(stream(A1, 36.0, 60, 150)), until=150)
    alarm = next(event.alarm for event in events if isinstance(event, AlarmEvent) and event.rule == "high")
    events += pipeline.push([own(at(151), Own.OPERATOR, action="shelve", alarm=alarm, by="kim", reason="door open", until=at(900))])
    found = explain(SITE, pipeline.state, events, at(151), alarm=alarm)
    assert found.verdict.startswith(
        "High alarm high of A1 was raised at 2023-11-14 22:15:20Z: 36 °C against a limit of 32 °C, as it had for 60 s."
    )
    assert [step.says for step in found.steps if "high" in step.says] == [
        "high of A1: raised, 36 °C against 32 °C",
        "high of A1: shelved by kim until 2023-11-14 22:28:20Z, 36 °C against 32 °C: door open",
    ]
    assert found.zone is not None
    rule = found.zone.rules[0]
    assert (rule.state, rule.by, rule.until, rule.reason) == ("shelved", "kim", at(900), "door open")


def test_an_alarm_that_has_stood_for_long_is_told_with_its_cause_and_with_the_latest() -> None:
    pipeline, events = folded(list(stream(A1, 24.0, 1, 60)), list(stream(A1, 36.0, 60, 150)), until=150)
    raised = next(event for event in events if isinstance(event, AlarmEvent) and event.rule == "high")
    events += [structs.replace(raised, at=at(200 + second), type="alarm.acknowledged", by="kim") for second in range(500)]
    found = explain(SITE, pipeline.state, events, at(700), alarm=raised.alarm)
    whole = explain(SITE, pipeline.state, events[:-500], at(200), alarm=raised.alarm)
    assert len(found.steps) == 60
    assert found.left_out == len(whole.steps) + 500 - 60
    assert found.steps[: len(whole.steps)] == whole.steps
    assert found.steps[-1].at == at(699)


def test_the_share_of_the_inlets_that_rise_is_told_in_percent() -> None:
    rising = zone("A1", limits=(), rates=(RateLimit(rule="rise", rise=1.0, over=MINUTE, share=0.3),))
    pipeline = Pipeline(site(rising))
    warming = [frame for second in range(120) for frame in stream(rising, 24.0 + second / 10, second + 1, second + 2)]
    events = pipeline.push(merged([start()], warming))
    found = explain(site(rising), pipeline.state, events, at(121), zone="A1")
    assert [step.says for step in found.steps if "raised" in step.says] == [
        "rise of A1: raised, 50 % against 30 %: 2 of 4 inlets rise by 1 K/min or more"
    ]


def test_a_thermometer_that_does_not_count_says_why() -> None:
    pipeline, events = folded(list(stream(A1, 24.0, 1, 60)), list(stream(A1, 24.0, 60, 150, only=3)), until=150)
    found = explain(SITE, pipeline.state, events, at(150), zone="A1")
    assert found.zone is not None
    (silent,) = [one for one in found.zone.readings if not one.counts]
    assert (silent.sensor, silent.quality, silent.cause, silent.celsius) == ("A1/r3/in", "stale", "silent", 24.0)
    assert any("A1/r3/in: 24.00 °C, stale, silent" in line and "it does not count" in line for line in words(found))


def test_a_suppressed_alarm_names_what_suppresses_it() -> None:
    work = [own(at(61), Own.OPERATOR, action="maintenance", hall="h", by="kim", reason="racks", until=at(900))]
    pipeline, events = folded(list(stream(A1, 24.0, 1, 60)), work, list(stream(A1, 36.0, 62, 200)), until=200)
    found = explain(SITE, pipeline.state, events, at(200), zone="A1")
    assert found.zone is not None
    assert found.zone.rules[0].suppressor == "maintenance by kim: racks"
    assert found.verdict == "Zone A1 has 1 alarm: high (suppressed)."
    assert any(line.startswith("People work in hall h until") for line in words(found))


def test_a_unit_says_what_it_was_told_and_what_it_does() -> None:
    reports = [report(at(second), "c", 100.0 if second < 100 else 0.0, number=1 << 40) for second in range(1, 200, 5)]
    pipeline, events = folded(list(stream(A1, 24.0, 1, 200)), reports, until=200)
    alarm = next(event.alarm for event in events if isinstance(event, AlarmEvent) and event.rule == "unit-failed")
    found = explain(SITE, pipeline.state, events, at(200), alarm=alarm)
    assert found.unit is not None
    assert (found.unit.condition, found.unit.fan) == ("failed", 0.0)
    assert "fan at 0 %" in found.verdict


def test_it_is_data_that_can_be_written_and_read_again() -> None:
    found = of_zone(36.0, 60, 90)
    assert json.decode(json.encode(found), type=Explanation) == found


def test_what_there_is_not_is_refused() -> None:
    pipeline, events = folded(list(stream(A1, 24.0, 1, 60)), until=60)
    with pytest.raises(LookupError, match="no zone 'A9'"):
        explain(SITE, pipeline.state, events, at(60), zone="A9")
