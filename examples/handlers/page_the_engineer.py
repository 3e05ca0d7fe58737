"""Page somebody: one line a high alarm, in a file that the pager gateway watches."""

from pathlib import Path

from hotzone.handlers import Context, handler
from hotzone.pipeline import AlarmEvent


@handler(alarms=True, min_priority="high")
def page_the_engineer(event: AlarmEvent, ctx: Context) -> None:
    with Path(str(ctx.options.get("file", "pages.txt"))).open("a") as pages:
        pages.write(f"{event.type} {event.zone or event.unit}: {event.rule} ({event.priority})\n")
