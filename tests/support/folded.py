"""A room for the web server whose log is a list, and the tokens that let somebody in."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from hotzone.app.web.rooms import Refused
from hotzone.app.web.shapes import HealthNow
from hotzone.config.model import Site
from hotzone.config.service import Token
from hotzone.pipeline import Event, Pipeline
from hotzone.pipeline.kpi import Calls, Kpi
from hotzone.sensors.frame import Frame, Own
from support.sites import EPOCH, merged, site, start, stream, unit, zone

READER, OPERATOR = "reader-token", "operator-token"


def token(name: str, text: str, scope: Any) -> Token:
    """Of the text, as a site file has it."""
    return Token(name=name, sha256=sha256(text.encode()).hexdigest(), scope=scope)


class FoldedRoom:
    """A room whose log is a list."""

    rate = 1.0
    replay = None

    def __init__(self, folder: Path) -> None:
        self.site: Site = site(zone(sensors=3), units=[unit("crac-1", ["A1"])])
        self.pipeline: Pipeline | None = Pipeline(self.site)
        self.folder = folder
        self.told: list[Event] = []
        self.push([start(), *merged(stream(self.site.zones[0], 24.0, 1, 60))])

    def push(self, frames: list[Frame]) -> list[Event]:
        assert self.pipeline is not None
        events = self.pipeline.push(frames)
        self.told += events
        return events

    def heat(self) -> str:
        """Make the zone critical; the alarm's id."""
        begins = (self.now() - EPOCH) // 10**9
        self.push([*merged(stream(self.site.zones[0], 36.0, begins + 1, begins + 60))])
        return next(event.alarm for event in reversed(self.told) if getattr(event, "rule", "") == "critical")

    def now(self) -> int:
        return 0 if self.pipeline is None else self.pipeline.at

    def events(self, begin: int, end: int) -> list[Event]:
        return [event for event in self.told if begin <= event.at < end]

    def kpi(self, since: int, until: int, operators: int) -> Kpi:
        calls = Calls()
        calls.begin(EPOCH)
        calls.take(self.told)
        return calls.kpi(since, until, operators)

    def health_now(self, clients: int) -> HealthNow:
        return HealthNow(True, [], 0.0, 0, 0.0, None, None, [], [], [], None, [], clients)

    async def control(self, at: int | None, speed: float | None, playing: bool | None) -> None:
        del at, speed, playing
        raise Refused(409, "a run")

    async def operate(self, payload: bytes) -> tuple[int, list[Event]]:
        if self.pipeline is None:
            raise Refused(409, "over")
        at = self.now() + 1
        return at, self.push([Frame(at, Own.OPERATOR, payload)])
