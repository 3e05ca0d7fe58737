"""Ask for more cooling as soon as a zone gets warm, for ten minutes."""

from hotzone.config.units import MINUTE
from hotzone.handlers import Context, handler
from hotzone.pipeline import ZoneEvent


@handler(events="zone.state")
async def cool_ahead(event: ZoneEvent, ctx: Context) -> None:
    if event.zone is not None and event.state in {"warm", "hot"}:
        ctx.request_cooling(event.zone, at_least=90.0, until=event.at + 10 * MINUTE)
