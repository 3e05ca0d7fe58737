"""Cooling handlers: what carries commands out to the units. MQTT is built in; anything else plugs in by this contract."""

from typing import NamedTuple, Protocol, runtime_checkable

from ..config.model import Unit


class Command(NamedTuple):
    """What a unit shall do from now on: absolute, so that losing one or hearing one twice does no harm."""

    unit: Unit
    fan: float
    """Percent."""
    number: int
    """Of two commands to a unit the one with the larger number counts; an equal one is the same, sent again."""


@runtime_checkable
class CoolingDriver(Protocol):
    """Carries commands out. It is called at once, and again each second with the latest command of each unit."""

    def carry_out(self, command: Command, /) -> None:
        """Do it; may block. What it raises is logged, and a second later it is asked again."""
