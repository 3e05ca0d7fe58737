"""Suppression by design (ISA-18.2): alarms that another alarm explains call nobody. They are recorded, and raised when the other is over.

Four things suppress: the loss of cooling in a whole hall, the alarms of its zones that follow; a gateway that is gone, the alarm that its
thermometers are silent; people at work in a hall, its thermal alarms; cooling that hotzone itself has lowered, that its zones warm again, unless
they warm so fast that they count as hot. None of them hides the loss of data, nor a cooling unit.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

from ..config.devices import gateways
from ..config.model import ControlMode, Priority, Site, Unit
from . import units
from .alarms import STANDING
from .annunciator import Annunciator
from .conditions import SENSORS_LOST
from .events import AlarmState
from .inputs import Condition, GatewayState
from .state import AlarmRecord, HallState, Suppressor
from .subject import alarm_key
from .timeline import NEVER, Timer

COOLING_LOST: Final = "cooling-lost"
GATEWAY_LOST: Final = "gateway-lost"
LOWERED: Final = 10.0
"""Percent by which commands must have come down to explain that a zone warms; in a steady hall they move by a few."""
TIMERS: Final = ("gateway", "lowered")


class Suppression:
    """Over the suppressors in `state`, for the annunciator `alarms`."""

    def __init__(self, site: Site, state: HallState, alarms: Annunciator) -> None:
        self._state = state
        self._alarms = alarms
        self._followers, self._gateways = site.alarms.suppress_followers, site.alarms.suppress_gateways
        self._thermal = {(zone.id, rule.rule) for zone in site.zones for rule in zone.rules}
        self._mild = {(zone.id, rate.rule) for zone in site.zones for rate in zone.rates if not rate.hot}
        self._serving = {zone.id: [unit for unit in site.units if zone.id in unit.serves] for zone in site.zones}
        self._lowered = site.alarms.suppress_lowered
        self._halls = {hall.id: hall for hall in site.halls}
        self._zones = site.zones
        self._behind: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """How many thermometers of each zone a gateway has."""
        for (hall, gateway), sensor in zip(gateways(site), site.sensors, strict=True):
            self._behind[_key(hall, gateway)][sensor.zone] += 1
        alarms.suppressor, alarms.began = self.suppressor, self.began

    def suppressor(self, record: AlarmRecord) -> Suppressor | None:
        """What suppresses the alarm at present, if anything."""
        return next((one for one in self._state.suppressors.values() if self._applies(one, record)), None)

    def configured(self, record: AlarmRecord) -> bool:
        """Whether the site file still asks for an alarm of a hall."""
        wanted = {COOLING_LOST: self._followers, GATEWAY_LOST: self._gateways}
        return record.hall in self._halls and wanted.get(record.rule, False)

    def begin(self, at: int) -> None:
        """A run begins: what the site file asks for no more, or has no more, suppresses nothing."""
        suppressors = self._state.suppressors
        gone = {key: one for key, one in suppressors.items() if not self._wanted(key, one)}
        for key in gone:
            del suppressors[key]
            self._state.timeline.cancel("gateway", key)
        for key in suppressors.keys() & self._behind.keys():
            suppressors[key].zones = dict(self._behind[key])
        self._alarms.review(at)
        for hall in sorted({one.hall for one in gone.values() if one.kind == "gateway"} & self._halls.keys()):
            self._tell_gateways(hall, at)
        for hall in self._halls if self._followers else ():
            self._judge(hall, at)

    def _wanted(self, key: str, one: Suppressor) -> bool:
        if one.hall not in self._halls:
            return False
        if one.kind == "lowered":
            return self._lowered and one.zones.keys() <= self._serving.keys()
        return {"cooling": self._followers, "gateway": self._gateways and key in self._behind, "maintenance": True}[one.kind]

    def began(self, record: AlarmRecord, at: int) -> None:
        """The condition of an alarm has changed: is the cooling of its hall lost, or there again."""
        if not self._followers or record.hall not in self._halls:
            return
        if record.unit is None and (record.zone or "", record.rule) not in self._thermal:
            return
        record.first_out = bool(record.zone and record.active and not self._others(record))
        self._judge(record.hall, at)

    def _judge(self, hall: str, at: int) -> None:
        """Is the cooling of a hall lost, or there again."""
        why = self._lost(hall)
        key = f"cooling {hall}"
        if (why is not None) is (key in self._state.suppressors):
            return
        if why is not None:
            self._state.suppressors[key] = Suppressor("cooling", hall, at, f"cooling is lost in hall {hall}")
        self._alarms.condition(Condition(at, COOLING_LOST, why is not None, Priority.CRITICAL, hall=hall, cause=why))
        if why is None:
            del self._state.suppressors[key]
            self._alarms.review(at)

    def gateway(self, item: GatewayState) -> None:
        """A gateway came or went. When it is back its thermometers have their time to be heard."""
        if not self._gateways or not item.sensors:
            return
        hall = self._zones[item.sensors[0][0]].hall
        key = _key(hall, item.gateway)
        timeline = self._state.timeline
        if item.online:
            if key in self._state.suppressors and not timeline.is_set("gateway", key):
                timeline.set("gateway", item.at + max(self._zones[index].presence.silent_after for index, _ in item.sensors), key)
            return
        timeline.cancel("gateway", key)
        if key not in self._state.suppressors:
            zones = dict(self._behind[key])
            self._state.suppressors[key] = Suppressor("gateway", hall, item.at, f"gateway {item.gateway} is gone", zones=zones)
            self._tell_gateways(hall, item.at)

    def settle(self, at: int) -> None:
        """Commands may have gone out, or a unit ceased to cool: which zones warm because their cooling was lowered."""
        if not self._lowered:
            return
        suppressors, over, due = self._state.suppressors, False, NEVER
        for zone, serving in self._serving.items():
            key = f"lowered {zone}"
            percent, until = self._lowered_by(serving, at)
            if percent >= LOWERED:
                due = min(due, until)
                if key not in suppressors:
                    suppressors[key] = Suppressor("lowered", serving[0].hall, at, "its cooling was lowered", zones={zone: 1})
            else:
                over = suppressors.pop(key, None) is not None or over
        if due < NEVER:
            self._state.timeline.set("lowered", due)
        else:
            self._state.timeline.cancel("lowered")
        if over:
            self._alarms.review(at)

    def _lowered_by(self, serving: Sequence[Unit], at: int) -> tuple[float, int]:
        """The most percent by which a unit has come down by our command, and until when; none while any of them does not cool."""
        known = self._state.units
        if not all(unit.id in known and units.cools(known[unit.id]) for unit in serving):
            return 0.0, at
        ours = [unit for unit in serving if unit.control is ControlMode.ON and unit.id not in self._state.overrides]
        return max((units.lowered(known[unit.id], at) for unit in ours if unit.hall not in self._state.maintenance), default=(0.0, at))

    def fire(self, timer: Timer) -> None:
        """The thermometers of a gateway have had their time, or lowered cooling explains no more."""
        if timer.kind == "lowered":
            self.settle(timer.due)
            return
        found = self._state.suppressors.pop(timer.key, None)
        if found is not None:
            self._alarms.review(timer.due)
            self._tell_gateways(found.hall, timer.due)

    def _tell_gateways(self, hall: str, at: int) -> None:
        gone = [key.rpartition(" ")[2] for key, one in self._state.suppressors.items() if one.kind == "gateway" and one.hall == hall]
        cause = f"gone: {', '.join(gone[:10])}{f' and {len(gone) - 10} more' if len(gone) > 10 else ''}" if gone else None
        self._alarms.condition(Condition(at, GATEWAY_LOST, bool(gone), Priority.MEDIUM, hall=hall, value=float(len(gone)), cause=cause))

    def _applies(self, one: Suppressor, record: AlarmRecord) -> bool:
        if record.zone is None or record.hall != one.hall:
            return False
        thermal = (record.zone, record.rule) in self._thermal
        if one.kind == "maintenance":
            return thermal
        if one.kind == "lowered" and (record.zone not in one.zones or (record.zone, record.rule) not in self._mild):
            return False
        follows = record.state is AlarmState.SUPPRESSED or (bool(record.active) and record.state not in STANDING)
        if one.kind == "lowered":
            return follows
        if one.kind == "cooling":
            return thermal and follows and not record.first_out
        behind = sum(other.zones.get(record.zone, 0) for other in self._state.suppressors.values() if other.kind == "gateway")
        return record.rule == SENSORS_LOST and follows and (record.value or 0) <= behind

    def _others(self, record: AlarmRecord) -> bool:
        """Whether another thermal alarm of the hall has its condition."""
        return any(
            one.active and one is not record and one.hall == record.hall and (one.zone or "", one.rule) in self._thermal
            for one in self._state.alarms.values()
        )

    def _lost(self, name: str) -> str | None:
        """Why the cooling of a hall is taken for lost: no unit of it cools, or half of its zones warm fast."""
        hall, alarms = self._halls[name], self._state.alarms
        dead = [unit for unit in hall.units if any(_active(alarms, None, unit.id, name, rule) for rule in (units.FAILED, units.SILENT))]
        if hall.units and len(dead) == len(hall.units):
            return f"none of {len(dead)} cooling units cools"
        warming = [
            zone.id for zone in hall.zones if any(rate.hot and _active(alarms, zone.id, None, name, rate.rule) for rate in zone.rates)
        ]
        if len(warming) >= max(2, (len(hall.zones) + 1) // 2):
            return f"{len(warming)} of {len(hall.zones)} zones warm fast: {', '.join(warming[:10])}"
        return None


def _key(hall: str, gateway: str) -> str:
    return f"gateway {hall} {gateway}"


def _active(alarms: dict[str, AlarmRecord], zone: str | None, unit: str | None, hall: str, rule: str) -> bool:
    record = alarms.get(alarm_key(zone, unit, hall, rule))
    return record is not None and bool(record.active)
