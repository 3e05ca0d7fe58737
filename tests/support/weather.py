"""Random weather over a zone: thermometers that are hot or cool, and then, some of them, silent or out of their mind."""

import random
from collections.abc import Iterator

from hotzone.config.model import Limit, Priority, Site, Statistic
from hotzone.config.units import SECOND
from hotzone.sensors.frame import Frame, Own
from support.sites import EPOCH, reading, site, zone

PERIOD = 10 * SECOND
CELSIUS = (24.0, 36.0)
NONSENSE = (b"", b"x", b"null", b'{"value":null}', b'{"value":900}', b'{"value":-300}', b'{"value":"36"}')
STATISTICS = (Statistic(), Statistic(kind="median"), Statistic(kind="percentile"), Statistic(kind="max"))


class Weather:
    """By its seed. First comes `settled`, then `failing`, as often as wanted."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(seed)
        limit = Limit(rule="high", above=32.0, off_delay=0, priority=Priority.HIGH, hot=True, on_bad=self._rng.choice(["keep", "raise"]))
        self._zone = zone(sensors=self._rng.randint(3, 6), limits=(limit,), rates=(), statistic=STATISTICS[seed % 4])
        self.site: Site = site(self._zone)
        self._celsius = [24.0] * len(self._zone.sensors)
        self._at = EPOCH
        self._readings = 0

    def settled(self) -> list[Frame]:
        """Two minutes in which every thermometer says the truth, which may be another one than before."""
        self._celsius = [self._rng.choice(CELSIUS) for _ in self._celsius]
        return list(self._minutes(12, [False] * len(self._celsius)))

    def failing(self) -> list[Frame]:
        """A while in which some say nothing, or nonsense, and the others what they said before."""
        fails = [self._rng.random() < 0.6 for _ in self._celsius]
        return list(self._minutes(self._rng.choice([3, 30, 90]), fails))

    def _minutes(self, periods: int, fails: list[bool]) -> Iterator[Frame]:
        mute = self._rng.random()
        for _ in range(periods):
            for place, sensor in enumerate(self._zone.sensors):
                self._at += 1000
                self._readings += 1
                if not fails[place]:
                    celsius = round(self._celsius[place] + self._rng.uniform(-0.2, 0.2), 2)
                    yield reading(self._at, sensor.id, celsius, self._readings)
                elif self._rng.random() > mute:
                    yield Frame(self._at, sensor.topic, self._rng.choice(NONSENSE))
            self._at += PERIOD
            yield Frame(self._at, Own.TICK, b"{}")
