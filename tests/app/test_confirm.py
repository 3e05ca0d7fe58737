"""Gateways are told what is safe, after it is."""

import json
from contextlib import suppress

from hotzone.app.confirm import EVERY, Confirmations
from hotzone.config.units import SECOND
from hotzone.sensors.frame import Frame
from hotzone.sensors.mqtt import ConnectionLost
from support.site_text import SMALL, site_of

SITE = site_of(SMALL)
ONE, TWO = (next(sensor for sensor in SITE.sensors if sensor.gateway == rack) for rack in ("A1-r01", "A1-r02"))


class Told:
    """What was published; `lost` while there is no connection."""

    def __init__(self) -> None:
        self.lost = False
        self.said: dict[str, dict[str, list[int]]] = {}

    def __call__(self, topic: str, payload: bytes, *, qos: int) -> None:
        if self.lost:
            msg = "not connected"
            raise ConnectionLost(msg)
        assert qos == 0
        self.said[topic] = json.loads(payload)


def test_each_gateway_is_told_the_numbers_of_its_own_thermometers() -> None:
    told = Told()
    confirmations = Confirmations(SITE, told)
    confirmations.take([Frame(0, ONE.topic, b'{"value":1,"sequence":4}'), Frame(0, TWO.topic, b'{"value":1,"seq":7}')])
    confirmations.take([Frame(0, ONE.topic, b'{"value":1,"sequence":5}')])
    confirmations.tell()
    assert told.said == {"hotzone/t/confirmed/h1/A1-r01": {ONE.topic: [4, 5]}, "hotzone/t/confirmed/h1/A1-r02": {TWO.topic: [7]}}
    told.said.clear()
    confirmations.tell()
    assert told.said == {}


def test_what_has_no_number_or_is_of_nobody_is_passed_over() -> None:
    told = Told()
    confirmations = Confirmations(SITE, told)
    payloads = (b"24.0", b'{"value":1}', b'{"sequence":"x"}', b"\xff", b"[" * 100_000, b"")
    confirmations.take([Frame(0, ONE.topic, payload) for payload in payloads])
    confirmations.take([Frame(0, "dc/nobody", b'{"sequence":1}')])
    confirmations.tell()
    assert told.said == {}


def test_what_cannot_be_told_now_is_told_later() -> None:
    told = Told()
    told.lost = True
    confirmations = Confirmations(SITE, told)
    confirmations.take([Frame(0, ONE.topic, b'{"sequence":1}')])
    confirmations.tell()
    told.lost = False
    confirmations.take([Frame(0, ONE.topic, b'{"sequence":2}')])
    confirmations.tell()
    assert told.said["hotzone/t/confirmed/h1/A1-r01"] == {ONE.topic: [1, 2]}


async def test_it_tells_every_few_seconds() -> None:
    told, slept = Told(), []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            raise InterruptedError

    confirmations = Confirmations(SITE, told, sleep=sleep)
    confirmations.take([Frame(0, ONE.topic, b'{"sequence":1}')])
    with suppress(InterruptedError):
        await confirmations.run()
    assert slept == [EVERY / SECOND] * 3
    assert told.said
