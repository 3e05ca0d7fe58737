"""What gateways are told: which of their readings are safe in the log, by number, so that they may forget them and send the others again.

A broker's "received" says nothing about us, and a broker that is killed forgets. So once in a while each gateway hears which
numbers of its thermometers have been committed. It is a courtesy beside the log: one that gets lost costs a repeat, which is left out.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final

import numpy as np
from msgspec import MsgspecError, Struct, json

from ..config.devices import gateways
from ..config.model import Site
from ..config.units import SECOND
from ..sensors.arrays import Ints
from ..sensors.frame import Frame
from ..sensors.hearing import hearing
from ..sensors.mqtt import MqttError
from ..sensors.samples import NONE
from .subscriptions import confirmed_topic

EVERY: Final = 5 * SECOND
"""Wall time between two confirmations to a gateway."""


_MOST: Final = 4_000
"""Numbers in one message, so that every broker takes it."""


class _Numbered(Struct):
    id: str | None = None
    sequence: int | None = None
    seq: int | None = None


_decode = json.Decoder(_Numbered).decode


class Confirmations:
    """`take` what was committed, and `run` to tell it. `publish` takes a topic, a payload and a QoS."""

    def __init__(self, site: Site, publish: Callable[..., object], *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._hear = hearing(site)
        self._sensors = site.sensors
        topics = {gateway: confirmed_topic(site, *gateway) for gateway in dict.fromkeys(gateways(site))}
        self._gateways = [topics[gateway] for gateway in gateways(site)]
        self._publish = publish
        self._sleep = sleep
        self._committed: list[tuple[Ints, Ints]] = []
        self._safe: dict[str, dict[str, list[int]]] = {}

    def take(self, frames: Sequence[Frame]) -> None:
        """These are in the log, now or since before."""
        heard = self._hear(frames)
        numbered = heard.sequence != NONE
        self._committed.append((heard.place[numbered], heard.sequence[numbered]))
        for fault in heard.faults:  # no reading, and there all the same
            with suppress(MsgspecError, ValueError, RecursionError):
                said = _decode(fault.text)
                place = self._hear.place(frames[fault.frame].topic, said.id)
                number = said.sequence if said.sequence is not None else said.seq
                if place is not None and number is not None:
                    self._committed.append((np.array([place]), np.array([number])))

    def tell(self) -> None:
        """Publish what is known; what cannot be published now waits."""
        self._sort()
        with suppress(MqttError):
            for topic in list(self._safe):
                for part in _parts(self._safe[topic]):
                    self._publish(topic, json.encode(part), qos=0)
                del self._safe[topic]

    def _sort(self) -> None:
        """What was committed, by gateway and thermometer."""
        committed, self._committed = [one for one in self._committed if len(one[0])], []
        if not committed:
            return
        places, numbers = (np.concatenate(column) for column in zip(*committed, strict=True))
        order = np.argsort(places, kind="stable")
        places, numbers = places[order], numbers[order]
        begins = np.flatnonzero(np.diff(places, prepend=-1))
        for place, some in zip(places[begins].tolist(), np.split(numbers, begins[1:]), strict=True):
            self._safe.setdefault(self._gateways[place], {}).setdefault(self._sensors[place].topic, []).extend(some.tolist())

    async def run(self) -> None:
        """Tell every few seconds, until cancelled."""
        while True:
            await self._sleep(EVERY / SECOND)
            self.tell()


def _parts(safe: Mapping[str, Sequence[int]]) -> Iterator[dict[str, list[int]]]:
    """The same in pieces that fit into a message."""
    part: dict[str, list[int]] = {}
    room = _MOST
    for topic, numbers in safe.items():
        for begin in range(0, len(numbers), _MOST):
            some = list(numbers[begin : begin + _MOST])
            if len(some) > room:
                yield part
                part, room = {}, _MOST
            part[topic] = some
            room -= len(some)
    if part:
        yield part
