"""Commands on their way to the cooling units: one slot a unit, the latest wins, sent again each second.

They bypass the outbox: a command is worth something now or not at all. Each is absolute, numbered and expires, so that losing one, or
hearing one twice, does no harm.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, Protocol

import structlog

from ..config.model import Unit
from ..config.units import MILLISECOND, SECOND
from ..handlers.cooling import Command
from ..pipeline import CoolingEvent, Event
from ..sensors.command import EXPIRY, encode
from ..sensors.frame import LinkKind
from ..sensors.mqtt import MqttError, PubAckReasonCode
from . import own
from .own import Unstamped

RESEND: Final = SECOND
"""Wall time between two sendings."""

_log = structlog.get_logger("hotzone.cooling")


class Driver(Protocol):
    """Takes commands over; called from the loop, again each second, and must not block. `Driven` makes one of any cooling handler."""

    def send(self, command: Command) -> None:
        """Carry it out; of two commands the one with the larger number counts."""


class MqttDriver:
    """Publishes commands to the units' topics, never retained. What the broker answers that is no success is told as a link frame, once."""

    def __init__(
        self,
        publish: Callable[..., "asyncio.Future[PubAckReasonCode]"],
        now: Callable[[], int],
        tell: Callable[[Unstamped], object],
        rate: Callable[[], float] = lambda: 1.0,
    ) -> None:
        self._publish = publish
        self._now = now
        self._tell = tell
        self._rate = rate
        self._trouble: dict[str, LinkKind] = {}

    def send(self, command: Command) -> None:
        """Publish it. Does nothing while there is no connection: a second later there may be one."""
        issued = self._now()
        expires = issued + round(EXPIRY * self._rate())
        unit = command.unit
        payload = encode(unit.command_topic, command.fan, command.number, issued // MILLISECOND, expires // MILLISECOND, unit.key)
        try:
            answer = self._publish(unit.command_topic, payload, expiry=EXPIRY)
        except MqttError:
            return
        answer.add_done_callback(partial(self._answered, unit))

    def _answered(self, unit: Unit, answer: "asyncio.Future[PubAckReasonCode]") -> None:
        if answer.cancelled() or answer.exception() is not None:
            return
        code = answer.result()
        kind = None
        if code.value == PubAckReasonCode.NO_MATCHING_SUBSCRIBERS.value:
            kind = LinkKind.UNHEARD
        elif code.value >= 128:
            kind = LinkKind.DENIED
        if kind is None:
            self._trouble.pop(unit.id, None)
        elif self._trouble.get(unit.id) is not kind:
            self._trouble[unit.id] = kind
            _log.warning("a command was not delivered", unit=unit.id, why=str(kind))
            self._tell(own.link(kind, f"{code.name.lower().replace('_', ' ')} ({code.value})", unit.id))


class Slots:
    """The latest command of each unit, sent at once and again each second for as long as `run` runs."""

    def __init__(self, units: Sequence[Unit], drivers: Mapping[str, Driver]) -> None:
        self._units = {unit.id: unit for unit in units}
        self._drivers = dict(drivers)
        self._latest: dict[str, Command] = {}
        self.sent = 0

    def told(self, events: Sequence[Event]) -> None:
        """Take the commands among the events; those that are only advised are nobody's to carry out, and end what was sent before."""
        fresh: dict[str, Command] = {}
        for event in events:
            match event:
                case CoolingEvent(type="cooling.command", unit=str() as name, value=float() as fan, number=int() as number, advise=False):
                    fresh[name] = Command(self._units[name], fan, number)
                case CoolingEvent(type="cooling.command", unit=str() as name, advise=True):
                    fresh.pop(name, None)
                    self._latest.pop(name, None)
        self._latest |= fresh
        for command in fresh.values():
            self._send(command)

    @property
    def waiting(self) -> tuple[Command, ...]:
        """The commands that are sent again each second."""
        return tuple(self._latest.values())

    def _send(self, command: Command) -> None:
        driver = self._drivers.get(command.unit.driver)
        if driver is None:
            return
        try:
            driver.send(command)
            self.sent += 1
        except Exception:  # noqa: BLE001  whatever it is, the other units need their commands
            _log.exception("a cooling handler failed", unit=command.unit.id, driver=command.unit.driver)

    async def run(self) -> None:
        """Send every slot again each second, until cancelled."""
        while True:
            await asyncio.sleep(RESEND / SECOND)
            for command in self.waiting:
                self._send(command)
