"""The controller inside a cooling unit: which commands it obeys, and what it does when nobody is there."""

from enum import StrEnum
from math import isfinite

from ...config.secrets import Secret
from ...config.units import MILLISECOND
from ..command import UnitCommand, decode, genuine

FULL = 100.0


class Mode(StrEnum):
    """Who decides about the fan."""

    REMOTE = "remote"
    HEARTBEAT_LOST = "heartbeat-lost"
    MANUAL = "manual"


class Refusal(StrEnum):
    """Why a unit does not obey a command."""

    RETAINED = "retained"
    DEAF = "deaf"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    OLD_NUMBER = "old-number"
    RANGE = "out-of-range"
    FORGED = "forged"
    MANUAL = "manual"


class Controller:
    """One unit's controller. Percent; times in ns of the hall's clock."""

    def __init__(self, fan: float, heartbeat_timeout: int | None = None, topic: str = "", key: Secret | None = None) -> None:
        self.commanded = fan
        """The last command obeyed; at the start, where the fan stood."""
        self.number = 0
        self.mode = Mode.REMOTE
        self._timeout = heartbeat_timeout
        self._topic, self._key = topic, key
        self._heard: int | None = None

    @property
    def wanted(self) -> float:
        """Where the fan shall go."""
        return FULL if self.mode is Mode.HEARTBEAT_LOST else self.commanded

    def command(self, at: int, payload: bytes, *, retained: bool, deaf: bool) -> Refusal | None:
        """Obey, or say why not. A command of the same number came twice and is obeyed twice."""
        if retained:
            return Refusal.RETAINED
        if deaf:
            return Refusal.DEAF
        try:
            said = decode(payload)
        except ValueError:
            return Refusal.MALFORMED
        refusal = self._judge(at, said)
        if refusal is None:
            self.number, self.commanded = said.number, said.fan
        return refusal

    def _judge(self, at: int, said: UnitCommand) -> Refusal | None:
        if not genuine(self._topic, said, self._key):
            return Refusal.FORGED
        if said.expires * MILLISECOND < at:
            return Refusal.EXPIRED
        if said.number < self.number:
            return Refusal.OLD_NUMBER
        if not isfinite(said.fan) or not 0 <= said.fan <= FULL:
            return Refusal.RANGE
        return Refusal.MANUAL if self.mode is Mode.MANUAL else None

    def heartbeat(self, at: int) -> None:
        """Somebody is there: obey commands again. The fan stays at full speed until one comes."""
        self._heard = at
        if self.mode is Mode.HEARTBEAT_LOST:
            self.mode, self.commanded = Mode.REMOTE, FULL

    def heartbeat_lost(self) -> None:
        """Nobody is there: full speed."""
        if self.mode is Mode.REMOTE:
            self.mode = Mode.HEARTBEAT_LOST

    def advance_to(self, at: int) -> None:
        """Run the controller's own timer, if it has one; it starts with the first heartbeat."""
        if self._timeout is not None and self._heard is not None and at - self._heard >= self._timeout:
            self.heartbeat_lost()

    def by_hand(self, fan: float | None) -> None:
        """Somebody turns the switch at the unit: to a speed, or back to remote."""
        self.mode = Mode.REMOTE if fan is None else Mode.MANUAL
        self.commanded = self.commanded if fan is None else fan
