"""The answers of the API. Log time is in ns since the epoch, in queries as in bodies."""

import asyncio
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Final, TypeVar

from aiohttp import web
from msgspec import DecodeError, json, structs

from ...config.units import HOUR
from ...pipeline import journal_line
from ...pipeline.explaining import BEFORE, explain
from ...pipeline.indices import figures
from ...pipeline.subject import raised_at
from ...sensors.recording import RecordingError
from ..version import version
from . import history
from .asked import ALARM_ACTIONS, HALL_ACTIONS, UNIT_ACTIONS, Asked, Moved
from .desk import operate
from .openapi import description
from .present import Present
from .rooms import Refused, Shown
from .shapes import KpiNow, Problem, site_shape
from .stream import Stream

_Body = TypeVar("_Body")
_EVENTS: Final = 5_000
"""At most, in one answer: the latest."""


class Answers:
    """Over one room."""

    def __init__(self, room: Shown, stream: Stream) -> None:
        self._room = room
        self._stream = stream
        self._reading = asyncio.Semaphore(2)

    async def description(self, _: web.Request) -> web.StreamResponse:
        """This API, as OpenAPI."""
        return _json(description())

    async def site(self, _: web.Request) -> web.StreamResponse:
        """What there is."""
        return _json(site_shape(self._room.site, version()))

    async def state(self, _: web.Request) -> web.StreamResponse:
        """Everything at present."""
        present = Present(self._room)
        present.look()
        return _json(present.state)

    async def alarms(self, _: web.Request) -> web.StreamResponse:
        """The alarms that are not normal."""
        present = Present(self._room)
        present.look()
        return _json(present.state.alarms)

    async def events(self, request: web.Request) -> web.StreamResponse:
        """What happened, in the journal's words: `from`, `to`, and `type` with `*`."""
        start, stop = _span(request, self._room.now(), 24 * HOUR)
        wanted = request.query.get("type", "*")
        found = [event for event in self._room.events(start, stop) if fnmatchcase(event.type, wanted)]
        return web.Response(body=b'{"events":[%s]}' % b",".join(map(journal_line, found[-_EVENTS:])), content_type="application/json")

    async def history(self, request: web.Request) -> web.StreamResponse:
        """Values over time: `series`, ids with commas between them, `from`, `to`, and at most so many `points` of each."""
        start, stop = _span(request, self._room.now(), HOUR)
        names = list(dict.fromkeys(filter(None, request.query.get("series", "").split(","))))
        points = min(_whole(request, "points", 600), history.POINTS)
        if not 0 < len(names) <= history.SERIES:
            return _problem(422, f"series: expected 1 to {history.SERIES} ids with commas between them")
        room = self._room
        async with self._reading:
            try:
                return _json(await asyncio.to_thread(history.history, room.folder, room.site, names, start, stop, points))
            except RecordingError as error:
                return _problem(409, str(error))

    async def health(self, _: web.Request) -> web.StreamResponse:
        """How hotzone itself does."""
        return _json(self._room.health_now(self._stream.clients))

    async def kpi(self, request: web.Request) -> web.StreamResponse:
        """Key figures of the alarms of this run: `from`, `to`, and how many `operators` share them."""
        start, stop = _span(request, self._room.now() + 1, 24 * HOUR)
        pipeline = self._room.pipeline
        try:
            found = self._room.kpi(start, min(stop, self._room.now() + 1), _whole(request, "operators", 1))
        except ValueError as error:
            return _problem(422, str(error))
        halls = () if pipeline is None else figures(pipeline)
        return _json(KpiNow(**structs.asdict(found), halls=halls))

    async def explain_alarm(self, request: web.Request) -> web.StreamResponse:
        """Why there is this alarm."""
        alarm = request.match_info["alarm"]
        try:
            begin = raised_at(alarm)
        except ValueError as error:
            return _problem(422, str(error))
        return self._explain(begin, alarm=alarm)

    async def explain_zone(self, request: web.Request) -> web.StreamResponse:
        """What alarms a zone has now, and why no others."""
        return self._explain(self._room.now(), zone=request.match_info["zone"])

    def _explain(self, begin: int, **subject: str) -> web.StreamResponse:
        room = self._room
        if room.pipeline is None:
            return _problem(409, "the run has not begun")
        try:
            now = room.now()
            return _json(explain(room.site, room.pipeline.state, room.events(begin - BEFORE, now + 1), now, **subject))
        except LookupError as error:
            return _problem(404, str(error.args[0]))

    async def on_alarm(self, request: web.Request) -> web.StreamResponse:
        """Do something about an alarm, or about its rule at its place."""
        alarm, action = request.match_info["alarm"], request.match_info["action"]
        if action not in ALARM_ACTIONS:
            return _unknown(action, ALARM_ACTIONS)
        if action not in {"service", "return"}:
            return await self._operate(request, action, alarm=alarm)
        place, _, rule = alarm.rpartition("@")[0].rpartition(":")
        if not place or not rule:
            return _problem(422, f"{alarm.rpartition('@')[0]!r} names no rule at a place: expected PLACE:RULE, such as A1:high")
        units = {unit.id for unit in self._room.site.units}
        return await self._operate(request, action, **{"unit" if place in units else "zone": place, "rule": rule})

    async def on_unit(self, request: web.Request) -> web.StreamResponse:
        """Drive a cooling unit by hand, or stop doing so."""
        action = request.match_info["action"]
        return (
            await self._operate(request, action, unit=request.match_info["unit"])
            if action in UNIT_ACTIONS
            else _unknown(action, UNIT_ACTIONS)
        )

    async def on_hall(self, request: web.Request) -> web.StreamResponse:
        """Begin or end the maintenance of a hall."""
        action = request.match_info["action"]
        return (
            await self._operate(request, action, hall=request.match_info["hall"])
            if action in HALL_ACTIONS
            else _unknown(action, HALL_ACTIONS)
        )

    async def on_replay(self, request: web.Request) -> web.StreamResponse:
        """Move in the recording that is shown; where it stands then."""
        try:
            moved = await _body(request, Moved)
            await self._room.control(moved.at, moved.rate, moved.playing)
        except Refused as refused:
            return _problem(refused.status, str(refused), refused.reason)
        self._stream.look()
        return _json(self._room.replay)

    async def _operate(self, request: web.Request, action: str, **place: str) -> web.StreamResponse:
        try:
            asked = await _body(request, Asked)
        except Refused as refused:
            return _problem(refused.status, str(refused))
        fields: Mapping[str, object] = {name: getattr(asked, name) for name in asked.__struct_fields__}
        try:
            done = await operate(self._room, {**fields, **place, "action": action})
        except Refused as refused:
            return _problem(refused.status, str(refused), refused.reason)
        self._stream.look()
        return _json(done)


async def _body(request: web.Request, kind: type[_Body]) -> _Body:
    """What was sent. Raises Refused."""
    if request.content_type != "application/json":
        raise Refused(415, "expected a body of application/json")
    try:
        return json.decode(await request.read(), type=kind)
    except (DecodeError, ValueError, RecursionError) as error:
        raise Refused(422, str(error)) from None


def _span(request: web.Request, now: int, back: int) -> tuple[int, int]:
    stop = _whole(request, "to", now)
    start = _whole(request, "from", stop - back)
    if not 0 <= start < stop < 1 << 63:
        msg = "expected from < to, ns since the epoch"
        raise _bad(msg)
    return start, stop


def _whole(request: web.Request, name: str, default: int) -> int:
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        msg = f"{name}: expected a whole number"
        raise _bad(msg)
    return int(text)


def _bad(why: str) -> web.HTTPException:
    return web.HTTPUnprocessableEntity(text=json.encode(Problem(why)).decode(), content_type="application/json")


def _unknown(action: str, known: tuple[str, ...]) -> web.StreamResponse:
    return _problem(404, f"no action {action!r}; there are {', '.join(known)}")


def _problem(status: int, why: str, reason: str = "") -> web.StreamResponse:
    return _json(Problem(why, reason), status)


def _json(value: object, status: int = 200) -> web.StreamResponse:
    return web.Response(body=json.encode(value), status=status, content_type="application/json", headers={"Cache-Control": "no-store"})
