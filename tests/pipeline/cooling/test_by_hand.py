"""Whatever people, zones and handlers want, at any time: what is hot is never cooled less, and nothing leaves its bounds."""

from random import Random

from hotzone.config.model import Alarms, Hall, Site
from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.pipeline.events import CoolingEvent, Event, ZoneCondition, ZoneEvent
from hotzone.pipeline.hall import HallFold
from hotzone.pipeline.inputs import Action, Input, Operator, Request
from hotzone.pipeline.state import PipelineState
from hotzone.pipeline.zones import Finding
from support.sites import EPOCH, unit, zone

ZONES = (zone("A1"), zone("A2"))
UNIT = unit("c", ["A1", "A2"], floor=30.0, ceiling=90.0, slew_down=12.0, hold=10 * SECOND)
SITE = Site(name="test", halls=(Hall(id="h", zones=ZONES, units=(UNIT,)),), alarms=Alarms())
HOT = {ZoneCondition.HOT, ZoneCondition.FAILSAFE}


class Hand:
    """A hall fold, and what a plain model of it expects of every command."""

    def __init__(self, seed: int) -> None:
        self.rng, self.fold, self.at = Random(seed), HallFold(SITE, PipelineState()), EPOCH
        self.conditions = dict.fromkeys(("A1", "A2"), ZoneCondition.FAILSAFE)
        self.demands = dict.fromkeys(("A1", "A2"), 100.0)
        self.last, self.lowered = UNIT.ceiling, 0
        self.reached: set[str] = set()

    def step(self) -> None:
        """One thing happens, some time after the last."""
        self.at += self.rng.choice([SECOND, 15 * SECOND, 5 * MINUTE]) + self.rng.randrange(1, 1000)  # at no instant with a timer
        found = Finding(self.at, 1, -1, self._next())
        for event in self.fold.push([found]):
            if isinstance(event, CoolingEvent) and event.type == "cooling.command":
                self._check(event)

    def _next(self) -> Event | Input:
        rng = self.rng
        name = rng.choice(["A1", "A2"])
        percent = float(rng.randrange(101))
        match rng.randrange(8):
            case 0 | 1:
                previous, self.conditions[name] = self.conditions[name], rng.choice(list(ZoneCondition))
                return ZoneEvent(at=self.at, type="zone.state", zone=name, hall="h", state=self.conditions[name], previous=previous)
            case 2 | 3:
                self.demands[name] = percent
                return CoolingEvent(at=self.at, type="cooling.demand", zone=name, hall="h", value=percent)
            case 4 | 5:
                return Operator(self.at, Action.OVERRIDE, "kim", "r", unit="c", until=self.at + rng.choice([MINUTE, HOUR]), value=percent)
            case 6:
                return Operator(self.at, Action.RELEASE, "kim", unit="c")
        return Request(self.at, name, percent, self.at + MINUTE, "handler")

    def _check(self, event: CoolingEvent) -> None:
        value = event.value or 0.0
        assert UNIT.floor <= value <= UNIT.ceiling
        hot = any(condition in HOT for condition in self.conditions.values())
        by_hand = "override" in (event.cause or "")
        self.reached.add(f"{'hot' if hot else 'calm'} {'by hand' if by_hand else 'by demand'}")
        if value < self.last:
            assert event.at < self.at or not hot, "lowered while a zone is hot"
            assert event.at - self.lowered >= UNIT.hold
            assert self.last - value <= UNIT.slew_down * UNIT.hold / MINUTE + 0.11  # told to a tenth of a percent
            self.lowered = event.at
        if hot and event.at == self.at:
            assert value >= min(UNIT.ceiling, max(self.demands.values())) - 0.1, "a hot zone gets less than it wants"
        self.last = value


def test_nobody_cools_a_hot_zone_less_and_nothing_leaves_its_bounds() -> None:
    reached: set[str] = set()
    for seed in range(400):
        hand = Hand(seed)
        for _ in range(40):
            hand.step()
        reached |= hand.reached
    assert reached == {"hot by hand", "hot by demand", "calm by hand", "calm by demand"}
