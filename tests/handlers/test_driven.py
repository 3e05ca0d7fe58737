"""Cooling handlers that plug in."""

import threading

from hotzone.handlers import Command
from hotzone.handlers.driven import Driven
from support.sites import unit

C, D = unit("c", ["A1"]), unit("d", ["A1"])


class Bus:
    """A slow bus that notes what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []
        self.entered, self.free, self.idle = threading.Event(), threading.Event(), threading.Event()

    def carry_out(self, command: Command) -> None:
        self.entered.set()
        self.free.wait(10)
        self.told.append((command.unit.id, command.fan))
        if command.fan == 0.0:
            raise OSError
        if command.fan == 99.0:
            self.idle.set()


def test_a_slow_bus_delays_nobody_and_hears_the_latest() -> None:
    bus = Bus()
    driven = Driven("bus", bus)
    driven.send(Command(C, 50.0, 1))
    assert bus.entered.wait(5)
    for number in range(2, 10):
        driven.send(Command(C, 50.0 + number, number))
    driven.send(Command(D, 99.0, 1))
    bus.free.set()
    assert bus.idle.wait(5)
    assert bus.told == [("c", 50.0), ("c", 59.0), ("d", 99.0)]


def test_a_bus_that_fails_is_asked_again() -> None:
    bus = Bus()
    bus.free.set()
    driven = Driven("bus", bus)
    driven.send(Command(C, 0.0, 1))
    driven.send(Command(D, 99.0, 2))
    assert bus.idle.wait(5)
