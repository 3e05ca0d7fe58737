"""Our dampers take a line of text over TCP: a cooling handler for units that do not speak MQTT."""

import socket

from msgspec import Struct

from hotzone.handlers import Command


class Dampers:
    """`crac-1 72.5` opens the damper of crac-1 by 72.5 %. The controller answers `ok`."""

    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """`[handlers.dampers.options]` of the site file."""

        host: str
        port: int

    def __init__(self, options: Options) -> None:
        self.options = options
        self._last: dict[str, int] = {}

    def carry_out(self, command: Command) -> None:
        """Set one damper. Commands are sent again each second, so a failure needs no retry here."""
        if command.number < self._last.get(command.unit.id, 0):
            return
        with socket.create_connection((self.options.host, self.options.port), timeout=2) as connection:
            connection.sendall(f"{command.unit.id} {command.fan:.1f}\n".encode("ascii"))
            answer = connection.makefile("rb").readline()
        if answer != b"ok\n":
            msg = f"the damper of {command.unit.id} answered {answer!r}"
            raise OSError(msg)
        self._last[command.unit.id] = command.number
