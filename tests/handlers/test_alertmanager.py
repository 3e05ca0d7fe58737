"""Alertmanager: what is posted, to whom and when; and a real one that is told the truth for as long as it holds."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import json, structs

from hotzone.config.model import Priority
from hotzone.config.problems import ConfigError
from hotzone.config.secrets import Secret
from hotzone.config.service import HandlerConfig
from hotzone.config.units import MINUTE, SECOND
from hotzone.handlers import Context, GiveUp, RetryAfter, Subscription
from hotzone.handlers.alertmanager import REPEATS, Alertmanager, annotations, labels
from hotzone.handlers.contract import ALARMS
from hotzone.handlers.discovery import Found
from hotzone.handlers.host import HandlerHost
from hotzone.handlers.options import read_options
from hotzone.handlers.outbox import Outbox
from hotzone.handlers.sample import sample
from hotzone.pipeline import AlarmEvent, AlarmState
from support import alertmanager
from support.http_stub import HttpStub, http_stub, status
from support.sites import EPOCH, site
from support.waiting import until

NOW = EPOCH + 600 * SECOND


def alarm(at: int = EPOCH, zone: str = "A1", **changes: object) -> AlarmEvent:
    event = AlarmEvent(
        at=at,
        type="alarm.raised",
        zone=zone,
        hall="h",
        alarm=f"{zone}:high@{at}",
        rule="high",
        priority=Priority.HIGH,
        state=AlarmState.UNACKNOWLEDGED,
        value=33.5,
        limit=32.0,
        cause="too hot",
    )
    return structs.replace(event, **changes)


def cleared(event: AlarmEvent, at: int) -> AlarmEvent:
    return structs.replace(event, at=at, type="alarm.cleared", state=AlarmState.RETURNED, value=24.0)


def options(**raw: object) -> Alertmanager.Options:
    return read_options(Alertmanager.Options, HandlerConfig(name="am", use="alertmanager", options=raw))


def context(*standing: AlarmEvent, wall_at: Callable[[int], int] = lambda at: at) -> Context:
    return Context("am", site(), {}, lambda *_: None, lambda: standing, wall_at=wall_at)


def posted(stub: HttpStub) -> list[list[dict[str, Any]]]:
    assert all(asked.path == "/api/v2/alerts" for asked in stub.asked)
    return [json.decode(asked.body) for asked in stub.asked]


def handler(*urls: str, **raw: object) -> Alertmanager:
    return Alertmanager(options(urls=list(urls), **raw), now=lambda: NOW)


async def test_an_alert_says_what_where_and_until_when_it_is_to_be_believed() -> None:
    async with http_stub() as stub:
        am = handler(stub.url, labels={"team": "dc"}, generator_url="https://dash.example/", authorization=Secret("Bearer x"))
        await am.handle(alarm(), context())
        await am.close()
    assert stub.asked[0].headers["authorization"] == "Bearer x"
    assert posted(stub) == [
        [
            {
                "labels": {
                    "team": "dc",
                    "alertname": "high",
                    "source": "hotzone",
                    "site": "test",
                    "hall": "h",
                    "zone": "A1",
                    "rule": "high",
                    "priority": "high",
                    "severity": "critical",
                },
                "annotations": {
                    "summary": "A1: high raised (high)",
                    "description": "33.5 °C, limit 32 °C; too hot",
                    "value": "33.5 °C",
                    "limit": "32 °C",
                    "cause": "too hot",
                },
                "startsAt": "2023-11-14T22:13:20.000Z",
                "endsAt": "2023-11-14T22:27:20.000Z",
                "generatorURL": "https://dash.example/",
            }
        ]
    ]


async def test_a_clear_ends_the_alert_at_its_own_time_and_is_repeated_for_whoever_missed_it() -> None:
    async with http_stub() as stub:
        am = handler(stub.url)
        await am.handle(cleared(alarm(), EPOCH + 60 * SECOND), context())
        work = asyncio.create_task(am.run(context()))
        await until(lambda: len(stub.asked) == 2)
        work.cancel()
        await am.close()
    first, again = posted(stub)
    assert first == again
    assert (first[0]["startsAt"], first[0]["endsAt"]) == ("2023-11-14T22:13:20.000Z", "2023-11-14T22:14:20.000Z")


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("alarm.shelved", AlarmState.SHELVED),
        ("alarm.suppressed", AlarmState.SUPPRESSED),
        ("alarm.out-of-service", AlarmState.OUT_OF_SERVICE),
    ],
)
async def test_an_alarm_that_is_put_aside_ends_there_and_its_return_alone_says_nothing(kind: str, state: AlarmState) -> None:
    aside = structs.replace(alarm(), at=EPOCH + 60 * SECOND, type=kind, state=state)
    async with http_stub() as stub:
        am = handler(stub.url)
        await am.handle(aside, context())
        await am.handle(structs.replace(aside, type="alarm.unshelved", state=AlarmState.NORMAL), context())
        await am.close()
    (ended,) = posted(stub)
    assert ended[0]["endsAt"] == "2023-11-14T22:14:20.000Z"


async def test_labels_stay_the_same_whatever_happens_to_an_alarm() -> None:
    raised = alarm()
    later = structs.replace(raised, type="alarm.acknowledged", state=AlarmState.ACKNOWLEDGED, at=EPOCH + 5, by="kim", value=36.0)
    other_life = alarm(EPOCH + MINUTE)
    assert len({tuple(labels(event, site(), {}).items()) for event in (raised, later, cleared(raised, EPOCH + 9), other_life)}) == 1
    assert annotations(later, site())["acknowledged_by"] == "kim"
    assert labels(alarm(zone="B1"), site(), {}) != labels(raised, site(), {})


async def test_what_stands_is_posted_at_the_start_and_an_acknowledgement_after_the_end_says_nothing() -> None:
    async with http_stub() as stub:
        am = handler(stub.url)
        done = structs.replace(alarm(), type="alarm.acknowledged", state=AlarmState.NORMAL, by="kim")
        await am.handle(done, context())
        work = asyncio.create_task(am.run(context(alarm(), alarm(zone="B1"))))
        await until(lambda: len(stub.asked) == 1)
        work.cancel()
        await am.close()
    assert [[alert["labels"]["zone"] for alert in alerts] for alerts in posted(stub)] == [["A1", "B1"]]


async def test_many_are_posted_in_parts() -> None:
    async with http_stub() as stub:
        am = handler(stub.url)
        work = asyncio.create_task(am.run(context(*(alarm(zone=f"Z{number}") for number in range(1100)))))
        await until(lambda: len(stub.asked) == 3)
        work.cancel()
        await am.close()
    assert [len(alerts) for alerts in posted(stub)] == [500, 500, 100]


async def test_times_of_a_simulated_hall_become_those_of_the_wall() -> None:
    async with http_stub() as stub:
        am = handler(stub.url)
        await am.handle(alarm(EPOCH + 10**6 * SECOND), context(wall_at=lambda at: NOW - 60 * SECOND + (at - EPOCH - 10**6 * SECOND) // 60))
        await am.handle(alarm(EPOCH + 10**6 * SECOND), context())  # its clock is not known yet
        await am.close()
    assert [alerts[0]["startsAt"] for alerts in posted(stub)] == ["2023-11-14T22:22:20.000Z", "2023-11-14T22:23:20.000Z"]


async def test_of_several_each_is_told_and_one_that_takes_it_is_enough() -> None:
    async with http_stub() as one, http_stub() as two:
        one.answers = [status(503)]
        am = handler(one.url, two.url)
        await am.handle(alarm(), context())
        await am.close()
    assert len(posted(one)) == len(posted(two)) == 1


async def test_one_that_is_down_delays_no_change_to_the_other_and_gets_the_next_repetition() -> None:
    async with http_stub() as one, http_stub() as two:
        one.answers = [status(503)]
        am = handler(one.url, two.url)
        for zone in ("A1", "B1", "C1"):
            await am.handle(alarm(zone=zone), context())
        assert (len(one.asked), len(two.asked)) == (1, 3)
        await am._repeat(context(alarm(zone="A1")))
        await am.handle(alarm(zone="D1"), context())
        await am.close()
    assert (len(one.asked), len(two.asked)) == (3, 5), "back in the round"


async def test_when_the_last_is_down_all_are_asked() -> None:
    async with http_stub() as one, http_stub() as two:
        one.answers, two.answers = [status(503)], [status(200), status(503)]
        am = handler(one.url, two.url)
        await am.handle(alarm(), context())
        with pytest.raises(RetryAfter):
            await am.handle(alarm(), context())
        await am.handle(alarm(), context())
        await am.close()
    assert (len(one.asked), len(two.asked)) == (2, 3)


async def test_a_long_repetition_that_nobody_takes_keeps_no_change_waiting() -> None:
    late = asyncio.Event()

    async def held(writer: asyncio.StreamWriter) -> None:
        await late.wait()
        await status(503)(writer)

    async with http_stub() as stub:
        stub.answers = [held]
        am = handler(stub.url)
        many = context(*(alarm(zone=f"Z{number}") for number in range(1100)))
        repetition = asyncio.create_task(am._repeat(many))
        await until(lambda: len(stub.asked) == 1)
        change = asyncio.create_task(am.handle(alarm(), many))
        await asyncio.sleep(0)  # it waits for its turn
        late.set()
        assert await repetition is False
        await change
        await am.close()
    assert [len(alerts) for alerts in posted(stub)] == [500, 1]


async def test_a_part_that_is_refused_takes_no_other_with_it() -> None:
    async with http_stub() as stub:
        stub.answers = [status(400)]
        am = handler(stub.url)
        assert await am._repeat(context(*(alarm(zone=f"Z{number}") for number in range(600))))
        await am.close()
    assert [len(alerts) for alerts in posted(stub)] == [500, 100]


async def test_what_is_no_alarm_is_left_to_the_repetition() -> None:
    async with http_stub() as stub:
        am = handler(stub.url)
        for event in (sample(site(), Subscription(events="sensor.quality"), EPOCH), sample(site(), Subscription(events="note"), EPOCH)):
            await am.handle(event, context())
        await am.close()
    assert stub.asked == []


@pytest.mark.parametrize(
    ("first", "second", "error"), [(503, 400, RetryAfter), (400, 404, GiveUp), (410, 410, GiveUp), (500, 500, RetryAfter)]
)
async def test_when_none_takes_it_it_is_tried_again_unless_all_refuse(first: int, second: int, error: type[Exception]) -> None:
    async with http_stub() as one, http_stub() as two:
        one.answers, two.answers = [status(first)], [status(second)]
        am = handler(one.url, two.url)
        with pytest.raises(error):
            await am.handle(alarm(), context())
        await am.close()


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"urls": []}, "no url"),
        ({"urls": ["http://am:9093/api/v2/alerts"]}, "/api/"),
        ({"urls": ["am:9093"]}, "no URL"),
        ({"urls": ["http://am:9093"], "repeat": "10ms"}, "1s to 1h"),
        ({"urls": ["http://am:9093"], "labels": {"alertname": "x"}}, "the label 'alertname'"),
        ({"urls": ["http://am:9093"], "labels": {"a-b": "x"}}, "the label 'a-b'"),
        ({"url": "http://am:9093"}, "nearest   urls"),
    ],
)
def test_what_the_site_file_gets_wrong_is_told(raw: dict[str, object], found: str) -> None:
    with pytest.raises(ConfigError) as raised:
        options(**raw)
    assert found in str(raised.value)


@asynccontextmanager
async def hosted(path: Path, url: str, *standing: AlarmEvent) -> AsyncIterator[HandlerHost]:
    config = HandlerConfig(name="am", use="alertmanager", options={"urls": [url], "repeat": "1s"})
    one = Found(
        name="am", origin="test", subscription=ALARMS, target=Alertmanager(read_options(Alertmanager.Options, config)), config=config
    )
    host = HandlerHost(site(), [one], path / "outbox.db", lambda *_: None, standing=standing)
    host.start()
    try:
        yield host
    finally:
        await asyncio.to_thread(host.stop)


def send(host: HandlerHost, path: Path, *events: AlarmEvent) -> None:
    host.expect(events)
    outbox = Outbox(path / "outbox.db", host.wanted)
    outbox.insert(events)
    outbox.close()
    host.told(events)


async def test_a_real_one_shows_an_alarm_for_as_long_as_it_stands_and_across_restarts(tmp_path: Path) -> None:
    if alertmanager.BINARY is None:
        pytest.skip("prometheus-alertmanager is not installed: .ci/alertmanager .venv/alertmanager")
    async with http_stub() as notified:
        real = await asyncio.to_thread(alertmanager.Alertmanager(tmp_path / "am", f"{notified.url}/api/v2/alerts").start)
        try:
            await _life_of_an_alarm(tmp_path, real, notified)
        finally:
            real.kill()


async def _life_of_an_alarm(path: Path, real: alertmanager.Alertmanager, notified: HttpStub) -> None:
    async def shown() -> list[dict[str, Any]]:
        return await asyncio.to_thread(real.alerts)

    async def until_shown(count: int, seconds: float = 5.0) -> float:
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            while len(await shown()) != count:  # noqa: ASYNC110  another process
                await asyncio.sleep(0.05)
        return time.monotonic() - began

    async def stands_for(seconds: float) -> None:
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            (alert,) = await shown()
            assert (alert["status"]["state"], alert["startsAt"], alert["labels"]["zone"]) == ("active", first["startsAt"], "A1")
            await asyncio.sleep(0.2)

    raised = alarm(time.time_ns() - 5 * SECOND)
    async with hosted(path, real.url) as host:
        send(host, path, raised)
        await until_shown(1)
        (first,) = await shown()
        await stands_for(REPEATS + 2.0)  # longer than any alert that is not repeated
    async with hosted(path, real.url, raised) as host:  # a restart: nobody tells it anew
        await stands_for(REPEATS + 1.0)
        send(host, path, cleared(raised, time.time_ns()))
        assert await until_shown(0) < REPEATS - 1.0
    await until(lambda: len(notified.asked) >= 2)
    assert [(body["status"], len(body["alerts"])) for body in map(json.decode, [asked.body for asked in notified.asked])] == [
        ("firing", 1),
        ("resolved", 1),
    ]
    async with hosted(path, real.url) as host:
        send(host, path, alarm(time.time_ns(), "B1"))
        await until_shown(1)
    assert await until_shown(0, REPEATS + 3.0) > 1.0, "without hotzone it ends by itself, not at once"
