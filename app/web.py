"""The HTTP door: `/metrics`, `/healthz` and `/readyz`, on loopback unless the site file says otherwise. It changes nothing."""

from types import TracebackType
from typing import Self

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from ..config.model import Http
from .health import Health
from .metrics import Metrics

_PATIENCE: float = 1.0
"""Seconds that open requests may take when we stop."""


class AddressUnavailable(Exception):
    """The address of the site file's `[http]` cannot be listened on."""

    def __init__(self, http: Http, why: str) -> None:
        self.http = http
        msg = f"cannot serve metrics on {http.host}:{http.port}: {why}; choose another [http] port, or 0 for any free one"
        super().__init__(msg)


class WebServer:
    """Serves while the `async with` block runs. Raises AddressUnavailable on entry."""

    def __init__(self, http: Http, metrics: Metrics, health: Health) -> None:
        self._http = http
        self._metrics = metrics
        self._health = health
        self._runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=_PATIENCE)
        self.port = 0
        """Where it listens, once it does."""

    @property
    def url(self) -> str:
        """The address without a path."""
        host = f"[{self._http.host}]" if ":" in self._http.host else self._http.host
        return f"http://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._http.host, self._http.port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise AddressUnavailable(self._http, error.strerror or str(error)) from error
        self.port = int(self._runner.addresses[0][1])
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [web.get("/metrics", self._show_metrics), web.get("/healthz", self._show_health), web.get("/readyz", self._show_readiness)]
        )
        return application

    async def _show_metrics(self, _: web.Request) -> web.Response:
        self._metrics.set_link(up=self._health.connected and self._health.subscribed)
        self._metrics.set_loop_lag(self._health.lag)
        return web.Response(body=self._metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _show_health(self, _: web.Request) -> web.Response:
        return _answer(self._health.not_alive())

    async def _show_readiness(self, _: web.Request) -> web.Response:
        return _answer(self._health.not_ready())


def _answer(reasons: list[str]) -> web.Response:
    """200 when there is no reason against it, else 503 with all of them."""
    return web.json_response({"ok": not reasons, "reasons": reasons}, status=503 if reasons else 200)
