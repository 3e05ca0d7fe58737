"""Random walks through the life of alarms: conditions, operators, gateways and time over a hall fold, and what must hold at every step."""

import random
from collections.abc import Sequence

from msgspec import msgpack

from hotzone.config.model import Alarms, Hall, Limit, Priority, RateLimit, Site
from hotzone.config.units import HOUR, MINUTE, SECOND
from hotzone.pipeline.alarms import ACTIVE, ASIDE, ENDS, STANDING
from hotzone.pipeline.events import AlarmEvent, AlarmState, ConditionEvent, Event
from hotzone.pipeline.hall import HallFold
from hotzone.pipeline.inputs import Action, Condition, GatewayState, Input, Moment, Operator
from hotzone.pipeline.snapshots import expanded
from hotzone.pipeline.state import PipelineState
from hotzone.pipeline.zones import Finding
from support.sites import EPOCH, unit, zone

LIMITS = (
    Limit(rule="high", above=32.0, hot=True),
    Limit(rule="critical", above=35.0, priority=Priority.CRITICAL, latch=True),
)
RATES = (RateLimit(rule="rise", rise=1.0, over=MINUTE, share=0.3, hot=True),)
ZONES = tuple(zone(name, 2, limits=LIMITS, rates=RATES) for name in ("A1", "A2"))
RULES = ["high", "critical", "rise", "sensors-lost"]
PRIORITY = {"high": Priority.HIGH, "critical": Priority.CRITICAL, "rise": Priority.HIGH, "sensors-lost": Priority.LOW}


def site(**alarms: object) -> Site:
    """Two zones, two units, one hall."""
    hall = Hall(id="h", zones=ZONES, units=(unit("c", ["A1", "A2"]), unit("d", ["A1", "A2"])))
    return Site(name="test", halls=(hall,), alarms=Alarms(**alarms))


SITES = [site(), site(suppress_followers=True, suppress_gateways=True, repeat=20 * MINUTE)]


class Walk:
    """One walk, by its seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.site = SITES[seed % 2]
        self.state = PipelineState()
        self.fold = HallFold(self.site, self.state)
        self.at = EPOCH
        self.truth: dict[tuple[str, str], bool] = {(zone.id, rule): False for zone in ZONES for rule in RULES}
        self.ids: list[str] = ["nothing:high@1"]
        self.called: set[str] = set()
        """Alarms that people were called for and not told the end of."""
        self.served: set[tuple[str, str]] = set()
        self.events: list[Event] = []

    def go(self, steps: int) -> "Walk":
        """Walk, and see after each step that what must hold holds; then let all times run out."""
        for _ in range(steps):
            self.at += self.rng.choice([SECOND, MINUTE, 17 * MINUTE])
            self._push(self._next())
            if self.rng.random() < 0.02:
                self.state = msgpack.decode(msgpack.encode(self.state), type=PipelineState)
                self.fold = HallFold(self.site, self.state)
        self.at += 8 * 24 * HOUR
        self._push(Moment(self.at))
        hall = self.state.hall
        assert not [one for one in hall.alarms.values() if one.state is AlarmState.SHELVED], "a shelf has no end"
        assert not hall.overrides, "an override has no end"
        assert not hall.maintenance, "maintenance has no end"
        return self

    def _push(self, item: Input | Condition) -> None:
        told = self.fold.push([Finding(self.at, 1, -1, item)])
        self.events += told
        self._hear(told)
        self._check()

    def _next(self) -> Input | Condition:
        rng = self.rng
        draw = rng.random()
        if draw < 0.5:
            place, rule = key = rng.choice(list(self.truth))
            self.truth[key] = not self.truth[key]
            return Condition(self.at, rule, self.truth[key], PRIORITY[rule], zone=place, hall="h", value=rng.choice([1.0, 2.0, 3.0]))
        if draw < 0.55:
            index = rng.randrange(2)
            sensors = tuple((index, sensor) for sensor in ZONES[index].sensors)
            return GatewayState(self.at, f"g{index}", rng.random() < 0.5, sensors)
        if draw < 0.6:
            return Moment(self.at)
        return self._operator(rng.choice(list(Action)))

    def _operator(self, action: Action) -> Operator:
        rng = self.rng
        until = self.at + rng.choice([MINUTE, 30 * MINUTE, HOUR, 3 * HOUR])
        place, rule = rng.choice(list(self.truth))
        match action:
            case Action.SERVICE | Action.RETURN:
                (self.served.add if action is Action.SERVICE else self.served.discard)((place, rule))
                return Operator(self.at, action, "kim", "why", zone=place, rule=rule)
            case Action.OVERRIDE:
                return Operator(self.at, action, "kim", "why", unit="c", until=until, value=40.0)
            case Action.RELEASE:
                return Operator(self.at, action, "kim", unit="c")
            case Action.MAINTENANCE:
                return Operator(self.at, action, "kim", "why", hall="h", until=until)
            case Action.RESUME:
                return Operator(self.at, action, "kim", hall="h")
        return Operator(self.at, action, "kim", "why", alarm=rng.choice(self.ids[-4:]), until=until)

    def _hear(self, told: Sequence[Event]) -> None:
        for event in told:
            if isinstance(event, ConditionEvent):
                assert event.state in ASIDE
            if not isinstance(event, AlarmEvent):
                continue
            if event.type == "alarm.raised":
                self.ids.append(event.alarm)
                self.called.add(event.alarm)
            elif event.type in ENDS:
                if event.type == "alarm.cleared" and event.by is None:
                    assert event.zone is None or not self.truth[event.zone, event.rule], "cleared while its condition holds"
                self.called.discard(event.alarm)

    def _check(self) -> None:
        hall = self.state.hall
        records = {(one.zone or "", one.rule): one for one in hall.alarms.values()}
        for key, true in self.truth.items():
            record = records.get(key)
            if not true:
                assert record is None or not record.active
                continue
            assert record is not None, f"{key} is lost"
            assert record.active
            match record.state:
                case AlarmState.SHELVED:
                    assert record.until is not None
                    assert self.at < record.until
                    assert key not in self.served
                case AlarmState.SUPPRESSED:
                    assert self.fold.suppression.suppressor(record) is not None, f"{key} is suppressed by nothing"
                case AlarmState.OUT_OF_SERVICE:
                    assert key in self.served
                case state:
                    assert state in ACTIVE, f"{key} is {state}"
        assert self.called == {one.id for one in hall.alarms.values() if one.state in STANDING}, "who was called is told the end"


def older(snapshot: bytes, drop: Sequence[str]) -> bytes:
    """The snapshot as an older version would have written it: records without the fields that it did not know."""
    raw = msgpack.decode(expanded(snapshot))
    for record in raw["hall"]["alarms"].values():
        for name in drop:
            record.pop(name)
    for name in ("suppressors", "overrides", "maintenance"):
        raw["hall"].pop(name)
    return msgpack.encode(raw)
