"""The detection as a csp graph of Python nodes, a stage each: validate, gaps, smooth, rise, zone value, limits, presence.

    python -m benchmarks.peers.csp_graph SENSORS PERIODS ZONE

prints microseconds of processor time a reading, for readings that are there already. `ZONE` is how many thermometers a zone has. It runs in the
environment of the peers. csp's own curve over arrays is the quickest source that it has.
"""

import gc
import sys
import time
import warnings
from bisect import bisect_left, insort
from datetime import datetime, timedelta

import csp
import numpy as np
from csp import ts

from ..readings import walks

SECOND = 1_000_000_000
PERIOD = 10 * SECOND
SMOOTHING = 5 * SECOND
LOW, HIGH = -40.0, 125.0
JUMP = 2.0
"""K that a thermometer may change by within a second."""
STUCK = 1_800 * SECOND
STALE = 30 * SECOND
RANK = 1
"""The value of a zone is the second highest: two thermometers must agree."""
ABOVE = ((27.0, 300 * SECOND), (32.0, 60 * SECOND), (35.0, 0))
BELOW = ((18.0, 300 * SECOND), (10.0, 60 * SECOND))
"""Limits, and how long they must be passed."""
DEADBAND = 1.65
RISES = ((1.0, 180 * SECOND), (1.0, 60 * SECOND))
"""K over a window."""
POINTS = 15 * SECOND
"""Between two points of a trail."""


@csp.node
def validated(reading: ts[object]) -> ts[object]:
    """In range, in order, near the last one, and not stuck."""
    with csp.state():
        s_last = {}
    if csp.ticked(reading):
        _, sensor, at, _, celsius = reading
        known = s_last.get(sensor)
        if known is None:
            s_last[sensor] = [at, celsius, at]
            csp.output(reading)
        elif LOW <= celsius <= HIGH and at > known[0]:
            elapsed, change = at - known[0], celsius - known[1]
            limit = JUMP * min(max(elapsed / SECOND, 1.0), 10.0)
            if -limit <= change <= limit and (change or at - known[2] < STUCK):
                if change:
                    known[2] = at
                known[0], known[1] = at, celsius
                csp.output(reading)


@csp.node
def gaps(reading: ts[object]) -> ts[object]:
    """Passes readings on, and counts by zone what has not come."""
    with csp.state():
        s_sequence = {}
        s_zones = {}
    if csp.ticked(reading):
        zone, sensor, _, sequence, _ = reading
        counts = s_zones.setdefault(zone, [0, 0])
        step = sequence - s_sequence.get(sensor, sequence - 1)
        s_sequence[sensor] = sequence
        counts[0] += step
        counts[1] += step - 1
        csp.output(reading)


@csp.node
def smoothed(reading: ts[object]) -> ts[object]:
    """Weighed with what was before, by the time between."""
    with csp.state():
        s_last = {}
    if csp.ticked(reading):
        zone, sensor, at, _, celsius = reading
        before, smooth = s_last.get(sensor, (at, celsius))
        elapsed = at - before
        smooth += (celsius - smooth) * (elapsed / (elapsed + SMOOTHING))
        s_last[sensor] = (at, smooth)
        csp.output((zone, sensor, at, celsius, smooth))


@csp.node
def rising(smooth: ts[object]) -> ts[object]:
    """Thermometers that warm too fast, by a thinned trail of what they said; told when that changes."""
    with csp.state():
        s_trails = {}
        s_rising = set()
    if csp.ticked(smooth):
        zone, sensor, at, celsius, _ = smooth
        trail = s_trails.setdefault(sensor, [])
        found = False
        for rise, over in RISES:
            for then, was in trail:
                if then >= at - over:
                    found = found or celsius - was >= rise
                    break
        if not trail or at - trail[-1][0] >= POINTS:
            trail.append((at, celsius))
            if trail[0][0] < at - RISES[0][1]:
                trail.pop(0)
        if found != (sensor in s_rising):
            (s_rising.add if found else s_rising.discard)(sensor)
            csp.output((zone, sensor, at, found))


@csp.node
def zone_value(smooth: ts[object]) -> ts[object]:
    """The second highest of the zone, and the second lowest, when one has changed."""
    with csp.state():
        s_counted = {}
        s_zones = {}
        s_told = {}
    if csp.ticked(smooth):
        zone, sensor, at, _, value = smooth
        values = s_zones.setdefault(zone, [])
        counted = s_counted.get(sensor)
        if counted is not None:
            del values[bisect_left(values, counted)]
        insort(values, value)
        s_counted[sensor] = value
        rank = min(RANK, len(values) - 1)
        found = (values[-1 - rank], values[rank])
        if found != s_told.get(zone):
            s_told[zone] = found
            csp.output((zone, at, found[0], found[1]))


@csp.node
def alarms(value: ts[object]) -> ts[object]:
    """Each limit with its deadband and its delay."""
    with csp.state():
        s_standing = set()
        s_since = {}
    if csp.ticked(value):
        zone, at, high, low = value
        for sign, celsius, limits in ((1, high, ABOVE), (-1, low, BELOW)):
            for limit, delay in limits:
                key = (zone, limit)
                beyond = sign * (celsius - limit)
                if key in s_standing:
                    if beyond < -DEADBAND:
                        s_standing.discard(key)
                        csp.output((key, at, False))
                elif beyond <= 0:
                    s_since.pop(key, None)
                elif at - s_since.setdefault(key, at) >= delay:
                    s_standing.add(key)
                    csp.output((key, at, True))


@csp.node
def silent(reading: ts[object], look: ts[bool]) -> ts[object]:
    """Thermometers that say nothing, looked for once a period."""
    with csp.state():
        s_heard = {}
        s_now = 0
    if csp.ticked(reading):
        s_heard[reading[1]] = s_now = reading[2]
    if csp.ticked(look):
        missing = [sensor for sensor, at in s_heard.items() if s_now - at > STALE]
        if missing:
            csp.output(missing)


@csp.graph
def detection(readings: object):  # noqa: ANN201  csp reads what a graph returns from its annotation
    good = validated(csp.curve(object, readings))
    smooth = smoothed(gaps(good))
    csp.add_graph_output("alarms", alarms(zone_value(smooth)))
    csp.add_graph_output("rising", rising(smooth))
    csp.add_graph_output("silent", silent(good, csp.timer(timedelta(seconds=10), True)))


def microseconds(sensors: int, periods: int, zone: int) -> float:
    """A reading."""
    begin = datetime(2026, 1, 1)  # noqa: DTZ001  csp has no zones
    log = [(sensor // zone, sensor, at, turn, celsius) for turn, sensor, at, celsius in walks(sensors, periods, 0, PERIOD)]
    times = np.datetime64(begin, "ns") + np.array([item[2] for item in log], "timedelta64[ns]")
    readings = np.empty(len(log), object)
    readings[:] = log
    gc.collect()
    gc.freeze()
    began = time.process_time()
    csp.run(detection, (times, readings), starttime=begin, endtime=begin + timedelta(seconds=periods * PERIOD / SECOND))
    return (time.process_time() - began) / len(log) * 1e6


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # arrays cannot be memoized
    print(microseconds(*map(int, sys.argv[1:])))
