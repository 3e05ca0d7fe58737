"""The live table: what a run sees and does, on a terminal. It only looks."""

import asyncio
import sys
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Self

from ..config.printable import printable
from ..config.units import SECOND
from ..pipeline import AlarmEvent, CoolingEvent, Event, HallEvent, NoteEvent, Pipeline, RunEvent, ZoneCondition, ZoneEvent
from ..pipeline.subject import place_of
from .station import Station

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

REFRESH_S: Final = 0.25
_RECENT: Final = 10
_LONGEST: Final = 200
"""Characters of what is said of an event."""
_ROWS: Final = 24
"""Zones shown; of more, the hottest."""
_COLOURS: Final = {
    ZoneCondition.FAILSAFE: "magenta",
    ZoneCondition.HOT: "bold red",
    ZoneCondition.WARM: "yellow",
    ZoneCondition.COLD: "cyan",
    ZoneCondition.NORMAL: "green",
}


class LiveTable:
    """Shows a station while the block runs; with `shown` false, does nothing."""

    def __init__(self, station: Station, *, shown: bool, hint: str = "Ctrl-C stops") -> None:
        self._station = station
        self._shown = shown
        self._hint = hint
        self._recent: deque[tuple[int, str, str]] = deque(maxlen=_RECENT)
        self._task: asyncio.Task[None] | None = None
        self._rate = 0.0
        self._seen = (0.0, 0)
        if shown:
            station.watchers.append(self.told)

    def told(self, events: Sequence[Event]) -> None:
        """Remember what is worth a line."""
        for event in events:
            line = sentence(event)
            if line is not None:
                colour, words = line
                self._recent.append((event.at, colour, printable(words, _LONGEST)))

    async def __aenter__(self) -> Self:
        if self._shown:
            self._task = asyncio.create_task(self._show(), name="live table")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _show(self) -> None:
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(file=sys.stderr), auto_refresh=False, transient=False) as live:
            while True:
                live.update(self.render(asyncio.get_running_loop().time()), refresh=True)
                await asyncio.sleep(REFRESH_S)

    def render(self, now: float) -> "RenderableType":
        """The table as it is at `now`, monotonic seconds."""
        from rich.console import Group
        from rich.text import Text

        station = self._station
        pipeline = station.pipeline
        if pipeline is None or not station.edge.running:
            return Text(f"{station.site.name}: connecting to {station.site.broker.url} ...")
        then, frames = self._seen
        if now - then >= 1.0:
            self._rate = (station.frames - frames) / (now - then) if then else 0.0
            self._seen = (now, station.frames)
        link = Text("connected", "green") if station.health.connected else Text("no broker", "bold red")
        log = Text("log written", "green") if station.ledger.unwritable_since is None else Text("LOG CANNOT BE WRITTEN", "bold red")
        head = Text.assemble(
            (station.site.name, "bold"),
            "  ",
            _clock(station.clock.now()),
            f"  x{station.clock.rate:g}  {self._rate:,.0f} messages/s  ",
            link,
            "  ",
            log,
            f"  {self._hint}",
        )
        page = Text(f"the page: {station.url}", "bold") if station.url else Text()
        return Group(head, page, self._zones(pipeline), *([self._units(pipeline)] if station.site.units else []), self._events())

    def _zones(self, pipeline: Pipeline) -> "Table":
        table = _table("zone", "°C", "state", "demand %")
        zones = list(pipeline.zones.items())
        if len(zones) > _ROWS:
            zones = sorted(zones, key=lambda pair: -(pair[1].value or 0.0))[:_ROWS]
        for name, zone in zones:
            colour = _COLOURS[zone.condition]
            table.add_row(name, _number(zone.value, 2), f"[{colour}]{zone.condition}[/]", _bar(zone.demand.told))
        return table

    def _units(self, pipeline: Pipeline) -> "Table":
        table = _table("unit", "commanded %", "fan %", "supply °C", "state")
        for unit in self._station.site.units:
            known = pipeline.units.get(unit.id)
            if known is None:
                table.add_row(unit.id, "", "", "", "[dim]not heard of yet[/]")
                continue
            colour = "green" if known.condition == "following" else "dim" if known.condition == "unknown" else "bold red"
            table.add_row(
                unit.id, _bar(known.commanded), _number(known.fan, 0), _number(known.supply, 1), f"[{colour}]{known.condition}[/]"
            )
        return table

    def _events(self) -> "Table":
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for at, colour, line in self._recent:
            table.add_row(Text(_clock(at), "dim"), Text(line, colour))
        return table


def sentence(event: Event) -> tuple[str, str] | None:
    """Colour and words for an event that people want to see; None for the others."""
    match event:
        case AlarmEvent():
            return _alarm(event)
        case HallEvent():
            return "magenta", f"{event.type}: {event.hall}{_who(event)}{_why(event)}"
        case ZoneEvent():
            return "yellow", f"zone {event.zone} is {event.state}{_why(event)}"
        case CoolingEvent(type="cooling.command"):
            advised = " (advised, not sent)" if event.advise else ""
            return "blue", f"{event.unit} to {event.value:g} %{advised}{_why(event)}"
        case CoolingEvent(type="cooling.unit"):
            return "magenta", f"unit {event.unit} is {event.state}"
        case NoteEvent(kind="fault" | "fault-end"):
            return "bold magenta", f"{event.kind}: {event.text}"
        case RunEvent():
            return "dim", f"{event.type} {event.detail or ''}"
    return None


def _alarm(event: AlarmEvent) -> tuple[str, str] | None:
    place = place_of(event, "site")
    match event.type:
        case "alarm.raised":
            return "bold red", f"alarm: {place} {event.rule} ({event.priority}){_why(event)}"
        case "alarm.cleared":
            return "green", f"over: {place} {event.rule}"
        case "alarm.acknowledged":
            return None
    return "dim", f"{event.type.removeprefix('alarm.')}: {place} {event.rule}{_who(event)}{_why(event)}"


def _who(event: AlarmEvent | HallEvent) -> str:
    return f" by {event.by}" if event.by else ""


def _why(event: Event) -> str:
    return f": {event.cause}" if event.cause else ""


def _table(*columns: str) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="left" if index == 0 or column == "state" else "right")
    return table


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _bar(percent: float | None) -> str:
    if percent is None:
        return ""
    full = round(percent / 10)
    return f"[blue]{'█' * full}[/][dim]{'░' * (10 - full)}[/] {percent:3.0f}"


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%H:%M:%S")
