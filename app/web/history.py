"""Values over time, out of the recording: by the minute from its rollup, and reading by reading when somebody looks closely."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from msgspec import Struct, ValidationError, json
from numpy.typing import NDArray

from ...config.model import Site
from ...config.units import MINUTE, SECOND
from ...sensors.payload import PayloadError, decode
from ...sensors.recording import Recording
from .shapes import Chart

CLOSE: Final = 20 * MINUTE
"""Up to so long a time is read reading by reading."""
_FINEST: Final = 15 * SECOND
"""Finer than thermometers report."""
POINTS: Final = 2000
"""At most, of one series."""
SERIES: Final = 2000
"""At once."""


class _Report(Struct):
    fan: float


_report = json.Decoder(_Report).decode
Columns = NDArray[np.float64]


def history(folder: Path, site: Site, series: Sequence[str], start: int, stop: int, points: int) -> Chart:
    """Means of `series`, from `start` to before `stop`, in at most `points` steps; thermometers and zones in °C, cooling units in percent.

    Blocks: for a thread. Raises RecordingError.
    """
    step = max((stop - start) // max(1, points), _FINEST if stop - start <= CLOSE else MINUTE)
    edges = range(start, stop, step)
    sums, counts = np.zeros((len(edges), len(series))), np.zeros((len(edges), len(series)))
    with Recording(folder) as recording:
        if stop - start <= CLOSE:
            _closely(recording, site, series, start, stop, step, sums, counts)
            missing = [place for place in range(len(series)) if not counts[:, place].any()]
        else:
            missing = list(range(len(series)))
        if missing:
            _by_the_minute(recording, [series[place] for place in missing], np.array(missing), start, stop, step, sums, counts)
    with np.errstate(invalid="ignore"):
        means = np.round(sums / counts, 3)
    return Chart(
        [edge + step // 2 for edge in edges],
        {name: [None if value != value else value for value in means[:, place].tolist()] for place, name in enumerate(series)},  # noqa: PLR0124
    )


def _closely(
    recording: Recording, site: Site, series: Sequence[str], start: int, stop: int, step: int, sums: Columns, counts: Columns
) -> None:
    wanted = {name: place for place, name in enumerate(series)}
    sensors = {sensor.topic: wanted[sensor.id] for sensor in site.sensors if sensor.id in wanted}
    units = {unit.report_topic: wanted[unit.id] for unit in site.units if unit.id in wanted}
    for frames in recording.frames(start, stop):
        for at, topic, payload in frames:
            place = sensors.get(topic)
            try:
                if place is not None:
                    value = decode(payload).celsius
                elif (place := units.get(topic)) is not None:
                    value = _report(payload).fan
                else:
                    continue
            except (PayloadError, ValidationError, ValueError):
                continue
            row = (at - start) // step
            if 0 <= row < len(sums):
                sums[row, place] += value
                counts[row, place] += 1


def _by_the_minute(
    recording: Recording,
    names: Sequence[str],
    places: NDArray[np.int64],
    start: int,
    stop: int,
    step: int,
    sums: Columns,
    counts: Columns,
) -> None:
    for at, means in recording.minutes(names, start, stop):
        row = (max(at, start) - start) // step
        known = ~np.isnan(means)
        sums[row, places[known]] += means[known]
        counts[row, places[known]] += 1
