"""Who gets in besides us, and how the connection is kept private: what the broker of `hotzone certs` does, asked of the one that runs.

A stranger is whoever has no certificate and no password. What it may publish is tried on topics of things that are not there, so that no
unit hears a command and no running hotzone a reading.
"""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from msgspec import structs

from ...config.model import Site
from ...config.service import Broker
from ...sensors.mqtt import MqttError, PubAckReasonCode, Session, open_session
from ..subscriptions import filled
from .finding import Finding, Level

NOBODY: Final = "hotzone-doctor"
"""Stands for the zone, rack, thermometer and unit in a topic that belongs to nothing."""
_SOON: Final = timedelta(days=30)
_PLAIN: Final = 1883
_TLS: Final = 8883
_CLOSE: Final = "hotzone certs makes the configuration, the access list and certificates of a closed broker: docs/operating.md, The broker."


async def look_at_rights_of_others(site: Site, session: Session, patience: float) -> list[Finding]:
    """Knock as a stranger, at our door and at the usual ones; where they are shut, see that we ourselves have no more than we need."""
    findings = await _look_at_strangers(site, patience)
    if all(finding.level is Level.OK for finding in findings):
        findings += await _look_at_own_rights(site, session)
    return findings


async def _look_at_strangers(site: Site, patience: float) -> list[Finding]:
    broker = site.broker
    bare = structs.replace(
        broker, username=None, password=None, cert_file=None, key_file=None, client_id=f"{broker.client_id}-doctor-stranger"
    )
    findings = [await _knock(site, bare, "strangers", patience)]
    parts = urlsplit(broker.url)
    host = parts.hostname or ""
    ours = parts.port or (_TLS if parts.scheme == "mqtts" else _PLAIN)
    for port, scheme in ((_PLAIN, "mqtt"), (_TLS, "mqtts")):
        if port != ours:
            url = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
            found = await _knock(site, structs.replace(bare, url=url), f"port {port}", patience)
            findings += [found] if found.level is not Level.OK else []
    return findings


async def _knock(site: Site, stranger: Broker, subject: str, patience: float) -> Finding:
    try:
        async with asyncio.timeout(patience):
            session = await open_session(stranger, clean_start=True, session_expiry=0)
    except (MqttError, OSError):  # a TimeoutError is an OSError
        return Finding(Level.OK, subject, "refused without a certificate or a password")
    try:
        async with asyncio.timeout(patience):
            allowed = [what for what, topic in _topics_of_nobody(site).items() if await _may(session, topic)]
    except (MqttError, TimeoutError):
        allowed = []
    finally:
        await session.close()
    if not allowed:
        return Finding(
            Level.WARNING, subject, "let in without a certificate or a password, to publish nothing", f"allow_anonymous false. {_CLOSE}"
        )
    signed = bool(site.units) and all(unit.key is not None for unit in site.units)
    spared = " Commands are signed: units refuse theirs." if signed and "commands" in allowed else ""
    return Finding(Level.WARNING, subject, f"anybody who reaches the broker may publish {' and '.join(allowed)}", f"{_CLOSE}{spared}")


async def _may(session: Session, topic: str) -> bool:
    code = await session.publish(topic, b"", expiry=1_000_000_000)
    return code.value < PubAckReasonCode.UNSPECIFIED_ERROR.value


def _topics_of_nobody(site: Site) -> dict[str, str]:
    """Topics that nothing listens to, each as a broad access rule would take it."""
    names = dict.fromkeys(("zone", "rack", "sensor", "gateway", "unit"), NOBODY)
    hall = site.halls[0].id
    wanted = {"readings": site.topics.reading, "commands": site.topics.command}
    return {what: filled(template, site=site.name, hall=hall, **names) for what, template in wanted.items()}


async def _look_at_own_rights(site: Site, session: Session) -> list[Finding]:
    """Hotzone needs no right to publish readings: who steals its certificate could make a hall seem cold."""
    if not await _may(session, _topics_of_nobody(site)["readings"]):
        return []
    advice = f"It needs to write its units' command topics and its own only: see hotzone acl. {_CLOSE}"
    return [Finding(Level.NOTE, "own rights", "hotzone may publish readings, which it has no need to", advice)]


def look_at_packets(limit: int | None, needed: int) -> Iterator[Finding]:
    """The largest packet that the broker takes."""
    advice = "Set max_packet_size 131072 at the broker: what is longer is no reading."
    if limit is None:
        yield Finding(Level.NOTE, "packet size", "any: one message may be 256 MiB", advice)
    elif limit < needed:
        yield Finding(Level.WARNING, "packet size", f"up to {limit} bytes only: longer events and readings get lost", advice)
    else:
        yield Finding(Level.OK, "packet size", f"up to {limit} bytes")


def look_at_encryption(session: Session, broker: Broker, now: datetime) -> Iterator[Finding]:
    """The version of TLS, and how long certificates are good for. Nothing for a connection without TLS."""
    tls = session.tls
    if tls is None:
        return
    until = _ends((tls.getpeercert() or {}).get("notAfter"))
    yield _about_end(f"{tls.version()}, the broker's certificate", "encryption", until, now)
    if broker.cert_file is not None and (own := _end_of(broker.cert_file)) is not None:
        yield _about_end("our certificate", "certificate", own, now)


def _about_end(what: str, subject: str, until: datetime | None, now: datetime) -> Finding:
    if until is None:
        return Finding(Level.OK, subject, what)
    found = f"{what} ends {until:%Y-%m-%d}"
    if until - now < _SOON:
        return Finding(
            Level.WARNING, subject, found, "Have it renewed: hotzone certs renews what ends within 60 days. Then nobody gets in."
        )
    return Finding(Level.OK, subject, found)


def _ends(text: object) -> datetime | None:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC) if isinstance(text, str) else None


def _end_of(path: str) -> datetime | None:
    """When the certificate in a file ends; None where nothing can read it."""
    try:
        from cryptography import x509

        return x509.load_pem_x509_certificate(Path(path).read_bytes()).not_valid_after_utc
    except (ImportError, ValueError, OSError):
        return None
