"""The structured log: events as log lines, loud by priority."""

from typing import Final

from ..config.model import Priority
from ..pipeline import AlarmEvent, Event
from ..pipeline.events import said
from .contract import Context, handler

_LEVELS: Final = {Priority.LOW: "info", Priority.MEDIUM: "warning", Priority.HIGH: "error", Priority.CRITICAL: "critical"}


@handler(events="*")
def log(event: Event, ctx: Context) -> None:
    """Log the event under its type; the untrusted goes into fields, never into the text."""
    level = _LEVELS[event.priority] if isinstance(event, AlarmEvent) and event.type == "alarm.raised" else "info"
    if event.type in {"cooling.demand", "cooling.command"}:
        level = "debug"
    fields = {name: value if isinstance(value, int | float) else str(value) for name, value in said(event).items() if name != "type"}
    getattr(ctx.log, level)(event.type, **fields)
