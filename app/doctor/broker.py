"""The broker, asked as hotzone will ask it: may we connect, publish and hear ourselves, does it keep our session, what version is it.

Everything runs under client ids of its own (`…-doctor`), so that a running hotzone notices nothing.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from mqtt5 import ConnAckPacket, QoS

from ...config.model import Broker, Site
from ...config.units import MILLISECOND, SECOND
from ...sensors.mqtt import ConnectRefused, MqttError, PubAckReasonCode, Session, SubscribeRefused, open_session
from .finding import Finding, Level
from .readings import look_at_readings

PATIENCE: Final = 2.0
"""Seconds to wait for what a broker sends at once if it sends it at all."""

_VERSION: Final = "$SYS/broker/version"
_DROPPED: Final = "$SYS/broker/publish/messages/dropped"
_KEPT: Final = 60 * SECOND
_SLOW_MS: Final = 35.0
_RESUMED_LIMIT: Final = 1000
"""Mosquitto's `max_queued_messages` when nobody sets it."""


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
                *_look_at_limits(broker, session.opened.result()),
                *await _look_at_rights(session, f"{base}/probe/{broker.client_id}-doctor", base, patience),
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
    advice = "Is it running, is the address right, does a firewall stand between? Try: mosquitto_sub -V 5 -h HOST -p PORT -t '$SYS/#' -C 1"
    if isinstance(error, ConnectRefused):
        advice = (
            "Correct username, password or certificate in [broker], or the broker's access rules." if error.ours else "Try again later."
        )
    elif isinstance(error, ValueError):
        advice = "Write [broker] url as mqtt://host:1883 or mqtts://host:8883."
    elif isinstance(error, OSError):
        advice = "Correct ca_file, cert_file and key_file in [broker]."
    found = str(error) if broker.url in str(error) else f"{broker.url}: {error}"
    return Finding(Level.ERROR, "broker", found, advice)


def _look_at_address(broker: Broker) -> Iterator[Finding]:
    parts = urlsplit(broker.url)
    if _is_loopback(parts.hostname or ""):
        return
    if parts.scheme != "mqtts":
        advice = "Use mqtts:// with ca_file: on the way, anybody can read passwords and forge commands."
        yield Finding(Level.WARNING, "encryption", "none", advice)
    if broker.username is None and broker.cert_file is None:
        advice = "Give hotzone a username or a certificate, and the broker allow_anonymous false: else anybody may command units."
        yield Finding(Level.WARNING, "identity", "anonymous", advice)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    size = f", packets of up to {connack.max_packet_size} bytes" if connack.max_packet_size else ""
    yield Finding(Level.OK, "limits", f"{connack.receive_max} messages in flight{size}")


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
    findings = [Finding(Level.OK, "session", "kept while we are away")]
    if not kept:
        advice = "Let the broker keep sessions (Mosquitto: persistence true), or readings during a restart are lost."
        findings = [Finding(Level.WARNING, "session", "not kept while we are away", advice)]
    findings.append(_about_version(version))
    findings.append(_about_queue(site, said.get(_DROPPED)))
    return findings


async def _ask_sys(broker: Broker, patience: float) -> dict[str, str]:
    """What the broker says of itself; empty when it says nothing. On a session of its own: rumqttd closes it for the question."""
    said: dict[str, str] = {}
    asked = (_VERSION, _DROPPED)
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
    if version.startswith("mosquitto version 2.0.11"):
        advice = "It sends more than the receive maximum; hotzone bears that. Keep the distribution's security fixes, or move to 2.0.22 or newer."
        return Finding(Level.NOTE, "version", version, advice)
    return Finding(Level.OK, "version", version)


def _about_queue(site: Site, dropped: str | None) -> Finding:
    """The queue limit cannot be read over MQTT, so say what it has to be."""
    rate = sum(SECOND / sensor.quality.period for sensor in site.sensors)
    away = site.broker.session_expiry // SECOND
    needed = max(_RESUMED_LIMIT, round(rate * away))
    advice = f"For {rate:.0f} readings a second and {away} s away, set at the broker: max_queued_messages {needed} (1000 if nobody has; 0 is a trap)."
    if dropped is not None and dropped.isdecimal() and int(dropped):
        return Finding(Level.WARNING, "queue", f"the broker has thrown {dropped} messages away since its start", advice)
    if needed > _RESUMED_LIMIT:
        return Finding(Level.NOTE, "queue", "its limit cannot be read", advice)
    return Finding(Level.OK, "queue", f"the usual limit of {_RESUMED_LIMIT} is enough")
