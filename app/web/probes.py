"""What supervisors and Prometheus ask."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from ..health import Health
from ..metrics import Metrics


class Probes:
    """Is it alive, is it ready, and its metrics. They change nothing."""

    def __init__(self, metrics: Metrics, health: Health) -> None:
        self._metrics = metrics
        self._health = health

    async def metrics(self, _: web.Request) -> web.StreamResponse:
        """In Prometheus' text format."""
        self._metrics.set_link(up=self._health.connected and self._health.subscribed)
        self._metrics.set_loop_lag(self._health.lag)
        return web.Response(body=self._metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def alive(self, _: web.Request) -> web.StreamResponse:
        """Whether to restart the process."""
        return _answer(self._health.not_alive())

    async def ready(self, _: web.Request) -> web.StreamResponse:
        """Whether readings become cooling."""
        return _answer(self._health.not_ready())


def _answer(reasons: list[str]) -> web.StreamResponse:
    """200 when there is no reason against it, else 503 with all of them."""
    return web.json_response({"ok": not reasons, "reasons": reasons}, status=503 if reasons else 200)
