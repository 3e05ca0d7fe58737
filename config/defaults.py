"""What holds where the site file is silent: a hall of ASHRAE class A2, with three thermometers in front of each rack and three behind.

The limits follow the recommended (18-27 °C) and allowable (10-35 °C) envelopes of ASHRAE TC 9.9, the warning on the rate its 20 K an
hour; the faster rate is what a loss of cooling looks like within a minute.
"""

from typing import Final

from .model import Limit, Priority, RateLimit, Role
from .units import MINUTE, SECOND

LIMITS: Final = (
    Limit(rule="warm", above=27.0, on_delay=5 * MINUTE, priority=Priority.LOW),
    Limit(rule="high", above=32.0, on_delay=MINUTE, priority=Priority.HIGH, hot=True),
    Limit(rule="critical", above=35.0, priority=Priority.CRITICAL, hot=True),
    Limit(rule="low", below=18.0, on_delay=5 * MINUTE, priority=Priority.LOW),
    Limit(rule="very-low", below=10.0, on_delay=MINUTE, priority=Priority.MEDIUM),
)
"""Limits of a zone, by rule."""

RATES: Final = (
    RateLimit(rule="rise", rise=0.33, over=3 * MINUTE, share=0.3, priority=Priority.MEDIUM),
    RateLimit(rule="fast-rise", rise=1.0, over=MINUTE, share=0.3, priority=Priority.CRITICAL, hot=True),
)
"""Rate limits of a zone, by rule. Their windows stretch to two periods where thermometers are slow."""

SENSORS: Final = ("in-top", "in-middle", "in-bottom", "out-top", "out-middle", "out-bottom")
"""Thermometers of a rack."""

ROLES: Final = {"in": Role.INLET, "out": Role.OUTLET, "supply": Role.SUPPLY, "return": Role.RETURN}
"""What the beginning of a position says about its role: `in-top` is an inlet."""

STALE_PERIODS: Final = 3
STALE_LEAST: Final = 4 * SECOND
LATE_PERIODS: Final = 2
DEADBAND: Final = 0.01
"""Of what the inlets can show: EEMUA 191's start for temperatures, as reproduced."""
QUANTA: Final = 1.5
"""A deadband under so many quanta lets a healthy thermometer flap."""
