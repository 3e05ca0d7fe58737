"""A cooling handler for units that read their set point from a file: `driver = "SetPointsCsv"` at the unit."""

from pathlib import Path

from hotzone.handlers import Command


class SetPointsCsv:
    folder = Path("set-points")

    def carry_out(self, command: Command) -> None:
        self.folder.mkdir(exist_ok=True)
        new = self.folder / f"{command.unit.id}.new"
        new.write_text(f"{command.number},{command.fan:.1f}\n")
        new.replace(self.folder / f"{command.unit.id}.csv")
