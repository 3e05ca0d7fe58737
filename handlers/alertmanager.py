"""Alarms to Prometheus' Alertmanager, which routes, groups, silences and inhibits them.

Alertmanager takes for resolved what is not repeated, so every alarm that stands is posted again each `repeat`, with an end a few repeats
ahead: if hotzone dies, its alerts end by themselves, and go on when it is back. Posts are one after the other, so that no repetition
that was on its way can raise again what has just been resolved.

Of several Alertmanagers each is told: they share with each other what they have notified, but not the alerts. One that took them is
enough, for it notifies; the others get them with the next repetition, and until then a change does not wait for them.

Times are the wall's, since Alertmanager compares them with its own clock: in a simulated hall those at which the hall's were reached.
"""

# ruff: noqa: EM101, EM102 - `Unfit` takes facts, not a message
import asyncio
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

from msgspec import Struct, json
from yarl import URL

from ..config.model import Priority, Site
from ..config.problems import Unfit
from ..config.secrets import Secret
from ..config.units import HOUR, MINUTE, SECOND
from ..pipeline import AlarmEvent, Event
from ..pipeline.alarms import ENDS, STANDING
from ..pipeline.saying import measured_in, quantity
from ..pipeline.subject import alarm_of
from .contract import Context, Disable, GiveUp, RetryAfter, handler
from .options import Duration
from .webhooks import Client, Url, judged
from .webhooks.address import parse
from .words import sentence, title

REPEATS: Final = 4
"""Repetitions that may fail in a row before Alertmanager takes an alert for resolved."""
_SHARE: Final = 0.4
"""Of the time that a call may take, what a post may: a delivery may have to wait for that of a repetition, and both must fit."""
_BATCH: Final = 500
"""Alerts in one post."""
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*", re.ASCII)
_OWN: Final = frozenset({"alertname", "site", "hall", "zone", "unit", "rule", "priority", "severity", "source"})
_SEVERITY: Final = {Priority.LOW: "info", Priority.MEDIUM: "warning", Priority.HIGH: "critical", Priority.CRITICAL: "critical"}

Alert = dict[str, object]


@handler(alarms=True)
class Alertmanager:
    """Posts what changes at once, and everything that stands each `repeat`."""

    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """What the site file may say."""

        urls: tuple[Annotated[str, Url()], ...]
        """Where each Alertmanager is, without `/api/v2`: `["http://alertmanager:9093"]`. Private addresses and HTTP are allowed."""
        repeat: Annotated[int, Duration(SECOND, HOUR)] = MINUTE
        """How often what stands is posted again, wall time. Four that fail in a row, and it counts as resolved."""
        labels: dict[str, str] = {}
        """Further labels for every alert, to route by."""
        generator_url: Annotated[str, Url()] | None = None
        """Where an alert's link leads, such as a dashboard."""
        authorization: Secret | None = None
        """The header `Authorization`, whole: `Bearer ...`."""
        ca_file: Path | None = None
        """Who may vouch for the servers; without it, the system's list."""

        def __post_init__(self) -> None:
            """Raises `Unfit` for what cannot work."""
            if not self.urls:
                raise Unfit("no url", 'at least one, such as urls = ["http://alertmanager:9093"]')
            for url in self.urls:
                if parse(url).query_string or "/api/" in url:
                    raise Unfit("a url with a query or /api/", "where Alertmanager is, such as http://alertmanager:9093")
            for name, value in self.labels.items():
                if not _LABEL.fullmatch(name) or name.startswith("__") or name in _OWN or not value:
                    raise Unfit(f"the label {name[:40]!r}", "a name of letters, digits and _, which we do not set ourselves, with a value")

    def __init__(self, options: Options, *, now: Callable[[], int] = time.time_ns) -> None:
        self._options = options
        self._now = now
        self._urls = [URL(f"{url.rstrip('/')}/api/v2/alerts", encoded=True) for url in options.urls]
        self._client = Client(internal=True, ca_file=options.ca_file)
        self._headers = {"Content-Type": "application/json"}
        if options.authorization is not None:
            self._headers["Authorization"] = options.authorization.reveal()
        self._ended: dict[str, tuple[int, Alert]] = {}
        """Alerts that ended lately, and until when they are repeated, for the Alertmanager that missed it."""
        self._silent: set[URL] = set()
        """Those that took nothing the last time."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._turn = asyncio.Lock()

    async def run(self, ctx: Context) -> None:
        """Repeat what stands, from the start on."""
        while True:
            reached = await self._repeat(ctx)
            await asyncio.sleep(self._options.repeat / SECOND / (1 if reached else REPEATS))

    async def handle(self, event: Event, ctx: Context) -> None:
        """Post one change. Raises GiveUp, RetryAfter."""
        if not isinstance(event, AlarmEvent):  # several at once, or what is no alarm: the repetition tells what stands
            return
        async with self._in_turn():
            if event.state in STANDING:
                self._ended.pop(alarm_of(event), None)
                await self._post([self._alert(event, ctx, self._later())], ctx)
                return
            if event.type not in ENDS:  # acknowledged after its end, back from a shelf: nothing that Alertmanager knows of
                return
            alert = self._alert(event, ctx, min(ctx.wall_at(event.at), self._now()))
            await self._post([alert], ctx)
            self._ended[alarm_of(event)] = (self._later(), alert)

    async def close(self) -> None:
        """Let the connections go."""
        await self._client.close()

    def _in_turn(self) -> asyncio.Lock:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # the one before was given up
            self._loop, self._turn = loop, asyncio.Lock()
        return self._turn

    def _later(self) -> int:
        return self._now() + REPEATS * self._options.repeat

    async def _repeat(self, ctx: Context) -> bool:
        """Post what stands and what ended lately, in parts between which deliveries have their turn; whether anybody was there."""
        told: set[str] = set()
        while True:
            async with self._in_turn():
                part = dict(islice(((key, alert) for key, alert in self._current(ctx).items() if key not in told), _BATCH))
                if not part:
                    return True
                try:
                    await self._post([*part.values()], ctx, everywhere=True)
                except GiveUp:  # `_post` has logged it; the next part may be taken
                    pass
                except RetryAfter:
                    return False
            told |= part.keys()

    def _current(self, ctx: Context) -> dict[str, Alert]:
        """By alarm, what there is to repeat."""
        now, until = self._now(), self._later()
        standing = {alarm_of(event): self._alert(event, ctx, until) for event in ctx.standing()}
        self._ended = {key: kept for key, kept in self._ended.items() if kept[0] > now and key not in standing}
        return standing | {key: alert for key, (_, alert) in self._ended.items()}

    def _alert(self, event: AlarmEvent, ctx: Context, ends: int) -> Alert:
        begins = min(ctx.wall_at(event.raised_at), ends, self._now())
        alert: Alert = {
            "labels": labels(event, ctx.site, self._options.labels),
            "annotations": annotations(event, ctx.site),
            "startsAt": _time(begins),
            "endsAt": _time(ends),
        }
        if self._options.generator_url is not None:
            alert["generatorURL"] = self._options.generator_url
        return alert

    async def _post(self, alerts: Sequence[Alert], ctx: Context, *, everywhere: bool = False) -> None:
        """To every Alertmanager at once, or to those only that answered the last time; one that takes them is enough.

        Raises GiveUp when all refused, RetryAfter otherwise.
        """
        body = json.encode(alerts)
        asked = [url for url in self._urls if everywhere or url not in self._silent] or self._urls
        results = await asyncio.gather(*(self._one(url, body, ctx.timeout_s * _SHARE) for url in asked))
        for url, result in zip(asked, results, strict=True):
            self._note(url, result, ctx)
        failures = [result for result in results if result is not None]
        if len(failures) == len(results):
            raise next((one for one in failures if isinstance(one, RetryAfter)), failures[0])

    def _note(self, url: URL, result: GiveUp | RetryAfter | None, ctx: Context) -> None:
        """Log what changes: one that takes nothing any more, or something again."""
        if (result is not None) is (url in self._silent):
            return
        if result is None:
            self._silent.discard(url)
            ctx.log.info("an Alertmanager takes alerts again", host=url.host, port=url.port)
        else:
            self._silent.add(url)
            ctx.log.warning("an Alertmanager takes no alerts", host=url.host, port=url.port, why=str(result))

    async def _one(self, url: URL, body: bytes, within_s: float) -> GiveUp | RetryAfter | None:
        try:
            judged(await self._client.post(url, body, self._headers, within_s=within_s))
        except Disable as gone:  # some other program listens there
            return GiveUp(str(gone))
        except (GiveUp, RetryAfter) as error:
            return error
        return None


def labels(event: AlarmEvent, site: Site, further: dict[str, str]) -> dict[str, str]:
    """What an alert is known by: the same from its beginning to its end, and for every life of the alarm."""
    known = {"hall": event.hall, "zone": event.zone, "unit": event.unit}
    return {
        **further,
        "alertname": event.rule,
        "source": "hotzone",
        "site": site.name,
        **{name: value for name, value in known.items() if value},
        "rule": event.rule,
        "priority": event.priority.value,
        "severity": _SEVERITY[event.priority],
    }


def annotations(event: AlarmEvent, site: Site) -> dict[str, str]:
    """What there is to say about it by now."""
    unit = measured_in(event, site)
    found = {
        "summary": title(event, site),
        "description": sentence(event, site),
        "value": None if event.value is None else quantity(event.value, unit),
        "limit": None if event.limit is None else quantity(event.limit, unit),
        "cause": event.cause,
        "acknowledged_by": event.by,
    }
    return {name: text for name, text in found.items() if text}


def _time(at: int) -> str:
    """RFC 3339, in milliseconds."""
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
