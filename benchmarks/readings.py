"""The readings that are published: JSON of 90 bytes on 1,000 topics, as of a hall of 200 racks; and the site that expects them."""

from collections.abc import Iterator
from random import Random
from typing import Final, NamedTuple

TOPICS: Final = 1_000
STEP_MS: Final = 10
"""Between two readings of a thermometer."""
READINGS: Final = "dc/#"
NOTE: Final = "hotzone/bench/note"
"""A note makes an event wherever it stands among the readings."""

SITE: Final = """
name = "bench"
broker.qos = {qos}
http.port = 0
sensors = ["in-0", "in-1", "in-2", "in-3", "in-4"]
layout = {{ count = {racks}, name = "{{zone}}-r{{n:03}}" }}
halls.h1.zones = {{ {zones} }}
"""


class Message(NamedTuple):
    """Something to publish."""

    topic: str
    payload: bytes


def site(qos: int, sensors: int = TOPICS) -> str:
    """A site file of so many thermometers, 250 a zone."""
    zones = -(-sensors // 250)
    return SITE.format(qos=qos, racks=-(-sensors // zones // 5), zones=", ".join(f"A{number} = {{}}" for number in range(zones)))


def topic(number: int) -> str:
    """Of a thermometer."""
    zone, place = divmod(number, 250)
    return f"dc/h1/A{zone}/A{zone}-r{place // 5 + 1:03}/in-{place % 5}"


def readings(count: int, begin_ms: int, sensors: int = TOPICS, step_ms: int = STEP_MS) -> Iterator[Message]:
    """One thermometer after the other; each has a temperature of its own, from 20 to 25 °C, and noise, so its zone is never at rest."""
    random = Random(1)
    topics = [topic(number) for number in range(sensors)]
    warmth = [random.uniform(20, 25) for _ in topics]
    noise = [random.gauss(0, 0.02) for _ in range(1009)]
    for number in range(count):
        period, sensor = divmod(number, sensors)
        value = warmth[sensor] + noise[number % 1009]
        text = f'{{"value":{value:.2f},"unit":"C","time":{begin_ms + period * step_ms},"sequence":{period}'
        yield Message(topics[sensor], text.ljust(89).encode() + b"}")


PACK: Final = 100
"""Readings of a pack: those of one gateway."""

PACKED_SITE: Final = """
name = "bench"
broker.qos = 1
http.port = 0
sensors = [{sensors}]
layout = {{ count = 2, name = "{{zone}}-r{{n}}" }}
halls.h1.zones = {{ {zones} }}
"""


def packed_site() -> str:
    """A site file of as many thermometers, whose racks are gateways of 100 each."""
    names = ", ".join(f'"in-{number:02}"' for number in range(PACK))
    return PACKED_SITE.format(sensors=names, zones=", ".join(f"A{number} = {{}}" for number in range(TOPICS // PACK // 2)))


def packs(count: int, begin_ms: int, kind: str, template: str) -> Iterator[Message]:
    """So many packs, `json` or `senml`, of one gateway after the other, on the topic that `template` makes of hall and gateway."""
    random = Random(1)
    gateways = TOPICS // PACK
    warmth = [random.uniform(20, 25) for _ in range(TOPICS)]
    for number in range(count):
        period, gateway = divmod(number, gateways)
        rack = f"A{gateway // 2}-r{gateway % 2 + 1}"
        prefix = f"A{gateway // 2}/{rack}/in-"
        at = (begin_ms + period * STEP_MS) / 1000
        values = [warmth[gateway * PACK + place] + random.gauss(0, 0.02) for place in range(PACK)]
        if kind == "senml":
            items = [f'{{"n":"{place:02}","v":{value:.2f}}}' for place, value in enumerate(values)]
            items[0] = f'{{"bn":"{prefix}","bt":{at:.3f},"bu":"Cel",{items[0][1:]}'
        else:
            said = f'"unit":"C","time":{round(at * 1000)},"sequence":{period}'
            items = [f'{{"id":"{prefix}{place:02}","value":{value:.2f},{said}}}' for place, value in enumerate(values)]
        yield Message(template.format(hall="h1", gateway=rack), f"[{','.join(items)}]".encode())


def walks(sensors: int, periods: int, begin: int, period: int) -> Iterator[tuple[int, int, int, float]]:
    """In memory: period, thermometer, time in ns and °C. Each reports once a period, by 0.01 K, around 23 °C, so no limit is near."""
    random = Random(1)
    order = list(range(sensors))
    random.shuffle(order)
    celsius = [random.gauss(23, 0.5) for _ in order]
    step = period // sensors
    for turn in range(periods):
        for number, sensor in enumerate(order):
            celsius[sensor] += random.gauss(0, 0.01) + (23 - celsius[sensor]) * 0.01
            yield turn, sensor, begin + turn * period + number * step, round(celsius[sensor] + random.gauss(0, 0.02), 2)


def note(text: str) -> Message:
    """A note that is found again in the journal."""
    return Message(NOTE, b'{"kind":"bench","text":"%s"}' % text.encode())


def noted(text: str) -> bytes:
    """What is to be found in the journal."""
    return b'"text":"%s"' % text.encode()
