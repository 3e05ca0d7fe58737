"""Page whoever is on duty, by the company's gateway: an async handler with options of its own."""

from http import HTTPStatus

from aiohttp import ClientSession, ClientTimeout
from msgspec import Struct

from hotzone.handlers import Context, GiveUp, RetryAfter, handler
from hotzone.pipeline import AlarmEvent

WORDS = {"alarm.raised": "began", "alarm.cleared": "is over"}


@handler(alarms=True, min_priority="high")
class Pager:
    """One page when an alarm begins, one when it is over. The gateway knows a page that it has seen by its id."""

    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """`[handlers.pager.options]` of the site file."""

        gateway: str
        duty: tuple[str, ...]

    def __init__(self, options: Options) -> None:
        self.options = options
        self._session: ClientSession | None = None

    async def handle(self, event: AlarmEvent, ctx: Context) -> None:
        """Send the page; a busy gateway gets it again, one that refuses it never does."""
        if event.type not in WORDS:
            return
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=5))
        text = f"{ctx.site.name}: {event.rule} in {event.zone or event.unit} {WORDS[event.type]}"
        page = {"id": event.id, "to": list(self.options.duty), "text": text}
        async with self._session.post(self.options.gateway, json=page) as answer:
            if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
                msg = "the gateway is busy"
                raise RetryAfter(msg, seconds=30)
            if answer.status != HTTPStatus.OK:
                msg = f"the gateway answered {answer.status}"
                raise GiveUp(msg)

    async def close(self) -> None:
        """Let go of the connection."""
        if self._session is not None:
            await self._session.close()
