"""Cooling that hotzone itself has lowered explains that a zone warms again; nothing else does."""

from msgspec import structs

from hotzone.config.model import Alarms, ControlMode, Priority, RateLimit, Site
from hotzone.config.units import MINUTE, SECOND
from hotzone.pipeline.events import AlarmEvent, CoolingEvent, Event, ZoneCondition, ZoneEvent
from hotzone.pipeline.hall import HallFold
from hotzone.pipeline.inputs import Action, Condition, Input, Moment, Operator, Start, UnitReport
from hotzone.pipeline.snapshots import snapshot_of, state_of
from hotzone.pipeline.state import PipelineState
from hotzone.pipeline.zones import Finding
from support.sites import EPOCH, site, unit, zone

RATES = (
    RateLimit(rule="rise", rise=0.33, over=3 * MINUTE, share=0.3),
    RateLimit(rule="fast-rise", rise=1.0, over=MINUTE, share=0.3, priority=Priority.CRITICAL, hot=True),
)
SITE = site(zone("A1", rates=RATES), units=[unit(name, ["A1"], confirm_after=15 * SECOND) for name in "cd"])


class Hall:
    """The hall fold from 0 s on, with A1 normal and both units as commanded."""

    def __init__(self, of: Site = SITE) -> None:
        self.site, self.state, self.told = of, PipelineState(), list[Event]()
        self.fold = HallFold(of, self.state)
        self.take(0, Start(EPOCH, None, "", "", 1.0, session=False, note=""))
        self.take(
            1, ZoneEvent(at=EPOCH, type="zone.state", zone="A1", hall="h", state=ZoneCondition.NORMAL, previous=ZoneCondition.FAILSAFE)
        )

    def take(self, second: int, item: Input | Condition | Event) -> None:
        at = EPOCH + second * SECOND
        moved = structs.replace(item, at=at) if isinstance(item, Event) else item._replace(at=at)
        self.told += self.fold.push([Finding(at, 1, -1, moved)])

    def demand(self, second: int, percent: float) -> None:
        self.take(second, CoolingEvent(at=0, type="cooling.demand", zone="A1", hall="h", value=percent))

    def obey(self, since: int, until: int, names: str = "cd") -> None:
        """Reports of units that do as they are told."""
        for second in range(since, until, 5):
            for name in names:
                known = self.state.hall.units[name]
                self.take(second, UnitReport(0, name, known.commanded or 0.0, known.commanded, known.number, None, None, "remote"))

    def rise(self, second: int, rule: str = "rise", *, active: bool = True) -> None:
        self.take(second, Condition(0, rule, active, Priority.MEDIUM, zone="A1", hall="h", value=0.4))

    def restart(self) -> None:
        """As from a snapshot."""
        self.state = state_of(snapshot_of(self.state.at, [], self.state.hall))
        self.fold = HallFold(self.site, self.state)

    @property
    def alarms(self) -> list[tuple[int, str]]:
        """Those of `rise`."""
        return [
            ((one.at - EPOCH) // SECOND, one.type.removeprefix("alarm."))
            for one in self.told
            if isinstance(one, AlarmEvent) and one.zone == "A1"
        ]


def lowered(of: Site = SITE) -> Hall:
    """From 100 % to some 80 % in three minutes and a half."""
    hall = Hall(of)
    hall.demand(2, 80.0)
    hall.obey(3, 240)
    assert hall.state.hall.units["c"].commanded == 80.0
    return hall


def test_a_rise_after_cooling_was_lowered_calls_nobody() -> None:
    hall = lowered()
    hall.rise(240)
    hall.obey(241, 300)
    hall.rise(300, active=False)
    assert hall.alarms == [(240, "suppressed")]
    hall.obey(301, 1200)
    assert [kind for _, kind in hall.alarms] == ["suppressed", "unsuppressed"]


def test_it_is_raised_if_it_goes_on_for_longer_than_the_air_takes() -> None:
    hall = lowered()
    hall.rise(240)
    hall.restart()
    hall.obey(241, 1200)
    assert [kind for _, kind in hall.alarms] == ["suppressed", "unsuppressed", "raised"]
    assert 480 < hall.alarms[-1][0] <= 240 + 480


def test_it_is_raised_once_the_cooling_is_back_where_it_was() -> None:
    hall = lowered()
    hall.rise(240)
    hall.demand(250, 95.0)
    assert hall.alarms == [(240, "suppressed"), (250, "unsuppressed"), (250, "raised")]


def test_it_is_raised_when_a_unit_of_the_zone_does_not_cool() -> None:
    hall = lowered()
    hall.rise(240)
    hall.obey(241, 400, "d")
    assert hall.alarms[0] == (240, "suppressed")
    assert hall.alarms[1][1] == "unsuppressed"
    assert hall.alarms[2][1] == "raised"
    assert hall.alarms[2][0] < 280


def test_one_that_stood_before_stays() -> None:
    hall = Hall()
    hall.rise(2)
    hall.demand(3, 80.0)
    hall.obey(4, 240)
    assert hall.alarms == [(2, "raised")]


def test_a_rise_that_makes_the_zone_hot_is_always_told() -> None:
    hall = lowered()
    hall.rise(240, "fast-rise")
    assert hall.alarms == [(240, "raised")]


def test_what_people_lower_explains_nothing() -> None:
    hall = Hall()
    until = EPOCH + 3600 * SECOND
    for name in "cd":
        hall.take(2, Operator(0, Action.OVERRIDE, "kim", "why", unit=name, until=until, value=60.0))
    hall.obey(3, 240)
    hall.rise(240)
    assert hall.alarms == [(240, "raised")]


def test_nor_do_commands_that_are_not_sent() -> None:
    advised = site(zone("A1", rates=RATES), units=[unit(name, ["A1"], control=ControlMode.ADVISE) for name in "cd"])
    hall = Hall(advised)
    hall.demand(2, 80.0)
    hall.take(240, Moment(0))
    hall.rise(241)
    assert hall.alarms == [(241, "raised")]


def test_without_the_setting_it_is_told() -> None:
    hall = lowered(structs.replace(SITE, alarms=Alarms(suppress_lowered=False)))
    hall.rise(240)
    assert hall.alarms == [(240, "raised")]
