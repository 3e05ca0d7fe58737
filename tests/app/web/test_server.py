"""The HTTP door, asked as a supervisor and as Prometheus would."""

import aiohttp
import pytest

from hotzone.app.health import Health
from hotzone.app.metrics import Metrics
from hotzone.app.web import AddressUnavailable, WebServer
from hotzone.config.service import Http

ANY_PORT = Http(port=0)


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as client, client.get(url) as response:
        return response.status, await response.text()


async def test_readiness_follows_the_health_of_the_parts() -> None:
    health = Health()
    async with WebServer(ANY_PORT, Metrics("1"), health) as server:
        status, body = await get(f"{server.url}/readyz")
        assert (status, "not subscribed" in body) == (503, True)
        health.connected = health.subscribed = health.log_writable = True
        assert await get(f"{server.url}/readyz") == (200, '{"ok": true, "reasons": []}')


async def test_liveness_does_not_depend_on_the_broker() -> None:
    async with WebServer(ANY_PORT, Metrics("1"), Health()) as server:
        assert (await get(f"{server.url}/healthz"))[0] == 200


async def test_metrics_are_told_with_the_link_and_the_lag_of_the_moment() -> None:
    health = Health(connected=True, subscribed=True)
    health.lags.append(0.5)
    async with WebServer(ANY_PORT, Metrics("1"), health) as server:
        status, body = await get(f"{server.url}/metrics")
    assert status == 200
    assert "hotzone_link_up 1.0" in body
    assert "hotzone_loop_lag_seconds 0.5" in body


async def test_a_port_in_use_is_said_with_what_to_do() -> None:
    async with WebServer(ANY_PORT, Metrics("1"), Health()) as server:
        with pytest.raises(AddressUnavailable, match=rf"127\.0\.0\.1:{server.port}: .*choose another \[http\] port"):
            await WebServer(Http(port=server.port), Metrics("1"), Health()).__aenter__()


async def test_nothing_else_is_served_and_nothing_can_be_posted() -> None:
    async with WebServer(ANY_PORT, Metrics("1"), Health()) as server:
        assert (await get(f"{server.url}/"))[0] == 404
        async with aiohttp.ClientSession() as client, client.post(f"{server.url}/metrics") as response:
            assert response.status == 405
