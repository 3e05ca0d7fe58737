"""The server: every route in one table, with what it needs to be asked for."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, NamedTuple, Self

from aiohttp import web

from ...config.service import Http
from ..health import Health
from ..metrics import Metrics
from . import page
from .answers import Answers
from .guard import Guard, Scope
from .probes import Probes
from .rooms import Shown
from .stream import Stream

_PATIENCE: Final = 1.0
"""Seconds that open requests may take when we stop."""
_BODY: Final = 16 * 1024
"""Bytes of a request."""

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


class AddressUnavailable(Exception):
    """The address of the site file's `[http]` cannot be listened on, or its certificate cannot be used."""

    def __init__(self, http: Http, why: str) -> None:
        self.http = http
        msg = f"cannot serve the page and metrics on {http.host}:{http.port}: {why}; choose another [http] port, or 0 for any free one"
        super().__init__(msg)


class Route(NamedTuple):
    """One of them. Its name is in the API's description."""

    method: str
    path: str
    name: str
    scope: Scope
    answer: Answering


class WebServer:
    """Serves while the `async with` block runs: what supervisors ask always, and the page and the API of a room that is shown.

    Raises AddressUnavailable on entry.
    """

    def __init__(self, http: Http, metrics: Metrics, health: Health, room: Shown | None = None) -> None:
        self._http = http
        self.stream = None if room is None else Stream(room)
        self.routes = _routes(
            Probes(metrics, health), None if room is None or self.stream is None else Answers(room, self.stream), self.stream
        )
        guard = Guard(http, {route.name: route.scope for route in self.routes})
        application = web.Application(middlewares=[guard.middleware()], client_max_size=_BODY)
        for route in self.routes:
            application.router.add_route(route.method, route.path, route.answer, name=route.name)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_PATIENCE)
        self._task: asyncio.Task[None] | None = None
        self.port = 0
        """Where it listens, once it does."""

    @property
    def url(self) -> str:
        """The address without a path."""
        host = f"[{self._http.host}]" if ":" in self._http.host else self._http.host
        return f"http{'s' if self._http.cert_file else ''}://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._http.host, self._http.port, ssl_context=_tls(self._http)).start()
        except OSError as error:
            await self._runner.cleanup()
            raise AddressUnavailable(self._http, error.strerror or str(error)) from error
        self.port = int(self._runner.addresses[0][1])
        if self.stream is not None:
            self._task = asyncio.create_task(self.stream.run(), name="stream")
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._task is not None:
            self._task.cancel()
        if self.stream is not None:
            self.stream.close()
        await self._runner.cleanup()


def _routes(probes: Probes, answers: Answers | None, stream: Stream | None) -> list[Route]:
    found = [
        Route("GET", "/metrics", "metrics", Scope.OPEN, probes.metrics),
        Route("GET", "/healthz", "alive", Scope.OPEN, probes.alive),
        Route("GET", "/readyz", "ready", Scope.OPEN, probes.ready),
    ]
    if answers is None or stream is None:
        return found
    return [
        *found,
        Route("GET", "/", "page", Scope.OPEN, page.index),
        Route("GET", "/api/v1/openapi.json", "description", Scope.OPEN, answers.description),
        Route("GET", "/api/v1/site", "site", Scope.READ, answers.site),
        Route("GET", "/api/v1/state", "state", Scope.READ, answers.state),
        Route("GET", "/api/v1/stream", "stream", Scope.READ, stream.serve),
        Route("GET", "/api/v1/alarms", "alarms", Scope.READ, answers.alarms),
        Route("GET", "/api/v1/events", "events", Scope.READ, answers.events),
        Route("GET", "/api/v1/history", "history", Scope.READ, answers.history),
        Route("GET", "/api/v1/health", "health", Scope.READ, answers.health),
        Route("GET", "/api/v1/kpi", "kpi", Scope.READ, answers.kpi),
        Route("GET", "/api/v1/alarms/{alarm}/explain", "explain_alarm", Scope.READ, answers.explain_alarm),
        Route("GET", "/api/v1/zones/{zone}/explain", "explain_zone", Scope.READ, answers.explain_zone),
        Route("POST", "/api/v1/replay", "replay", Scope.OPERATE, answers.on_replay),
        Route("POST", "/api/v1/alarms/{alarm}/{action}", "alarm", Scope.OPERATE, answers.on_alarm),
        Route("POST", "/api/v1/units/{unit}/{action}", "unit", Scope.OPERATE, answers.on_unit),
        Route("POST", "/api/v1/halls/{hall}/{action}", "hall", Scope.OPERATE, answers.on_hall),
        Route("GET", "/{path:.+}", "asset", Scope.OPEN, page.asset),
    ]


def _tls(http: Http) -> ssl.SSLContext | None:
    if http.cert_file is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(http.cert_file, http.key_file)
    return context
