"""The page for a Prometheus server, read by a parser and by a real Prometheus."""

import asyncio
import gzip
import re
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession
from msgspec import structs
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as text_format

from hotzone.config.problems import ConfigError
from hotzone.config.service import HandlerConfig
from hotzone.handlers import Context, Subscription
from hotzone.handlers.discovery import Found
from hotzone.handlers.host import HandlerHost
from hotzone.handlers.options import read_options
from hotzone.handlers.prometheus import AddressUnavailable, Prometheus
from hotzone.handlers.sample import sample
from hotzone.handlers.view import View, ZoneView
from hotzone.pipeline import ZoneCondition
from hotzone.sensors.reading import Quality
from support import prometheus
from support.house import ROOT
from support.mosquitto import free_port
from support.sites import site
from support.waiting import until

ALARM = sample(site(), Subscription(alarms=True), 7)

EXPRESSIONS = [
    found.replace("\\|", "|")
    for found in re.findall(r"^\| [A-Z][^|]+\? \| `(.+)` \|$", (ROOT / "docs" / "metrics.md").read_text("utf-8"), re.MULTILINE)
]
"""Those of the documentation."""


def zone_at(celsius: float) -> View:
    inlets = dict.fromkeys(Quality, 0) | {Quality.GOOD: 4}
    return View(zones={"A1": ZoneView(value=celsius, condition=ZoneCondition.HOT, demand=80.0, inlets=inlets, age=1.5)})


def options(**raw: object) -> Prometheus.Options:
    return read_options(Prometheus.Options, HandlerConfig(name="prometheus", use="prometheus", options=raw))


def ctx(view: Callable[[], View] = View) -> Context:
    return Context("prometheus", site(), {}, lambda *_: None, view=view)


@asynccontextmanager
async def served(view: Callable[[], View] = View, listen: str = "127.0.0.1:0") -> AsyncIterator[Prometheus]:
    page = Prometheus(options(listen=listen))
    task = asyncio.create_task(page.run(ctx(view)))
    await until(lambda: page.port > 0 or task.done())
    if task.done():
        await task
    yield page
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def fetched(port: int, path: str = "/metrics", **headers: str) -> tuple[int, str, str]:
    async with ClientSession() as client, client.get(f"http://127.0.0.1:{port}{path}", headers=headers) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.text()


def values(text: str, parser: Callable[..., object] = text_format) -> dict[str, float]:
    return {sample.name: sample.value for family in parser(text) for sample in family.samples if sample.labels.get("zone") == "A1"}


async def test_a_scrape_shows_the_room_as_it_is_at_that_moment() -> None:
    views = iter([zone_at(33.25), zone_at(21.5)])
    async with served(lambda: next(views)) as page:
        first, second = [values((await fetched(page.port))[2]) for _ in range(2)]
    assert first["hotzone_zone_temperature_celsius"] == 33.25
    assert second["hotzone_zone_temperature_celsius"] == 21.5


async def test_it_is_right_before_the_first_event() -> None:
    async with served(lambda: zone_at(33.0)) as page:
        found = values((await fetched(page.port))[2])
    assert found["hotzone_zone_demand_ratio"] == 0.8
    assert found["hotzone_zone_events_total"] == 0


async def test_events_are_counted() -> None:
    async with served() as page:
        await page.handle(ALARM, ctx())
        await page.handle(structs.replace(ALARM, at=8), ctx())
        text = (await fetched(page.port))[2]
    assert 'hotzone_zone_events_total{hall="h",type="alarm.raised",zone="A1"} 2.0' in text


async def test_it_speaks_the_format_that_is_asked_for() -> None:
    async with served(lambda: zone_at(33.0)) as page:
        status, kind, text = await fetched(page.port)
        assert (status, kind.split(";")[0]) == (200, "text/plain")
        assert values(text)["hotzone_zone_temperature_celsius"] == 33.0
        for odd in ("text/plain;version=1.x", "application/openmetrics-text;version=1..0"):
            assert (await fetched(page.port, Accept=odd))[0] == 200
        status, kind, text = await fetched(page.port, Accept="application/openmetrics-text; version=1.0.0")
        assert (status, kind.split(";")[0]) == (200, "application/openmetrics-text")
        assert values(text, open_metrics)["hotzone_zone_temperature_celsius"] == 33.0
        assert text.endswith("# EOF\n")


async def test_it_compresses_for_those_who_ask() -> None:
    async with served(lambda: zone_at(33.0)) as page:

        def raw() -> tuple[str | None, bytes]:
            request = urllib.request.Request(f"http://127.0.0.1:{page.port}/metrics", headers={"Accept-Encoding": "gzip"})
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  our own
                return answer.headers["Content-Encoding"], answer.read()

        encoding, body = await asyncio.to_thread(raw)
    assert encoding == "gzip"
    assert b"hotzone_zone_temperature_celsius" in gzip.decompress(body)


async def test_there_is_nothing_else_and_nothing_to_change() -> None:
    async with served() as page:
        assert (await fetched(page.port, "/"))[0] == 200
        assert (await fetched(page.port, "/-/quit"))[0] == 404
        async with ClientSession() as client, client.post(f"http://127.0.0.1:{page.port}/metrics") as answer:
            assert answer.status == 405


async def test_an_address_that_is_taken_is_told() -> None:
    async with served() as page:
        with pytest.raises(AddressUnavailable, match=f"cannot listen on 127.0.0.1:{page.port}"):
            async with served(listen=f"127.0.0.1:{page.port}"):
                pass


async def test_at_the_end_the_address_is_free_again() -> None:
    async with served() as page:
        port = page.port
    async with served(listen=f"127.0.0.1:{port}") as again:
        assert again.port == port


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"listen": "0.0.0.0:9464"}, "which other machines reach"),
        ({"listen": "[::]:9464"}, "which other machines reach"),
        ({"listen": "metrics.example.org:9464"}, "which other machines reach"),
        ({"listen": ":9464"}, "an address and a port"),
        ({"listen": "9464"}, "an address and a port"),
        ({"listen": "127.0.0.1:99999"}, "an address and a port"),
        ({"listen": "[::zz]:1"}, "an address and a port"),
        ({"listen": 9464}, "an address and a port"),
        ({"address": "127.0.0.1:9464"}, "an unknown key"),
    ],
)
def test_what_cannot_work_is_told_when_the_site_file_is_checked(raw: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError) as error:
        options(**raw)
    assert told in str(error.value)


@pytest.mark.parametrize("listen", ["127.0.0.1:9464", "127.9.9.9:1", "[::1]:9464", "localhost:0"])
def test_loopback_needs_no_leave(listen: str) -> None:
    assert options(listen=listen).listen == listen


def test_other_machines_may_read_if_the_site_file_says_so() -> None:
    assert options(listen="0.0.0.0:9464", allow_remote=True).allow_remote


async def test_a_host_serves_it_and_lets_the_address_go(tmp_path: Path) -> None:
    page = Prometheus(options(listen=f"127.0.0.1:{free_port()}"))
    config = HandlerConfig(name="prometheus", use="prometheus")
    found = Found(name="prometheus", origin="test", subscription=Subscription(events="*"), target=page, config=config)
    host = HandlerHost(site(), [found], tmp_path / "outbox.db", lambda *_: None, view=lambda: zone_at(30.0))
    host.start()
    try:
        await until(lambda: page.port > 0)
        assert values((await fetched(page.port))[2])["hotzone_zone_temperature_celsius"] == 30.0
    finally:
        await asyncio.to_thread(host.stop, 0.5)
    async with served(listen=f"127.0.0.1:{page.port}"):
        pass


async def test_a_real_prometheus_sees_the_room(tmp_path: Path) -> None:
    if prometheus.BINARY is None:
        pytest.skip("prometheus is not installed: apt-get install prometheus")
    async with served(lambda: zone_at(33.25)) as page:
        server = prometheus.Prometheus(tmp_path / "prometheus", page.port)
        await asyncio.to_thread(server.start)
        try:
            async with asyncio.timeout(20):
                while not (found := await asyncio.to_thread(server.query, "hotzone_zone_temperature_celsius")):  # noqa: ASYNC110  it asks anew
                    await asyncio.sleep(0.05)
            ((labels, celsius),) = found
            assert celsius == 33.25
            assert (labels["hall"], labels["zone"], labels["job"]) == ("h", "A1", "hotzone")
            assert len(EXPRESSIONS) == 6
            passed = await asyncio.to_thread(server.query, EXPRESSIONS[0])
            assert {labels["rule"] for labels, _ in passed} == {"warm", "high"}
            assert (await asyncio.to_thread(server.query, "up"))[0][1] == 1
            for expression in EXPRESSIONS:
                await asyncio.to_thread(server.query, expression)
        finally:
            server.kill()
