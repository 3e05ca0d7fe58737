"""Where readings go: the thermometers of a site, or, while there is no site yet, those that the files name."""

from typing import Protocol

from msgspec import Struct, field

from ...config.model import Site
from ...config.problems import nearest
from ...config.service import Topics
from ...config.templates import fill
from ...sensors.tables import Trouble, Unreadable, sensor_id

HALL = "hall"
"""Of a site that is made from files."""


class Sensor(Struct):
    """One thermometer, and what an import has to remember of it."""

    id: str
    topic: str
    count: int = 0
    """Lines so far, with or without a value."""
    high: int | None = None
    """Its latest time so far, ns."""
    last: int | None = None
    """That of the row before, ns."""
    rises: int = 0
    """How many more of its times rose than fell: below 0 where the newest comes first."""
    back: bool = False
    """Whether its times are not later than `high` just now."""
    label: str = ""
    readings: int = 0
    """Good ones."""
    steps: dict[int, int] = field(default_factory=dict)
    """How often which time lay between two of the first readings, ns: its period."""
    decimals: int = 0
    """Digits behind the point that its first readings show: its resolution."""


class Places(Protocol):
    """Finds thermometers by the text of an id."""

    def find(self, key: str) -> Sensor:
        """The thermometer, always the same for one id. Raises Unreadable."""


class IdMaker:
    """Makes ids of texts, and of two texts never one id."""

    def __init__(self) -> None:
        self._keys: dict[str, str] = {}

    def __call__(self, key: str) -> str:
        """The id. Raises Unreadable."""
        name = sensor_id(key)
        if self._keys.setdefault(name, key) != key:
            raise Unreadable(Trouble.BAD_NAME, f"{key[:80]!r} and {self._keys[name][:80]!r} would both be {name}")
        return name


class SitePlaces:
    """The thermometers of a site, by id or by topic."""

    def __init__(self, site: Site) -> None:
        self._topics = {sensor.id: sensor.topic for sensor in site.sensors}
        self._ids = {sensor.topic: sensor.id for sensor in site.sensors}
        self._known: dict[str, Sensor] = {}
        self._made = IdMaker()

    def find(self, key: str) -> Sensor:
        """As `Places`."""
        name = self._ids.get(key) or self._made(key)
        if name not in self._topics:
            close = nearest(name, self._topics)
            raise Unreadable(Trouble.UNKNOWN_SENSOR, f"the site has no {name}" + (f"; nearest: {close}" if close else ""))
        return self._known.setdefault(name, Sensor(name, self._topics[name]))


class FoundPlaces:
    """Whatever the files name, on the topics that hotzone gives by default."""

    def __init__(self) -> None:
        self.sensors: dict[str, Sensor] = {}
        self._made = IdMaker()

    def find(self, key: str) -> Sensor:
        """As `Places`."""
        name = self._made(key)
        known = self.sensors.get(name)
        if known is None:
            zone, rack, position = name.split("/")
            topic = fill(Topics().reading, {"hall": HALL, "zone": zone, "rack": rack, "sensor": position})
            known = self.sensors[name] = Sensor(name, topic)
        return known
