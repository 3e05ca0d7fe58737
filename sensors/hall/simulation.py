"""The simulated hall: physics, thermometers, units and faults behind one clock that somebody else turns."""

from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np
from msgspec import json

from ...config.model import Hall, Site
from ...config.service import HallSimulation
from ...config.units import MILLISECOND, SECOND
from ..arrays import Flags, Floats
from .air import Air, Demand, Supply
from .controller import Controller, Mode, Refusal
from .effects import Effects, Place
from .faults import Fault, check_target, place_of
from .layout import Layout
from .load import Load, ambient
from .message import TimedMessage
from .plant import Fans, Plant
from .scenarios import SCENARIOS
from .thermometers import Thermometers
from .truth import Observer, Truth, UnitTruth

STEP = 2 * SECOND
"""The grid of the physics. Between two grid points temperatures rest; commands and faults act from the next one on."""
REPORT = 5 * SECOND
INITIAL_FAN = 60.0
SETTLING = 400
"""Rounds of the search for the state of rest that the hall starts in."""
JOULES = 3.6e6


class SimulatedHall:
    """One hall. Equal site, seed, faults and commands give equal messages, whatever the cuts between calls of `advance_to`.

    Every time is hall time, ns since the epoch. `heartbeat_timeout` is the units' own timer in hall time; None leaves it to the
    caller, who says `heartbeat_lost`.
    """

    def __init__(
        self,
        site: Site,
        hall: Hall,
        start: int,
        seed: int,
        faults: Sequence[Fault] = (),
        *,
        initial_fan: float = INITIAL_FAN,
        heartbeat_timeout: int | None = None,
    ) -> None:
        for fault in faults:
            check_target(site, fault)
        self.hall = hall
        self.start = start
        self.at = start
        """All messages up to here are out."""
        self._site = site
        self._grid = start
        settings = site.simulation.halls.get(hall.id, HallSimulation())
        self.layout = layout = Layout.of(hall)
        load, probes, spread = (
            np.random.Generator(np.random.PCG64(sequence)) for sequence in np.random.SeedSequence([seed, crc32(hall.id.encode())]).spawn(3)
        )
        self.load = Load(len(layout.racks), settings, load, start)
        self.plant = Plant(settings, len(layout.units), float(self.load.design.sum()))
        self.fans = Fans(len(layout.units), initial_fan / 100)
        self.air = Air(layout, settings.rack_mass * 1000, settings.supply)
        self._leakage = settings.leakage * np.exp(spread.normal(0.0, 0.1, len(layout.racks)))
        self._base_leakage = settings.leakage
        self._controllers = [Controller(initial_fan, heartbeat_timeout, unit.command_topic, unit.key) for unit in hall.units]
        self._places = [(fault, place) for fault in faults if (place := place_of(fault, hall, layout)) is not None]
        self._active: tuple[Fault, ...] = ()
        self._effects = Effects(layout)
        self._settle()
        self._thermometers = Thermometers(layout, start, self.air, self.plant, probes)
        self._observer = Observer(hall, layout)
        self._it_joules = 0.0
        self._gateways = tuple(
            site.topics.gateway.format(site=site.name, hall=hall.id, zone=zone, rack=rack, gateway=gateway)
            for zone, rack, gateway in layout.gateways
        )
        self._unit_index = {name: number for number, unit in enumerate(hall.units) for name in (unit.id, unit.command_topic)}
        self._next_report = [start + number * REPORT // max(1, len(hall.units)) for number in range(len(hall.units))]
        self._obeyed = [self._obeys(number) for number in range(len(hall.units))]
        self._said: list[TimedMessage] = []
        self._say_states(self._effects.offline, first=True)
        self._switch_faults()
        self._said += self._notes_of(self._observer.see(self._thermometers.truth, 0.0))

    def advance_to(self, at: int) -> list[TimedMessage]:
        """Let the hall run until `at` and return what it said, in the order of time, up to and including `at`."""
        while self._grid + STEP <= at:
            self._publish(self._grid + STEP)
            self._advance_grid()
        self._publish(at + 1)
        self.at = max(self.at, at)
        said, self._said = self._said, []
        said.sort(key=lambda message: message.at)
        return said

    def command(self, at: int, unit: str, payload: bytes, *, retained: bool = False) -> Refusal | None:
        """Give a unit, named by id or command topic, a command as it came off the wire; None if it obeys.

        Raises:
            KeyError: If the hall has no such unit.
        """
        number = self._unit_index[unit]
        refusal = self._controllers[number].command(at, payload, retained=retained, deaf=bool(self._effects.deaf[number]))
        self._report_news(at)
        return refusal

    def heartbeat(self, at: int, unit: str | None = None) -> None:
        """One unit hears a heartbeat, or every unit does."""
        for controller in self._controllers if unit is None else [self._controllers[self._unit_index[unit]]]:
            controller.heartbeat(at)
        self._report_news(at)

    def heartbeat_lost(self, unit: str) -> None:
        """A unit has not heard one for too long: it goes to full speed."""
        self._controllers[self._unit_index[unit]].heartbeat_lost()
        self._report_news(self.at)

    def set_manual(self, unit: str, fan: float | None) -> None:
        """Somebody sets a unit by hand, to percent, or gives it back with None."""
        self._controllers[self._unit_index[unit]].by_hand(fan)
        self._report_news(self.at)

    def truth(self) -> Truth:
        """The noise-free state at the last grid point."""
        layout, plant, fans = self.layout, self.plant, self.fans
        inlets = np.flatnonzero(layout.sensor_inlet)
        return Truth(
            at=self._grid,
            inlets={layout.sensors[number].id: float(self._thermometers.truth[number]) for number in inlets},
            zones=dict(zip(layout.zones, self._observer.high.tolist(), strict=True)),
            units={
                unit: UnitTruth(
                    fan=float(fans.speed[number] * 100),
                    flow=float(fans.flow[number] * 100),
                    supply=float(plant.supply[number]),
                    returned=float(self.air.returned[number]),
                    removed=float(plant.removed[number] / 1000),
                    mode=self._controllers[number].mode,
                    commanded=self._controllers[number].commanded,
                )
                for number, unit in enumerate(layout.units)
            },
            fan_kwh=plant.fan_joules / JOULES,
            chiller_kwh=plant.chiller_joules / JOULES,
            it_kwh=self._it_joules / JOULES,
            degree_minutes=self._observer.degree_minutes,
            peak=self._observer.peak,
            hottest=self._observer.hottest,
            water=plant.water,
        )

    def _settle(self) -> None:
        """Find the state of rest at the start: steel as warm as the air, supply as its coil gives it. Without cooling there is none."""
        if not self.fans.flow.any():
            return
        demand = Demand(self.load.heat, self.load.draw, self._leakage, np.zeros(len(self.layout.racks)))
        for _ in range(SETTLING):
            self.air.step(np.inf, demand, Supply(self.plant.full_flow * self.fans.flow, self.plant.supply))
            self.plant.step(np.inf, self.fans, self.air.returned, self._effects, 0.0)

    def _advance_grid(self) -> None:
        seconds, effects = STEP / SECOND, self._effects
        self._grid += STEP
        for controller in self._controllers:
            controller.advance_to(self._grid)
        self._report_news(self._grid)
        wanted = np.array([controller.wanted for controller in self._controllers]) / 100
        self.fans.step(seconds, wanted, effects.failed, effects.sealed)
        self.load.step(seconds, self._grid, effects.load)
        self._it_joules += float(self.load.power.sum()) * seconds
        demand = Demand(self.load.heat, self.load.draw, self._leakage * effects.leak, self._base_leakage * effects.gap)
        self.air.step(seconds, demand, Supply(self.plant.full_flow * self.fans.flow, self.plant.supply))
        self.plant.step(seconds, self.fans, self.air.returned, effects, ambient(self._grid))
        self._thermometers.step(seconds, self.air, self.plant, effects)
        self._said += self._notes_of(self._observer.see(self._thermometers.truth, seconds))
        self._switch_faults()

    def _switch_faults(self) -> None:
        elapsed = self._grid - self.start
        active = tuple(fault for fault, _ in self._places if fault.start <= elapsed and (fault.end is None or elapsed < fault.end))
        if active == self._active:
            return
        for fault in self._active:
            if fault not in active:
                self._said.append(self._note("fault-end", fault.title, self.start + (fault.end or 0), fault.target))
        for fault in active:
            if fault not in self._active:
                self._said.append(self._note("fault", fault.title, self.start + fault.start, fault.target))
        self._active = active
        before = self._effects.offline
        self._effects = effects = self._effects_of([pair for pair in self._places if pair[0] in active])
        self._say_states(before)
        self._said += self._thermometers.release(self._grid, effects)

    def _effects_of(self, pairs: Iterable[tuple[Fault, Place]]) -> Effects:
        effects = Effects(self.layout)
        for fault, place in pairs:
            SCENARIOS[fault.kind].apply(effects, place, fault.size, fault.start / SECOND)
        return effects

    def _publish(self, until: int) -> None:
        self._said += self._thermometers.publish(until, self._effects)
        for number, due in enumerate(self._next_report):
            at = due
            while at < until:
                if not self._effects.unit_silent[number]:
                    self._said.append(self._report(number, at))
                at += REPORT
            self._next_report[number] = at

    def _report_news(self, at: int) -> None:
        """A unit says at once that it obeys a new command, or somebody else."""
        for number, before in enumerate(self._obeyed):
            now = self._obeyed[number] = self._obeys(number)
            if now != before and not self._effects.unit_silent[number]:
                self._said.append(self._report(number, max(at, self.at)))

    def _obeys(self, number: int) -> tuple[int, Mode]:
        return self._controllers[number].number, self._controllers[number].mode

    def _report(self, number: int, at: int) -> TimedMessage:
        controller = self._controllers[number]
        report = {
            "fan": round(float(self.fans.speed[number]) * 100, 1),
            "command": controller.commanded,
            "number": controller.number,
            "supply": round(float(self.plant.supply[number]), 1),
            "return": round(float(self._return_seen(number)), 1),
            "mode": controller.mode,
            "time": at // MILLISECOND,
        }
        return TimedMessage(at, self.hall.units[number].report_topic, json.encode(report))

    def _return_seen(self, number: int) -> float:
        """With the fan dead, the return thermometer hangs in whatever air leaks past it."""
        failed: Flags = self._effects.failed
        returned: Floats = self.air.returned
        return float((self.plant.supply[number] + returned[number]) / 2 if failed[number] else returned[number])

    def _say_states(self, before: Flags, *, first: bool = False) -> None:
        now = self._effects.offline
        for number, topic in enumerate(self._gateways):
            if first or before[number] != now[number]:
                self._said.append(TimedMessage(self._grid, topic, b"offline" if now[number] else b"online", retained=True))
        if first:
            self._said += [TimedMessage(self._grid, unit.state_topic, b"online", retained=True) for unit in self.hall.units]

    def _notes_of(self, crossings: Iterable[tuple[str, str, float]]) -> list[TimedMessage]:
        return [self._note("truth", text, self._grid, zone, value) for zone, text, value in crossings]

    def _note(self, kind: str, text: str, at: int, target: str, value: float | None = None) -> TimedMessage:
        topic = f"{self._site.topics.base.format(site=self._site.name)}/note"
        note = {"kind": kind, "text": text, "at": at, "target": target or self.hall.id, "value": value}
        return TimedMessage(self._grid, topic, json.encode(note))
