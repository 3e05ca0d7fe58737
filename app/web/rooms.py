"""What a server shows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from ...pipeline import Event
from ...pipeline.kpi import Kpi
from .present import Room
from .shapes import HealthNow


class Shown(Room, Protocol):
    """A room with its recording, its health, and, where something can be done, a way to do it."""

    @property
    def folder(self) -> Path:
        """Of its recording."""

    def health_now(self, clients: int) -> HealthNow:
        """How it does."""

    def events(self, start: int, stop: int) -> Sequence[Event]:
        """What happened from `start` to before `stop`, log time, as far back as it is remembered."""

    def kpi(self, since: int, until: int, operators: int) -> Kpi:
        """Key figures of the alarms from `since`, or from where something is known, to before `until`. Raises ValueError."""

    async def operate(self, payload: bytes) -> tuple[int, Sequence[Event]]:
        """Log the frame of an operator, and fold it; its time, and the events that came of it. Raises Refused where nothing can be done."""

    async def control(self, at: int | None, speed: float | None, playing: bool | None) -> None:  # noqa: FBT001  play or hold
        """Go to a moment of a recording, change its speed, play or hold it; None leaves as it is. Raises Refused for a run."""


class Refused(Exception):
    """It cannot be done; `status` is HTTP's word for why, `reason` the pipeline's."""

    def __init__(self, status: int, why: str, reason: str = "") -> None:
        super().__init__(why)
        self.status = status
        self.reason = reason
