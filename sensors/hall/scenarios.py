"""Every fault that a hall can suffer, as one table: the documentation, the command line and the simulator read it alike."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from ...config.units import HOUR, MINUTE
from .effects import Effects, Place

Scope = Literal["hall", "zone", "rack", "sensor", "unit"]
Apply = Callable[[Effects, Place, float, float], None]
"""Takes the effects, the place, the fault's size and its start in seconds since the hall's."""

DAY_SECONDS = 86400.0


class Scenario(NamedTuple):
    """One kind of fault."""

    doc: str
    targets: tuple[Scope, ...]
    duration: int | None
    """How long it lasts unless said otherwise, ns; None for ever."""
    expected: str
    """What one should see."""
    apply: Apply
    size: float = 1.0
    unit: str = ""
    """What `size` is; empty if the kind has no size."""


def _rack(name: str, combine: Callable[[float, float], float] = lambda old, size: old * size) -> Apply:
    return _set(name, "racks", combine)


def _sensor(name: str, combine: Callable[[float, float], float] = lambda _, size: size) -> Apply:
    return _set(name, "sensors", combine)


def _unit(name: str, combine: Callable[[float, float], float] = lambda _, size: size) -> Apply:
    return _set(name, "units", combine)


def _set(name: str, place: Literal["racks", "units", "sensors"], combine: Callable[[float, float], float]) -> Apply:
    def apply(effects: Effects, where: Place, size: float, start: float) -> None:
        del start
        values, index = getattr(effects, name), getattr(where, place)
        values[index] = [combine(float(old), size) for old in values[index]]

    return apply


def _trip(effects: Effects, where: Place, size: float, start: float) -> None:
    del where, size, start
    effects.tripped = True


def _total_loss(effects: Effects, where: Place, size: float, start: float) -> None:
    del size, start
    for flags in (effects.failed, effects.sealed, effects.dead):
        flags[where.units] = True
    effects.tripped = True


def _door(effects: Effects, where: Place, size: float, start: float) -> None:
    """The ends of the row feel an open door in full, the middle a quarter of it."""
    del start
    ends = effects.layout.row_end[where.racks]
    effects.leak[where.racks] *= 1 + (size - 1) * np.where(ends, 1.6, 0.4)


def _gap(effects: Effects, where: Place, size: float, start: float) -> None:
    del start
    effects.gap[where.racks] = size - 1
    effects.gradient[where.racks] += 0.5 * (size - 1)


def _drift(effects: Effects, where: Place, size: float, start: float) -> None:
    effects.drift[where.sensors] = size / DAY_SECONDS
    effects.drift_since[where.sensors] = start


def _constant(value: float) -> Apply:
    def apply(effects: Effects, where: Place, size: float, start: float) -> None:
        del size, start
        effects.constant[where.sensors] = value

    return apply


_ANY: tuple[Scope, ...] = ("sensor", "rack", "zone", "hall")
_RACKS: tuple[Scope, ...] = ("rack", "zone", "hall")
_UNITS: tuple[Scope, ...] = ("unit", "hall")
_HALL: tuple[Scope, ...] = ("hall",)

SCENARIOS: dict[str, Scenario] = {
    "crac-failure": Scenario(
        "The fan of a cooling unit fails and coasts down; a fifth of its air leaks through.",
        _UNITS,
        None,
        "its zone +2..8 K in 3-10 min, neighbours +0.5..2 K; its return sensor means nothing any more",
        _unit("failed"),
    ),
    "valve-stuck": Scenario(
        "The chilled-water valve of a unit sticks: its coil removes `size` of its capacity at most.",
        _UNITS,
        None,
        "its supply floats up, a uniform rise of its zone over 5-15 min",
        _unit("limit", lambda old, size: old * size),
        0.4,
        "of capacity",
    ),
    "coil-fouled": Scenario(
        "The coil of a unit is fouled: as a stuck valve, milder.",
        _UNITS,
        None,
        "supply above its set point in the busy hours only",
        _unit("limit", lambda old, size: old * size),
        0.6,
        "of capacity",
    ),
    "chiller-trip": Scenario(
        "The chiller trips; fans and pumps run on, the loop's water warms, and it comes back over 3 minutes.",
        _HALL,
        15 * MINUTE,
        "a hall-wide ramp, all zones within about a minute of each other",
        _trip,
    ),
    "utility-loss": Scenario(
        "Mains fail: fans and pumps run on the UPS, the chilled water is all the cold there is.",
        _HALL,
        10 * MINUTE,
        "water +1.4 K/min by 10 L/kW until it is no colder than the air, then as a total loss",
        _trip,
    ),
    "total-loss": Scenario(
        "All cooling is lost at once: no fans, no water.",
        _HALL,
        5 * MINUTE,
        "at 5 kW a rack about 5 K in the first minute, then 0.8 K/min; rate of rise sees it first",
        _total_loss,
    ),
    "blanking-panel": Scenario(
        "A blanking panel is missing: the rack breathes its own exhaust, `size` times the usual leakage.",
        _RACKS,
        None,
        "that rack only, top sensors worst, +4..8 K, for good",
        _gap,
        2.5,
        "x leakage",
    ),
    "containment": Scenario(
        "Bad containment discipline: `size` times the leakage.",
        _RACKS,
        None,
        "supply-to-inlet spread grows from 2-3 K to 5 K and more",
        _rack("leak"),
        2.0,
        "x leakage",
    ),
    "door-open": Scenario(
        "An aisle door stands open: `size` times the leakage of the aisle.",
        _RACKS,
        10 * MINUTE,
        "end-of-row racks +1..4 K; most of it gone in 1-3 min once it is shut",
        _door,
        1.5,
        "x leakage",
    ),
    "load-step": Scenario(
        "The IT load of a group of racks steps to `size` times what it was.",
        _RACKS,
        HOUR,
        "outlets climb in minutes; inlets only by recirculation",
        _rack("load"),
        1.5,
        "x power",
    ),
    "return-control": Scenario(
        "A unit controls on its return air (33 °C) as nobody told it of the new load: no fault, but its supply drifts.",
        _UNITS,
        None,
        "supply drifts from its set point up to 24-27 °C as the load falls",
        _unit("on_return"),
    ),
    "gradient": Scenario(
        "Air in a rack is layered: top thermometers `size` K above the middle, bottom ones a third of that below.",
        _RACKS,
        None,
        "top sensors warm, middle ones flat",
        _rack("gradient", lambda old, size: old + size),
        2.0,
        "K",
    ),
    "noise": Scenario("White noise on a thermometer.", _ANY, None, "nothing: the smoothing takes it", _sensor("noise"), 0.3, "K sd"),
    "wander": Scenario(
        "Slow 1/f-like wander, as near the edge of an aisle.", _ANY, None, "a value that roams over minutes", _sensor("wander"), 0.3, "K sd"
    ),
    "quantum": Scenario(
        "A coarse thermometer, such as a BMC's inlet in whole degrees.",
        _ANY,
        None,
        "one value for hours, then chatter",
        _sensor("quantum"),
        1.0,
        "K",
    ),
    "lag": Scenario("A probe in a case or sealed.", _ANY, None, "the same, later", _sensor("lag"), 120.0, "s"),
    "bias": Scenario("A constant error.", _ANY, None, "one sensor apart from its neighbours", _sensor("bias"), 2.0, "K"),
    "drift": Scenario("An error that grows.", _ANY, None, "one sensor leaves its neighbours over hours", _drift, 2.0, "K a day"),
    "stuck": Scenario("The last value for ever.", _ANY, None, "a flat line while the neighbours move", _sensor("stuck")),
    "zero": Scenario("0.0, as if all were well.", _ANY, None, "a jump to 0", _constant(0.0)),
    "power-on": Scenario("85.0, which a DS18B20 shows after a reset.", _ANY, MINUTE, "a jump to 85", _constant(85.0)),
    "bus-lost": Scenario("-127, which a DS18B20 shows without its bus.", _ANY, None, "a value that is no temperature", _constant(-127.0)),
    "spike": Scenario("Single samples 5 to 50 K off.", _ANY, None, "one sample, gone with the next", _sensor("spike"), 1e-3, "by sample"),
    "local-heat": Scenario(
        "Real heat at one thermometer, as from a vapour or a hot cable.",
        _ANY,
        MINUTE,
        "+10..29 K in 10-65 s, gone in minutes, neighbours flat",
        _sensor("heat"),
        15.0,
        "K",
    ),
    "dropout": Scenario("Messages are lost on the radio.", _ANY, None, "gaps in the sequence", _sensor("dropout"), 0.07, "of messages"),
    "silence": Scenario(
        "Thermometers fall silent while their gateway stays.",
        _ANY,
        10 * MINUTE,
        "stale sensors; a zone may lose its quorum",
        _sensor("silent"),
    ),
    "jitter": Scenario("Messages come early or late.", _ANY, None, "uneven intervals", _sensor("jitter"), 3.0, "s either way"),
    "clock-offset": Scenario("The thermometer's clock is wrong.", _ANY, None, "times off by a constant", _sensor("clock"), 5.0, "s"),
    "clock-step": Scenario(
        "The clock steps back, as at the end of summer time.", _ANY, None, "readings that seem old", _sensor("clock"), -3300.0, "s"
    ),
    "backlog": Scenario(
        "Readings are held back, then all come at once, newest first.", _ANY, 5 * MINUTE, "silence, then history", _sensor("backlog")
    ),
    "dirt": Scenario(
        "Payloads that are no reading: decimal comma, NBSP, `#VALUE!`, byte order mark, SQL footer, nothing.",
        _ANY,
        MINUTE,
        "rejected messages, then silence",
        _sensor("dirt"),
    ),
    "gateway-down": Scenario(
        "A rack's gateway loses its link; the broker publishes its last will.",
        _RACKS,
        10 * MINUTE,
        "offline, and silence",
        _rack("offline", lambda _, size: size),
    ),
    "unit-silent": Scenario("A unit stops reporting, and works on.", _UNITS, 10 * MINUTE, "its report is missing", _unit("unit_silent")),
    "unit-deaf": Scenario("A unit ignores commands.", _UNITS, 10 * MINUTE, "its fan stays where it was", _unit("deaf")),
}
