"""The readings as they come in: does any arrive, are they known to the site file, and do the thermometers' clocks agree with ours."""

import asyncio
import re
import statistics
from collections.abc import Callable, Sequence
from typing import Final

from ...config.model import Site
from ...config.units import SECOND
from ...sensors.clock import ClockMessage, read_clock
from ...sensors.frame import Frame
from ...sensors.hearing import hearing
from ...sensors.mqtt import Session, SubscribeRefused
from ...sensors.samples import NONE
from ...sensors.source import Message
from ..subscriptions import matches, subscriptions
from .finding import Finding, Level

_SKEW: Final = 2 * SECOND
_ENOUGH: Final = 2000
"""Readings after which there is nothing new to learn."""


class _Heard:
    """What came in while we listened."""

    def __init__(self, site: Site, pattern: str, clock_topic: str) -> None:
        self._hear = hearing(site)
        self._pattern, self._clock_topic = pattern, clock_topic
        self._others = _others(site)
        self._skews: list[tuple[int, int]] = []
        self.clock: ClockMessage | None = None
        self.seen: set[int] = set()
        """Thermometers, by their place in the site."""
        self.unknown: set[str] = set()
        self.unreadable: set[str] = set()
        self.count = 0
        """Messages with readings, or on topics where they belong."""

    def take(self, messages: Sequence[Message], wall: int) -> None:
        frames = [Frame(wall, message.topic, message.payload) for message in messages]
        said = self._hear(frames)
        for topic in {frames[number].topic for number in said.others}:
            if topic == self._clock_topic:
                told = [read_clock(frame.payload) for frame in frames if frame.topic == topic]
                self.clock = told[-1] or self.clock
            elif matches(self._pattern, topic) and not self._others.fullmatch(topic):
                self.unknown.add(topic)
        self.seen.update(said.place.tolist())
        self.unreadable.update(frames[fault.frame].topic for fault in said.faults)
        self.count += len({*said.frame.tolist(), *(fault.frame for fault in said.faults)}) + sum(
            frames[number].topic in self.unknown for number in said.others
        )
        self._skews += [(measured, wall) for measured in said.measured_at[said.measured_at != NONE].tolist()]

    @property
    def skew(self) -> int | None:
        """How far the thermometers' clocks are ahead of ours, ns, the median; None when they send no time."""
        return round(statistics.median(measured - self._hall_time(wall) for measured, wall in self._skews)) if self._skews else None

    def _hall_time(self, wall: int) -> int:
        clock = self.clock
        return wall if clock is None else clock.hall + round((wall - clock.wall) * clock.rate)


def _others(site: Site) -> re.Pattern[str]:
    """Topics of gateways and units, which a pattern for readings may cover too."""
    topics = site.topics
    templates = [topics.gateway, topics.pack, topics.report, topics.unit, topics.command]
    return re.compile("|".join(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)) for template in templates))


async def look_at_readings(session: Session, site: Site, now: Callable[[], int], patience: float) -> list[Finding]:
    """Listen to the site's readings for `patience` seconds."""
    levels = dict.fromkeys(("hall", "zone", "rack", "sensor", "gateway", "unit"), "+")
    pattern = site.topics.reading.format(site=site.name, **levels)
    clock_topic = f"{site.topics.base.format(site=site.name)}/clock"
    heard = _Heard(site, pattern, clock_topic)
    try:
        await session.subscribe([pattern, *(one for one in subscriptions(site) if not matches(pattern, one))], qos=0)
        async with asyncio.timeout(patience):
            while heard.count < _ENOUGH:
                batch = await session.next_batch()
                wall = now()
                heard.take(batch.messages, wall)
                batch.acknowledge()
    except SubscribeRefused as error:
        return [Finding(Level.ERROR, "readings", str(error), f"Allow this user: topic read {pattern.replace('+', '#', 1).split('#')[0]}#")]
    except TimeoutError:
        pass
    return [*_about_arrival(heard, site, pattern, patience), *_about_clocks(heard)]


def _about_arrival(heard: _Heard, site: Site, pattern: str, patience: float) -> list[Finding]:
    findings: list[Finding] = []
    total = len(site.sensors)
    if not heard.count:
        advice = (
            f"Do thermometers publish to {pattern}, and may this user read it? Compare [topics] with what mosquitto_sub -v -t '#' shows."
        )
        findings.append(Finding(Level.WARNING, "readings", f"none in {patience:.0f} s", advice))
    elif heard.seen:
        findings.append(Finding(Level.OK, "readings", f"{heard.count} in {patience:.0f} s, from {len(heard.seen)} of {total} thermometers"))
    if heard.unknown:
        found = f"{len(heard.unknown)} topics that the site file does not know, such as {min(heard.unknown)}"
        findings.append(Finding(Level.WARNING, "readings", found, "Add these thermometers to the site file, or correct [topics]."))
    if heard.unreadable:
        found = f"{len(heard.unreadable)} topics have what is no temperature, such as {min(heard.unreadable)}"
        findings.append(Finding(Level.WARNING, "readings", found, "Payloads are a number, or JSON with value, unit, time and sequence."))
    return findings


def _about_clocks(heard: _Heard) -> list[Finding]:
    findings: list[Finding] = []
    if heard.clock is not None:
        findings.append(Finding(Level.NOTE, "hall clock", f"a simulated hall at {heard.clock.rate:g} times the speed of life"))
    if heard.skew is not None:
        allowed = round(_SKEW * max(1.0, heard.clock.rate if heard.clock else 1.0))
        found = f"{abs(heard.skew) / SECOND:.1f} s {'ahead of' if heard.skew > 0 else 'behind'} ours"
        if abs(heard.skew) > allowed:
            advice = "Synchronise the gateways' clocks and ours: readings from the future are not believed, late ones are history."
            findings.append(Finding(Level.WARNING, "thermometers' clocks", found, advice))
        else:
            findings.append(Finding(Level.OK, "thermometers' clocks", found))
    return findings
