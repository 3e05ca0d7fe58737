"""A healthy hall is quiet: an hour of 1,240 thermometers while the load follows the day, from a cold start, raises nothing."""

from hotzone.app.halls import halls_of
from hotzone.app.lockstep import Lockstep
from hotzone.app.version import version
from hotzone.config import load, shipped
from hotzone.config.units import DAY, HOUR
from hotzone.pipeline import AlarmEvent

START = 20_454 * DAY + 7 * HOUR
"""1 January 2026, 7:00: the load climbs."""


def test_an_hour_of_a_healthy_hall_raises_no_alarm() -> None:
    site = load(shipped("hall-200"))
    lockstep = Lockstep(site, halls_of(site, START, 11, []), version=version())
    events = [event for step in lockstep.steps(HOUR) for event in step.events]
    assert [event.id for event in events if isinstance(event, AlarmEvent)] == []
    assert {zone.condition for zone in lockstep.pipeline.zones.values()} == {"normal"}
