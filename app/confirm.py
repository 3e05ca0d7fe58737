"""What gateways are told: which of their readings are safe in the log, by number, so that they may forget them and send the others again.

A broker's "received" says nothing about us, and a broker that is killed forgets. So once in a while each gateway hears which
numbers of its thermometers have been committed. It is a courtesy beside the log: one that gets lost costs a repeat, which is left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Final

from msgspec import MsgspecError, Struct, json

from ..config.model import Site
from ..config.units import SECOND
from ..sensors.mqtt import MqttError
from ..sensors.source import Message
from .subscriptions import confirmed_topic

EVERY: Final = 5 * SECOND
"""Wall time between two confirmations to a gateway."""


class _Numbered(Struct):
    sequence: int | None = None
    seq: int | None = None


_decode = json.Decoder(_Numbered).decode


class Confirmations:
    """`take` what was committed, and `run` to tell it. `publish` takes a topic, a payload and a QoS."""

    def __init__(self, site: Site, publish: Callable[..., object], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._gateways = {sensor.topic: confirmed_topic(site, zone.hall, sensor.gateway) for zone in site.zones for sensor in zone.sensors}
        self._publish = publish
        self._sleep = sleep
        self._safe: dict[str, dict[str, list[int]]] = {}

    def take(self, messages: Iterable[Message]) -> None:
        """These are in the log, now or since before."""
        gateways = self._gateways
        for message in messages:
            gateway = gateways.get(message[0])
            if gateway is None:
                continue
            try:
                said = _decode(message[1])
            except (MsgspecError, ValueError, RecursionError):
                continue
            number = said.sequence if said.sequence is not None else said.seq
            if number is not None:
                self._safe.setdefault(gateway, {}).setdefault(message[0], []).append(number)

    def tell(self) -> None:
        """Publish what is known; what cannot be published now waits."""
        with suppress(MqttError):
            for topic in list(self._safe):
                self._publish(topic, json.encode(self._safe[topic]), qos=0)
                del self._safe[topic]

    async def run(self) -> None:
        """Tell every few seconds, until cancelled."""
        while True:
            await self._sleep(EVERY / SECOND)
            self.tell()
