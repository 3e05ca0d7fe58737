"""What hotzone does about each fault of the simulated hall, beside a fixed 100 % fan and a plain stepwise control.

    .venv/bin/python benchmarks/scenarios.py [--only KIND ...] [--write docs/scenarios.md]

The demo hall runs in process from 10:00, settles for 20 hall-minutes, then the fault comes; 30 hall-minutes later it is judged. One seed, so
the table is the same each time. Degree-minutes are of the noise-free zone statistics above 27 °C, fan energy of all units; both count from
the fault.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from msgspec import json, structs

from hotzone.app.halls import halls_of
from hotzone.app.lockstep import Lockstep
from hotzone.app.version import version
from hotzone.config import load, shipped
from hotzone.config.model import Site
from hotzone.config.units import DAY, HOUR, MINUTE, SECOND
from hotzone.pipeline import AlarmEvent, CoolingEvent, Event, NoteEvent, SensorEvent
from hotzone.sensors.hall import SCENARIOS, Fault, SimulatedHall

START = 20_454 * DAY + 10 * HOUR
"""1 January 2026, 10:00."""
SETTLED = 20 * MINUTE
JUDGED = 50 * MINUTE
SEED = 1

ONE_SENSOR = {"lag", "bias", "drift", "stuck", "zero", "power-on", "bus-lost", "spike", "local-heat", "quantum", "dirt"}
TARGETS = {"unit": "crac-1", "rack": "A1-r05", "zone": "A1", "hall": "h1", "sensor": "A1/A1-r05/in-middle"}

Cost = tuple[float, float]
"""Degree-minutes above 27 °C, and kWh of the fans."""


class Row(NamedTuple):
    """One scenario."""

    kind: str
    target: str
    detected: str
    thermal: str
    answer: str
    hotzone: Cost
    fixed: Cost
    stepwise: Cost


def target_of(kind: str) -> str:
    """What the fault hits: one thermometer where that is the fault's nature, otherwise the smallest larger thing."""
    scopes = [str(scope) for scope in SCENARIOS[kind].targets]
    if kind in ONE_SENSOR:
        return TARGETS["sensor"]
    return TARGETS[next(scope for scope in ("unit", "rack", "zone", "hall") if scope in scopes)]


def run(site: Site, fault: Fault) -> tuple[list[Event], Cost]:
    """Events from the fault on, and what it cost."""
    (hall,) = halls_of(site, START, SEED, [fault])
    events: list[Event] = []
    before = (0.0, 0.0)
    for step in Lockstep(site, [hall], version=version()).steps(JUDGED):
        if step.at <= START + SETTLED:
            before = cost(hall)
        events += [event for event in step.events if event.at >= START + SETTLED]
    return events, since(before, cost(hall))


def run_fixed(site: Site, fault: Fault) -> Cost:
    """The same with every fan at 100 % and nobody watching."""
    (hall,) = halls_of(site, START, SEED, [fault])
    before = (0.0, 0.0)
    for number, at in enumerate(range(START, START + JUDGED + 1, MINUTE), 1):
        hall.advance_to(at)
        if at <= START + SETTLED:
            before = cost(hall)
        command = {"fan": 100.0, "number": number, "issued": at // 1_000_000, "expires": (at + HOUR) // 1_000_000}
        for unit in site.units:
            hall.command(at, unit.id, json.encode(command))
    return since(before, cost(hall))


def cost(hall: SimulatedHall) -> Cost:
    """So far."""
    truth = hall.truth()
    return truth.degree_minutes, truth.fan_kwh


def since(before: Cost, after: Cost) -> Cost:
    """The difference."""
    return after[0] - before[0], after[1] - before[1]


def stepwise(site: Site) -> Site:
    """The site under the plain stepwise table."""
    halls = tuple(
        structs.replace(
            hall, zones=tuple(structs.replace(zone, control=structs.replace(zone.control, kind="stepwise")) for zone in hall.zones)
        )
        for hall in site.halls
    )
    return structs.replace(site, halls=halls)


def after(at: int) -> str:
    """Seconds since the fault."""
    return f"{(at - START - SETTLED) / SECOND:.0f} s"


def detected(events: Iterable[Event]) -> str:
    """The first alarm, and the first doubt about a thermometer."""
    events = list(events)
    alarm = next((event for event in events if isinstance(event, AlarmEvent) and event.type == "alarm.raised"), None)
    doubt = next((event for event in events if isinstance(event, SensorEvent) and event.quality != "good"), None)
    found = []
    if alarm is not None:
        found.append(f"{alarm.unit or alarm.zone} {alarm.rule}, {after(alarm.at)}")
    if doubt is not None:
        found.append(f"{doubt.sensor.rpartition('/')[2]} {doubt.cause or doubt.quality}, {after(doubt.at)}")
    return "; ".join(found) or "nothing"


def thermal(events: Iterable[Event]) -> str:
    """When the noise-free statistic of a zone first crossed its warm limit, and how long after that it was told."""
    events = list(events)
    crossed = next(
        (event for event in events if isinstance(event, NoteEvent) and event.kind == "truth" and event.text == "above 27.0"), None
    )
    if crossed is None:
        return "never above 27"
    told = next(
        (event for event in events if isinstance(event, AlarmEvent) and event.rule == "warm" and event.zone == crossed.target), None
    )
    lag = "not told" if told is None or told.type != "alarm.raised" else f"told {(told.at - crossed.happened_at) / SECOND:+.0f} s"
    return f"{crossed.target} at {after(crossed.happened_at)}, {lag}"


def answer(events: Iterable[Event]) -> str:
    """The largest demand and command."""
    events = list(events)
    demands = [event.value or 0.0 for event in events if isinstance(event, CoolingEvent) and event.type == "cooling.demand"]
    commands = [event.value or 0.0 for event in events if isinstance(event, CoolingEvent) and event.type == "cooling.command"]
    return f"{max(demands, default=0):.0f} / {max(commands, default=0):.0f} %"


def rows(kinds: Iterable[str]) -> Iterator[Row]:
    """One row a kind."""
    site = load(shipped("demo"))
    for kind in kinds:
        fault = Fault.parse(f"{kind}:{target_of(kind)}@{SETTLED // MINUTE}m")
        events, ours = run(site, fault)
        _, steps = run(stepwise(site), fault)
        yield Row(kind, target_of(kind), detected(events), thermal(events), answer(events), ours, run_fixed(site, fault), steps)


HEAD = """# What hotzone does about each fault

Every fault of the simulated hall on the demo's site: one hall, four zones, four cooling units of which three move too little air. Written by
`python benchmarks/scenarios.py --write docs/scenarios.md`; one seed, 20 hall-minutes to settle, 30 from the fault.

- *detected*: the first alarm, and the first doubt about a thermometer, after the fault.
- *noise-free truth*: when the noise-free statistic of a zone first passed 27 °C, and when the `warm` alarm came after that.
- *answer*: the largest demand and the largest command.
- K min: degree-minutes of the noise-free zone statistics above 27 °C; kWh: all fans; both for hotzone, a fixed 100 % fan, and plain stepwise.

A slow thermometer adds its lag to every detection: those of the demo have 10 s, and publish every 10 s.

| fault | at | detected | noise-free truth | answer | hotzone K min / kWh | fixed 100 % | stepwise |
|---|---|---|---|---|---|---|---|
"""


def line(row: Row) -> str:
    """One line of the table."""
    costs = [f"{degrees:.1f} / {energy:.2f}" for degrees, energy in (row.hotzone, row.fixed, row.stepwise)]
    return "| " + " | ".join([f"`{row.kind}`", row.target, row.detected, row.thermal, row.answer, *costs]) + " |"


def main(arguments: list[str]) -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=sorted(SCENARIOS), default=list(SCENARIOS))
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args(arguments)
    lines = []
    for row in rows(chosen.only):
        lines.append(line(row))
        print(lines[-1], flush=True)
    if chosen.write is not None:
        chosen.write.write_text(HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
