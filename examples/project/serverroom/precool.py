"""Cool ahead: when one row of racks is warm, the air of the other will be soon."""

from hotzone.config.units import MINUTE
from hotzone.handlers import Context, handler
from hotzone.pipeline import ZoneEvent


@handler(events="zone.state")
def precool(event: ZoneEvent, ctx: Context) -> None:
    """Ask for 80 % in the other zones for ten minutes."""
    if event.state not in {"warm", "hot"}:
        return
    for zone in ctx.site.zones:
        if zone.id != event.zone:
            ctx.request_cooling(zone.id, at_least=80.0, until=event.at + 10 * MINUTE)
