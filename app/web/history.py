"""Values over time, out of the recording: by the minute from its rollup, and reading by reading when somebody looks closely."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...config.model import Site
from ...config.units import MINUTE, SECOND
from ...sensors.recording import Recording
from ..minutes import Sampler, series_of
from .shapes import Chart

CLOSE: Final = 20 * MINUTE
"""Up to so long a time is read reading by reading."""
_FINEST: Final = 15 * SECOND
"""Finer than thermometers report."""
POINTS: Final = 2000
"""At most, of one series."""
SERIES: Final = 2000
"""At once."""


Columns = NDArray[np.float64]


def history(folder: Path, site: Site, series: Sequence[str], start: int, stop: int, points: int) -> Chart:
    """Means of `series`, from `start` to before `stop`, in at most `points` steps; thermometers and zones by id in °C, `unit:ID` the fan of a cooling unit in percent.

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
            names = [series[place] for place in missing]
            sums[:, missing], counts[:, missing] = _by_the_minute(recording, names, edges)
    with np.errstate(invalid="ignore"):
        means = np.round(sums / counts, 3)
    return Chart([edge + step // 2 for edge in edges], dict(zip(series, map(_listed, np.ascontiguousarray(means.T)), strict=True)))


def _listed(values: NDArray[np.float64]) -> list[float | None]:
    """The values, None where there is none."""
    listed: list[float | None] = values.tolist()
    for place in np.flatnonzero(np.isnan(values)).tolist():
        listed[place] = None
    return listed


def _closely(
    recording: Recording, site: Site, series: Sequence[str], start: int, stop: int, step: int, sums: Columns, counts: Columns
) -> None:
    wanted = {name: place for place, name in enumerate(series)}
    column = np.array([wanted.get(name, -1) for name in series_of(site)])
    sample = Sampler(site)
    for frames in recording.frames(start, stop):
        places, at, values = sample(frames)
        row, place = (at - start) // step, column[places]
        here = (place >= 0) & (row >= 0) & (row < len(sums))
        np.add.at(sums, (row[here], place[here]), values[here])
        np.add.at(counts, (row[here], place[here]), 1)


def _by_the_minute(recording: Recording, names: Sequence[str], edges: range) -> tuple[Columns, Columns]:
    sums, counts = np.zeros((len(edges), len(names))), np.zeros((len(edges), len(names)))
    for at, means in recording.minutes(names, edges.start, edges.stop):
        known = ~np.isnan(means)
        rows = (at - edges.start) // edges.step
        for row, values, there in zip(rows.tolist(), np.where(known, means, 0.0), known, strict=True):
            sums[row] += values
            counts[row] += there
    return sums, counts
