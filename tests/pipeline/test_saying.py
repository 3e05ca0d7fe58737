"""An event on one line: every type says something that a person understands without the documentation, or nothing."""

from typing import Any

import pytest

from hotzone.app.testing.vocabulary import TYPES
from hotzone.config.model import Limit, Priority, RateLimit
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline import AlarmState, ZoneCondition
from hotzone.pipeline.saying import says
from hotzone.sensors.reading import Quality
from support.sites import EPOCH, site, unit, zone

SITE = site(
    zone(
        "A1",
        limits=(Limit(rule="high", above=32.0, priority=Priority.HIGH),),
        rates=(RateLimit(rule="rise", rise=1.0, over=MINUTE, share=0.3),),
    ),
    units=[unit("c", ["A1"])],
)
UNTIL = EPOCH + 900 * SECOND
HIGH: dict[str, Any] = {
    "alarm": f"A1:high@{EPOCH}",
    "rule": "high",
    "priority": Priority.HIGH,
    "state": AlarmState.SHELVED,
    "zone": "A1",
    "value": 36.0,
    "limit": 32.0,
}
RISE: dict[str, Any] = HIGH | {"rule": "rise", "value": 0.333, "limit": 0.3, "cause": "4 of 12 inlets rise by 1 K/min or more"}
FAILED: dict[str, Any] = HIGH | {"rule": "unit-failed", "zone": None, "unit": "c", "value": 2.0, "limit": 60.0}


@pytest.mark.parametrize(
    ("type_", "fields", "said"),
    [
        ("alarm.raised", HIGH, "high of A1: raised, 36 °C against 32 °C"),
        ("alarm.raised", RISE, "rise of A1: raised, 33 % against 30 %: 4 of 12 inlets rise by 1 K/min or more"),
        ("alarm.raised", FAILED, "unit-failed of c: raised, 2 % against 60 %"),
        ("alarm.raised", HIGH | {"zone": None, "rule": "data-lost", "value": None, "limit": None}, "data-lost of test: raised"),
        (
            "alarm.shelved",
            HIGH | {"by": "kim", "until": UNTIL, "cause": "door"},
            "high of A1: shelved by kim until 2023-11-14 22:28:20Z, 36 °C against 32 °C: door",
        ),
        ("alarm.unsuppressed", HIGH, "high of A1: suppressed no more, 36 °C against 32 °C"),
        ("condition.began", HIGH, "high of A1 holds, but is shelved, 36 °C against 32 °C"),
        ("condition.ended", HIGH | {"state": AlarmState.OUT_OF_SERVICE}, "high of A1 is over, and was out of service, 36 °C against 32 °C"),
        ("operator.refused", {"action": "shelve", "by": "kim", "cause": "no such alarm"}, "refused: shelve by kim: no such alarm"),
        (
            "zone.state",
            {"zone": "A1", "state": ZoneCondition.HOT, "previous": ZoneCondition.NORMAL, "value": 33.5},
            "zone A1 is hot, was normal, 33.5 °C",
        ),
        (
            "sensor.quality",
            {"sensor": "A1/r1", "quality": Quality.STALE, "value": 24.0, "cause": "silent"},
            "A1/r1 is stale, 24 °C: silent",
        ),
        (
            "sensor.history",
            {"sensor": "A1/r1", "quality": Quality.GOOD, "value": 36.0, "limit": 32.0},
            "A1/r1: a late reading, 36 °C against 32 °C",
        ),
        ("cooling.demand", {"zone": "A1", "value": 62.5}, "A1: demand, 62.5 %"),
        ("cooling.command", {"unit": "c", "value": 80.0, "advise": True}, "c: command (advised, not sent), 80 %"),
        ("cooling.failsafe", {"zone": "A1", "value": 100.0, "cause": "no good data"}, "A1 goes to its fail-safe, 100 %: no good data"),
        ("cooling.request", {"zone": "A1", "value": 50.0}, "A1: request, 50 %"),
        (
            "cooling.override",
            {"unit": "c", "value": 40.0, "by": "kim", "until": UNTIL},
            "c: driven by hand by kim until 2023-11-14 22:28:20Z, 40 %",
        ),
        ("cooling.released", {"unit": "c", "by": "kim"}, "c: driven by hand no more by kim"),
        ("cooling.unit", {"unit": "c", "state": "following", "value": 60.0}, "c is following, 60 %"),
        (
            "hall.maintenance",
            {"hall": "h", "by": "kim", "until": UNTIL, "cause": "racks"},
            "hall h: maintenance by kim until 2023-11-14 22:28:20Z: racks",
        ),
        ("run.started", {"detail": "version 1"}, "run started: version 1"),
        ("link.lost", {}, "link lost"),
        ("note", {"kind": "fault-end", "text": "crac-1 fan", "happened_at": EPOCH, "value": 3.0}, "fault end: crac-1 fan, 3"),
        ("note", {"kind": "truth", "text": "above 27", "happened_at": EPOCH}, None),
        ("group.changed", {"group": "h", "raised": 1, "over": 0, "standing": 1, "priority": Priority.HIGH}, None),
    ],
)
def test_an_event_says_what_happened_to_what_how_far_by_whom_and_why(type_: str, fields: dict[str, Any], said: str | None) -> None:
    assert says(TYPES[type_](at=EPOCH, type=type_, **fields), SITE) == said
