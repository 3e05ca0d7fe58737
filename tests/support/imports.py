"""Imports of short texts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotzone.app.importing import Order, import_files
from hotzone.app.importing.plan import Options, plan_of
from hotzone.app.importing.summary import Summary
from hotzone.app.replay import fold
from hotzone.config.loader import loads
from hotzone.config.model import Site
from hotzone.pipeline import Event, Rejected
from hotzone.sensors.frame import Frame, Own
from hotzone.sensors.payload import PayloadError, decode
from hotzone.sensors.recording import Recording

SITE = """
name = "t"
sensors = ["in-1"]
[quality]
period = "1m"
[halls.h.zones.A.racks]
r1 = {}
r2 = {}
"""
"""Two thermometers, A/r1/in-1 and A/r2/in-1."""
START = 1_767_225_600_000_000_000
"""2026-01-01T00:00:00Z, ns."""


@dataclass
class Imported:
    """What came of it."""

    folder: Path
    summary: Summary

    @property
    def frames(self) -> list[Frame]:
        """All but the start and the end."""
        frames = [frame for chunk in Recording(self.folder).frames() for frame in chunk]
        assert (frames[0].topic, frames[-1].topic) == (Own.START, Own.END)
        return frames[1:-1]

    @property
    def readings(self) -> list[tuple[str, float, float]]:
        """(last two levels of the topic, °C, seconds since START), in order of arrival."""
        found = []
        for frame in self.frames:
            try:
                sample = decode(frame.payload)
            except PayloadError:
                continue
            assert sample.measured_at is not None
            found.append(("/".join(frame.topic.split("/")[-2:]), sample.celsius, (sample.measured_at - START) / 1e9))
        return found

    @property
    def letters(self) -> list[tuple[str, bytes]]:
        return [(letter.reason, letter.payload) for letter in Recording(self.folder).dead_letters()]

    def replayed(self, site: Site | None = None) -> tuple[list[Event], list[Rejected]]:
        """The journal, and what a replay cannot use."""
        events: list[Event] = []
        rejected: list[Rejected] = []
        for folded in fold(Recording(self.folder), site):
            events += folded.events
            rejected += folded.pipeline.take_rejected()
        return events, rejected


def imported(folder: Path, *texts: str | bytes, site: str | None = SITE, **options: Any) -> Imported:
    """Import files of these texts into a recording."""
    files = []
    for number, text in enumerate(texts, 1):
        path = folder / f"f{number}.csv"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        files.append(str(path))
    options = {"template": "A/{sensor}/in-1", "timezone": None if "period" in options else "UTC", **options}
    plan = plan_of(Options(files=files, **options))
    known = None if site is None else loads(site)
    return Imported(folder / "rec", import_files(plan, folder / "rec", known, None, shown=False))


__all__ = ["SITE", "START", "Imported", "Order", "imported"]
