"""The room for a Prometheus server, on an address of its own: every zone and cooling unit as it is at the moment of the scrape.

The process's own `/metrics` is for whoever keeps hotzone running, and stays on loopback beside its health. This page is for whoever keeps
the room cool, so it may be opened to another machine without showing the process.
"""

# ruff: noqa: EM102 - `Unfit` takes facts, not a message
import asyncio
import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Annotated, ClassVar, Final, NamedTuple

from aiohttp import hdrs, web
from msgspec import Struct
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from ..config.problems import Unfit, show
from ..pipeline import Event
from .contract import Context, handler
from .room import Counts, room

_PATIENCE_S: Final = 0.1
"""Wall time that open requests may take when we stop."""
_HOST: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", re.ASCII)


class AddressUnavailable(OSError):
    """The address cannot be listened on."""

    def __init__(self, listen: str, why: str) -> None:
        super().__init__(f"cannot listen on {listen}: {why}")


class Address(NamedTuple):
    """Where to listen."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only our own machine reaches it."""
        if self.host == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False


class Listen:
    """An address and a port."""

    label: ClassVar[str] = "address:port"

    def read(self, raw: object) -> str:
        """The text as it is, or `Unfit`."""
        if not isinstance(raw, str) or _address(raw) is None:
            raise Unfit(show(raw), 'an address and a port, such as "127.0.0.1:9464" or "[::1]:9464"')
        return raw


@handler(events="*")
class Prometheus:
    """Serves `/metrics` for as long as hotzone runs. Gauges are read at each scrape; of events it only counts."""

    class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
        """What the site file may say."""

        listen: Annotated[str, Listen()] = "127.0.0.1:9464"
        """Where to listen."""
        allow_remote: bool = False
        """Whether other machines may read, which `listen` must then let in. Whoever reaches it reads everything; there is no login."""

        def __post_init__(self) -> None:
            """Raises `Unfit` for an address that is open without saying so."""
            if not self.allow_remote and not _known(self.listen).is_loopback:
                raise Unfit(f"the address {self.listen}, which other machines reach", "a loopback address, or allow_remote = true")

    def __init__(self, options: Options) -> None:
        self._listen = options.listen
        self._counts = Counts()
        self.port = 0
        """Where it listens, once it does."""

    async def handle(self, event: Event, _: Context) -> None:
        """Count it."""
        self._counts.count(event)

    async def run(self, ctx: Context) -> None:
        """Serve until cancelled. Raises AddressUnavailable; the host tries again."""
        registry = CollectorRegistry()
        registry.register(_Room(ctx, self._counts))

        async def metrics(request: web.Request) -> web.Response:
            return _answer(registry, request.headers.get(hdrs.ACCEPT, ""))

        application = web.Application()
        application.add_routes([web.get("/metrics", metrics), web.get("/", _welcome)])
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=_PATIENCE_S)
        await runner.setup()
        try:
            host, port = _known(self._listen)
            try:
                await web.TCPSite(runner, host, port).start()
            except OSError as error:
                raise AddressUnavailable(self._listen, error.strerror or str(error)) from error
            self.port = int(runner.addresses[0][1])
            ctx.log.info("metrics of the room are served", url=f"http://{f'[{host}]' if ':' in host else host}:{self.port}/metrics")
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()


class _Room(Collector):
    """What a scrape collects."""

    def __init__(self, ctx: Context, counts: Counts) -> None:
        self._ctx = ctx
        self._counts = counts

    def describe(self) -> Iterable[Metric]:
        """Nothing: the names are in the catalogue, and the room need not be read to register."""
        return ()

    def collect(self) -> Iterable[Metric]:
        return room(self._ctx.site, self._ctx.view(), self._counts)


def _answer(registry: CollectorRegistry, accepted: str) -> web.Response:
    """In the format that is asked for: text, or OpenMetrics."""
    try:
        encode, content_type = choose_encoder(accepted)
    except (ValueError, TypeError):  # of a version that is no number
        encode, content_type = choose_encoder("")
    answer = web.Response(body=encode(registry), headers={hdrs.CONTENT_TYPE: content_type})
    answer.enable_compression()
    return answer


async def _welcome(_: web.Request) -> web.Response:
    return web.Response(text="hotzone: the metrics are at /metrics\n")


def _address(text: str) -> Address | None:
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not port.isascii() or int(port[:6]) > 65_535 or len(port) > 5:
        return None
    if host.startswith("[") and host.endswith("]"):
        try:
            return Address(str(ip_address(host[1:-1])), int(port))
        except ValueError:
            return None
    return Address(host, int(port)) if _HOST.fullmatch(host) else None


def _known(text: str) -> Address:
    found = _address(text)
    assert found is not None, "the option has been checked"
    return found
