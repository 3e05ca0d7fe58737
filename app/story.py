"""The demo's story, told from the journal: a cooling unit fails, the others answer, the hall recovers. Each chapter has a time, or is missing."""

from collections.abc import Sequence
from typing import NamedTuple

from ..config.model import Site
from ..config.units import MINUTE, SECOND
from ..pipeline import AlarmEvent, CoolingEvent, Event, NoteEvent, Pipeline, ZoneCondition, ZoneEvent
from ..sensors.hall.truth import RECOMMENDED

_WARMER = 0.5
"""Kelvin by which a zone must warm for the viewer to see it."""
_MORE = 5.0
"""Percent by which demand and commands must rise to count."""


class Chapter(NamedTuple):
    """One thing that has to happen; `at` is when, log time, None while it has not."""

    title: str
    at: int | None
    detail: str = ""


class Story:
    """Listens to the journal, and looks at the zones now and then. `unit` is the one that is going to fail."""

    def __init__(self, site: Site, unit: str) -> None:
        self._site = site
        self._unit = unit
        self._near = next((known.serves for known in site.units if known.id == unit), ())
        self._fault: int | None = None
        self._alarm: Chapter | None = None
        self._warm: Chapter | None = None
        self._demand: Chapter | None = None
        self._answer: Chapter | None = None
        self._recovery: Chapter | None = None
        self._before: dict[str, float] = {}
        self._demands: dict[str, float] = {}
        self._commands: dict[str, float] = {}
        self._calm: tuple[dict[str, float], dict[str, float]] = ({}, {})
        self._peaks: dict[str, float] = {}
        self._truths: list[NoteEvent] = []
        self._zone_alarms: list[AlarmEvent] = []
        self._hot: set[str] = set()
        self._looked_at = 0
        self.commands = 0
        self.alarms = 0
        self.peak: tuple[float, str] = (0.0, "")
        self.degree_minutes = 0.0

    def told(self, events: Sequence[Event]) -> None:
        """Read the journal."""
        for event in events:
            match event:
                case NoteEvent(kind="fault", target=self._unit):
                    self._fault = event.happened_at
                    self._calm = dict(self._demands), dict(self._commands)
                case NoteEvent(kind="truth"):
                    self._truths.append(event)
                case AlarmEvent(type="alarm.raised"):
                    self._alarmed(event)
                case ZoneEvent(zone=str() as zone):
                    self._changed(zone, event)
                case CoolingEvent(type="cooling.demand", zone=str() as zone, value=float() as value):
                    self._demanded(zone, value, event.at)
                case CoolingEvent(type="cooling.command", unit=str() as unit, value=float() as value):
                    self._commanded(unit, value, event.at)

    def _alarmed(self, event: AlarmEvent) -> None:
        self.alarms += 1
        if event.unit == self._unit and self._alarm is None and self._fault is not None:
            self._alarm = Chapter("the unit's alarm", event.at, event.cause or event.rule)
        elif event.zone is not None and self._fault is not None:
            self._zone_alarms.append(event)

    def _changed(self, zone: str, event: ZoneEvent) -> None:
        if event.state in {ZoneCondition.WARM, ZoneCondition.HOT} and self._fault is not None:
            self._hot.add(zone)
            if self._warm is None:
                self._warm = Chapter("a zone warms", event.at, f"{zone} is {event.state} at {event.value or 0.0:.1f} °C")
        elif zone in self._hot:
            self._hot.discard(zone)

    def _demanded(self, zone: str, value: float, at: int) -> None:
        self._demands[zone] = value
        calm = self._calm[0].get(zone)
        if self._fault is not None and calm is not None and value >= calm + _MORE and self._demand is None:
            self._demand = Chapter("its demand rises", at, f"{zone} from {calm:.0f} to {value:.0f} %")

    def _commanded(self, unit: str, value: float, at: int) -> None:
        self.commands += 1
        self._commands[unit] = value
        calm = self._calm[1].get(unit)
        if self._fault is not None and unit != self._unit and calm is not None and value >= calm + _MORE and self._answer is None:
            self._answer = Chapter("the neighbours answer", at, f"{unit} from {calm:.0f} to {value:.0f} %")

    def look(self, pipeline: Pipeline) -> None:
        """Look at the zones' values: peaks, degree-minutes, warming and recovery."""
        at = pipeline.at
        elapsed = min(at - self._looked_at, MINUTE) if self._looked_at else 0
        self._looked_at = at
        for name, zone in pipeline.zones.items():
            if zone.value is None or zone.condition is ZoneCondition.FAILSAFE:
                continue
            self.peak = max(self.peak, (zone.value, name))
            self.degree_minutes += max(0.0, zone.value - RECOMMENDED) * elapsed / MINUTE
            if self._fault is None:
                self._before[name] = zone.value
                continue
            self._peaks[name] = max(self._peaks.get(name, zone.value), zone.value)
        self._judge(pipeline)

    def _judge(self, pipeline: Pipeline) -> None:
        if self._fault is None:
            return
        rise = {name: peak - self._before[name] for name, peak in self._peaks.items() if name in self._before}
        zone = max(rise, key=lambda name: rise[name], default=None)
        if zone is None:
            return
        if self._warm is None and rise[zone] >= _WARMER:
            self._warm = Chapter("a zone warms", pipeline.at, f"{zone} by {rise[zone]:.1f} K to {self._peaks[zone]:.1f} °C")
        value = pipeline.zones[zone].value
        if self._warm is not None and self._recovery is None and value is not None and not self._hot:
            fallen = self._peaks[zone] - value
            if fallen >= rise[zone] / 2 and rise[zone] >= _WARMER:
                self._recovery = Chapter("the recovery", pipeline.at, f"{zone} back at {value:.1f} °C, from {self._peaks[zone]:.1f} °C")

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """All of them, in order."""
        return (
            Chapter("the fault", self._fault, f"{self._unit} fails"),
            self._alarm or Chapter("the unit's alarm", None),
            self._warm or Chapter("a zone warms", None),
            self._demand or Chapter("its demand rises", None),
            self._answer or Chapter("the neighbours answer", None),
            self._recovery or Chapter("the recovery", None),
        )

    @property
    def missing(self) -> list[str]:
        """Titles of the chapters that did not happen."""
        return [chapter.title for chapter in self.chapters if chapter.at is None]

    def summary(self) -> list[str]:
        """The closing lines. Times are hall time, since the fault."""
        lines = []
        for title, at, detail in self.chapters:
            when = "did not happen" if at is None else "" if self._fault is None else f"{(at - self._fault) / SECOND:+8.0f} s"
            lines.append(f"  {title:<22} {when:>14}  {detail}".rstrip())
        lines += [f"  {line}" for line in self._detections()]
        lines.append(
            f"  peak {self.peak[0]:.1f} °C in zone {self.peak[1]}; {self.degree_minutes:.1f} K min above {RECOMMENDED:g} °C; "
            f"{self.alarms} alarms; {self.commands} commands"
        )
        return lines

    def _detections(self) -> list[str]:
        """For each crossing of the noise-free truth, how long it took to be told."""
        lines = []
        for truth in self._truths:
            if not truth.text.startswith("above") or self._fault is None or truth.happened_at < self._fault:
                continue
            alarm = next((alarm for alarm in self._zone_alarms if alarm.zone == truth.target and alarm.at >= truth.happened_at), None)
            told = "not told yet" if alarm is None else f"{alarm.rule} told after {(alarm.at - truth.happened_at) / SECOND:.0f} s"
            lines.append(f"truth: {truth.target} {truth.text}, {told}")
        return lines
