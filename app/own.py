"""The frames that hotzone writes itself, as topic and payload; the sequencer stamps them like any other."""

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Final, NamedTuple

from msgspec import json

from ..config.model import Site
from ..config.redaction import redacted
from ..sensors.frame import LinkKind, Own
from ..sensors.source import Message


class Unstamped(NamedTuple):
    """A frame that has no time yet."""

    topic: str
    payload: bytes


TICK = Unstamped(Own.TICK, b"{}")
END = Unstamped(Own.END, b"{}")


def as_it_is(message: Message) -> Unstamped:
    """What is logged of most messages."""
    return Unstamped(message.topic, message.payload)


def _foreign(message: Message) -> Unstamped:
    return Unstamped(f"foreign/{message.topic}", message.payload)


def note(message: Message) -> Unstamped | None:
    """What somebody notes while we listen; a note that the broker kept was noted before."""
    return None if message.retained else Unstamped(Own.NOTE, message.payload)


FOREIGN: Final[Mapping[str, Callable[[Message], Unstamped | None]]] = dict.fromkeys(map(str, Own), _foreign)
"""What a broker must not say, by topic: only hotzone itself writes these. Under another name it is in the log and commands nothing."""


def digest(site: Site) -> str:
    """Names the text of a site file; empty where there is none."""
    return sha256(site.source.encode()).hexdigest() if site.source else ""


def start(site: Site, version: str, *, previous: int | None, rate: float, session: bool) -> Unstamped:
    """The first frame of a run. `previous` is the log's last time before it, `session` whether the broker had kept ours."""
    fields = {"previous": previous, "site": digest(site), "version": version, "rate": rate, "session": session}
    return Unstamped(Own.START, json.encode(fields))


def link(kind: LinkKind, detail: str = "", unit: str | None = None) -> Unstamped:
    """Something about the transport."""
    return Unstamped(Own.LINK, json.encode({"kind": kind, "detail": redacted(detail), "unit": unit}))


def request(zone: str, at_least: float, until: int, handler: str) -> Unstamped:
    """A handler asks for cooling: percent, and log time."""
    return Unstamped(Own.REQUEST, json.encode({"zone": zone, "at_least": at_least, "until": until, "handler": handler}))
