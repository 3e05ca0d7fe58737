"""Cooling handlers on threads of their own."""

import threading
from collections import deque
from typing import Final

import structlog

from .cooling import Command, CoolingDriver

_log = structlog.get_logger("hotzone.cooling")


class Driven:
    """Runs a driver on a thread of its own, latest command first, so that a slow bus delays nobody."""

    def __init__(self, name: str, driver: CoolingDriver) -> None:
        self._name = name
        self._driver = driver
        self._latest: dict[str, Command] = {}
        self._order: Final[deque[str]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def send(self, command: Command) -> None:
        """Take a command over; returns at once. One that waits for the same unit is replaced."""
        with self._changed:
            if command.unit.id not in self._latest:
                self._order.append(command.unit.id)
            self._latest[command.unit.id] = command
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"cooling-{self._name}", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._order:
                    self._changed.wait()
                command = self._latest.pop(self._order.popleft())
            try:
                self._driver.carry_out(command)
            except BaseException:  # noqa: BLE001  whatever a driver does, the other units need their commands
                _log.exception("a cooling handler failed", unit=command.unit.id, driver=self._name)
