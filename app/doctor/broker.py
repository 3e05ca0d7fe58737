"""The broker, asked as hotzone will ask it: may we connect, publish and hear ourselves, does it keep our session, what version is it.

Everything runs under client ids of its own (`…-doctor`), so that a running hotzone notices nothing.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from mqtt5 import ConnAckPacket, QoS

from ...config.http import loopback
from ...config.model import Site
from ...config.service import Broker
from ...config.units import MILLISECOND, SECOND
from ...sensors.mqtt import ConnectRefused, Draft, MqttError, PubAckReasonCode, Session, SubscribeRefused, open_session
from ...sensors.mqtt.source import DROPPED
from .access import look_at_encryption, look_at_packets, look_at_rights_of_others
from .finding import Finding, Level
from .readings import look_at_readings

PATIENCE: Final = 2.0
"""Seconds to wait for what a broker sends at once if it sends it at all."""

_VERSION: Final = "$SYS/broker/version"
_KEPT: Final = 60 * SECOND
_SLOW_MS: Final = 35.0
_RESUMED_LIMIT: Final = 1000
"""Mosquitto's `max_queued_messages` when nobody sets it."""
_FILL: Final = 1200
"""Messages by which the queue is tried: more than the usual limit and what may be in flight besides."""
_QUEUE_S: Final = 5.0
_RETAINED_S: Final = 0.3
"""Seconds in which a broker sends what it has ready."""
_PACKET: Final = 66_000
"""Bytes of the largest packet that hotzone takes, or nearly."""
_FIXED: Final = (2, 0, 22)
"""The first Mosquitto with the fixes of 2024 and 2025."""


_TLS: Final = (
    ("mismatch", "Write the name that the certificate has in broker.url, or have it issued for this one: hotzone certs ... --host NAME."),
    (
        "CERTIFICATE_VERIFY_FAILED",
        "Set broker.ca_file to the authority of the broker's certificate; of hotzone certs, that is authority.crt.",
    ),
    ("WRONG_VERSION_NUMBER", "There is no TLS on this port: write mqtt:// in broker.url, or the port that has TLS."),
    (
        "ALERT",
        "The broker wants another certificate on this port: hotzone's own door is one port above that of devices, for clients/hotzone.crt.",
    ),
)
"""What OpenSSL says, the most special first, and what to do about it."""


async def look_at_broker(site: Site, now: Callable[[], int], *, patience: float = PATIENCE) -> list[Finding]:
    """Everything about the broker of the site; one error and nothing else when it cannot be reached."""
    broker = site.broker
    base = site.topics.base.format(site=site.name)
    try:
        began = time.perf_counter_ns()
        async with _session(broker, "doctor") as session:
            took = time.perf_counter_ns() - began
            return [
                Finding(Level.OK, "broker", f"{broker.url} speaks MQTT 5, connected in {took / MILLISECOND:.0f} ms"),
                *_look_at_address(broker),
                *look_at_encryption(session, broker, datetime.fromtimestamp(now() / SECOND, UTC)),
                *_look_at_limits(broker, session.opened.result()),
                *await _look_at_rights(session, f"{base}/probe/{broker.client_id}-doctor", base, patience),
                *await look_at_rights_of_others(site, session, patience),
                *await _look_at_memory(site, patience),
                *await look_at_readings(session, site, now, patience),
            ]
    except (MqttError, ValueError, OSError) as error:
        return [_unreachable(broker, error)]


@asynccontextmanager
async def _session(broker: Broker, suffix: str, *, clean_start: bool = True, expiry: int = 0) -> AsyncIterator[Session]:
    session = await open_session(broker, client_id=f"{broker.client_id}-{suffix}", clean_start=clean_start, session_expiry=expiry)
    try:
        yield session
    finally:
        await session.close()


def _unreachable(broker: Broker, error: Exception) -> Finding:
    tls = advice_on_tls(str(error))
    advice = "Is it running, is the address right, does a firewall stand between? Try: mosquitto_sub -V 5 -h HOST -p PORT -t '$SYS/#' -C 1"
    if tls is not None:
        advice = tls
    elif isinstance(error, ConnectRefused):
        advice = (
            "Correct username, password or certificate in [broker], or the broker's access rules." if error.ours else "Try again later."
        )
    elif isinstance(error, ValueError):
        advice = "Write [broker] url as mqtt://host:1883 or mqtts://host:8883."
    elif isinstance(error, OSError):
        advice = "Correct ca_file, cert_file and key_file in [broker]."
    found = str(error) if broker.url in str(error) else f"{broker.url}: {error}"
    return Finding(Level.ERROR, "broker", found, advice)


def advice_on_tls(error: str) -> str | None:
    """What to do about an error of OpenSSL's; None for any other."""
    return next((advice for words, advice in _TLS if words in error), None) if "SSL" in error else None


def _look_at_address(broker: Broker) -> Iterator[Finding]:
    parts = urlsplit(broker.url)
    if loopback(parts.hostname or ""):
        return
    if parts.scheme != "mqtts":
        advice = "Use mqtts:// with ca_file: on the way, anybody can read passwords and forge commands."
        yield Finding(Level.WARNING, "encryption", "none", advice)
    if broker.username is None and broker.cert_file is None:
        advice = "Give hotzone a username or a certificate, and the broker allow_anonymous false: else anybody may command units."
        yield Finding(Level.WARNING, "identity", "anonymous", advice)


def _look_at_limits(broker: Broker, connack: ConnAckPacket) -> Iterator[Finding]:
    """What the broker's CONNACK allows, against what hotzone wants."""
    granted = connack.session_expiry_interval
    if granted is not None and granted * SECOND < broker.session_expiry:
        advice = f"Raise the broker's limit (Mosquitto: persistent_client_expiration) to {broker.session_expiry // SECOND} s or more."
        yield Finding(Level.WARNING, "session", f"kept for {granted} s only: a longer outage loses readings", advice)
    if connack.max_qos is QoS.AT_MOST_ONCE:
        yield Finding(Level.ERROR, "quality of service", "QoS 0 only: readings may be lost", "Set max_qos 1 or 2 at the broker.")
    if not connack.retain_available:
        yield Finding(
            Level.WARNING, "retained messages", "refused: gateways and units are unknown until they speak", "Set retain_available true."
        )
    if not connack.wildcard_subscription_available:
        yield Finding(Level.ERROR, "wildcards", "refused", "hotzone subscribes with wildcards: choose a broker that takes them.")
    yield Finding(Level.OK, "limits", f"{connack.receive_max} messages in flight")
    yield from look_at_packets(connack.max_packet_size, _PACKET)


async def _look_at_rights(session: Session, topic: str, base: str, patience: float) -> list[Finding]:
    """Publish to ourselves: the answer tells the right to write, the message's return the right to read."""
    advice = f"Allow this user: topic readwrite {base}/#"
    try:
        await session.subscribe([topic])
        began = time.perf_counter_ns()
        code = await asyncio.wait_for(session.publish(topic, b"doctor"), patience)
        if code.value >= PubAckReasonCode.UNSPECIFIED_ERROR.value:
            what = "may not publish" if code is PubAckReasonCode.NOT_AUTHORIZED else f"publishing is refused (reason code {code.value})"
            return [Finding(Level.ERROR, "rights", f"{what} to {topic}", advice)]
        async with asyncio.timeout(patience):
            (await session.next_batch()).acknowledge()
    except SubscribeRefused as error:
        return [Finding(Level.ERROR, "rights", str(error), advice)]
    except TimeoutError:
        return [
            Finding(
                Level.ERROR,
                "rights",
                f"what we publish to {topic} does not come back",
                f"{advice} (Mosquitto takes a subscription that it never serves)",
            )
        ]
    took = (time.perf_counter_ns() - began) / MILLISECOND
    found = f"we hear ourselves on {topic} after {took:.1f} ms"
    if took > _SLOW_MS:
        advice = (
            "At the broker, set_tcp_nodelay true: without it the kernel holds small messages back for 40 ms. Or it is far away, or busy."
        )
        return [Finding(Level.NOTE, "rights", found, advice)]
    return [Finding(Level.OK, "rights", found, "Not tested: the right to write units' commands, as that would command them.")]


async def _look_at_memory(site: Site, patience: float) -> list[Finding]:
    """Whether the broker keeps our session while we are away, which one it is, and what its queue must hold."""
    broker = site.broker
    async with _session(broker, "doctor-session", expiry=_KEPT):
        pass
    async with _session(broker, "doctor-session", clean_start=False) as again:
        kept = again.session_present
    said = await _ask_sys(broker, patience)
    version = said.get(_VERSION, "")
    if not kept and not version:
        advice = (
            "Use Mosquitto: an embedded broker loses what is published while hotzone is away, and never says that nobody hears a command."
        )
        return [Finding(Level.WARNING, "session", "not kept, and no $SYS: an embedded broker, for trying only", advice)]
    advice = "Not to be seen from here: persistence true and autosave_interval 1, without which a killed broker forgets it."
    findings = [Finding(Level.OK, "session", "kept while we are away", advice)]
    if not kept:
        advice = "Let the broker keep sessions (Mosquitto: persistence true), or readings during a restart are lost."
        findings = [Finding(Level.WARNING, "session", "not kept while we are away", advice)]
    findings.append(_about_version(version))
    findings.append(_about_queue(site, said.get(DROPPED), await _measure_queue(site, patience) if kept else None))
    return findings


async def _measure_queue(site: Site, patience: float) -> int | None:
    """How many of `_FILL` messages the broker keeps for a session that is away; None where hotzone runs, which would hear of the loss.

    The limit cannot be read over MQTT, so it is tried, on a topic of our own, with a session that is gone afterwards.
    """
    broker = site.broker
    base = site.topics.base.format(site=site.name)
    topic = f"{base}/probe/{broker.client_id}-doctor-queue"
    try:
        async with asyncio.timeout(patience + _QUEUE_S), _session(broker, "doctor-queue") as session:
            if await _runs(session, f"{base}/state"):
                return None
            async with _session(broker, "doctor-session", expiry=_KEPT) as away:
                await away.subscribe([topic])
            await session.publish_many([Draft(topic, b"%d" % number, 1, expiry=_KEPT) for number in range(_FILL)])
            async with _session(broker, "doctor-session", clean_start=False) as again:
                return await _count(again)
    except (MqttError, TimeoutError):
        return None


async def _runs(session: Session, state: str) -> bool:
    await session.subscribe([state], qos=0)
    try:
        async with asyncio.timeout(_RETAINED_S):
            batch = await session.next_batch()
    except TimeoutError:
        return False
    return any(message.payload == b"online" for message in batch.messages)


async def _count(session: Session) -> int:
    """Messages that come, until none has come for a while."""
    count = 0
    try:
        while count < _FILL:
            async with asyncio.timeout(_RETAINED_S):
                batch = await session.next_batch()
            count += len(batch.messages)
            batch.acknowledge()
    except TimeoutError:
        pass
    return count


async def _ask_sys(broker: Broker, patience: float) -> dict[str, str]:
    """What the broker says of itself; empty when it says nothing. On a session of its own: rumqttd closes it for the question."""
    said: dict[str, str] = {}
    asked = (_VERSION, DROPPED)
    try:
        async with _session(broker, "doctor-sys") as session, asyncio.timeout(patience):
            await session.subscribe(asked, qos=0)
            while len(said) < len(asked):
                batch = await session.next_batch()
                said |= {message.topic: message.payload.decode(errors="replace") for message in batch.messages}
                batch.acknowledge()
    except (MqttError, TimeoutError):
        pass
    return said


def _about_version(version: str) -> Finding:
    if not version:
        return Finding(
            Level.NOTE, "version", "not told: $SYS is hidden from us", "Allow this user: topic read $SYS/broker/#, to be warned of drops."
        )
    numbers = tuple(int(number) for number in re.findall(r"[0-9]{1,6}", version)[:3])
    if version.startswith("mosquitto") and numbers < _FIXED:
        advice = "Keep the distribution's security fixes, or move to 2.0.22 or newer."
        if numbers == (2, 0, 11):
            advice = f"It sends more than the receive maximum; hotzone bears that. {advice}"
        return Finding(Level.NOTE, "version", version, advice)
    return Finding(Level.OK, "version", version)


def _about_queue(site: Site, dropped: str | None, kept: int | None) -> Finding:
    """What the broker keeps for us while we are away, and what it has to."""
    rate = sum(SECOND / sensor.quality.period for sensor in site.sensors)
    away = site.broker.session_expiry // SECOND
    needed = max(_RESUMED_LIMIT, round(rate * away))
    advice = f"For {rate:.3g} readings a second and {away} s away, set at the broker: max_queued_messages {needed} (1000 if nobody has; 0 is a trap)."
    if kept is not None and kept < _FILL:
        seconds = f", {kept / rate:.0f} s of readings" if rate else ""
        return Finding(Level.WARNING, "queue", f"of {_FILL} messages it kept {kept}{seconds}: the rest were dropped without a word", advice)
    if dropped is not None and dropped.isdecimal() and int(dropped):
        return Finding(Level.WARNING, "queue", f"the broker has thrown {dropped} messages away since its start", advice)
    if kept is None and needed > _RESUMED_LIMIT:
        return Finding(Level.NOTE, "queue", "its limit was not tried: hotzone runs here, or the session is not kept", advice)
    if needed > _FILL:
        return Finding(Level.OK, "queue", f"keeps at least {_FILL} messages for us", f"{advice} It is 100000 as we ship it.")
    return Finding(Level.OK, "queue", f"the usual limit of {_RESUMED_LIMIT} is enough")
