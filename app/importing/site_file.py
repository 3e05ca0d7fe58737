"""A starting site file for thermometers that were found in files: what the data says, and nothing that it does not."""

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from ...config import defaults
from ...config.durations import format_duration
from ...config.units import HOUR, MILLISECOND, SECOND
from .places import HALL, Sensor
from .summary import Summary, iso

_IRREGULAR: Final = 1.5
_STALE_MOST: Final = 24 * HOUR
"""What a site file may say."""
_KELVIN: Final = {"C": 1.0, "F": 1 / 1.8, "K": 1.0}


def site_text(name: str, sensors: Sequence[Sensor], unit: str, summary: Summary) -> str:
    """The text of the file. Limits are hotzone's own, for a datacenter; who has another kind of room writes others."""
    assert summary.first is not None
    assert summary.last is not None
    lines = [
        f"# Made from {summary.readings:,} readings from {iso(summary.first)} to {iso(summary.last)}, {summary.coldest:.1f} to {summary.hottest:.1f} °C.",
        "# Limits are hotzone's defaults for inlets of servers; docs/configuration.md has every key. `hotzone check` shows what is understood.",
        f'name = "{_safe(name)}"',
        "sensors = []",
        "",
        "[quality]",
        f'period = "{format_duration(_period(sensors))}"',
        *_stale(sensors),
        f"quantum = {_quantum(sensors, unit):g}",
    ]
    zones: dict[str, dict[str, list[str]]] = {}
    for sensor in sensors:
        zone, rack, position = sensor.id.split("/")
        zones.setdefault(zone, {}).setdefault(rack, []).append(position)
    for zone, racks in zones.items():
        lines += ["", f"[halls.{HALL}.zones.{_key(zone)}.racks]"]
        lines += [f"{_key(rack)} = {{ sensors = {_positions(positions)} }}" for rack, positions in racks.items()]
    return "\n".join(lines) + "\n"


def _positions(positions: Sequence[str]) -> str:
    """The sensors of a rack: a list where their names say what they are, else with their role."""
    if all(position.split("-")[0].split("_")[0].split(".")[0] in {"in", "out"} for position in positions):
        return "[" + ", ".join(f'"{position}"' for position in positions) + "]"
    return "{ " + ", ".join(f'{_key(position)} = {{ role = "inlet" }}' for position in positions) + " }"


def _key(name: str) -> str:
    return f'"{name}"' if "." in name else name


def _safe(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "-_") else "-" for letter in name) or "site"


def _period(sensors: Sequence[Sensor]) -> int:
    """The time between two readings that is usual: the median over the thermometers of each one's median."""
    usual = [_median(sensor.steps) for sensor in sensors if sensor.steps]
    period = round(median(usual)) if usual else round(defaults.STALE_LEAST)
    grain = SECOND if period >= 10 * SECOND else 10 * MILLISECOND
    return max(grain, round(period / grain) * grain)


def _stale(sensors: Sequence[Sensor]) -> list[str]:
    """Where readings are often lost, silence says less: the default, three periods, would call every thermometer stale all day."""
    longest = [_percentile(sensor.steps) for sensor in sensors if sensor.steps]
    stale = defaults.STALE_PERIODS * round(median(longest)) if longest else 0
    if stale < _IRREGULAR * defaults.STALE_PERIODS * _period(sensors):
        return []
    least = min(-(-stale // SECOND) * SECOND, _STALE_MOST)
    return [f'stale_after = "{format_duration(least)}"  # readings come irregularly: three times the gap that 19 of 20 do not exceed']


def _percentile(steps: dict[int, int]) -> int:
    """The gap that 19 of 20 do not exceed."""
    left = sum(steps.values()) * 19 // 20
    for step, count in sorted(steps.items()):
        left -= count
        if left < 0:
            return step
    return max(steps)


def _median(steps: dict[int, int]) -> float:
    return median(Counter(steps).elements())


def _quantum(sensors: Sequence[Sensor], unit: str) -> float:
    """The resolution that the digits show, K, no finer than 0.01."""
    decimals = min(2, max(sensor.decimals for sensor in sensors))
    return round(10.0**-decimals * _KELVIN[unit], 3)
